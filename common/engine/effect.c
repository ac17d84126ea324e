/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/effect.h"

#include <stdlib.h>

#include "common/engine/audit.h"
#include "common/engine/sightings.h"
#include "common/engine/state.h"

/* What the answer says of the holder as a whole. */
static void effect_holder(struct effect *effect)
{
	const struct pending *pending = effect->pending;
	struct netns *holder = effect->holder;
	bool whole = pending->extent == EXTENT_WHOLE;
	uint32_t at;

	if (pending->asked_seq >= holder->table_seq) {
		holder->table_seq = pending->asked_seq;
		holder->table_whole = whole;
		holder->table_last = pending->last;
	}
	if (whole) {
		at = holder->n_table_seqs++ % TABLE_SEQS;
		holder->table_seqs[at] = pending->asked_seq;
		holder->table_ns[at] = pending->came_ns;
	}
	if (!effect->judged || (whole && !holder->complete)) {
		holder->trust = TRUST_LIVE;
		holder->complete = whole && !effect->beyond;
		holder->baseline_seq = pending->asked_seq;
		holder->baseline_ns = pending->came_ns;
	}
	holder->n_beyond = effect->beyond;
}

/* All that the answer says, row by row and then entry by entry. */
static int effect_all(struct watch *watch, struct effect *effect)
{
	struct entry *entry, *next;
	size_t i;
	int r;

	for (i = 0; i < effect->pending->n_rows; i++) {
		r = tables_row(watch, effect, &effect->pending->rows[i]);
		if (r < 0)
			return r;
	}
	if (effect->pending->extent == EXTENT_POINTS)
		return 0;
	for (entry = effect->holder->entries.first; entry; entry = next) {
		next = entry->next;
		r = tables_absent(watch, effect, entry);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A table of home's was looked at whole: the next one is compared with it. */
static void keep_home(struct watch *watch, const struct effect *effect)
{
	struct delta *delta = &watch->ledger.delta;
	struct entry *entry;

	delta_keep(delta, effect->pending);
	for (entry = effect->holder->entries.first; entry; entry = entry->next)
		delta_settle(delta, entry, entry->seen == effect->serial,
			     effect->pending->asked_seq);
}

static int by_row(const void *nsid, const void *row)
{
	int32_t x = *(const int32_t *)nsid;
	int32_t y = ((const struct row *)row)->nsid;

	return (x > y) - (x < y);
}

/* The rows ascend, and there are some. */
static const struct row *row_of(const struct pending *pending, int32_t nsid)
{
	return bsearch(&nsid, pending->rows, pending->n_rows,
		       sizeof(*pending->rows), by_row);
}

/* Of an entry that has no row: not only that once more, or again, it has none. */
static bool to_tell(const struct entry *entry)
{
	return entry->open || entry->rebase || !entry->known;
}

/* As all entries would be walked: nothing may depend on what is passed over. */
static int effect_in_order(struct watch *watch, struct effect *effect,
			   const int32_t *numbers, int n)
{
	struct entry *entry, *next;
	int r;

	for (entry = effect->holder->entries.first; entry; entry = next) {
		next = entry->next;
		if (!bsearch(&entry->nsid, numbers, (size_t)n, sizeof(*numbers),
			     delta_order))
			continue;
		r = tables_absent(watch, effect, entry);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Two of which there is anything to tell are rare. */
static int effect_missing(struct watch *watch, struct effect *effect,
			  const int32_t *numbers, int n)
{
	struct entry *entry;
	int i, told = 0, r;

	for (i = 0; i < n; i++) {
		entry = ledger_entry(effect->holder, numbers[i]);
		told += entry && entry->seen != effect->serial &&
			to_tell(entry);
	}
	if (told > 1)
		return effect_in_order(watch, effect, numbers, n);
	for (i = 0; i < n; i++) {
		entry = ledger_entry(effect->holder, numbers[i]);
		r = entry ? tables_absent(watch, effect, entry) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

/* Of home's table, these numbers; the other rows say what they said before. */
static int effect_numbers(struct watch *watch, struct effect *effect,
			  const int32_t *numbers, int n)
{
	const struct pending *pending = effect->pending;
	const struct row *row;
	int i, r;

	effect->compared += (uint32_t)pending->n_rows;
	for (i = 0; i < n; i++) {
		row = row_of(pending, numbers[i]);
		if (!row)
			continue;
		effect->compared--;
		r = tables_row(watch, effect, row);
		if (r < 0)
			return r;
	}
	return effect_missing(watch, effect, numbers, n);
}

/* Those that the next table has to be looked at for stay among the numbers. */
static void keep_numbers(struct watch *watch, const struct effect *effect,
			 const int32_t *numbers, int n)
{
	struct delta *delta = &watch->ledger.delta;
	struct entry *entry;
	int i;

	if (delta->rows)
		delta_keep(delta, effect->pending);
	for (i = 0; i < n; i++) {
		entry = ledger_entry(effect->holder, numbers[i]);
		if (entry)
			delta_settle(delta, entry,
				     entry->seen == effect->serial,
				     effect->pending->asked_seq);
	}
}

/* Every death asks for home's table, however many rows it has. */
static int effect_home(struct watch *watch, struct effect *effect)
{
	struct delta *delta = &watch->ledger.delta;
	int32_t numbers[DELTA_NUMBERS];
	int n = -1, r;

	if (effect->judged)
		n = delta_take(delta, effect->pending, numbers);
	if (n < 0)
		delta_drop(delta);
	r = n < 0 ? effect_all(watch, effect) :
		    effect_numbers(watch, effect, numbers, n);
	if (r < 0) {
		delta_drop(delta);
		return r;
	}
	if (n >= 0)
		keep_numbers(watch, effect, numbers, n);
	else if (effect->pending->extent == EXTENT_WHOLE)
		keep_home(watch, effect);
	return 0;
}

int effect_take(struct watch *watch, struct pending *pending)
{
	struct effect effect = {
		.pending = pending,
		.holder = pending->holder,
		.serial = ++watch->sync.table_serial,
		.judged = pending->holder->trust == TRUST_LIVE,
	};
	struct netns *holder = pending->holder;
	int r;

	if (holder->ended_seq)
		return 0;
	if (ledger_touched(&watch->ledger, holder, pending->asked_seq)) {
		sync_want(watch, holder, watch->seq, WISH_URGENT);
		return 0;
	}
	if (pending->extent == EXTENT_POINTS && !effect.judged)
		return 0;
	r = holder->home ? effect_home(watch, &effect) :
			   effect_all(watch, &effect);
	if (r < 0)
		return r;
	if (pending->extent != EXTENT_POINTS)
		effect_holder(&effect);
	if (!effect.judged && holder->home) {
		verify_gap_over(watch);
		sightings_home_known(watch);
		sync_want_scan(watch, false);
	}
	audit_note(watch, pending, effect.compared, effect.mismatches,
		   effect.beyond);
	if (effect.touched)
		sync_want(watch, holder, watch->seq, WISH_LEARN);
	if (pending->extent == EXTENT_PART)
		return probe_start(watch, holder, pending->last);
	return 0;
}
