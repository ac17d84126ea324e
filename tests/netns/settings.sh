#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each setting does what nsidwatch.conf(5) says of it, where no other story shows
# it already (tests/lint/settings.sh sees to it that one does). And what is wrong
# with a file is said with its line.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

heard() {
	printf '[.namespaces[] | select(.heard)] | length == %s' "$1"
}

# die NAME...: named namespaces come, are known for a while, and go.
die() {
	local name

	for name; do
		namespace "$name"
		eventually 30 "any(.namespaces[]; .heard and
			.name == \"/run/netns/$prefix-$name\")" namespaces
	done
	for name; do
		ip netns del "$prefix-$name"
		is 0 ask wait --gone "$prefix-$name" --timeout 60
	done
}

# ready_after: how long the first audit took, in milliseconds.
ready_after() {
	"$NSIDWATCHD" --config "$work/nsidwatch.conf" --socket "$socket" \
		>>"$work/daemon.log" 2>&1 &
	daemon=$!
	until_true 60 true_of .ready status || give_up "no daemon"
	answer '.uptime_us / 1000 | floor' status
}

# ---- SettleTime=: an answer waits so long ---------------------------------------

echo 'SettleTime=10ms' >"$work/nsidwatch.conf"
ready_after >"$work/quick"
stop_daemon
echo 'SettleTime=6s' >"$work/nsidwatch.conf"
ready_after >"$work/slow"
stop_daemon
say "ready after $(cat "$work/quick") and $(cat "$work/slow") ms"
(($(cat "$work/slow") >= 6000)) || fault "SettleTime=6s was not waited for"
(($(cat "$work/quick") < 6000)) || fault "SettleTime=10ms was waited for"

# ---- Socket= and ReceiveBuffer= ---------------------------------------------------

printf 'Socket=%s\nReceiveBuffer=128K\n' "$work/other" >"$work/nsidwatch.conf"
"$NSIDWATCHD" --config "$work/nsidwatch.conf" >>"$work/daemon.log" 2>&1 &
daemon=$!
other() {
	"$NSIDWATCH" --socket "$work/other" --json status >"$work/out" 2>/dev/null
}
until_true 30 other || fault "nobody answers where Socket= says"
holds ".socket == \"$work/other\""
# The kernel grants twice what is asked, for its own use.
holds '.receive_buffer == 262144'
stop_daemon

# ---- ceilings: MaxHolders=, MaxEntries=, MaxNames= ---------------------------------

start_daemon 'Adopt=named
MaxHolders=1'
namespace a b c
eventually 30 '.counters.beyond > 0 and .coverage.holders_heard == 2 and
	.coverage.holders == 4 and any(.warnings[]; test("MaxHolders="))' status
is 4 ask audit
stop_daemon
start_daemon 'Adopt=named
MaxEntries=1'
join a b
join a c
eventually 30 '.counters.beyond > 0 and .coverage.holders_heard == 4' status
eventually 30 "[.entries[] | select(.holder.name == \"/run/netns/$prefix-a\")] |
	length == 1" nsids
eventually 30 '.coverage.entries > .coverage.entries_resolved and
	any(.warnings[]; test("MaxEntries="))' status
is 4 ask audit
holds '.mismatches == 0 and .beyond > 0'
is 4 "$NSIDWATCH" --socket "$socket" audit
says out '^agreed in part: .* beyond a ceiling'
stop_daemon
start_daemon 'MaxNames=1'
eventually 30 '.counters.beyond > 0 and
	.coverage.holders > .coverage.holders_heard and
	any(.warnings[]; test("MaxNames="))' status
eventually 30 '[.namespaces[] | .names // [] | .[]] | length <= 1' namespaces
stop_daemon

# ---- History=, HistoryTime= and OverdueTime= ----------------------------------------

start_daemon 'Adopt=named
History=16
OverdueTime=1s
HistoryTime=1d'
die d1 d2 d3 d4 d5 d6 d7 d8 d9
is 0 ask events
holds '.events | length == 16'
# Nothing dies after it, so that nobody sees the end of its pass.
eventually 30 'any(.deaths[]; .verdict == "open" and .overdue)' deaths
eventually 10 '.waiting.overdue > 0' status
stop_daemon
start_daemon 'Adopt=named
HousekeepingTime=10s
HistoryTime=1s'
for name in e1 e2 e3; do
	die "$name"
	sleep 1.5 # who is younger than that is no barrier
done
# Two were verified, and the older one forgotten when the other one was.
eventually 60 '.deaths.verified == 2' status
is 0 ask deaths
holds "all(.deaths[]; .peer.name != \"/run/netns/$prefix-e1\")"
holds 'any(.deaths[]; .verdict == "open")'
is 0 ask deaths
holds 'all(.deaths[]; .overdue | not)'
stop_daemon

# ---- AuditRound=: how many tables are asked at an idle moment -----------------------

# asked ROUND: how much is recorded in three idle intervals, in bytes.
asked() {
	local before

	start_daemon "Adopt=named
HousekeepingTime=10s
AuditRound=$1
Record=$work/record-$1"
	eventually 30 "$(heard 24)" namespaces
	# What is new has been asked when nothing more is recorded.
	until_true 60 stands_still 2 .recording.bytes status ||
		fault "it does not come to rest"
	before=$(answer .recording.bytes status)
	# The span that is measured.
	sleep 30
	asked=$(($(answer .recording.bytes status) - before))
	stop_daemon
}
namespace r{1..20}
asked 1d
slow=$asked
asked 10s
say "recorded in 30 s: $slow bytes with AuditRound=1d, $asked with 10s"
((asked > 2 * slow)) || fault "AuditRound= makes no difference"

# ---- what is wrong with a file -------------------------------------------------------

# refused PATTERN: status 78, and this is said.
refused() {
	is 78 "$NSIDWATCHD" --config "$work/bad.conf" --socket "$socket"
	says err "$1"
}
printf '# one\n\nNoSuchThing=5\n' >"$work/bad.conf"
refused "bad.conf:3: there is no setting NoSuchThing="
printf 'History=15\n' >"$work/bad.conf"
refused "bad.conf:1: History=15 is not 16 to 1000000"
printf 'Adopt=no\nNameFolders=run/netns\n' >"$work/bad.conf"
refused "bad.conf:2: NameFolders=run/netns is not absolute paths"
printf 'LingerTime=0\n' >"$work/bad.conf"
refused "bad.conf:1: LingerTime=0 is not 1s to 1d"
rm "$work/bad.conf"
refused "bad.conf: .*No such file"
mkdir "$work/bad.conf"
refused "bad.conf: cannot be read: Is a directory; put a file there"

# ---- a drop-in that cannot be read ---------------------------------------------------

# Root passes over modes, and the daemon has no such right where it is a service.
plain=(setpriv --bounding-set '-dac_override,-dac_read_search')
command -v setpriv >/dev/null || plain=()
mount -t tmpfs tmpfs /run || give_up "no tmpfs can be mounted on /run"
dropins=/run/nsidwatch/conf.d
mkdir -p "$dropins"
printf 'Adopt=named\n' >"$dropins/10-good.conf"

# unreadable NAME REASON: status 78, and file, reason and remedy are said.
unreadable() {
	is 78 "${plain[@]}" "$NSIDWATCHD" --socket "$socket"
	says err "$dropins/$1: cannot be read: $2"
	rm -rf "${dropins:?}/$1"
}
mkdir "$dropins/20-folder.conf"
unreadable 20-folder.conf 'Is a directory; put a file there'
ln -s "$dropins/nowhere" "$dropins/20-nowhere.conf"
unreadable 20-nowhere.conf 'No such file or directory; .*mend or remove the link'
ln -s 20-circle.conf "$dropins/20-circle.conf"
unreadable 20-circle.conf 'Too many levels of symbolic links; mend or remove'
if ((${#plain[@]})); then
	install -m 0 /dev/null "$dropins/20-secret.conf"
	unreadable 20-secret.conf 'Permission denied; let the user'
	chmod 0 "$dropins"
	is 78 "${plain[@]}" "$NSIDWATCHD" --socket "$socket"
	says err "$dropins: cannot be read: Permission denied; let the user"
	chmod 755 "$dropins"
fi
ln -s /dev/null "$dropins/20-nothing.conf"
mkdir "$dropins/20-not-asked-for"
"${plain[@]}" "$NSIDWATCHD" --socket "$socket" >>"$work/daemon.log" 2>&1 &
daemon=$!
until_true 60 true_of .ready status || fault "good drop-ins stop the daemon"
# One that turns bad meanwhile is said, and what was in force stays.
mkdir "$dropins/30-folder.conf"
kill -HUP "$daemon"
until_true 30 grep -q "$dropins/30-folder.conf: cannot be read" \
	"$work/daemon.log" || fault "a reload does not say what it cannot read"
namespace kept
eventually 30 "any(.namespaces[]; .heard and
	.name == \"/run/netns/$prefix-kept\")" namespaces
stop_daemon

finish
