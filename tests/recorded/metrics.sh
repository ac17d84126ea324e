#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The metrics' file: whole at every moment, new when something has changed and
# no more often than MetricsInterval= says, and left behind at the end.
#
# Alone: it measures how far apart files are written.

# story.sh reads it; stop_daemon takes no argument here.
# shellcheck disable=SC2034,SC2119
STORY_HOME=none
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"
# shellcheck source=tests/recorded/lib.sh
. "${srcdir:-.}/tests/recorded/lib.sh"

folder=$work/metrics
file=$folder/nsidwatch.prom
mkdir "$folder"
recording "$work/violation.pcap" --stands 8

# value SERIES: in the file, now.
value() {
	awk -v series="$1" '$1 == series { print $2 }' "$file"
}

# shellcheck disable=SC2317 # until_true calls it
shows() {
	[ "$(value "$1" 2>/dev/null)" = "$2" ]
}

# ---- nothing unless it is asked for ----------------------------------------------

replay_daemon '' "$work/violation.pcap" --fast
eventually 30 '.replay.ended' status
stop_daemon
[ -z "$(ls "$folder")" ] || fault "there is a file that nobody asked for"

# ---- what happens shows in it ------------------------------------------------------

umask 077
replay_daemon "MetricsFile=$file
MetricsInterval=1s" "$work/violation.pcap"
[ "$(stat -c %a "$file")" = 644 ] || fault "not every collector can read it"
shows nsidwatch_missing_removals 0 || fault "something is missing too early"
[ "$(value 'nsidwatch_build_info{version="'"$("$NSIDWATCHD" --version |
	cut -d ' ' -f 2)"'",source="recording"}')" = 1 ] ||
	fault "the metrics do not say that nothing of it happens"
until_true 30 shows nsidwatch_missing_removals 1 ||
	fault "the finding does not show"
until_true 30 shows nsidwatch_missing_removals 0 ||
	fault "its end does not show"
shows 'nsidwatch_findings_total{kind="missing"}' 1 ||
	fault "the finding was not counted"
shows 'nsidwatch_findings_total{kind="late"}' 1 ||
	fault "the late removal was not counted"
eventually 30 '.replay.ended' status
stop_daemon
# What happened last is in it, and it stays.
shows 'nsidwatch_events_total{type="del"}' 7 || fault "the end does not show"
[ "$(ls "$folder")" = nsidwatch.prom ] || fault "$(ls "$folder") is left"

# ---- no more often than that --------------------------------------------------------

# gaps SECONDS: the shortest time between two files within these seconds, in
# hundredths, by when they were written.
gaps() {
	local end=$((SECONDS + $1)) now at=0 shortest=9999

	while ((SECONDS < end)); do
		now=$(stat -c %.2Y "$file" | tr -d .)
		((at > 0 && now > at && now - at < shortest)) &&
			shortest=$((now - at))
		at=$now
		sleep 0.05
	done
	echo "$shortest"
}
for interval in 1 4; do
	replay_daemon "MetricsFile=$file
MetricsInterval=${interval}s" "$work/violation.pcap"
	shortest=$(gaps 14)
	say "MetricsInterval=${interval}s: $shortest hundredths at least"
	((shortest >= interval * 100 - 30)) ||
		fault "files come $shortest hundredths after one another"
	((shortest <= interval * 100 + 250)) ||
		fault "no two files come within $interval s"
	stop_daemon
done

# ---- where it cannot be ---------------------------------------------------------------

: >"$work/daemon.log"
replay_daemon "MetricsFile=$work/nowhere/nsidwatch.prom
MetricsInterval=1s" "$work/violation.pcap"
until_true 10 grep -q 'no metrics in .*nowhere' "$work/daemon.log" ||
	fault "nobody is told that there are no metrics"
mkdir "$work/nowhere"
until_true 10 test -s "$work/nowhere/nsidwatch.prom" ||
	fault "it does not try again"
until_true 5 grep -q 'metrics in .* again' "$work/daemon.log" ||
	fault "nobody is told that there are metrics again"
(($(grep -c 'no metrics in' "$work/daemon.log") == 1)) ||
	fault "it says it again and again"
stop_daemon

finish
