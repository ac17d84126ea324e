#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# /proc hides the processes of others: the daemon says so, and of a namespace
# that only a process may lead to nobody hears that it lingers.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

command -v setpriv >/dev/null || skip "setpriv is not installed"
mount -o remount,hidepid=2 /proc 2>/dev/null || skip "/proc hides nobody"
chmod 777 "$work"
cp "$NSIDWATCHD" "$work/program" || give_up "the program cannot be copied"
NSIDWATCHD=$work/program
caps="-all,+net_admin,+net_broadcast"
daemon_through=(setpriv --reuid=65534 --regid=65534 --clear-groups
	"--inh-caps=$caps" "--ambient-caps=$caps" "--bounding-set=$caps")

start_daemon 'LingerTime=1s
HousekeepingTime=10s'
is 0 ask status
holds 'any(.degraded[]; test("/proc hides"))'
is 0 "$NSIDWATCH" --socket "$socket" status
says out '^degraded .*hidepid='

# A process lives in one that has a number in home, and no path leads to it.
unshare --net sleep 1000 &
holder=$!
until_true 10 grep -q sleep "/proc/$holder/comm" ||
	give_up "no process gets into a namespace"
ip link add nsw0 type veth peer name nsw1 netns "$holder" ||
	give_up "no veth can be made"
ip link show >/dev/null
eventually 30 '.coverage.holders_heard == 2' status
# LingerTime= and two times HousekeepingTime= go by.
eventually 60 '[.namespaces[] | select(.heard) | .held_by[]] |
	any(. == "unknown")' namespaces
until_true 40 true_of '.uptime_us > 35000000' status
is 0 ask namespaces --lingering
holds '.namespaces == []'
grep -q lingers "$work/daemon.log" && fault "the log says that one lingers"
stop_daemon

# Whoever may look at them sees them, and that all the rest is in order.
daemon_through=()
start_daemon 'LingerTime=1s
HousekeepingTime=10s'
eventually 30 'any(.namespaces[]; .held_by == ["process"] and .nsid != null)' \
	namespaces
is 0 ask status
holds '.degraded == []'
stop_daemon
kill "$holder"
wait "$holder" 2>/dev/null

# ---- a name that the daemon may not look at ----------------------------------------

# As Docker has the namespaces of its overlays: a mount in a folder of root's,
# and nothing else.
mount -o remount,hidepid=0 /proc || give_up "/proc hides for ever"
: >"$work/daemon.log"
install -d -m 700 "$work/docker"
mkdir "$work/docker/netns"
touch "$work/docker/netns/1-overlay"
unshare --net sleep 1000 &
holder=$!
until_true 10 grep -q sleep "/proc/$holder/comm" ||
	give_up "no process gets into a namespace"
mount --bind "/proc/$holder/ns/net" "$work/docker/netns/1-overlay"
ip link add nsw2 type veth peer name nsw3 netns "$holder" ||
	give_up "no veth can be made"
ip link show >/dev/null
kill "$holder"
wait "$holder" 2>/dev/null
# Two strangers in one that has no number: it is one, and counts once.
unshare --net sh -c 'sleep 1000 & exec sleep 1000' &
crowd=$!
until_true 10 grep -q sleep "/proc/$crowd/comm" ||
	give_up "no process gets into a namespace"
daemon_through=(setpriv --reuid=65534 --regid=65534 --clear-groups
	"--inh-caps=$caps" "--ambient-caps=$caps" "--bounding-set=$caps")
start_daemon "LingerTime=1s
HousekeepingTime=10s
NameFolders=$work/docker/netns"
eventually 30 '.coverage.holders_heard == 2 and .coverage.holders == 3' status
is 0 ask status
holds 'any(.degraded[]; test("could not be asked"))'
until_true 40 true_of '.uptime_us > 35000000' status
is 0 ask status
holds '.coverage.holders == 3'
is 0 ask namespaces --lingering
holds '.namespaces == []'
grep -q lingers "$work/daemon.log" && fault "the log says that one lingers"
stop_daemon
kill "$crowd"
umount "$work/docker/netns/1-overlay"

finish
