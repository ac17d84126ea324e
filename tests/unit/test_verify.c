/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deaths, what may be said of them and what revises it: the rules of verify.h
 * and revise.h one by one, in the small world. Where the moment or the order
 * decides, what comes before is set and not waited for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/engine/deaths.h"
#include "common/engine/judge.h"
#include "common/engine/revise.h"
#include "common/engine/state.h"
#include "tests/lib/world.h"

static struct watch *watch_of(void **state)
{
	struct world *w = *state;

	return w->script->watch;
}

static struct netns *netns_of(struct watch *watch, int32_t nsid)
{
	struct netns *netns = ledger_holder(&watch->ledger, nsid);

	assert_non_null(netns);
	return netns;
}

/* p is dead, and a dropped it: nothing is certain yet. */
static struct death *suspected(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);

	script_die(w->script, w->p);
	script_remove(w->script, w->a, 10);
	assert_ptr_equal(watch->verify.open_first, watch->verify.open_last);
	assert_non_null(watch->verify.open_first);
	assert_false(watch->verify.open_first->certain);
	return watch->verify.open_first;
}

/* p is dead, and home, a and b dropped it. */
static struct death *certain(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);

	script_kill(w->script, w->p);
	assert_non_null(watch->verify.open_first);
	assert_true(watch->verify.open_first->certain);
	return watch->verify.open_first;
}

/* The pass was over when this one's DEL was read. */
static void set_barrier(struct death *death, struct netns *barrier,
			uint64_t seq)
{
	death->barrier = netns_ref(barrier);
	death->barrier_seq = seq;
}

/* ---- when a death is certain ------------------------------------------------- */

static void test_an_event_of_its_pass(void **state)
{
	struct death death = { .first_seq = 5, .certain_seq = 9 };

	(void)state;
	assert_int_equal(verify_pass_seq(&death), 5);
	death.certain = true;
	assert_int_equal(verify_pass_seq(&death), 9);
}

static void test_the_second_removal_makes_it_certain(void **state)
{
	struct world *w = *state;
	struct death *death = suspected(state);

	script_remove(w->script, w->b, 20);
	assert_true(death->certain);
	assert_int_equal(death->certain_seq, watch_of(state)->seq);
}

/* It closed an older generation: perhaps the first DEL was no one's death. */
static void test_an_unfair_removal_makes_nothing_certain(void **state)
{
	struct world *w = *state;
	struct death *death = suspected(state);

	script_event(w->script, w->b, EVENT_NEW, 20);
	script_event(w->script, w->b, EVENT_DEL, 20);
	assert_int_equal(death->n_removals, 2);
	assert_int_equal(death->fair_removals, 1);
	assert_false(death->certain);
}

/*
 * Two owners of p's number in home, as far as NEW and DEL tell, and a DEL: over
 * a gap it may be of the one that seems to have it still.
 */
static struct netns *heir_after(void **state, bool gapped)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct entry *entry = ledger_entry(watch->ledger.home, 4);

	script_event(w->script, SCRIPT_HOME, EVENT_NEW, 4);
	entry->gapped = gapped;
	script_event(w->script, SCRIPT_HOME, EVENT_DEL, 4);
	assert_int_equal(entry->balance, 1);
	return entry->open->peer;
}

static void test_an_heir_is_not_asked_over_a_gap(void **state)
{
	struct netns *heir = heir_after(state, true);

	assert_true(heir->unproved);
	assert_true(sync_suspect(watch_of(state), heir));
}

static void test_an_heir_is_asked_without_a_gap(void **state)
{
	struct netns *heir = heir_after(state, false);

	assert_false(heir->unproved);
	assert_false(sync_suspect(watch_of(state), heir));
}

/* What stood for a barrier proves nothing if it was asked before. */
static void test_a_barrier_from_before_it_was_certain(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct death *death = suspected(state);
	struct netns *q = netns_of(watch, 5);

	watch->start.home_is_first = death->tainted = false;
	q->life_seq = watch->seq; /* the next event is the one */
	set_barrier(death, q, watch->seq);
	script_remove(w->script, w->b, 20);
	assert_true(death->certain);
	assert_true(death->tainted);
	assert_int_equal(death->barrier_seq, 0);
}

static void test_a_barrier_that_was_asked_in_time(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct death *death = suspected(state);
	struct netns *q = netns_of(watch, 5);

	watch->start.home_is_first = death->tainted = false;
	q->life_seq = watch->seq + 1;
	set_barrier(death, q, watch->seq);
	script_remove(w->script, w->b, 20);
	assert_true(death->certain);
	assert_false(death->tainted);
	assert_ptr_equal(death->barrier, q);
}

/* Only where home is the first namespace is it the first of every walk. */
static void test_home_need_not_be_first(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct death *death;

	watch->start.home_is_first = false;
	death = suspected(state);
	script_remove(w->script, SCRIPT_HOME, 4);
	assert_true(death->certain);
	assert_false(death->tainted);
}

/* ---- barriers ------------------------------------------------------------------ */

static uint64_t barrier_by_q(void **state, uint64_t life_seq, bool known)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct death *death = watch->verify.open_first;
	struct netns *q = netns_of(watch, 5);

	q->lives = true;
	q->life_seq = life_seq;
	ledger_entry(watch->ledger.home, 5)->known = known;
	script_die(w->script, w->q);
	script_remove(w->script, SCRIPT_HOME, 5);
	return death->barrier_seq;
}

static void test_a_barrier_was_alive_after_the_death(void **state)
{
	uint64_t seq = verify_pass_seq(certain(state));

	seq = barrier_by_q(state, seq, true);
	assert_int_equal(seq, watch_of(state)->seq);
}

static void test_a_barrier_that_was_asked_too_early(void **state)
{
	uint64_t seq = verify_pass_seq(certain(state));

	assert_int_equal(barrier_by_q(state, seq - 1, true), 0);
}

/* Its number had no baseline: the DEL proves nothing of it. */
static void test_a_blind_barrier(void **state)
{
	uint64_t seq = verify_pass_seq(certain(state));

	assert_int_equal(barrier_by_q(state, seq, false), 0);
}

/* Proved alive in between, and then its number goes from home as well. */
static void test_nobody_is_its_own_barrier(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct death *death = suspected(state);
	struct netns *p = netns_of(watch, 4);

	script_remove(w->script, w->b, 20);
	assert_true(death->certain);
	p->lives = true;
	p->life_seq = watch->seq;
	script_remove(w->script, SCRIPT_HOME, 4);
	assert_int_equal(death->barrier_seq, 0);
}

static void test_a_pass_is_over_for_sure(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct verify *verify = &watch->verify;
	struct netns *netns;

	assert_false(verify_barrier_after(watch, 0));
	world_newborn(w, 6, NULL);
	netns = netns_of(watch, 6);
	verify->barrier = netns_ref(netns);
	verify->barrier_life_seq = 40;
	verify->barrier_ns = watch->drained_ns - watch->settings.settle_ns;
	assert_true(verify_barrier_after(watch, 40));
	assert_true(verify_barrier_after(watch, 39));
	assert_false(verify_barrier_after(watch, 41));
	verify->barrier_ns++;
	assert_false(verify_barrier_after(watch, 40));
	verify->barrier_ns--;
	netns->revived = true;
	assert_false(verify_barrier_after(watch, 40));
	netns->revived = false;
	names_bind(names_find(&watch->names, "/run/netns/a"), netns);
	assert_false(verify_barrier_after(watch, 40));
}

/* A canary is ours: that it died needs no asking. */
static void test_a_canary_needs_no_names(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct death *death = certain(state);
	struct name *name = names_find(&watch->names, "/run/netns/a");
	struct netns *canary;
	uint64_t deadline_ns = UINT64_MAX;

	script_canary(w->script);
	canary = netns_of(watch, w->script->next_canary - 1);
	assert_true(canary->canary);
	names_bind(name, canary);
	name->wanted_seq = 0;
	set_barrier(death, canary, watch->seq);
	watch->verify.no_barrier = NULL;
	watch->drained_ns = watch->now.mono_ns + 2 * SCRIPT_S;
	verify_drained(watch, &deadline_ns);
	assert_true(death->asked);
	assert_int_equal(name->wanted_seq, 0);
}

/* The one that was proved alive last, and of several the latest. */
static void test_the_best_barrier(void **state)
{
	static const struct {
		int32_t nsid, best;
		uint64_t life_seq;
	} steps[] = { { 5, 5, 40 }, { 3, 5, 39 }, { 2, 2, 40 }, { 1, 1, 41 } };
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *netns;

	watch->seq = 50;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		netns = netns_of(watch, steps[i].nsid);
		netns->lives = true;
		netns->life_seq = steps[i].life_seq;
		script_event(w->script, SCRIPT_HOME, EVENT_DEL, steps[i].nsid);
		assert_int_equal(watch->verify.barrier->nsid, steps[i].best);
	}
	/* One of which nobody knows that it lived proves nothing. */
	netns = netns_of(watch, 4);
	netns->lives = false;
	netns->life_seq = 60;
	script_event(w->script, SCRIPT_HOME, EVENT_DEL, 4);
	assert_int_equal(watch->verify.barrier->nsid, 1);
}

/* It answered after the peer's first DEL: what dropped it is suspected. */
static void test_alive_after_its_first_del(void **state)
{
	struct watch *watch = watch_of(state);
	struct death *death = suspected(state);
	struct entry *entry = ledger_entry(netns_of(watch, 1), 10);

	verify_alive(watch, death->peer, death->first_seq - 1);
	assert_false(death->living);
	assert_null(entry->suspicion);
	verify_alive(watch, death->peer, death->first_seq);
	assert_true(death->living);
	assert_non_null(entry->suspicion);
	assert_int_equal(entry->suspicion->doubt, DOUBT_ALIVE);
}

/* What another death closed since, and what ended, says nothing of it. */
static void test_alive_where_nothing_is_left_to_suspect(void **state)
{
	struct watch *watch = watch_of(state);
	struct death *death = suspected(state);
	struct netns *a = netns_of(watch, 1);
	struct entry *entry = ledger_entry(a, 10);

	entry->closed_death = death->id + 1;
	verify_alive(watch, death->peer, death->first_seq);
	assert_true(death->living);
	assert_null(entry->suspicion);
	entry->closed_death = death->id;
	death->living = false;
	a->ended_seq = watch->seq;
	verify_alive(watch, death->peer, death->first_seq);
	assert_true(death->living);
	assert_null(entry->suspicion);
}

static void test_after_its_del_it_answered(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *p = netns_of(watch, 4);

	p->ended_seq = 5;
	verify_alive(watch, p, 4);
	assert_false(p->revived);
	verify_alive(watch, p, 5);
	assert_true(p->revived);
}

/* ---- what one DEL says ----------------------------------------------------------- */

static void test_what_a_removal_leaves_behind(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1), *p = netns_of(watch, 4);
	struct entry *entry = ledger_entry(a, 10);
	struct death *death = suspected(state);
	uint64_t seq = watch->seq;

	assert_int_equal(entry->closed_seq, seq);
	assert_int_equal(entry->closed_peer, p->serial);
	assert_int_equal(entry->closed_death, death->id);
	/* One that closes nothing, and of which nobody can tell. */
	entry->known = false;
	script_event(w->script, w->a, EVENT_DEL, 10);
	assert_int_equal(a->last_del_seq, watch->seq);
	assert_int_equal(entry->closed_seq, seq);
	assert_int_equal(entry->closed_peer, 0);
	assert_int_equal(entry->closed_death, 0);
}

/* Of the span a holder's accounts count what nobody can attribute. */
static void test_what_counts_for_the_span(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1), *b = netns_of(watch, 2);

	script_command(s, COMMAND_BEGIN, NSID_NONE);
	script_die(s, w->p);
	script_remove(s, w->a, 10);
	assert_int_equal(a->span_dels, 0);
	script_number(s, w->b, 26, w->q);
	script_remove(s, w->b, 26);
	assert_int_equal(b->span_dels, 1);
	ledger_entry(b, 26)->known = false;
	script_event(s, w->b, EVENT_DEL, 26);
	assert_int_equal(b->span_dels, 2);
}

/* A DEL of whom nothing can remove, and one of which nobody can tell. */
static void test_home_never_dies(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct entry *entry = ledger_entry(a, 12);

	entry->known = false;
	script_event(w->script, w->a, EVENT_DEL, 12);
	assert_int_equal(watch->findings.n_suspicions, 0);
	assert_null(watch->verify.open_first);
}

static void test_a_holder_that_drops_home(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct entry *entry = ledger_entry(a, 12);

	script_event(w->script, w->a, EVENT_DEL, 12);
	assert_non_null(entry->suspicion);
	assert_int_equal(entry->suspicion->doubt, DOUBT_ALIVE);
	assert_ptr_equal(entry->suspicion->peer, watch->ledger.home);
	assert_null(watch->verify.open_first);
}

static void test_a_holder_that_drops_itself(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct entry *entry;

	script_number(w->script, w->a, 15, w->a);
	script_advance(w->script, 5 * SCRIPT_S);
	entry = ledger_entry(a, 15);
	assert_int_equal(entry->open->knowledge, PEER_SELF);
	script_event(w->script, w->a, EVENT_DEL, 15);
	assert_non_null(entry->suspicion);
	assert_ptr_equal(entry->suspicion->peer, a);
	assert_null(watch->verify.open_first);
}

/* Dead beyond doubt before its DEL in home came: that says nothing more. */
static void test_the_del_of_one_that_was_forgotten(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *q = netns_ref(netns_of(watch, 5));

	q->lives = true;
	q->life_seq = watch->seq;
	q->ended_seq = 1;
	watch_end_netns(watch, q);
	script_event(w->script, SCRIPT_HOME, EVENT_DEL, 5);
	assert_int_equal(q->ended_seq, 1);
	assert_ptr_not_equal(watch->verify.barrier, q);
	assert_null(watch->verify.open_first);
	netns_unref(q);
}

/* The DEL that was missed came: the entry is settled again. */
static void test_what_was_missed_is_balanced(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	struct entry *entry = ledger_entry(netns_of(watch_of(state), 1), 10);

	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_erase(s, w->a, 10);
	script_remove(s, w->b, 20);
	script_advance(s, 6 * SCRIPT_S);
	script_kill(s, w->q);
	script_advance(s, 15 * SCRIPT_S);
	world_found(w, KIND(UNANNOUNCED), 1, 1);
	assert_int_equal(entry->balance, 0);
	script_event(s, w->a, EVENT_DEL, 10);
	assert_int_equal(entry->balance, 0);
}

/* ---- what is known later --------------------------------------------------------- */

/* a dropped somebody of whom nobody could tell who it was. */
static struct entry *untold(void **state)
{
	struct world *w = *state;

	script_number(w->script, w->a, 16, w->p);
	script_remove(w->script, w->a, 16);
	assert_int_equal(watch_of(state)->counters.unattributed, 1);
	return ledger_entry(netns_of(watch_of(state), 1), 16);
}

/* How many removals the death then has. */
static uint32_t told(void **state, struct entry *entry, int32_t holder,
		     int32_t peer)
{
	struct watch *watch = watch_of(state);

	assert_int_equal(verify_told(watch, netns_of(watch, holder), entry,
				     peer ? netns_of(watch, peer) : NULL),
			 0);
	return watch->verify.open_first ? watch->verify.open_first->n_removals :
					  0;
}

static void test_told_of_a_removal(void **state)
{
	struct watch *watch = watch_of(state);
	struct death *death = suspected(state);
	struct entry *entry = untold(state);
	uint32_t expected = death->expected;

	/* Of nobody, of a living one, and of what nobody wondered about. */
	assert_int_equal(told(state, entry, 1, 0), 1);
	assert_int_equal(told(state, entry, 1, 5), 1);
	assert_int_equal(told(state, entry, 2, 4), 1);
	assert_false(death->certain);
	assert_int_equal(told(state, entry, 1, 4), 2);
	assert_int_equal(death->expected, expected + 1);
	assert_int_equal(death->fair_removals, 2);
	assert_int_equal(watch->counters.unattributed, 0);
	assert_true(death->certain);
	/* Once. */
	assert_int_equal(told(state, entry, 1, 4), 2);
	assert_int_equal(watch->counters.unattributed, 0);
}

/* Without a fair one before, it is the first. */
static void test_told_of_the_first_fair_removal(void **state)
{
	struct death *death = suspected(state);
	struct entry *entry = untold(state);

	death->fair_removals = 0;
	assert_int_equal(told(state, entry, 1, 4), 2);
	assert_int_equal(death->fair_removals, 1);
	assert_false(death->certain);
}

static void test_told_of_one_before_the_death(void **state)
{
	struct death *death = suspected(state);
	struct entry *entry = untold(state);

	death->first_seq = entry->closed_seq + 1;
	assert_int_equal(told(state, entry, 1, 4), 1);
	death->first_seq = entry->closed_seq;
	assert_int_equal(told(state, entry, 1, 4), 2);
}

static void test_told_of_one_after_the_barrier(void **state)
{
	struct watch *watch = watch_of(state);
	struct death *death = suspected(state);
	struct entry *entry = untold(state);
	struct netns *q = netns_of(watch, 5);

	set_barrier(death, q, entry->closed_seq - 1);
	assert_int_equal(told(state, entry, 1, 4), 1);
	death->barrier_seq = entry->closed_seq;
	assert_int_equal(told(state, entry, 1, 4), 2);
}

static void test_told_of_one_well_before_the_barrier(void **state)
{
	struct watch *watch = watch_of(state);
	struct death *death = suspected(state);
	struct entry *entry = untold(state);

	set_barrier(death, netns_of(watch, 5), entry->closed_seq + 5);
	assert_int_equal(told(state, entry, 1, 4), 2);
}

static void test_the_peer_of_an_open_death(void **state)
{
	struct watch *watch = watch_of(state);
	struct death *death = certain(state);
	uint64_t id = death->id;

	assert_ptr_equal(verify_dead_peer(watch, id), death->peer);
	assert_null(verify_dead_peer(watch, id + 1));
	verify_close(watch, death, VERDICT_INDETERMINATE, REASON_GAP);
	assert_null(verify_dead_peer(watch, id));
}

/* ---- what went without a DEL -------------------------------------------------------- */

static struct generation *owner_of(void **state, int32_t holder, int32_t nsid)
{
	struct netns *netns = netns_of(watch_of(state), holder);

	return ledger_youngest(ledger_entry(netns, nsid));
}

static void test_lost_without_a_removal(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1), *q = netns_of(watch, 5);
	struct death *death;

	verify_lost(watch, owner_of(state, 1, 11));
	assert_true(q->bereft);
	script_kill(w->script, w->q);
	assert_true(watch->verify.open_first->tainted);
	/* One whose death is open, and one of whom nobody can tell. */
	script_die(w->script, w->p);
	script_remove(w->script, SCRIPT_HOME, 4);
	death = watch->verify.open_last;
	assert_false(death->tainted);
	verify_lost(watch, owner_of(state, 1, 10));
	assert_true(death->tainted);
	assert_false(death->peer->bereft);
	script_number(w->script, w->a, 16, w->c);
	verify_lost(watch, ledger_entry(a, 16)->open);
	assert_int_equal(watch->counters.unattributed, 1);
}

/* In home, or where a gap explains it. */
static void test_lost_where_it_says_nothing(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *home = watch->ledger.home, *q = netns_of(watch, 5);

	verify_lost(watch, ledger_entry(home, 5)->open);
	assert_false(q->bereft);
	netns_of(watch, 1)->trust = TRUST_GAP;
	verify_lost(watch, owner_of(state, 1, 11));
	assert_false(q->bereft);
}

/* Its number left home's table, and no DEL said so. */
static void vanish(struct watch *watch, struct netns *netns)
{
	struct entry *entry = ledger_entry(watch->ledger.home, netns->nsid);

	assert_int_equal(verify_vanished(watch, netns, entry), 0);
}

static void test_vanished_unannounced(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);

	vanish(watch, netns_of(watch, 4));
	assert_int_equal(watch->verify.n_open, 0);
	assert_int_equal(watch->verify.n_closed, 1);
	world_doubt(w, w->p, REASON_TAINTED);
}

static void test_vanished_in_a_gap(void **state)
{
	struct watch *watch = watch_of(state);

	watch->ledger.home->trust = TRUST_GAP;
	vanish(watch, netns_of(watch, 4));
	assert_int_equal(watch->verify.n_open, 1);
	assert_true(watch->verify.open_first->gap);
}

/* It is the same death that a holder told of before. */
static void test_vanished_as_it_died(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);

	vanish(watch, suspected(state)->peer);
	assert_int_equal(watch->verify.n_open, 0);
	assert_int_equal(watch->verify.n_closed, 1);
	world_doubt(w, w->p, REASON_TAINTED);
}

/* A canary is no death, and who was forgotten is none any more. */
static void test_vanished_where_it_is_no_death(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *canary, *q = netns_ref(netns_of(watch, 5));

	script_canary(w->script);
	canary = netns_ref(netns_of(watch, w->script->next_canary - 1));
	vanish(watch, canary);
	assert_true(canary->off);
	q->ended_seq = 1;
	watch_end_netns(watch, q);
	vanish(watch, q);
	assert_int_equal(watch->verify.n_open, 0);
	assert_int_equal(watch->verify.n_closed, 0);
	netns_unref(canary);
	netns_unref(q);
}

/* ---- gaps and the end ------------------------------------------------------------- */

static void test_only_what_a_gap_touched(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct death *death = certain(state);

	verify_gap_over(watch);
	assert_ptr_equal(watch->verify.open_first, death);
	verify_gap(watch);
	verify_gap_over(watch);
	world_doubt(w, w->p, REASON_GAP);
}

static void test_what_is_left_at_the_end(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct script *s = w->script;

	script_kill(s, w->p);
	verify_finish(watch);
	world_doubt(w, w->p, REASON_NO_BARRIER);
	script_kill(s, w->q);
	set_barrier(watch->verify.open_first, netns_of(watch, 3), watch->seq);
	verify_finish(watch);
	world_doubt(w, w->q, REASON_ENDED_OPEN);
	script_kill(s, w->c);
	watch->verify.open_first->tainted = true;
	verify_finish(watch);
	world_doubt(w, w->c, REASON_TAINTED);
}

/* ---- the verdict ------------------------------------------------------------------- */

/* Home may list its number for ever; that it is dead is then sure. */
static uint64_t ended_by_verdict(void **state, bool living, bool asked)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct death *death = suspected(state);
	struct netns *p = netns_ref(death->peer);
	uint64_t ended_seq;

	script_remove(w->script, w->b, 20);
	assert_true(death->certain);
	death->living = living;
	death->asked = asked;
	verify_close(watch, death, VERDICT_INDETERMINATE, REASON_TAINTED);
	ended_seq = p->ended_seq;
	netns_unref(p);
	return ended_seq;
}

static void test_dead_beyond_doubt(void **state)
{
	assert_int_not_equal(ended_by_verdict(state, false, true), 0);
}

static void test_living_for_all_that_is_known(void **state)
{
	assert_int_equal(ended_by_verdict(state, true, true), 0);
}

static void test_nobody_asked_whether_it_is_dead(void **state)
{
	assert_int_equal(ended_by_verdict(state, false, false), 0);
}

static bool wronged_by_verdict(void **state, enum verdict verdict, bool tainted)
{
	struct watch *watch = watch_of(state);
	struct death *death = certain(state);
	struct netns *p = netns_ref(death->peer);
	bool wronged;

	death->tainted = tainted;
	verify_close(watch, death, verdict, REASON_TAINTED);
	wronged = p->wronged;
	netns_unref(p);
	return wronged;
}

static void test_wronged_by_a_violation(void **state)
{
	assert_true(wronged_by_verdict(state, VERDICT_VIOLATED, false));
}

static void test_wronged_by_a_taint(void **state)
{
	assert_true(wronged_by_verdict(state, VERDICT_INDETERMINATE, true));
}

static void test_not_wronged(void **state)
{
	assert_false(wronged_by_verdict(state, VERDICT_INDETERMINATE, false));
}

/* Seen dead in two tables, or proved so: then one DEL of it is no mistake. */
static bool twice(void **state, bool more, enum verdict verdict)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct death *death = suspected(state);
	struct netns *p = netns_ref(death->peer);
	bool twice;

	if (more)
		script_remove(w->script, w->b, 20);
	verify_close(watch, death, verdict, REASON_TAINTED);
	twice = p->gone_seq != 0;
	netns_unref(p);
	return twice;
}

static void test_seen_in_one_table(void **state)
{
	assert_false(twice(state, false, VERDICT_INDETERMINATE));
}

static void test_seen_in_two_tables(void **state)
{
	assert_true(twice(state, true, VERDICT_INDETERMINATE));
}

static void test_proved_by_one_table(void **state)
{
	assert_true(twice(state, false, VERDICT_VERIFIED));
}

/* Dead, or without its number for another reason: whom did b's 20 name? */
static enum knowledge known_after(void **state, enum verdict verdict)
{
	struct watch *watch = watch_of(state);
	struct death *death = suspected(state);

	death->peer->ended_seq = watch->seq;
	verify_close(watch, death, verdict, REASON_TAINTED);
	return owner_of(state, 2, 20)->knowledge;
}

static void test_asked_anew_after_a_doubt(void **state)
{
	assert_int_equal(known_after(state, VERDICT_INDETERMINATE),
			 PEER_UNKNOWN);
}

static void test_not_asked_anew_after_a_proof(void **state)
{
	assert_int_equal(known_after(state, VERDICT_VERIFIED), PEER_KNOWN);
}

/* ---- deadlines, to the nanosecond ----------------------------------------------------- */

/* The named moment at this drained one; `later` is what others named. */
static uint64_t deadline(struct watch *watch, uint64_t drained_ns,
			 uint64_t later)
{
	watch->drained_ns = drained_ns;
	verify_drained(watch, &later);
	return later;
}

static void test_deadline_of_an_evidence(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t settle_ns = watch->settings.settle_ns, due_ns;

	assert_int_equal(deadline(watch, 0, UINT64_MAX), UINT64_MAX);
	watch->verify.evidence_ns = 5 * SCRIPT_S;
	due_ns = 5 * SCRIPT_S + settle_ns;
	assert_int_equal(deadline(watch, due_ns - 1, UINT64_MAX), due_ns);
	assert_int_equal(deadline(watch, due_ns - 1, due_ns + 1), due_ns);
	assert_int_equal(deadline(watch, due_ns - 1, due_ns - 1), due_ns - 1);
	assert_int_equal(deadline(watch, due_ns, UINT64_MAX), UINT64_MAX);
}

static void test_deadline_of_a_barrier(void **state)
{
	struct watch *watch = watch_of(state);
	struct death *death = certain(state);
	uint64_t settle_ns = watch->settings.settle_ns, due_ns;

	watch->verify.not_named = NULL; /* see below */
	watch->verify.no_barrier = NULL;
	set_barrier(death, netns_of(watch, 3), watch->seq);
	death->barrier_ns = watch->now.mono_ns;
	due_ns = death->barrier_ns + settle_ns;
	assert_int_equal(deadline(watch, due_ns - 1, UINT64_MAX), due_ns);
	assert_int_equal(deadline(watch, due_ns - 1, due_ns + 1), due_ns);
	assert_int_equal(deadline(watch, due_ns - 1, due_ns - 1), due_ns - 1);
	assert_false(death->asked);
	assert_int_equal(deadline(watch, due_ns, UINT64_MAX), UINT64_MAX);
	assert_true(death->asked);
}

/* A living peer shows early: its names are asked when it could be so. */
static void test_deadline_of_names(void **state)
{
	struct watch *watch = watch_of(state);
	struct death *death = certain(state);
	uint64_t due_ns = death->opened.mono_ns + watch->settings.settle_ns;
	struct name *name = death->peer->names;

	assert_non_null(name);
	assert_int_equal(deadline(watch, due_ns - 1, UINT64_MAX), due_ns);
	assert_int_equal(deadline(watch, due_ns - 1, due_ns + 1), due_ns);
	assert_int_equal(deadline(watch, due_ns - 1, due_ns - 1), due_ns - 1);
	assert_false(name->queued);
	assert_int_equal(deadline(watch, due_ns, UINT64_MAX), UINT64_MAX);
	assert_true(name->queued);
}

static void test_overdue(void **state)
{
	struct watch *watch = watch_of(state);
	struct death *death = certain(state);
	uint64_t due_ns = death->opened.mono_ns + watch->settings.overdue_ns;

	deadline(watch, due_ns - 1, UINT64_MAX);
	assert_false(death->overdue);
	deadline(watch, due_ns, UINT64_MAX);
	assert_true(death->overdue);
}

static void test_only_so_many_stay_open(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);

	script_kill(w->script, w->p);
	script_kill(w->script, w->q);
	watch->settings.history = 2;
	deadline(watch, watch->now.mono_ns, UINT64_MAX);
	assert_int_equal(watch->verify.n_open, 2);
	watch->settings.history = 1;
	deadline(watch, watch->now.mono_ns, UINT64_MAX);
	assert_int_equal(watch->verify.n_open, 1);
	world_doubt(w, w->p, REASON_NO_BARRIER);
	world_verdict(w, w->q, VERDICT_OPEN);
}

/* Something of it stays undecided: so long, and then it is left in doubt. */
static struct death *undecided(void **state, uint64_t *ret_due_ns)
{
	struct watch *watch = watch_of(state);
	struct death *death = certain(state);
	const struct settings *settings = &watch->settings;

	watch->verify.no_barrier = NULL;
	set_barrier(death, netns_of(watch, 3), watch->seq);
	death->barrier_ns = watch->now.mono_ns;
	death->n_suspicions = 1;
	*ret_due_ns = death->barrier_ns + settings->overdue_ns +
		      settings->settle_ns;
	deadline(watch, *ret_due_ns - 1, UINT64_MAX);
	assert_int_equal(death->verdict, VERDICT_OPEN);
	return death;
}

static void test_patience_ends(void **state)
{
	struct world *w = *state;
	uint64_t due_ns;

	undecided(state, &due_ns);
	deadline(watch_of(state), due_ns, UINT64_MAX);
	world_doubt(w, w->p, REASON_PARTIAL_TABLE);
}

static void test_patience_ends_with_a_reason(void **state)
{
	struct world *w = *state;
	uint64_t due_ns;

	undecided(state, &due_ns)->holder_died = true;
	deadline(watch_of(state), due_ns, UINT64_MAX);
	world_doubt(w, w->p, REASON_HOLDER_DIED);
}

/* A barrier is only as good as the death that made it. */
static void test_a_barrier_that_lives(void **state)
{
	struct watch *watch = watch_of(state);
	struct death *death = certain(state);
	struct netns *barrier = netns_of(watch, 3);

	watch->verify.no_barrier = NULL;
	set_barrier(death, barrier, watch->seq);
	death->barrier_ns = watch->now.mono_ns;
	barrier->revived = true;
	deadline(watch, death->barrier_ns + 2 * SCRIPT_S, UINT64_MAX);
	assert_int_equal(death->verdict, VERDICT_OPEN);
	assert_int_equal(death->barrier_seq, 0);
	assert_null(death->barrier);
	assert_ptr_equal(watch->verify.no_barrier, death);
}

/* Every name was asked after the barrier, and one leads to it yet. */
static struct death *named_yet(void **state)
{
	struct watch *watch = watch_of(state);
	struct death *death = certain(state);
	struct netns *barrier = netns_of(watch, 3);
	struct name *name = death->peer->names;

	watch->verify.no_barrier = NULL;
	set_barrier(death, barrier, watch->seq);
	barrier->canary = true;
	death->barrier_ns = watch->now.mono_ns;
	name->effect_seq = watch->seq;
	/* All else speaks for it. */
	netns_of(watch, 1)->table_seq = watch->seq;
	netns_of(watch, 2)->table_seq = watch->seq;
	watch->ledger.home->table_seq = watch->seq;
	return death;
}

static void test_a_name_that_leads_to_it_yet(void **state)
{
	struct world *w = *state;
	struct death *death = named_yet(state);

	deadline(watch_of(state), death->barrier_ns + 2 * SCRIPT_S, UINT64_MAX);
	world_doubt(w, w->p, REASON_TAINTED);
}

/* What can be decided is, once, though patience ends at the same moment. */
static void test_decided_at_the_last_moment(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct death *death = named_yet(state);

	deadline(watch,
		 death->barrier_ns + watch->settings.overdue_ns +
			 watch->settings.settle_ns,
		 UINT64_MAX);
	world_doubt(w, w->p, REASON_TAINTED);
	assert_int_equal(watch->verify.n_open, 0);
	assert_int_equal(watch->verify.n_closed, 1);
	assert_int_equal(verify_counts(&watch->verify)->indeterminate, 1);
	assert_int_equal(verify_counts(&watch->verify)->open, 0);
}

/* ---- revised ---------------------------------------------------------------------- */

static void test_a_finding_concerns_a_death(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct death *death = certain(state);
	uint64_t id = death->id;

	revise_concern(watch, id, 1);
	revise_concern(watch, id, -1);
	assert_int_equal(death->verdict, VERDICT_OPEN);
	assert_int_equal(death->findings, 0);
	revise_concern(watch, id + 7, 1);
	verify_close(watch, death, VERDICT_VERIFIED, REASON_NONE);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	revise_concern(watch, id, 2);
	world_verdict(w, w->p, VERDICT_VIOLATED);
	revise_concern(watch, id, -1);
	world_verdict(w, w->p, VERDICT_VIOLATED);
	revise_concern(watch, id, -1);
	world_doubt(w, w->p, REASON_TAINTED);
}

/* Those that dropped from the entry, but not the one that the finding is of. */
static void test_a_finding_taints_the_others(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct entry *entry = ledger_entry(a, 10);
	struct death *p, *q, *c;

	script_kill(w->script, w->p);
	script_kill(w->script, w->q);
	script_kill(w->script, w->c);
	p = watch->verify.open_first;
	q = p->next;
	c = q->next;
	assert_non_null(c);
	/* Another number of this holder, or this one of another holder. */
	c->removals[0].nsid = 10;
	revise_taint(watch, entry, p->id);
	assert_false(q->tainted);
	assert_false(c->tainted);
	/* q was there under the same number before. */
	for (uint32_t i = 0; i < q->n_listed; i++)
		if (q->removals[i].holder == a)
			q->removals[i].nsid = 10;
	revise_taint(watch, entry, p->id);
	assert_false(p->tainted);
	assert_true(q->tainted);
	assert_false(c->tainted);
	/* Closed last by the very one that it is of. */
	assert_int_equal(entry->closed_death, p->id);
	revise_taint(watch, entry, q->id);
	assert_true(p->tainted);
	/* Where nobody knows: all that are open. */
	revise_taint(watch, entry, 0);
	assert_true(c->tainted);
}

static void test_a_finding_taints_the_closed(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct entry *entry = ledger_entry(netns_of(watch, 1), 10);
	struct death *death = certain(state);
	uint64_t id = death->id;

	verify_close(watch, death, VERDICT_VERIFIED, REASON_NONE);
	revise_taint(watch, entry, id);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	revise_taint(watch, entry, id + 1);
	world_doubt(w, w->p, REASON_TAINTED);
}

static void excuse_by(struct death *death, const struct netns *holder)
{
	death->excusers = malloc(sizeof(*death->excusers));
	assert_non_null(death->excusers);
	death->excusers[0] = holder->serial;
	death->n_excusers = 1;
}

/* Open or closed, it rests on a death that is in doubt now. */
static void test_an_excuse_in_doubt(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *c = netns_of(watch, 3);
	struct death *p, *q;

	script_kill(w->script, w->p);
	script_kill(w->script, w->q);
	p = watch->verify.open_first;
	q = p->next;
	excuse_by(p, c);
	excuse_by(q, c);
	verify_close(watch, p, VERDICT_VERIFIED, REASON_NONE);
	revise_excused(watch, netns_of(watch, 1));
	world_verdict(w, w->p, VERDICT_VERIFIED);
	assert_false(q->tainted);
	revise_excused(watch, c);
	world_doubt(w, w->p, REASON_TAINTED);
	assert_true(q->tainted);
}

static void test_a_suspicion_that_nobody_decides(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct entry *entry = ledger_entry(netns_of(watch, 1), 10);
	struct death *p, *q;

	script_kill(w->script, w->p);
	script_kill(w->script, w->q);
	p = watch->verify.open_first;
	q = p->next;
	assert_int_equal(entry->closed_death, p->id);
	revise_unasked(watch, entry, q->id);
	assert_true(q->holder_died);
	assert_false(p->holder_died);
	revise_unasked(watch, entry, 0);
	assert_true(p->holder_died);
	assert_false(p->tainted);
	verify_close(watch, p, VERDICT_VERIFIED, REASON_NONE);
	revise_unasked(watch, entry, 0);
	world_doubt(w, w->p, REASON_TAINTED);
}

/* It died in the same pass, for all that is known: it owed nothing. */
static void test_a_suspicion_of_one_that_died_with_it(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct death *death = suspected(state);

	a->ended_seq = watch->seq + 1;
	a->lives = false;
	a->last_del_seq = 0;
	revise_unasked(watch, ledger_entry(a, 10), 0);
	assert_false(death->holder_died);
	a->last_del_seq = watch->seq + 1;
	revise_unasked(watch, ledger_entry(a, 10), 0);
	assert_true(death->holder_died);
}

static enum verdict by_accounts(void **state, void (*change)(struct death *))
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct death *death = certain(state);

	verify_close(watch, death, VERDICT_INDETERMINATE, REASON_UNATTRIBUTED);
	watch->accounts.canary_seq = death->home_seq;
	death->in_span = true;
	if (change)
		change(death);
	revise_accounts(watch);
	assert_true(death->verdict != VERDICT_VERIFIED ||
		    death->proof == PROOF_ACCOUNTS);
	return script_verdict(w->script, w->p);
}

static void test_the_span_balances(void **state)
{
	assert_int_equal(by_accounts(state, NULL), VERDICT_VERIFIED);
}

static void leave_span(struct death *death)
{
	death->in_span = false;
}

static void test_accounts_of_another_span(void **state)
{
	assert_int_equal(by_accounts(state, leave_span), VERDICT_INDETERMINATE);
}

static void violate(struct death *death)
{
	death->verdict = VERDICT_VIOLATED;
}

static void test_accounts_excuse_nothing(void **state)
{
	assert_int_equal(by_accounts(state, violate), VERDICT_VIOLATED);
}

static void lose(struct death *death)
{
	death->reason = REASON_GAP;
}

static void test_accounts_over_a_gap(void **state)
{
	assert_int_equal(by_accounts(state, lose), VERDICT_INDETERMINATE);
}

static void taint(struct death *death)
{
	death->tainted = true;
}

static void test_accounts_of_a_tainted_death(void **state)
{
	assert_int_equal(by_accounts(state, taint), VERDICT_INDETERMINATE);
}

static void die_late(struct death *death)
{
	death->home_seq++;
}

static void test_accounts_do_not_cover_it(void **state)
{
	assert_int_equal(by_accounts(state, die_late), VERDICT_INDETERMINATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_event_of_its_pass),
		WORLD_CASE(test_the_second_removal_makes_it_certain),
		WORLD_CASE(test_an_unfair_removal_makes_nothing_certain),
		WORLD_CASE(test_an_heir_is_not_asked_over_a_gap),
		WORLD_CASE(test_an_heir_is_asked_without_a_gap),
		WORLD_CASE(test_a_barrier_from_before_it_was_certain),
		WORLD_CASE(test_a_barrier_that_was_asked_in_time),
		WORLD_CASE(test_home_need_not_be_first),
		WORLD_CASE(test_a_barrier_was_alive_after_the_death),
		WORLD_CASE(test_a_barrier_that_was_asked_too_early),
		WORLD_CASE(test_a_blind_barrier),
		WORLD_CASE(test_nobody_is_its_own_barrier),
		WORLD_CASE(test_a_pass_is_over_for_sure),
		WORLD_CASE(test_a_canary_needs_no_names),
		WORLD_CASE(test_the_best_barrier),
		WORLD_CASE(test_alive_after_its_first_del),
		WORLD_CASE(test_alive_where_nothing_is_left_to_suspect),
		WORLD_CASE(test_after_its_del_it_answered),
		WORLD_CASE(test_what_a_removal_leaves_behind),
		WORLD_CASE(test_what_counts_for_the_span),
		WORLD_CASE(test_home_never_dies),
		WORLD_CASE(test_a_holder_that_drops_home),
		WORLD_CASE(test_a_holder_that_drops_itself),
		WORLD_CASE(test_the_del_of_one_that_was_forgotten),
		WORLD_CASE(test_what_was_missed_is_balanced),
		WORLD_CASE(test_told_of_a_removal),
		WORLD_CASE(test_told_of_the_first_fair_removal),
		WORLD_CASE(test_told_of_one_before_the_death),
		WORLD_CASE(test_told_of_one_after_the_barrier),
		WORLD_CASE(test_told_of_one_well_before_the_barrier),
		WORLD_CASE(test_the_peer_of_an_open_death),
		WORLD_CASE(test_lost_without_a_removal),
		WORLD_CASE(test_lost_where_it_says_nothing),
		WORLD_CASE(test_vanished_unannounced),
		WORLD_CASE(test_vanished_in_a_gap),
		WORLD_CASE(test_vanished_as_it_died),
		WORLD_CASE(test_vanished_where_it_is_no_death),
		WORLD_CASE(test_only_what_a_gap_touched),
		WORLD_CASE(test_what_is_left_at_the_end),
		WORLD_CASE(test_dead_beyond_doubt),
		WORLD_CASE(test_living_for_all_that_is_known),
		WORLD_CASE(test_nobody_asked_whether_it_is_dead),
		WORLD_CASE(test_wronged_by_a_violation),
		WORLD_CASE(test_wronged_by_a_taint),
		WORLD_CASE(test_not_wronged),
		WORLD_CASE(test_seen_in_one_table),
		WORLD_CASE(test_seen_in_two_tables),
		WORLD_CASE(test_proved_by_one_table),
		WORLD_CASE(test_asked_anew_after_a_doubt),
		WORLD_CASE(test_not_asked_anew_after_a_proof),
		WORLD_CASE(test_deadline_of_an_evidence),
		WORLD_CASE(test_deadline_of_a_barrier),
		WORLD_CASE(test_deadline_of_names),
		WORLD_CASE(test_overdue),
		WORLD_CASE(test_only_so_many_stay_open),
		WORLD_CASE(test_patience_ends),
		WORLD_CASE(test_patience_ends_with_a_reason),
		WORLD_CASE(test_a_barrier_that_lives),
		WORLD_CASE(test_a_name_that_leads_to_it_yet),
		WORLD_CASE(test_decided_at_the_last_moment),
		WORLD_CASE(test_a_finding_concerns_a_death),
		WORLD_CASE(test_a_finding_taints_the_others),
		WORLD_CASE(test_a_finding_taints_the_closed),
		WORLD_CASE(test_an_excuse_in_doubt),
		WORLD_CASE(test_a_suspicion_that_nobody_decides),
		WORLD_CASE(test_a_suspicion_of_one_that_died_with_it),
		WORLD_CASE(test_the_span_balances),
		WORLD_CASE(test_accounts_of_another_span),
		WORLD_CASE(test_accounts_excuse_nothing),
		WORLD_CASE(test_accounts_over_a_gap),
		WORLD_CASE(test_accounts_of_a_tainted_death),
		WORLD_CASE(test_accounts_do_not_cover_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
