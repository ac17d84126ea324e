# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Its names are those of vm.sh, which reads all of these files.
# shellcheck disable=SC2034,SC2154
#
# One run of one machine. What goes in stands in the overlay; what comes out is
# the console, a report on the second serial line (the stories' words, and
# lines that begin with "@ " for us), and a disk with a tar archive on it.

# How long the emulator may live: a kernel that hangs must not.
machine_limit=${NSIDWATCH_VM_SECONDS:-1500}
machine_pid=
# Page tables that change at each system call, and walks of five levels, are
# what an emulator is slowest at; nothing here depends on them.
kernel_words=(console=ttyS0 panic=-1 quiet systemd.show_status=no
	mitigations=off no5lvl)

# machine_kill: our own emulator, and no other; timeout hands the signal on.
machine_kill() {
	[ -n "$machine_pid" ] || return 0
	kill -TERM "$machine_pid" 2>/dev/null
	wait "$machine_pid" 2>/dev/null
	machine_pid=
}

# overlay_make FOLDER: what is the same in every run.
overlay_make() {
	local folder=$1 share=$1/usr/lib/nsidwatch-vm
	local units=$1/etc/systemd/system

	{
		mkdir -p "$share" "$units/multi-user.target.wants" &&
			cp -R "$installed/." "$folder" &&
			cp tests/vm/guest/* tests/lib/story.sh "$share" &&
			mkdir "$share/stories" &&
			cp "${stories[@]}" "$share/stories" &&
			mv "$share/nsidwatch-vm.service" "$units" &&
			ln -s ../nsidwatch-vm.service \
				"$units/multi-user.target.wants"
	} || die "cannot make $folder"
	modules_install "$folder"
}

# machine_run FOLDER: boots $kernel with FOLDER/overlay, and leaves console,
# report and disk in FOLDER. What the emulator ended with; 137 where its time
# was up.
machine_run() {
	local folder=$1 status

	initrd_make "$folder/overlay" "$folder/initrd"
	rm -rf "$folder/overlay"
	truncate -s 1G "$folder/disk" || die "cannot make $folder/disk"
	timeout --signal=KILL "$machine_limit" "${emulator[@]}" \
		-nodefaults -no-reboot -display none \
		-M q35 -cpu max -smp 2 -m 4096 \
		-kernel "$vmlinuz" -initrd "$folder/initrd" \
		-serial "file:$folder/console" -serial "file:$folder/report" \
		-drive "file=$folder/disk,format=raw,if=virtio" \
		-append "${kernel_words[*]}" \
		>"$folder/emulator" 2>&1 </dev/null &
	machine_pid=$!
	wait "$machine_pid"
	status=$?
	machine_pid=
	rm -f "$folder/initrd"
	return "$status"
}

# machine_take FOLDER: what the machine left on its disk, in FOLDER/out.
machine_take() {
	mkdir "$1/out" && tar -C "$1/out" -xf "$1/disk" 2>/dev/null && rm "$1/disk"
}
