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
before=$(descriptors)
[ -n "$before" ] || give_up "no descriptors to be seen"

most=0
for round in $(seq 10); do
	for i in $(seq 10); do
		namespace "r$round-$i"
	done
	join "r$round-1" "r$round-2"
	join "r$round-3" ''
	now=$(descriptors)
	grep -q '^net:' <<<"$now" && fault "a namespace is held: $now"
	count=$(wc -l <<<"$now")
	((count > most)) && most=$count
	for i in $(seq 10); do
		ip netns del "$prefix-r$round-$i"
	done
done
eventually 120 '.coverage.holders_heard == 2 and .coverage.holders == 2' status
until_true 60 test "$(numbers)" = "$before_table"
[ "$(numbers)" = "$before_table" ] ||
	fault "home's table was '$before_table' and is '$(numbers)'"
after=$(descriptors)
[ "$(wc -l <<<"$after")" = "$(wc -l <<<"$before")" ] ||
	fault "descriptors before: $before
after: $after"
# One connection of ours may have been open when they were counted.
((most <= $(wc -l <<<"$before") + 1)) ||
	fault "$most descriptors at most, $(wc -l <<<"$before") before"
is 0 ask status
no_finding
is 0 ask audit
stop_daemon

finish
