#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The daemon under valgrind, with the selftest's load and a client of each
# kind: no error and no leak.

# shellcheck disable=SC2119
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

[ -z "${NSIDWATCH_SANITIZERS:-}" ] ||
	skip "valgrind cannot run what the sanitizers were built into"
command -v valgrind >/dev/null || skip "valgrind is not installed"

# stop_daemon asks for status 0, and valgrind gives 9 where it has a complaint.
daemon_through=(valgrind --quiet --leak-check=full --show-leak-kinds=all
	'--errors-for-leak-kinds=definite,indirect,possible' --error-exitcode=9)
start_daemon 'Adopt=named'
is 0 "$NSIDWATCH" selftest --survivors 5 --dying 50
namespace a
eventually 60 '.namespaces | any(.name == "/run/netns/'"$prefix"'-a")' namespaces
for verb in nsids deaths passes findings events audit; do
	is 0 ask "$verb"
done
stop_daemon

finish
