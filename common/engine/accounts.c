/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/accounts.h"

#include "common/engine/judge.h"
#include "common/engine/revise.h"
#include "common/engine/state.h"

void accounts_removal(struct watch *watch, struct netns *holder, bool known)
{
	struct accounts *accounts = &watch->accounts;

	if (!watch->verify.spanning)
		return;
	if (!accounts->first_del_seq) {
		accounts->first_del_seq = watch->seq;
		accounts->drained_ns = watch->drained_ns;
	}
	if (holder->home)
		accounts->home_dels++;
	if (holder->home || known)
		return;
	/* Home is the first of every walk: nobody can be ahead of it. */
	if (++holder->span_dels > accounts->home_dels)
		accounts->disorder = watch->start.home_is_first;
}

void accounts_canary(struct watch *watch, const struct netns *canary)
{
	struct accounts *accounts = &watch->accounts;

	if (accounts->n_barriers == 0)
		accounts->canary_seq = canary->life_seq;
	if (accounts->n_barriers < 2)
		accounts->barriers[accounts->n_barriers++] = watch->seq;
	/* What dies from now on is not this span's. */
	if (accounts->n_barriers == 2)
		watch->verify.spanning = false;
}

/*
 * This may have been a removal of the death's peer that was wrong: a later pass
 * swept away what its own had left, or a holder that was alive at the barrier
 * ended before its table could tell that the number is gone.
 */
static bool speaks_against(const struct evidence *evidence,
			   uint64_t barrier_seq)
{
	const struct netns *holder = evidence->holder;

	if (evidence->told)
		return false;
	if (evidence->seq > barrier_seq)
		return evidence->opened_seq <= barrier_seq;
	return holder->ended_seq > barrier_seq &&
	       holder->table_seq < evidence->seq;
}

bool accounts_cover(const struct watch *watch, const struct death *death)
{
	const struct evidences *evidences = &watch->verify.evidences;
	const struct evidence *evidence;
	uint64_t i;

	if (!death->home_seq || death->home_seq > watch->accounts.canary_seq ||
	    evidences->lost_seq > death->barrier_seq)
		return false;
	for (i = 0; (evidence = evidences_get(evidences, i)); i++) {
		if (evidence->seq <= death->first_seq)
			return true;
		if (speaks_against(evidence, death->barrier_seq))
			return false;
	}
	return true;
}

void accounts_judge(struct watch *watch)
{
	watch->accounts.running = true;
	watch->accounts.judged = false;
	watch->accounts.since_ns = watch->now.mono_ns;
	watch_soon(watch, 0);
}

/* Every table and every name, asked after the second barrier. */
static void ask_all(struct watch *watch)
{
	struct netns *netns;
	struct name *name;

	watch->accounts.asked = true;
	watch->accounts.asked_seq = watch->seq;
	for (netns = watch->ledger.netnses; netns; netns = netns->next) {
		sync_want(watch, netns, watch->accounts.barriers[1],
			  WISH_URGENT);
		for (name = netns->names; name; name = name->next)
			sync_want_name(watch, name,
				       watch->accounts.barriers[1]);
	}
}

static bool entry_balanced(struct watch *watch, const struct entry *entry)
{
	const struct generation *generation = entry->open;
	const struct netns *peer;

	if (!entry->known || entry->suspicion || entry->balance < 0 ||
	    entry->balance > 1)
		return false;
	if (!generation || generation->knowledge == PEER_SELF)
		return true;
	peer = generation->peer;
	if (!peer || peer->ended_seq)
		return false;
	return peer->home ||
	       (peer->lives && peer->life_seq >= watch->accounts.barriers[1]);
}

/* The holder was complete from before the span's first removal. */
static bool holder_balanced(struct watch *watch, const struct netns *holder)
{
	const struct accounts *accounts = &watch->accounts;
	const struct entry *entry;

	if (holder->trust != TRUST_LIVE || !holder->complete ||
	    !holder->table_whole ||
	    !judge_baselined(holder, accounts->first_del_seq,
			     accounts->drained_ns) ||
	    holder->table_seq < accounts->barriers[1])
		return false;
	for (entry = holder->entries.first; entry; entry = entry->next)
		if (!entry_balanced(watch, entry))
			return false;
	return true;
}

/* A leaked entry that the canary's own pass swept away is nobody's account. */
static bool swept(const struct watch *watch)
{
	const struct evidences *evidences = &watch->verify.evidences;
	const struct evidence *evidence;
	uint64_t i;

	for (i = 0; (evidence = evidences_get(evidences, i)); i++) {
		if (evidence->seq <= watch->accounts.barriers[0])
			return false;
		if (!evidence->told &&
		    evidence->opened_seq <= watch->accounts.barriers[0])
			return true;
	}
	return false;
}

static bool balanced(struct watch *watch)
{
	const struct accounts *accounts = &watch->accounts;
	const struct netns *holder;
	size_t i;

	if (accounts->n_barriers < 2 || watch->verify.finding_first ||
	    watch->findings.n_suspicions || watch->counters.doubts ||
	    watch->counters.unheard || accounts->disorder || swept(watch))
		return false;
	for (i = 0; i < GAP_CAUSES; i++)
		if (watch->counters.gaps[i])
			return false;
	for (holder = watch->ledger.netnses; holder; holder = holder->next)
		if (!holder->ended_seq && !holder_balanced(watch, holder))
			return false;
	return true;
}

/* Deaths of the span that are still on their way to a verdict. */
static bool underway(const struct watch *watch)
{
	const struct death *death = watch->verify.open_first;

	for (; death; death = death->next)
		if (death->in_span && death->barrier_seq)
			return true;
	return false;
}

/* Those that have ended, and whose own deaths are not closed, tell no more. */
static void count_lost(struct watch *watch)
{
	const struct netns *holder = watch->ledger.netnses;

	for (; holder; holder = holder->next)
		if (holder->ended_seq)
			judge_lost(watch, holder);
}

void accounts_drained(struct watch *watch, uint64_t *deadline_ns)
{
	struct accounts *accounts = &watch->accounts;
	bool patient;

	if (!accounts->running)
		return;
	if (!accounts->asked)
		ask_all(watch);
	patient = watch->drained_ns <
		  accounts->since_ns + watch->settings.overdue_ns;
	if (patient && (!sync_quiet(watch) || underway(watch) ||
			watch->findings.n_suspicions)) {
		if (watch->now.mono_ns + watch->settings.settle_ns <
		    *deadline_ns)
			*deadline_ns = watch->now.mono_ns +
				       watch->settings.settle_ns;
		return;
	}
	accounts->balanced = patient && balanced(watch);
	if (accounts->balanced) {
		count_lost(watch);
		revise_accounts(watch);
	}
	accounts->running = false;
	accounts->judged = true;
}
