#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check around loads of our own: named namespaces joined by veth pairs, deaths
# that come too fast to be asked about, no death at all, and commands that fail.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

# ---- joined to one another and to home ------------------------------------

cat >"$work/load" <<'END'
set -e
for n in one two three; do ip netns add $1-$n; done
ip link add ab type veth peer name ba
ip link set ab netns $1-one; ip link set ba netns $1-two
ip link add bc type veth peer name cb
ip link set bc netns $1-two; ip link set cb netns $1-three
ip link add ah type veth peer name ha
ip link set ah netns $1-one
for n in one two three; do ip -n $1-$n link show >/dev/null; done
ip link show >/dev/null
# As long as it takes to be known by name.
sleep 6
for n in one two three; do ip netns del $1-$n; done
END
is 0 "$NSIDWATCH" check --json -- sh "$work/load" "$prefix"
no_finding
holds '.deaths.total == 3 and .deaths.verified == 3'
holds '.verdict == "verified" and .command.exit == 0'
for name in one two three; do
	holds "any(.died[]; .peer.name == \"/run/netns/$prefix-$name\" and
		.verdict == \"verified\")"
done
[ -z "$(ip netns list)" ] || fault "the load left something behind"

is 0 "$NSIDWATCH" check -- sh "$work/load" "$prefix"
says out '^verified: 3 of 3 deaths$'
says out "$prefix-one"

# ---- within a millisecond of their last NEW -------------------------------

for i in $(seq 100); do
	printf 'netns add %s\nnetns set %s auto\nnetns del %s\n' \
		"$prefix-q$i" "$prefix-q$i" "$prefix-q$i"
done >"$work/quick"
# The check may have been faster with the number of one or the other.
"$NSIDWATCH" check --json -- sh -c "ip -force -batch $work/quick || true" \
	>"$work/out" 2>"$work/err"
status=$?
no_finding
holds '.deaths.total >= 100'
case $status in
0) holds '.deaths.verified == .deaths.total' ;;
4) holds '(.deaths.reasons | keys) - ["no-barrier", "unattributed"] == []' ;;
*) fault "exit $status of quick deaths" ;;
esac

# ---- nothing died ----------------------------------------------------------

is 4 "$NSIDWATCH" check -- true
says out 'no-deaths'
is 4 "$NSIDWATCH" check --json -- true
holds '.verdict == "indeterminate" and .deaths.reasons["no-deaths"] == 1'
is 0 "$NSIDWATCH" check --allow-none --json -- true
holds '.verdict == "verified" and .deaths.total == 0'

# ---- a command that fails, and one that is not there ------------------------

is 1 "$NSIDWATCH" check --allow-none -- false
is 4 "$NSIDWATCH" check -- false
is 1 "$NSIDWATCH" check --json -- sh -c "sh $work/load $prefix; exit 5"
holds '.deaths.verified == 3 and .command.exit == 5'
is 1 "$NSIDWATCH" check --allow-none --json -- sh -c 'kill -KILL $$'
holds '.command.signal == 9'
is 1 "$NSIDWATCH" check -- "$work/nowhere"
says err 'nowhere'

# ---- what belongs to the command --------------------------------------------

echo through >"$work/in"
is 0 "$NSIDWATCH" check --allow-none -- cat <"$work/in"
[ "$(head -n 1 "$work/out")" = through ] ||
	fault "standard input and output do not pass through"
says out '^verified: no death'

# SIGTERM goes to the command; then the judging takes place all the same.
cat >"$work/patient" <<'END'
ip netns add $1-late; ip netns set $1-late auto
trap 'ip netns del $1-late; exit 0' TERM
echo started
sleep 60 & wait
END
"$NSIDWATCH" check -- sh "$work/patient" "$prefix" >"$work/out" 2>"$work/err" &
check=$!
until_true 60 grep -q started "$work/out" || fault "COMMAND was not started"
kill -TERM "$check"
wait "$check"
status=$?
((status == 0 || status == 4)) || fault "exit $status after SIGTERM"
says out ' of 1 deaths'

# ---- what adoption is for ----------------------------------------------------

cat >"$work/apart" <<'END'
set -e
ip netns add $1-x; ip netns add $1-y
# Made in x, so that home never has a part in it.
ip -n $1-x link add xy type veth peer name yx netns $1-y
ip -n $1-x link show >/dev/null; ip -n $1-y link show >/dev/null
sleep 6
END
is 0 "$NSIDWATCH" check --allow-none --no-adopt --json -- \
	sh "$work/apart" "$prefix"
holds '.coverage.holders == 3 and .coverage.holders_heard == 1'
ip netns del "$prefix-x"
ip netns del "$prefix-y"
is 0 "$NSIDWATCH" check --allow-none --json -- sh "$work/apart" "$prefix"
holds '.coverage.holders == 3 and .coverage.holders_heard == 3'

finish
