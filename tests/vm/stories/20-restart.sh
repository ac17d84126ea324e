#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `systemctl restart` in the middle of a churn of 200 namespaces joined to home:
# the daemon finds its way back. Nothing is called wrong, what is in doubt says
# why, and ledger and kernel agree at once.

# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

needs veth

service_fresh
first=$(main_pid)
for ((round = 0; round < 10; round++)); do
	birth "r$round" 20
	((round == 4)) && { systemctl restart "$unit" || fault "no restart"; }
	death "r$round" 20
done
unit_is ActiveState active || give_up "it is not active after a restart"
[ "$(main_pid)" != "$first" ] || fault "it was not restarted"
eventually 60 .ready status
alone
nothing_wrong
# At least what was born and died after the restart has been seen.
holds '.gaps == 0 and .deaths.total >= 100'
is 0 timeout 5 "$NSIDWATCH" audit

finish
