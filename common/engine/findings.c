/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/findings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/deaths.h"
#include "common/engine/judge.h"
#include "common/engine/records.h"
#include "common/engine/revise.h"
#include "common/engine/state.h"

/* What a decision may be, beside a kind of finding. */
enum {
	DECIDE_WAIT = -1,
	DECIDE_DROP = -2,  /* nothing was wrong */
	DECIDE_DOUBT = -3, /* something was; nobody can say what */
};

static void suspicion_drop(struct watch *watch, struct suspicion *suspicion)
{
	struct findings *findings = &watch->findings;
	struct death *death = verify_find(&watch->verify, suspicion->death);

	if (death)
		death->n_suspicions--;
	if (suspicion->prev)
		suspicion->prev->next = suspicion->next;
	else
		findings->suspicions = suspicion->next;
	if (suspicion->next)
		suspicion->next->prev = suspicion->prev;
	findings->n_suspicions--;
	suspicion->entry->suspicion = NULL;
	netns_unref(suspicion->peer);
	netns_unref(suspicion->barrier);
	netns_unref(suspicion->owner);
	free(suspicion);
}

void findings_deinit(struct watch *watch)
{
	while (watch->findings.suspicions)
		suspicion_drop(watch, watch->findings.suspicions);
}

void findings_gap(struct watch *watch)
{
	struct suspicion *suspicion;

	while ((suspicion = watch->findings.suspicions)) {
		suspicion->entry->rebase = true;
		suspicion_drop(watch, suspicion);
	}
}

void findings_forget(struct watch *watch, struct netns *holder)
{
	struct suspicion *suspicion, *next;

	for (suspicion = watch->findings.suspicions; suspicion;
	     suspicion = next) {
		next = suspicion->next;
		if (suspicion->entry->holder != holder)
			continue;
		revise_unasked(watch, suspicion->entry, suspicion->death);
		suspicion_drop(watch, suspicion);
	}
}

/* The number was announced since event seq: so it had been removed. */
static bool came_anew(const struct entry *entry, uint64_t seq)
{
	const struct generation *now = ledger_youngest(entry);

	return now && now->announced && seq && now->opened_seq > seq;
}

int findings_suspect(struct watch *watch, enum doubt doubt, struct entry *entry,
		     struct netns *peer, struct death *death,
		     uint64_t event_seq)
{
	struct findings *findings = &watch->findings;
	struct suspicion *suspicion;

	if (entry->suspicion || entry->holder->trust != TRUST_LIVE)
		return 0;
	suspicion = calloc(1, sizeof(*suspicion));
	if (!suspicion)
		return -ENOMEM;
	suspicion->doubt = doubt;
	suspicion->entry = entry;
	suspicion->peer = peer ? netns_ref(peer) : NULL;
	suspicion->death = death ? death->id : 0;
	if (death)
		death->n_suspicions++;
	if (death && death->barrier && doubt == DOUBT_LATE)
		suspicion->barrier = netns_ref(death->barrier);
	suspicion->event_seq = event_seq;
	suspicion->anew = came_anew(entry, event_seq);
	watch->sync.self_wanted = true;
	suspicion->since_seq = watch->seq;
	suspicion->since_ns = watch->now.mono_ns;
	suspicion->table_question = watch->sync.next_question;
	suspicion->next = findings->suspicions;
	if (suspicion->next)
		suspicion->next->prev = suspicion;
	findings->suspicions = suspicion;
	findings->n_suspicions++;
	entry->suspicion = suspicion;
	ledger_hold(&watch->ledger, entry);
	watch_soon(watch, watch->settings.settle_ns);
	return 0;
}

bool findings_event(struct watch *watch, const struct change *change,
		    const struct event *event)
{
	struct entry *entry = change->entry;
	struct suspicion *suspicion = entry->suspicion;
	bool drop = false;
	bool late = entry->finding && event->type == EVENT_DEL &&
		    records_late(watch, entry, change->generation != NULL);

	if (!suspicion)
		return late;
	suspicion->anew |= event->type == EVENT_NEW;
	switch (suspicion->doubt) {
	case DOUBT_SURPLUS_DEL:
		drop = entry->balance >= 0 &&
		       !watch_settled(watch, suspicion->since_ns);
		break;
	case DOUBT_SURPLUS_NEW:
		drop = entry->balance <= 1;
		break;
	case DOUBT_STILL_NAMED:
	case DOUBT_LISTED:
	case DOUBT_ABSENT:
	case DOUBT_REFILLED:
		drop = true;
		break;
	case DOUBT_ALIVE:
	case DOUBT_LATE:
	case DOUBTS:
		break;
	}
	/* What a table still listed is now said to be gone: by which DEL? */
	if (drop && suspicion->doubt == DOUBT_LISTED)
		records_doubt(watch, suspicion->death);
	if (drop)
		suspicion_drop(watch, suspicion);
	return late;
}

/* What a table, asked after the suspicion arose, says of its entry. */
static void see(struct watch *watch, struct suspicion *suspicion,
		const struct pending *pending, bool listed, struct netns *owner)
{
	if (pending->question <= suspicion->table_question)
		return;
	suspicion->table_question = watch->sync.next_question;
	suspicion->tables++;
	suspicion->demanded = false;
	suspicion->table_seq = pending->asked_seq;
	suspicion->table_ns = watch->drained_ns;
	suspicion->listed = listed;
	netns_unref(suspicion->owner);
	suspicion->owner = owner ? netns_ref(owner) : NULL;
	suspicion->other = owner && owner != suspicion->peer;
}

/* An entry that nobody announced: the kernel lost the message, silently. */
static int unheard(struct watch *watch, struct entry *entry)
{
	watch->counters.unheard++;
	entry->rebase = true;
	sync_demand(watch, entry->holder);
	return 0;
}

int findings_listed(struct watch *watch, const struct pending *pending,
		    struct entry *entry, enum knowledge knowledge,
		    struct netns *peer)
{
	struct netns *owner = knowledge == PEER_KNOWN ? peer : NULL;
	struct death *death;
	int r;

	if (entry->holder->home && entry->open)
		owner = ledger_youngest(entry)->peer;
	if (!entry->suspicion) {
		if (!entry->closed_seq || entry->balance != 0 || entry->lacked)
			return unheard(watch, entry);
		death = verify_find(&watch->verify, entry->closed_death);
		r = findings_suspect(watch,
				     entry->refilled ? DOUBT_REFILLED :
						       DOUBT_LISTED,
				     entry, death ? death->peer : NULL, death,
				     entry->closed_seq);
		if (r < 0 || !entry->suspicion)
			return r;
		entry->suspicion->table_question = pending->question - 1;
	}
	see(watch, entry->suspicion, pending, true, owner);
	return 0;
}

int findings_absent(struct watch *watch, const struct pending *pending,
		    struct entry *entry)
{
	struct netns *peer;
	int r;

	if (!entry->suspicion) {
		if (entry->finding && records_withdraw(watch, entry)) {
			entry->rebase = true;
			sync_demand(watch, entry->holder);
			return 0;
		}
		peer = entry->open->peer;
		r = findings_suspect(watch, DOUBT_ABSENT, entry, peer,
				     peer ? peer->death : NULL, 0);
		if (r < 0 || !entry->suspicion)
			return r;
		entry->suspicion->table_question = pending->question - 1;
	}
	see(watch, entry->suspicion, pending, false, NULL);
	return 0;
}

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
	if (!entry->holder->complete ||
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

/* What the suspicion is about counts; a lost name dates nothing. */
static bool dead_for_sure(const struct suspicion *suspicion,
			  const struct death *death)
{
	return judge_dead(death, suspicion->doubt == DOUBT_LISTED,
			  suspicion->doubt != DOUBT_LATE);
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
	if (barrier->wronged ||
	    (death && (death->findings || death->unsure || death->tainted)))
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
	int stands;

	if (!death)
		return DECIDE_DOUBT;
	if (!tables_seen(watch, suspicion, 1))
		return DECIDE_WAIT;
	named = suspicion->listed && !suspicion->other;
	/* Another owner without a NEW: the peer itself, perhaps, counted anew. */
	if (!(named || suspicion->entry->known) ||
	    (suspicion->other && !surely_another(suspicion)) ||
	    (named && !dead_for_sure(suspicion, death)))
		return DECIDE_DOUBT;
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
	return outlived(watch, suspicion) ? FINDING_PREMATURE : DECIDE_WAIT;
}

static int decide_listed(struct watch *watch, struct suspicion *suspicion)
{
	struct death *death = verify_find(&watch->verify, suspicion->death);

	if (!death || suspicion->other)
		return DECIDE_DOUBT;
	if (death->living)
		return decide_alive(watch, suspicion);
	if (death->verdict == VERDICT_OPEN &&
	    (!death->barrier_seq || suspicion->peer->names ||
	     !watch_settled(watch, death->barrier_ns)))
		return DECIDE_WAIT;
	if (death->unsure || !dead_for_sure(suspicion, death))
		return DECIDE_DOUBT;
	/* What was asked before the pass was over does not count. */
	if (suspicion->table_seq < death->barrier_seq)
		suspicion->tables = 1;
	if (!tables_seen(watch, suspicion, 2))
		return DECIDE_WAIT;
	return suspicion->listed ? FINDING_MISSING : DECIDE_DOUBT;
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

static int decide_late(struct watch *watch, struct suspicion *suspicion)
{
	struct death *death = verify_find(&watch->verify, suspicion->death);
	struct netns *barrier = suspicion->barrier;
	struct name *name;
	int stands;

	if (!barrier || barrier->revived || !death || death->living ||
	    death->unsure || records_other(watch, death->id, FINDING_LATE))
		return DECIDE_DROP;
	if (!watch_settled(watch, suspicion->since_ns))
		return DECIDE_WAIT;
	for (name = barrier->names; name; name = name->next)
		sync_want_name(watch, name, suspicion->event_seq);
	if (barrier->names)
		return DECIDE_WAIT;
	stands = barrier_stands(watch, barrier, suspicion->event_seq);
	if (stands)
		return stands;
	return dead_for_sure(suspicion, death) ? FINDING_LATE : DECIDE_DOUBT;
}

static int (*const decide[DOUBTS])(struct watch *, struct suspicion *) = {
	[DOUBT_SURPLUS_DEL] = decide_surplus_del,
	[DOUBT_SURPLUS_NEW] = decide_surplus_new,
	[DOUBT_STILL_NAMED] = decide_still_named,
	[DOUBT_ALIVE] = decide_alive,
	[DOUBT_LISTED] = decide_listed,
	[DOUBT_ABSENT] = decide_absent,
	[DOUBT_REFILLED] = decide_refilled,
	[DOUBT_LATE] = decide_late,
};

/* The entry is taken anew from the kernel: what was counted proves no more. */
static void rebase(struct watch *watch, struct entry *entry)
{
	struct generation *generation;

	for (generation = entry->open; generation;
	     generation = generation->next)
		generation->judged = true;
	entry->known = false;
	entry->rebase = true;
	sync_demand(watch, entry->holder);
}

static int conclude(struct watch *watch, struct suspicion *suspicion,
		    int decision)
{
	struct entry *entry = suspicion->entry;
	uint64_t death = suspicion->death;
	int r = 0;

	if (decision >= 0 &&
	    !((decision == FINDING_GHOST || decision == FINDING_PREMATURE) &&
	      records_explain(watch, entry)))
		r = records_make(watch, suspicion, decision);
	if (decision != DECIDE_DROP) {
		revise_taint(watch, entry, death);
		rebase(watch, entry);
	}
	if (decision == DECIDE_DOUBT) {
		watch->counters.doubts++;
		entry->doubted = true;
		records_doubt(watch, death);
		if (suspicion->doubt == DOUBT_SURPLUS_DEL)
			records_unsure(watch, entry->closed_death);
		if (entry->holder->home && suspicion->peer) {
			suspicion->peer->wronged = true;
			revise_excused(watch, suspicion->peer);
		}
	}
	suspicion_drop(watch, suspicion);
	ledger_rest(&watch->ledger, entry);
	return r;
}

/* One suspicion: decided, or in due time to be looked at again. */
static int progress(struct watch *watch, struct suspicion *suspicion,
		    uint64_t *deadline_ns)
{
	uint64_t due_ns = suspicion->since_ns + watch->settings.settle_ns;
	int decision = DECIDE_WAIT;

	/* Home's own events may be tagged with a number that is new. */
	if (watch->sync.self_seq < suspicion->since_seq)
		watch->sync.self_wanted = true;
	else
		decision = decide[suspicion->doubt](watch, suspicion);

	if (decision == DECIDE_WAIT &&
	    watch->drained_ns >
		    suspicion->since_ns + watch->settings.overdue_ns)
		decision = DECIDE_DOUBT;
	if (decision != DECIDE_WAIT)
		return conclude(watch, suspicion, decision);
	if (due_ns <= watch->drained_ns)
		due_ns += watch->settings.settle_ns;
	if (due_ns > watch->drained_ns && due_ns < *deadline_ns)
		*deadline_ns = due_ns;
	return 0;
}

int findings_finish(struct watch *watch)
{
	int r = 0;

	while (r == 0 && watch->findings.suspicions)
		r = conclude(watch, watch->findings.suspicions, DECIDE_DOUBT);
	return r;
}

/* Lateness last: it is read off the dates of a death that nothing else hit. */
int findings_drained(struct watch *watch, uint64_t *deadline_ns)
{
	struct suspicion *suspicion, *next;
	int late, r = 0;

	for (late = 0; late < 2; late++)
		for (suspicion = watch->findings.suspicions;
		     r == 0 && suspicion; suspicion = next) {
			next = suspicion->next;
			if ((suspicion->doubt == DOUBT_LATE) == late)
				r = progress(watch, suspicion, deadline_ns);
		}
	return r;
}
