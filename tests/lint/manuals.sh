#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the programs know and what the manual pages say is the same: verbs,
# options, reasons, findings, settings with their defaults, methods and errors,
# and so are the tests' table of faults and the manual's. And the pages are well
# formed.

build=$PWD
# shellcheck source=tests/lint/lib.sh
. "${srcdir:-.}/tests/lint/lib.sh"

need mandoc
tables=$build/tests/lint/tables
client=${NSIDWATCH:-$build/client/nsidwatch}
daemon=${NSIDWATCHD:-$build/daemon/nsidwatchd}
for program in "$tables" "$client" "$daemon"; do
	[ -x "$program" ] && continue
	echo "no $program: build first"
	exit 99
done

# terms PAGE SECTION...: what these sections explain: the words in bold behind
# each .TP, up to the first blank, without a `=`.
terms() {
	local page=$1

	shift
	for section; do
		awk -v section="$section" '
			/^\.SH/ {
				sub(/^\.SH +/, ""); gsub(/"/, "")
				inside = $0 == section
				next
			}
			inside && tagged && /^\.[BI]/ {
				sub(/^\.[BIR]+ +/, ""); gsub(/\\-/, "-")
				gsub(/"/, ""); sub(/[= ].*/, "")
				print
			}
			{ tagged = /^\.T[PQ]/ }' "$page"
	done | sort -u
}

# faults_of KINDS PAGE: its FAULTS, a line each as tests/lint/tables prints them,
# the kinds behind "Findings:" in the order of KINDS.
faults_of() {
	awk -v order="$1" '
		function finish(   i) {
			if (name == "")
				return
			printf "%s:", name
			for (i = 1; i <= n; i++)
				if (kinds[i] in said) {
					printf " %s", kinds[i]
					delete said[kinds[i]]
				}
			for (i in said)
				printf " %s(?)", i
			print ", blind" spots
			name = spots = ""
			delete said
		}
		BEGIN { n = split(order, kinds) }
		/^\.SH/ { finish(); inside = $2 == "FAULTS"; next }
		inside && tagged { finish(); sub(/^\.B +/, ""); name = $0 }
		inside && listed {
			gsub(/^\.BR|[",.]/, "")
			for (i = split($0, words); i > 0; i--)
				said[words[i]]
		}
		inside && name != "" && sub(/^Blind spots?: /, "") {
			gsub(/none|[,.]/, "")
			for (i = split($0, words); i > 0; i--)
				spots = " " words[i] spots
		}
		{ tagged = /^\.TP/; listed = /^Findings:$/ }' "$2"
}

# options_of FILE...: every long option that stands there.
options_of() {
	sed 's/\\-/-/g' "$@" | grep -o -E -e '(^|[^A-Za-z0-9-])--[a-z][a-z-]+' |
		sed 's/.*--/--/' | sort -u
}

# same WHAT PAGE KNOWN SAID: two lists that must agree.
same() {
	local word

	[ -n "$3" ] || fault "no $1 is known"
	while read -r word; do
		[ -n "$word" ] && fault "$2 does not explain the $1 $word"
	done < <(comm -23 <(sort -u <<<"$3") <(sort -u <<<"$4"))
	while read -r word; do
		[ -n "$word" ] && fault "$2 explains $word, which is no $1"
	done < <(comm -13 <(sort -u <<<"$3") <(sort -u <<<"$4"))
}

table() {
	awk -v row="$1" '$1 == row { print $2 }' <<<"$known"
}

known=$("$tables") || fault "$tables failed"

# ---- nsidwatch(1) ----------------------------------------------------------

page=client/nsidwatch.1
help=$("$client" --help) || fault "nsidwatch --help failed"
verbs=$(awk '/^Verbs:/ { inside = 1; next } /^$/ { inside = 0 }
	inside && /^  [a-z]/ { print $1 }' <<<"$help")
same verb "$page" "$verbs" "$(terms "$page" VERBS | grep -v '^-')"
while read -r verb; do
	help+=$'\n'$("$client" "$verb" --help) ||
		fault "nsidwatch $verb --help failed"
done <<<"$verbs"
same option "$page" "$(options_of <<<"$help")" "$(options_of "$page")"
same reason "$page" "$(table reason)" "$(terms "$page" REASONS)"
same finding "$page" "$(table finding)" "$(terms "$page" FINDINGS)"

# ---- nsidwatchd(8) ---------------------------------------------------------

page=daemon/nsidwatchd.8
help=$("$daemon" --help) || fault "nsidwatchd --help failed"
same option "$page" "$(options_of <<<"$help")" "$(options_of "$page")"
same fault "$page" "$(sed -n 's/^fault //p' <<<"$known")" \
	"$(faults_of "$(table finding | tr '\n' ' ')" "$page")"

same metric "$page" "$(awk '$1 == "metric" { print $2 }' <<<"$known")" \
	"$(terms "$page" METRICS)"

# ---- nsidwatch.conf(5) and the file itself ---------------------------------

page=conf/nsidwatch.conf.5
same setting "$page" "$(table setting)" "$(terms "$page" SETTINGS)"
same setting conf/nsidwatch.conf \
	"$(sed -n 's/^setting \([^ ]*\) /\1=/p' <<<"$known")" \
	"$(sed -n -E 's/^#([A-Z][A-Za-z]+=)/\1/p' conf/nsidwatch.conf)"
grep -q -E '^[^#]' conf/nsidwatch.conf &&
	fault "conf/nsidwatch.conf sets something: defaults are comments"

# ---- io.nsidwatch(7) -------------------------------------------------------

page=common/wire/io.nsidwatch.7
same method "$page" "$(sed -n 's/^method \([A-Za-z]*\).*/\1/p' <<<"$known")" \
	"$(terms "$page" METHODS)"
same error "$page" "$(sed -n 's/^error \([A-Za-z]*\).*/\1/p' <<<"$known")" \
	"$(terms "$page" ERRORS | grep -v '^org\.varlink\.')"

# ---- form ------------------------------------------------------------------

for page in client/nsidwatch.1 conf/nsidwatch.conf.5 \
	common/wire/io.nsidwatch.7 daemon/nsidwatchd.8; do
	mandoc -T lint -W warning "$page" || fault "mandoc does not like $page"
done

finish
