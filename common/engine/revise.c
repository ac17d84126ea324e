/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/revise.h"

#include "common/engine/deaths.h"
#include "common/engine/judge.h"
#include "common/engine/state.h"

/* So many times more closed entries than are to be remembered. */
#define FAR_TOO_MANY 4

void revise_concern(struct watch *watch, uint64_t id, int by)
{
	struct death *death = verify_find(&watch->verify, id);

	if (!death)
		return;
	death->findings += by;
	if (death->verdict == VERDICT_OPEN)
		return;
	if (death->findings)
		deaths_revise(watch, death, VERDICT_VIOLATED, PROOF_NONE,
			      REASON_NONE);
	else
		deaths_revise(watch, death, VERDICT_INDETERMINATE, PROOF_NONE,
			      REASON_TAINTED);
}

/* A closed verdict that rested on what is now in doubt. */
static void taint_one(struct watch *watch, struct death *death)
{
	death->tainted = true;
	if (death->verdict == VERDICT_VERIFIED)
		deaths_revise(watch, death, VERDICT_INDETERMINATE, PROOF_NONE,
			      REASON_TAINTED);
}

void revise_doubt(struct watch *watch, uint64_t id)
{
	struct death *death = verify_find(&watch->verify, id);

	if (death)
		taint_one(watch, death);
}

static bool removed_from(const struct death *death, const struct entry *entry)
{
	uint32_t i;

	for (i = 0; i < death->n_listed; i++)
		if (death->removals[i].holder == entry->holder &&
		    death->removals[i].nsid == entry->nsid)
			return true;
	return false;
}

void revise_taint(struct watch *watch, const struct entry *entry, uint64_t id)
{
	struct verify *verify = &watch->verify;
	struct death *death;

	for (death = verify->open_first; death; death = death->next)
		if (death->id != id && (!id || removed_from(death, entry)))
			taint_one(watch, death);
	death = verify_find(verify, entry->closed_death);
	if (death && death->id != id)
		taint_one(watch, death);
}

static void taint_unheard(struct watch *watch, struct death *death,
			  uint64_t from_seq, uint64_t to_seq)
{
	for (; death; death = death->next)
		if (death->first_seq > from_seq && death->first_seq < to_seq)
			taint_one(watch, death);
}

/* The last whole table of holder that was asked before event seq; 0 none. */
static uint64_t table_before(const struct netns *holder, uint64_t seq)
{
	uint64_t last = 0;
	uint32_t i;

	for (i = 0; i < holder->n_table_seqs && i < TABLE_SEQS; i++)
		if (holder->table_seqs[i] < seq && holder->table_seqs[i] > last)
			last = holder->table_seqs[i];
	return last;
}

void revise_unheard(struct watch *watch, const struct entry *entry,
		    const struct netns *peer, uint64_t seq)
{
	uint64_t from_seq = table_before(entry->holder, seq);
	uint64_t to_seq = peer ? peer->born_seq : UINT64_MAX;

	taint_unheard(watch, watch->verify.open_first, from_seq, to_seq);
	taint_unheard(watch, watch->verify.closed_first, from_seq, to_seq);
}

void revise_unasked(struct watch *watch, const struct entry *entry, uint64_t id)
{
	struct death *death;

	death = verify_find(&watch->verify, id ? id : entry->closed_death);
	/* A DEL too many was heard, whenever the holder died. */
	if (!death ||
	    (entry->balance >= 0 && !judge_survived(death, entry->holder)))
		return;
	if (death->verdict == VERDICT_OPEN)
		death->holder_died = true;
	else
		taint_one(watch, death);
}

/* Whoever excused itself by a death that is now in doubt proves nothing. */
static void taint_excused(struct watch *watch, struct death *death,
			  const struct netns *holder)
{
	uint32_t i;

	for (; death; death = death->next)
		for (i = 0; i < death->n_excusers; i++)
			if (death->excusers[i] == holder->serial)
				taint_one(watch, death);
}

void revise_excused(struct watch *watch, const struct netns *holder)
{
	taint_excused(watch, watch->verify.open_first, holder);
	taint_excused(watch, watch->verify.closed_first, holder);
}

void revise_forget(struct watch *watch)
{
	struct ledger *ledger = &watch->ledger;
	struct death *death = watch->verify.open_first;
	uint64_t seq = sync_oldest(watch);

	if (ledger->n_idle / FAR_TOO_MANY <= ledger->max_idle) {
		if (death && death->first_seq <= seq)
			seq = death->first_seq - 1;
	} else {
		for (; death; death = death->next)
			death->partial = true;
	}
	ledger_prune(ledger, seq);
}

void revise_accounts(struct watch *watch)
{
	struct death *death;

	for (death = watch->verify.closed_first; death; death = death->next)
		if (death->in_span && death->verdict == VERDICT_INDETERMINATE &&
		    death->reason == REASON_UNATTRIBUTED && !death->tainted &&
		    !death->holder_died && !death->inherited &&
		    accounts_cover(watch, death))
			deaths_revise(watch, death, VERDICT_VERIFIED,
				      PROOF_ACCOUNTS, REASON_NONE);
}
