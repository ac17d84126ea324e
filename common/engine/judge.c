/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/judge.h"

#include <errno.h>
#include <stdlib.h>

#include "common/engine/state.h"

bool judge_survived(const struct death *death, const struct netns *holder)
{
	if (!holder->ended_seq || holder->revived)
		return true;
	if (death->barrier_seq && holder->ended_seq > death->barrier_seq)
		return true;
	return death->barrier == holder ||
	       holder->last_del_seq > death->first_seq ||
	       (holder->lives && holder->life_seq >= death->first_seq);
}

bool judge_doubtful(const struct netns *netns)
{
	const struct death *own = netns->death;

	return netns->wronged ||
	       (own && (own->findings || own->tainted || own->unsure));
}

int judge_excuse(struct death *death, const struct netns *holder)
{
	uint64_t *excusers;

	if (judge_survived(death, holder) || judge_doubtful(holder)) {
		death->holder_died = true;
		return 0;
	}
	excusers = realloc(death->excusers,
			   (death->n_excusers + 1) * sizeof(*excusers));
	if (!excusers)
		return -ENOMEM;
	excusers[death->n_excusers++] = holder->serial;
	death->excusers = excusers;
	death->excused++;
	return 0;
}

static int named(struct watch *watch, struct death *death,
		 struct generation *generation)
{
	struct entry *entry = generation->entry;
	struct suspicion *suspicion = entry->suspicion;
	int r;

	if (generation->judged == death->peer->serial)
		return 0;
	if (entry->holder->ended_seq) {
		r = judge_excuse(death, entry->holder);
		if (r == 0)
			ledger_know(generation, PEER_NONE, NULL, 0);
		return r;
	}
	if (!suspicion)
		return findings_suspect(watch, DOUBT_STILL_NAMED, entry,
					death->peer, death, 0);
	if (!suspicion->death) {
		suspicion->death = death->id;
		death->n_suspicions++;
	}
	return 0;
}

int judge_named(struct watch *watch, struct death *death)
{
	struct generation *generation, *next;
	int r;

	for (generation = death->peer->named_by; generation;
	     generation = next) {
		next = generation->peer_next;
		r = named(watch, death, generation);
		if (r < 0)
			return r;
	}
	return 0;
}

void judge_later(struct watch *watch, struct death *death)
{
	struct verify *verify = &watch->verify;
	bool later = verify->barrier && !verify->barrier->revived &&
		     verify->barrier_seq > death->barrier_seq &&
		     verify->barrier_life_seq >= verify_pass_seq(death);

	netns_unref(death->barrier);
	death->barrier = later ? netns_ref(verify->barrier) : NULL;
	death->barrier_seq = later ? verify->barrier_seq : 0;
	death->barrier_ns = verify->barrier_ns;
	death->asked = false;
	if (!later)
		verify->no_barrier = verify->open_first;
}

/* Its last table reached so far: what it lacks is not there. */
static bool table_reaches(const struct netns *holder, int32_t nsid)
{
	return holder->table_whole || nsid <= holder->table_last;
}

/* Its table lacks what the ledger counts there: gone, but by which DEL? */
static bool in_question(const struct removal *removal)
{
	const struct entry *entry = ledger_entry(removal->holder,
						 removal->nsid);

	return entry && entry->suspicion &&
	       entry->suspicion->doubt == DOUBT_ABSENT;
}

bool judge_tables(struct watch *watch, struct death *death)
{
	const struct removal *removal;
	struct netns *holder;
	bool all = true;
	uint32_t i;

	for (i = 0; i < death->n_listed; i++) {
		removal = &death->removals[i];
		holder = removal->holder;
		if (in_question(removal)) {
			all = false;
		} else if (holder->ended_seq) {
			/* It lived at the barrier: no later one excuses it. */
			death->holder_died |=
				holder->ended_seq >= death->barrier_seq &&
				(holder->table_seq < removal->seq ||
				 !table_reaches(holder, removal->nsid));
		} else if (holder->trust != TRUST_LIVE) {
			death->partial = true;
		} else if (holder->table_seq < death->barrier_seq) {
			sync_want(watch, holder, death->barrier_seq,
				  WISH_URGENT);
			all = false;
		} else if (!table_reaches(holder, removal->nsid)) {
			death->partial = true;
		}
	}
	return all;
}

/* Asked before the peer's first DEL, and before its removal as well. */
static bool asked_before(const struct watch *watch, const struct death *death,
			 uint64_t seq, uint64_t ns)
{
	return seq < death->first_seq &&
	       ns + watch->settings.settle_ns <= death->opened.mono_ns;
}

/*
 * Home had no number for whom this entry names, at a moment when the peer had
 * one and was not yet removed: so it names somebody else.
 */
static bool proved_other(const struct watch *watch, const struct netns *holder,
			 uint64_t none_seq, uint64_t none_ns,
			 const struct death *death)
{
	uint64_t from = death->peer->born_seq;
	uint32_t i, n = holder->n_table_seqs;

	if (none_seq >= from && asked_before(watch, death, none_seq, none_ns))
		return true;
	if (none_seq > from)
		from = none_seq;
	for (i = 0; i < n && i < TABLE_SEQS; i++)
		if (holder->table_seqs[i] >= from &&
		    asked_before(watch, death, holder->table_seqs[i],
				 holder->table_ns[i]))
			return true;
	return false;
}

/*
 * Too old to be the peer's: read a settle time before a drained moment after
 * which the peer's own number was announced. No allocator stalls that long, so
 * the peer lived then.
 */
static bool before_birth(const struct watch *watch, uint64_t read_ns,
			 const struct netns *peer)
{
	return read_ns + watch->settings.settle_ns <= peer->born_ns;
}

uint64_t judge_last_life(const struct netns *peer)
{
	if (peer->lives && peer->life_seq > peer->table_seq)
		return peer->life_seq;
	return peer->table_seq;
}

/* Was a removal, later than its last proof of life, perhaps the peer's? */
static bool evidence_against(struct watch *watch, const struct death *death)
{
	struct verify *verify = &watch->verify;
	uint64_t alive = judge_last_life(death->peer);
	const struct evidence *evidence;
	uint64_t i;

	if (verify->evidences.lost_seq > alive &&
	    !before_birth(watch, verify->evidences.lost_ns, death->peer))
		return true;
	for (i = 0; (evidence = evidences_get(&verify->evidences, i)); i++) {
		if (evidence->seq <= alive ||
		    before_birth(watch, evidence->read_ns, death->peer))
			return false;
		if (evidence->opened_seq > death->barrier_seq ||
		    evidence->told || evidence->holder->mark == verify->walk ||
		    (evidence->none &&
		     proved_other(watch, evidence->holder, evidence->none_seq,
				  evidence->none_ns, death)))
			continue;
		return true;
	}
	return false;
}

void judge_unseen(struct watch *watch, struct netns *holder)
{
	holder->blind_seq = watch->seq;
	odds_add(holder);
}

/* An open entry of holder that may name the peer, for all that is known. */
static bool may_name(const struct watch *watch, const struct netns *holder,
		     const struct death *death)
{
	const struct generation *generation;

	if (holder->blind_seq > holder->table_seq &&
	    !(death->barrier_seq && holder->blind_seq > death->barrier_seq))
		return true;
	for (generation = holder->unknown; generation;
	     generation = generation->peer_next) {
		/* What a table showed first may be older than its question. */
		if (generation->announced && death->barrier_seq &&
		    generation->opened_seq > death->barrier_seq)
			continue;
		if (generation->knowledge == PEER_NONE &&
		    proved_other(watch, holder, generation->known_seq,
				 generation->known_ns, death))
			continue;
		return true;
	}
	return false;
}

bool judge_baselined(const struct netns *holder, uint64_t seq,
		     uint64_t drained_ns)
{
	return holder->baseline_seq < seq && holder->baseline_ns < drained_ns;
}

/* Its first table is on its way, and may show what the pass has left there. */
static bool table_waits(const struct netns *holder)
{
	return holder->trust != TRUST_LIVE && !holder->ended_seq &&
	       (holder->inflight || holder->wish != WISH_NONE);
}

/*
 * Does this holder's table speak of the whole death? One that got its number
 * later is watched from its baseline on; one that had it may have dropped the
 * peer before anybody looked. Within a settle time nobody can tell which, but
 * for one that was seen without a number.
 */
static bool table_partial(const struct watch *watch, const struct netns *holder,
			  const struct death *death)
{
	uint64_t settled_ns = death->opened.mono_ns + watch->settings.settle_ns;

	if (holder->home)
		return false;
	if (holder->bare_seq >= death->first_seq ||
	    (holder->born_seq >= death->first_seq &&
	     holder->since.mono_ns >= settled_ns))
		return table_waits(holder);
	return holder->trust != TRUST_LIVE || !holder->complete ||
	       !judge_baselined(holder, death->first_seq, death->drained_ns);
}

/* Live, complete, all seen and known, from before the oldest open death. */
static bool plain(const struct watch *watch, const struct netns *holder)
{
	const struct death *oldest = watch->verify.open_first;

	return holder->trust == TRUST_LIVE && holder->complete &&
	       !holder->n_unknown && holder->blind_seq <= holder->table_seq &&
	       judge_baselined(holder, oldest->first_seq, oldest->drained_ns);
}

/* It was there in the pass, and its table may hold what nobody has learned. */
static bool may_hold(const struct watch *watch, const struct netns *holder,
		     const struct death *death)
{
	if (holder == death->peer || !judge_survived(death, holder) ||
	    (death->barrier_seq && holder->born_seq > death->barrier_seq))
		return false;
	return may_name(watch, holder, death) ||
	       (holder->born_seq < death->first_seq &&
		table_partial(watch, holder, death));
}

void judge_lost(struct watch *watch, const struct netns *holder)
{
	struct death *death = watch->verify.open_first;

	if (!holder->odd || holder->canary)
		return;
	for (; death; death = death->next)
		death->holder_died |= may_hold(watch, holder, death);
	/* What is closed the accounts of the span may still verify. */
	death = watch->accounts.first_del_seq ? watch->verify.closed_first :
						NULL;
	for (; death; death = death->next)
		death->holder_died |= death->in_span &&
				      may_hold(watch, holder, death);
}

bool judge_attribution(struct watch *watch, struct death *death)
{
	bool unattributed, partial, sure = true;
	struct netns *holder, *next;
	uint32_t i;

	watch->verify.walk++;
	for (i = 0; i < death->n_listed; i++)
		death->removals[i].holder->mark = watch->verify.walk;
	if (evidence_against(watch, death))
		death->unattributed = true;
	for (holder = odds_walk(&watch->ledger.odds); holder; holder = next) {
		next = holder->odd_next;
		if (plain(watch, holder))
			odds_remove(holder);
		if (holder == death->peer || holder->canary ||
		    holder->born_seq > death->barrier_seq ||
		    (holder->ended_seq && !judge_survived(death, holder)))
			continue;
		partial = table_partial(watch, holder, death);
		unattributed = holder->mark != watch->verify.walk &&
			       may_name(watch, holder, death);
		if (!partial && !unattributed)
			continue;
		if (!holder->ended_seq &&
		    (holder->inflight || holder->wish != WISH_NONE)) {
			sure = false;
			continue;
		}
		/* It survived the pass, and is to be asked no more. */
		if (holder->ended_seq) {
			death->holder_died = true;
			continue;
		}
		death->partial |= partial;
		death->unattributed |= unattributed;
	}
	return sure || death->partial || death->unattributed;
}

/*
 * What a DEL took is gone, for all that tables have told: none lists it without
 * a NEW. Of a holder that died before it was asked none has: its number may
 * have been another's.
 */
static bool removal_stands(const struct removal *removal)
{
	const struct netns *holder = removal->holder;
	const struct generation *now;
	const struct entry *entry;

	if (holder->ended_seq && holder->table_seq < removal->seq)
		return false;
	entry = ledger_entry(holder, removal->nsid);
	now = entry ? ledger_youngest(entry) : NULL;
	return !entry || (!entry->suspicion && !entry->rebase &&
			  !(now && !now->announced));
}

/* Not only announced: the holder's table, asked after the DEL, lacks it. */
static bool seen_gone(const struct removal *removal)
{
	const struct netns *holder = removal->holder;

	return holder->trust == TRUST_LIVE &&
	       holder->table_seq >= removal->seq &&
	       table_reaches(holder, removal->nsid);
}

bool judge_dead(const struct death *death, uint32_t before, bool by_name)
{
	uint64_t by_seq = death->barrier_seq ? death->barrier_seq : UINT64_MAX;
	const struct removal *removal;
	bool seen = false;
	uint32_t i;

	if (!death->certain)
		return false;
	for (i = 0; i < death->n_listed; i++) {
		removal = &death->removals[i];
		if (removal->seq >= by_seq || !removal_stands(removal))
			continue;
		before++;
		seen |= seen_gone(removal);
	}
	return (before > 1 && seen) ||
	       (by_name && death->peer->lost_seq &&
		death->peer->lost_seq <= death->first_seq);
}

enum reason judge_reason(const struct death *death)
{
	if (death->gap || death->hidden)
		return REASON_GAP;
	if (death->unattributed)
		return REASON_UNATTRIBUTED;
	if (death->holder_died)
		return REASON_HOLDER_DIED;
	if (death->partial)
		return REASON_PARTIAL_TABLE;
	if (death->tainted)
		return REASON_TAINTED;
	if (death->inherited)
		return REASON_ENDED_OPEN;
	return REASON_NONE;
}
