#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A daemon whose event socket somebody keeps loses nothing when it ends: what
# it knew is taken up, what queued meanwhile is read. Killed, it has the socket
# and no memory; what does not fit is set aside, and never stops the start.

# Functions are handed to until_true.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

keeper=$(dirname "$NSIDWATCH")/../tests/netns/keeper
[ -x "$keeper" ] || skip "$keeper is not built"
"$NSIDWATCHD" --version >/dev/null || give_up "the daemon does not start"
left=$work/left
mkdir "$left" "$work/keeper"

# manage [OPTION...]: a daemon that is kept, until it is ready.
manage() {
	rm -f "$work/keeper/"{end,starts,notify}
	: >"$work/nsidwatch.conf"
	"$keeper" "$work/keeper" "$NSIDWATCHD" --config "$work/nsidwatch.conf" \
		--socket "$socket" --state-dir "$left" "$@" \
		>>"$work/daemon.log" 2>&1 &
	manager=$!
	until_true 60 true_of .ready status ||
		give_up "the daemon did not get ready"
	daemon=$(cat "$work/keeper/pid")
}

# again SIGNAL: it ends, and has been started again.
again() {
	local starts

	starts=$(cat "$work/keeper/starts")
	kill "-$1" "$daemon"
	until_true 30 restarted "$starts" || give_up "it was not started again"
	daemon=$(cat "$work/keeper/pid")
	until_true 60 true_of .ready status || give_up "it is not ready again"
}
restarted() {
	[ "$(cat "$work/keeper/starts")" -gt "$1" ]
}

# leave: it ends for good.
leave() {
	touch "$work/keeper/end"
	kill -TERM "$daemon"
	wait "$manager" || fault "the daemon ended with $?"
	daemon=
}

# said PATTERN: since the last time.
said() {
	tail -n "+$((${seen_lines:-0} + 1))" "$work/daemon.log" |
		grep -q -E -e "$1"
}
expect() {
	until_true 20 said "$1" || fault "it does not say: $1"
	seen_lines=$(wc -l <"$work/daemon.log")
}

# birth NAME COUNT: so many, joined to home, and four more for barriers; until
# it is known whom all of them name.
birth() {
	local i total=$(($2 + 5))

	for ((i = 0; i < $2 + 4; i++)); do
		namespace "$1-$i"
		join "$1-$i" ""
	done
	eventually 60 ".coverage.holders == $total and
		.coverage.holders_heard == $total and
		.coverage.entries >= 2 * ($total - 1) and
		.coverage.entries_resolved == .coverage.entries" status
}

# death NAME FROM TO: those of them.
death() {
	local i

	for ((i = $2; i < $3; i++)); do
		ip netns del "$prefix-$1-$i"
	done
}

# verified NAME COUNT: of these the first ones, all.
verified() {
	true_of "[.deaths[] | select((.peer.name // \"\") |
			test(\"/$prefix-$1-[0-9]+\$\"))] |
		sort_by(.first) | .[:$2] |
		length == $2 and all(.verdict == \"verified\")" deaths
}

alone() {
	eventually 60 '.coverage.holders == 1 and .home.entries == 0' status
}

# judged NAME COUNT: the first ones are dead: one barrier after the other, until
# all are verified; then nobody is left.
judged() {
	local i

	eventually 60 '.coverage.holders == 5' status
	for ((i = $2; i < $2 + 3; i++)); do
		# Its life has to be proved after the others' deaths.
		until_true 3 verified "$1" "$2" && break
		death "$1" "$i" $((i + 1))
	done
	until_true 10 verified "$1" "$2" || {
		fault "not all of $1 are verified"
		ask deaths | jq -c '.deaths[] | [.peer.name, .verdict, .reason]'
	}
	for (( ; i < $2 + 4; i++)); do
		[ -e "/run/netns/$prefix-$1-$i" ] &&
			death "$1" "$i" $((i + 1))
	done
	alone
}

# ---- ended and started: as if nothing had happened ----------------------------

manage --receive-buffer 4M
[ -s "$work/keeper/notify" ] || skip "built without libsystemd"
grep -q '^FDNAME=events' "$work/keeper/notify" || give_up "no socket is kept"
[ "$(cat "$work/keeper/kept")" = 1 ] || fault "it keeps more than the socket"
expect 'the first audit is over'
birth a 6
kill -STOP "$daemon" # what comes now is heard by nobody
death a 0 3
kill -TERM "$daemon"
again CONT
expect 'goes on where an earlier nsidwatchd ended'
death a 3 6
judged a 6
is 0 ask status
no_finding
holds '.gaps == 0'
is 0 ask audit
grep -c '^READY=1' "$work/keeper/notify" >"$work/ready"
[ "$(cat "$work/ready")" = 2 ] || fault "READY=1 came $(cat "$work/ready") times"
[ -e "$left/state" ] && fault "the state could be taken up once more"

# In the middle of a churn, again and again.
for round in 1 2 3 4; do
	((round == 1)) && again TERM
	birth "c$round" 6
	((round == 2)) && again TERM
	death "c$round" 0 3
	((round == 3)) && again TERM
	death "c$round" 3 6
	((round == 4)) && again TERM
	judged "c$round" 6
done
expect 'goes on where an earlier nsidwatchd ended'
is 0 ask status
no_finding
holds '.gaps == 0'
is 0 ask audit

# Ended again before it has taken up what was left: nothing is lost of that.
birth q 4
is 0 ask status
events=$(jq .events.new "$work/out")
for ((i = 0; i < 8; i++)); do
	starts=$(cat "$work/keeper/starts")
	kill -TERM "$(cat "$work/keeper/pid")"
	until_true 30 restarted "$starts" || give_up "it was not started again"
done
daemon=$(cat "$work/keeper/pid")
until_true 60 true_of .ready status || give_up "it is not ready again"
is 0 ask status
no_finding
holds ".gaps == 0 and .events.new == $events"
death q 0 4
judged q 4

# ---- killed: the socket is there, and an audit tells the rest ------------------

birth k 6
kill -STOP "$daemon"
death k 0 3
again KILL
expect 'left its socket alone'
death k 3 10
alone
is 0 ask status
no_finding
holds '.gaps == 0 and .events.del >= 3'
holds '(.deaths.reasons | add // 0) == .deaths.indeterminate'
is 0 timeout 5 "$NSIDWATCH" --socket "$socket" audit

# ---- killed with deaths open: each is listed, once, and in doubt -----------------

# open_ones NAME COUNT: the first ones die, and wait for a barrier.
open_ones() {
	is 0 ask status
	total=$(jq .deaths.total "$work/out")
	# Nobody's life is asked in between, who would be a barrier.
	kill -STOP "$daemon"
	death "$1" 0 "$2"
	kill -CONT "$daemon"
	eventually 30 ".deaths.total == $total + $2 and .deaths.open >= $2" \
		status
}

# ended_open NAME COUNT: of these the first ones, and none of them twice.
ended_open() {
	is 0 ask deaths
	holds "[.deaths[] | select((.peer.name // \"\") |
			test(\"/$prefix-$1-[0-9]+\$\"))] |
		length == $2 and ([.[].peer.name] | sort) ==
			[range($2) | \"/run/netns/$prefix-$1-\(.)\"] and
		all(.verdict == \"indeterminate\" and .reason == \"ended-open\")"
	is 0 ask status
	holds ".deaths.reasons[\"ended-open\"] >= $2"
}

birth l 7
open_ones l 3
again KILL
expect '[0-9]+ deaths were open when an earlier nsidwatchd ended'
ended_open l 3
again TERM
expect 'goes on where an earlier nsidwatchd ended'
ended_open l 3
no_finding
holds '.gaps == 0'
death l 3 11
alone

# ---- a recording of one that goes on comes to the same ---------------------------

leave
if [[ $("$NSIDWATCH" replay /dev/null 2>&1) != *libpcap* ]]; then
	manage --receive-buffer 4M
	birth r 4
	printf 'Record=%s/goes-on.pcap\n' "$work" >"$work/nsidwatch.conf"
	again TERM
	expect 'goes on where an earlier nsidwatchd ended'
	death r 0 4
	judged r 4
	until_true 60 stands_still 3 .deaths status ||
		fault "deaths are opened or closed for ever"
	is 0 ask status
	cp "$work/out" "$work/then"
	leave
	# Those of the last barriers are open, and end so.
	is 4 "$NSIDWATCH" replay --json "$work/goes-on.pcap"
	holds '.deaths.violated == 0'
	for figure in .deaths.total .deaths.verified .events .gaps; do
		[ "$(jq -c "$figure" "$work/out")" = \
			"$(jq -c "$figure" "$work/then")" ] ||
			fault "a replay comes to another $figure"
	done
	"$NSIDWATCH" replay "$work/goes-on.pcap" >"$work/out" 2>&1
	grep -q -e 'other questions' -e 'beginning' "$work/out" &&
		fault "the replay goes apart: $(cat "$work/out")"

	# One that was told of deaths is told of them again.
	: >"$work/daemon.log"
	seen_lines=0
	manage --receive-buffer 4M
	birth t 4
	open_ones t 3
	printf 'Record=%s/told.pcap\n' "$work" >"$work/nsidwatch.conf"
	again KILL
	ended_open t 3
	is 0 ask status
	cp "$work/out" "$work/then"
	leave
	is 4 "$NSIDWATCH" replay --json "$work/told.pcap"
	holds '.deaths.reasons["ended-open"] == 3'
	[ "$(jq -c .deaths.total "$work/out")" = \
		"$(jq -c .deaths.total "$work/then")" ] ||
		fault "a replay comes to other deaths"
	death t 3 8
fi

# ---- what overran while nobody read is a gap ------------------------------------

rm -f "$left"/*
manage --receive-buffer 4K
seen_lines=$(wc -l <"$work/daemon.log")
is 0 ask status
holds '.gaps == 0'
kill -STOP "$daemon"
for round in 1 2 3; do
	for i in 1 2 3 4 5 6 7 8; do
		namespace "o$round-$i"
		join "o$round-$i" ""
	done
	death "o$round" 1 9
done
kill -TERM "$daemon"
again CONT
expect 'goes on where an earlier nsidwatchd ended'
alone
is 0 ask status
no_finding
holds '.gaps >= 1'
is 0 ask audit

# ---- what does not fit is set aside, but for the deaths that were open ------------

# spoil HOW: what was left is spoiled before the next one looks.
spoil() {
	cat >"$work/spoiler" <<-END
		#!/bin/sh
		[ -e "$left/state" ] && $1
		exec "$NSIDWATCHD" "\$@"
	END
	chmod 755 "$work/spoiler"
}

leave
spoiled=0
for how in 'printf x >>"'"$left"'/state"' ': >"'"$left"'/state"' \
	'sed -i "1s/ 1 / 2 /" "'"$left"'/state"' \
	'head -c 300 "'"$left"'/state" >"'"$left"'/cut" && mv "'"$left"'/cut" "'"$left"'/state"' \
	'printf "\001" | dd of="'"$left"'/state" bs=1 seek=400 conv=notrunc status=none'; do
	rm -f "$left"/*
	spoil "$how"
	real=$NSIDWATCHD
	NSIDWATCHD=$work/spoiler
	manage --receive-buffer 4M
	NSIDWATCHD=$real
	birth "s$((++spoiled))" 1
	open_ones "s$spoiled" 1
	seen_lines=$(wc -l <"$work/daemon.log")
	again TERM
	expect 'set aside in .*/state\.old: '
	[ -s "$left/state.old" ] || [ "${how:0:1}" = : ] ||
		fault "nothing is set aside: $how"
	is 0 ask status
	holds '.gaps == 0 and .ready'
	ended_open "s$spoiled" 1
	death "s$spoiled" 1 5
	alone
	leave
done

# Without a store all is as ever, and what is left is out of date.
echo outdated >"$left/state"
: >"$work/daemon.log"
seen_lines=0
start_daemon '' --state-dir "$left"
expect 'begins anew: nobody kept'
is 0 ask audit
stop_daemon TERM
[ -e "$left/state" ] && fault "a state without its socket is left"

# Nor are open deaths left, unless it is killed.
start_daemon '' --state-dir "$left"
birth u 4
open_ones u 2
[ -s "$left/open-deaths" ] || fault "no open deaths are kept"
stop_daemon TERM
[ -e "$left/open-deaths" ] && fault "open deaths without a kill are left"
start_daemon '' --state-dir "$left"
death u 2 8
alone
birth v 4
open_ones v 2
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null
start_daemon '' --state-dir "$left"
ended_open v 2
stop_daemon TERM
finish
