#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is recorded here is judged again by nobody, elsewhere, and comes to the
# same; cut, damaged or killed it comes to less, and says so.

# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

[[ $("$NSIDWATCH" replay /dev/null 2>&1) != *libpcap* ]] ||
	skip "built without libpcap"
command -v setpriv >/dev/null || skip "setpriv is not installed"
# The tools that others read recordings with have to be there.
command -v tshark >/dev/null || skip "tshark is not installed"

# Whoever has no right at all.
chmod 755 "$work"
# shellcheck disable=SC2317 # is() calls it
nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
		"$NSIDWATCH" "$@"
}

# same_again STATUS FILE...: what is() caught is what a replay prints.
same_again() {
	local wanted=$1

	shift
	cp "$work/out" "$work/then"
	is "$wanted" nobody replay --json "$@"
	cmp "$work/then" "$work/out" || fault "a replay of $* differs"
}

# ---- the same verdicts -------------------------------------------------------

is 0 "$NSIDWATCH" selftest --survivors 10 --dying 60 --json \
	--record "$work/load.pcap"
holds '.deaths.verified == 60'
chmod 644 "$work/load.pcap"
same_again 0 "$work/load.pcap"
is 0 nobody replay "$work/load.pcap"
says out '^verified: 60 of 60 deaths$'

namespace a b
join a b
join a ""
join b ""
# A death this early may well be unattributed.
"$NSIDWATCH" check --json --record "$work/check.pcap" -- \
	sh -c "ip netns del $prefix-a; exit 3" >"$work/out" 2>"$work/err"
status=$?
((status == 1 || status == 4)) || fault "check ended with $status"
holds '.command.exit == 3 and .deaths.total >= 1 and (.died | length) >= 1'
chmod 644 "$work/check.pcap"
same_again $((status == 1 ? 0 : status)) "$work/check.pcap"

# ---- until interrupted -------------------------------------------------------

"$NSIDWATCH" record --json "$work/live.pcap" >"$work/recorded" \
	2>"$work/recorded.err" &
recorder=$!
until_true 30 test -s "$work/live.pcap" || give_up "nothing is recorded"
# It has to be listening, not only writing: an event shows in the file.
events_recorded() {
	tshark -r "$work/live.pcap" -V -Y netlink-route >"$work/shown" \
		2>/dev/null
	grep -q 'network namespace ID (89)' "$work/shown"
}
serial=0
until events_recorded; do
	((++serial < 100)) || give_up "no event gets into a recording"
	namespace "c$serial"
	join "c$serial" ""
	ip netns del "$prefix-c$serial"
	sleep 0.2
done
kill -INT "$recorder"
wait "$recorder" || fault "record ended with $?"
cp "$work/recorded" "$work/out"
holds '.events.del >= 1 and .bytes > 1000 and .frames > 10'
"$NSIDWATCH" replay --json "$work/live.pcap" >"$work/out" 2>"$work/err"
status=$?
((status == 0 || status == 4)) || fault "replay ended with $status"
holds '.deaths.total >= 1 and .notes == []'
no_finding

# ---- other tools -------------------------------------------------------------

tshark -r "$work/load.pcap" -V >"$work/shown" 2>/dev/null ||
	fault "tshark does not read a recording"
for line in 'Message type: New network namespace ID (88)' \
	'Message type: Delete network namespace ID (89)' \
	'Message type: Get network namespace ID (90)' \
	'Link-layer address type: Netlink (824)'; do
	grep -q -F "$line" "$work/shown" || fault "tshark shows no '$line'"
done
# 60 of home, 60 of each survivor.
(($(grep -c 'Delete network namespace ID' "$work/shown") >= 60 * 11)) ||
	fault "tshark does not show every event"
grep -q 'Malformed' "$work/shown" && fault "tshark calls a frame malformed"

# ---- cut ---------------------------------------------------------------------

size=$(stat -c %s "$work/load.pcap")
for at in 0 1 10 23; do
	head -c "$at" "$work/load.pcap" >"$work/cut.pcap"
	is 1 nobody replay "$work/cut.pcap"
	says err 'shorter than the header'
done
head -c 60 "$work/load.pcap" >"$work/cut.pcap"
is 1 nobody replay "$work/cut.pcap"
says err 'cut before its first record'
for at in 400 401 $((size / 4)) $((size / 3 + 1)) $((size / 2)); do
	head -c "$at" "$work/load.pcap" >"$work/cut.pcap"
	is 4 nobody replay --json "$work/cut.pcap"
	holds '.notes | any(startswith("cut.pcap: cut behind frame "))'
done
# Behind the judging nothing is lost.
head -c $((size - 3)) "$work/load.pcap" >"$work/cut.pcap"
is 0 nobody replay "$work/cut.pcap"
says out 'cut behind frame'

# ---- damaged -----------------------------------------------------------------

# Positions from a generator with a fixed seed; the value changes for sure.
RANDOM=7
for ((i = 0; i < 300; i++)); do
	at=$(((RANDOM * 32768 + RANDOM) % size))
	byte=$(od -An -tu1 -j "$at" -N 1 "$work/load.pcap")
	cp "$work/load.pcap" "$work/flip.pcap"
	printf '%b' "\\x$(printf '%02x' $((byte ^ (1 << RANDOM % 8))))" |
		dd of="$work/flip.pcap" bs=1 seek="$at" conv=notrunc \
			status=none
	"$NSIDWATCH" replay --json "$work/flip.pcap" >"$work/out" \
		2>"$work/err"
	status=$?
	case $status in
	0 | 1 | 4) ;;
	*) fault "a flip of byte $at ends with $status" ;;
	esac
	# The header of the file has bytes that mean nothing.
	if ((at >= 24 && status != 1)); then
		holds '.notes | any(test("damaged|cut"))' ||
			fault "a flip of byte $at goes unnoticed"
	fi
done

is 1 nobody replay "$srcdir/README.md"
says err 'not a recording'
is 1 nobody replay "$work/nothing"
is 1 nobody replay "$work/load.pcap" "$work/check.pcap"
says err 'of another recording'

# ---- killed ------------------------------------------------------------------

"$NSIDWATCH" selftest --survivors 5 --dying 400 --rounds 50 \
	--record "$work/killed.pcap" >/dev/null 2>&1 &
killed=$!
# shellcheck disable=SC2317 # until_true calls it
grown() {
	(($(stat -c %s "$work/killed.pcap" 2>/dev/null || echo 0) > 500000))
}
until_true 60 grown || fault "the recording does not grow"
kill -KILL "$killed"
wait "$killed" 2>/dev/null
is 4 "$NSIDWATCH" replay --json "$work/killed.pcap"
holds '.events.new > 100 and (.notes | any(test("cut behind frame")))'
no_finding

# ---- no room -----------------------------------------------------------------

mkdir "$work/small"
mount -t tmpfs -o size=64k tmpfs "$work/small" || skip "no tmpfs"
is 0 "$NSIDWATCH" selftest --survivors 10 --dying 60 \
	--record "$work/small/r.pcap"
says err 'the recording has ended early: No space left'
(($(wc -l <"$work/err") == 1)) || fault "that is said more than once"
is 4 "$NSIDWATCH" replay "$work/small/r.pcap"
rm "$work/small/r.pcap"
head -c 60000 /dev/zero >"$work/small/filler"
"$NSIDWATCH" record "$work/small/r.pcap" >"$work/out" 2>"$work/err" &
recorder=$!
for ((i = 0; i < 200; i++)); do
	kill -0 "$recorder" 2>/dev/null || break
	namespace "d$i"
	join "d$i" ""
	ip netns del "$prefix-d$i"
done
wait "$recorder"
status=$?
((status == 1)) || fault "record on a full disk ended with $status"
says err 'No space left'
umount "$work/small"
is 1 "$NSIDWATCH" record "$work/no/such/folder"

# ---- the daemon's ring -------------------------------------------------------

start_daemon "Record=$work/ring
RecordSize=1M
RecordFiles=3"
true_of ".recording.file == \"$work/ring.1\" and .recording.error == null" \
	status || fault "the status shows no recording"
is 0 "$NSIDWATCH" --socket "$socket" status
says out '^recording '
namespace e f
join e f
join e ""
join f ""
ip netns del "$prefix-e"
eventually 30 '.deaths.total >= 1' status
sed -i 's/^RecordFiles=.*/RecordFiles=4/' "$work/nsidwatch.conf"
kill -HUP "$daemon"
until_true 10 grep -q 'RecordFiles= takes effect at a restart' \
	"$work/daemon.log" || fault "a reload does not say what it leaves"
ask status >"$work/then"
stop_daemon TERM
is 4 "$NSIDWATCH" replay --json "$work/ring"
[ "$(jq -c '.events' "$work/out")" = "$(jq -c '.events' "$work/then")" ] ||
	fault "the replay of a daemon's recording heard other events"
holds '.notes == []'

# A start begins a new file; a long one loses the first files.
start_daemon "Record=$work/ring
RecordSize=1M
RecordFiles=2"
[ -e "$work/ring.2" ] || fault "a start did not begin a file of its own"
# How many frames a load makes depends on how often the daemon wakes up.
for ((i = 0; i < 8; i++)); do
	[ ! -e "$work/ring.4" ] || break
	"$NSIDWATCH" selftest --survivors 20 --dying 300 >/dev/null
done
[ -e "$work/ring.4" ] || fault "the ring does not turn"
[ ! -e "$work/ring.1" ] || fault "the ring does not lose its oldest file"
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null
daemon=
"$NSIDWATCH" replay --json "$work/ring" >"$work/out" 2>"$work/err"
status=$?
((status == 0 || status == 4)) || fault "the rest of a ring ends with $status"
no_finding
holds '.notes | any(test("the beginning of the recording is not here"))'
holds '.events.del > 100'

# Where nothing can be written the watch goes on, and says so.
start_daemon "Record=/proc/no/such/folder"
true_of '.recording.error | test("No such file")' status ||
	fault "the status does not say why nothing is recorded"
grep -q 'nothing is recorded in /proc/no/such/folder' "$work/daemon.log" ||
	fault "the log does not say why nothing is recorded"
stop_daemon TERM

finish
