#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One record a finding and one its end, with native fields where the journal
# reads the daemon's log, and as plain lines where it does not.

# shellcheck disable=SC2119 # stop_daemon takes no argument here
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"
# shellcheck source=tests/recorded/lib.sh
. "${srcdir:-.}/tests/recorded/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"

recording "$work/violation.pcap"
journal=$work/journal

# ---- nobody's journal: lines on standard error ------------------------------------

replay_daemon '' "$work/violation.pcap" --fast
eventually 30 '.replay.ended' status
stop_daemon
grep -q '^nsidwatchd: finding 1 stands: missing: nsid 0 of job (2) in ' \
	"$work/daemon.log" || fault "no line tells of the finding"
grep -q '^nsidwatchd: finding 1 resolved: late: ' "$work/daemon.log" ||
	fault "no line tells of its end"

# ---- the journal's: records ---------------------------------------------------------

# Only this story's mount namespace has this folder.
mount -t tmpfs tmpfs /run || skip "no tmpfs can be mounted"
mkdir -p /run/systemd/journal
python3 "$srcdir/tests/recorded/journald.py" /run/systemd/journal/socket \
	"$journal" &
until_true 20 test -S /run/systemd/journal/socket || give_up "no journal"
: >"$work/daemon.log"
JOURNAL_STREAM=$(stat -c %d:%i "$work/daemon.log")
export JOURNAL_STREAM
replay_daemon '' "$work/violation.pcap" --fast
eventually 30 '.replay.ended' status
unset JOURNAL_STREAM
stop_daemon

# kept COUNT: so many records have been written down.
# shellcheck disable=SC2317 # until_true calls it
kept() {
	(($(wc -l <"$journal") >= $1))
}
if ! grep -q '^<[0-9]>' "$work/daemon.log"; then
	fault "the daemon does not notice that the journal reads"
fi
if [ ! -s "$journal" ] && grep -q '^<3>finding 1 stands' "$work/daemon.log"; then
	skip "built without libsystemd"
fi
until_true 20 kept 2 || fault "the journal has less than two records"
grep -q 'finding' "$work/daemon.log" && fault "a finding is told twice"

# record FILTER: true of exactly one record.
record() {
	[ "$(jq -s "map(select($1)) | length" "$journal")" = 1 ] && return
	fault "not one record is $1"
	jq -c . "$journal" | cut -c1-600
}
record '.MESSAGE_ID == "d97ee29c7c4d4efe8a534975d6666395" and
	.PRIORITY == "3" and .SYSLOG_IDENTIFIER == "nsidwatchd" and
	.NSIDWATCH_ALERT == "finding" and .NSIDWATCH_FINDING == "missing" and
	.NSIDWATCH_STATE == "stands" and .NSIDWATCH_ID == "1" and
	.NSIDWATCH_PEER == "job" and .NSIDWATCH_NSID == "0" and
	(.NSIDWATCH_HOLDER == "web" or .NSIDWATCH_HOLDER == "db") and
	(.NSIDWATCH_EVIDENCE | test("RTM_DELNSID")) and
	.NSIDWATCH_SOURCE == "recording" and
	(.NSIDWATCH_AT | startswith("2023-11-14T")) and
	(.MESSAGE | startswith("finding 1 stands: missing: nsid 0 of job"))'
record '.MESSAGE_ID == "cf3748aa45bf4802907eebc42dac6d7f" and
	.PRIORITY == "5" and .NSIDWATCH_ALERT == "resolved" and
	.NSIDWATCH_FINDING == "late" and .NSIDWATCH_ID == "1" and
	(.MESSAGE | test("; the evidence, of 2023-11-14T[^ ]*Z: "))'
record '.NSIDWATCH_ALERT == "finding"'
[ "$(jq -s length "$journal")" = 2 ] || fault "there are other records"

# ---- a burst: the first ones in full, and exact numbers ------------------------------

recording "$work/burst.pcap" --burst 10000 --stands 5
: >"$journal"
: >"$work/daemon.log"
JOURNAL_STREAM=$(stat -c %d:%i "$work/daemon.log")
export JOURNAL_STREAM
replay_daemon '' "$work/burst.pcap" --fast
eventually 60 '.replay.ended' status
is 0 ask status
holds '.deaths.violated == 1'
unset JOURNAL_STREAM
stop_daemon
until_true 20 kept 13 || fault "the journal has less than 13 records"
jq -s 'group_by([.NSIDWATCH_ALERT, .NSIDWATCH_FINDING]) | map({
	key: (.[0].NSIDWATCH_ALERT + " " + .[0].NSIDWATCH_FINDING),
	value: length }) | from_entries' "$journal" >"$work/out"
holds '. == { "finding missing": 1, "finding stray": 10,
	"resolved late": 1, "more stray": 1 }'
record '.NSIDWATCH_ALERT == "more" and .NSIDWATCH_MORE == "9990" and
	.NSIDWATCH_TOTAL == "10000" and
	.MESSAGE_ID == "8f17f2b758fc48a6a6320574489be20f"'
jq -s '[.[] | select(.NSIDWATCH_FINDING == "stray" and
	.NSIDWATCH_ALERT == "finding") | .NSIDWATCH_NSID | tonumber] | sort' \
	"$journal" >"$work/out"
holds 'unique | length == 10 and all(. >= 1000 and . < 11000)'

finish
