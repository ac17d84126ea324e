#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Includes point one way: the engine uses nothing of ours, the kernel talk and
# the wire use the engine's values, the programs use common/, tests use all.

# shellcheck source=tests/lint/lib.sh
. "${srcdir:-.}/tests/lint/lib.sh"

# may_use FOLDER PATTERN: what of ours the files below FOLDER may include.
may_use() {
	local file line number header

	while IFS=: read -r file number line; do
		header=${line#*\"}
		header=${header%%\"*}
		[[ $header =~ ^($2)/ ]] ||
			fault "$file:$number: must not include \"$header\""
		[ -f "$header" ] ||
			fault "$file:$number: no such file \"$header\" from the root"
	done < <(sources "$1" | xargs grep -n -H -E '^[[:space:]]*#[[:space:]]*include[[:space:]]*"')
}

may_use common/engine 'common/engine'
may_use common/kernel 'common/kernel|common/engine'
may_use common/wire 'common/wire|common/engine'
may_use daemon 'daemon|common/(engine|kernel|wire)'
may_use client 'client|common/(engine|kernel|wire)'
[ -d tests ] && may_use tests 'tests|daemon|client|common/(engine|kernel|wire)'

# only_in HEADER PATTERN: the system header is included by these files alone.
only_in() {
	local file

	while read -r file; do
		[[ $file =~ ^($2)$ ]] || fault "$file: must not include <$1>"
	done < <(sources common daemon client tests |
		xargs grep -l -E "#[[:space:]]*include[[:space:]]*<$1")
}

only_in 'ev\.h>' 'daemon/[a-z_]+\.c|tests/unit/test_hook\.c'
only_in 'systemd/' 'daemon/(journal|notify)\.c'
only_in 'bpf/' 'common/kernel/btf\.c'
only_in 'pcap' 'common/kernel/capture\.c'
only_in 'cap-ng\.h>' 'common/kernel/[a-z_]+\.c'
only_in 'libmnl/' 'common/(engine|kernel)/[a-z_]+\.[ch]|tests/.*'
only_in 'jansson\.h>' '(common/wire|daemon|client|tests)/.*'

# The engine knows no socket, clock, file or log.
while IFS=: read -r file number line; do
	fault "$file:$number: not in the engine: $line"
done < <(sources common/engine | xargs grep -n -H -E \
	'#[[:space:]]*include[[:space:]]*<(sys/(socket|stat|time|epoll)|time|unistd|fcntl|syslog|signal|poll|pthread)')

# Time is read in one file.
while IFS=: read -r file number line; do
	[ "$file" = common/kernel/clock.c ] ||
		fault "$file:$number: time is read in common/kernel/clock.c only"
done < <(sources common daemon client | xargs grep -n -H -E \
	'\b(clock_gettime|gettimeofday|time)\((CLOCK|NULL|0|&)')

finish
