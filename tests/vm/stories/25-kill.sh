#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kill -9 in the middle of a churn: systemd starts the daemon again, and what
# it then says is no worse founded than before.

# Functions are handed to until_true.
# shellcheck disable=SC2317
# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

needs veth

service_fresh
first=$(main_pid)
came_back() {
	unit_is ActiveState active && [ "$(main_pid)" != "$first" ]
}

for ((round = 0; round < 10; round++)); do
	birth "r$round" 20
	((round == 4)) && kill -KILL "$first"
	death "r$round" 20
done
until_true 60 came_back || give_up "it was not started again"
unit_is NRestarts 1 || fault "it was not started again once"
eventually 60 .ready status
alone
nothing_wrong
is 0 timeout 5 "$NSIDWATCH" audit

finish
