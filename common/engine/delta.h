/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a table of home's may say that its last one did not. Every death asks for
 * home's table, and of a large one nearly all rows say what they said before:
 * they are compared as they came, and only numbers that differ, or that
 * something happened to since, are looked at one by one. Whatever is not surely
 * known to be the same makes all of them be looked at.
 */

#include "common/engine/entry.h"

struct pending;

/* Where more numbers than these have to be looked at, all are. */
#define DELTA_NUMBERS 1024

struct delta {
	struct row *rows; /* owned: the last ones in effect, ascending; NULL,
			     as where there were none: look at all numbers */
	size_t n_rows;
	uint32_t n_numbers;
	int32_t numbers[DELTA_NUMBERS]; /* to be looked at in the next table */
};

/* delta_drop - all numbers have to be looked at in the next table. */
void delta_drop(struct delta *delta);

/*
 * delta_touch - what is known of an entry has changed. Entries of other holders
 * than home are ignored.
 */
void delta_touch(struct delta *delta, struct entry *entry);

/*
 * delta_take - the numbers that have to be looked at in this table of home's,
 * ascending, each once, at most DELTA_NUMBERS of them; the count, or -1: all of
 * them. There are rows then, and they ascend.
 */
int delta_take(struct delta *delta, const struct pending *pending,
	       int32_t *ret_numbers);

/* delta_order - which of two such numbers is first, for qsort and bsearch. */
int delta_order(const void *a, const void *b);

/*
 * delta_settle - a table of home's that was asked for after event seq is in
 * effect, and the entry was or was not listed: unless the same row, or none,
 * would have no more effect, the next table looks at it again.
 */
void delta_settle(struct delta *delta, struct entry *entry, bool listed,
		  uint64_t seq);

/*
 * delta_keep - all that this whole table of home's says is in effect. Takes its
 * rows, and gives what it kept before in exchange.
 */
void delta_keep(struct delta *delta, struct pending *pending);
