/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/effect.h"

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
	r = effect_all(watch, &effect);
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
