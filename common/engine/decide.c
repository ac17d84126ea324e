/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/decide.h"

#include "common/engine/deaths.h"
#include "common/engine/judge.h"
#include "common/engine/records.h"
#include "common/engine/state.h"

/* So many tables, each asked after what the last one said took effect. */
static bool tables_seen(struct watch *watch, struct suspicion *suspicion,
			uint32_t n)
{
	if (suspicion->tables >= n)
		return true;
	if (!suspicion->demanded)
		sync_demand(watch, suspicion->entry->holder);
	suspicion->demanded = true;
	return false;
}

static int decide_surplus_del(struct watch *watch, struct suspicion *suspicion)
{
	const struct entry *entry = suspicion->entry;

	/* A NEW too late to be its own was the number's next owner's. */
	if (entry->balance >= 0)
		return DECIDE_DOUBT;
	/* What was announced too late for a holder that is gone never comes. */
	if (entry->holder->ended_seq || entry->holder->death)
		return DECIDE_DOUBT;
	/* Its NEW is due by then, or by then the holder's own DEL. */
	if (!watch_settled(watch,
			   suspicion->since_ns + watch->settings.settle_ns))
		return DECIDE_WAIT;
	/* What a cut table leaves out may have been there before. */
	if (!entry->holder->complete || !entry->known ||
	    suspicion->event_seq <= entry->holder->baseline_seq)
		return DECIDE_DOUBT;
	return entry->closed_seq ? FINDING_DUPLICATE : FINDING_STRAY;
}

static int decide_surplus_new(struct watch *watch, struct suspicion *suspicion)
{
	struct entry *entry = suspicion->entry;

	if (entry->balance < 2)
		return DECIDE_DROP;
	if (!watch_settled(watch, suspicion->since_ns))
		return DECIDE_WAIT;
	/* Settled at 2: the next DEL closes nobody, and no account balances. */
	watch->counters.doubts += entry->known;
	entry->known = false;
	/* Home's table names no owners; a cut one may hide who left in a gap. */
	if (!suspicion->peer || entry->holder->home || !entry->holder->complete)
		return DECIDE_DOUBT;
	if (!tables_seen(watch, suspicion, 1))
		return DECIDE_WAIT;
	if (!suspicion->listed || (!suspicion->owner && !suspicion->other))
		return DECIDE_DOUBT;
	if (!verify_barrier_after(watch, suspicion->since_seq) ||
	    !tables_seen(watch, suspicion, 2))
		return DECIDE_WAIT;
	return suspicion->other ? FINDING_UNANNOUNCED : FINDING_RENEWED;
}

/*
 * Is the peer dead, and its pass over? 0, or a decision. What the suspicion is
 * about counts. A lost name tells that it was dead by its first DEL, and dates
 * nothing: if that DEL was another's, its pass may be the barrier's own, and
 * is over when one has gone that lived after the barrier.
 */
static int over_for_sure(const struct watch *watch,
			 const struct suspicion *suspicion,
			 const struct death *death)
{
	bool own = suspicion->doubt == DOUBT_LISTED;

	/* Beyond home's cut the number may have got another owner in a gap. */
	if (death->peer->stale)
		return DECIDE_DOUBT;
	if (judge_dead(death, own, false))
		return 0;
	if (suspicion->doubt == DOUBT_LATE || !judge_dead(death, own, true))
		return DECIDE_DOUBT;
	return verify_barrier_after(watch, death->barrier_seq) ? 0 :
								 DECIDE_WAIT;
}

/*
 * A finding that rests on a barrier is as good as that one's own death: that
 * has to be seen in another table as well, by event seq, or it has to be verified
 * first. Were its DEL wrong, it was no barrier.
 */
static int barrier_stands(const struct watch *watch,
			  const struct netns *barrier, uint64_t seq)
{
	const struct death *death;
	const struct entry *entry;
	uint64_t gone_seq;

	if (!barrier)
		return DECIDE_DOUBT;
	death = barrier->death;
	if (judge_doubtful(barrier))
		return DECIDE_DOUBT;
	if (barrier->canary)
		return 0;
	gone_seq = death ? deaths_gone(death, VERDICT_OPEN) : barrier->gone_seq;
	if (!death)
		return gone_seq && gone_seq <= seq ? 0 : DECIDE_DOUBT;
	entry = ledger_entry(watch->ledger.home, barrier->nsid);
	if (!gone_seq || gone_seq > seq || death->n_suspicions ||
	    (entry && entry->suspicion))
		return DECIDE_WAIT;
	return 0;
}

/* Whom the entry names now is not the peer under another number. */
static bool surely_another(const struct suspicion *suspicion)
{
	const struct netns *owner = suspicion->owner, *peer = suspicion->peer;
	bool sure;

	return owner && identity_known(&owner->identity) &&
	       identity_known(&peer->identity) &&
	       !identity_same(&owner->identity, &peer->identity, &sure);
}

static int decide_still_named(struct watch *watch, struct suspicion *suspicion)
{
	const struct death *death = verify_find(&watch->verify,
						suspicion->death);
	bool named;
	int over = 0, stands;

	if (!death || death->peer->stale)
		return DECIDE_DOUBT;
	if (!tables_seen(watch, suspicion, 1))
		return DECIDE_WAIT;
	named = suspicion->listed && !suspicion->other;
	if (named)
		over = over_for_sure(watch, suspicion, death);
	/* Another owner without a NEW: the peer itself, perhaps, counted anew. */
	if (!(named || suspicion->entry->known) ||
	    (suspicion->other && !surely_another(suspicion)))
		return DECIDE_DOUBT;
	if (over)
		return over;
	if (!named && !tables_seen(watch, suspicion, 2))
		return DECIDE_WAIT;
	stands = barrier_stands(watch, death->barrier, UINT64_MAX);
	if (stands)
		return stands;
	return named ? FINDING_MISSING : FINDING_UNANNOUNCED;
}

/* Who answers for the peer: itself, or the same one under its new number. */
static struct netns *answerer(const struct suspicion *suspicion)
{
	struct netns *owner = suspicion->owner;
	bool sure = false;

	if (owner && owner != suspicion->peer &&
	    identity_same(&owner->identity, &suspicion->peer->identity,
			  &sure) &&
	    sure)
		return owner;
	return suspicion->peer;
}

/* Did the peer answer after the barrier that followed the removal? */
static bool outlived(struct watch *watch, struct suspicion *suspicion)
{
	struct netns *peer = answerer(suspicion);
	struct name *name;

	if (!verify_barrier_after(watch, suspicion->since_seq))
		return false;
	if (peer->home || peer == suspicion->entry->holder ||
	    peer->life_seq >= watch->verify.barrier_seq)
		return true;
	for (name = peer->names; name; name = name->next)
		sync_want_name(watch, name, watch->verify.barrier_seq);
	return false;
}

static int decide_alive(struct watch *watch, struct suspicion *suspicion)
{
	if (!tables_seen(watch, suspicion, 1))
		return DECIDE_WAIT;
	/* What was announced anew had been removed. */
	if (suspicion->listed && !suspicion->anew &&
	    (!suspicion->other || answerer(suspicion) == suspicion->owner))
		return FINDING_GHOST;
	/* A second DEL: its own pass may have taken it by now. */
	if (!suspicion->anew &&
	    suspicion->entry->touched_seq > suspicion->event_seq)
		return DECIDE_DOUBT;
	return outlived(watch, suspicion) ? FINDING_PREMATURE : DECIDE_WAIT;
}

static int decide_listed(struct watch *watch, struct suspicion *suspicion)
{
	struct death *death = verify_find(&watch->verify, suspicion->death);
	int over, stands;

	if (!death || suspicion->other)
		return DECIDE_DOUBT;
	if (death->living)
		return decide_alive(watch, suspicion);
	if (death->verdict == VERDICT_OPEN &&
	    (!death->barrier_seq || suspicion->peer->names ||
	     !watch_settled(watch, death->barrier_ns)))
		return DECIDE_WAIT;
	if (death->unsure)
		return DECIDE_DOUBT;
	over = over_for_sure(watch, suspicion, death);
	if (over)
		return over;
	/* What was asked before the pass was over does not count. */
	if (suspicion->table_seq < death->barrier_seq)
		suspicion->tables = 1;
	if (!tables_seen(watch, suspicion, 2))
		return DECIDE_WAIT;
	if (!suspicion->listed)
		return DECIDE_DOUBT;
	stands = barrier_stands(watch, death->barrier, UINT64_MAX);
	return stands ? stands : FINDING_MISSING;
}

/*
 * Gone twice, announced anew once, and listed: the second DEL was for nobody.
 * (Had it been a phantom's, the NEW would have been its own, and no entry.)
 */
static int decide_refilled(struct watch *watch, struct suspicion *suspicion)
{
	if (!tables_seen(watch, suspicion, 2))
		return DECIDE_WAIT;
	return suspicion->listed && suspicion->entry->holder->complete ?
		       FINDING_DUPLICATE :
		       DECIDE_DOUBT;
}

static int decide_absent(struct watch *watch, struct suspicion *suspicion)
{
	struct death *death = verify_find(&watch->verify, suspicion->death);
	bool over;

	over = death && death->barrier_seq ?
		       suspicion->table_seq >= death->barrier_seq :
		       verify_barrier_after(watch, suspicion->since_seq);
	if (!over) {
		/* Ask again once it is over: by then the DEL may have come. */
		suspicion->tables = 1;
		return DECIDE_WAIT;
	}
	if (!tables_seen(watch, suspicion, 2))
		return DECIDE_WAIT;
	/* Once seen in a table: an announcement alone may be a phantom's. */
	if (suspicion->listed || !suspicion->entry->open ||
	    !suspicion->entry->open->listed)
		return DECIDE_DOUBT;
	return FINDING_UNANNOUNCED;
}

/* Who lives was no barrier; the death may have got another one since. */
static struct netns *late_barrier(struct suspicion *suspicion,
				  const struct death *death)
{
	bool after = death->barrier &&
		     death->barrier_seq < suspicion->event_seq;

	if (suspicion->barrier && suspicion->barrier->revived &&
	    suspicion->barrier != death->barrier) {
		netns_unref(suspicion->barrier);
		suspicion->barrier = after ? netns_ref(death->barrier) : NULL;
	}
	return suspicion->barrier;
}

static int decide_late(struct watch *watch, struct suspicion *suspicion)
{
	struct death *death = verify_find(&watch->verify, suspicion->death);
	struct netns *barrier = death ? late_barrier(suspicion, death) : NULL;
	struct name *name;
	int stands;

	if (!barrier || death->living || death->unsure ||
	    records_other(watch, death->id, FINDING_LATE))
		return DECIDE_DROP;
	if (barrier->revived)
		return death->verdict == VERDICT_OPEN ? DECIDE_WAIT :
							DECIDE_DROP;
	if (!watch_settled(watch, suspicion->since_ns))
		return DECIDE_WAIT;
	for (name = barrier->names; name; name = name->next)
		sync_want_name(watch, name, suspicion->event_seq);
	if (barrier->names)
		return DECIDE_WAIT;
	stands = barrier_stands(watch, barrier, suspicion->event_seq);
	if (stands)
		return stands;
	return over_for_sure(watch, suspicion, death) ? DECIDE_DOUBT :
							FINDING_LATE;
}

static int (*const decisions[DOUBTS])(struct watch *, struct suspicion *) = {
	[DOUBT_SURPLUS_DEL] = decide_surplus_del,
	[DOUBT_SURPLUS_NEW] = decide_surplus_new,
	[DOUBT_STILL_NAMED] = decide_still_named,
	[DOUBT_ALIVE] = decide_alive,
	[DOUBT_LISTED] = decide_listed,
	[DOUBT_ABSENT] = decide_absent,
	[DOUBT_REFILLED] = decide_refilled,
	[DOUBT_LATE] = decide_late,
};

int decide(struct watch *watch, struct suspicion *suspicion)
{
	return decisions[suspicion->doubt](watch, suspicion);
}
