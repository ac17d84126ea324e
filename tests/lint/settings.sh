#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each setting is set in some test: what it does is shown there.

build=$PWD
# shellcheck source=tests/lint/lib.sh
. "${srcdir:-.}/tests/lint/lib.sh"

tables=$build/tests/lint/tables
[ -x "$tables" ] || {
	echo "no $tables: build first"
	exit 99
}
n=0
while read -r key; do
	n=$((n + 1))
	grep -r -q -E -e "(^|[^A-Za-z#])$key=" tests/netns tests/vm/stories \
		tests/chain tests/recorded || fault "no story sets $key="
done < <("$tables" | awk '$1 == "setting" { print $2 }')
((n > 0)) || fault "no setting is known"

finish
