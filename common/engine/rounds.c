/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/rounds.h"

#include "common/engine/state.h"

/* So many are asked at once, the youngest first, and so many looked at. */
static struct netns *ask_lives(struct watch *watch, struct netns *netns)
{
	unsigned int asked = 0, looked = 0;

	while (netns && asked < LIFE_ASKED && looked++ < LIFE_LOOKED) {
		if (netns->names && !netns->death && !netns->ended_seq) {
			sync_want_name(watch, netns->names, watch->seq);
			asked++;
		}
		netns = netns->prev;
	}
	return netns;
}

/*
 * Who is alive now can be a barrier for what died before: ask each one once. On
 * a host of thousands that takes several steps, so that no death costs more.
 */
static void life_round(struct watch *watch, uint64_t *deadline_ns)
{
	struct sync *sync = &watch->sync;
	const struct death *last = watch->verify.open_last;
	uint64_t due_ns = sync->life_ns +
			  (sync->life_next ? LIFE_STEP_NS : LIFE_NS);

	if (!watch->verify.no_barrier)
		sync->life_next = NULL;
	if (!watch->verify.no_barrier ||
	    (!sync->life_next && last->first_seq <= sync->life_seq))
		return;
	if (sync->life_ns && watch->now.mono_ns < due_ns) {
		if (due_ns < *deadline_ns)
			*deadline_ns = due_ns;
		return;
	}
	if (!sync->life_next) {
		sync->life_next = watch->ledger.last;
		sync->life_from_seq = watch->seq;
	}
	sync->life_ns = watch->now.mono_ns;
	sync->life_next = ask_lives(watch, sync->life_next);
	if (!sync->life_next)
		sync->life_seq = sync->life_from_seq;
	else if (sync->life_ns + LIFE_STEP_NS < *deadline_ns)
		*deadline_ns = sync->life_ns + LIFE_STEP_NS;
}

/*
 * Home has a new number: an entry that named nobody may name it. A table of
 * home's may have shown it, with no event since the other table was asked.
 */
static void relearn(struct watch *watch)
{
	struct netns *netns;

	if (!watch->relearn)
		return;
	watch->relearn = false;
	netns = odds_walk(&watch->ledger.odds);
	for (; netns; netns = netns->odd_next)
		if (netns->n_unknown)
			sync_want(watch, netns, watch->seq + 1, WISH_LEARN);
}

/* So many tables a tick that a round takes as long as it is set to. */
static void background(struct watch *watch)
{
	struct sync *sync = &watch->sync;
	const struct settings *settings = &watch->settings;
	uint64_t n;

	n = watch->ledger.n_netnses * settings->housekeeping_ns /
		    (settings->audit_round_ns ? settings->audit_round_ns : 1) +
	    1;
	while (n-- > 0) {
		if (!sync->audit_next) {
			sync->audit_next = watch->ledger.netnses;
			sync->rounds++;
		}
		sync_wish(watch, sync->audit_next, WISH_LEARN);
		sync->audit_next = sync->audit_next->next;
	}
	sync_want_scan(watch, sync->rounds != sync->scan_rounds);
	sync->scan_rounds = sync->rounds;
}

void rounds_drained(struct watch *watch, uint64_t *deadline_ns)
{
	struct sync *sync = &watch->sync;
	uint64_t due_ns = sync->housekeeping_ns +
			  watch->settings.housekeeping_ns;
	uint64_t soon_ns = UINT64_MAX;

	life_round(watch, deadline_ns);
	relearn(watch);
	if (watch->ready && watch->now.mono_ns >= due_ns) {
		sync->housekeeping_ns = watch->now.mono_ns;
		due_ns = watch->now.mono_ns + watch->settings.housekeeping_ns;
		background(watch);
	}
	if (sync->wish_first[WISH_URGENT] || sync_names_askable(watch) ||
	    sync->holding || sync->proved || sync->self_wanted ||
	    sync->probe.holder)
		soon_ns = watch->now.mono_ns;
	else if (sync->n_learn)
		soon_ns = watch->now.mono_ns + LEARN_NS;
	else if (sync->scan_wanted)
		soon_ns = sync->scan_ns + SCAN_NS;
	if (soon_ns < *deadline_ns)
		*deadline_ns = soon_ns;
	if (watch->ready && due_ns < *deadline_ns)
		*deadline_ns = due_ns;
}
