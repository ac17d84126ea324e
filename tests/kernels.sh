#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# doc/kernels.md shows what was measured, and nothing else: its tables and its
# picture are those of the figures beside it. With --update they are made anew.
#   doc/kernels.json   from `./dev vm --json`
#   doc/cleanup.tsv    from `./dev vm bench`

set -u -o pipefail
cd "${srcdir:-.}" || exit 99
paper=doc/kernels.md

for tool in jq python3; do
	command -v "$tool" >/dev/null && continue
	echo "SKIP: $tool is not installed"
	exit 77
done
work=$(mktemp -d "${TMPDIR:-/tmp}/nsw-kernels.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
# shellcheck source=tests/vm/lib/report.sh
. tests/vm/lib/report.sh

# fill MARK FILE: the paper from standard input, with the file between its marks.
fill() {
	awk -v mark="$1" -v file="$2" '
		$0 == "<!-- end " mark " -->" { inside = 0 }
		!inside { print }
		$0 == "<!-- begin " mark " -->" {
			inside = 1
			while ((getline line < file) > 0)
				print line
		}'
}

{
	jq -c '.kernels[]' doc/kernels.json | matrix_markdown >"$work/matrix" &&
		python3 -B tests/vm/bench/figures.py --markdown \
			doc/cleanup.tsv >"$work/bench" &&
		python3 -B tests/vm/bench/figures.py doc/cleanup.tsv \
			"$work/cleanup.json" "$work/cleanup.svg" &&
		fill matrix "$work/matrix" <"$paper" |
			fill bench "$work/bench" >"$work/kernels.md"
} || exit 1
[ -s "$work/matrix" ] && [ -s "$work/bench" ] || exit 1

if [ "${1:-}" = --update ]; then
	cp "$work"/{kernels.md,cleanup.json,cleanup.svg} doc
	exit
fi
faults=0
for file in kernels.md cleanup.json cleanup.svg; do
	diff -u "doc/$file" "$work/$file" || faults=$((faults + 1))
done
for mark in matrix bench; do
	grep -q "^<!-- begin $mark -->\$" "$paper" && continue
	echo "$paper has no place for the table of $mark"
	faults=$((faults + 1))
done
((faults == 0)) && exit 0
echo "doc/ is not what the figures say: tests/kernels.sh --update, and read it"
exit 1
