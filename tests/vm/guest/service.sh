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
drop_ins=/etc/systemd/system/nsidwatch.service.d

# unit_is PROPERTY VALUE: as systemd says, quietly.
unit_is() {
	[ "$(systemctl show --value -p "$1" "$unit")" = "$2" ]
}

# main_pid: of the service, 0 where it does not run.
main_pid() {
	systemctl show --value -p MainPID "$unit"
}

# service_stop: it and its socket, what it knew, and every memory of failures.
service_stop() {
	systemctl stop nsidwatch.socket "$unit"
	systemctl reset-failed nsidwatch.socket "$unit" 2>/dev/null
	systemctl clean --what=state "$unit" 2>/dev/null
	rm -rf /etc/nsidwatch/conf.d
	# systemd reads all units again, which takes an emulated while.
	[ -d "$drop_ins" ] || return 0
	rm -r "$drop_ins"
	systemctl daemon-reload
}

# service_start: as a user would.
service_start() {
	systemctl start "$unit" && unit_is ActiveState active && return
	systemctl status --no-pager --full "$unit" | tail -n 30
	give_up "systemctl start does not make it active"
}

# service_fresh: nothing of an earlier story, and a new process with what stands
# in the array settings.
settings=()
service_fresh() {
	service_stop
	if ((${#settings[@]} > 0)); then
		mkdir -p /etc/nsidwatch/conf.d
		printf '%s\n' "${settings[@]}" \
			>/etc/nsidwatch/conf.d/10-story.conf
	fi
	since=$(date '+%Y-%m-%d %H:%M:%S.%6N')
	service_start
}

# journal: what the daemon and systemd said about it since service_fresh.
journal() {
	journalctl --sync
	journalctl --quiet --no-pager -o cat --since "$since" -u "$unit"
}

# What the daemon and systemd say about it in the best of lives; a story that
# expects more adds to it.
intended=(-e '^version [^ ]+ watches on Linux ' -e '^the first audit is over: '
	-e '^ended by a signal' -e '^begins anew: nobody kept the event socket'
	-e '^(Starting|Started|Stopping|Stopped) nsidwatch\.service'
	-e '^nsidwatch\.service: (Deactivated successfully|Consumed )')

# nothing_more_said: than that.
nothing_more_said() {
	journal | grep -v -E "${intended[@]}" >"$work/more"
	[ -s "$work/more" ] && fault "it also said: $(cat "$work/more")"
}

# series_is_before VERSION: this kernel is an older one.
series_is_before() {
	[ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" != "$1" ]
}

# Told apart from clean_up of the namespaces, which story.sh has trapped.
trap 'status=$?; service_stop; clean_up; exit "$status"' EXIT

# batch FILE: `ip` does these lines in one process, for a load that is made and
# undone quickly.
batch() {
	ip -batch "$1" >"$work/batch" 2>&1 && return
	tail -n 3 "$work/batch"
	give_up "ip cannot do what $1 says"
}

# birth NAME COUNT: so many namespaces, each joined to home by a veth; by a
# number alone where this kernel comes without its modules.
birth() {
	local i veth=no

	modprobe -q veth && veth=yes
	for ((i = 0; i < $2; i++)); do
		echo "netns add $prefix-$1-$i"
		if [ $veth = yes ]; then
			echo "link add nsw$1$i type veth peer name eth0" \
				"netns $prefix-$1-$i"
		else
			echo "netns set $prefix-$1-$i auto"
		fi
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

# learned COUNT: so many beside home, all by their names, and whom they name.
learned() {
	eventually 120 "[.namespaces[] | select(.home | not) | .name] |
		length == $1 and all(. != null)" namespaces
	eventually 120 ".coverage.holders == $1 + 1 and
		.coverage.holders_heard == $1 + 1 and .coverage.entries >= $1
		and .coverage.entries_resolved == .coverage.entries" status
}

# verified NAME COUNT: of birth NAME so many have died, and all are verified.
verified() {
	true_of "[.deaths[] | select((.peer.name // \"\") |
			contains(\"/$prefix-$1-\"))] |
		length == $2 and all(.verdict == \"verified\")" deaths
}

# judged_by BARRIERS COUNT NAME COUNT: these have died; of the first ones, born
# in time and known, one dies after the other until all of them are verified.
judged_by() {
	local i

	eventually 120 ".coverage.holders == $2 + 1" status
	for ((i = 0; i < $2; i++)); do
		# Its life has to be proved after the others' deaths.
		until_true 5 verified "$3" "$4" && break
		ip netns del "$prefix-$1-$i"
	done
	until_true 30 verified "$3" "$4" || {
		fault "not all of $3 are verified"
		ask deaths | jq -c '[.deaths[] | [.peer.name, .verdict,
			.reason]] | .[]' | tail -n 60
	}
	for (( ; i < $2; i++)); do
		ip netns del "$prefix-$1-$i"
	done
	alone
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
