#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Namespaces that will not die: held by a process, a thread of one elsewhere, a
# mount, a descriptor of a process elsewhere, or a socket only. Each is shown so within two looks for
# names; released, it dies and is verified.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

command -v python3 >/dev/null || skip "python3 is not installed"

# Two intervals of HousekeepingTime=, its shortest, and the settle time.
within=24

# lingers NAME HELD: as namespaces --lingering has it.
lingers() {
	printf 'any(.namespaces[]; .name == "/run/netns/%s" and
		.state == "lingering" and (.held_by == ["%s"]))' \
		"$prefix-$1" "$2"
}

heard() {
	printf 'any(.namespaces[]; .name == "/run/netns/%s" and .heard and
		.state == "live" and .table.trust == "live")' "$prefix-$1"
}

held_by() {
	printf 'any(.namespaces[]; .name == "/run/netns/%s" and
		(.held_by | index("%s")))' "$prefix-$1" "$2"
}

# hold NAME: a process in it that lives until it is killed; its pid in $holder.
hold() {
	ip netns exec "$prefix-$1" sleep 1000 &
	holder=$!
	until_true 10 grep -q sleep "/proc/$holder/comm" ||
		give_up "no process gets into $1"
}

# lingering NAME HELD: it comes to be shown so.
lingering() {
	local begin=$SECONDS

	until_true "$within" true_of "$(lingers "$1" "$2")" \
		namespaces --lingering ||
		fault "$1 is not shown as held by $2 within $within s"
	say "$1: held by $2, shown after $((SECONDS - begin)) s"
	is 0 ask namespaces --lingering
	holds "any(.namespaces[]; .name == \"/run/netns/$prefix-$1\" and
		.lingering_since != null and (.owner | length) > 0)"
}

# barrier: a named namespace that is known for a while dies.
barriers=0
barrier() {
	barriers=$((barriers + 1))
	namespace "barrier$barriers"
	eventually 30 "$(heard "barrier$barriers")" namespaces
	# Whoever got a number sooner may have had it when the other one died.
	sleep 1.5
	ip netns del "$prefix-barrier$barriers"
	is 0 ask wait --gone "$prefix-barrier$barriers" --timeout 60
}

# verified NAME [CALLED]: released, it dies, and all tables have dropped it once.
verified() {
	local i called=${2:-/run/netns/$prefix-$1}

	is 0 ask wait --gone "$called" --timeout 60
	for i in 1 2 3 4 5; do
		barrier
		until_true 10 true_of "any(.deaths[]; .verdict == \"verified\" and
			(.peer.name == \"$called\" or
			.peer.container == \"$called\"))" deaths && break
		((i < 5)) || fault "the death of $1 is not verified"
	done
	until_true 5 true_of ".namespaces == []" namespaces --lingering ||
		fault "something lingers still"
}

start_daemon 'Adopt=named
LingerTime=1s
HousekeepingTime=10s
NameFolders=/run/netns '"$work"'/docker/netns'
namespace process thread mount descriptor socket
for name in process thread mount descriptor socket; do
	eventually 30 "$(heard $name)" namespaces
done
is 0 ask namespaces --lingering
holds '.namespaces == []'
is 0 "$NSIDWATCH" --socket "$socket" namespaces --lingering
says out '^no namespace lingers$'

# ---- (a) a process ----------------------------------------------------------

hold process
eventually 30 "$(held_by process process)" namespaces
ip netns del "$prefix-process"
lingering process process
holds "any(.namespaces[]; any(.names[]; .kind == \"process\" and
	(.name | startswith(\"pid:\")) and .leads))"
is 0 "$NSIDWATCH" --socket "$socket" namespaces --lingering
says out "process .*pid:$holder:"
is 0 ask status
holds '.namespaces.lingering == 1 and .namespaces.held_by.process == 1'
kill "$holder"
wait "$holder" 2>/dev/null
verified process

# ---- (b) a bind mount that a container left behind ----------------------------

# A container is a process in a cgroup of that name.
groups=$work/cgroup/$prefix.slice
mounts=("$work/docker/netns/1a2b3c4d5e6f" "$work/mounts/left")

# contain ID: $holder becomes a process of that container.
contain() {
	local scope=$groups/docker-$1.scope

	mkdir -p "$scope"
	echo "$holder" >"$scope/cgroup.procs" || fault "no cgroup can be joined"
}

box=$(printf 'b%063d' 7)
guest=$(printf 'c%063d' 7)
if mount_here "$work/cgroup" -t cgroup2 none && mkdir "$groups" 2>/dev/null; then
	unshare --net sleep 1000 &
	holder=$!
	until_true 10 grep -q sleep "/proc/$holder/comm" || give_up "no process"
	contain "$box"
	for mount in "${mounts[@]}"; do
		mkdir -p "${mount%/*}"
		touch "$mount"
		mount --bind "/proc/$holder/ns/net" "$mount"
	done
	owner=$holder
	# Another one works in a namespace that has a name already.
	hold mount
	contain "$guest"
	eventually 30 "any(.namespaces[]; .container == \"$box\" and
		.runtime == \"docker\" and ([.names[].kind] | sort) ==
		[\"mount\", \"mount\", \"process\"])" \
		namespaces --names
	eventually 30 "any(.namespaces[]; .label == \"$prefix-mount\" and
		any(.names[]; .label == \"docker:$guest\"))" \
		namespaces --names
	is 0 "$NSIDWATCH" --socket "$socket" namespaces --names
	says out "^NAMESPACE .* NAMES$"
	says out "(^| )pid:$holder:[0-9]+, /run/netns/$prefix-mount$|$prefix-mount, pid:$holder:"
	is 0 ask namespaces
	holds 'all(.namespaces[]; .names == null)'
	kill "$owner" "$holder"
	wait "$owner" "$holder" 2>/dev/null
	find "$groups" -depth -type d -exec rmdir {} +
	eventually "$within" "any(.namespaces[]; .container == \"$box\" and
		.state == \"lingering\" and .held_by == [\"mount\"] and
		.owner == \"docker:$box\")" namespaces
	# That one has lost nothing.
	eventually 30 "any(.namespaces[]; .label == \"$prefix-mount\" and
		.state == \"live\" and .held_by == [\"mount\"])" namespaces
	is 0 ask namespaces --lingering
	holds '.namespaces | length == 1'
	# The runtime's mount goes, and the other one holds it.
	umount "${mounts[0]}"
	eventually "$within" "any(.namespaces[]; .state == \"lingering\" and
		.held_by == [\"mount\"] and
		[.names[].name] == [\"${mounts[1]}\"])" \
		namespaces --names
	umount "${mounts[1]}"
	verified box "$box"
else
	say "(b) is left out: no cgroup can be made here"
fi

# ---- (c) a descriptor of a process elsewhere ---------------------------------

sleep 1000 9<"/run/netns/$prefix-descriptor" &
holder=$!
until_true 10 grep -q sleep "/proc/$holder/comm" ||
	give_up "no process opens descriptor"
ip netns del "$prefix-descriptor"
lingering descriptor descriptor
holds "any(.namespaces[]; any(.names[]; .kind == \"descriptor\" and
	(.name | test(\"^fd:$holder:[0-9]+:9\$\"))))"
is 0 ask status
holds '.namespaces.held_by.descriptor == 1 and .waiting.gone == 0'
# So does whoever does as the page on leaks has it.
look=$(grep -o 'stat -L -c [^`]*' "${srcdir:-.}/doc/runbook/namespaces-leak.md" |
	head -n 1)
ino=$(answer '.namespaces[0].ino' namespaces --lingering)
eval "$look" >"$work/looked"
grep -q -x "$ino /proc/$holder/fd/9" "$work/looked" ||
	fault "the page does not find the descriptor: $look"
kill "$holder"
wait "$holder" 2>/dev/null
verified descriptor

# ---- (d) a thread of a process elsewhere ----------------------------------------

cat >"$work/hold-thread.py" <<'END'
import ctypes, os, signal, sys, threading
def go():
    there = os.open(sys.argv[1], os.O_RDONLY)
    if ctypes.CDLL(None).setns(there, 0):
        os._exit(1)
    os.close(there)
    with open(sys.argv[2], "w") as made:
        made.write("%d" % threading.get_native_id())
    threading.Event().wait()
threading.Thread(target=go).start()
signal.pause()
END
python3 "$work/hold-thread.py" "/run/netns/$prefix-thread" "$work/thread" &
holder=$!
until_true 20 test -s "$work/thread" || give_up "no thread gets into thread"
ip netns del "$prefix-thread"
lingering thread process
holds "any(.namespaces[]; any(.names[];
	.name | startswith(\"pid:$(cat "$work/thread"):\")))"
kill -KILL "$holder"
wait "$holder" 2>/dev/null
verified thread

# ---- (e) a socket only ----------------------------------------------------------

# It makes a socket in there, comes back, and keeps the socket.
cat >"$work/hold-socket.py" <<'END'
import ctypes, os, signal, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
home = os.open("/proc/self/ns/net", os.O_RDONLY)
there = os.open(sys.argv[1], os.O_RDONLY)
if libc.setns(there, 0):
    sys.exit(1)
kept = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if libc.setns(home, 0):
    sys.exit(1)
os.close(there)
os.close(home)
open(sys.argv[2], "w").close()
signal.pause()
END
python3 "$work/hold-socket.py" "/run/netns/$prefix-socket" "$work/made" &
holder=$!
until_true 20 test -e "$work/made" || give_up "no socket can be made there"
ip netns del "$prefix-socket"
lingering socket unknown
holds 'any(.namespaces[]; (.hint | test("socket")) and .names == [])'
is 0 ask status
holds '.namespaces.held_by.unknown == 1 and .waiting.gone == 1'
# It answers, so it lives, though nothing else has died since.
eventually 20 '.waiting.cleanup == "done" and .waiting.unknown == 0 and
	.waiting.dead == 0' status
is 0 "$NSIDWATCH" --socket "$socket" status
grep -q '^cleanup ' "$work/out" && fault "the cleanup is suspected"
is 0 "$NSIDWATCH" --socket "$socket" namespaces --lingering
says out 'unknown .*it lives, as it answers'
# Another one dies, and it stays.
barrier
is 0 ask status
holds '.waiting.cleanup == "done" and .waiting.gone == 1'
grep -q "$prefix-socket (.*) lingers" "$work/daemon.log" ||
	fault "the log does not say that it lingers"
kill "$holder"
wait "$holder" 2>/dev/null
verified socket

is 0 ask findings
holds '.findings == []'
stop_daemon

finish
