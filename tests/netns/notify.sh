#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a service manager hears from the daemon: when it is ready, how it is, that
# it lives, that it reads its configuration again, and that it ends.

# Functions are handed to until_true.
# shellcheck disable=SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

keeper=$(dirname "$NSIDWATCH")/../tests/netns/keeper
[ -x "$keeper" ] || skip "$keeper is not built"
mkdir "$work/keeper"
heard=$work/keeper/notify
touch "$work/keeper/end" "$work/nsidwatch.conf"

# hears COUNT PATTERN: so many lines at least, so far.
hears() {
	[ "$(grep -c -E -e "$2" "$heard" 2>/dev/null)" -ge "$1" ]
}
# lines PATTERN
lines() {
	grep -c -E -e "$1" "$heard"
}

WATCHDOG_USEC=900000 "$keeper" "$work/keeper" "$NSIDWATCHD" \
	--config "$work/nsidwatch.conf" --socket "$socket" \
	>>"$work/daemon.log" 2>&1 &
manager=$!
until_true 60 true_of .ready status || give_up "the daemon did not get ready"
[ -s "$heard" ] || skip "built without libsystemd"
daemon=$(cat "$work/keeper/pid")

# ---- ready, and how it is ---------------------------------------------------------

until_true 10 hears 1 '^READY=1$' || fault "it does not say that it is ready"
hears 1 '^STATUS=holders: 1, .*gaps: 0$' || fault "it does not say how it is"
namespace a
join a ""
until_true 60 hears 1 '^STATUS=holders: 2, ' || fault "nor how it is later"
[ "$(lines '^STATUS=.*STATUS=')" = 0 ] || fault "more than a line of status"

# ---- signs of life, from an idle daemon as well ------------------------------------

alive=$(lines '^WATCHDOG=1$')
until_true 10 hears $((alive + 3)) '^WATCHDOG=1$' ||
	fault "no sign of life where one is wanted"

# ---- the configuration again --------------------------------------------------------

# reloaded COUNT: as systemd wants to hear it, at a moment of this boot.
reloaded() {
	local usec

	until_true 10 hears "$1" '^RELOADING=1$' || fault "no word of a reload"
	until_true 10 hears $(($1 + 1)) '^READY=1$' || fault "no word of its end"
	usec=$(sed -n 's/^MONOTONIC_USEC=//p' "$heard" | tail -n 1)
	awk -v usec="$usec" '{
		age = $1 - usec / 1000000
		exit !(usec > 0 && age > -1 && age < 30)
	}' /proc/uptime || fault "MONOTONIC_USEC=$usec is not of now"
}
echo 'SettleTime=2s' >"$work/nsidwatch.conf"
kill -HUP "$daemon"
reloaded 1
# One with a fault is read again just so, and changes nothing.
echo 'SettleTime=soon' >"$work/nsidwatch.conf"
kill -HUP "$daemon"
reloaded 2
grep -q 'nsidwatch.conf:1: ' "$work/daemon.log" || fault "the fault is not named"

# ---- and the end ----------------------------------------------------------------------

kill -TERM "$daemon"
wait "$manager" || fault "the daemon ended with $?"
daemon=
hears 1 '^STOPPING=1$' || fault "it does not say that it ends"

finish
