#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A receive buffer that is far too small, daemon and check alike: what was lost
# is said, what it touched is left in doubt, nothing is violated; and after it
# all is known anew.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

start_daemon '' --receive-buffer 4096

# ---- a load that loses, however quick the readers are ---------------------------

# A reader that is quick enough loses nothing, small as its buffer is. So they
# stand still until the kernel says that it had to drop what they are to read.
cat >"$work/load" <<'LOAD'
set -e
# drops PID: of what that process listens to.
drops() {
	for at in /proc/$1/fd/*; do readlink "$at" || :; done 2>/dev/null |
		tr -dc '0-9\n' |
		awk '
			NR == FNR { its[$1]; next }
			$2 == 0 && $4 != "00000000" && $10 in its { n += $9 }
			END { print n + 0 }' - /proc/net/netlink
}
# wait_until SECONDS COMMAND...
wait_until() {
	tries=$(($1 * 10)) && shift
	until "$@"; do
		tries=$((tries - 1)) && [ $tries -gt 0 ]
		sleep 0.1
	done
}
stopped() { grep -q '^State:.T' /proc/$1/status; }
dropped() { [ "$(drops $1)" -gt $2 ]; }

ip netns add $1-keep
ip netns set $1-keep auto 2>/dev/null || :
for i in $(seq 40); do
	ip netns add $1-$i
	ip netns set $1-$i auto 2>/dev/null || :
	ip -n $1-keep netns set $1-$i auto
done
# The readers: check is our parent.
trap 'kill -CONT $PPID $2' EXIT
kill -STOP $PPID $2
wait_until 60 stopped $PPID
wait_until 60 stopped $2
a=$(drops $PPID) b=$(drops $2)
for i in $(seq 40); do ip netns del $1-$i; done
wait_until 60 dropped $PPID $a
wait_until 60 dropped $2 $b
LOAD
is 4 "$NSIDWATCH" --receive-buffer 4096 --json check -- \
	sh "$work/load" "$prefix" "$daemon"
holds '.command.exit == 0'
holds '.gaps > 0 and .verdict == "indeterminate"'
holds '.deaths.reasons.gap > 0'
no_finding
ip netns del "$prefix-keep"
eventually 120 '.gaps > 0 and .coverage.holders_heard == 1' status
eventually 120 '.deaths.reasons.gap > 0' status

# ---- a load of which any part may be lost ---------------------------------------

"$NSIDWATCH" --receive-buffer 4096 --json selftest --survivors 100 \
	--dying 400 >"$work/out" 2>"$work/err"
status=$?
case $status in
0)
	holds '.verdict == "verified" and .gaps == 0'
	holds '.deaths.verified == .deaths.total and .deaths.total >= 400'
	;;
4)
	holds '.verdict == "indeterminate"'
	holds '.gaps > 0 or (.deaths.reasons | length) > 0'
	;;
*) fault "exit $status of selftest" ;;
esac
holds '.load.made == 400'
no_finding
eventually 120 '.coverage.holders_heard == 1' status
is 0 ask status
no_finding
is 0 ask audit
holds '.mismatches == 0'
stop_daemon

finish
