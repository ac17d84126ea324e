#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the machine does: one command, where the host left one, or the stories.
# Standard output goes to the host's report; lines that begin with "@ " are for
# its program:
#   @ boot SECONDS                   until this began
#   @ begin STORY
#   @ end STORY RESULT SECONDS       passed, failed or skipped
#   @ row JSON                       from a story: figures for the table
#   @ status NUMBER                  what the command ended with
#   @ missing FILE                   asked for, and not there
#   @ tainted NUMBER                 the kernel's own verdict on itself
#   @ done

set -u -o pipefail
share=/usr/lib/nsidwatch-vm
# What is put here reaches the host.
export VM_OUT=/run/nsidwatch-vm/out
export HOME=/root LC_ALL=C.UTF-8
export NSIDWATCH=/usr/bin/nsidwatch NSIDWATCHD=/usr/sbin/nsidwatchd
# A story may take so long, emulated.
limit=400

say() {
	printf '@ %s\n' "$*"
}

run_command() {
	local path index=0

	(cd /root && exec bash "$share/command") >"$VM_OUT/stdout" \
		2>"$VM_OUT/stderr" </dev/null
	say "status $?"
	while IFS= read -r -d '' path; do
		cp "$path" "$VM_OUT/get.$index" 2>/dev/null ||
			say "missing $path"
		index=$((index + 1))
	done <"$share/get"
}

run_stories() {
	local story name start result failed=no

	for story in "$share"/stories/*.sh; do
		name=$(basename "$story" .sh)
		start=$SECONDS
		say "begin $name"
		# The pipe makes it no terminal, where programs use colours.
		timeout --kill-after=10 "$limit" bash "$story" </dev/null 2>&1 |
			cat
		case ${PIPESTATUS[0]} in
		0) result=passed ;;
		77) result=skipped ;;
		124 | 137)
			echo "not over within $limit s"
			result=failed
			;;
		*) result=failed ;;
		esac
		say "end $name $result $((SECONDS - start))"
		[ "$result" = failed ] && failed=yes
	done
	[ "$failed" = no ] ||
		journalctl -b -o short-precise >"$VM_OUT/journal" 2>&1
}

mkdir -p "$VM_OUT"
say "boot $(cut -d ' ' -f 1 /proc/uptime)"
modprobe -q virtio_blk
if [ -e "$share/command" ]; then
	run_command
else
	run_stories
fi
# A kernel without its modules has no disk; the third serial line is slow, and
# does. It is told twice: the second time waits until all of that has left.
disk=/dev/vda
[ -b "$disk" ] || disk=/dev/ttyS2
[ -b "$disk" ] || stty -F "$disk" raw -echo
tar -C "$VM_OUT" -cf - . | dd of="$disk" bs=1M status=none ||
	echo "$disk cannot be written"
sync
[ -b "$disk" ] || stty -F "$disk" raw -echo
say "tainted $(cat /proc/sys/kernel/tainted)"
say 'done'
# It waits until the line has taken all of that.
stty -F /dev/ttyS1 raw -echo
