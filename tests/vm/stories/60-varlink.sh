#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# systemd's own Varlink client gets along with the socket.

# Functions are handed to until_true.
# shellcheck disable=SC2317
# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

needs veth

# It marks each of several replies as a record (RFC 7464).
varlink() {
	varlinkctl --no-pager "$@" | tr -d '\036'
}

service_fresh
is 0 varlink info "$socket"
says out 'io\.nsidwatch'
is 0 varlink introspect "$socket" io.nsidwatch
says out '^method Status'
is 0 varlink --json=short call "$socket" io.nsidwatch.Status '{}'
holds '.ready == true and .deaths.violated == 0'
is 0 varlink --json=short --more call "$socket" io.nsidwatch.Namespaces '{}'
holds '.namespaces[0].home == true'
is 1 varlink --json=short call "$socket" io.nsidwatch.Nothing '{}'
says err 'MethodNotFound|not found'

# A stream, until we end it: what comes while it is open is in it.
varlinkctl --json=short --more --timeout=infinity call "$socket" \
	io.nsidwatch.Events '{ "follow": true }' >"$work/stream" 2>"$work/err" &
stream=$!
until_true 30 test -s "$work/stream" || fault "the stream does not begin"
birth v 2
streamed() {
	tr -d '\036' <"$work/stream" |
		jq -e -s '[.[].events[] | select(.type == "new")] | length >= 2' \
			>/dev/null 2>&1
}
until_true 60 streamed || fault "the stream shows no birth"
kill "$stream"
wait "$stream" 2>/dev/null
death v 2
alone
nothing_wrong

finish
