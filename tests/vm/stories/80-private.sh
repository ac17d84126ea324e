#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A service with PrivateNetwork=: a namespace without a number in home. It is
# seen and named, and counts as one that is not heard.

# Functions are handed to until_true.
# shellcheck disable=SC2317
# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

# What has no number is found, and missed, by looking.
settings=(HousekeepingTime=10s)
service_fresh
systemd-run --quiet --unit=nsw-private -p PrivateNetwork=yes sleep infinity ||
	give_up "no transient service"
eventually 120 '.namespaces | any((.heard | not) and ([.names[]?.label, .label] |
	any(. != null and test("nsw-private"))))' namespaces
is 0 ask status
holds '.coverage.holders == 2 and .coverage.holders_heard == 1'
systemctl stop nsw-private.service
eventually 60 '.coverage.holders == 1' status
nothing_wrong
holds '.deaths.total == 0'
service_stop
nothing_more_said

finish
