#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The units are understood by this systemd, and the service's exposure stays
# at 1.5 or below (systemd-analyze counts it in tenths).

# shellcheck source=tests/lint/lib.sh
. "${srcdir:-.}/tests/lint/lib.sh"

need systemd-analyze
if ! systemd-analyze security --help | grep -q -e --offline; then
	echo "SKIP: this systemd-analyze cannot work offline"
	exit 77
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# The daemon is not installed while the tests run.
sed 's|^ExecStart=.*|ExecStart=/bin/true|' \
	systemd/nsidwatch.service.in >"$work/nsidwatch.service"
cp systemd/nsidwatch.socket "$work/"

systemd-analyze verify --man=no "$work/nsidwatch.service" \
	"$work/nsidwatch.socket" >"$work/said" 2>&1 ||
	fault "systemd-analyze verify failed"
[ -s "$work/said" ] && fault "$(cat "$work/said")"
systemd-analyze security --no-pager --offline=true --threshold=15 \
	"$work/nsidwatch.service" >"$work/score" ||
	fault "the service is too exposed"
tail -n 1 "$work/score"

finish
