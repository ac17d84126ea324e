#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tables with very large numbers. The largest of all, 2147483647, makes kernels
# from 7.0 to 7.3 complain at the next death: there it is not tried, and before
# that a status that warns of it is wanted.

# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

service_fresh
namespace large
ip netns set "$prefix-large" 2147483646 || give_up "the number is refused"
eventually 60 '.coverage.holders_heard == 2 and .home.entries == 1' status
is 0 ask status
holds '.warnings == []'
is 0 ask nsids home
holds '.entries | length == 1 and .[0].nsid == 2147483646'
ip netns del "$prefix-large"
alone
judged 1
nothing_wrong
holds '.deaths.indeterminate == 0'

if series_is_before 7.0; then
	namespace largest
	ip netns set "$prefix-largest" 2147483647 ||
		give_up "the number is refused"
	eventually 60 '.warnings | any(test("2147483647"))' status
	ip netns del "$prefix-largest"
	alone
	eventually 60 '.warnings == []' status
	judged 2
	nothing_wrong
	holds '.deaths.indeterminate == 0'
fi

finish
