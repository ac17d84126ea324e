#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The reader stands still for 12 s in the middle of a load, daemon and check
# alike: no finding and no wrong verdict comes of it. And whoever asks a daemon
# that stands still is told so.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

start_daemon 'Adopt=named'
cat >"$work/load" <<'END'
set -e
round() {
	for i in $(seq 20); do
		ip netns add $1-$2$i
		# The readers give numbers as well, and may be faster.
		ip netns set $1-$2$i auto 2>/dev/null || :
		ip -n $1-$2$i netns set $1-keep auto
		ip -n $1-keep netns set $1-$2$i auto
	done
}
end() {
	for i in $(seq 20); do ip netns del $1-$2$i; done
}
ip netns add $1-keep
ip netns set $1-keep auto 2>/dev/null || :
round $1 a
sleep 3
end $1 a
round $1 b
# The readers: check is our parent. They stop in the middle of it all.
kill -STOP $PPID $2
end $1 b
round $1 c
end $1 c
# How long they stand still is what this is about.
sleep 12
round $1 d
kill -CONT $PPID $2
end $1 d
END
"$NSIDWATCH" check --json -- sh "$work/load" "$prefix" "$daemon" \
	>"$work/out" 2>"$work/err"
status=$?
((status == 0 || status == 4)) || {
	fault "exit $status of check"
	cat "$work/err"
}
no_finding
holds '.deaths.total >= 80 and .gaps == 0'
holds '.command.exit == 0'

ip netns del "$prefix-keep"
eventually 120 '.coverage.holders_heard == 1' status
is 0 ask status
no_finding
holds '.gaps == 0 and .deaths.total >= 81'
is 0 ask audit
holds '.mismatches == 0'

# ---- nobody answers -------------------------------------------------------------

kill -STOP "$daemon"
# unanswered VERB...: how it ended, in a file of its own.
n=0
unanswered() {
	local at=$work/unanswered.$((++n))

	{
		"$NSIDWATCH" --socket "$socket" "$@" >/dev/null 2>"$at.err"
		echo "$? $*" >"$at"
	} &
	asking+=("$!")
}
asking=()
unanswered status
unanswered audit
unanswered nsids
unanswered baseline "$work/baseline.json"
unanswered events --follow
unanswered wait --gone nobody
unanswered wait --gone nobody --timeout 1
wait "${asking[@]}"
kill -CONT "$daemon"
for at in "$work"/unanswered.?; do
	[[ $(cat "$at") == '75 '* ]] || fault "it ended with $(cat "$at")"
	grep -q 'does not answer' "$at.err" ||
		fault "it does not say why: $(cat "$at.err")"
done
stop_daemon

finish
