# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Its names are those of vm.sh, which reads all of these files.
# shellcheck disable=SC2034,SC2154
#
# What a machine reported, as one JSON object a kernel, and these as a table.

# report_said FOLDER WORD: what follows the last "@ WORD"; 1 where none does.
report_said() {
	local said

	said=$(tr -d '\r' <"$1/report" 2>/dev/null | grep -a "^@ $2 " |
		tail -n 1)
	[ -n "$said" ] || return 1
	printf '%s\n' "${said#@ "$2" }"
}

# report_follow FOLDER VERSION: tell people of each story when it is over, until
# $machine_pid has ended.
report_follow() {
	local mark word name result seconds

	tail --pid="$machine_pid" -n +1 -f "$1/report" 2>/dev/null |
		while read -r mark word name result seconds; do
			[ "$mark $word" = '@ end' ] || continue
			say "Linux $2: $result $name, ${seconds%$'\r'} s"
		done
}

# report_trouble FOLDER STATUS: why a machine did not come to its end.
report_trouble() {
	if (($2 == 137)); then
		say "not over within $machine_limit s, stopped"
	elif (($2 != 0)); then
		say "the emulator ended with $2:"
		cat "$1/emulator" >&2
	fi
	say "---- the end of its console:"
	tail -n 30 "$1/console" | tr -d '\r' >&2
	say "---- the end of its report:"
	tail -n 30 "$1/report" | tr -d '\r' >&2
}

# report_story FOLDER NAME: the words of one story, for people.
report_story() {
	tr -d '\r' <"$1/report" | sed -n "/^@ begin $2\$/,/^@ end $2 /p" |
		sed -e '/^@ /d' -e 's/^/    /' >&2
}

# report_stories FOLDER: as a JSON array; one that began and did not end has
# failed.
report_stories() {
	tr -d '\r' <"$1/report" | grep -a -E '^@ (begin|end) ' |
		jq -R -s 'split("\n") | map(split(" ")) as $lines |
			[$lines[] | select(.[1] == "begin") | .[2] as $name |
			first(($lines[] | select(.[1] == "end" and
				.[2] == $name) | { name: $name,
				result: .[3], seconds: (.[4] | tonumber) }),
			{ name: $name, result: "failed", seconds: null })]'
}

# kernel_complained NUMBER: W or D of what taints a kernel: it warned or died.
kernel_complained() {
	((${1:-0} & (1 << 9 | 1 << 7)))
}

# report_read FOLDER VERSION STATUS SECONDS: prints the kernel's row and tells
# people what is not as it should be: then 1.
report_read() {
	local folder=$1 tainted name result seconds stories r=0

	stories=$(report_stories "$folder")
	while read -r name result seconds; do
		[ "$result" = passed ] && continue
		say "Linux $2: $result $name, after ${seconds/null/?} s:"
		report_story "$folder" "$name"
		[[ $result == skipped && $strict == no ]] || r=1
	done < <(jq -r '.[] | "\(.name) \(.result) \(.seconds)"' <<<"$stories")
	if ! grep -a -q '^@ done' "$folder/report"; then
		report_trouble "$folder" "$3"
		r=1
	fi
	tainted=$(report_said "$folder" tainted)
	if kernel_complained "$tainted"; then
		say "Linux $2: the kernel complained (tainted $tainted):"
		grep -a -A 8 -E 'WARNING|BUG|Oops' "$folder/console" | tail -n 40 >&2
		r=1
	fi
	jq -n -c --arg kernel "$2" --argjson seconds "$4" \
		--argjson stories "$stories" --argjson good $((r == 0)) \
		--argjson row "$(report_said "$folder" row || echo '{}')" \
		--argjson boot "$(report_said "$folder" boot || echo null)" \
		'{ kernel: $kernel } + $row + { boot_seconds: $boot,
			seconds: $seconds, good: ($good == 1),
			stories: $stories }'
	return "$r"
}

# row_empty VERSION GOOD: of a machine that did not run; good is null where no
# suite has that kernel.
row_empty() {
	jq -n -c --arg kernel "$1" --argjson good "$2" '{ kernel: $kernel,
		release: null, good: $good, stories: [] }'
}

# matrix_json SECONDS: rows as one document.
matrix_json() {
	jq -s --argjson seconds "$1" '{ kernels: ., seconds: $seconds }'
}

# matrix_text: rows as a table.
matrix_text() {
	{
		echo "KERNEL BUILT-BATCHED ORDER DEATHS VERIFIED VIOLATED" \
			"INDETERMINATE GAPS SECONDS STORIES"
		jq -r '[.release // .kernel, .built_batched, .order, .deaths,
			.verified, .violated, .indeterminate, .gaps, .seconds,
			if .good == null then "absent"
			else "\([.stories[] | select(.result == "passed")] |
				length)/\(.stories | length)" end] |
			map(if . == null then "-" else tostring end) | join(" ")'
	} | column -t
}

# matrix_markdown: rows as the table of doc/kernels.md.
matrix_markdown() {
	echo '| kernel | built batched | order | deaths | verified | violated |' \
		'indeterminate | gaps | seconds |'
	echo '|---|---|---|---:|---:|---:|---:|---:|---:|'
	jq -r '[.release // .kernel, .built_batched, .order, .deaths,
			.verified, .violated, .indeterminate, .gaps,
			.selftest_seconds] |
		"| " + (map(if . == null then "-" else tostring end) |
			join(" | ")) + " |"'
}
