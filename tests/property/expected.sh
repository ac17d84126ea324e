#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the engine says of the histories of expected.txt, compared with what is
# kept there.

set -u

prove=./tests/property/prove
if [ ! -x "$prove" ]; then
	echo "SKIP: $prove was not built, for want of cmocka"
	exit 77
fi
exec "$prove" --expect "${srcdir:-.}/tests/property/expected.txt"
