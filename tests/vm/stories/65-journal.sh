#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A daemon that is fed by a recording of a fault, as the sandboxed service: its
# records stand in the journal with their fields, journalctl -x tells cause and
# next step, the program of OnFinding= runs, and the metrics can be read.

# Functions are handed to until_true.
# shellcheck disable=SC2317
# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

recording=${VM_SHARE:-/usr/lib/nsidwatch-vm}/missing.pcap
[ -s "$recording" ] || give_up "no recording is in this machine"
mkdir -p /usr/local/bin
cat >/usr/local/bin/on-finding <<'END'
#!/bin/sh
cat >>/var/log/nsidwatch/alerts
END
chmod 755 /usr/local/bin/on-finding
service_stop
mkdir -p "$drop_ins"
printf '[Service]\nExecStart=\nExecStart=/usr/sbin/nsidwatchd --replay %s --fast\n' \
	"$recording" >"$drop_ins/10-replay.conf"
systemctl daemon-reload
mkdir -p /etc/nsidwatch/conf.d
cat >/etc/nsidwatch/conf.d/10-story.conf <<'END'
OnFinding=/usr/local/bin/on-finding
MetricsFile=/run/nsidwatch-metrics/nsidwatch.prom
MetricsInterval=1s
END
# As the installation of a package would.
journalctl --update-catalog || fault "the catalog is refused"
since=$(date '+%Y-%m-%d %H:%M:%S.%6N')
service_start
eventually 60 '.replay.ended' status
is 0 ask findings
holds '.findings | map(.kind) == ["late"]'

# ---- the journal ------------------------------------------------------------------

# records MATCH...: as JSON, in $work/out.
records() {
	journalctl --sync
	journalctl --quiet --no-pager -o json --since "$since" -u "$unit" "$@" |
		jq -s . >"$work/out"
}
records NSIDWATCH_ALERT=finding
holds 'length == 1 and (.[0] |
	.MESSAGE_ID == "d97ee29c7c4d4efe8a534975d6666395" and
	.PRIORITY == "3" and .NSIDWATCH_FINDING == "missing" and
	.NSIDWATCH_PEER == "job" and .NSIDWATCH_SOURCE == "recording" and
	.SYSLOG_IDENTIFIER == "nsidwatchd")'
records NSIDWATCH_ALERT=resolved
holds 'length == 1'
journalctl --no-pager -x --since "$since" -u "$unit" \
	MESSAGE_ID=d97ee29c7c4d4efe8a534975d6666395 >"$work/out"
says out 'finding 1 stands: missing: nsid 0 of job'
says out 'Subject: The nsid of a dead network namespace is still in'
says out 'job died, the kernel.s cleanup went over all survivors'
says out 'Cause: the kernel skipped this entry'
says out 'Next: do not ask the kernel about this nsid'

# ---- the program, within the sandbox -------------------------------------------------

ran() {
	[ "$(wc -l </var/log/nsidwatch/alerts)" = 2 ]
}
until_true 60 ran || fault "OnFinding= did not run twice"
jq -s . /var/log/nsidwatch/alerts >"$work/out"
holds 'map(.alert) | sort == ["finding", "resolved"]'
rm -f /var/log/nsidwatch/alerts

# ---- the metrics ------------------------------------------------------------------------

file=/run/nsidwatch-metrics/nsidwatch.prom
[ "$(stat -c '%a %U' "$file")" = '644 nsidwatch' ] ||
	fault "$file is $(stat -c '%a %U' "$file")"
is 0 setpriv --reuid nobody --regid nogroup --clear-groups cat "$file"
says out '^nsidwatch_findings_total\{kind="missing"\} 1$'
service_stop
[ -s "$file" ] || fault "the metrics went with the daemon"

finish
