#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every file says under which licence it stands, in its first line (in its
# second where the first names an interpreter, or what zsh completes); headers are read once.

# shellcheck source=tests/lint/lib.sh
. "${srcdir:-.}/tests/lint/lib.sh"

while IFS= read -r file; do
	case $file in
	*.md | NEWS | *.json | *.tsv | *.txt.expected | tests/replay/*) continue ;;
	common/*) licence=LGPL-2.1-or-later ;;
	*) licence=GPL-2.0-or-later ;;
	esac
	first=1
	[[ $(head -c 2 "$file" | tr -d '\0') == '#!' ||
		$(head -n 1 "$file" | tr -d '\0') == '#compdef '* ]] && first=2
	head -n 12 "$file" | sed -n "${first}p" |
		grep -q "SPDX-License-Identifier: $licence\\( \\|\$\\)" ||
		fault "$file: line $first does not name $licence"
done < <(papers)

while IFS= read -r file; do
	grep -q '^#pragma once$' "$file" || fault "$file: no #pragma once"
done < <(find common daemon client tests -name '*.h')

finish
