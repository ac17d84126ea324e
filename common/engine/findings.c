/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/findings.h"

#include <errno.h>
#include <stdlib.h>

#include "common/engine/decide.h"
#include "common/engine/records.h"
#include "common/engine/revise.h"
#include "common/engine/state.h"

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
		if (suspicion->doubt == DOUBT_ABSENT)
			revise_taint(watch, suspicion->entry, suspicion->death);
		suspicion_drop(watch, suspicion);
	}
}

/* The number was announced since event seq: so it had been removed. */
static bool came_anew(const struct entry *entry, uint64_t seq)
{
	const struct generation *now = ledger_youngest(entry);

	if (!seq)
		return false;
	if (now && now->announced)
		return now->opened_seq > seq;
	/* Beyond a ceiling it was not kept, and yet it came. */
	return !entry->gone && !entry->refilled && entry->touched_seq > seq;
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
	delta_touch(&watch->ledger.delta, entry);
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

	/* Of whom the finding was, or one too many for its last owner. */
	if (late && !change->generation)
		revise_doubt(watch, entry->closed_death);
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
		revise_doubt(watch, suspicion->death);
	/* What was gone for a settle time is said late: of which owner? */
	if (drop && suspicion->doubt == DOUBT_ABSENT)
		revise_taint(watch, entry, suspicion->death);
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
static int unheard(struct watch *watch, const struct pending *pending,
		   struct entry *entry, const struct netns *owner)
{
	watch->counters.unheard++;
	if (!entry->holder->home)
		revise_unheard(watch, entry, owner, pending->asked_seq + 1);
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
			return unheard(watch, pending, entry, owner);
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
		/* Of what a table had shown, that DEL was not the own one. */
		if (entry->finding && !entry->open->listed &&
		    records_withdraw(watch, entry)) {
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

/*
 * The entry is taken anew from the kernel: what was counted proves no more. What
 * there is to say of the peer is said; of the number's next owner nothing is.
 */
static void rebase(struct watch *watch, struct entry *entry,
		   const struct netns *peer)
{
	struct generation *generation;

	for (generation = entry->open; generation;
	     generation = generation->next)
		if (peer && generation->peer == peer)
			generation->judged = peer->serial;
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
	/* A DEL too many may be the only one of an entry that came unheard. */
	if (decision != DECIDE_DROP && suspicion->doubt == DOUBT_SURPLUS_DEL &&
	    !entry->holder->home)
		revise_unheard(watch, entry, NULL, suspicion->event_seq);
	if (decision != DECIDE_DROP) {
		revise_taint(watch, entry, death);
		rebase(watch, entry, suspicion->peer);
	}
	if (decision == DECIDE_DOUBT) {
		watch->counters.doubts++;
		entry->doubted = true;
		revise_doubt(watch, death);
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

	/*
	 * Home's own events may be tagged with a number that is new, and so may
	 * the one be that explains this, as long as it may come.
	 */
	if (watch->sync.self_seq >= suspicion->since_seq)
		decision = decide(watch, suspicion);
	if (watch->sync.self_seq < suspicion->since_seq ||
	    (decision >= 0 && watch->sync.self_ns < due_ns)) {
		watch->sync.self_wanted = true;
		decision = DECIDE_WAIT;
	}

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
