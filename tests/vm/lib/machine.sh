# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Its names are those of vm.sh, which reads all of these files.
# shellcheck disable=SC2034,SC2154
#
# One run of one machine. What goes in stands in the overlay; what comes out is
# the console, a report on the second serial line (the stories' words, and
# lines that begin with "@ " for us), and a disk with a tar archive on it, which
# the third line carries where the kernel has no disk.

# How long the emulator may live: a kernel that hangs must not.
machine_limit=${NSIDWATCH_VM_SECONDS:-1500}
machine_pid=
# Two processors, and the time of the host.
machine_time=(-smp 2)
# Page tables that change at each system call, and walks of five levels, are
# what an emulator is slowest at; nothing here depends on them. The check of the
# timer panics where a busy host lets an emulated interrupt come late.
kernel_words=(console=ttyS0 panic=-1 quiet systemd.show_status=no
	mitigations=off no5lvl no_timer_check)

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
	local units=$1/etc/systemd/system file

	{
		mkdir -p "$share/stories" "$units/multi-user.target.wants" &&
			cp -R "$installed/." "$folder" &&
			cp tests/vm/guest/* tests/lib/story.sh "$share" &&
			xz -dc tests/replay/model-missing.pcap.xz \
				>"$share/missing.pcap" &&
			mv "$share/nsidwatch-vm.service" "$units" &&
			ln -s ../nsidwatch-vm.service \
				"$units/multi-user.target.wants"
	} || die "cannot make $folder"
	for file in "${stories[@]}"; do
		cp "$file" "$share/stories" || die "cannot copy $file"
	done
	if [ -n "$program" ]; then
		cp "$program" "$share" || die "cannot copy $program"
	fi
	modules_install "$folder"
}

# machine_start FOLDER: boots $kernel with FOLDER/overlay; console, report and
# disk are in FOLDER. Sets $machine_pid.
machine_start() {
	local folder=$1

	initrd_make "$folder/overlay" "$folder/initrd"
	rm -rf "$folder/overlay"
	truncate -s 1G "$folder/disk" || die "cannot make $folder/disk"
	: >"$folder/report"
	timeout --signal=KILL "$machine_limit" "${emulator[@]}" \
		-nodefaults -no-reboot -display none \
		-M q35 -cpu max -m 4096 "${machine_time[@]}" \
		-kernel "$vmlinuz" -initrd "$folder/initrd" \
		-serial "file:$folder/console" -serial "file:$folder/report" \
		-serial "file:$folder/slow" \
		-drive "file=$folder/disk,format=raw,if=virtio" \
		-append "${kernel_words[*]}" \
		>"$folder/emulator" 2>&1 </dev/null &
	machine_pid=$!
}

# machine_end FOLDER: when it has come to its end; what the emulator ended with,
# 137 where its time was up. What the machine left on its disk is in FOLDER/out.
machine_end() {
	local status

	wait "$machine_pid"
	status=$?
	machine_pid=
	rm -f "$1/initrd"
	[ -s "$1/slow" ] && mv "$1/slow" "$1/disk"
	mkdir "$1/out" && tar -C "$1/out" -xf "$1/disk" 2>/dev/null
	rm -f "$1/disk" "$1/slow"
	return "$status"
}

# machine_command VERSION COMMAND...: runs it in such a machine. Sets $folder;
# its output is in out/stdout and out/stderr there, and what $getting names in
# out/get.0 and so on.
machine_command() {
	local version=$1 share status index

	shift
	kernel_prepare "$version"
	machine_folder "$version"
	overlay_make "$folder/overlay"
	share=$folder/overlay/usr/lib/nsidwatch-vm
	printf '%q ' "$@" >"$share/command"
	: >"$share/get"
	for ((index = 0; index < ${#getting[@]}; index += 2)); do
		printf '%s\0' "${getting[index]}" >>"$share/get"
	done
	machine_start "$folder"
	machine_end "$folder"
	status=$?
	report_said "$folder" status >/dev/null || {
		report_trouble "$folder" "$status"
		die "the command did not end"
	}
	[ -e "$folder/out/stdout" ] || die "the machine failed to write its disk"
}
