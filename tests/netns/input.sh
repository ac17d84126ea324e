#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Bad input: the daemon answers with a clear error or hangs up, goes on, and
# loses no event by it.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

command -v socat >/dev/null || skip "socat is not installed"

# send FORMAT...: as printf makes it; what comes back is in $work/out, one
# message a line.
send() {
	# shellcheck disable=SC2059
	printf "$@" | timeout 20 socat -t 3 - "UNIX-CONNECT:$socket" 2>/dev/null |
		tr '\0' '\n' >"$work/out"
}

# refused ERROR FORMAT...: that error comes back.
refused() {
	local error=$1

	shift
	send "$@"
	grep -q "\"error\":\"$error\"" <(jq -c . "$work/out" 2>/dev/null) ||
		fault "no $error for $1: $(head -c 300 "$work/out")"
}

start_daemon 'Adopt=named'

refused org.varlink.service.MethodNotFound \
	'{"method":"io.nsidwatch.Frobnicate"}\0'
refused org.varlink.service.InterfaceNotFound '{"method":"no.such.Method"}\0'
refused org.varlink.service.InvalidParameter \
	'{"method":"io.nsidwatch.Deaths","parameters":{"frob":1}}\0'
refused org.varlink.service.InvalidParameter \
	'{"method":"io.nsidwatch.Nsids","parameters":{"holder":7}}\0'
refused org.varlink.service.InvalidParameter \
	'{"method":"io.nsidwatch.Events","parameters":{"limit":-1}}\0'
refused org.varlink.service.InvalidParameter \
	'{"method":"io.nsidwatch.WaitGone","parameters":{"name":"x","timeout_ms":-5}}\0'
refused org.varlink.service.InvalidParameter \
	'{"method":"io.nsidwatch.WaitGone","parameters":{}}\0'
refused io.nsidwatch.NoSuchNamespace \
	'{"method":"io.nsidwatch.Nsids","parameters":{"holder":"nobody"}}\0'
refused io.nsidwatch.InvalidMessage 'this is not JSON\0'
refused io.nsidwatch.InvalidMessage '[1,2,3]\0'
refused io.nsidwatch.InvalidMessage '{"method":7}\0'
refused io.nsidwatch.InvalidMessage '\0'
refused io.nsidwatch.InvalidMessage '{"method":"io.nsidwatch.Status"\0'
refused io.nsidwatch.InvalidMessage '{"method":"\xff\xfe"}\0'
deep=$(printf '[%.0s' {1..200})
refused io.nsidwatch.InvalidMessage '{"method":"a.B","parameters":{"x":%s}}\0' \
	"$deep"

# Two requests in one packet, answers in order; half-closed, and answered.
send '{"method":"io.nsidwatch.Status"}\0{"method":"org.varlink.service.GetInfo"}\0'
[ "$(jq -r '.parameters | has("deaths")' "$work/out" | tr '\n' ' ')" = \
	'true false ' ] || fault "not two answers in order"

# Without an end: cut off, before it costs memory.
head -c 1000000 /dev/zero | tr '\0' x |
	timeout 20 socat -u - "UNIX-CONNECT:$socket" 2>/dev/null
is 0 ask status

# Clients that never read, and ask all the time; with events meanwhile.
for i in 1 2 3; do
	for ((j = 0; j < 2000; j++)); do
		printf '{"method":"io.nsidwatch.Events","more":true}\0'
	done | timeout 30 socat -u -b 65536 - "UNIX-CONNECT:$socket" \
		2>/dev/null &
done
timeout 30 socat -u "UNIX-CONNECT:$socket" "EXEC:sleep 25" 2>/dev/null &
before=$(answer .events.new status)
for i in $(seq 50); do
	namespace "n$i"
done
eventually 60 ".coverage.holders_heard == 51 and .gaps == 0 and
	.events.new == $before + 50" status
is 0 ask audit
holds '.mismatches == 0'

# As many as there may be, and one more is told so.
holders=()
for i in $(seq 70); do
	timeout 20 socat -u "UNIX-CONNECT:$socket" - >>"$work/many" \
		2>/dev/null &
	holders+=($!)
done
until_true 10 grep -q -a Busy "$work/many" || fault "nobody was told of Busy"
kill "${holders[@]}" 2>/dev/null
wait "${holders[@]}" 2>/dev/null
until_true 40 true_of .ready status || fault "no answer after the rush"
kill -0 "$daemon" || fault "the daemon has gone"
stop_daemon

# ---- what the client makes of a bad daemon ----------------------------------------

# listening PATH: somebody takes calls there, and has not only bound it.
listening() {
	grep -q " 00010000 .* $1\$" /proc/net/unix
}

# fake FORMAT: somebody who answers so whatever is asked, once, at $fake.
fakes=0
fake() {
	fakes=$((fakes + 1))
	fake=$work/fake$fakes
	# shellcheck disable=SC2059
	printf "$1" >"$fake.reply"
	socat "UNIX-LISTEN:$fake" "SYSTEM:head -c 1 >/dev/null; cat $fake.reply" \
		2>/dev/null &
	until_true 10 listening "$fake" || fault "no fake daemon"
}

fake 'no JSON at all\0'
is 1 "$NSIDWATCH" --socket "$fake" status
says err 'makes no sense'
fake '{"parameters":{}'
is 69 "$NSIDWATCH" --socket "$fake" status
says err 'has gone'
fake '{"error":"org.varlink.service.PermissionDenied"}\0'
is 77 "$NSIDWATCH" --socket "$fake" audit
fake '{"error":"com.example.Odd\\u001b[2J"}\0'
is 1 "$NSIDWATCH" --socket "$fake" status
grep -q $'\033' "$work/err" && fault "an escape sequence got through"
fake '{"parameters":{"namespaces":7}}\0'
is 1 "$NSIDWATCH" --socket "$fake" namespaces
fake '{"parameters":{"namespaces":[{"name":"a\\u001b[2J"},7,null]}}\0'
is 0 "$NSIDWATCH" --socket "$fake" namespaces
grep -q $'\033' "$work/out" && fault "an escape sequence got through"

finish
