#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A home table far beyond what a dump brings: shown whole by a fresh daemon,
# and called complete only if that is proved.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

dense=1500
for i in $(seq 0 $((dense - 1))); do
	printf 'netns add %s\nnetns set %s %s\n' "$prefix-$i" "$prefix-$i" "$i"
done >"$work/batch"
ip -batch "$work/batch" >/dev/null || give_up "the table cannot be made"

start_daemon 'Adopt=no'
eventually 60 '.home.table == "complete" and .home.entries == 1500' status
is 0 ask nsids home
holds '[.entries[].nsid] == [range(1500)]'
stop_daemon

# One far away, with a name: complete, if at all, with it.
namespace far
ip netns set "$prefix-far" 2000000000 || give_up "no far number"
start_daemon 'Adopt=no'
eventually 60 '.home.table == "complete" or .home.entries >= 1500' status
is 0 ask status
holds '.home.table == "partial" or .home.entries == 1501'
if true_of '.home.table == "complete"' status; then
	is 0 ask nsids home
	holds '[.entries[].nsid] == [range(1500), 2000000000]'
fi
stop_daemon

finish
