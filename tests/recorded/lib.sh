# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the stories share in which a recording feeds the daemon. Read after
# tests/lib/story.sh, with STORY_HOME=none.

[[ $("$NSIDWATCH" replay /dev/null 2>&1) != *libpcap* ]] ||
	skip "built without libpcap"
[ -x "${NSIDWATCH_RECORDERS:-}/violation" ] ||
	skip "NSIDWATCH_RECORDERS names no folder with violation"

# recording FILE [OPTION...]: of a kernel that leaves an nsid behind.
recording() {
	local file=$1

	shift
	"$NSIDWATCH_RECORDERS/violation" "$@" "$file" ||
		give_up "no recording can be made"
	chmod 644 "$file"
}

# as_nobody: the daemons to come have no rights, where there are any to lose.
as_nobody() {
	((EUID == 0)) || return
	chmod 755 "$work"
	mkdir -p "$work/nobody"
	chown nobody "$work/nobody"
	socket=$work/nobody/socket
	daemon_through=(setpriv --reuid nobody --regid nogroup --clear-groups
		--inh-caps=-all --bounding-set=-all)
}

# replay_daemon CONFIGURATION FILE [OPTION...]: until it answers.
replay_daemon() {
	printf '%s\n' "$1" >"$work/nsidwatch.conf"
	"${daemon_through[@]}" "$NSIDWATCHD" --config "$work/nsidwatch.conf" \
		--socket "$socket" --replay "${@:2}" >>"$work/daemon.log" 2>&1 &
	daemon=$!
	until_true 30 true_of '.replay != null' status ||
		give_up "the daemon does not answer"
}
