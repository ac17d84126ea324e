#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A daemon that is fed by a recording says so, answers as one that watched, and
# needs no right at all.

# story.sh reads it; stop_daemon takes no argument here.
# shellcheck disable=SC2034,SC2119
STORY_HOME=none
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"
# shellcheck source=tests/recorded/lib.sh
. "${srcdir:-.}/tests/recorded/lib.sh"

recording "$work/violation.pcap" --stands 3

# ---- as fast as it goes --------------------------------------------------------

as_nobody
replay_daemon '' "$work/violation.pcap" --fast
eventually 30 '.replay.ended' status
is 0 ask status
holds ".replay.file == \"$work/violation.pcap\" and .kernel.release == \"model\""
holds '.deaths.total == 3 and .deaths.violated == 1 and .receive_buffer == 0'
is 0 "$NSIDWATCH" --socket "$socket" --no-pager status
says out '^replay +.*violation\.pcap, to its end, 2023-11-14T'
grep -q 'does not watch: it replays .*violation\.pcap' "$work/daemon.log" ||
	fault "the log does not say that it replays"

# The same that `nsidwatch replay` says.
is 0 ask findings
jq -S '[.findings[]]' "$work/out" >"$work/daemon.json"
is 3 "$NSIDWATCH" replay --json "$work/violation.pcap"
jq -S '[.findings[]]' "$work/out" >"$work/replay.json"
cmp "$work/daemon.json" "$work/replay.json" ||
	fault "daemon and replay find different things"
is 0 ask deaths
holds '[.deaths[] | .peer.label] == ["job", "first", "last"]'
is 0 ask events
holds '.events | length == 7'

# There is nobody to ask.
is 1 ask audit
says err 'fed by a recording: there is no kernel'
is 1 ask wait --gone web --timeout 1
says err 'fed by a recording: there is no kernel'
# A reload changes nothing, and does no harm.
kill -HUP "$daemon"
until_true 10 grep -q 'was read again' "$work/daemon.log" ||
	fault "no reload"
is 0 ask findings
holds '.findings | length == 1'
stop_daemon

# ---- at its own pace -------------------------------------------------------------

begin=$(date +%s%N)
replay_daemon '' "$work/violation.pcap"
is 0 ask status
holds '.replay.ended == false and .findings == []'
eventually 30 'any(.findings[]; .kind == "missing" and .state == "stands")' \
	findings
# It was made eight seconds after the beginning, by the clock of the recording.
took=$((($(date +%s%N) - begin) / 1000000))
((took >= 7000)) || fault "the finding came after $took ms"
eventually 30 'any(.findings[]; .kind == "late" and .state == "resolved")' \
	findings
eventually 30 '.replay.ended' status
stop_daemon

# ---- what is no recording ---------------------------------------------------------

# refused PATTERN FILE: the daemon says why, and ends.
refused() {
	is 1 timeout 20 "${daemon_through[@]}" "$NSIDWATCHD" \
		--config "$work/nsidwatch.conf" --socket "$socket" --replay "$2"
	says err "$1"
}
refused 'nothing-there: No such file' "$work/nothing-there"
refused 'daemon\.log: not a recording' "$work/daemon.log"
head -c 30 "$work/violation.pcap" >"$work/cut.pcap"
refused 'cut before its first record' "$work/cut.pcap"
is 2 "$NSIDWATCHD" --fast
says err '--fast needs --replay'

# One that ends too soon is played as far as it goes.
head -c 12000 "$work/violation.pcap" >"$work/cut.pcap"
replay_daemon '' "$work/cut.pcap" --fast
eventually 30 '.replay.ended' status
grep -q 'cut\.pcap: cut behind frame' "$work/daemon.log" ||
	fault "nobody is told that the recording is cut"
is 0 ask status
holds '.replay.ended and .replay.missing'
is 0 "$NSIDWATCH" --socket "$socket" status
says out '^replay .*cut\.pcap, as far as it can be read, '
stop_daemon

finish
