# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Its names are those of vm.sh, which reads all of these files.
# shellcheck disable=SC2034,SC2154
#
# What the cleanup costs: tests/vm/bench/cleanup.c in a machine of each kernel,
# and tests/vm/bench/figures.py for what it says.

# How often each point is measured.
repetitions=3
# The dying, the survivors, the numbers in each table: one of them grows while
# the others stay. The tables of one run only grow.
floor=(1:1:1)
growing_m=(100:{25,50,100,200,400}:1000)
growing_n=(100:400:{62,125,250,500,1000})
growing_l=({12,25,50,200}:400:1000)
# One processor, whose clock counts instructions, one a nanosecond: what else
# the host has to do then changes nothing.
counting=(-smp 1 -icount "shift=0,sleep=off")

# bench_measure VERSION: appends its lines to $work/figures.
bench_measure() {
	local version=$1 points machine_time=("${counting[@]}")
	local run=/usr/lib/nsidwatch-vm/cleanup

	say "Linux $version: measuring"
	points="$run $repetitions ${floor[*]} ${growing_m[*]} &&
		$run $repetitions ${growing_n[*]} ${growing_l[*]}"
	machine_command "$version" bash -c "$points"
	[ "$(report_said "$folder" status)" = 0 ] ||
		die "the load failed on Linux $version: $(cat "$folder/out/stderr")"
	sed "s/^/$release\t/" "$folder/out/stdout" >>"$work/figures"
}

run_bench() {
	local version began=$SECONDS

	prepare "${kernels[@]}"
	printf 'kernel\tl\tm\tn\trepetition\tpasses\tnanoseconds\n' \
		>"$work/figures"
	# One machine at a time: the other processors are for it.
	for version in "${kernels[@]}"; do
		kernel_known "$version" ||
			die "no suite has a Linux $version"
		bench_measure "$version"
	done
	mkdir -p "$out" || die "cannot make $out"
	{
		cp "$work/figures" "$out/cleanup.tsv" &&
			python3 -B tests/vm/bench/figures.py "$out/cleanup.tsv" \
				"$out/cleanup.json" "$out/cleanup.svg"
	} || die "cannot write to $out"
	say "cleanup.tsv, cleanup.json and cleanup.svg are in $out; it took" \
		"$((SECONDS - began)) s"
}
