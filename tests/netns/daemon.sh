#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A running daemon sees what is done, by name; with Adopt=named all of it, with
# Adopt=no what is joined to home.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

# named NAME: as the documents name it.
named() {
	printf '/run/netns/%s-%s' "$prefix" "$1"
}

# heard NAME: it has a number in home, and its table is known.
heard() {
	printf 'any(.namespaces[]; .name == "%s" and .heard and
		.table.trust == "live")' "$(named "$1")"
}

# number NAME: home's number for it.
number() {
	answer ".namespaces[] | select(.name == \"$(named "$1")\").nsid" namespaces
}

# A named namespace that is known for a while, and dies: natural barriers.
barriers=0
barrier() {
	barriers=$((barriers + 1))
	# Whoever got a number sooner may have had it when the other one died.
	sleep 1.5
	namespace "barrier$barriers"
	# The daemon may have been faster.
	ip netns set "$prefix-barrier$barriers" auto 2>/dev/null
	eventually 30 "$(heard "barrier$barriers")" namespaces
	ip netns del "$prefix-barrier$barriers"
}

# judged FILTER: let barriers come until the death is closed that it selects.
judged() {
	local i

	for i in 1 2 3 4 5; do
		barrier
		until_true 15 true_of "any(.deaths[]; ($1) and
			.verdict != \"open\")" deaths && break
		((i < 5)) || fault "a death stays open after $i barriers: $1"
	done
	is 0 ask deaths
	holds "any(.deaths[]; ($1) and .verdict == \"verified\")"
}

# ---- Adopt=named -------------------------------------------------------------

start_daemon 'Adopt=named'
eventually 10 '.ready and .coverage.holders_heard == 1' status
namespace a b c
for name in a b c; do
	eventually 30 "$(heard $name)" namespaces
done
join a b
join b c
eventually 30 ".entries | length == 2 and any(.peer.name == \"$(named a)\") and
	any(.peer.name == \"$(named c)\")" nsids "$prefix-b"
eventually 30 '.coverage.holders == 4 and .coverage.holders_heard == 4 and
	.coverage.entries == 7 and .coverage.entries_resolved == 7' status
is 0 ask nsids home
holds '.entries | length == 3'
is 0 ask events
holds '[.events[] | select(.type == "new")] | length == 7'
is 0 ask audit
holds '.mismatches == 0 and .holders == 4 and .entries == 7'

a=$(number a)

# It is gone when it is gone, not when its name is.
ip netns exec "$prefix-a" sleep 300 &
sleeper=$!
inside() {
	[ "$(readlink /proc/self/ns/net)" != \
		"$(readlink "/proc/$sleeper/ns/net")" ]
}
until_true 10 inside || fault "no process is in a"
ip netns del "$prefix-a"
is 75 ask wait --gone "$prefix-a" --timeout 3
ask wait --gone "$prefix-a" --timeout 120 >"$work/waited" 2>&1 &
waiter=$!
# Its name is not forgotten while it lingers.
eventually 30 "any(.namespaces[]; .nsid == $a and
	(.held_by | index(\"mount\") | not))" namespaces
is 75 ask wait --gone "$prefix-a" --timeout 1
kill -0 "$waiter" 2>/dev/null || fault "wait returned while it was there"
kill "$sleeper"
wait "$sleeper" 2>/dev/null
wait "$waiter" || fault "wait did not see it go: $(cat "$work/waited")"
is 0 ask wait --gone "$prefix-a" --timeout 60
# Home is walked before b.
eventually 10 ".entries | length == 1 and all(.peer.name != \"$(named a)\")" \
	nsids "$prefix-b"
judged ".peer.nsid == $a and .removals == 2 and .expected == 2"
is 0 ask passes
# A reader that stands still in between takes one for two.
holds 'any(.passes[]; .removals == 2 and .peers == 1 and .holders == 2) or
	([.passes[] | select(.removals == 1 and .peers == 1)] | length >= 2)'
is 0 ask findings
holds '.findings == []'
is 1 ask wait --gone nobody-of-that-name --timeout 10
is 75 ask wait --gone nobody-of-that-name --timeout 0
says err 'before it was known whom this name means: nobody-of-that-name'
is 1 ask wait --gone home --timeout 10
says err 'it does not die meanwhile: home'
is 1 ask nsids nobody-of-that-name

# Nobody reads any more: a quiet end. The client is the first of the pipe.
"$NSIDWATCH" --socket "$socket" events --follow --json 2>"$work/err" |
	head -n 3 >"$work/out"
status=${PIPESTATUS[0]}
((status == 0)) || fault "exit $status of a stream nobody reads"
[ -s "$work/err" ] && fault "it was not quiet: $(cat "$work/err")"
(($(jq -c . "$work/out" | wc -l) == 3)) || fault "not one object a line"

# A stream brings what happens now.
"$NSIDWATCH" --socket "$socket" events --follow --json >"$work/stream" &
stream=$!
before=$(answer '.events.new' status)
namespace d
eventually 30 "$(heard d)" namespaces
d=$(number d)
streamed() {
	jq -e -s "any(.type == \"new\" and .holder.home and .nsid == $d)" \
		"$work/stream" >/dev/null 2>&1
}
until_true 20 streamed || fault "the stream does not show what happens"
kill "$stream"
wait "$stream" 2>/dev/null
(($(answer '.events.new' status) > before)) || fault "the counter stands still"
ip netns del "$prefix-d"
is 0 ask wait --gone "$prefix-d" --timeout 60
ip netns del "$prefix-b"
ip netns del "$prefix-c"
eventually 60 '.coverage.holders_heard == 1' status
stop_daemon

# ---- Adopt=no ------------------------------------------------------------------

start_daemon 'Adopt=no'
namespace e f g
join e ''
join e f
join f g
eventually 30 "$(heard e)" namespaces
eventually 30 '.coverage.holders == 4 and .coverage.holders_heard == 2' status
ip netns del "$prefix-e"
is 0 ask wait --gone "$prefix-e" --timeout 60
judged ".peer.name == \"$(named e)\""
is 0 ask findings
holds '.findings == []'
is 0 ask audit

# As the page on a stuck cleanup has it: whoever tries hears of it.
probe=$(sed -n 's/^\(ip netns add probe;.*\)$/\1/p' \
	"${srcdir:-.}/doc/runbook/cleanup-stuck.md")
[ -n "$probe" ] || fault "the page has no probe"
before=$(answer .events.del status)
eval "$probe" 2>/dev/null
is 0 ask wait --gone probe --timeout 60
(($(answer .events.del status) > before)) || fault "nobody heard the probe die"
stop_daemon

finish
