#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# On this kernel, as a user would start it: the service gets ready, and the
# selftest verifies every death. built_batched and order agree with the
# kernel's series.

# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

# batched: the series 7.0 brought the change; on what side this kernel is.
batched() {
	[ "$(printf '%s\n' 7.0 "$(uname -r)" | sort -V | head -n 1)" = 7.0 ]
}

service_fresh
unit_is StatusText '' && fault "it does not say how it is"
is 0 ask status
holds '.ready and .gaps == 0 and .degraded == [] and .warnings == []'

begin=$SECONDS
is 0 "$NSIDWATCH" --json selftest --survivors 50 --dying 400
took=$((SECONDS - begin))
cp "$work/out" "$VM_OUT/selftest.json"
no_finding
holds '.deaths.verified == 400 and .deaths.total == 400 and .gaps == 0'
if batched; then
	holds '.kernel.built_batched == true'
	holds '.kernel.order == "per-holder"'
else
	holds '.kernel.built_batched == false'
	holds '.kernel.order | . == "per-peer" or . == "unknown"'
fi
printf '@ row '
jq -c --argjson took "$took" '{ release: .kernel.release,
	built_batched: .kernel.built_batched, order: .kernel.order,
	deaths: .deaths.total, verified: .deaths.verified,
	violated: .deaths.violated, indeterminate: .deaths.indeterminate,
	gaps: .gaps, selftest_seconds: $took }' "$work/out"

# The daemon saw the same, and has found nothing wrong.
is 0 ask status
no_finding
holds '.gaps == 0 and .deaths.total >= 400'
is 0 ask audit

finish
