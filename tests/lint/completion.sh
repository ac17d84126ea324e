#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The completions for bash and zsh know each verb, and with it each option, that
# the program's own help shows, and no others; and both shells complete with them
# when somebody presses Tab.

build=$PWD
# shellcheck source=tests/lint/lib.sh
. "${srcdir:-.}/tests/lint/lib.sh"

client=${NSIDWATCH:-$build/client/nsidwatch}
[ -x "$client" ] || {
	echo "no $client: build first"
	exit 99
}
bash=client/completion/nsidwatch.bash
zsh=client/completion/_nsidwatch

# same FILE WHAT KNOWN SAID: two lists that must agree.
same() {
	local word

	[ -n "$3" ] || fault "nothing is known of $2"
	while read -r word; do
		[ -n "$word" ] && fault "$1 lacks $word of $2"
	done < <(comm -23 <(sort -u <<<"$3") <(sort -u <<<"$4"))
	while read -r word; do
		[ -n "$word" ] && fault "$1 has $word, which is none of $2"
	done < <(comm -13 <(sort -u <<<"$3") <(sort -u <<<"$4"))
}

# options_of: those at the beginning of help's lines, long and short.
options_of() {
	sed -n -E 's/^  (-[a-zA-Z], |    )?(--[a-z-]+).*/\1\n\2/p' |
		grep -o -E -e '--?[a-zA-Z][a-z-]*' | sort -u
}

# completed WORD...: what bash offers for the last one.
completed() {
	bash -c '. "$1"; shift; COMP_WORDS=(nsidwatch "$@")
		COMP_CWORD=$#; _nsidwatch; printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$bash" "$@" | sort -u
}

verbs=$("$client" --help | awk '/^Verbs:/ { inside = 1; next }
	/^$/ { inside = 0 } inside && /^  [a-z]/ { print $1 }')
same "$bash" "the verbs" "$verbs" "$(completed '')"
same "$zsh" "the verbs" "$verbs" \
	"$(sed -n -E "/^verbs=/,/^\)/s/^  '([a-z]+):.*/\1/p" "$zsh")"

# of_zsh VERB: the options of its branch, and those of all.
of_zsh() {
	{
		sed -n '/^common=/,/^)/p' "$zsh"
		awk -v verb="$1" '
			/^  [a-z |*]+\)$/ {
				inside = 0
				n = split($0, words, /[ |)]+/)
				for (i = 1; i <= n; i++)
					inside += words[i] == verb
			}
			inside' "$zsh"
	} | grep -o -E -e "['{,]--?[a-zA-Z][a-z-]*" | sed -E 's/^.//; s/-$//' |
		sort -u
}

while read -r verb; do
	known=$("$client" "$verb" --help | options_of)
	same "$bash" "$verb" "$known" \
		"$(completed "$verb" - | sed 's/=.*//' | sort -u)"
	same "$zsh" "$verb" "$known" "$(of_zsh "$verb")"
done <<<"$verbs"

# ---- on a terminal -----------------------------------------------------------

# What is typed, and what stands there after Tab.
typed=() wanted=()
expect() {
	typed+=("nsidwatch $1")
	wanted+=("nsidwatch $2")
}
while read -r verb; do
	expect "${verb%?}" "$verb"
	while read -r option; do
		expect "$verb ${option%?}" "$verb $option"
	done < <("$client" "$verb" --help | options_of | grep -e '^--')
done <<<"$verbs"
expect "--socke" "--socket"
expect "--json findin" "--json findings"
expect "--socket /x deat" "--socket /x deaths"
expect "nsids ho" "nsids home"
expect "baseline ARCHIT" "baseline ARCHITECTURE.md"
expect "--json diff ARCHIT" "--json diff ARCHITECTURE.md"
expect "replay ARCHITECTURE.md common/eng" "replay ARCHITECTURE.md common/engine/"
expect "record --timeout 5 ARCHIT" "record --timeout 5 ARCHITECTURE.md"
expect "selftest --record ARCHIT" "selftest --record ARCHITECTURE.md"
expect "check unshar" "check unshare"
expect "check -- unshar" "check -- unshare"
expect "check --timeout 5 --allow-none -- cat ARCHIT" \
	"check --timeout 5 --allow-none -- cat ARCHITECTURE.md"
expect "check --timeout=5 cat ARCHIT" "check --timeout=5 cat ARCHITECTURE.md"
expect "check cat --no-adopt ARCHIT" "check cat --no-adopt ARCHITECTURE.md"

# press SHELL FILE: each line, which ends with a blank where it is done.
press() {
	local got i=0

	while IFS= read -r got; do
		[[ ${got% } == "${wanted[i]}" || $got == "${wanted[i]}="* ]] ||
			fault "$1 makes \"$got\" of \"${typed[i]}\"," \
				"not \"${wanted[i]}\""
		i=$((i + 1))
	done < <(printf '%s\n' "${typed[@]}" |
		python3 tests/lint/complete.py "$1" "$2")
	((i == ${#typed[@]})) || fault "$1 answers to $i of ${#typed[@]} lines"
}

# What needs no shell to be driven was looked at by now.
((failures)) || need python3
press bash "$bash"
((failures)) || need zsh
zsh -n "$zsh" || fault "zsh does not like $zsh"
press zsh "$zsh"

finish
