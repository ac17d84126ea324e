#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# With the socket alone, the first client starts the daemon.

# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

service_stop
is 69 ask status
systemctl start nsidwatch.socket || give_up "the socket does not start"
unit_is ActiveState inactive || fault "the service runs already"
[ "$(stat -c '%U:%G %a' "$socket")" = 'root:nsidwatch 660' ] ||
	fault "the socket is $(stat -c '%U:%G %a' "$socket")"
is 0 ask status
unit_is ActiveState active || eventually 30 .ready status
unit_is ActiveState active || fault "the service does not run"

# Whoever is not of the group may not ask.
is 77 setpriv --reuid=65534 --regid=65534 --clear-groups \
	"$NSIDWATCH" --json status
is 0 setpriv --reuid=65534 --regid=65534 \
	--groups="$(getent group nsidwatch | cut -d : -f 3)" \
	"$NSIDWATCH" --json status

finish
