#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every recording in tests/replay is judged, and what is said of it is compared
# with what is expected, byte for byte but for the version of who says it.
#
# KERNEL-WHAT.pcap.xz and KERNEL-WHAT.json are made by `./dev record`. With
# --update FILE... the expectations are written anew, from what is said now.

set -u -o pipefail

folder=${srcdir:-.}/tests/replay
update=
if [ "${1:-}" = --update ]; then
	update=yes
	shift
fi

skip() {
	echo "SKIP: $*"
	exit 77
}

[ -x "${NSIDWATCH:-}" ] || skip "NSIDWATCH names no program"
command -v xz >/dev/null || skip "xz is not installed"
[[ $("$NSIDWATCH" replay /dev/null 2>&1) != *libpcap* ]] ||
	skip "built without libpcap"
work=$(mktemp -d "${TMPDIR:-/tmp}/nsw-replay.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT

# said FILE: what is said of a recording, without its version.
said() {
	local name=${1##*/} status

	xz -dc "$1" >"$work/${name%.xz}" || return 1
	"$NSIDWATCH" replay --json "$work/${name%.xz}" >"$work/raw"
	status=$?
	sed '1,2s/"version": "[^"]*"/"version": "any"/' "$work/raw"
	echo "exit status $status"
	rm -f "$work/${name%.xz}"
}

(($# > 0)) || set -- "$folder"/*.pcap.xz
faults=0
for file; do
	expected=${file%.pcap.xz}.json
	if ! said "$file" >"$work/said"; then
		echo "FAILED: $file cannot be read"
		faults=$((faults + 1))
	elif [ -n "$update" ]; then
		cp "$work/said" "$expected"
	elif ! diff -u "$expected" "$work/said"; then
		echo "FAILED: ${file##*/} is judged otherwise"
		faults=$((faults + 1))
	else
		echo "${file##*/}: as expected"
	fi
done
((faults == 0))
