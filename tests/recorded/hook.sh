#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# OnFinding= gets each alert on its standard input and nothing else of the
# daemon's; it is killed when it runs for too long, and its failures are told
# once. Subscribers get the same.

# story.sh reads it; stop_daemon takes no argument here.
# shellcheck disable=SC2034,SC2119
STORY_HOME=none
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"
# shellcheck source=tests/recorded/lib.sh
. "${srcdir:-.}/tests/recorded/lib.sh"
command -v socat >/dev/null || skip "socat is not installed"

recording "$work/violation.pcap" --stands 3
chmod 755 "$work"

# program NAME: an executable of the lines on standard input.
program() {
	{
		echo '#!/bin/sh'
		cat
	} >"$work/$1"
	chmod 755 "$work/$1"
}

# log_has COUNT PATTERN
# shellcheck disable=SC2317 # until_true calls it
log_has() {
	[ "$(grep -c -e "$2" "$work/daemon.log")" = "$1" ]
}

# ---- what it gets ------------------------------------------------------------------

program hook <<END
cat >"$work/input.\$\$"
tr '\\0' '\\n' </proc/\$\$/environ >"$work/environ.\$\$"
ls /proc/self/fd >"$work/descriptors.\$\$"
pwd >"$work/folder.\$\$"
grep -E '^(CapEff|SigIgn)' /proc/self/status >"$work/status.\$\$"
echo done >"$work/done.\$\$"
END
SECRET=hidden
export SECRET
# What a service has by AmbientCapabilities=.
if ((EUID == 0)); then
	as_nobody
	chmod 777 "$work"
	daemon_through=(setpriv --reuid nobody --regid nogroup --clear-groups
		'--inh-caps=-all,+net_admin' '--ambient-caps=-all,+net_admin')
fi
replay_daemon "OnFinding=$work/hook" "$work/violation.pcap" --fast
eventually 30 '.replay.ended' status
# shellcheck disable=SC2317 # until_true calls it
ran() {
	[ "$(cat "$work"/done.* 2>/dev/null | wc -l)" = "$1" ]
}
until_true 20 ran 2 || fault "it did not run for each of two alerts"
jq -s 'sort_by(.alert)' "$work"/input.* >"$work/out" ||
	fault "its input is no JSON"
holds 'map(.alert) == ["finding", "resolved"] and
	all(.source == "recording" and .finding.id == "1") and
	.[0].kind == "missing" and .[0].finding.state == "stands" and
	.[0].message_id == "d97ee29c7c4d4efe8a534975d6666395" and
	.[1].kind == "late" and .[1].finding.state == "resolved" and
	(.[0].message | startswith("finding 1 stands: missing")) and
	.[0].finding.peer.label == "job"'
for file in "$work"/input.*; do
	[ "$(wc -l <"$file")" = 1 ] || fault "its input is not one line"
done
cut -d = -f 1 "$work"/environ.* | sort -u | tr '\n' ' ' |
	grep -q -x 'LANG PATH ' ||
	fault "its environment: $(cat "$work"/environ.*)"
# ls has its own one open as well.
sort -u "$work"/descriptors.* | tr '\n' ' ' | grep -q -x '0 1 2 3 ' ||
	fault "its descriptors: $(sort -u "$work"/descriptors.*)"
[ "$(sort -u "$work"/folder.*)" = / ] || fault "it runs in another folder"
while read -r what mask; do
	((EUID == 0)) && [ "$what" = CapEff: ] && ((16#$mask != 0)) &&
		fault "capabilities are handed down: $mask"
	[ "$what" = SigIgn: ] && ((16#$mask & 16#1000)) &&
		fault "SIGPIPE is ignored: $mask"
done < <(cat "$work"/status.*)
log_has 0 OnFinding || fault "the log has something to say of it"
stop_daemon

# ---- a reload takes effect; failures are told once -------------------------------------

program fails <<'END'
exit 3
END
: >"$work/daemon.log"
replay_daemon '' "$work/violation.pcap"
printf 'OnFinding=%s\n' "$work/fails" >"$work/nsidwatch.conf"
kill -HUP "$daemon"
until_true 10 log_has 1 'was read again' || fault "no reload"
eventually 40 '.replay.ended' status
until_true 10 log_has 1 'OnFinding=.*/fails ended with status 3' ||
	fault "nobody is told that it fails"
stop_daemon
log_has 1 'OnFinding=' || fault "it is told more than once"

: >"$work/daemon.log"
replay_daemon "OnFinding=$work/not-there" "$work/violation.pcap" --fast
log_has 1 'OnFinding=.*/not-there cannot be started: No such file' ||
	fault "nobody is told at the start that it is not there"
eventually 30 '.replay.ended' status
stop_daemon
log_has 1 'OnFinding=' || fault "it is told more than once"

# What could only be seen by running it, and what is not the daemon's to say.
printf 'exit 0\n' >"$work/format"
program inner <<'END'
no-such-command-at-all
END
chmod 755 "$work/format"
: >"$work/plain"
# ends_saying PROGRAM PATTERN
ends_saying() {
	: >"$work/daemon.log"
	replay_daemon "OnFinding=$1" "$work/violation.pcap" --fast
	until_true 20 log_has 1 "OnFinding=$1 $2" ||
		fault "nobody is told that $1 $2"
	stop_daemon
}
ends_saying "$work/format" 'could not be started: Exec format error'
ends_saying "$work/inner" 'ended with status 127'
ends_saying "$work/plain" 'cannot be started: Permission denied'
ends_saying "$work" 'cannot be started: Is a directory'
ends_saying "/bin/true -x" 'cannot be started: No such file or directory'
# A reload looks as well.
printf 'OnFinding=\n' >"$work/nsidwatch.conf"
: >"$work/daemon.log"
replay_daemon '' "$work/violation.pcap"
printf 'OnFinding=%s\n' "$work/gone" >"$work/nsidwatch.conf"
kill -HUP "$daemon"
until_true 10 log_has 1 'OnFinding=.*/gone cannot be started: No such file' ||
	fault "a reload says nothing of a program that is not there"
stop_daemon

# ---- who does not end is ended, with all that it started ---------------------------------

program hangs <<END
sleep 1000 &
echo "\$!" >>"$work/sleepers"
echo "\$\$" >>"$work/sleepers"
wait
END
# shellcheck disable=SC2317 # until_true calls it
all_gone() {
	local pid

	while read -r pid; do
		# A zombie that nobody waits for is as gone as it gets.
		grep -q -s '^State:[[:space:]]*[^Z]' "/proc/$pid/status" &&
			return 1
	done <"$work/sleepers"
	return 0
}
: >"$work/daemon.log"
replay_daemon "OnFinding=$work/hangs
OnFindingTime=1s" "$work/violation.pcap" --fast
until_true 20 test -s "$work/sleepers" || fault "it does not run"
# Meanwhile the daemon answers.
is 0 ask findings
until_true 20 log_has 1 'OnFinding=.*/hangs was killed: it ran for too long' ||
	fault "nobody is told that it was killed"
until_true 10 all_gone || fault "something of it still runs"
stop_daemon

# With time enough it goes on, until the daemon ends.
: >"$work/daemon.log"
: >"$work/sleepers"
replay_daemon "OnFinding=$work/hangs
OnFindingTime=10min" "$work/violation.pcap" --fast
until_true 20 test -s "$work/sleepers" || fault "it does not run"
sleep 2 # twice what was too long before
log_has 0 'was killed' || fault "it was killed too early"
stop_daemon
# What is told of one finding waits for what was told of it before.
log_has 1 'it was not run for 1 alerts, and killed while it ran for 1' ||
	fault "nobody is told what was not delivered"
[ "$(wc -l <"$work/sleepers")" = 2 ] || fault "two ran at once"
until_true 10 all_gone || fault "something of it outlives the daemon"

# One that ends by itself may do so: nothing is lost, and in order.
program slow <<END
sleep 0.5
jq -r .alert >>"$work/order"
END
: >"$work/daemon.log"
: >"$work/order"
chmod 666 "$work/order"
replay_daemon "OnFinding=$work/slow" "$work/violation.pcap" --fast
eventually 30 '.replay.ended' status
stop_daemon
[ "$(tr '\n' ' ' <"$work/order")" = 'finding resolved ' ] ||
	fault "what was delivered: $(cat "$work/order")"
log_has 0 'OnFinding' || fault "something was lost"

# ---- subscribers ----------------------------------------------------------------------------

replay_daemon '' "$work/violation.pcap"
printf '{"method":"io.nsidwatch.Subscribe","more":true}\0' >"$work/request"
(cat "$work/request"; sleep 60) | socat - "UNIX-CONNECT:$socket" |
	stdbuf -o0 tr '\0' '\n' >"$work/stream" &
# shellcheck disable=SC2317 # until_true calls it
streamed() {
	[ "$(jq -s -c '[.[].parameters.alerts[].alert]' "$work/stream")" = "$1" ]
}
until_true 10 streamed '[]' || fault "nobody tells that it has begun"
until_true 40 streamed '["finding","resolved"]' ||
	fault "the stream: $(cat "$work/stream")"
jq -s . "$work/stream" >"$work/out"
holds 'all(.continues and .parameters.lost == 0)'
# Who comes later can ask for what was.
printf '{"method":"io.nsidwatch.Subscribe","parameters":{"limit":1},"more":true}\0' \
	>"$work/request"
timeout 20 socat -t 3 - "UNIX-CONNECT:$socket" <"$work/request" |
	tr '\0' '\n' >"$work/out"
holds '.parameters.alerts | map(.alert) == ["resolved"]'
printf '{"method":"io.nsidwatch.Subscribe"}\0' >"$work/request"
timeout 20 socat -t 3 - "UNIX-CONNECT:$socket" <"$work/request" |
	tr '\0' '\n' >"$work/out"
holds '.error == "org.varlink.service.ExpectedMore"'
eventually 20 '.replay.ended' status
stop_daemon

finish
