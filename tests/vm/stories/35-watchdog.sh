#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A daemon that is stopped and says nothing any more is started again.

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

kill -STOP "$first"
until_true 240 restarted || fault "it was not started again"
journal >"$work/out"
says out 'watchdog|Watchdog'
eventually 60 .ready status
nothing_wrong
is 0 ask audit

finish
