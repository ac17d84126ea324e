#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kill -9 in the middle of a churn of 200 namespaces joined to home: systemd
# starts the daemon again with the socket that it kept. Nothing is called wrong,
# nobody alive is called dead, what is in doubt says why, ledger and kernel agree
# at once; of the deaths that were open none is missing, and none is there twice;
# and who is born from then on is judged as ever.

# Functions are handed to until_true.
# shellcheck disable=SC2317
# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

came_back() {
	unit_is ActiveState active && [ "$(main_pid)" != "$first" ]
}

# Whose death is verified is dead.
none_wrongly_verified() {
	local name

	ask deaths >"$work/out"
	while read -r name; do
		[ -e "$name" ] && fault "$name lives, and is verified as dead"
	done < <(jq -r '.deaths[] | select(.verdict == "verified") |
		.peer.name // empty' "$work/out")
}

# names VERDICT: of whom round r2 lists with that verdict, as JSON, sorted.
names() {
	jq -c "[.deaths[] | select(.verdict == \"$1\") | .peer.name // empty |
		select(contains(\"/$prefix-r2-\"))] | sort"
}

# still: the same deaths are open as a while ago: none is about to be closed,
# which takes two settle times from its barrier. And all of them are known.
still() {
	local before

	before=$(ask deaths)
	sleep 5
	ask deaths >"$work/deaths"
	[ "$(names open <"$work/deaths")" = "$(names open <<<"$before")" ] &&
		true_of "[.deaths[].peer.name // empty |
			select(contains(\"/$prefix-r2-\"))] |
			length == 50 and length == (unique | length)" deaths
}

# Killed while it reads, and then while it waits for barriers.
service_fresh
for ((round = 1; round <= 2; round++)); do
	first=$(main_pid)
	birth "r$round" 100
	learned 100
	death "r$round" 50
	if ((round == 2)); then
		settled
		until_true 60 still || fault "not all 50 deaths are listed"
	fi
	kill -KILL "$first"
	for ((i = 50; i < 100; i++)); do
		echo "netns del $prefix-r$round-$i"
	done >"$work/rest"
	batch "$work/rest"
	until_true 60 came_back || give_up "it was not started again"
	eventually 60 .ready status
	is 0 timeout 60 "$NSIDWATCH" audit
	none_wrongly_verified
	if ((round == 2)); then
		open=$(names open <"$work/deaths")
		[ "$open" != '[]' ] || fault "no death was open"
		is 0 ask deaths
		holds "[.deaths[] | select(.reason == \"ended-open\") |
			.peer.name // empty |
			select(contains(\"/$prefix-r2-\"))] | sort == $open"
		say "$(jq -r length <<<"$open") of 50 deaths were open"
	fi
	alone
	nothing_wrong
	holds '.gaps == 0'
done
unit_is NRestarts 2 || fault "it was not started again twice"
journal >"$work/out"
[ "$(grep -c 'left its socket alone' "$work/out")" = 2 ] ||
	fault "the socket was not there each time"

settled
birth bar 3
birth after 20
learned 23
death after 20
judged_by bar 3 after 20
nothing_wrong
holds '.gaps == 0'
is 0 timeout 60 "$NSIDWATCH" audit

finish
