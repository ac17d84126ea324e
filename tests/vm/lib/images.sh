# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Its names are those of vm.sh, which reads all of these files.
# shellcheck disable=SC2034,SC2154
#
# What a machine is made of: the emulator, a kernel with its modules, and a
# root file system, which is a cached base with a small overlay behind it (the
# kernel reads one cpio archive after the other).

# Debian 13's emulator with all its libraries, run by its own loader: Debian
# 12's miscompiles Linux 6.12 (a crash in kmalloc), so the machine's own does
# not matter.
tool_packages=(qemu-system-x86)
# What the daemon, the client and the stories need at run time.
root_packages=(dbus iproute2 jq kmod libbpf1 libcap-ng0 libelf1t64 libev4t64
	libjansson4 libmnl0 libpcap0.8t64 libsystemd0 procps systemd
	systemd-container systemd-sysv util-linux)
# Modules of the kernel that a story may want, with those that they need.
modules=(autofs4 bridge dummy nlmon veth virtio_blk virtio_pci)

# tools_prepare: sets the command line $emulator.
tools_prepare() {
	local tools packages

	if ! set_known tools; then
		read_archive
		mapfile -t packages < <(with_needs "${tool_packages[@]}")
		set_choose tools "${packages[@]}"
	fi
	set_unpack tools
	tools=$unpacked/usr
	emulator=("$tools/lib64/ld-linux-x86-64.so.2"
		--library-path "$tools/lib/x86_64-linux-gnu"
		"$tools/bin/qemu-system-x86_64"
		-L "$tools/share/qemu" -L "$tools/share/seabios")
}

# kernel_packages: all there are, oldest first. (-unsigned and -dbg are others.)
kernel_packages() {
	private_apt apt-cache pkgnames linux-image- |
		grep -E '^linux-image-[0-9].*[0-9]-cloud-amd64$' | sort -V
}

# newest_kernel VERSION: the newest package of that series, or that release.
newest_kernel() {
	kernel_packages | grep -E "^linux-image-${1//./\\.}[.+-]" | tail -n 1
}

# next_series SERIES: the first newer one of which there is a kernel. The
# archive drops series that were current for a while.
next_series() {
	{
		kernel_packages |
			sed -E 's/^linux-image-([0-9]+\.[0-9]+).*/\1/'
		echo "$1"
	} | sort -V -u | grep -x -F -A 1 "$1" | sed 1d
}

# make_dependencies FOLDER: what modprobe reads. Some versions of depmod look in
# FOLDER/lib, some in FOLDER/usr/lib.
make_dependencies() {
	local r

	ln -s usr/lib "$1/lib" || die "cannot write to $1"
	PATH=$PATH:/usr/sbin:/sbin depmod -b "$1" "$release"
	r=$?
	rm "$1/lib"
	((r == 0)) || die "depmod failed for $release"
}

# kernel_known VERSION: its packages are chosen.
kernel_known() {
	[ -s "$cache/sets/linux-$1" ]
}

# kernel_choose VERSION: 1 where no suite has one that would do.
kernel_choose() {
	local package part parts=() instead

	read_archive
	package=$(newest_kernel "$1")
	if [ -z "$package" ] && [[ $1 =~ ^[0-9]+\.[0-9]+$ ]]; then
		instead=$(next_series "$1")
		package=$(newest_kernel "${instead:-none}")
		[ -n "$package" ] &&
			say "vm: no suite has a Linux $1 any more, taking $instead"
	fi
	[ -n "$package" ] || return 1
	# From 7.0 or so the image is split, and grew a part later on. Of some
	# releases the archive keeps the kernel and not the modules.
	for part in image binary base modules; do
		part=${package/image/$part}
		[ -z "$(private_apt apt-cache madison "$part")" ] ||
			parts+=("$part")
	done
	set_choose "linux-$1" "${parts[@]}"
}

# kernel_tidy: sets $release, and makes all packages look alike.
kernel_tidy() {
	local modules

	# Debian 12's still say /lib.
	if [ -d "$kernel/lib/modules" ]; then
		{
			mkdir -p "$kernel/usr/lib" &&
				mv "$kernel/lib/modules" "$kernel/usr/lib" &&
				rmdir "$kernel/lib"
		} || die "cannot change $kernel"
	fi
	release=$(basename "$kernel"/boot/vmlinuz-*)
	release=${release#vmlinuz-}
	[ "$release" != '*' ] || release=$(basename "$kernel"/usr/lib/modules/*)
	modules=$kernel/usr/lib/modules/$release
	if [ ! -d "$modules/kernel" ]; then
		say "vm: the archive has no modules for Linux $release:" \
			"stories that need some skip"
		return
	fi
	[ -s "$modules/modules.dep" ] && return
	# The split packages have none of these, and depmod misses them.
	touch -a "$modules"/modules.{order,builtin,builtin.modinfo} ||
		die "cannot write to $modules"
	make_dependencies "$kernel"
}

# kernel_prepare VERSION: sets $kernel (the folder), $vmlinuz and $release.
# 1 where there is none.
kernel_prepare() {
	if ! set_known "linux-$1"; then
		kernel_choose "$1" || return 1
	fi
	set_unpack "linux-$1"
	kernel=$unpacked
	kernel_tidy
	for vmlinuz in "$kernel/boot/vmlinuz-$release" \
		"$kernel/usr/lib/modules/$release/vmlinuz"; do
		[ -e "$vmlinuz" ] && return
	done
	die "no vmlinuz in $kernel"
}

# root_recipe: all that decides what the base looks like.
root_recipe() {
	cat <<-END
		trixie minbase
		${root_packages[*]}
		$(declare -f root_make root_finish)
	END
}

# root_finish FOLDER FILE: mmdebstrap's last hook; runs where the owners of the
# files are what they shall be in the archive.
root_finish() {
	local root=$1

	ln -s usr/lib/systemd/systemd "$root/init" || exit 1
	: >"$root/etc/machine-id"
	rm -f "$root/etc/hostname" "$root/etc/resolv.conf"
	echo machine >"$root/etc/hostname"
	# It would wait 90 s for a device that only udev could announce.
	ln -s /dev/null "$root/etc/systemd/system/serial-getty@.service"
	ln -s /dev/null "$root/etc/systemd/system/getty@.service"
	(cd "$root" && find . -xdev -print0 | sort -z |
		cpio --quiet --null -o -H newc) >"$2" || exit 1
}

# root_make FILE: a small Debian 13 with systemd, as a cpio archive.
root_make() {
	local script=$1.hook
	# shellcheck disable=SC2016 # for the hook
	local clean='rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/*'

	{
		declare -f root_finish
		# shellcheck disable=SC2016 # for the hook
		printf 'root_finish "$1" %q\n' "$1"
	} >"$script"
	mmdebstrap --quiet --variant=minbase --format=null \
		--keyring="$keyring" \
		--include="$(IFS=,; echo "${root_packages[*]}")" \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--customize-hook="$clean" \
		--customize-hook="bash $script \"\$1\"" \
		trixie /dev/null \
		"deb [signed-by=$keyring] $(mirror) trixie main" >&2 || return 1
	rm -f "$script"
}

# root_prepare: sets $base, found by the checksum of its recipe.
root_prepare() {
	local key

	key=$(root_recipe | sha256sum)
	base=$cache/made/root-${key:0:16}.cpio
	if [ "$update" = no ] && sha256sum --status -c "$base.sha256" 2>/dev/null
	then
		return
	fi
	read_archive
	say "making the root file system"
	rm -f "$cache"/made/root-*
	root_make "$base.new" || die "mmdebstrap failed"
	{ mv "$base.new" "$base" && sha256sum "$base" >"$base.sha256"; } ||
		die "cannot make $base"
}

# module_files FOLDER NAME...: their files and those that they depend on.
module_files() {
	local dependencies=$1/modules.dep name

	shift
	for name; do
		grep -E "/${name//[-_]/[-_]}\\.ko[.a-z]*:" "$dependencies" |
			tr -d : | tr ' ' '\n'
	done | sort -u
}

# modules_install FOLDER: the chosen modules, below FOLDER.
modules_install() {
	local source=$kernel/usr/lib/modules/$release
	local target=$1/usr/lib/modules/$release file

	[ -d "$source/kernel" ] || return 0
	{
		mkdir -p "$target" &&
			cp "$source"/modules.{order,builtin,builtin.modinfo} \
				"$target"
	} || die "cannot copy the modules"
	while IFS= read -r file; do
		install -D -m 644 "$source/$file" "$target/$file" ||
			die "cannot copy $file"
	done < <(module_files "$source" "${modules[@]}")
	make_dependencies "$1"
}

# initrd_make FOLDER FILE: base, and FOLDER over it. No folder of the base that
# is a link there may be a folder here: it would be replaced.
initrd_make() {
	{
		cp --reflink=auto "$base" "$2" &&
			(cd "$1" && find . -mindepth 1 -print0 | sort -z |
				cpio --quiet --null -o -H newc -R 0:0) >>"$2"
	} || die "cannot make $2"
}
