#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `systemctl restart` in the middle of a churn of 200 namespaces joined to home,
# wherever that hits it: no gap, no finding, and every death of the churn is
# verified, as if the daemon had never been away.

# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

# restart: and another process has gone on.
restart() {
	local before

	before=$(main_pid)
	systemctl restart "$unit" || fault "no restart"
	unit_is ActiveState active || give_up "it is not active after a restart"
	[ "$(main_pid)" != "$before" ] || fault "it was not restarted"
}

service_fresh
unit_is NFileDescriptorStore 1 || fault "the event socket is not kept"

# While some are born, and while they die.
birth bar1 3
restart &
birth r1 100
wait
learned 103
restart &
death r1 100
wait
judged_by bar1 3 r1 100

# Between, and before there is a verdict.
settled
birth bar2 3
birth r2 100
restart
learned 103
death r2 100
restart
judged_by bar2 3 r2 100

unit_is NRestarts 0 || fault "it has failed in between"
nothing_wrong
holds '.gaps == 0 and .deaths.total >= 200'
is 0 timeout 60 "$NSIDWATCH" audit
journal >"$work/out"
says out 'goes on where an earlier nsidwatchd ended'
[ "$(grep -c 'goes on where' "$work/out")" = 4 ] ||
	fault "it went on $(grep -c 'goes on where' "$work/out") times, not 4"
grep -q 'set aside' "$work/out" && fault "something was set aside"

# A reload is none: the same process, and all that it knows.
before=$(main_pid)
is 0 systemctl reload "$unit"
[ "$(main_pid)" = "$before" ] || fault "a reload is not a restart"

finish
