#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each kind of record has its entry in the message catalog, which journalctl
# understands, with cause and next step; its fields are those that there are,
# and the pages that it names are there.

build=$PWD
# shellcheck source=tests/lint/lib.sh
. "${srcdir:-.}/tests/lint/lib.sh"

need journalctl
catalog=systemd/nsidwatch.catalog
known=$("$build/tests/lint/tables" | sed -n 's/^message //p')
[ "$(wc -l <<<"$known")" -ge 14 ] || fault "there are fewer kinds than before"

while read -r id name; do
	grep -q -x -e "-- $id" "$catalog" || fault "$name has no entry ($id)"
done <<<"$known"
while read -r id; do
	grep -q "^$id " <<<"$known" || fault "$id is of no record"
done < <(sed -n 's/^-- //p' "$catalog")

# Compiled, and read back as journalctl -x does.
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/usr/lib/systemd/catalog" "$work/var/lib/systemd/catalog"
cp "$catalog" "$work/usr/lib/systemd/catalog/"
journalctl --update-catalog --root="$work" >"$work/said" 2>&1 ||
	fault "journalctl does not take the catalog: $(cat "$work/said")"
while read -r id name; do
	journalctl --root="$work" --dump-catalog "$id" >"$work/entry" 2>&1 ||
		fault "journalctl does not find $name"
	for word in '^Subject: .' '^Cause: .' '^Next: .' \
		'^Defined-By: nsidwatch$' '^Documentation: man:'; do
		grep -q -e "$word" "$work/entry" ||
			fault "the entry of $name lacks $word"
	done
done <<<"$known"

fields=$(grep -o '"NSIDWATCH_[A-Z_]*"' daemon/journal.c | tr -d '"' | sort -u)
while read -r field; do
	grep -q -x "$field" <<<"$fields" || fault "no record has $field"
done < <(grep -o -E '@[A-Z_]+@' "$catalog" | tr -d @ | sort -u)
while read -r page; do
	[ -s "doc/runbook/$page" ] || fault "there is no page $page"
done < <(grep -o -E 'runbook/[a-z-]+\.md' "$catalog" | sed 's|.*/||' | sort -u)

finish
