#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where nothing happens the daemon sleeps: at most one wake-up in 10 s.
#
# Alone: it counts wake-ups.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

# wakeups: how often it went to sleep so far.
wakeups() {
	awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$daemon/status"
}

# spent: the time that it had a processor so far, in ticks of 10 ms.
spent() {
	sed 's/.*) //' "/proc/$daemon/stat" | awk '{ print $12 + $13 }'
}

# calm: it did not wake up for 5 s, nor go on without sleeping.
calm() {
	local before ticks

	before=$(wakeups)
	ticks=$(spent)
	sleep 5
	[ "$(wakeups)" = "$before" ] && (($(spent) - ticks < 20))
}

namespace a b
start_daemon 'Adopt=named'
eventually 30 '.coverage.holders_heard == 3' status
until_true 60 calm || give_up "it does not come to rest"
before=$(wakeups)
# The span that is measured.
sleep 40
count=$(($(wakeups) - before))
say "$count wake-ups in 40 s"
((count <= 4)) || fault "$count wake-ups in 40 s"
is 0 ask audit
stop_daemon

finish
