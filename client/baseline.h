/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What namespaces and entries are here that were not there before: one verb
 * keeps what the daemon knows in a file, the other compares. Both return an
 * enum status, having said what went wrong.
 *
 * The file is JSON: { "nsidwatch": "baseline", "format": 1, "boot": the boot's
 * id, "at", "version", "counted_since": of the daemon's numbers, "namespaces",
 * "entries" }, with rows as the daemon gives them. Numbers and ids mean something
 * in one boot of one machine only, and a number with its generation only to a
 * daemon that counts on.
 */

struct options;

int baseline_run(const struct options *options);
/* STATUS_FINDINGS where anything is new. */
int diff_run(const struct options *options);
