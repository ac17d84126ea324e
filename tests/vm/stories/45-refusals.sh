#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What trying again cannot mend is not tried again: a bad configuration (78)
# and a capability that is missing (77).

# Functions are handed to until_true.
# shellcheck disable=SC2317
# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

# refuses STATUS PATTERN: systemctl start fails, that was the only try, and the
# hook says what to do.
refuses() {
	systemctl start "$unit" 2>/dev/null &&
		fault "it started, and should end with $1"
	until_true 30 unit_is ActiveState failed ||
		fault "it is $(systemctl show --value -p ActiveState "$unit")"
	unit_is ExecMainStatus "$1" ||
		fault "exit $(systemctl show --value -p ExecMainStatus "$unit")"
	unit_is NRestarts 0 || fault "it was tried again"
	until_true 30 hook_says "$2" || fault "the hook does not say: $2"
}

# hook_says PATTERN: what the unit behind OnFailure= has to say of it.
hook_says() {
	journalctl --sync
	journalctl --quiet --no-pager -o cat --since "$since" \
		-u nsidwatch-failed.service >"$work/hook"
	grep -q -E -e "$1" "$work/hook"
}

service_stop
since=$(date '+%Y-%m-%d %H:%M:%S.%6N')
mkdir -p /etc/nsidwatch/conf.d
echo 'SettleTime=soon' >/etc/nsidwatch/conf.d/10-story.conf
refuses 78 'configuration has a fault \(exit status 78\)'
journal >"$work/out"
says out '10-story\.conf:1: '

service_stop
since=$(date '+%Y-%m-%d %H:%M:%S.%6N')
mkdir -p /etc/systemd/system/nsidwatch.service.d
printf '[Service]\nCapabilityBoundingSet=\nAmbientCapabilities=\n%s\n' \
	'CapabilityBoundingSet=CAP_NET_ADMIN' \
	>/etc/systemd/system/nsidwatch.service.d/story.conf
systemctl daemon-reload
refuses 77 'no permission \(exit status 77\)'
journal >"$work/out"
says out CAP_NET_BROADCAST

finish
