/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A holder's entries by their number, and in the order in which they came. An
 * entry is found with one look into a flat table and one at the entry: on a
 * host with a million of them every other step would be a cache miss, and an
 * event needs two such searches.
 */

#include <stdint.h>

struct entry;

struct numbers {
	struct entry **slots; /* owned; 1 << bits of them, or NULL */
	uint32_t bits;
	uint32_t count;
	struct entry *first, *last; /* linked by their prev and next */
};

/* numbers_find - the entry under nsid, borrowed; NULL where there is none. */
struct entry *numbers_find(const struct numbers *numbers, int32_t nsid);

/*
 * numbers_add - link an entry, whose nsid is set and which none is found under.
 * 0, or -ENOMEM and nothing happened.
 */
int numbers_add(struct numbers *numbers, struct entry *entry);

/* numbers_remove - unlink it; what is empty owns nothing. */
void numbers_remove(struct numbers *numbers, struct entry *entry);
