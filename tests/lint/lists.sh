#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is not listed is neither built nor in the tarball: every source file
# and every script of the tests stands in its folder's fragment, and what is
# listed there exists.

# shellcheck source=tests/lint/lib.sh
. "${srcdir:-.}/tests/lint/lib.sh"

# compare FOLDER FILE...: these files and FOLDER/local.mk. A program made of
# one source is listed by its name alone.
compare() {
	local folder=$1 listed file name

	shift
	listed=$(grep -o -E '%D%/[A-Za-z0-9_/.-]+' "$folder/local.mk" |
		sed 's|^%D%/||')
	for file; do
		name=${file#"$folder"/}
		grep -q -x -F -e "$name" -e "${name%.c}" <<<"$listed" ||
			fault "$file is not listed in $folder/local.mk"
	done
	while read -r name; do
		[ -e "$folder/$name" ] ||
			fault "$folder/local.mk lists $name, which is not there"
	done < <(grep -E '\.(c|h|sh)$' <<<"$listed")
}

for folder in common/engine common/kernel common/wire daemon client; do
	mapfile -t files < <(sources "$folder")
	compare "$folder" "${files[@]}"
done
mapfile -t files < <(sources tests; find tests -name '*.sh' | sort)
compare tests "${files[@]}"

finish
