#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A container by systemd-nspawn: it is seen, named and heard, and its death is
# verified. It has a veth to home, and so a number there; where this kernel comes
# without that module its network is private, and the daemon gives it the number.

# Functions are handed to until_true.
# shellcheck disable=SC2317
# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

command -v systemd-nspawn >/dev/null || skip "systemd-nspawn is not installed"

network=--network-veth
if ! modprobe -q veth; then
	network=--private-network
	settings=(Adopt=all HousekeepingTime=10s)
fi
say "the container has $network"
service_fresh
tree=$work/tree
mkdir -p "$tree/usr" "$tree/etc" "$tree/var"
ln -s usr/bin usr/sbin usr/lib usr/lib64 "$tree"
echo ID=story >"$tree/etc/os-release"
systemd-run --quiet --unit=nsw-spawn systemd-nspawn --quiet \
	--directory="$tree" --bind-ro=/usr "$network" --register=no \
	--keep-unit --machine=nswbox --kill-signal=SIGKILL sleep infinity ||
	give_up "no transient service"
eventually 120 '.namespaces | any(.heard and (.home | not) and
	([.names[]?.label, .label] |
		any(. != null and test("nsw-spawn|nswbox"))))' namespaces
is 0 ask status
holds '.coverage.holders == 2 and .coverage.holders_heard == 2'
systemctl stop nsw-spawn.service
alone
judged 1
is 0 ask deaths
holds '.deaths | any(.verdict == "verified" and
	(.peer.label | . != null and test("nsw-spawn|nswbox")))'
nothing_wrong
service_stop
nothing_more_said

finish
