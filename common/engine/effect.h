/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A settled answer takes effect: which of its rows, and which entries without
 * one, are looked at, and what it says of the holder as a whole. What each of
 * them says is in tables.h.
 */

#include "common/engine/sync.h"

/* One answer on its way into the ledger. */
struct effect {
	struct pending *pending;
	struct netns *holder;
	uint64_t serial;
	bool touched; /* something has to be asked again */
	bool judged;  /* the holder was live: differences matter */
	uint32_t compared;
	uint32_t mismatches;
	uint32_t beyond; /* rows that a ceiling left out */
};

/* effect_take - let one settled answer take effect, which may lose its rows. 0
 * or -ENOMEM. */
int effect_take(struct watch *watch, struct pending *pending);
