#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A daemon that is stopped and says nothing any more is started again, and goes on
# with the socket that was kept: what came meanwhile is heard.

# Functions are handed to until_true.
# shellcheck disable=SC2317
# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

service_stop
mkdir -p /etc/systemd/system/nsidwatch.service.d
printf '[Service]\nWatchdogSec=20\n' \
	>/etc/systemd/system/nsidwatch.service.d/story.conf
systemctl daemon-reload
since=$(date '+%Y-%m-%d %H:%M:%S.%6N')
service_start
first=$(main_pid)
restarted() {
	unit_is NRestarts 1 && unit_is ActiveState active &&
		[ "$(main_pid)" != "$first" ]
}

birth w 10
learned 10
kill -STOP "$first"
death w 10
until_true 240 restarted || fault "it was not started again"
journal >"$work/out"
says out 'watchdog|Watchdog'
says out 'left its socket alone'
eventually 60 .ready status
alone
nothing_wrong
# The deaths came while nobody read.
holds '.gaps == 0 and .events.del >= 10'
is 0 ask audit

finish
