#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every script of the tree goes through shellcheck.

# shellcheck source=tests/lint/lib.sh
. "${srcdir:-.}/tests/lint/lib.sh"

need shellcheck
mapfile -t scripts < <(find tests -name '*.sh' | sort)
shellcheck --shell=bash --external-sources \
	dev .ci/run "${scripts[@]}" || fault "shellcheck has something to say"
shellcheck systemd/nsidwatch-failed || fault "shellcheck has something to say"

finish
