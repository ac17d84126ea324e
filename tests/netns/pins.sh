#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The daemon keeps no namespace alive: under churn its descriptors stay what
# they were, none of them is a namespace, and afterwards home's table is what
# it was.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

descriptors() {
	find "/proc/$daemon/fd" -mindepth 1 -printf '%l\n' 2>/dev/null | sort
}

# numbers: what home's table holds, as the kernel says.
numbers() {
	ip netns list-id | awk '{ print $2 }' | sort -n
}

start_daemon 'Adopt=named'
namespace stays
eventually 30 '.coverage.holders_heard == 2' status
before_table=$(numbers)

# What it opens to look at it is open for a moment only: what is seen the next
# time as well is kept.
fewest() {
	local now

	for _ in 1 2 3 4 5; do
		sleep 0.2
		now=$(descriptors)
		[ -z "$before" ] || (($(wc -l <<<"$now") < $(wc -l <<<"$before"))) ||
			continue
		before=$now
	done
}
keeps_no_more() {
	now=$(descriptors)
	! grep -q '^net:' <<<"$now" &&
		(($(wc -l <<<"$now") <= $(wc -l <<<"$before")))
}
as_before() {
	[ "$(numbers)" = "$before_table" ]
}
before=
fewest
[ -n "$before" ] || give_up "no descriptors to be seen"

for round in $(seq 10); do
	for i in $(seq 10); do
		namespace "r$round-$i"
	done
	join "r$round-1" "r$round-2"
	join "r$round-3" ''
	until_true 10 keeps_no_more || fault "descriptors before: $before
amid the churn: $now"
	for i in $(seq 10); do
		ip netns del "$prefix-r$round-$i"
	done
done
eventually 120 '.coverage.holders_heard == 2 and .coverage.holders == 2' status
until_true 60 as_before ||
	fault "home's table was '$before_table' and is '$(numbers)'"
until_true 10 keeps_no_more || fault "descriptors before: $before
after: $now"
is 0 ask status
no_finding
is 0 ask audit
stop_daemon

finish
