# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the stories on real namespaces share. A story plays in a home of its
# own: network, mount and process namespaces that end with it, however it ends,
# so that it neither meets what else runs on the machine nor leaves anything
# behind. Where it says STORY_HOME=host before it reads this file, its home is
# the machine's; with STORY_HOME=none it needs none, and nobody's rights.
#
# NSIDWATCH and NSIDWATCHD name the programs.

set -u -o pipefail

skip() {
	echo "SKIP: $*"
	exit 77
}

tools=(ip jq unshare)
[ "${STORY_HOME:-own}" = none ] && tools=(jq)
for tool in "${tools[@]}"; do
	command -v "$tool" >/dev/null || skip "$tool is not installed"
done
[ -x "${NSIDWATCH:-}" ] || skip "NSIDWATCH names no program"
[ -x "${NSIDWATCHD:-}" ] || skip "NSIDWATCHD names no program"
if [ "${STORY_HOME:-own}" != none ]; then
	((EUID == 0)) || skip "not root"
	unshare --net --mount true 2>/dev/null ||
		skip "no namespaces can be made here"
fi

# The first time round: move into a home of our own. This process stays outside
# and clears up: what it kills takes everything in that home with it.
if [ "${STORY_HOME:-own}" = own ] && [ -z "${STORY_INSIDE:-}" ]; then
	STORY_INSIDE=$(mktemp -d "${TMPDIR:-/tmp}/nsw-$$.XXXXXX") || exit 99
	export STORY_INSIDE
	unshare --net --mount --pid --fork --kill-child --mount-proc \
		--propagation private "$BASH" "$0" "$@" &
	inside=$!
	trap 'rm -rf "$STORY_INSIDE"' EXIT
	trap 'kill -KILL "$inside"; exit 99' HUP INT TERM
	wait "$inside"
	exit
fi
if [ -n "${STORY_INSIDE:-}" ]; then
	mkdir -p /run/netns
	mount -t tmpfs tmpfs /run/netns || skip "no tmpfs can be mounted"
	ip link set lo up
fi

prefix=nsw-$$
work=${STORY_INSIDE:-$(mktemp -d "${TMPDIR:-/tmp}/$prefix.XXXXXX")} || exit 99
socket=$work/socket
daemon=
faults=0

# mount_here FOLDER OPTION...: mount(8) there, until the end.
mounted=()
mount_here() {
	mkdir -p "$1" && mount "${@:2}" "$1" 2>/dev/null && mounted+=("$1")
}

# Whatever was made under our prefix goes. A child that is killed before it has
# become its program still has our traps.
story=$BASHPID
clean_up() {
	local name

	[ "$BASHPID" = "$story" ] || return
	if [ -n "$daemon" ]; then
		kill -CONT "$daemon" 2>/dev/null
		kill -KILL "$daemon" 2>/dev/null
	fi
	for name in $(ip netns list 2>/dev/null | awk '{ print $1 }'); do
		[[ $name == "$prefix"* ]] && ip netns del "$name"
	done
	for name in "${mounted[@]}"; do
		umount -l "$name"
	done
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 99' HUP INT TERM

say() {
	printf '%s\n' "$*"
}

# fault WHAT...: the story goes on, and fails.
fault() {
	say "FAILED: $*"
	faults=$((faults + 1))
}

# give_up WHAT...: there is no use in going on.
give_up() {
	fault "$@"
	finish
}

finish() {
	if ((faults > 0)) && [ -s "$work/daemon.log" ]; then
		say "---- the daemon said:"
		tail -n 40 "$work/daemon.log"
	fi
	((faults == 0)) || exit 1
	exit 0
}

# until_true SECONDS COMMAND...: wait for a condition.
until_true() {
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

# is STATUS COMMAND...: run it; its output is in $work/out and $work/err.
is() {
	local wanted=$1 got

	shift
	"$@" >"$work/out" 2>"$work/err"
	got=$?
	((got == wanted)) && return 0
	fault "exit $got, not $wanted: $*"
	sed 's/^/  /' "$work/out" "$work/err" | tail -n 30
	return 1
}

# says FILE PATTERN: one line of what is() caught matches.
says() {
	grep -q -E -e "$2" "$work/$1" && return 0
	fault "no '$2' in standard $1:"
	sed 's/^/  /' "$work/$1" | head -n 20
	return 1
}

# holds FILTER: true of the document on standard output that is() caught.
holds() {
	jq -e "$1" "$work/out" >/dev/null 2>&1 && return 0
	fault "does not hold: $1"
	jq -c 'del(.died)' "$work/out" 2>/dev/null | cut -c1-2000 | sed 's/^/  /'
	return 1
}

# ask VERB...: of the daemon, as JSON.
ask() {
	"$NSIDWATCH" --socket "$socket" --json "$@"
}

# answer FILTER VERB...: what jq makes of that.
answer() {
	local filter=$1

	shift
	ask "$@" | jq -r "$filter"
}

# stands_still SECONDS FILTER VERB...: what jq makes of that is the same again.
stands_still() {
	local seconds=$1 before

	shift
	before=$(answer "$@")
	sleep "$seconds"
	[ "$(answer "$@")" = "$before" ]
}

# true_of FILTER VERB...: quietly, for until_true.
true_of() {
	local filter=$1

	shift
	ask "$@" 2>/dev/null | jq -e "$filter" >/dev/null 2>&1
}

# eventually SECONDS FILTER VERB...: or a fault.
eventually() {
	local seconds=$1 filter=$2

	shift 2
	until_true "$seconds" true_of "$filter" "$@" && return 0
	fault "not within $seconds s: $* -> $filter"
	ask "$@" 2>&1 | jq -c . 2>/dev/null | cut -c1-2000 | sed 's/^/  /'
	return 1
}

# start_daemon CONFIGURATION [OPTION...]: in the background, until it is ready.
# What stands in the array daemon_through comes before it on the command line.
daemon_through=()
start_daemon() {
	printf '%s\n' "$1" >"$work/nsidwatch.conf"
	shift
	"${daemon_through[@]}" "$NSIDWATCHD" --config "$work/nsidwatch.conf" \
		--socket "$socket" "$@" >>"$work/daemon.log" 2>&1 &
	daemon=$!
	until_true 60 true_of .ready status ||
		give_up "the daemon did not get ready"
}

# stop_daemon [SIGNAL]: it has to end well.
stop_daemon() {
	local status

	kill "-${1:-TERM}" "$daemon"
	wait "$daemon"
	status=$?
	daemon=
	((status == 0)) || fault "the daemon ended with $status"
}

# no_finding: neither violated nor any finding in what is() caught.
no_finding() {
	holds '.deaths.violated == 0 and (.findings | length) == 0'
}

# namespace NAME...: named namespaces with our prefix.
namespace() {
	local name

	for name; do
		ip netns add "$prefix-$name" || give_up "ip netns add $name"
	done
}

# join A B: a veth between two of them; B may be empty for home. It is made
# where it belongs: home must not get a number by the way.
joins=0
join() {
	local a=$prefix-$1 b=${2:+$prefix-$2} one two

	joins=$((joins + 1))
	one=nsw${$}a$joins two=nsw${$}b$joins # 15 characters at most
	if [ -n "$b" ]; then
		ip -n "$a" link add "$one" type veth peer name "$two" \
			netns "$b" || give_up "no veth can be made"
	else
		ip link add "$two" type veth peer name "$one" netns "$a" ||
			give_up "no veth can be made"
	fi
	# A dump of the links is what gives the numbers, if nothing else did.
	ip -n "$a" link show >/dev/null
	ip ${b:+-n "$b"} link show >/dev/null
}
