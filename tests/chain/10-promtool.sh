#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# promtool has nothing to say against the metrics and the rules, and the rules
# do what their tests say. Each alert has its page.

# story.sh reads it; stop_daemon takes no argument here.
# shellcheck disable=SC2034,SC2119
STORY_HOME=none
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"
# shellcheck source=tests/recorded/lib.sh
. "${srcdir:-.}/tests/recorded/lib.sh"
command -v promtool >/dev/null || skip "promtool is not installed"

# clean NAME: promtool takes the metrics, and says nothing.
clean() {
	promtool check metrics <"$work/m.prom" >"$work/out" 2>&1 ||
		fault "$1: promtool check metrics ends with $?"
	[ -s "$work/out" ] && fault "$1: $(cat "$work/out")"
}

recording "$work/violation.pcap" --stands 20
replay_daemon "MetricsFile=$work/m.prom
MetricsInterval=1s" "$work/violation.pcap"
clean "at the beginning"
until_true 30 grep -q '^nsidwatch_missing_removals 1$' "$work/m.prom" ||
	fault "no finding"
clean "with a finding"
stop_daemon
clean "at the end"

cp "$srcdir/conf/nsidwatch.rules.yml" "$srcdir/tests/chain/rules.test.yml" \
	"$work/"
cd "$work" || exit 99
is 0 promtool check rules nsidwatch.rules.yml
says out 'SUCCESS: 6 rules found'
is 0 promtool test rules rules.test.yml
says out 'SUCCESS'

# ---- every alert is tested, and tells where to read on ---------------------------

while read -r alert; do
	grep -q "alertname: $alert\$" rules.test.yml ||
		fault "$alert has no test"
	grep -q -r -x "# $alert ([a-z]*)" "$srcdir/doc/runbook" ||
		fault "$alert has no page"
done < <(sed -n 's/^ *- alert: //p' nsidwatch.rules.yml)
while read -r page; do
	[ -s "$srcdir/doc/runbook/$page" ] || fault "there is no page $page"
done < <(sed -n 's|^ *runbook_url: .*/runbook/||p' nsidwatch.rules.yml)
# What the rules look at are metrics that there are.
while read -r name; do
	grep -q "^# TYPE $name " m.prom || fault "there is no metric $name"
done < <(grep -o -E '\bnsidwatch_[a-z_]+' nsidwatch.rules.yml | sort -u)

finish
