#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How daemon and client end: signals, a second daemon, capabilities that are
# missing, sockets that cannot be.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

# ---- signals --------------------------------------------------------------------

for signal in TERM INT; do
	start_daemon ''
	stop_daemon $signal
	[ -e "$socket" ] && fault "the socket stays behind after SIG$signal"
done

# A stream that is open when the daemon ends says why it ends.
start_daemon ''
"$NSIDWATCH" --socket "$socket" events --follow >"$work/out" 2>"$work/err" &
stream=$!
connected() {
	readlink "/proc/$stream/fd/"* 2>/dev/null | grep -q '^socket:'
}
until_true 20 connected || fault "no connection"
until_true 20 true_of '.ready' status
stop_daemon TERM
wait "$stream"
status=$?
((status == 69)) || fault "exit $status of a stream whose daemon ended"
says err 'nsidwatch: the daemon'

# ---- a second one on the same socket ---------------------------------------------

start_daemon ''
"$NSIDWATCHD" --config "$work/nsidwatch.conf" --socket "$socket" \
	>"$work/out" 2>"$work/err"
status=$?
((status != 0)) || fault "a second daemon started on the same socket"
says err "$socket"
is 0 ask status
stop_daemon

# One that was killed leaves a socket behind, which is no obstacle.
start_daemon ''
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null
daemon=
is 69 ask status
start_daemon ''
stop_daemon

# ---- sockets that cannot be --------------------------------------------------------

mkdir "$work/folder"
long=$work/$(printf 'x%.0s' {1..200})
for path in "$work/folder" "$long" "$work/nowhere/socket" /proc/nsw-socket; do
	timeout 20 "$NSIDWATCHD" --config "$work/nsidwatch.conf" \
		--socket "$path" >"$work/out" 2>"$work/err"
	status=$?
	((status != 0 && status < 124)) ||
		fault "exit $status of a daemon with the socket ${path:0:60}"
	[ -s "$work/err" ] || fault "not a word about ${path:0:60}"
done
[ -d "$work/folder" ] || fault "the folder was replaced"

# ---- the client without a daemon ----------------------------------------------------

is 69 "$NSIDWATCH" --socket "$work/none" status
says err "$work/none"
is 69 "$NSIDWATCH" --socket "$work/folder" status
is 2 "$NSIDWATCH" --socket "$long" status
says err 'too long'
is 2 "$NSIDWATCH" statsu
says err "did you mean 'status'"
is 2 "$NSIDWATCH" status --jsn
says err 'did you mean --json'
is 2 "$NSIDWATCH"
is 2 "$NSIDWATCH" wait
is 2 "$NSIDWATCH" selftest --dying many
is 0 "$NSIDWATCH" --help
is 0 "$NSIDWATCH" check --help
is 0 "$NSIDWATCH" --version
says out '^nsidwatch [0-9]'

# ---- capabilities ---------------------------------------------------------------------

command -v setpriv >/dev/null || skip "setpriv is not installed"
without() {
	local capability=$1

	shift
	setpriv --bounding-set "-$capability" --inh-caps "-$capability" "$@"
}

is 77 without net_broadcast "$NSIDWATCHD" --config "$work/nsidwatch.conf" \
	--socket "$socket"
says err CAP_NET_BROADCAST
is 77 without net_broadcast "$NSIDWATCH" check -- true
says err CAP_NET_BROADCAST
is 77 without sys_admin "$NSIDWATCH" check -- true
says err CAP_SYS_ADMIN
is 77 without sys_admin "$NSIDWATCH" selftest --survivors 1 --dying 1
is 77 without net_admin "$NSIDWATCH" check -- true
says err CAP_NET_ADMIN

daemon_through=(setpriv --bounding-set -net_admin --inh-caps -net_admin)
start_daemon ''
is 0 ask status
holds '.degraded | any(test("CAP_NET_ADMIN"))'
is 0 "$NSIDWATCH" --socket "$socket" status
says out '^degraded .*CAP_NET_ADMIN'
stop_daemon
daemon_through=()

# Whoever may not talk to the daemon is told so.
chmod 755 "$work"
cp "$NSIDWATCH" "$work/client"
start_daemon ''
is 77 setpriv --reuid=65534 --regid=65534 --clear-groups \
	"$work/client" --socket "$socket" status
says err 'no permission'
stop_daemon

finish
