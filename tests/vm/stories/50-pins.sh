#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The service in its sandbox keeps no namespace alive: 200 named ones die under
# it, and none is left in anybody's mounts. It says nothing but what it should,
# and it is as little exposed as ever.

# Functions are handed to until_true.
# shellcheck disable=SC2317
# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

needs veth

# mounted: namespaces of ours in any mount namespace.
mounted() {
	cat /proc/[0-9]*/mountinfo 2>/dev/null | grep -c "/$prefix-"
}

service_fresh
birth pin 200
eventually 120 '.coverage.holders == 201 and .coverage.holders_heard == 201' \
	status
(($(mounted) > 0)) || fault "no mount is seen; how could one be missed?"
death pin 200
alone
[ "$(mounted)" = 0 ] || fault "$(mounted) mounts are left"
[ -z "$(ip netns list-id)" ] || fault "home's table holds $(ip netns list-id)"
judged 200
nothing_wrong

systemd-analyze security --no-pager --threshold=15 "$unit" >"$work/out" 2>&1 ||
	fault "too exposed: $(tail -n 1 "$work/out")"
tail -n 1 "$work/out"

systemctl stop "$unit"
journal | grep -v -E -e '^version [^ ]+ watches on Linux ' \
	-e '^the first audit is over: ' -e '^ended by a signal' \
	-e '^(Starting|Started|Stopping|Stopped) nsidwatch\.service' \
	-e '^nsidwatch\.service: (Deactivated successfully|Consumed )' \
	>"$work/out"
[ -s "$work/out" ] && fault "it also said: $(cat "$work/out")"

finish
