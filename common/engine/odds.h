/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who has to be looked at for each death. A netns is odd that is not live, or
 * not complete, or names somebody whom nobody knows, or has a baseline that is
 * younger than an open death. On a host that is well nearly all are plain, and
 * a death looks at none of those.
 *
 * All begin as odd. Whoever makes one odd again says so with odds_add(); that
 * one is plain is only found by whoever walks the odd ones.
 */

#include <stdbool.h>

struct netns;

struct odds {
	struct netns *first, *last; /* borrowed; linked by odd_prev, odd_next */
	bool mixed;		    /* not in the order of their birth */
};

/* odds_add - nothing happens where it is odd, or off the ledger's list. */
void odds_add(struct netns *netns);

/* odds_remove - it is plain, or off; nothing happens where it is not odd. */
void odds_remove(struct netns *netns);

/* odds_walk - the first one, in the order of their birth; NULL for none. */
struct netns *odds_walk(struct odds *odds);
