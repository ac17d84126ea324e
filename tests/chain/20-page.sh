#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# From the kernel's fault to whoever is called: a daemon that hears of a removal
# that is missing, node_exporter, Prometheus with our rules, Alertmanager and a
# receiver, on the loopback of a namespace of their own. The page comes once,
# says what it should, and resolves when the removal has come.

# Functions are handed to until_true.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"
# shellcheck source=tests/recorded/lib.sh
. "${srcdir:-.}/tests/recorded/lib.sh"
for tool in prometheus prometheus-alertmanager prometheus-node-exporter \
	python3 curl; do
	command -v "$tool" >/dev/null || skip "$tool is not installed"
done

# They look for their templates where their packages would have put them. Only
# this story's mount namespace has this folder, and needs nothing else of it.
share=$(dirname "$(command -v prometheus)")/../share
if [ ! "$share" -ef /usr/share ]; then
	mkdir "$work/share"
	cp -r "$share/prometheus" "$work/share/" || give_up "no templates"
	mount -t tmpfs tmpfs /usr/share || give_up "no tmpfs can be mounted"
	mv "$work/share/prometheus" /usr/share/
fi

calls=$work/calls
mkdir "$calls" "$work/textfiles" "$work/run"
# As nsidwatchd(8) says under METRICS.
ln -s "$work/run/nsidwatch.prom" "$work/textfiles/"

cat >"$work/prometheus.yml" <<END
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: [$(readlink -f "$srcdir")/conf/nsidwatch.rules.yml]
scrape_configs:
  - job_name: node
    static_configs: [{ targets: ["127.0.0.1:9100"] }]
alerting:
  alertmanagers:
    - static_configs: [{ targets: ["127.0.0.1:9093"] }]
END
cat >"$work/alertmanager.yml" <<'END'
route:
  receiver: ticket
  group_by: [alertname, instance]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
  routes: [{ matchers: [severity="page"], receiver: page }]
receivers:
  - name: page
    webhook_configs: [{ url: "http://127.0.0.1:9099/page" }]
  - name: ticket
    webhook_configs: [{ url: "http://127.0.0.1:9099/ticket" }]
END

# They end with the namespaces of this story, however it ends.
python3 "$srcdir/tests/chain/receiver.py" 9099 "$calls" \
	>"$work/receiver.log" 2>&1 &
prometheus-alertmanager --config.file="$work/alertmanager.yml" \
	--storage.path="$work/alertmanager" --cluster.listen-address= \
	--web.listen-address=127.0.0.1:9093 >"$work/alertmanager.log" 2>&1 &
prometheus-node-exporter --collector.disable-defaults --collector.textfile \
	--collector.textfile.directory="$work/textfiles" \
	--web.listen-address=127.0.0.1:9100 >"$work/exporter.log" 2>&1 &
prometheus --config.file="$work/prometheus.yml" \
	--storage.tsdb.path="$work/prometheus" \
	--web.listen-address=127.0.0.1:9090 >"$work/prometheus.log" 2>&1 &

gets() {
	curl -s -f -o /dev/null "http://127.0.0.1:$1"
}
# query EXPRESSION: its first value.
query() {
	curl -s -G --data-urlencode "query=$1" \
		http://127.0.0.1:9090/api/v1/query |
		jq -r '.data.result[0].value[1] // empty'
}
is_now() {
	[ "$(query "$1")" = "$2" ]
}
until_true 30 gets 9093/-/ready || give_up "$(tail "$work/alertmanager.log")"
until_true 60 gets 9090/-/ready || give_up "$(tail "$work/prometheus.log")"
until_true 60 gets 9100/metrics || give_up "$(tail "$work/exporter.log")"

# The recording holds the finding from its 10th second to its 30th.
recording "$work/violation.pcap" --stands 20
replay_daemon "MetricsFile=$work/run/nsidwatch.prom
MetricsInterval=1s" "$work/violation.pcap"
until_true 20 is_now nsidwatch_missing_removals 0 ||
	give_up "the metrics do not get to Prometheus"
is_now 'count(time() - node_textfile_mtime_seconds{
	file=~"(.*/)?nsidwatch[.]prom"} < 60)' 1 ||
	fault "nobody can tell how old the metrics are"
is_now 'count(ALERTS)' '' || fault "there is an alert before the fault"

# holds_of FILE FILTER: true of the list of all that came.
holds_of() {
	[ -s "$calls/$1" ] && jq -s -e "$2" "$calls/$1" >/dev/null 2>&1
}
show_calls() {
	jq -c '[.status, .receiver, (.alerts[] | [.status, .labels])]' \
		"$calls/$1" 2>/dev/null
}

begin=$SECONDS
until_true 30 holds_of page 'any(.status == "firing")' ||
	fault "nobody is called"
say "the page came $((SECONDS - begin)) s after the first scrape"
until_true 60 holds_of page 'any(.status == "resolved")' ||
	fault "nobody is told that it is over"
say "it was over after $((SECONDS - begin)) s"
until_true 30 holds_of ticket \
	'any(.[].alerts[].labels; .alertname == "NsidwatchRemovalWrong")' ||
	fault "no ticket tells of the late removal"
eventually 30 '.replay.ended' status

holds_of page 'map(.status) == ["firing", "resolved"]' ||
	fault "the page did not come once and resolve: $(show_calls page)"
holds_of page 'all(.alerts | length == 1)' ||
	fault "there was more than one: $(show_calls page)"
holds_of page 'all(.alerts[0].labels == {
	alertname: "NsidwatchRemovalMissing", severity: "page",
	kind: "missing", source: "recording", job: "node",
	instance: "127.0.0.1:9100" })' ||
	fault "the labels are others: $(show_calls page)"
holds_of page 'all(.alerts[0].annotations |
	(.summary | startswith("127.0.0.1:9100: 1 nsids of dead")) and
	(.runbook_url | endswith("/runbook/removal-missing.md")))' ||
	fault "the page does not say where to read on"
holds_of ticket 'all(.[].alerts[].labels; .severity == "ticket" and
	.alertname == "NsidwatchRemovalWrong" and .kind == "late")' ||
	fault "there are other tickets: $(show_calls ticket)"
stop_daemon

if ((faults > 0)); then
	tail -n 5 "$work"/{receiver,alertmanager,exporter,prometheus}.log
fi
finish
