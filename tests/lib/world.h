/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The small world in which the cases play: three holders, two peers, all
 * named, known to home and learned by the engine.
 *
 *	home	1 a, 2 b, 3 c, 4 p, 5 q
 *	a	10 p, 11 q, 12 home, 13 b
 *	b	20 p, 21 q, 25 a
 *	c	31 q, 35 a
 */

#include "tests/lib/script.h"

struct world {
	struct script *script; /* owned */
	int a, b, c, p, q;
};

/* world_make - not yet started; world_setup - learned: both for cmocka. */
int world_make(void **state);
int world_setup(void **state);
int world_teardown(void **state);

#define KIND(kind) (1u << FINDING_##kind)

/* world_found - this many findings, of these kinds, none withdrawn. */
void world_found(struct world *world, unsigned int kinds, unsigned int least,
		 unsigned int most);
/* world_clean - no finding was ever made. */
void world_clean(struct world *world);
/* world_verdict, world_not - the verdict on this space's death. */
void world_verdict(struct world *world, int space, enum verdict verdict);
void world_not(struct world *world, int space, enum verdict verdict);
/* world_doubt - indeterminate, for this reason. */
void world_doubt(struct world *world, int space, enum reason reason);

/* world_newborn - a namespace with this number in home, perhaps a name. */
int world_newborn(struct world *world, int32_t nsid, const char *name);

#define WORLD_CASE(test) \
	cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)
#define WORLD_FRESH(test) \
	cmocka_unit_test_setup_teardown(test, world_make, world_teardown)
