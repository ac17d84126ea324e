#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is here that was not there before, and files that are no baselines.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

base=$work/before.json

client() {
	"$NSIDWATCH" --socket "$socket" "$@"
}

named() {
	printf '.name == "/run/netns/%s"' "$prefix-$1"
}

start_daemon 'Adopt=named'
namespace a b
join a b
eventually 30 '.coverage.holders_heard == 3 and .coverage.entries == 4 and
	.coverage.entries_resolved == 4' status

is 0 client --json baseline "$base"
holds '.namespaces == 3 and .entries == 4'
is 0 client baseline "$base"
says out '^3 namespaces, 4 entries$'
is 0 client diff "$base"
says out '^nothing is new$'
is 0 client --json diff "$base"
holds '.namespaces == [] and .entries == [] and (.since | length) > 0'

# A namespace, and an entry in an old one.
namespace c
join b c
eventually 30 '.coverage.holders_heard == 4 and .coverage.entries == 7 and
	.coverage.entries_resolved == 7' status
is 3 client --json diff "$base"
holds "(.namespaces | length == 1) and (.namespaces[0] | $(named c))"
holds ".entries | length == 3 and
	any(.[]; (.holder | $(named b)) and (.peer | $(named c))) and
	any(.[]; (.holder | $(named c)) and (.peer | $(named b))) and
	any(.[]; .holder.home and (.peer | $(named c)))"
is 3 client diff "$base"
says out '^1 new namespaces$'
says out '^3 new entries$'
says out "$prefix-c"

# as_then: nothing is new. Who is gone from home may still be in b's table.
as_then() {
	client diff "$base" >/dev/null
}

# It goes, and another one takes its number: old is what was there before.
ip netns del "$prefix-c"
is 0 client wait --gone "$prefix-c" --timeout 60
until_true 10 as_then || is 0 client diff "$base"
ip netns del "$prefix-a"
is 0 client wait --gone "$prefix-a" --timeout 60
until_true 10 as_then || is 0 client diff "$base"
namespace a
eventually 30 "any(.namespaces[]; ($(named a)) and .heard)" namespaces
is 3 client --json diff "$base"
holds "(.namespaces | length == 1) and (.namespaces[0] | $(named a))"

# A process alone.
unshare --net sleep 1000 &
holder=$!
until_true 10 grep -q sleep "/proc/$holder/comm"
is 3 client --json diff "$base"
holds 'any(.namespaces[]; .heard == false)'
kill "$holder"
wait "$holder" 2>/dev/null

# ---- a daemon that counts anew ---------------------------------------------------

namespace d
join a d
eventually 30 "any(.namespaces[]; ($(named d)) and .heard)" namespaces
is 0 client baseline "$base"
counted=$(answer .counted_since status)
stop_daemon
start_daemon 'Adopt=named'
[ "$(answer .counted_since status)" = "$counted" ] &&
	fault "another daemon counts since the same moment"
is 0 client diff "$base"
says out '^nothing is new$'
namespace c
join a c
is 3 client --json diff "$base"
holds "(.namespaces | length == 1) and (.namespaces[0] | $(named c))"
holds "all(.entries[]; (.peer | $(named c)) or (.holder | $(named c)))"
jq '(.namespaces[] | select(.nsid == 0)) |= (.id = null | .ino = null)' \
	"$base" >"$work/bad.json"
is 1 client diff "$work/bad.json"
says err 'has begun to count anew since, and for 1 namespaces neither'
jq '(.namespaces[] | select(.home)).id = 1' "$base" >"$work/bad.json"
is 1 client diff "$work/bad.json"
says err 'is of another home'
is 0 client baseline "$base"

# ---- files that are none ------------------------------------------------------

# refused PATTERN: the file is not taken, and it is said why.
refused() {
	is 1 client diff "$work/bad.json"
	says err "bad.json.* $1"
	[ -s "$work/out" ] && fault "something was printed for a bad file"
}

is 1 client diff "$work/nothing.json"
says err 'cannot be read: No such file'
is 1 client diff "$work"
says err 'no regular file'
: >"$work/bad.json"
refused 'is damaged, or no baseline: line'
head -c 300 "$base" >"$work/bad.json"
refused 'is damaged, or no baseline: line [0-9]+'
head -c 1000 /dev/urandom >"$work/bad.json"
refused 'is damaged, or no baseline'
echo '{ "a": 1 }' >"$work/bad.json"
refused 'is no baseline: make one'
echo '[]' >"$work/bad.json"
refused 'is no baseline'
jq '.format = 2' "$base" >"$work/bad.json"
refused 'has format 2, and this version knows 1 only'
jq 'del(.entries)' "$base" >"$work/bad.json"
refused 'is damaged: namespaces, entries or boot'
jq '.namespaces[0] = 5' "$base" >"$work/bad.json"
refused 'is damaged'
jq '.boot = "another"' "$base" >"$work/bad.json"
refused 'was made before this machine was started'
jq '.namespaces[1].nsid = "x" | .entries[0].holder = [] | .entries[1].nsid = {} |
	.entries[2].peer = "y"' "$base" >"$work/bad.json"
is 3 client --json diff "$work/bad.json"

is 1 client baseline "$work/no/such/folder"
says err 'cannot be written: No such file'

# ---- what stands there ---------------------------------------------------------

# What is no file stays what it is.
mknod "$work/null" c 1 3
is 0 client baseline "$work/null"
[ -c "$work/null" ] || fault "the device was replaced"
mkfifo "$work/fifo"
cat "$work/fifo" >"$work/read.json" &
is 0 client baseline "$work/fifo"
wait $!
[ -p "$work/fifo" ] || fault "the FIFO was replaced"
jq -e '.nsidwatch == "baseline"' "$work/read.json" >/dev/null ||
	fault "no baseline came out of the FIFO"
ln -s read.json "$work/link.json"
echo before >"$work/read.json"
is 0 client baseline "$work/link.json"
[ -L "$work/link.json" ] || fault "the link was replaced"
jq -e '.nsidwatch == "baseline"' "$work/read.json" >/dev/null ||
	fault "what the link leads to was not replaced"
ln -s nothing "$work/astray.json"
is 1 client baseline "$work/astray.json"
says err 'astray.json: cannot be written: No such file'
is 1 client baseline "$work"
says err 'cannot be written: Is a directory'
chmod 600 "$base"
is 2 client baseline
is 2 client diff "$base" "$base"
stop_daemon
is 69 client diff "$base"
is 69 client baseline "$work/other.json"
[ -e "$work/other.json" ] && fault "a file was made of nothing"

finish
