/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The latest alerts, for those who subscribe (io.nsidwatch(7)). */

#include <jansson.h>
#include <stdint.h>

#include "common/wire/shapes.h"

#define ALERTS_KEPT 256

struct alerts {
	json_t *ring[ALERTS_KEPT]; /* owned; NULL: it was lost */
	uint64_t seq;		   /* of the newest one, from 1 */
};

void alerts_deinit(struct alerts *alerts);

/* alerts_add - document is borrowed and may be NULL: then it counts as lost. */
void alerts_add(struct alerts *alerts, json_t *document);

/*
 * alerts_list - the next ones as { "alerts": [], "lost": how many were
 * overwritten meanwhile }. Without a limit the cursor begins with those to come,
 * else with the newest so many. NULL: no memory.
 */
json_t *alerts_list(const struct alerts *alerts, struct shapes_cursor *cursor);
