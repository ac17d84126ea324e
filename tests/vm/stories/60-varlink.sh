#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# systemd's own Varlink client gets along with the socket: it reads who we are
# and what we offer, asks once, asks for several replies, and follows a stream.

# Functions are handed to until_true.
# shellcheck disable=SC2317
# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

# It marks each of several replies as a record (RFC 7464).
varlink() {
	varlinkctl --no-pager "$@" | tr -d '\036'
}

service_fresh
is 0 varlink info "$socket"
says out 'Product: +nsidwatchd$'
says out 'io\.nsidwatch$'
is 0 varlink list-interfaces "$socket"
says out '^io\.nsidwatch$'

# What it reads of the interface it understands, and it is all that there is.
is 0 varlink introspect "$socket" io.nsidwatch
says out '^interface io\.nsidwatch$'
sed -n 's/^method \([A-Za-z]*\).*/\1/p' "$work/out" | sort >"$work/methods"
is 0 varlink list-methods "$socket"
sed -n 's/^io\.nsidwatch\.//p' "$work/out" | sort | cmp - "$work/methods" ||
	fault "the methods are not those of the interface"
grep -q '^Status$' "$work/methods" || fault "there is no method Status"

is 0 varlink --json=short call "$socket" io.nsidwatch.Status '{}'
holds '.ready == true and .deaths.violated == 0'
is 0 varlink --json=short --more call "$socket" io.nsidwatch.Namespaces '{}'
holds '.namespaces[0].home == true'
is 1 varlink --json=short call "$socket" io.nsidwatch.Nothing '{}'
says err 'MethodNotFound|not found'
is 1 varlink --json=short call "$socket" io.nsidwatch.Findings '{ "id": 7 }'
says err 'InvalidParameter|Invalid argument'

# A stream, until we end it: what comes while it is open is in it.
varlinkctl --json=short --more --timeout=infinity call "$socket" \
	io.nsidwatch.Events '{ "follow": true }' >"$work/stream" 2>"$work/err" &
stream=$!
until_true 30 test -s "$work/stream" || fault "the stream does not begin"
birth v 2
# streamed TYPE: two events of that type have come.
streamed() {
	tr -d '\036' <"$work/stream" | jq -e -s --arg type "$1" \
		'[.[].events[] | select(.type == $type)] | length >= 2' \
			>/dev/null 2>&1
}
until_true 60 streamed new || fault "the stream shows no birth"
death v 2
until_true 60 streamed del || fault "the stream shows no death"
kill "$stream"
wait "$stream" 2>/dev/null
alone
nothing_wrong
service_stop
nothing_more_said

finish
