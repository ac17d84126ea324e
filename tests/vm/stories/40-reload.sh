#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reload: a bad file changes nothing and is named with its line; a good one is
# taken. Either way the daemon, and all that it knows, stays.

# Functions are handed to until_true.
# shellcheck disable=SC2317
# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

said() {
	journal | grep -q -E -e "$1"
}

service_fresh
first=$(main_pid)
birth a 3
eventually 60 '.coverage.holders == 4' status

mkdir -p /etc/nsidwatch/conf.d
printf '# fine\nHistory=12\nSettleTime=soon\n' >/etc/nsidwatch/conf.d/10-story.conf
is 0 systemctl reload "$unit"
until_true 30 said '10-story\.conf:3: ' || fault "file and line are not named"
until_true 30 said 'stays as it was' || fault "it does not say what it does"
unit_is ActiveState active || fault "it is not active after a bad reload"

printf 'SettleTime=2s\n' >/etc/nsidwatch/conf.d/10-story.conf
is 0 systemctl reload "$unit"
until_true 30 said 'was read again' || fault "the good file was not taken"
unit_is ActiveState active || fault "it is not active after a reload"
[ "$(main_pid)" = "$first" ] || fault "a reload is not a restart"
is 0 ask status
holds '.coverage.holders == 4'
death a 3
alone
nothing_wrong

finish
