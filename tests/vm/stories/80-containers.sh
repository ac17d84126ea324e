#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Namespaces as systemd makes them: a service with PrivateNetwork=, which has
# no number in home and is counted as not heard, and a container with a veth,
# which is heard, has a name and whose death is verified.

# Functions are handed to until_true.
# shellcheck disable=SC2317
# shellcheck source=tests/vm/guest/service.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/service.sh"

needs veth

# shows FILTER: a namespace of which this is true is listed.
shows() {
	eventually 120 ".namespaces | any($1)" namespaces
}

command -v systemd-nspawn >/dev/null || skip "systemd-nspawn is not installed"
service_fresh

# ---- a service with a network of its own ------------------------------------

systemd-run --quiet --unit=nsw-private -p PrivateNetwork=yes sleep infinity ||
	give_up "no transient service"
shows '(.heard | not) and ([.names[]?.label, .label] |
	any(. != null and test("nsw-private")))'
is 0 ask status
holds '.coverage.holders_heard < .coverage.holders'
systemctl stop nsw-private.service

# ---- a container ------------------------------------------------------------

tree=$work/tree
mkdir -p "$tree/usr" "$tree/etc" "$tree/var"
ln -s usr/bin usr/sbin usr/lib usr/lib64 "$tree"
echo ID=story >"$tree/etc/os-release"
systemd-run --quiet --unit=nsw-spawn systemd-nspawn --quiet \
	--directory="$tree" --bind-ro=/usr --network-veth --register=no \
	--keep-unit --machine=nswbox --kill-signal=SIGKILL sleep infinity ||
	give_up "no transient service"
shows '.heard and (.home | not) and ([.names[]?.label, .label] |
	any(. != null and test("nsw-spawn|nswbox")))'
systemctl stop nsw-spawn.service
alone
judged 1
nothing_wrong

finish
