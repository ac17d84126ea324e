#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Namespaces laid out as the runtimes do it, by cgroup and path: named by their
# containers in deaths after they have gone, for a daemon that may not look into
# other processes. And names that would harm whoever prints them.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

command -v setpriv >/dev/null || skip "setpriv is not installed"
groups=$work/cgroup
mount_here "$groups" -t cgroup2 none || skip "no cgroup2 can be mounted here"
top=$groups/$prefix
mkdir "$top" 2>/dev/null || skip "no cgroup can be made here"

id() {
	printf '%s%063d' "$1" 1
}
uid=2c4ed1f0_8b0e_4d6b_9b59_3f1f0d1a2b3c

# Whoever lives in a cgroup of ours.
live=()
clear_groups() {
	((${#live[@]})) && kill -KILL "${live[@]}" 2>/dev/null
	wait "${live[@]}" 2>/dev/null
	find "$top" -depth -type d -exec rmdir {} + 2>/dev/null
	live=()
}
trap 'clear_groups; clean_up' EXIT

# contain GROUP: a process in a new namespace and that cgroup; $pid.
contain() {
	mkdir -p "$top/$1" || give_up "no cgroup $1"
	unshare --net sleep 1000 &
	pid=$!
	live+=("$pid")
	until_true 10 grep -q sleep "/proc/$pid/comm" || give_up "no process"
	echo "$pid" >"$top/$1/cgroup.procs" || give_up "$1 cannot be joined"
}

# name FILE: as a path of the namespace of $pid.
name() {
	: >"$1"
	mount --bind "/proc/$pid/ns/net" "$1" || give_up "cannot name $1"
}

daemon_through=(setpriv --bounding-set -sys_ptrace)
mkdir -p "$work/docker/netns"
start_daemon "Adopt=all
HousekeepingTime=10s
LingerTime=1s
NameFolders=/run/netns $work/docker/netns"
caps=$(sed -n 's/^CapEff:\t//p' "/proc/$daemon/status")
((0x$caps >> 19 & 1)) && give_up "the daemon has CAP_SYS_PTRACE"

# ---- as the runtimes do it -----------------------------------------------------

contain "system.slice/docker-$(id a).scope"
name "$work/docker/netns/1a2b3c4d5e6f"
contain "docker/$(id b)"
contain "machine.slice/libpod-$(id c).scope/container"
name "/run/netns/netns-11111111-2222"
contain "user.slice/user-1000.slice/user@1000.service/user.slice/libpod-$(id d).scope"
contain "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod$uid.slice/cri-containerd-$(id e).scope"
name "/run/netns/cni-33333333-4444"
contain "kubepods/besteffort/pod${uid//_/-}/$(id f)"
contain "kubepods.slice/kubepods-pod$uid.slice/crio-$(id 7).scope/container"
contain "lxc.payload.$prefix-web"
contain "machine.slice/systemd-nspawn@$prefix.service/payload"
contain "system.slice/$prefix-web.service"

# alive FILTER: such a one is heard, and its table known.
alive() {
	eventually 60 "any(.namespaces[]; ($1) and .heard and
		.table.trust == \"live\")" namespaces
}

expect=(
	".runtime == \"docker\" and .container == \"$(id a)\" and
		.name == \"$work/docker/netns/1a2b3c4d5e6f\""
	".runtime == \"docker\" and .container == \"$(id b)\""
	".runtime == \"podman\" and .container == \"$(id c)\" and
		.name == \"/run/netns/netns-11111111-2222\""
	".runtime == \"podman\" and .container == \"$(id d)\""
	".runtime == \"containerd\" and .container == \"$(id e)\" and
		.pod == \"${uid//_/-}\" and
		.name == \"/run/netns/cni-33333333-4444\""
	".runtime == \"container\" and .container == \"$(id f)\" and
		.pod == \"${uid//_/-}\""
	".runtime == \"cri-o\" and .container == \"$(id 7)\" and
		.pod == \"${uid//_/-}\""
	".runtime == \"lxc\" and .container == \"$prefix-web\""
	".runtime == \"nspawn\" and .container == \"$prefix\""
	".unit == \"$prefix-web.service\" and .container == null"
)
for filter in "${expect[@]}"; do
	alive "$filter"
done
# A process without a cgroup that says anything is the last resort.
unshare --net sleep 1000 &
lonely=$!
alive "(.name // \"\" | startswith(\"pid:$lonely:\"))"
is 0 "$NSIDWATCH" --socket "$socket" namespaces
says out "^docker:a00000000000 "
says out "^pod:${uid//_/-}/containerd:e00000000000 "
is 0 ask nsids "$(id a)"
is 0 ask nsids "b00000000000"
is 0 ask nsids "docker:b00000000000"
is 0 ask nsids "pod:${uid//_/-}/containerd:e00000000000"
is 0 ask nsids "${uid//_/-}"
is 0 ask nsids "$uid"
is 1 ask nsids "podman:b00000000000"
is 0 ask nsids "/run/netns/cni-33333333-4444"
is 75 ask wait --gone "$(id c)" --timeout 1

# They go, as a runtime takes them away.
umount "$work/docker/netns/1a2b3c4d5e6f" /run/netns/netns-11111111-2222 \
	/run/netns/cni-33333333-4444
kill "$lonely"
clear_groups
is 0 ask wait --gone "$(id a)" --timeout 60
for filter in "${expect[@]}" "(.name // \"\" |
	startswith(\"pid:$lonely:\"))"; do
	eventually 60 "any(.deaths[].peer; $filter)" deaths
done
is 0 "$NSIDWATCH" --socket "$socket" deaths
says out " docker:a00000000000 "
says out " pod:${uid//_/-}/cri-o:700000000000 "

# One that nobody could look for in time is shown as such.
ip netns add "$prefix-quick" && ip netns set "$prefix-quick" 4711 2>/dev/null
ip netns del "$prefix-quick"
eventually 30 'any(.deaths[].peer; .unseen == true or
	.name == "/run/netns/'"$prefix-quick"'")' deaths

# ---- names that do harm ----------------------------------------------------------

# plain FILE: nothing in it moves a cursor or is no UTF-8.
plain() {
	LC_ALL=C grep -q -P '[\x00-\x08\x0b-\x1f\x7f]' "$1" &&
		fault "$1 holds control characters"
	iconv -f UTF-8 -t UTF-8 "$1" >/dev/null || fault "$1 is no UTF-8"
}

long=$(printf '%*s' $((255 - ${#prefix} - 1)) '' | tr ' ' x)
evil=(
	$'a\nb' $'\e[2J\e]0;x\a' $'\xff\xfe\xc3' $'"\\}{' $'\u202e\u200b'
	$'back\x9bslash\\n' ' blanks ' "$long"
)
mkfifo "$work/never"
for word in "${evil[@]}"; do
	# It calls itself so, and waits for somebody who never comes.
	# shellcheck disable=SC2016
	unshare --net bash -c 'printf %s "${1:0:15}" >"/proc/$$/comm"
		: >"$2"; read -r _ <"$3"' bash "$word" "$work/called" \
		"$work/never" &
	pid=$!
	live+=("$pid")
	until_true 10 test -e "$work/called" || give_up "no process"
	rm "$work/called"
	name "/run/netns/$prefix-$word"
done
mkdir -p "$top"/$'evil\e[31m\xff.scope' || give_up "no evil cgroup"
unshare --net sleep 1000 &
pid=$!
live+=("$pid")
echo "$pid" >"$top"/$'evil\e[31m\xff.scope/cgroup.procs'
eventually 40 "[.namespaces[] | select(.name // \"\" |
	startswith(\"/run/netns/$prefix-\")) | select(.heard)] | length == ${#evil[@]}" \
	namespaces
alive '.label == "evil\\x1b[31m\\xff.scope"'
alive ".name == \"/run/netns/$prefix-a\\\\x0ab\""
alive ".name == \"/run/netns/$prefix-$long\" and (.name | length) == 266"
# Each is understood as it is, and as it is shown.
for word in $'a\nb' 'a\x0ab' $'\xff\xfe\xc3' '\xff\xfe\xc3' \
	$'back\x9bslash\\n' 'back\x9bslash\x5cn'; do
	is 0 ask nsids "$prefix-$word"
done
is 0 ask nsids 'evil\x1b[31m\xff.scope'
is 75 ask wait --gone "$prefix-a\\x0ab" --timeout 1
for list in namespaces nsids; do
	is 0 ask "$list"
	plain "$work/out"
	is 0 "$NSIDWATCH" --socket "$socket" "$list"
	plain "$work/out"
done
for word in "${evil[@]}"; do
	umount "/run/netns/$prefix-$word"
	rm "/run/netns/$prefix-$word"
done
# Their processes hold them for a while: the log speaks of them.
until_true 40 grep -q 'blanks.*lingers' "$work/daemon.log" ||
	fault "nobody says that they linger"
plain "$work/daemon.log"
clear_groups
eventually 60 "[.deaths[].peer.name // \"\" |
	select(startswith(\"/run/netns/$prefix-\"))] | length >= ${#evil[@]}" deaths
is 0 ask deaths
plain "$work/out"
holds 'any(.deaths[].peer; .label == "evil\\x1b[31m\\xff.scope")'
is 0 "$NSIDWATCH" --socket "$socket" deaths
plain "$work/out"
stop_daemon
plain "$work/daemon.log"

finish
