#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The load that comes with the program, in the machine's own home: every death
# verified, and the order fits the kernel.
#
# Alone: its home is the machine's, where others make namespaces.

STORY_HOME=host
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

is 0 "$NSIDWATCH" selftest --survivors 20 --dying 150 --json
no_finding
holds '.deaths.total >= 150 and .deaths.verified == .deaths.total'
holds '.deaths.open == 0 and .deaths.indeterminate == 0'
holds '.verdict == "verified" and .load.made == 150 and .gaps == 0'
holds '.events.del >= 150 * 21'
holds 'if .kernel.built_batched then .kernel.order != "per-peer"
	else .kernel.order != "per-holder" end'
holds '.kernel.order != "mixed"'

# No kernel before 7.0 has the batched cleanup.
release=$(uname -r)
((${release%%.*} >= 7)) || holds '.kernel.built_batched != true'

# For people, and several rounds.
is 0 "$NSIDWATCH" selftest --survivors 5 --dying 20 --rounds 3
says out '^verified: [0-9]+ of [0-9]+ deaths$'
says out '^findings +none$'

# Two at a time: each sees the other's deaths too, and never finds a fault.
# Doubt is permitted, where it has a reason.
pids=()
for run in 1 2; do
	"$NSIDWATCH" selftest --survivors 20 --dying 100 --json \
		>"$work/run$run" 2>&1 &
	pids+=($!)
done
for run in 1 2; do
	wait "${pids[run - 1]}"
	status=$?
	cp "$work/run$run" "$work/out"
	case $status in
	0) holds '.deaths.verified == .deaths.total' ;;
	4) holds '(.deaths.reasons | length) > 0' ;;
	*) fault "exit $status of one of two" ;;
	esac
	no_finding
done

finish
