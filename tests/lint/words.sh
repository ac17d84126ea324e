#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# No work is left open in the text, no address leads where it should not, and
# nothing depends on when it was built.

# shellcheck source=tests/lint/lib.sh
. "${srcdir:-.}/tests/lint/lib.sh"

mapfile -t files < <(papers | grep -v '^tests/lint/words\.sh$')

# What says that something was left open; in brackets, so as not to say so here.
open='[T]ODO|[F]IXME|[X]XX|[H]ACK|[T]BD|[W]IP|[p]laceholder|[u]nimplemented'
open+='|[n]ot implemented|[l]orem'

while IFS= read -r hit; do
	fault "left open: $hit"
done < <(grep -n -I -w -E "$open" "${files[@]}")

# Addresses are those of the standards and of the documents that we follow, and
# of this machine.
while IFS= read -r hit; do
	fault "address: $hit"
done < <(grep -n -I -o -E '(https?|ftp)://[A-Za-z0-9.-]+' "${files[@]}" |
	grep -v -E '//(127\.0\.0\.1|(www\.)?(varlink\.org|kernel\.org|docs\.kernel\.org|git\.kernel\.org|datatracker\.ietf\.org|gnu\.org|freedesktop\.org|systemd\.io|w3\.org|prometheus\.io))$')

while IFS= read -r hit; do
	fault "not reproducible: $hit"
done < <(sources common daemon client tests |
	xargs grep -n -H -w -E '__DATE__|__TIME__|__TIMESTAMP__')

while IFS= read -r hit; do
	fault "blanks at the end: $hit"
done < <(grep -n -I -E '[[:blank:]]+$' "${files[@]}" | cut -c1-80)

finish
