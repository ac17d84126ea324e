# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Its names are those of vm.sh, which reads all of these files.
# shellcheck disable=SC2034,SC2154
#
# What is downloaded, and what is made of it, lives in a cache folder outside
# the tree. A *set* is a list of Debian packages with their checksums
# ($cache/sets/NAME, one "CHECKSUM FILE" a line): as long as the list is there,
# neither the network nor an archive that moves on can change what a run uses.
#
# The packages come through a private apt configuration, derived from the
# machine's: its mirror, its keyring and its proxy, other suites, and nothing
# of it is installed on the machine.

cache=${NSIDWATCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nsidwatch}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
suites=(bookworm trixie trixie-backports sid)
# Whether the lists of packages were read in this run.
cache_fresh=no

# cache_open: make the folder, and keep other runs out until this one ends
# preparing (cache_close).
cache_open() {
	mkdir -p "$cache"/{apt/lists/partial,packages,sets,made} ||
		die "cannot make $cache"
	cache=$(cd "$cache" && pwd)
	exec {cache_lock}>"$cache/lock" || die "cannot write to $cache"
	flock -n "$cache_lock" || {
		say "waiting for another run to prepare its downloads"
		flock "$cache_lock" || die "cannot lock $cache/lock"
	}
}

cache_close() {
	exec {cache_lock}>&-
}

# mirror: where this machine gets Debian from.
mirror() {
	# shellcheck disable=SC2016 # apt's, not ours
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		'Origin: Debian' 'Label: Debian' | sort -u | head -n 1
}

# private_apt COMMAND...: apt with the cache's configuration.
private_apt() {
	APT_CONFIG=$cache/apt/apt.conf "$@"
}

# read_archive: the private configuration and its lists of packages, once a
# run.
read_archive() {
	local address suite

	[ "$cache_fresh" = no ] || return 0
	address=$(mirror)
	[ -n "$address" ] || die "apt knows of no Debian mirror on this machine:
run apt-get update first"
	[ -r "$keyring" ] || die "$keyring is missing: install
debian-archive-keyring"
	for suite in "${suites[@]}"; do
		printf 'deb [arch=amd64 signed-by=%s] %s %s main\n' \
			"$keyring" "$address" "$suite"
	done >"$cache/apt/sources.list"
	: >"$cache/apt/status"
	cat >"$cache/apt/apt.conf" <<-END
		Dir::Etc::sourcelist "$cache/apt/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::State "$cache/apt";
		Dir::State::status "$cache/apt/status";
		Dir::Cache "$cache/apt";
		Acquire::Languages "none";
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; };
		APT::Sandbox::User "root";
	END
	say "reading the archive's lists"
	private_apt apt-get -q -q update >&2 ||
		die "apt-get update failed for ${suites[*]}"
	cache_fresh=yes
}

# set_known NAME: its packages were chosen by an earlier run.
set_known() {
	[ "$update" = no ] && [ -s "$cache/sets/$1" ]
}

# with_needs PACKAGE...: Debian 13's, and all that they need, as NAME=VERSION.
# What is installed on the machine does not count.
with_needs() {
	private_apt apt-get -q -q -y -t trixie --no-install-recommends \
		--print-uris install "$@" | cut -d ' ' -f 2 |
		sed -e 's/^\([^_]*\)_\([^_]*\)_.*/\1=\2/' -e 's/%3a/:/g'
}

# set_choose NAME PACKAGE...: these, as `apt-get download` would take them
# ('ADDRESS' FILE SIZE SHA256:CHECKSUM).
set_choose() {
	local name=$1 list

	shift
	list=$(private_apt apt-get -q -q --print-uris download "$@") ||
		die "the archive lacks one of: $*"
	sed -n -E "s/^'[^']+' ([^ ]+) [0-9]+ SHA256:([0-9a-f]+)\$/\2 \1/p" \
		<<<"$list" | sort -k 2 >"$cache/sets/$name.new"
	(($(wc -l <"$cache/sets/$name.new") == $#)) ||
		die "not each of these has a checksum: $*"
	mv "$cache/sets/$name.new" "$cache/sets/$name"
}

# set_download NAME: what of it is not there yet, or is damaged. apt checks
# what it loads; the list checks what lay here.
set_download() {
	local sum file name version missing=()

	while read -r sum file; do
		sha256sum --status -c - 2>/dev/null \
			<<<"$sum  $cache/packages/$file" && continue
		rm -f "$cache/packages/$file"
		IFS=_ read -r name version _ <<<"$file"
		missing+=("$name=${version//%3a/:}")
	done <"$cache/sets/$1"
	((${#missing[@]} == 0)) && return
	read_archive
	say "downloading ${#missing[@]} packages for $1"
	(cd "$cache/packages" &&
		private_apt apt-get -q -q download "${missing[@]}" >&2) ||
		die "cannot download for $1; if the archive has moved on, \
./dev vm --update chooses anew"
	(cd "$cache/packages" && sha256sum --quiet -c \
		<(sed 's/ /  /' "$cache/sets/$1") >&2) ||
		die "the archive's packages are not those of $cache/sets/$1"
}

# set_unpack NAME: sets $unpacked, the folder with its files; made anew when the
# list changes.
set_unpack() {
	local name=$1 folder sum file key

	key=$(sha256sum <"$cache/sets/$name")
	folder=$cache/made/$name-${key:0:16}
	if [ ! -e "$folder" ]; then
		set_download "$name"
		say "unpacking $name"
		rm -rf "$folder.new" "$cache/made/$name"-????????????????
		mkdir "$folder.new" || die "cannot make $folder.new"
		while read -r sum file; do
			dpkg-deb -x "$cache/packages/$file" "$folder.new" ||
				die "cannot unpack $file"
		done <"$cache/sets/$name"
		mv "$folder.new" "$folder" || die "cannot make $folder"
	fi
	unpacked=$folder
}

# cache_prune: packages that no set names any more.
cache_prune() {
	local file

	for file in "$cache"/packages/*.deb; do
		grep -q -s -F " ${file##*/}" "$cache"/sets/* || rm -f "$file"
	done
}
