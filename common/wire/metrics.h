/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How things stand as text in Prometheus's exposition format, version 0.0.4
 * ("Exposition formats" at prometheus.io). One table, a row a metric. As many
 * series whatever is watched: no label names a namespace or a number.
 */

#include <stddef.h>

struct shapes_daemon;
struct watch;

/*
 * metrics_text - all of them. The text is the caller's to free(); NULL: no
 * memory.
 */
char *metrics_text(const struct watch *watch,
		   const struct shapes_daemon *daemon);

/* metrics_name - in the order of the table, from 0; NULL beyond the last.
 * *ret_label: the label's key, NULL where there is none. */
const char *metrics_name(size_t index, const char **ret_label);
