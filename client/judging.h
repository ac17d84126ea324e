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
struct shapes_kernel;
struct watch;

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

/* What is reported on, here or in a replay. */
struct judged {
	const struct watch *watch;	    /* borrowed */
	const struct shapes_kernel *kernel; /* borrowed */
	json_t *notes;			    /* borrowed; more are added */
	bool span;	    /* the deaths of the span, not all there were */
	uint64_t gaps;	    /* that there were before it */
	uint64_t deaths;    /* likewise */
	bool names_missing; /* a scan could not ask all names */
	bool unfinished;    /* a recording that ends before its time */
};

/* judging_note - one more line for people, 255 bytes at most. */
void judging_note(json_t *notes, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* judging_print - the report itself; as judging_report(). */
int judging_print(const struct judged *judged, const struct options *options,
		  const struct judging_result *result, json_t *more);

/*
 * judging_remark - what a report says beside the verdicts, as it stands in a
 * recording: one line of JSON, the caller's to free(). NULL: no memory.
 */
char *judging_remark(const struct judged *judged,
		     const struct judging_result *result, json_t *more);

/*
 * judging_recall - the same back. Any text is legal; what it does not say is
 * left alone. *ret_more is given away, or NULL; notes are added to judged's.
 */
void judging_recall(const char *text, struct judged *judged,
		    struct judging_result *result, json_t **ret_more);

/*
 * judging_report - print the summary, with `more` (given away, or NULL) added
 * to it. Returns what it comes to: STATUS_WELL, STATUS_FINDINGS,
 * STATUS_INDETERMINATE, or STATUS_FAILURE.
 */
int judging_report(struct session *session, const struct options *options,
		   const struct judging_result *result, json_t *more);
