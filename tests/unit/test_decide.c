/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a suspicion (decide.h, findings.h): each doubt's row, both
 * sides of each of its conditions, and its bounds. The suspicion, its entry and
 * whom it is about are made by hand; around them is the small world.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/engine/decide.h"
#include "common/engine/records.h"
#include "common/engine/state.h"
#include "tests/lib/world.h"

#define EVENT 50  /* gave rise to the suspicion */
#define MANY 1000 /* references: the watch never frees what is made by hand */

struct made {
	struct world *w;
	struct watch *watch;
	struct netns *a; /* the holder */
	struct entry entry;
	struct suspicion s;
	struct netns peer, owner, barrier, other;
	struct removal removals[2];
	struct death end; /* the barrier's own */
};

static int made_setup(void **state)
{
	struct made *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	world_setup(state);
	m->w = *state;
	m->watch = m->w->script->watch;
	m->watch->drained_ns = 1000 * SCRIPT_S;
	m->a = ledger_holder(&m->watch->ledger, 1);
	assert_non_null(m->a);
	m->a->complete = true;
	m->peer = (struct netns){ .refs = MANY, .nsid = 901, .serial = 901 };
	m->owner = (struct netns){ .refs = MANY, .nsid = 902 };
	m->other = (struct netns){ .refs = MANY, .nsid = 903 };
	m->barrier = (struct netns){
		.refs = MANY,
		.nsid = 904,
		.gone_seq = EVENT - 10,
	};
	m->entry = (struct entry){ .holder = m->a, .nsid = 77, .known = true };
	m->s = (struct suspicion){
		.entry = &m->entry,
		.peer = &m->peer,
		.event_seq = EVENT,
		.since_seq = EVENT,
		.since_ns = m->watch->drained_ns - SCRIPT_S,
	};
	*state = m;
	return 0;
}

static int made_teardown(void **state)
{
	struct made *m = *state;

	*state = m->w;
	world_teardown(state);
	free(m);
	return 0;
}

static void decided(struct made *m, int decision)
{
	assert_int_equal(decide(m->watch, &m->s), decision);
}

/* So many tables were seen, and the last one listed the entry, or not. */
static void seen(struct made *m, uint32_t tables, bool listed)
{
	m->s.tables = tables;
	m->s.listed = listed;
}

/* The last table named this one. */
static void named(struct made *m, struct netns *owner)
{
	m->s.owner = owner;
	m->s.other = owner && owner != m->s.peer;
}

/* The peer's death: home, a and b dropped it. */
static struct death *died(struct made *m)
{
	struct death *death;

	script_kill(m->w->script, m->w->p);
	death = m->watch->verify.open_first;
	assert_non_null(death);
	assert_true(death->certain);
	/* All were asked since, and lack what they dropped. */
	for (uint32_t i = 0; i < death->n_listed; i++)
		death->removals[i].holder->table_seq = m->watch->seq;
	m->s.death = death->id;
	return death;
}

/* Whose DEL ended the pass of the death. */
static void passed(struct made *m, struct death *death, uint64_t seq)
{
	death->barrier = netns_ref(&m->barrier);
	death->barrier_seq = seq;
	death->barrier_ns = m->watch->drained_ns - SCRIPT_S;
}

/* The best barrier so far: it had lived at or after event seq. */
static void barred(struct made *m, uint64_t life_seq)
{
	struct verify *verify = &m->watch->verify;

	netns_unref(verify->barrier);
	verify->barrier = netns_ref(&m->barrier);
	verify->barrier_life_seq = life_seq;
	verify->barrier_seq = life_seq + 5;
	verify->barrier_ns = m->watch->drained_ns - SCRIPT_S;
}

/* ---- a DEL for an entry that was absent ---------------------------------- */

static void surplus_del(struct made *m)
{
	m->s.doubt = DOUBT_SURPLUS_DEL;
	m->s.since_ns = m->watch->drained_ns - 2 * SCRIPT_S;
	m->entry.balance = -1;
	m->a->baseline_seq = EVENT - 1;
}

static void test_surplus_del_is_a_stray_or_a_duplicate(void **state)
{
	struct made *m = *state;

	surplus_del(m);
	decided(m, FINDING_STRAY);
	m->entry.closed_seq = 1;
	decided(m, FINDING_DUPLICATE);
}

static void test_surplus_del_of_a_balanced_entry(void **state)
{
	struct made *m = *state;

	surplus_del(m);
	m->entry.balance = 0;
	decided(m, DECIDE_DOUBT);
}

static void test_surplus_del_of_a_holder_that_is_gone(void **state)
{
	struct made *m = *state;
	struct death death = { 0 };
	int decision;

	surplus_del(m);
	m->a->ended_seq = 1;
	decision = decide(m->watch, &m->s);
	m->a->ended_seq = 0;
	assert_int_equal(decision, DECIDE_DOUBT);
	m->a->death = &death;
	decision = decide(m->watch, &m->s);
	m->a->death = NULL;
	assert_int_equal(decision, DECIDE_DOUBT);
}

static void test_surplus_del_waits_two_settle_times(void **state)
{
	struct made *m = *state;

	surplus_del(m);
	m->s.since_ns++;
	decided(m, DECIDE_WAIT);
}

static void test_surplus_del_needs_what_was_there_before(void **state)
{
	struct made *m = *state;

	surplus_del(m);
	m->entry.known = false;
	decided(m, DECIDE_DOUBT);
	m->entry.known = true;
	m->a->complete = false;
	decided(m, DECIDE_DOUBT);
	m->a->complete = true;
	m->a->baseline_seq = EVENT;
	decided(m, DECIDE_DOUBT);
	m->a->baseline_seq = EVENT - 1;
	decided(m, FINDING_STRAY);
}

/* ---- a NEW for an entry that is present ---------------------------------- */

static void surplus_new(struct made *m)
{
	m->s.doubt = DOUBT_SURPLUS_NEW;
	m->entry.balance = 2;
	barred(m, EVENT);
	seen(m, 2, true);
	named(m, &m->peer);
}

static void test_surplus_new_is_renewed_or_unannounced(void **state)
{
	struct made *m = *state;

	surplus_new(m);
	decided(m, FINDING_RENEWED);
	named(m, &m->owner);
	decided(m, FINDING_UNANNOUNCED);
}

static void test_surplus_new_that_was_made_up_for(void **state)
{
	struct made *m = *state;

	surplus_new(m);
	m->entry.balance = 1;
	decided(m, DECIDE_DROP);
	assert_true(m->entry.known);
}

static void test_surplus_new_waits_a_settle_time(void **state)
{
	struct made *m = *state;

	surplus_new(m);
	m->s.since_ns++;
	decided(m, DECIDE_WAIT);
	assert_true(m->entry.known);
	m->s.since_ns--;
	decided(m, FINDING_RENEWED);
	assert_false(m->entry.known);
	assert_int_equal(m->watch->counters.doubts, 1);
	decided(m, FINDING_RENEWED);
	assert_int_equal(m->watch->counters.doubts, 1);
}

static void test_surplus_new_where_no_table_tells(void **state)
{
	struct made *m = *state;

	surplus_new(m);
	m->s.peer = NULL;
	decided(m, DECIDE_DOUBT);
	m->s.peer = &m->peer;
	m->entry.holder = m->watch->ledger.home;
	m->entry.holder->complete = true;
	decided(m, DECIDE_DOUBT);
	m->entry.holder = m->a;
	m->a->complete = false;
	decided(m, DECIDE_DOUBT);
}

static void test_surplus_new_that_the_table_does_not_list(void **state)
{
	struct made *m = *state;

	surplus_new(m);
	named(m, &m->owner);
	seen(m, 2, false);
	decided(m, DECIDE_DOUBT);
	seen(m, 2, true);
	named(m, NULL);
	decided(m, DECIDE_DOUBT);
	/* As a kept image may have it: another one, who is forgotten by now. */
	m->s.other = true;
	decided(m, FINDING_UNANNOUNCED);
}

static void test_surplus_new_asks_two_tables_and_a_barrier(void **state)
{
	struct made *m = *state;

	surplus_new(m);
	seen(m, 0, true);
	decided(m, DECIDE_WAIT);
	assert_true(m->s.demanded);
	seen(m, 1, true);
	decided(m, DECIDE_WAIT);
	seen(m, 2, true);
	barred(m, EVENT - 1);
	decided(m, DECIDE_WAIT);
}

/* ---- a survivor still names it ------------------------------------------- */

static struct death *still_named(struct made *m)
{
	struct death *death = died(m);

	m->s.doubt = DOUBT_STILL_NAMED;
	passed(m, death, EVENT);
	seen(m, 1, true);
	named(m, &m->peer);
	return death;
}

static void other_named(struct made *m)
{
	m->peer.identity.id = 1;
	m->owner.identity.id = 2;
	seen(m, 2, true);
	named(m, &m->owner);
}

static void test_still_named_is_missing(void **state)
{
	struct made *m = *state;
	struct death *death = still_named(m);

	decided(m, FINDING_MISSING);
	m->entry.known = false;
	decided(m, FINDING_MISSING);
	/* Its table proves nothing against one that may live. */
	death->certain = false;
	decided(m, DECIDE_DOUBT);
}

/* Dead by its first DEL, for all its name tells: but in the barrier's own pass? */
static void test_still_named_by_one_that_lost_its_name(void **state)
{
	struct made *m = *state;
	struct death *death = still_named(m);

	/* What is left is one DEL, which may have been another's. */
	death->n_listed = 1;
	decided(m, DECIDE_DOUBT);
	death->peer->lost_seq = death->first_seq;
	decided(m, DECIDE_WAIT);
	barred(m, death->barrier_seq - 1);
	decided(m, DECIDE_WAIT);
	barred(m, death->barrier_seq);
	decided(m, FINDING_MISSING);
	death->n_listed = 3;
}

/* Home's cut table did not tell whose the number is since the gap. */
static void test_still_named_of_one_from_before_a_gap(void **state)
{
	struct made *m = *state;
	struct death *death = still_named(m);

	death->peer->stale = true;
	decided(m, DECIDE_DOUBT);
	other_named(m);
	named(m, &m->owner);
	decided(m, DECIDE_DOUBT);
	death->peer->stale = false;
	decided(m, FINDING_UNANNOUNCED);
}

static void test_still_named_of_no_death(void **state)
{
	struct made *m = *state;

	still_named(m);
	m->s.death += 100;
	decided(m, DECIDE_DOUBT);
}

static void test_still_named_asks_a_table(void **state)
{
	struct made *m = *state;

	still_named(m);
	seen(m, 0, true);
	decided(m, DECIDE_WAIT);
	assert_true(m->s.demanded);
	seen(m, 0, false);
	decided(m, DECIDE_WAIT);
}

static void test_no_longer_named_is_unannounced(void **state)
{
	struct made *m = *state;
	struct death *death = still_named(m);

	seen(m, 1, false);
	decided(m, DECIDE_WAIT);
	seen(m, 2, false);
	decided(m, FINDING_UNANNOUNCED);
	death->certain = false;
	decided(m, FINDING_UNANNOUNCED);
	m->entry.known = false;
	decided(m, DECIDE_DOUBT);
}

static void test_another_named_is_unannounced(void **state)
{
	struct made *m = *state;

	still_named(m);
	other_named(m);
	decided(m, FINDING_UNANNOUNCED);
	seen(m, 1, true);
	decided(m, DECIDE_WAIT);
	seen(m, 2, true);
	m->entry.known = false;
	decided(m, DECIDE_DOUBT);
}

static void test_another_named_may_be_the_peer(void **state)
{
	struct made *m = *state;

	still_named(m);
	other_named(m);
	m->owner.identity.id = 1;
	decided(m, DECIDE_DOUBT);
	m->owner.identity.id = 0;
	decided(m, DECIDE_DOUBT);
	m->owner.identity.id = 2;
	m->peer.identity.id = 0;
	decided(m, DECIDE_DOUBT);
	m->peer.identity.id = 1;
	decided(m, FINDING_UNANNOUNCED);
	m->s.owner = NULL;
	decided(m, DECIDE_DOUBT);
}

/* ---- whether a barrier stands -------------------------------------------- */

static void test_a_barrier_is_needed(void **state)
{
	struct made *m = *state;
	struct death *death = still_named(m);

	decided(m, FINDING_MISSING);
	death->barrier = netns_unref(death->barrier);
	decided(m, DECIDE_DOUBT);
}

static void test_a_wronged_barrier(void **state)
{
	struct made *m = *state;

	still_named(m);
	m->barrier.wronged = true;
	decided(m, DECIDE_DOUBT);
	m->barrier.canary = true;
	decided(m, DECIDE_DOUBT);
	m->barrier.wronged = false;
	m->barrier.gone_seq = 0;
	decided(m, FINDING_MISSING);
}

static void test_a_barrier_that_is_not_gone_for_sure(void **state)
{
	struct made *m = *state;

	still_named(m);
	m->barrier.gone_seq = 0;
	decided(m, DECIDE_DOUBT);
}

/* Its own death is open: two tables dropped it. */
static void dying_barrier(struct made *m)
{
	m->removals[0].seq = EVENT - 5;
	m->removals[1].seq = EVENT;
	m->end = (struct death){ .removals = m->removals, .n_listed = 2 };
	m->barrier.death = &m->end;
	m->barrier.gone_seq = 0;
}

static void test_a_barrier_whose_death_is_in_doubt(void **state)
{
	struct made *m = *state;

	still_named(m);
	dying_barrier(m);
	decided(m, FINDING_MISSING);
	m->end.unsure = true;
	decided(m, DECIDE_DOUBT);
	m->end.unsure = false;
	m->end.tainted = true;
	decided(m, DECIDE_DOUBT);
	m->end.tainted = false;
	m->end.findings = 1;
	decided(m, DECIDE_DOUBT);
}

static void test_a_barrier_whose_death_is_open(void **state)
{
	struct made *m = *state;

	still_named(m);
	dying_barrier(m);
	m->end.n_listed = 1;
	decided(m, DECIDE_WAIT);
	m->end.n_listed = 2;
	m->end.n_suspicions = 1;
	decided(m, DECIDE_WAIT);
	m->end.n_suspicions = 0;
	decided(m, FINDING_MISSING);
}

/* Home's entry of it is one that something is suspected of. */
static void test_a_barrier_that_home_may_still_list(void **state)
{
	struct made *m = *state;
	struct entry *entry = ledger_entry(m->watch->ledger.home, 5);
	int decision;

	still_named(m);
	dying_barrier(m);
	m->barrier.nsid = 5;
	decided(m, FINDING_MISSING);
	entry->suspicion = &m->s;
	decision = decide(m->watch, &m->s);
	entry->suspicion = NULL;
	assert_int_equal(decision, DECIDE_WAIT);
}

/* ---- removed after the barrier ------------------------------------------- */

static struct death *late(struct made *m)
{
	struct death *death = died(m);

	m->s.doubt = DOUBT_LATE;
	passed(m, death, EVENT - 1);
	m->s.barrier = &m->barrier;
	return death;
}

static void test_late_for_a_death_that_is_sure(void **state)
{
	struct made *m = *state;
	struct death *death = late(m);

	decided(m, FINDING_LATE);
	death->certain = false;
	decided(m, DECIDE_DOUBT);
}

static void test_late_for_no_death(void **state)
{
	struct made *m = *state;

	late(m);
	m->s.death += 100;
	decided(m, DECIDE_DROP);
}

static void test_late_without_a_barrier(void **state)
{
	struct made *m = *state;

	late(m);
	m->s.barrier = NULL;
	decided(m, DECIDE_DROP);
	assert_null(m->s.barrier);
}

static void test_late_for_whom_it_dates_nothing(void **state)
{
	struct made *m = *state;
	struct death *death = late(m);

	death->living = true;
	decided(m, DECIDE_DROP);
	death->living = false;
	death->unsure = true;
	decided(m, DECIDE_DROP);
}

/* One fault, one finding: a death that another one hit is late for that. */
static void test_late_where_another_finding_tells(void **state)
{
	struct made *m = *state;

	late(m);
	assert_int_equal(records_make(m->watch, &m->s, FINDING_LATE), 0);
	decided(m, FINDING_LATE);
	assert_int_equal(records_make(m->watch, &m->s, FINDING_MISSING), 0);
	decided(m, DECIDE_DROP);
}

static void test_late_after_a_barrier_that_lives(void **state)
{
	struct made *m = *state;
	struct death *death = late(m);

	m->barrier.revived = true;
	decided(m, DECIDE_WAIT);
	assert_ptr_equal(m->s.barrier, &m->barrier);
	/* The same one, whenever its DEL was. */
	death->barrier_seq = EVENT;
	decided(m, DECIDE_WAIT);
	assert_ptr_equal(m->s.barrier, &m->barrier);
	death->verdict = VERDICT_INDETERMINATE;
	decided(m, DECIDE_DROP);
	death->verdict = VERDICT_OPEN;
}

/* Whom it rested on lives; the death has got another barrier since. */
static void replaced(struct made *m)
{
	m->other.revived = true;
	m->s.barrier = &m->other;
}

static void test_late_after_the_next_barrier(void **state)
{
	struct made *m = *state;

	late(m);
	replaced(m);
	decided(m, FINDING_LATE);
	assert_ptr_equal(m->s.barrier, &m->barrier);
	assert_int_equal(m->other.refs, MANY - 1);
	assert_int_equal(m->barrier.refs, MANY + 2);
}

static void test_late_but_before_the_next_barrier(void **state)
{
	struct made *m = *state;
	struct death *death = late(m);

	replaced(m);
	death->barrier_seq = EVENT;
	decided(m, DECIDE_DROP);
	assert_null(m->s.barrier);
	replaced(m);
	death->barrier_seq = EVENT + 1;
	decided(m, DECIDE_DROP);
	assert_null(m->s.barrier);
	/* There is none any more. */
	replaced(m);
	death->barrier = netns_unref(death->barrier);
	death->barrier_seq = 0;
	decided(m, DECIDE_DROP);
	assert_null(m->s.barrier);
}

static void test_late_keeps_a_barrier_that_is_dead(void **state)
{
	struct made *m = *state;

	late(m);
	replaced(m);
	m->other.revived = false;
	m->other.gone_seq = EVENT;
	decided(m, FINDING_LATE);
	assert_ptr_equal(m->s.barrier, &m->other);
}

static void test_late_waits_a_settle_time(void **state)
{
	struct made *m = *state;

	late(m);
	m->s.since_ns++;
	decided(m, DECIDE_WAIT);
}

/* A name may still lead to the barrier: it is asked. */
static void test_late_asks_the_barriers_names(void **state)
{
	struct made *m = *state;
	struct name name = { .effect_seq = EVENT - 1 };
	struct name *first = m->watch->sync.name_first;
	struct name *last = m->watch->sync.name_last;

	late(m);
	m->barrier.names = &name;
	m->watch->sync.name_first = m->watch->sync.name_last = NULL;
	decided(m, DECIDE_WAIT);
	assert_true(name.queued);
	assert_int_equal(name.wanted_seq, EVENT);
	m->watch->sync.name_first = first;
	m->watch->sync.name_last = last;
	m->barrier.names = NULL;
	decided(m, FINDING_LATE);
}

/* By the barrier's own death it was gone no later than the event. */
static void test_late_after_a_barrier_by_its_date(void **state)
{
	struct made *m = *state;

	late(m);
	m->barrier.gone_seq = EVENT;
	decided(m, FINDING_LATE);
	m->barrier.gone_seq = EVENT + 1;
	decided(m, DECIDE_DOUBT);
	dying_barrier(m);
	decided(m, FINDING_LATE);
	m->removals[1].seq = EVENT + 1;
	decided(m, DECIDE_WAIT);
}

/* A lost name dates nothing. */
static void test_late_is_not_dated_by_a_lost_name(void **state)
{
	struct made *m = *state;
	struct death *death = late(m);

	death->barrier_seq = death->first_seq + 1;
	death->peer->lost_seq = death->first_seq;
	decided(m, DECIDE_DOUBT);
}

/* ---- removed, and the peer answers --------------------------------------- */

static void alive(struct made *m, bool listed)
{
	m->s.doubt = DOUBT_ALIVE;
	m->entry.touched_seq = EVENT;
	m->peer.identity.id = 1;
	m->owner.identity.id = 2;
	seen(m, 1, listed);
	named(m, listed ? &m->peer : NULL);
	barred(m, EVENT);
	m->peer.life_seq = m->watch->verify.barrier_seq;
}

static void test_alive_and_listed_is_a_ghost(void **state)
{
	struct made *m = *state;

	alive(m, true);
	decided(m, FINDING_GHOST);
	m->s.tables = 0;
	decided(m, DECIDE_WAIT);
	m->s.tables = 1;
	m->s.anew = true;
	decided(m, FINDING_PREMATURE);
}

static void test_alive_and_listed_for_another(void **state)
{
	struct made *m = *state;

	alive(m, true);
	named(m, &m->owner);
	decided(m, FINDING_PREMATURE);
}

/* The same one, under its new number: only the kernel's id is sure. */
static void test_alive_and_listed_under_another_number(void **state)
{
	struct made *m = *state;

	alive(m, true);
	named(m, &m->owner);
	m->owner.identity.id = 1;
	decided(m, FINDING_GHOST);
	m->peer.identity = m->owner.identity = (struct identity){ .ino = 9 };
	decided(m, FINDING_PREMATURE);
}

static void test_alive_but_touched_since(void **state)
{
	struct made *m = *state;

	alive(m, false);
	decided(m, FINDING_PREMATURE);
	m->entry.touched_seq = EVENT + 1;
	decided(m, DECIDE_DOUBT);
	m->entry.touched_seq = EVENT + 2;
	decided(m, DECIDE_DOUBT);
	m->s.anew = true;
	decided(m, FINDING_PREMATURE);
}

static void test_alive_after_the_barrier(void **state)
{
	struct made *m = *state;

	alive(m, false);
	m->peer.life_seq--;
	decided(m, DECIDE_WAIT);
	m->peer.home = true;
	decided(m, FINDING_PREMATURE);
	m->peer.home = false;
	decided(m, DECIDE_WAIT);
	m->entry.holder = &m->peer;
	decided(m, FINDING_PREMATURE);
	m->entry.holder = m->a;
	m->peer.life_seq++;
	barred(m, EVENT - 1);
	decided(m, DECIDE_WAIT);
}

/* ---- a table lists what a DEL had taken away ----------------------------- */

static struct death *listed(struct made *m)
{
	struct death *death = died(m);

	m->s.doubt = DOUBT_LISTED;
	passed(m, death, EVENT);
	m->s.table_seq = EVENT;
	seen(m, 2, true);
	named(m, &m->peer);
	return death;
}

/* What stood for a barrier may live: then the pass may not be over. */
static void test_listed_needs_a_barrier_that_stands(void **state)
{
	struct made *m = *state;

	listed(m);
	m->barrier.wronged = true;
	decided(m, DECIDE_DOUBT);
	m->barrier.wronged = false;
	m->barrier.gone_seq = 0;
	decided(m, DECIDE_DOUBT);
	m->barrier.gone_seq = EVENT - 10;
	decided(m, FINDING_MISSING);
}

static void test_listed_after_the_barrier_is_missing(void **state)
{
	struct made *m = *state;

	listed(m);
	decided(m, FINDING_MISSING);
	seen(m, 2, false);
	decided(m, DECIDE_DOUBT);
}

static void test_listed_for_nobody_that_died(void **state)
{
	struct made *m = *state;

	listed(m);
	named(m, &m->owner);
	decided(m, DECIDE_DOUBT);
	named(m, &m->peer);
	m->s.death += 100;
	decided(m, DECIDE_DOUBT);
}

static void test_listed_of_a_peer_that_lives(void **state)
{
	struct made *m = *state;
	struct death *death = listed(m);

	death->living = true;
	decided(m, FINDING_GHOST);
}

static void test_listed_waits_for_the_pass(void **state)
{
	struct made *m = *state;
	struct death *death = listed(m);

	death->barrier_seq = 0;
	decided(m, DECIDE_WAIT);
	/* A verdict without one: there is nothing to wait for. */
	death->verdict = VERDICT_INDETERMINATE;
	decided(m, FINDING_MISSING);
	death->verdict = VERDICT_OPEN;
	death->barrier_seq = EVENT;
	death->barrier_ns++;
	decided(m, DECIDE_WAIT);
	death->barrier_ns--;
	decided(m, FINDING_MISSING);
}

static void test_listed_waits_for_the_peers_names(void **state)
{
	struct made *m = *state;
	struct name name = { 0 };

	listed(m);
	m->peer.names = &name;
	decided(m, DECIDE_WAIT);
	m->peer.names = NULL;
	decided(m, FINDING_MISSING);
}

static void test_listed_of_a_death_that_is_not_sure(void **state)
{
	struct made *m = *state;
	struct death *death = listed(m);

	death->unsure = true;
	decided(m, DECIDE_DOUBT);
	death->unsure = false;
	death->certain = false;
	decided(m, DECIDE_DOUBT);
}

/* What was asked before the pass was over does not count. */
static void test_listed_in_two_tables_after_the_pass(void **state)
{
	struct made *m = *state;

	listed(m);
	m->s.table_seq = EVENT - 1;
	decided(m, DECIDE_WAIT);
	assert_int_equal(m->s.tables, 1);
	m->s.table_seq = EVENT;
	decided(m, DECIDE_WAIT);
	m->s.tables = 2;
	decided(m, FINDING_MISSING);
}

/* ---- a table lists what was gone twice and came once --------------------- */

static void test_refilled_and_listed_is_a_duplicate(void **state)
{
	struct made *m = *state;

	m->s.doubt = DOUBT_REFILLED;
	seen(m, 2, true);
	decided(m, FINDING_DUPLICATE);
	seen(m, 1, true);
	decided(m, DECIDE_WAIT);
	seen(m, 2, false);
	decided(m, DECIDE_DOUBT);
	seen(m, 2, true);
	m->a->complete = false;
	decided(m, DECIDE_DOUBT);
}

/* ---- a table lacks what nothing took away -------------------------------- */

static void test_absent_is_unannounced_where_it_was_listed(void **state)
{
	struct made *m = *state;
	struct generation generation = { .listed = true };

	m->s.doubt = DOUBT_ABSENT;
	m->entry.open = &generation;
	barred(m, EVENT);
	seen(m, 2, false);
	decided(m, FINDING_UNANNOUNCED);
	seen(m, 1, false);
	decided(m, DECIDE_WAIT);
	seen(m, 2, true);
	decided(m, DECIDE_DOUBT);
	seen(m, 2, false);
	generation.listed = false;
	decided(m, DECIDE_DOUBT);
	m->entry.open = NULL;
	decided(m, DECIDE_DOUBT);
}

static void test_absent_from_a_table_after_the_pass(void **state)
{
	struct made *m = *state;
	struct generation generation = { .listed = true };
	struct death *death = died(m);

	m->s.doubt = DOUBT_ABSENT;
	m->entry.open = &generation;
	passed(m, death, EVENT);
	m->s.table_seq = EVENT - 1;
	seen(m, 2, false);
	decided(m, DECIDE_WAIT);
	assert_int_equal(m->s.tables, 1);
	m->s.tables = 2;
	m->s.table_seq = EVENT;
	decided(m, FINDING_UNANNOUNCED);
	/* Its pass may still run: the best barrier tells. */
	death->barrier_seq = 0;
	decided(m, DECIDE_WAIT);
	m->s.tables = 2;
	barred(m, EVENT);
	decided(m, FINDING_UNANNOUNCED);
}

/* ---- how a suspicion arises ---------------------------------------------- */

/* One of a's entries: 10 names p, 11 names q. */
static struct entry *entry_of(struct made *m, int32_t nsid)
{
	struct entry *entry = ledger_entry(m->a, nsid);

	assert_non_null(entry);
	assert_non_null(entry->open);
	return entry;
}

/* A settle time ago, and everything else that a decision waits for as well. */
static struct suspicion *suspect(struct made *m, enum doubt doubt, int32_t nsid,
				 struct death *death)
{
	struct entry *entry = entry_of(m, nsid);

	assert_int_equal(findings_suspect(m->watch, doubt, entry, &m->peer,
					  death, EVENT),
			 0);
	assert_non_null(entry->suspicion);
	entry->suspicion->since_ns = m->watch->drained_ns - SCRIPT_S;
	m->watch->sync.self_seq = EVENT;
	m->watch->sync.self_ns = m->watch->drained_ns;
	return entry->suspicion;
}

static bool came_anew(struct made *m, bool announced, uint64_t opened_seq,
		      uint64_t seq)
{
	struct entry *entry = entry_of(m, 11);
	bool anew;

	entry->open->announced = announced;
	entry->open->opened_seq = opened_seq;
	assert_int_equal(findings_suspect(m->watch, DOUBT_ALIVE, entry, NULL,
					  NULL, seq),
			 0);
	anew = entry->suspicion->anew;
	findings_deinit(m->watch);
	return anew;
}

static void test_announced_anew_since_the_event(void **state)
{
	struct made *m = *state;
	struct entry *entry = entry_of(m, 11);

	assert_true(came_anew(m, true, EVENT + 1, EVENT));
	assert_false(came_anew(m, true, EVENT, EVENT));
	assert_false(came_anew(m, true, EVENT, 0));
	assert_false(came_anew(m, false, EVENT + 1, EVENT));
	/* It came, was left out, and a table has shown it since. */
	entry->touched_seq = EVENT;
	assert_false(came_anew(m, false, EVENT + 2, EVENT));
	entry->touched_seq = EVENT + 1;
	assert_true(came_anew(m, false, EVENT + 2, EVENT));
	entry->gone = true;
	assert_false(came_anew(m, false, EVENT + 2, EVENT));
	entry->gone = false;
	entry->refilled = true;
	assert_false(came_anew(m, false, EVENT + 2, EVENT));
}

static void test_only_lateness_rests_on_a_barrier(void **state)
{
	struct made *m = *state;
	struct death *death = died(m);

	assert_null(suspect(m, DOUBT_LATE, 11, death)->barrier);
	findings_deinit(m->watch);
	passed(m, death, EVENT - 1);
	assert_ptr_equal(suspect(m, DOUBT_LATE, 11, death)->barrier,
			 &m->barrier);
	findings_deinit(m->watch);
	assert_null(suspect(m, DOUBT_LISTED, 11, death)->barrier);
}

/* ---- what an event says of it -------------------------------------------- */

static bool touched(struct made *m, int32_t nsid, enum event_type type)
{
	struct entry *entry = entry_of(m, nsid);
	struct change change = {
		.holder = m->a,
		.entry = entry,
		.generation = entry->open,
	};
	struct event event = { .holder = 1, .nsid = nsid, .type = type };

	return findings_event(m->watch, &change, &event);
}

/* The entry's last finding, of another time. */
static void found(struct made *m, int32_t nsid, enum finding_kind kind)
{
	struct suspicion suspicion = { .entry = entry_of(m, nsid) };

	assert_int_equal(records_make(m->watch, &suspicion, kind), 0);
}

static void test_only_a_removal_is_the_late_one(void **state)
{
	struct made *m = *state;

	found(m, 11, FINDING_MISSING);
	assert_false(touched(m, 11, EVENT_NEW));
	assert_int_equal(entry_of(m, 11)->finding, 1);
	assert_true(touched(m, 11, EVENT_DEL));
	assert_int_equal(entry_of(m, 11)->finding, 0);
	assert_false(touched(m, 11, EVENT_DEL));
}

static void test_only_an_announcement_makes_it_anew(void **state)
{
	struct made *m = *state;
	struct suspicion *s = suspect(m, DOUBT_ALIVE, 11, NULL);

	assert_false(touched(m, 11, EVENT_DEL));
	assert_false(s->anew);
	touched(m, 11, EVENT_NEW);
	assert_true(s->anew);
	touched(m, 11, EVENT_DEL);
	assert_true(s->anew);
	assert_ptr_equal(entry_of(m, 11)->suspicion, s);
}

/* Its NEW came within a settle time, or its DEL was for nobody. */
static void test_a_surplus_del_is_made_up_for_in_time(void **state)
{
	struct made *m = *state;
	struct entry *entry = entry_of(m, 11);
	struct suspicion *s = suspect(m, DOUBT_SURPLUS_DEL, 11, NULL);

	s->since_ns++;
	entry->balance = -1;
	touched(m, 11, EVENT_NEW);
	assert_ptr_equal(entry->suspicion, s);
	entry->balance = 0;
	s->since_ns--;
	touched(m, 11, EVENT_NEW);
	assert_ptr_equal(entry->suspicion, s);
	s->since_ns++;
	touched(m, 11, EVENT_NEW);
	assert_null(entry->suspicion);
}

static void test_a_surplus_new_is_made_up_for(void **state)
{
	struct made *m = *state;
	struct entry *entry = entry_of(m, 11);

	suspect(m, DOUBT_SURPLUS_NEW, 11, NULL);
	entry->balance = 2;
	touched(m, 11, EVENT_DEL);
	assert_non_null(entry->suspicion);
	entry->balance = 1;
	touched(m, 11, EVENT_DEL);
	assert_null(entry->suspicion);
}

/* What rested on the table alone is over, and some of it leaves a doubt. */
static void test_an_event_ends_what_a_table_said(void **state)
{
	struct made *m = *state;
	struct death *death = died(m);
	struct entry *entry = entry_of(m, 11);

	suspect(m, DOUBT_STILL_NAMED, 11, death);
	touched(m, 11, EVENT_DEL);
	assert_null(entry->suspicion);
	suspect(m, DOUBT_REFILLED, 11, death);
	touched(m, 11, EVENT_DEL);
	assert_null(entry->suspicion);
	assert_false(death->tainted);
	suspect(m, DOUBT_LISTED, 11, death);
	touched(m, 11, EVENT_DEL);
	assert_null(entry->suspicion);
	assert_true(death->tainted);
	death->tainted = false;
	suspect(m, DOUBT_ABSENT, 11, NULL);
	touched(m, 11, EVENT_DEL);
	assert_null(entry->suspicion);
	assert_true(death->tainted);
}

/* Which of those that were removed there it was will never be known. */
static void test_what_was_absent_when_its_holder_ended(void **state)
{
	struct made *m = *state;
	struct death *death = died(m);

	suspect(m, DOUBT_SURPLUS_NEW, 11, NULL);
	findings_forget(m->watch, m->a);
	assert_int_equal(m->watch->findings.n_suspicions, 0);
	assert_false(death->tainted);
	suspect(m, DOUBT_ABSENT, 11, NULL);
	findings_forget(m->watch, m->a);
	assert_int_equal(m->watch->findings.n_suspicions, 0);
	assert_true(death->tainted);
}

/* ---- what a table says of it --------------------------------------------- */

static void listed_by(struct made *m, enum knowledge knowledge)
{
	struct pending pending = { .holder = m->a, .question = 1000 };

	assert_int_equal(findings_listed(m->watch, &pending, entry_of(m, 11),
					 knowledge, &m->owner),
			 0);
}

static void test_whom_a_table_names_has_to_be_known(void **state)
{
	struct made *m = *state;
	struct suspicion *s = suspect(m, DOUBT_ALIVE, 11, NULL);

	s->table_question = 999;
	listed_by(m, PEER_NONE);
	assert_int_equal(s->tables, 1);
	assert_null(s->owner);
	s->table_question = 999;
	listed_by(m, PEER_KNOWN);
	assert_int_equal(s->tables, 2);
	assert_ptr_equal(s->owner, &m->owner);
	assert_true(s->other);
}

/* It was neither closed nor is it gone for good: nobody announced it. */
static void test_listed_and_unheard_of(void **state)
{
	struct made *m = *state;
	struct entry *entry = entry_of(m, 11);

	entry->closed_seq = EVENT;
	entry->balance = 2;
	listed_by(m, PEER_KNOWN);
	assert_int_equal(m->watch->counters.unheard, 1);
	assert_null(entry->suspicion);
	entry->balance = 0;
	listed_by(m, PEER_KNOWN);
	assert_int_equal(m->watch->counters.unheard, 1);
	assert_non_null(entry->suspicion);
	assert_int_equal(entry->suspicion->doubt, DOUBT_LISTED);
	assert_int_equal(entry->suspicion->tables, 1);
}

static int absent(struct made *m)
{
	struct pending pending = { .holder = m->a, .question = 1000 };

	return findings_absent(m->watch, &pending, entry_of(m, 11));
}

static void test_nothing_is_suspected_where_it_was_not_heard(void **state)
{
	struct made *m = *state;
	struct entry *entry = entry_of(m, 11);

	entry->closed_seq = EVENT;
	entry->balance = 0;
	m->a->trust = TRUST_GAP;
	listed_by(m, PEER_KNOWN);
	assert_null(entry->suspicion);
	assert_int_equal(absent(m), 0);
	assert_null(entry->suspicion);
	m->a->trust = TRUST_LIVE;
	assert_int_equal(absent(m), 0);
	assert_non_null(entry->suspicion);
	assert_int_equal(entry->suspicion->doubt, DOUBT_ABSENT);
	assert_int_equal(entry->suspicion->tables, 1);
}

/* The surplus DEL was the entry's own, announced before its NEW. */
static void test_absent_withdraws_a_duplicate(void **state)
{
	struct made *m = *state;
	struct entry *entry = entry_of(m, 11);

	found(m, 11, FINDING_DUPLICATE);
	entry->open->listed = false;
	assert_int_equal(absent(m), 0);
	assert_null(entry->suspicion);
	assert_true(entry->rebase);
	assert_int_equal(m->a->wish, WISH_URGENT);
	assert_int_equal(m->watch->verify.finding_last->state,
			 FINDING_WITHDRAWN);
}

/* What a table has shown since was somebody's: the finding is not about that. */
static void test_absent_leaves_a_duplicate_of_another(void **state)
{
	struct made *m = *state;
	struct entry *entry = entry_of(m, 11);

	found(m, 11, FINDING_DUPLICATE);
	entry->open->listed = true;
	assert_int_equal(absent(m), 0);
	assert_non_null(entry->suspicion);
	assert_int_equal(m->watch->verify.finding_last->state, FINDING_STANDS);
}

static void test_a_gap_leaves_nothing_suspected(void **state)
{
	struct made *m = *state;

	suspect(m, DOUBT_ALIVE, 10, NULL);
	suspect(m, DOUBT_ABSENT, 11, NULL);
	findings_gap(m->watch);
	assert_int_equal(m->watch->findings.n_suspicions, 0);
	assert_true(entry_of(m, 10)->rebase);
	assert_true(entry_of(m, 11)->rebase);
}

/* ---- how it is concluded ------------------------------------------------- */

static uint64_t drained(struct made *m)
{
	uint64_t deadline_ns = UINT64_MAX;

	assert_int_equal(findings_drained(m->watch, &deadline_ns), 0);
	return deadline_ns;
}

/* A ghost, or, where the table does not list it, a premature one. */
static struct suspicion *answers(struct made *m, bool listed)
{
	struct suspicion *s = suspect(m, DOUBT_ALIVE, 11, NULL);

	barred(m, EVENT);
	m->peer.life_seq = m->watch->verify.barrier_seq;
	s->tables = 1;
	s->listed = listed;
	return s;
}

static void duplicate(struct made *m, struct death *death)
{
	struct suspicion *s = suspect(m, DOUBT_REFILLED, 11, death);

	s->tables = 2;
	s->listed = true;
}

/* What is said is said of the peer, not of who has the number by now. */
static void test_a_finding_judges_its_peer_alone(void **state)
{
	struct made *m = *state;
	struct generation *open = entry_of(m, 11)->open;

	answers(m, true);
	drained(m);
	assert_int_equal(m->watch->verify.n_findings, 1);
	assert_int_equal(open->judged, 0);
	m->peer.life_seq = 0;
	ledger_know(open, PEER_KNOWN, &m->peer, 0);
	answers(m, true);
	drained(m);
	assert_int_equal(m->watch->verify.n_findings, 2);
	assert_int_equal(open->judged, m->peer.serial);
}

/* That DEL was the one which an earlier owner lacked. */
static void explained(struct made *m, bool listed, enum finding_kind kind)
{
	struct verify *verify = &m->watch->verify;
	uint32_t before = verify->n_findings;

	answers(m, listed);
	drained(m);
	assert_int_equal(verify->n_findings, before + 1);
	assert_int_equal(verify->finding_last->kind, kind);
	found(m, 11, FINDING_UNANNOUNCED);
	answers(m, listed);
	drained(m);
	assert_int_equal(verify->n_findings, before + 2);
	assert_int_equal(verify->finding_last->kind, FINDING_LATE);
	assert_int_equal(verify->finding_last->state, FINDING_RESOLVED);
	assert_null(entry_of(m, 11)->suspicion);
}

static void test_a_ghost_explains_what_went_unannounced(void **state)
{
	explained(*state, true, FINDING_GHOST);
}

static void test_a_premature_one_explains_what_went_unannounced(void **state)
{
	explained(*state, false, FINDING_PREMATURE);
}

static void test_a_duplicate_explains_nothing(void **state)
{
	struct made *m = *state;
	struct verify *verify = &m->watch->verify;

	found(m, 11, FINDING_UNANNOUNCED);
	duplicate(m, NULL);
	drained(m);
	assert_int_equal(verify->n_findings, 2);
	assert_int_equal(verify->finding_first->kind, FINDING_UNANNOUNCED);
	assert_int_equal(verify->finding_first->state, FINDING_STANDS);
	assert_int_equal(verify->finding_last->kind, FINDING_DUPLICATE);
}

/* A doubtful surplus DEL: who closed the entry before may be dated by it. */
static void test_a_surplus_del_makes_dates_unsure(void **state)
{
	struct made *m = *state;
	struct death *death = died(m);

	entry_of(m, 11)->closed_death = death->id;
	suspect(m, DOUBT_REFILLED, 11, NULL)->tables = 2;
	drained(m);
	assert_int_equal(m->watch->counters.doubts, 1);
	assert_false(death->unsure);
	suspect(m, DOUBT_SURPLUS_DEL, 11, NULL);
	drained(m);
	assert_int_equal(m->watch->counters.doubts, 2);
	assert_true(death->unsure);
}

/* Closed before anybody doubted it: its verdict goes with the doubt. */
static void test_a_doubt_revises_what_was_verified(void **state)
{
	struct made *m = *state;
	struct death *death = died(m);

	verify_close(m->watch, death, VERDICT_VERIFIED, REASON_NONE);
	suspect(m, DOUBT_REFILLED, 11, death)->tables = 2;
	drained(m);
	assert_int_equal(m->watch->counters.doubts, 1);
	assert_int_equal(death->verdict, VERDICT_INDETERMINATE);
	assert_int_equal(death->reason, REASON_TAINTED);
}

/* An entry whose NEW the kernel lost: its DEL is all that was heard. */
static void test_a_surplus_del_may_be_of_one_unheard(void **state)
{
	struct made *m = *state;
	struct death *death = died(m);

	verify_close(m->watch, death, VERDICT_VERIFIED, REASON_NONE);
	suspect(m, DOUBT_REFILLED, 11, NULL)->tables = 2;
	drained(m);
	assert_int_equal(death->verdict, VERDICT_VERIFIED);
	suspect(m, DOUBT_SURPLUS_DEL, 11, NULL);
	drained(m);
	assert_int_equal(m->watch->counters.doubts, 2);
	assert_int_equal(death->verdict, VERDICT_INDETERMINATE);
}

static void test_at_the_end_all_is_in_doubt(void **state)
{
	struct made *m = *state;

	answers(m, true);
	suspect(m, DOUBT_ABSENT, 10, NULL);
	assert_int_equal(findings_finish(m->watch), 0);
	assert_int_equal(m->watch->findings.n_suspicions, 0);
	assert_int_equal(m->watch->counters.doubts, 2);
	assert_int_equal(m->watch->verify.n_findings, 0);
}

/* Lateness is the last to be decided, wherever it stands. */
static void test_lateness_after_all_others(void **state)
{
	struct made *m = *state;
	struct death *death = died(m);
	struct verify *verify = &m->watch->verify;

	passed(m, death, EVENT - 1);
	duplicate(m, death);
	suspect(m, DOUBT_LATE, 13, death);
	drained(m);
	assert_int_equal(m->watch->findings.n_suspicions, 0);
	assert_int_equal(verify->n_findings, 1);
	assert_int_equal(verify->finding_first->kind, FINDING_DUPLICATE);
	/* By itself it would have been one. */
	verify->finding_first->state = FINDING_WITHDRAWN;
	suspect(m, DOUBT_LATE, 13, death);
	drained(m);
	assert_int_equal(verify->finding_totals[FINDING_LATE], 1);
}

/* ---- and when ------------------------------------------------------------ */

static void test_nothing_is_decided_before_homes_number(void **state)
{
	struct made *m = *state;
	struct suspicion *s = answers(m, true);

	s->since_seq = EVENT + 1;
	m->watch->sync.self_wanted = false;
	drained(m);
	assert_ptr_equal(entry_of(m, 11)->suspicion, s);
	assert_true(m->watch->sync.self_wanted);
	m->watch->sync.self_seq++;
	drained(m);
	assert_null(entry_of(m, 11)->suspicion);
	assert_int_equal(script_count(m->w->script, FINDING_GHOST,
				      FINDING_WITHDRAWN),
			 1);
}

static void test_no_finding_before_homes_number_has_settled(void **state)
{
	struct made *m = *state;
	struct suspicion *s = answers(m, true);

	m->watch->sync.self_ns--;
	m->watch->sync.self_wanted = false;
	drained(m);
	assert_ptr_equal(entry_of(m, 11)->suspicion, s);
	assert_true(m->watch->sync.self_wanted);
	m->watch->sync.self_ns++;
	m->watch->sync.self_wanted = false;
	drained(m);
	assert_null(entry_of(m, 11)->suspicion);
	assert_false(m->watch->sync.self_wanted);
}

/* Whoever still waits for a table by then waits in vain. */
static void test_an_overdue_suspicion_is_a_doubt(void **state)
{
	struct made *m = *state;
	struct suspicion *s = answers(m, true);

	s->tables = 0;
	s->since_ns = m->watch->drained_ns - m->watch->settings.overdue_ns;
	drained(m);
	assert_ptr_equal(entry_of(m, 11)->suspicion, s);
	assert_int_equal(m->watch->counters.doubts, 0);
	s->since_ns--;
	drained(m);
	assert_null(entry_of(m, 11)->suspicion);
	assert_int_equal(m->watch->counters.doubts, 1);
}

static void test_what_is_decided_is_never_overdue(void **state)
{
	struct made *m = *state;
	struct suspicion *s = suspect(m, DOUBT_SURPLUS_NEW, 11, NULL);

	entry_of(m, 11)->balance = 1;
	s->since_ns -= 2 * m->watch->settings.overdue_ns;
	drained(m);
	assert_null(entry_of(m, 11)->suspicion);
	assert_int_equal(m->watch->counters.doubts, 0);
}

/* When the next settle time ends, or the one after that. */
static void test_when_to_look_again(void **state)
{
	struct made *m = *state;
	struct suspicion *s = answers(m, true);
	uint64_t now_ns = m->watch->drained_ns;

	s->tables = 0;
	s->since_ns = now_ns - SCRIPT_S + 1;
	assert_int_equal(drained(m), now_ns + 1);
	s->since_ns = now_ns - SCRIPT_S;
	assert_int_equal(drained(m), now_ns + SCRIPT_S);
	s->since_ns = now_ns - 2 * SCRIPT_S + 1;
	assert_int_equal(drained(m), now_ns + 1);
	/* No more: what it waits for has deadlines of its own. */
	s->since_ns = now_ns - 2 * SCRIPT_S;
	assert_true(drained(m) == UINT64_MAX);
}

static void test_the_first_deadline_counts(void **state)
{
	struct made *m = *state;
	struct suspicion *s = answers(m, true);
	uint64_t now_ns = m->watch->drained_ns, deadline_ns;

	s->tables = 0;
	deadline_ns = now_ns + SCRIPT_S + 1;
	assert_int_equal(findings_drained(m->watch, &deadline_ns), 0);
	assert_int_equal(deadline_ns, now_ns + SCRIPT_S);
	deadline_ns = now_ns + SCRIPT_S - 1;
	assert_int_equal(findings_drained(m->watch, &deadline_ns), 0);
	assert_int_equal(deadline_ns, now_ns + SCRIPT_S - 1);
}

#define MADE(test) \
	cmocka_unit_test_setup_teardown(test, made_setup, made_teardown)

static int run_decide(void)
{
	const struct CMUnitTest tests[] = {
		MADE(test_surplus_del_is_a_stray_or_a_duplicate),
		MADE(test_surplus_del_of_a_balanced_entry),
		MADE(test_surplus_del_of_a_holder_that_is_gone),
		MADE(test_surplus_del_waits_two_settle_times),
		MADE(test_surplus_del_needs_what_was_there_before),
		MADE(test_surplus_new_is_renewed_or_unannounced),
		MADE(test_surplus_new_that_was_made_up_for),
		MADE(test_surplus_new_waits_a_settle_time),
		MADE(test_surplus_new_where_no_table_tells),
		MADE(test_surplus_new_that_the_table_does_not_list),
		MADE(test_surplus_new_asks_two_tables_and_a_barrier),
		MADE(test_still_named_is_missing),
		MADE(test_still_named_by_one_that_lost_its_name),
		MADE(test_still_named_of_one_from_before_a_gap),
		MADE(test_still_named_of_no_death),
		MADE(test_still_named_asks_a_table),
		MADE(test_no_longer_named_is_unannounced),
		MADE(test_another_named_is_unannounced),
		MADE(test_another_named_may_be_the_peer),
		MADE(test_a_barrier_is_needed),
		MADE(test_a_wronged_barrier),
		MADE(test_a_barrier_that_is_not_gone_for_sure),
		MADE(test_a_barrier_whose_death_is_in_doubt),
		MADE(test_a_barrier_whose_death_is_open),
		MADE(test_a_barrier_that_home_may_still_list),
		MADE(test_late_for_a_death_that_is_sure),
		MADE(test_late_for_no_death),
		MADE(test_late_without_a_barrier),
		MADE(test_late_for_whom_it_dates_nothing),
		MADE(test_late_where_another_finding_tells),
		MADE(test_late_after_a_barrier_that_lives),
		MADE(test_late_after_the_next_barrier),
		MADE(test_late_but_before_the_next_barrier),
		MADE(test_late_keeps_a_barrier_that_is_dead),
		MADE(test_late_waits_a_settle_time),
		MADE(test_late_asks_the_barriers_names),
		MADE(test_late_after_a_barrier_by_its_date),
		MADE(test_late_is_not_dated_by_a_lost_name),
		MADE(test_alive_and_listed_is_a_ghost),
		MADE(test_alive_and_listed_for_another),
		MADE(test_alive_and_listed_under_another_number),
		MADE(test_alive_but_touched_since),
		MADE(test_alive_after_the_barrier),
		MADE(test_listed_after_the_barrier_is_missing),
		MADE(test_listed_for_nobody_that_died),
		MADE(test_listed_of_a_peer_that_lives),
		MADE(test_listed_waits_for_the_pass),
		MADE(test_listed_waits_for_the_peers_names),
		MADE(test_listed_of_a_death_that_is_not_sure),
		MADE(test_listed_in_two_tables_after_the_pass),
		MADE(test_refilled_and_listed_is_a_duplicate),
		MADE(test_absent_is_unannounced_where_it_was_listed),
		MADE(test_absent_from_a_table_after_the_pass),
	};

	return cmocka_run_group_tests_name("decide", tests, NULL, NULL);
}

static int run_findings(void)
{
	const struct CMUnitTest tests[] = {
		MADE(test_announced_anew_since_the_event),
		MADE(test_only_lateness_rests_on_a_barrier),
		MADE(test_only_a_removal_is_the_late_one),
		MADE(test_only_an_announcement_makes_it_anew),
		MADE(test_a_surplus_del_is_made_up_for_in_time),
		MADE(test_a_surplus_new_is_made_up_for),
		MADE(test_an_event_ends_what_a_table_said),
		MADE(test_what_was_absent_when_its_holder_ended),
		MADE(test_whom_a_table_names_has_to_be_known),
		MADE(test_listed_and_unheard_of),
		MADE(test_nothing_is_suspected_where_it_was_not_heard),
		MADE(test_absent_withdraws_a_duplicate),
		MADE(test_listed_needs_a_barrier_that_stands),
		MADE(test_absent_leaves_a_duplicate_of_another),
		MADE(test_a_finding_judges_its_peer_alone),
		MADE(test_a_gap_leaves_nothing_suspected),
		MADE(test_a_ghost_explains_what_went_unannounced),
		MADE(test_a_premature_one_explains_what_went_unannounced),
		MADE(test_a_duplicate_explains_nothing),
		MADE(test_a_surplus_del_makes_dates_unsure),
		MADE(test_a_doubt_revises_what_was_verified),
		MADE(test_a_surplus_del_may_be_of_one_unheard),
		MADE(test_at_the_end_all_is_in_doubt),
		MADE(test_lateness_after_all_others),
		MADE(test_nothing_is_decided_before_homes_number),
		MADE(test_no_finding_before_homes_number_has_settled),
		MADE(test_an_overdue_suspicion_is_a_doubt),
		MADE(test_what_is_decided_is_never_overdue),
		MADE(test_when_to_look_again),
		MADE(test_the_first_deadline_counts),
	};

	return cmocka_run_group_tests_name("findings", tests, NULL, NULL);
}

int main(void)
{
	int failed = run_decide();

	return failed + run_findings();
}
