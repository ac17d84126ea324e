#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An image leaves nothing out: each member of each struct that has a table in
# common/engine/image_*.c stands in that table, and with other tables comes
# another version of the format.

# shellcheck source=tests/lint/lib.sh
. "${srcdir:-.}/tests/lint/lib.sh"

need ctags cksum
if ! ctags --version | grep -q Universal; then
	echo "SKIP: ctags is not universal-ctags"
	exit 77
fi
mapfile -t tables < <(find common/engine -name 'image*.c' | sort)

# rows: of all tables, "STRUCT MEMBER", where a member of a member names the
# outer one.
rows() {
	cat "${tables[@]}" | tr -d '\n\t' |
		grep -o -E '[^A-Z_]FIELD[A-Z_]*\([a-z_]+, *[a-z_.]+' |
		sed -E 's/^.FIELD[A-Z_]*\(([a-z_]+), *([a-z_]+).*/\1 \2/' |
		grep -v '^type ' | sort -u
}

# members: likewise, as the headers have them.
members() {
	ctags -x --languages=C --langmap=C:.h --kinds-C=m \
		--_xformat='%s %N' common/engine/*.h | sort -u |
		sed 's/^probe:://'
}

# A part of a larger one is told member by member there, with a dot.
parts() {
	cat "${tables[@]}" | tr -d '\n\t' |
		grep -o -E 'FIELD[A-Z_]*\([a-z_]+, *[a-z_]+\.[a-z_.]+' |
		sed 's/^.*[(, ]//' |
		awk '{
			n = split($1, path, ".")
			for (i = 1; i < n; i++)
				print path[i], path[i + 1]
		}' | sort -u
}

rows=$(rows)
members=$(members)
parts=$(parts)
while read -r struct; do
	grep -q "^$struct " <<<"$members" ||
		fault "there is a table for $struct, and no such struct"
	while read -r member; do
		grep -q -x "$struct $member" <<<"$rows" ||
			fault "struct $struct: $member is in no image"
	done < <(sed -n "s/^$struct //p" <<<"$members")
done < <(cut -d ' ' -f 1 <<<"$rows" | sort -u)

# part STRUCT MEMBER: all of that struct stands in the rows of this member,
# which the macros of the tables spell out where they do.
part() {
	while read -r member; do
		grep -q -x "$2 $member" <<<"$parts" ||
			fault "struct $1: $member is in no image (of $2)"
	done < <(sed -n "s/^$1 //p" <<<"$members")
}

part counters counters
part audit audit
part asked asked
part question question
part probe probe
part evidences evidences
part odds odds
part party member
part death_counts member
part tally member

# only STRUCT MEMBER...: it has these, which lists and counts of the code make
# anew, and no other.
only() {
	local struct=$1

	shift
	[ "$(sed -n "s/^$struct //p" <<<"$members")" = \
		"$(printf '%s\n' "$@" | sort)" ] ||
		fault "struct $struct has other members than $*: which of them
are in an image?"
}

only names by_text count
only findings n_suspicions suspicions
only numbers slots bits count first last
only set slots bits count
only command type nsid
only untold event seq

# The last value of an enum is the last one that its row allows.
last=$(ctags -x --languages=C --langmap=C:.h --kinds-C=e --sort=no \
	--_xformat='%s %N' common/engine/*.h | awk '{ last[$1] = $2 }
	END { for (scope in last) print last[scope] }')
while read -r value; do
	grep -q -x "$value" <<<"$last" ||
		fault "$value is not the last value of its enum"
done < <(cat "${tables[@]}" | tr -d '\n\t' |
	grep -o -E 'FIELD_ENUM\([^)]*\)' | sed -n 's/.*[, ]\([A-Z_]*\) + 1)$/\1/p')

# The tables are the format.
sum=$(cat "${tables[@]}" | tr -d ' \n\t' |
	grep -o -E 'FIELD(|_[A-MO-Z][A-Z]*)\([a-z_]+,[^)]*\)' | cksum | cut -d ' ' -f 1)
grep -q "^#define IMAGE_ROWS $sum\$" common/engine/image.h ||
	fault "the tables of the image have changed: raise IMAGE_VERSION in
common/engine/image.h, and let IMAGE_ROWS be $sum"

finish
