/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Those that a pass has met, by serial, with a mark each. */

#include <stdint.h>

/* A peer or a holder of the running pass. */
struct seen {
	uint64_t serial; /* 0: nobody */
	uint64_t mark; /* peer: its last block; holder: its last lap; 0 none */
};

/* What is borrowed from it is good until the next one is added. */
struct set {
	struct seen *slots; /* owned; 1 << bits of them, or NULL */
	uint32_t bits;
	uint32_t count; /* at most half of them */
};

/*
 * seen_get - the one with this serial, added where it is new. NULL beyond the
 * ceiling and where memory is out: a table that cannot grow makes a count too
 * low, it never ends the program.
 */
struct seen *seen_get(struct set *set, uint64_t serial);

/* seen_clear - nobody is left in it. */
void seen_clear(struct set *set);
