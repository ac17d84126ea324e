# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Its names are those of vm.sh, which reads all of these files.
# shellcheck disable=SC2034,SC2154
#
# The stories on each kernel, and the table of what they came to.

# play VERSION: its machine and the stories; its row is in $work/VERSION.row.
play() {
	local version=$1 start=$SECONDS ended

	trap 'machine_kill; exit 143' TERM
	kernel_prepare "$version"
	machine_folder "$version"
	overlay_make "$folder/overlay"
	say "Linux $version: booting"
	machine_start "$folder"
	report_follow "$folder" "$version" &
	machine_end "$folder"
	ended=$?
	wait
	report_read "$folder" "$version" "$ended" $((SECONDS - start)) \
		>"$work/$version.row" 2>"$work/$version.said" ||
		machine_preserve "$version" 2>>"$work/$version.said"
	cat "$work/$version.said" >&2
}

# machine_preserve VERSION: what it said stays where people find it.
machine_preserve() {
	local where=$folder

	if [ -z "$keep" ]; then
		where=$cache/failed/$1
		rm -rf "$where"
		{
			mkdir -p "$where" &&
				cp -R "$folder"/{console,report,emulator,out} \
					"$where"
		} 2>/dev/null
	fi
	say "Linux $1: console, report and journal (out/journal) are in $where"
}

# run_matrix: each kernel's machine, its row, and what all of them say.
run_matrix() {
	local version status=0 began=$SECONDS

	prepare "${kernels[@]}"
	for version in "${kernels[@]}"; do
		row_empty "$version" null >"$work/$version.row"
		kernel_known "$version" || continue
		row_empty "$version" false >"$work/$version.row"
		while (($(jobs -r -p | wc -l) >= at_once)); do
			wait -n
		done
		play "$version" &
	done
	wait
	for version in "${kernels[@]}"; do
		cat "$work/$version.row"
	done >"$work/rows"
	if [ "$json" = yes ]; then
		matrix_json $((SECONDS - began)) <"$work/rows"
	else
		matrix_text <"$work/rows"
		say "all of it took $((SECONDS - began)) s"
	fi
	# A machine that did not run proves nothing.
	jq -e -s 'any(.good == true) and all(.good != false)' "$work/rows" \
		>/dev/null || status=1
	return "$status"
}

# machines_at_once: each has 4 GiB, and the emulator its own needs.
machines_at_once() {
	local processors memory

	processors=$(nproc)
	memory=$(awk '/^MemAvailable:/ { print int($2 / 5 / 1024 / 1024) }' \
		/proc/meminfo)
	((memory < processors)) && processors=$memory
	echo $((processors > 0 ? processors : 1))
}
