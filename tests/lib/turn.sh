#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# turn.sh SECONDS TEST [ARGUMENT...]: runs a test of `make check`, and kills it
# after so long. Two scripts run side by side at most, however many jobs make
# has; and one that says "# Alone:" with its reason, because it measures or
# because others would be part of what it sees, runs while nothing else does.
# How long it took is the last line of its log.

seconds=$1
shift
run=("$@")
turn=--shared
place=
case $1 in
*.sh)
	run=("$BASH" "$@")
	grep -q '^# Alone: ' "$1" && turn=--exclusive
	place=1
	;;
esac

exec 8<>tests/turn.lock || exit 99
flock "$turn" 8 || exit 99
if [ -n "$place" ]; then
	exec 9<>tests/turn.1.lock || exit 99
	flock --nonblock 9 || {
		exec 9<>tests/turn.2.lock || exit 99
		flock 9 || exit 99
	}
fi
begin=$SECONDS
# Nothing that a test leaves running may keep its turn.
timeout --kill-after=10 "$seconds" "${run[@]}" 8<&- 9<&-
status=$?
echo "took $((SECONDS - begin)) s"
exit "$status"
