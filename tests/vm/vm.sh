#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real kernels, before and after the change, with systemd as PID 1 and the
# build installed. `./dev vm` builds, and calls this with what it installed:
#   vm.sh INSTALLED [--json] [--update] [--keep FOLDER] [--only STORY]...
#         [--jobs N] [KERNEL...]
#   vm.sh INSTALLED exec KERNEL [--get FILE HERE]... -- COMMAND...

set -u -o pipefail
umask 022
source=$(dirname "$(readlink -f "$0")")
cd "$source/../.." || exit 1

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "vm: $*"
	exit 1
}

usage() {
	say "vm: $*
usage: ./dev vm [--json] [--update] [--keep FOLDER] [--only STORY]... [KERNEL...]
       ./dev vm exec KERNEL [--get FILE HERE]... -- COMMAND..."
	exit 2
}

# shellcheck source=tests/vm/lib/cache.sh
. "$source/lib/cache.sh"
# shellcheck source=tests/vm/lib/images.sh
. "$source/lib/images.sh"
# shellcheck source=tests/vm/lib/machine.sh
. "$source/lib/machine.sh"
# shellcheck source=tests/vm/lib/report.sh
. "$source/lib/report.sh"

installed=
update=no
json=no
keep=
kernels=()
getting=()
at_once=
stories=()
work=

end() {
	local job

	machine_kill
	for job in $(jobs -p); do
		kill -TERM "$job" 2>/dev/null
	done
	wait
	[ -n "$work" ] && rm -rf "$work"
}

# machine_folder NAME: sets $folder, where the machine's things go.
machine_folder() {
	folder=${keep:-$work}/$1
	rm -rf "$folder"
	mkdir -p "$folder/overlay" || die "cannot make $folder"
}

# prepare VERSION...: all that machines with these kernels need.
prepare() {
	local version

	cache_open
	tools_prepare
	root_prepare
	for version; do
		kernel_prepare "$version" ||
			say "vm: no suite has a Linux $version"
	done
	[ "$update" = yes ] && cache_prune
	update=no
	cache_close
}

# play VERSION: its machine and the stories; its row is in $work/VERSION.row.
play() {
	local start=$SECONDS ended

	trap 'machine_kill; exit 143' TERM
	kernel_prepare "$1"
	machine_folder "$1"
	overlay_make "$folder/overlay"
	machine_run "$folder"
	ended=$?
	machine_take "$folder"
	report_read "$folder" "$1" "$ended" $((SECONDS - start)) \
		>"$work/$1.row"
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
		say "booting Linux $version"
		play "$version" >"$work/$version.said" 2>&1 &
	done
	wait
	for version in "${kernels[@]}"; do
		say "Linux $version:"
		cat "$work/$version.said" >&2 2>/dev/null
		cat "$work/$version.row"
	done >"$work/rows"
	if [ "$json" = yes ]; then
		matrix_json $((SECONDS - began)) <"$work/rows"
	else
		matrix_text <"$work/rows"
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

# run_command VERSION COMMAND...: in a machine; its output and its status are
# ours.
run_command() {
	local version=$1 share status index

	shift
	prepare "$version"
	kernel_known "$version" || die "no suite has a Linux $version"
	kernel_prepare "$version"
	machine_folder "$version"
	overlay_make "$folder/overlay"
	share=$folder/overlay/usr/lib/nsidwatch-vm
	printf '%q ' "$@" >"$share/command"
	: >"$share/get"
	for ((index = 0; index < ${#getting[@]}; index += 2)); do
		printf '%s\0' "${getting[index]}" >>"$share/get"
	done
	machine_run "$folder"
	status=$?
	report_said "$folder" status >/dev/null || {
		report_trouble "$folder" "$status"
		die "the command did not end"
	}
	machine_take "$folder" || die "the disk cannot be read: Linux $release has no
virtio_blk, or the machine failed to write"
	cat "$folder/out/stdout"
	cat "$folder/out/stderr" >&2
	status=$(report_said "$folder" status)
	for ((index = 0; index < ${#getting[@]}; index += 2)); do
		cp "$folder/out/get.$((index / 2))" "${getting[index + 1]}" ||
			die "there is no ${getting[index]} in the machine"
	done
	return "$status"
}

# is_version WORD: 6.12, or one release of it.
is_version() {
	[[ $1 =~ ^[0-9]+(\.[0-9]+)+$ ]] ||
		usage "\"$1\" is no version of a kernel, such as 6.12"
}

read_exec() {
	(($# > 0)) || usage "exec takes a kernel"
	is_version "$1"
	kernels=("$1")
	shift
	while [ "${1:-}" = --get ]; do
		(($# >= 3)) || usage "--get takes a file there and one here"
		getting+=("$2" "$3")
		shift 3
	done
	[ "${1:-}" = -- ] && shift
	(($# > 0)) || usage "exec takes a command"
	command=("$@")
}

read_matrix() {
	while (($# > 0)); do
		case $1 in
		--json | -j) json=yes ;;
		--update) update=yes ;;
		--keep)
			(($# > 1)) || usage "--keep takes a folder"
			keep=$2
			shift
			;;
		--jobs)
			[[ ${2:-} =~ ^[1-9][0-9]*$ ]] ||
				usage "--jobs takes a number of machines"
			at_once=$2
			shift
			;;
		--only)
			(($# > 1)) || usage "--only takes the name of a story"
			[ -e "tests/vm/stories/$2.sh" ] ||
				usage "there is no tests/vm/stories/$2.sh"
			stories+=("tests/vm/stories/$2.sh")
			shift
			;;
		-*) usage "no option $1" ;;
		*)
			is_version "$1"
			[[ " ${kernels[*]} " == *" $1 "* ]] || kernels+=("$1")
			;;
		esac
		shift
	done
	((${#kernels[@]} > 0)) || kernels=(6.1 6.12 7.0 7.2 7.3)
}

(($# > 0)) || usage "no folder with the installed build"
installed=$(readlink -f "$1")
shift
command=()
if [ "${1:-}" = exec ]; then
	shift
	read_exec "$@"
else
	read_matrix "$@"
fi
: "${at_once:=$(machines_at_once)}"
((${#stories[@]} > 0)) || stories=(tests/vm/stories/*.sh)
[ "$(uname -m)" = x86_64 ] || die "the machines are x86-64, this is not"
[ -x "$installed/usr/sbin/nsidwatchd" ] || die "nothing installed in $installed"
work=$(mktemp -d "${TMPDIR:-/tmp}/nsidwatch-vm.XXXXXX") || exit 1
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
if ((${#command[@]} > 0)); then
	run_command "${kernels[0]}" "${command[@]}"
else
	run_matrix
fi
