/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/deaths.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/judge.h"
#include "common/engine/state.h"

static void removals_drop(struct death *death)
{
	uint32_t i;

	for (i = 0; i < death->n_listed; i++)
		netns_unref(death->removals[i].holder);
	free(death->removals);
	death->removals = NULL;
	death->n_listed = death->cap_removals = 0;
}

static void death_free(struct death *death)
{
	removals_drop(death);
	netns_unref(death->barrier);
	netns_unref(death->peer);
	free(death->excusers);
	free(death);
}

void deaths_free(struct death *death)
{
	struct death *next;

	for (; death; death = next) {
		next = death->next;
		if (death->peer->death == death)
			death->peer->death = NULL;
		death_free(death);
	}
}

/* One of the counters, in all deaths and in the span's. */
static void count_in(struct death_counts *counts, const struct death *death,
		     enum verdict verdict, int by)
{
	uint64_t *const fields[VERDICTS] = {
		[VERDICT_OPEN] = &counts->open,
		[VERDICT_VERIFIED] = &counts->verified,
		[VERDICT_VIOLATED] = &counts->violated,
		[VERDICT_INDETERMINATE] = &counts->indeterminate,
	};

	*fields[verdict] += by;
	if (verdict == VERDICT_INDETERMINATE)
		counts->reasons[death->reason] += by;
	if (verdict != VERDICT_VERIFIED)
		return;
	counts->excused += by * (int64_t)death->excused;
	if (death->proof == PROOF_ACCOUNTS)
		counts->by_accounts += by;
}

static void count(struct watch *watch, const struct death *death,
		  enum verdict verdict, int by)
{
	count_in(&watch->verify.counts, death, verdict, by);
	if (death->in_span)
		count_in(&watch->verify.span, death, verdict, by);
}

static void death_name(struct death *death)
{
	const char *label, *name = names_called(death->peer, &label);

	if (name)
		strncpy(death->name, name, sizeof(death->name) - 1);
	if (label)
		strncpy(death->label, label, sizeof(death->label) - 1);
}

static void open_link(struct verify *verify, struct death *death)
{
	death->prev = verify->open_last;
	if (verify->open_last)
		verify->open_last->next = death;
	else
		verify->open_first = death;
	verify->open_last = death;
	verify->n_open++;
	if (!verify->no_barrier)
		verify->no_barrier = death;
	if (!verify->not_named)
		verify->not_named = death;
}

int deaths_open(struct watch *watch, struct netns *peer,
		struct death **ret_death)
{
	struct verify *verify = &watch->verify;
	struct death *death = calloc(1, sizeof(*death));

	if (!death)
		return -ENOMEM;
	death->id = ++verify->next_death;
	death->peer = netns_ref(peer);
	death->opened = watch->now;
	death->drained_ns = watch->drained_ns;
	death->first_seq = watch->seq;
	death->expected = peer->n_named_by;
	death->in_span = verify->spanning;
	death->gap = watch->ledger.home->trust != TRUST_LIVE;
	death->tainted = peer->bereft;
	death->hidden = judge_last_life(peer) < peer->gap_seq;
	death_name(death);
	peer->death = death;
	open_link(verify, death);
	verify->counts.total++;
	verify->span.total += death->in_span;
	count(watch, death, VERDICT_OPEN, 1);
	watch_soon(watch, watch->settings.settle_ns);
	*ret_death = death;
	return 0;
}

int deaths_removed(struct watch *watch, struct death *death,
		   struct netns *holder, int32_t nsid, uint64_t seq)
{
	uint32_t cap = death->cap_removals ? death->cap_removals * 2 : 4;
	struct removal *removals;

	if (death->n_listed == death->cap_removals) {
		removals = realloc(death->removals, cap * sizeof(*removals));
		if (!removals)
			return -ENOMEM;
		death->removals = removals;
		death->cap_removals = cap;
	}
	death->removals[death->n_listed++] =
		(struct removal){ .holder = netns_ref(holder),
				  .nsid = nsid,
				  .seq = seq };
	death->n_removals++;
	death->last_removal = watch->now;
	return 0;
}

uint64_t deaths_gone(const struct death *death, enum verdict verdict)
{
	if (verdict == VERDICT_VERIFIED)
		return death->first_seq;
	return death->n_listed > 1 ? death->removals[1].seq : 0;
}

static void list_unlink(struct death **first, struct death **last,
			struct death *death)
{
	*(death->prev ? &death->prev->next : first) = death->next;
	*(death->next ? &death->next->prev : last) = death->prev;
	death->prev = death->next = NULL;
}

static void open_unlink(struct verify *verify, struct death *death)
{
	if (verify->no_barrier == death)
		verify->no_barrier = death->next;
	if (verify->not_named == death)
		verify->not_named = death->next;
	list_unlink(&verify->open_first, &verify->open_last, death);
	verify->n_open--;
}

static void closed_prune(struct watch *watch)
{
	struct verify *verify = &watch->verify;
	struct death *death;

	while ((death = verify->closed_first)) {
		if (verify->n_closed <= watch->settings.history &&
		    death->closed.mono_ns + watch->settings.history_ns >
			    watch->now.mono_ns)
			return;
		list_unlink(&verify->closed_first, &verify->closed_last, death);
		verify->n_closed--;
		death_free(death);
	}
}

void deaths_close(struct watch *watch, struct death *death,
		  enum verdict verdict, enum reason reason)
{
	struct verify *verify = &watch->verify;

	count(watch, death, VERDICT_OPEN, -1);
	death->verdict = verdict;
	death->reason = reason;
	death->closed = watch->now;
	count(watch, death, verdict, 1);
	tally_closed(&verify->tally, death);
	open_unlink(verify, death);
	removals_drop(death);
	death->barrier = netns_unref(death->barrier);
	if (death->peer->death == death)
		death->peer->death = NULL;
	death->prev = verify->closed_last;
	*(verify->closed_last ? &verify->closed_last->next :
				&verify->closed_first) = death;
	verify->closed_last = death;
	verify->n_closed++;
	watch_notice(watch, NOTICE_DEATH, death->id);
	closed_prune(watch);
}

void deaths_revise(struct watch *watch, struct death *death,
		   enum verdict verdict, enum proof proof, enum reason reason)
{
	bool anew = death->verdict != verdict;

	if (!anew && death->reason == reason)
		return;
	count(watch, death, death->verdict, -1);
	death->verdict = verdict;
	death->proof = proof;
	death->reason = reason;
	death->revision++;
	count(watch, death, verdict, 1);
	if (anew)
		tally_revised(&watch->verify.tally, death);
	watch_notice(watch, NOTICE_DEATH, death->id);
}

void deaths_undo(struct watch *watch, struct death *death)
{
	struct verify *verify = &watch->verify;

	count(watch, death, death->verdict, -1);
	verify->counts.total--;
	verify->span.total -= death->in_span;
	list_unlink(&verify->closed_first, &verify->closed_last, death);
	verify->n_closed--;
	death_free(death);
}

struct death *verify_find(struct verify *verify, uint64_t id)
{
	struct death *death;

	if (!id)
		return NULL;
	for (death = verify->open_first; death; death = death->next)
		if (death->id == id)
			return death;
	for (death = verify->closed_last; death; death = death->prev)
		if (death->id == id)
			return death;
	return NULL;
}
