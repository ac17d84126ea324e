#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `./dev chain`: the stories from the daemon to whoever is called, with Debian's
# own Prometheus, Alertmanager and node_exporter. Their packages are downloaded
# and unpacked in the cache, never installed: no service of theirs is started.
#
# chain.sh [--update] BUILD: BUILD is the build folder.

set -u -o pipefail

cache=${NSIDWATCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nsidwatch}/chain
packages=(prometheus prometheus-alertmanager prometheus-node-exporter)
source=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)

die() {
	printf 'chain: %s\n' "$*" >&2
	exit 1
}

update=
if [ "${1:-}" = --update ]; then
	update=yes
	shift
fi
(($# == 1)) || die "see ./dev help"
build=$(cd "$1" && pwd) || exit 1

# fetch: the packages, once; from then on the network is not needed.
fetch() {
	local new=$cache.new package

	[ -z "$update" ] && [ -e "$cache/complete" ] && return
	rm -rf "$new"
	mkdir -p "$new/packages" "$new/root" || die "cannot make $new"
	(cd "$new/packages" &&
		{ apt-get -q -q download "${packages[@]}" ||
			{ apt-get -q -q update &&
				apt-get -q -q download "${packages[@]}"; }; }) \
		>&2 2>/dev/null </dev/null ||
		die "cannot download ${packages[*]}"
	for package in "$new/packages"/*.deb; do
		dpkg-deb -x "$package" "$new/root" ||
			die "cannot unpack $package"
	done
	touch "$new/complete"
	rm -rf "$cache"
	mv "$new" "$cache" || die "cannot make $cache"
}

mkdir -p "${cache%/*}" || die "cannot make ${cache%/*}"
exec {lock}>"${cache%/*}/chain.lock" || die "cannot write to ${cache%/*}"
flock "$lock"
fetch
exec {lock}>&-

export PATH=$cache/root/usr/bin:$PATH
export NSIDWATCH=$build/client/nsidwatch NSIDWATCHD=$build/daemon/nsidwatchd
export NSIDWATCH_RECORDERS=$build/tests/recorded srcdir=$source
passed=0 failed=0 skipped=0
for story in "$source"/tests/chain/[0-9]*.sh; do
	name=${story##*/}
	begin=$SECONDS
	timeout --kill-after=10 300 bash "$story"
	case $? in
	0)
		passed=$((passed + 1))
		echo "passed $name, $((SECONDS - begin)) s"
		;;
	77)
		skipped=$((skipped + 1))
		echo "skipped $name"
		;;
	*)
		failed=$((failed + 1))
		echo "FAILED $name, $((SECONDS - begin)) s"
		;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && skipped == 0))
