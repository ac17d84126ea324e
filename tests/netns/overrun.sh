#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A receive buffer that is far too small: what was lost is said, what it
# touched is left in doubt, nothing is violated; and after it all is known anew.

# Functions are handed to until_true and is.
# shellcheck disable=SC2119,SC2317
# shellcheck source=tests/lib/story.sh
. "${srcdir:-.}/tests/lib/story.sh"

is 4 "$NSIDWATCH" --receive-buffer 4096 --json selftest --survivors 100 \
	--dying 400
holds '.gaps > 0 and .verdict == "indeterminate"'
holds '.deaths.reasons.gap > 0'
no_finding

start_daemon '' --receive-buffer 4096
"$NSIDWATCH" --json selftest --survivors 100 --dying 400 \
	>"$work/out" 2>"$work/err"
status=$?
((status == 0 || status == 4)) || fault "exit $status of selftest"
no_finding
eventually 120 '.gaps > 0 and .coverage.holders_heard == 1' status
eventually 120 '.deaths.reasons.gap > 0' status
is 0 ask status
no_finding
is 0 ask audit
holds '.mismatches == 0'
stop_daemon

finish
