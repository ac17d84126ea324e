/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the engine wants the world to know, as lines in the log: a line a
 * finding, one on a gap and then one summary an interval, none on an event or
 * a death.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/engine/event.h"

struct watch;

#define REPORTS_INTERVAL_NS (60 * 1000000000ull)
#define REPORTS_LINE_MAX 256

struct reports {
	uint64_t gap_ns;    /* of the last line on a gap; 0: none yet */
	uint64_t gaps_told; /* so many had begun by then */
};

/* reports_take - take the engine's notices and say what is to be said. */
void reports_take(struct reports *reports, struct watch *watch,
		  const struct stamp *now);

/* reports_status - how things stand, in one line. */
void reports_status(const struct watch *watch, char *ret_text, size_t size);
