/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/delta.h"

#include <stdlib.h>
#include <string.h>

#include "common/engine/pending.h"

/* Rows are compared in runs of so many, and one by one where a run differs. */
#define RUN 64

void delta_drop(struct delta *delta)
{
	free(delta->rows);
	delta->rows = NULL;
	delta->n_rows = delta->n_numbers = 0;
}

/* There are rows to compare with; where there is no room, no more. */
static void add(struct delta *delta, int32_t nsid)
{
	if (delta->n_numbers == DELTA_NUMBERS)
		delta_drop(delta);
	else
		delta->numbers[delta->n_numbers++] = nsid;
}

void delta_touch(struct delta *delta, struct entry *entry)
{
	if (!entry->holder->home || !delta->rows || entry->changed)
		return;
	entry->changed = true;
	add(delta, entry->nsid);
}

static bool ascending(const struct row *rows, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (rows[i].nsid <= rows[i - 1].nsid)
			return false;
	return true;
}

static size_t same_run(const struct row *a, size_t n_a, const struct row *b,
		       size_t n_b)
{
	bool same = n_a >= RUN && n_b >= RUN &&
		    memcmp(a, b, RUN * sizeof(*a)) == 0;

	return same ? RUN : 0;
}

/*
 * Adds the numbers of all rows that only one of both has, or that differ.
 * False where the new ones do not ascend, or nothing is left to compare with.
 */
static bool compare(struct delta *delta, const struct row *new, size_t n_new)
{
	const struct row *old = delta->rows;
	size_t n_old = delta->n_rows, i = 0, j = 0, run;
	bool older, newer;

	while (delta->rows && (i < n_old || j < n_new)) {
		run = same_run(old + i, n_old - i, new + j, n_new - j);
		i += run;
		j += run;
		if (run)
			continue;
		older = i < n_old && (j == n_new || old[i].nsid <= new[j].nsid);
		newer = j < n_new && (i == n_old || new[j].nsid <= old[i].nsid);
		if (newer && j && new[j].nsid <= new[j - 1].nsid)
			return false;
		if (!older || !newer || old[i].peer != new[j].peer)
			add(delta, older ? old[i].nsid : new[j].nsid);
		i += older;
		j += newer;
	}
	return delta->rows;
}

int delta_order(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

int delta_take(struct delta *delta, const struct pending *pending,
	       int32_t *ret_numbers)
{
	int n = 0;
	size_t i;

	if (pending->extent != EXTENT_WHOLE || pending->n_rows == 0 ||
	    !compare(delta, pending->rows, pending->n_rows))
		return -1;
	qsort(delta->numbers, delta->n_numbers, sizeof(*delta->numbers),
	      delta_order);
	for (i = 0; i < delta->n_numbers; i++)
		if (n == 0 || delta->numbers[i] != ret_numbers[n - 1])
			ret_numbers[n++] = delta->numbers[i];
	delta->n_numbers = 0;
	return n;
}

/* The same row, or again none, would say nothing new of it (tables.c). */
static bool settled(const struct entry *entry, bool listed, uint64_t seq)
{
	const struct generation *open = entry->open;

	if (!entry->known || entry->rebase || entry->suspicion ||
	    entry->touched_seq > seq)
		return false;
	if (!listed)
		return !open && entry->lacked;
	return open && !open->next && open->listed && entry->balance == 1 &&
	       open->knowledge != PEER_NONE;
}

void delta_settle(struct delta *delta, struct entry *entry, bool listed,
		  uint64_t seq)
{
	entry->changed = false;
	if (!settled(entry, listed, seq))
		delta_touch(delta, entry);
}

void delta_keep(struct delta *delta, struct pending *pending)
{
	struct row *rows = delta->rows;

	if (!rows && !ascending(pending->rows, pending->n_rows))
		return;
	delta->rows = pending->rows;
	delta->n_rows = pending->n_rows;
	pending->rows = rows;
	pending->n_rows = pending->cap_rows = 0;
}
