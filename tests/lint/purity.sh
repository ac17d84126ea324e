#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The engine is pure: what it takes from outside stands on a list that has no
# descriptor, clock, log or environment on it, and it has no writable data.

build=$PWD
# shellcheck source=tests/lint/lib.sh
. "${srcdir:-.}/tests/lint/lib.sh"

need nm
archive=$build/common/engine/libengine.a
if [ ! -f "$archive" ]; then
	echo "no $archive: build first"
	exit 99
fi

patterns=()
while IFS= read -r line; do
	line=${line%%#*}
	line=${line//[[:space:]]/}
	[ -n "$line" ] && patterns+=("$line")
done <tests/lint/engine-symbols.txt

allowed() {
	local pattern

	for pattern in "${patterns[@]}"; do
		# The list holds shell patterns.
		# shellcheck disable=SC2053
		[[ $1 == $pattern ]] && return 0
	done
	return 1
}

symbols=$(nm -P "$archive") || exit 99
defined=$(awk '$2 != "U" && NF >= 2 { print $1 }' <<<"$symbols" | sort -u)
used=$(awk '$2 == "U" { print $1 }' <<<"$symbols" | sort -u)
[ -n "$defined" ] || fault "$archive defines nothing"

while read -r symbol; do
	[ -n "$symbol" ] || continue
	allowed "$symbol" || fault "the engine uses $symbol"
done < <(comm -13 <(echo "$defined") <(echo "$used"))

# D, d, B, b, C: data that a function could change. Tables that hold pointers
# are const, but in a position-independent program the linker fills them in,
# so that nm shows them as d: those lie in .data.rel.ro.
if [ -z "${NSIDWATCH_SANITIZERS:-}" ]; then
	need objdump
	while read -r section symbol; do
		fault "the engine has writable data: $symbol ($section)"
	done < <(objdump -t "$archive" | awk '
		$2 ~ /O/ || $3 ~ /O/ {
			for (i = 3; i <= NF; i++)
				if ($i ~ /^\.(data|bss|tdata|tbss)/ &&
				    $i !~ /^\.data\.rel\.ro/)
					print $i, $NF
			if ($0 ~ /\*COM\*/)
				print "common", $NF
		}')
fi

finish
