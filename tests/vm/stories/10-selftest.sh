#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# On this kernel, as a user would start it: the service gets ready, and the
# selftest verifies every death. built_batched and order agree with the
# kernel's series.

# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

service_fresh
# Active is who has said READY=1, and by then it has something to say.
case $(systemctl show --value -p Type "$unit") in
notify | notify-reload) ;;
*) fault "systemd does not wait for READY=1" ;;
esac
unit_is SubState running || fault "it is no running service"
unit_is StatusText '' && fault "it does not say how it is"
is 0 ask status
holds '.ready and .gaps == 0 and .degraded == [] and .warnings == []'

begin=$SECONDS
is 0 "$NSIDWATCH" --json selftest --survivors 50 --dying 400
took=$((SECONDS - begin))
cp "$work/out" "$VM_OUT/selftest.json"
no_finding
holds '.deaths.verified == 400 and .deaths.total == 400 and .gaps == 0'
# The series 7.0 brought the change.
if series_is_before 7.0; then
	holds '.kernel.built_batched == false'
	holds '.kernel.order | . == "per-peer" or . == "unknown"'
else
	holds '.kernel.built_batched == true'
	holds '.kernel.order == "per-holder"'
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
nothing_more_said

finish
