#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How much may stand in one place: a function 60 lines (median 15), a source
# file 600, a header 150, nesting 3, a line 100 columns.

# shellcheck source=tests/lint/lib.sh
. "${srcdir:-.}/tests/lint/lib.sh"

need ctags
if ! ctags --version | grep -q Universal; then
	echo "SKIP: ctags is not universal-ctags"
	exit 77
fi
mapfile -t files < <(sources common daemon client)
mapfile -t all < <(sources common daemon client tests)

functions=$(ctags -x --languages=C --langmap=C:.c.h --kinds-C=f \
	--_xformat='%F %N %n %e' "${files[@]}" |
	awk 'NF == 4 && $4 ~ /^[0-9]+$/ { print $1, $2, $4 - $3 + 1 }')
[ -n "$functions" ] || fault "no function was found"
while read -r file name lines; do
	((lines <= 60)) || fault "$file: $name has $lines lines (60)"
done <<<"$functions"

sizes=$(awk '{ print $3 }' <<<"$functions" | sort -n)
count=$(wc -l <<<"$sizes")
median=$(sed -n "$(((count + 1) / 2))p" <<<"$sizes")
echo "$count functions, median ${median:-0} lines, longest $(tail -n 1 <<<"$sizes")"
((${median:-0} <= 15)) || fault "the median function has $median lines (15)"

for file in "${files[@]}"; do
	lines=$(wc -l <"$file")
	case $file in
	*.h) limit=150 ;;
	*) limit=600 ;;
	esac
	((lines <= limit)) || fault "$file has $lines lines ($limit)"
done

# The body stands at one tab, so what opens a block at four tabs is the fourth
# level. Continued lines do not begin with these words.
while IFS= read -r hit; do
	fault "nested deeper than 3: $hit"
done < <(grep -n -P '^\t{4,}(\} )?(if|for|while|do|switch|else|[A-Z]+_(ITER|FOREACH)\w*|mnl_attr_for_each\w*|json_\w+_foreach\w*)\b' \
	"${files[@]}")

for file in "${all[@]}"; do
	while read -r number; do
		fault "$file:$number: more than 100 columns"
	done < <(expand -t 8 "$file" | LC_ALL=C.UTF-8 awk 'length > 100 { print NR }')
done

finish
