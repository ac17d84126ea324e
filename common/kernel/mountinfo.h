/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * /proc/PID/mountinfo, as far as it shows network namespaces. A pure parser:
 * the paths in it are strangers' choice. Source: proc(5), show_mountinfo() in
 * fs/proc_namespace.c (blanks, backslashes and newlines of a path are escaped
 * as three octal digits).
 */

#include "common/engine/event.h"

enum mountinfo_outcome {
	MOUNTINFO_OTHER = 1, /* no mount of a network namespace, or no mount */
	MOUNTINFO_LONG,	     /* its path is too long for a name */
};

/*
 * mountinfo_parse - one line, with or without its newline.
 *
 * Returns 0 with the path where a network namespace is mounted (absolute,
 * shorter than NAME_MAX_BYTES, unescaped: any bytes but NUL), or an outcome.
 */
int mountinfo_parse(const char *line, size_t len,
		    char ret_path[static NAME_MAX_BYTES]);
