/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The end of check and selftest: barriers, verdicts, and what they come to.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct options;
struct session;

/*
 * judging_run - two barriers, at most timeout_ns for all, and the verdicts.
 * Ends early on SIGINT or SIGTERM: then what is open stays unproved.
 */
int judging_run(struct session *session, uint64_t timeout_ns);

struct judging_result {
	bool allow_none;   /* no death at all is well */
	uint64_t at_least; /* so many deaths there must have been */
	bool list;	   /* tell of each death */
};

/*
 * judging_report - print the summary, with `more` (given away, or NULL) added
 * to it. Returns what it comes to: STATUS_WELL, STATUS_FINDINGS,
 * STATUS_INDETERMINATE, or STATUS_FAILURE.
 */
int judging_report(struct session *session, const struct options *options,
		   const struct judging_result *result, json_t *more);
