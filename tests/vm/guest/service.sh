# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the machine's stories share: the daemon as systemd's service, on top of
# what the stories on real namespaces have (is, holds, eventually, ...).

export STORY_HOME=host
# shellcheck source=tests/lib/story.sh
. "${VM_SHARE:-/usr/lib/nsidwatch-vm}/story.sh"

unit=nsidwatch.service
socket=/run/nsidwatch/io.nsidwatch

# unit_is PROPERTY VALUE: as systemd says, quietly.
unit_is() {
	[ "$(systemctl show --value -p "$1" "$unit")" = "$2" ]
}

# main_pid: of the service, 0 where it does not run.
main_pid() {
	systemctl show --value -p MainPID "$unit"
}

# service_stop: it and its socket, and every memory of failures.
service_stop() {
	systemctl stop nsidwatch.socket "$unit"
	systemctl reset-failed nsidwatch.socket "$unit" 2>/dev/null
	rm -rf /etc/nsidwatch/conf.d /etc/systemd/system/nsidwatch.service.d
	systemctl daemon-reload
}

# service_start: as a user would.
service_start() {
	systemctl start "$unit" && unit_is ActiveState active && return
	systemctl status --no-pager --full "$unit" | tail -n 30
	give_up "systemctl start does not make it active"
}

# service_fresh: nothing of an earlier story, and a new process.
service_fresh() {
	service_stop
	since=$(date '+%Y-%m-%d %H:%M:%S.%6N')
	service_start
}

# journal: what the daemon and systemd said about it since service_fresh.
journal() {
	journalctl --sync
	journalctl --quiet --no-pager -o cat --since "$since" -u "$unit"
}

# Told apart from clean_up of the namespaces, which story.sh has trapped.
trap 'status=$?; service_stop; clean_up; exit "$status"' EXIT

# needs MODULE: or the story cannot be played on this kernel.
needs() {
	modprobe -q "$1" || skip "this kernel has no $1"
}

# batch FILE: `ip` does these lines in one process, for a load that is made and
# undone quickly.
batch() {
	ip -batch "$1" >"$work/batch" 2>&1 && return
	tail -n 3 "$work/batch"
	give_up "ip cannot do what $1 says"
}

# birth NAME COUNT: so many namespaces, each joined to home by a veth.
birth() {
	local i

	for ((i = 0; i < $2; i++)); do
		echo "netns add $prefix-$1-$i"
		echo "link add nsw$1$i type veth peer name eth0" \
			"netns $prefix-$1-$i"
	done >"$work/birth"
	batch "$work/birth"
}

# death NAME COUNT: of those.
death() {
	local i

	for ((i = 0; i < $2; i++)); do
		echo "netns del $prefix-$1-$i"
	done >"$work/death"
	batch "$work/death"
}

# settled: nothing has happened for longer than SettleTime=, so that who is born
# now was certainly not there when the last one died.
settled() {
	eventually 60 '.events[-1].at | . == null or
		(sub("\\.[0-9]+"; "") | fromdate) < now - 2' events
}

# barrier: a namespace that is known for a while, and then dies.
barrier() {
	settled
	birth bar 1
	eventually 120 ".namespaces | any(.name == \"/run/netns/$prefix-bar-0\"
		and .heard and .table.trust == \"live\")" namespaces
	death bar 1
	alone
}

# judged COUNT: let barriers come until so many deaths are verified, and none
# is open but that of the last barrier.
judged() {
	local i filter=".deaths.verified >= $1 and .deaths.open <= 1"

	for i in 1 2 3 4 5; do
		barrier
		until_true 15 true_of "$filter" status && return
	done
	fault "$i barriers, and not: $filter"
	is 0 ask status && holds "$filter"
	ask deaths | jq -c '[.deaths[] | [.verdict, .reason]] | group_by(.) |
		map([.[0], length])'
}

# alone: no namespace is left but home, as the daemon sees it.
alone() {
	eventually 120 '.coverage.holders == 1 and .home.entries == 0' \
		status
}

# nothing_wrong: no violation, no finding, and every doubt has a reason.
nothing_wrong() {
	is 0 ask status || return
	no_finding
	holds '(.deaths.reasons | add // 0) == .deaths.indeterminate'
}
