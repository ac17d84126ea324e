/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/tables.h"

#include <errno.h>
#include <stdlib.h>

#include "common/engine/effect.h"
#include "common/engine/records.h"
#include "common/engine/revise.h"
#include "common/engine/state.h"

/* It has room for one more, or for one more owner: twice as many at most. */
static bool has_room(const struct watch *watch, const struct netns *holder,
		     uint32_t times)
{
	uint64_t max = holder->home ? watch->settings.max_holders :
				      watch->settings.max_entries;

	return holder->n_entries < max * times;
}

static bool full(struct watch *watch, struct netns *holder, uint32_t times)
{
	if (has_room(watch, holder, times))
		return false;
	watch_beyond(watch, holder->home ? CEILING_HOLDERS : CEILING_ENTRIES);
	holder->complete = false;
	odds_add(holder);
	return true;
}

bool tables_leave_out(struct watch *watch, struct netns *holder, int32_t nsid)
{
	const struct entry *entry;

	/* Nearly always: nobody is looked up for it. */
	if (has_room(watch, holder, 1))
		return false;
	entry = ledger_entry(holder, nsid);
	return full(watch, holder,
		    entry && (entry->open || entry->suspicion) ? 2 : 1);
}

int tables_appear(struct watch *watch, int32_t nsid, uint64_t seq,
		  struct generation **ret_generation)
{
	struct ledger *ledger = &watch->ledger;
	struct generation *generation;
	struct entry *entry;
	int r;

	if (nsid < 0 || nsid == ledger->self_nsid ||
	    full(watch, ledger->home, 1))
		return 0;
	r = ledger_make_entry(ledger->home, nsid, &entry);
	if (r < 0)
		return r;
	if (entry->open || entry->touched_seq > seq || entry->suspicion)
		return 0;
	/* Known to have gone: home's own table tells whether it stayed. */
	if ((entry->known || entry->rebase) && entry->touched_seq) {
		sync_demand(watch, ledger->home);
		return 0;
	}
	r = ledger_open(ledger, entry, &watch->now, seq, &generation);
	if (r < 0)
		return r;
	entry->known = true;
	entry->balance = 1;
	generation->listed = true;
	generation->peer->unproved = entry->gone;
	entry->gapped = false;
	if (ledger->home->complete && watch->ready)
		watch->counters.unheard++;
	sync_want(watch, generation->peer, watch->seq, WISH_URGENT);
	sync_want_scan(watch, false);
	*ret_generation = generation;
	return 0;
}

/* Whom does this row name? Unsettled numbers name nobody yet. */
static int row_peer(struct watch *watch, struct effect *effect,
		    const struct row *row, enum knowledge *ret_knowledge,
		    struct netns **ret_peer)
{
	struct ledger *ledger = &watch->ledger;
	struct generation *generation = NULL;
	struct netns *peer;
	int r;

	*ret_knowledge = PEER_UNKNOWN;
	*ret_peer = NULL;
	if (row->peer >= 0 && row->peer == ledger->self_nsid &&
	    ledger_number_touched(ledger, row->peer,
				  effect->pending->asked_seq)) {
		effect->touched = true;
		return 0;
	}
	if (row->nsid == effect->pending->home_nsid ||
	    (row->peer >= 0 && row->peer == ledger->self_nsid)) {
		*ret_knowledge = PEER_KNOWN;
		*ret_peer = ledger->home;
		return 0;
	}
	if (row->peer < 0) {
		*ret_knowledge = PEER_NONE;
		return 0;
	}
	peer = ledger_owner(ledger, row->peer);
	if (peer && peer->off) {
		*ret_knowledge = PEER_KNOWN;
		*ret_peer = peer;
		return 0;
	}
	if (!peer && ledger->home->trust == TRUST_LIVE) {
		r = tables_appear(watch, row->peer, effect->pending->asked_seq,
				  &generation);
		if (r < 0)
			return r;
		peer = generation ? generation->peer : NULL;
	}
	if (!peer || peer->ended_seq ||
	    ledger_touched(ledger, peer, effect->pending->asked_seq)) {
		effect->touched = true;
		return 0;
	}
	*ret_knowledge = peer == effect->holder ? PEER_SELF : PEER_KNOWN;
	*ret_peer = peer == effect->holder ? NULL : peer;
	return 0;
}

static void learn(struct watch *watch, struct effect *effect,
		  struct generation *generation, enum knowledge knowledge,
		  struct netns *peer)
{
	uint64_t seq = effect->pending->asked_seq;

	generation->listed = true;
	/* It has a number by now, whose owner is not settled. */
	if (knowledge == PEER_UNKNOWN && generation->knowledge == PEER_NONE)
		ledger_know(generation, PEER_UNKNOWN, NULL, 0);
	if (knowledge == PEER_UNKNOWN || generation->knowledge == PEER_KNOWN ||
	    generation->knowledge == PEER_SELF)
		return;
	if (knowledge == PEER_NONE && generation->knowledge == PEER_NONE)
		return;
	if (peer)
		verify_inherited(watch, generation, peer);
	ledger_know(generation, knowledge, peer, seq);
	generation->known_ns = effect->pending->came_ns;
}

/*
 * Whoever had the number in home before: it has ended, and quietly so. Whether
 * it died, nobody saw; so whom its entries name has to be asked anew.
 */
static void end_quietly(struct watch *watch, struct netns *netns)
{
	netns_ref(netns);
	sync_relearn(watch, netns);
	netns->ended_seq = watch->seq ? watch->seq : 1;
	if (netns->death)
		verify_close(watch, netns->death, VERDICT_INDETERMINATE,
			     netns->stale ? REASON_GAP : REASON_TAINTED);
	else
		watch_end_netns(watch, netns);
	netns_unref(netns);
}

void tables_misnamed(struct watch *watch, struct netns *netns)
{
	watch->counters.doubts++;
	end_quietly(watch, netns);
}

/* Home's number of one that is to be known anew, or has quietly ended. */
static bool is_former(const struct generation *generation)
{
	const struct netns *netns = generation->peer;

	if (!generation->entry->holder->home)
		return false;
	if (!netns)
		return generation->knowledge != PEER_SELF;
	/* What the dead had left there may be somebody's by now. */
	return netns->stale || (netns->ended_seq &&
				generation->entry->holder->trust == TRUST_GAP);
}

/*
 * The youngest generation stays. After a gap a number may have had another
 * owner in between: whoever has it now is a new one.
 */
static void drop_former(struct watch *watch, struct entry *entry)
{
	struct generation *generation;
	struct netns *netns;

	while ((generation = entry->open)) {
		netns = entry->holder->home ? generation->peer : NULL;
		if (!generation->next && !is_former(generation))
			return;
		if (netns)
			netns_ref(netns);
		if (netns && netns->stale)
			entry->generations--; /* the same one, for all we know */
		verify_lost(watch, generation);
		ledger_drop(&watch->ledger, generation);
		if (!netns)
			continue;
		end_quietly(watch, netns);
		netns_unref(netns);
	}
}

/*
 * More often gone than it came: counted from a moment at which it may have been
 * there, or from one at which that was known. No NEW of home's is lost without a
 * sign, so that is nobody new.
 */
static bool below_zero(const struct effect *effect, const struct entry *entry)
{
	return effect->holder->trust != TRUST_GAP && !entry->gapped &&
	       entry->balance < (entry->rebase ? 1 : 0);
}

/*
 * For all that was heard the number's owner is gone, though home lists it: it was
 * left behind, or a message was wrong and its owner lives. Nobody can ask which.
 */
static bool seems_gone(struct watch *watch, const struct effect *effect,
		       const struct entry *entry)
{
	if (entry->gone || records_stands(watch, entry, FINDING_MISSING))
		return true;
	if (records_stands(watch, entry, FINDING_DUPLICATE))
		return entry->refilled && !entry->gapped;
	return below_zero(effect, entry) &&
	       !records_stands(watch, entry, FINDING_GHOST);
}

/*
 * A number that the dead left behind in home names nobody to be asked; over a
 * gap it may have become somebody's.
 */
static void appeared(struct watch *watch, const struct effect *effect,
		     const struct entry *entry, struct netns *netns)
{
	bool gap = effect->holder->trust == TRUST_GAP;

	if (records_stands(watch, entry, FINDING_MISSING) && !gap) {
		netns->ended_seq = watch->seq ? watch->seq : 1;
		watch_end_netns(watch, netns);
		return;
	}
	netns->unproved = seems_gone(watch, effect, entry);
	watch_new_netns(watch, netns);
	if (gap)
		netns->gap_seq = watch->seq;
}

/* A complete table did not hold it, and nobody has heard of it. */
static bool was_unheard(const struct effect *effect, const struct entry *entry)
{
	return effect->judged && effect->holder->complete &&
	       !effect->holder->home && !entry->touched_seq && !entry->rebase;
}

/* The kernel's word is taken as it is: a baseline, or after a finding. */
static int rebase_present(struct watch *watch, struct effect *effect,
			  struct entry *entry, enum knowledge knowledge,
			  struct netns *peer)
{
	struct generation *generation;
	int r;

	drop_former(watch, entry);
	if (!entry->open) {
		if (was_unheard(effect, entry))
			revise_unheard(watch, entry, peer,
				       effect->pending->asked_seq + 1);
		if (full(watch, effect->holder, 1)) {
			effect->beyond++;
			entry->balance = 0;
			entry->known = false;
			return 0;
		}
		r = ledger_open(&watch->ledger, entry, &watch->now,
				effect->pending->asked_seq, &generation);
		if (r < 0)
			return r;
		if (effect->holder->home && generation->peer)
			appeared(watch, effect, entry, generation->peer);
	}
	if (!effect->holder->home && entry->rebase)
		ledger_know(entry->open, PEER_UNKNOWN, NULL, 0);
	entry->open->doubted |= entry->doubted;
	entry->doubted = false;
	entry->balance = 1;
	entry->known = true;
	entry->rebase = entry->gapped = false;
	if (!effect->holder->home)
		learn(watch, effect, entry->open, knowledge, peer);
	entry->open->listed = true;
	return 0;
}

/* The last table told of this number: what came since counts from there. */
static bool was_told(const struct effect *effect, const struct entry *entry)
{
	return effect->judged && (effect->holder->complete ||
				  entry->nsid <= effect->holder->table_last);
}

/* The only event on the entry since seq was a DEL that closed its owner. */
static bool closed_once(const struct entry *entry, uint64_t seq)
{
	return entry->known && entry->balance == 0 &&
	       entry->closed_seq == entry->touched_seq &&
	       entry->before_seq <= seq;
}

/*
 * The entry was removed before the answer could take effect. Had its number
 * had another owner at the question, that one's NEW would have been read by
 * now; so the row tells who it was that went, and the same holds for the
 * peer's number in home.
 */
static int tell_removed(struct watch *watch, struct effect *effect,
			struct entry *entry, int32_t number)
{
	uint64_t seq = effect->pending->asked_seq;
	struct netns *peer;
	struct entry *at;

	if (effect->holder->home || !effect->judged || number < 0 ||
	    entry->closed_peer || !closed_once(entry, seq))
		return 0;
	at = ledger_entry(watch->ledger.home, number);
	if (!at)
		return 0;
	if (at->known && at->balance == 1 && at->touched_seq <= seq)
		peer = at->open->peer;
	else if (closed_once(at, seq))
		peer = verify_dead_peer(watch, at->closed_death);
	else
		return 0;
	return verify_told(watch, effect->holder, entry, peer);
}

/*
 * The row was already gone when the table was asked, and gone once more before
 * the answer took effect. Had somebody new had the number at the question, that
 * one's NEW would have been read by now.
 */
static void tell_kept(struct watch *watch, const struct effect *effect,
		      const struct entry *entry)
{
	if (effect->judged && entry->known && !entry->open &&
	    entry->closed_seq <= effect->pending->asked_seq &&
	    (entry->balance < 0 || entry->refilled))
		revise_doubt(watch, entry->closed_death);
}

/* What has no more effect the second time is told in delta.c, settled(). */
int tables_row(struct watch *watch, struct effect *effect,
	       const struct row *row)
{
	enum knowledge knowledge = PEER_UNKNOWN;
	struct netns *peer = NULL;
	struct entry *entry;
	int r;

	r = ledger_make_entry(effect->holder, row->nsid, &entry);
	if (r < 0)
		return r;
	entry->seen = effect->serial;
	if (entry->touched_seq > effect->pending->asked_seq) {
		entry->known &= was_told(effect, entry);
		effect->touched |= entry->open || !entry->known;
		tell_kept(watch, effect, entry);
		return tell_removed(watch, effect, entry, row->peer);
	}
	if (!effect->holder->home) {
		r = row_peer(watch, effect, row, &knowledge, &peer);
		if (r < 0)
			return r;
	}
	if (entry->suspicion && effect->judged)
		return findings_listed(watch, effect->pending, entry, knowledge,
				       peer);
	if (!entry->known || entry->rebase || !effect->judged)
		return rebase_present(watch, effect, entry, knowledge, peer);
	effect->compared++;
	if (entry->balance == 1 && entry->open) {
		learn(watch, effect, entry->open, knowledge, peer);
		return 0;
	}
	effect->mismatches++;
	return findings_listed(watch, effect->pending, entry, knowledge, peer);
}

static int vanish(struct watch *watch, struct netns *netns,
		  const struct entry *entry)
{
	netns->ended_seq = watch->seq ? watch->seq : 1;
	netns->until = watch->now;
	return verify_vanished(watch, netns, entry);
}

static int rebase_absent(struct watch *watch, struct entry *entry)
{
	int r;

	while (entry->open) {
		if (entry->open->peer && entry->holder->home) {
			r = vanish(watch, entry->open->peer, entry);
			if (r < 0)
				return r;
		}
		verify_lost(watch, entry->open);
		ledger_drop(&watch->ledger, entry->open);
	}
	entry->balance = 0;
	entry->known = true;
	entry->rebase = entry->doubted = entry->gapped = false;
	ledger_rest(&watch->ledger, entry);
	return 0;
}

int tables_absent(struct watch *watch, struct effect *effect,
		  struct entry *entry)
{
	if (entry->seen == effect->serial)
		return 0;
	/* Beyond the cut nobody tells what went in a gap. */
	if (entry->nsid > effect->pending->last) {
		entry->known &= effect->holder->trust != TRUST_GAP;
		return 0;
	}
	if (entry->touched_seq > effect->pending->asked_seq) {
		entry->known &= was_told(effect, entry);
		effect->touched |= entry->open || !entry->known;
		return 0;
	}
	if (!effect->judged ||
	    (!entry->suspicion && (!entry->known || entry->rebase)))
		return rebase_absent(watch, entry);
	if (!entry->open && !entry->suspicion) {
		entry->lacked = true;
		return 0;
	}
	effect->compared++;
	effect->mismatches += entry->open != NULL;
	return findings_absent(watch, effect->pending, entry);
}
