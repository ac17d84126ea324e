#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The service in its sandbox keeps no namespace alive: 200 named ones die under
# it, and none is left in anybody's mounts, nor among its descriptors. It says
# nothing but what it should, and it is as little exposed as ever: with the
# profile that adds CAP_SYS_PTRACE as well.

# Functions are handed to until_true.
# shellcheck disable=SC2317
# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

# mounted: namespaces, of whatever name, in all mount namespaces.
mounted() {
	cat /proc/[0-9]*/mountinfo 2>/dev/null | grep -c ' - nsfs '
}

# keeps_none: the daemon has no namespace open.
keeps_none() {
	local kept

	kept=$(find "/proc/$(main_pid)/fd" -lname '*net:*' -o \
		-lname '*/netns/*')
	[ -z "$kept" ] || fault "it keeps $(readlink "$kept")"
}

# pins_nothing NAME COUNT: that many are made, heard, and gone.
pins_nothing() {
	local before

	before=$(mounted)
	birth "$1" "$2"
	eventually 120 ".coverage.holders == $2 + 1 and
		.coverage.holders_heard == $2 + 1" status
	(($(mounted) > before)) ||
		fault "no mount is seen; how could one be missed?"
	keeps_none
	death "$1" "$2"
	alone
	keeps_none
	[ "$(mounted)" = "$before" ] ||
		fault "$(mounted) mounts are left, and not $before"
	[ -z "$(ip netns list-id)" ] ||
		fault "home's table holds $(ip netns list-id)"
	judged "$2"
	nothing_wrong
}

# exposed_at_most TENTHS
exposed_at_most() {
	systemd-analyze security --no-pager --threshold="$1" "$unit" \
		>"$work/score" 2>&1 ||
		fault "too exposed, more than $1 tenths"
	tail -n 1 "$work/score"
}

service_fresh
pins_nothing pin 200
exposed_at_most 15
service_stop
nothing_more_said

mkdir -p "$drop_ins"
cp /usr/share/nsidwatch/ptrace.conf "$drop_ins" ||
	give_up "the profile is not installed"
systemctl daemon-reload
since=$(date '+%Y-%m-%d %H:%M:%S.%6N')
service_start
capabilities=$(sed -n 's/^CapEff:\t*//p' "/proc/$(main_pid)/status")
(((16#$capabilities >> 19) & 1)) || fault "the profile gives no CAP_SYS_PTRACE"
pins_nothing trace 20
exposed_at_most 18
service_stop
nothing_more_said

finish
