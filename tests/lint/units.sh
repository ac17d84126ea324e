#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The units are understood by this systemd, and the service's exposure stays
# at 1.5 or below, and at 1.8 with the profile that adds CAP_SYS_PTRACE
# (systemd-analyze counts it in tenths).

# shellcheck source=tests/lint/lib.sh
. "${srcdir:-.}/tests/lint/lib.sh"

need systemd-analyze awk
if ! systemd-analyze security --help | grep -q -e --offline; then
	echo "SKIP: this systemd-analyze cannot work offline"
	exit 77
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# unit VERSION NAME: for that systemd; the programs are not installed while the
# tests run.
unit() {
	awk -v systemd="$1" -v sbindir=/usr/sbin -v libexecdir=/usr/libexec \
		-f systemd/unit.awk "systemd/$2.in" |
		sed 's|^ExecStart=.*|ExecStart=/bin/true|'
}

# exposure UNIT TENTHS: at most so much.
exposure() {
	systemd-analyze security --no-pager --offline=true --threshold="$2" \
		"$1" >"$work/score" ||
		fault "$1 is too exposed: $(tail -n 1 "$work/score")"
	tail -n 1 "$work/score"
}

# ---- for this systemd --------------------------------------------------------

this=$(systemctl --version | awk 'NR == 1 { print $2 + 0 }')
for name in nsidwatch.service nsidwatch-failed.service; do
	unit "$this" "$name" >"$work/$name"
	grep -n -E '^@|@[a-z]+@' "$work/$name" &&
		fault "a mark is left in $name"
done
cp systemd/nsidwatch.socket "$work/"
systemd-analyze verify --man=no "$work/nsidwatch.service" \
	"$work/nsidwatch-failed.service" "$work/nsidwatch.socket" \
	>"$work/said" 2>&1 || fault "systemd-analyze verify failed"
[ -s "$work/said" ] && fault "$(cat "$work/said")"

exposure "$work/nsidwatch.service" 15
exposure "$work/nsidwatch-failed.service" 15
# Offline no drop-in is read: what it says stands at the end here.
mkdir "$work/ptrace"
cat "$work/nsidwatch.service" systemd/ptrace.conf \
	>"$work/ptrace/nsidwatch.service"
exposure "$work/ptrace/nsidwatch.service" 18
grep -q -E '^. CapabilityBoundingSet=~CAP_SYS_PTRACE .*[1-9]' "$work/score" ||
	fault "the profile does not give CAP_SYS_PTRACE"

# ---- for another one ---------------------------------------------------------

# says VERSION LINE: the service for that systemd has this line; `lacks`: not.
says() {
	unit "$1" nsidwatch.service | grep -q -x -F -e "$2" ||
		fault "the service for systemd $1 has no $2"
}
lacks() {
	unit "$1" nsidwatch.service | grep -q -F -e "$2" &&
		fault "the service for systemd $1 has $2"
}

says 252 Type=notify
# shellcheck disable=SC2016
says 252 'ExecReload=/bin/kill -HUP $MAINPID'
lacks 252 RestartMode=
says 257 Type=notify-reload
lacks 257 ExecReload=
says 257 RestartMode=direct

# ---- what the hook says ------------------------------------------------------

# hook RESULT STATUS WORDS: two lines, one of what happened, one of what to do.
hook() {
	MONITOR_UNIT=nsidwatch.service MONITOR_SERVICE_RESULT=$1 \
		MONITOR_EXIT_STATUS=$2 sh systemd/nsidwatch-failed \
		>"$work/said" 2>&1 || fault "the hook fails for $1/$2"
	if [ "$(grep -c -E '^<[35]>[^ ]' "$work/said")" != 2 ] ||
		[ "$(wc -l <"$work/said")" != 2 ] ||
		! grep -q -e "$3" "$work/said"; then
		fault "the hook for $1/$2 says: $(cat "$work/said")"
	fi
}

hook exit-code 77 CAP_NET_BROADCAST
hook exit-code 78 'file and line'
hook exit-code 1 'exit status 1'
hook watchdog ABRT WatchdogSec=
hook timeout TERM TimeoutStartSec=
hook core-dump SEGV coredumpctl
hook signal KILL coredumpctl
hook '' '' systemctl

finish
