/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the engine wants the world to know, and how much of it at once: a
 * finding each, its end each, a gap, a namespace that lingers; none on an event
 * or a death. Of each class so many are told in full within an interval, the
 * first one always; what is beyond is told at its end, as one exact number.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/engine/event.h"
#include "common/engine/finding.h"

struct alert;
struct alert_origin;
struct watch;

#define REPORTS_INTERVAL_NS (60 * 1000000000ull)
#define REPORTS_IN_FULL 10 /* of one class, within an interval */
#define REPORTS_LINE_MAX 256

/* Findings by their kind, and behind them: */
enum report_class {
	REPORT_RESOLVED = FINDING_KINDS,
	REPORT_WITHDRAWN,
	REPORT_LINGERING,
	REPORT_RELEASED,
	REPORT_GAP,
	REPORT_CLASSES,
};

struct reports {
	void (*tell)(void *userdata, const struct alert *alert);
	void *userdata;	  /* borrowed */
	bool recorded;	  /* nothing of it happens here and now */
	uint64_t finding; /* those up to this id have been looked at */
	uint64_t changes; /* likewise, of all that findings had */
	struct report_count {
		uint64_t told;	   /* in full or in a number, since the start */
		uint64_t since_ns; /* of the interval; CLOCK_MONOTONIC */
		uint32_t in_full;  /* within the interval */
	} counts[REPORT_CLASSES];
	uint64_t lingering; /* that were seen to begin, since the start */
	uint64_t released;  /* to end */
};

/* reports_begin - with an engine whose past, if any, has been told. */
void reports_begin(struct reports *reports, const struct watch *watch);

/*
 * reports_take - take the engine's notices and tell what is to be told.
 * now is this machine's; recorded moments have their own.
 */
void reports_take(struct reports *reports, struct watch *watch,
		  const struct stamp *now);

/* reports_end - tell what waits for the end of an interval. */
void reports_end(struct reports *reports, const struct watch *watch,
		 const struct stamp *now);

/* reports_deadline - when reports_take() is wanted without news, in nanoseconds
 * of CLOCK_MONOTONIC; UINT64_MAX: never. */
uint64_t reports_deadline(const struct reports *reports,
			  const struct watch *watch);

/* reports_status - how things stand, in one line. */
void reports_status(const struct reports *reports, const struct watch *watch,
		    char *ret_text, size_t size);
