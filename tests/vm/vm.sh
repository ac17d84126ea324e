#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real kernels, before and after the change, with systemd as PID 1 and the
# build installed. `./dev vm` builds, and calls this with what it installed:
#   vm.sh INSTALLED [--json] [--update] [--strict] [--keep FOLDER]
#         [--only STORY]... [--jobs N] [KERNEL...]
#   vm.sh INSTALLED exec KERNEL [--get FILE HERE]... -- COMMAND...
#   vm.sh INSTALLED bench PROGRAM [--out FOLDER] [KERNEL...]

set -u -o pipefail
umask 022

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "vm: $*"
	exit 1
}

usage() {
	say "vm: $*
usage: ./dev vm [--json] [--update] [--strict] [--keep FOLDER]
                [--only STORY]... [--jobs N] [KERNEL...]
       ./dev vm exec KERNEL [--get FILE HERE]... -- COMMAND...
       ./dev vm bench [--out FOLDER] [KERNEL...]"
	exit 2
}

# All that a run starts lives in a process namespace: however this process ends,
# nothing of it runs on. What stays in its folder, because it had no time to
# clear up, the next run clears. Who may make no namespaces goes without.
enclose() {
	local folder lock inner ending=KILL
	local inside=(unshare --pid --fork --kill-child --mount-proc)

	for folder in "${TMPDIR:-/tmp}"/nsidwatch-vm.*; do
		[ -e "$folder/lock" ] && flock -n "$folder/lock" rm -rf "$folder"
	done
	VM_WORK=$(mktemp -d "${TMPDIR:-/tmp}/nsidwatch-vm.XXXXXX") || exit 1
	trap 'rm -rf "$VM_WORK" || rm -rf "$VM_WORK"' EXIT
	export VM_WORK
	exec {lock}>"$VM_WORK/lock" && flock -n "$lock" || exit 1
	"${inside[@]}" true 2>/dev/null || { inside=() ending=TERM; }
	setpriv --pdeathsig "$ending" "${inside[@]}" "$BASH" "$0" "$@" &
	inner=$!
	trap 'kill -$ending "$inner"; wait "$inner"; exit 130' INT
	trap 'kill -$ending "$inner"; wait "$inner"; exit 143' TERM HUP
	wait "$inner"
	exit
}

[ -n "${VM_WORK:-}" ] || enclose "$@"
work=$VM_WORK
source=$(dirname "$(readlink -f "$0")")
cd "$source/../.." || exit 1

# shellcheck source=tests/vm/lib/cache.sh
. "$source/lib/cache.sh"
# shellcheck source=tests/vm/lib/images.sh
. "$source/lib/images.sh"
# shellcheck source=tests/vm/lib/machine.sh
. "$source/lib/machine.sh"
# shellcheck source=tests/vm/lib/report.sh
. "$source/lib/report.sh"
# shellcheck source=tests/vm/lib/matrix.sh
. "$source/lib/matrix.sh"
# shellcheck source=tests/vm/lib/bench.sh
. "$source/lib/bench.sh"

update=no
json=no
strict=no
keep=
kernels=()
getting=()
at_once=
stories=()

end() {
	local job

	machine_kill
	for job in $(jobs -p); do
		kill -TERM "$job" 2>/dev/null
	done
	wait
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

# run_command VERSION COMMAND...: in a machine; its output and its status are
# ours.
run_command() {
	local version=$1 status index

	shift
	prepare "$version"
	kernel_known "$version" || die "no suite has a Linux $version"
	machine_command "$version" "$@"
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

add_kernel() {
	is_version "$1"
	[[ " ${kernels[*]} " == *" $1 "* ]] || kernels+=("$1")
}

read_exec() {
	(($# > 0)) || usage "exec takes a kernel"
	add_kernel "$1"
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

read_bench() {
	program=$1
	[ -x "$program" ] || die "there is no $program"
	shift
	while (($# > 0)); do
		case $1 in
		--out)
			(($# > 1)) || usage "--out takes a folder"
			out=$2
			shift
			;;
		-*) usage "no option $1" ;;
		*) add_kernel "$1" ;;
		esac
		shift
	done
	# Before the change, and after it.
	((${#kernels[@]} > 0)) || kernels=(6.12 7.3)
}

read_matrix() {
	while (($# > 0)); do
		case $1 in
		--json | -j) json=yes ;;
		--update) update=yes ;;
		--strict) strict=yes ;;
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
		*) add_kernel "$1" ;;
		esac
		shift
	done
	((${#kernels[@]} > 0)) || kernels=(6.1 6.12 7.0 7.2 7.3)
	((${#stories[@]} > 0)) || stories=(tests/vm/stories/*.sh)
}

(($# > 0)) || usage "no folder with the installed build"
installed=$(readlink -f "$1")
shift
command=()
program=
out=$PWD
case ${1:-} in
exec)
	shift
	read_exec "$@"
	perform=(run_command "${kernels[0]}" "${command[@]}")
	;;
bench)
	shift
	read_bench "$@"
	perform=(run_bench)
	;;
*)
	read_matrix "$@"
	perform=(run_matrix)
	;;
esac
: "${at_once:=$(machines_at_once)}"
[ "$(uname -m)" = x86_64 ] || die "the machines are x86-64, this is not"
[ -x "$installed/usr/sbin/nsidwatchd" ] || die "nothing installed in $installed"
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
"${perform[@]}"
