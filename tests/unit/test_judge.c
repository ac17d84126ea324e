/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The conditions of a verdict, judge.h one by one, each on both sides of its
 * bounds. They look at numbers that are set here and at nothing else, so there
 * is no history: one death with its peer, and one holder beside it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/engine/judge.h"
#include "common/engine/odds.h"
#include "common/engine/state.h"

#define BORN 50
#define FIRST 100
#define CERTAIN 110
#define BARRIER 200
#define NOW 300
#define SECOND 1000000000ull
#define OPENED_NS (500 * SECOND)
#define BORN_NS (400 * SECOND)
#define LONG_AGO_NS (450 * SECOND) /* the peer had its number */
#define REMOVALS 3
#define MANY_REFS 100 /* nothing is freed here */

struct court {
	struct watch *watch; /* owned */
	struct death death;
	struct netns peer, holder, other, third;
	struct removal removals[REMOVALS];
	struct entry entry;
	struct generation generation;
};

static void person(struct court *court, struct netns *netns, uint64_t serial)
{
	*netns = (struct netns){
		.nsid = (int32_t)serial,
		.serial = serial,
		.refs = MANY_REFS,
		.trust = TRUST_LIVE,
		.complete = true,
		.table_whole = true,
		.table_seq = NOW,
		.odds = &court->watch->ledger.odds,
	};
}

/* All is well: a certain death, its barrier, and nothing that speaks against. */
static int court_setup(void **state)
{
	const struct identity home = { .id = 7 };
	const struct stamp at = { 0 };
	struct court *court = calloc(1, sizeof(*court));

	assert_non_null(court);
	court->watch = calloc(1, sizeof(*court->watch));
	assert_non_null(court->watch);
	court->watch->settings = settings_default();
	assert_int_equal(ledger_init(&court->watch->ledger, &at, &home,
				     NSID_NONE, 16),
			 0);
	odds_remove(court->watch->ledger.home);
	assert_int_equal(evidences_init(&court->watch->verify.evidences), 0);
	person(court, &court->peer, 1);
	person(court, &court->holder, 2);
	person(court, &court->other, 3);
	person(court, &court->third, 4);
	court->peer.born_seq = BORN;
	court->peer.born_ns = BORN_NS;
	court->peer.table_seq = 0;
	court->death = (struct death){
		.id = 1,
		.peer = &court->peer,
		.opened.mono_ns = OPENED_NS,
		.drained_ns = OPENED_NS - 1,
		.first_seq = FIRST,
		.certain = true,
		.certain_seq = CERTAIN,
		.barrier_seq = BARRIER,
		.removals = court->removals,
	};
	court->watch->seq = NOW;
	court->watch->verify.open_first = &court->death;
	*state = court;
	return 0;
}

static int court_teardown(void **state)
{
	struct court *court = *state;

	evidences_deinit(&court->watch->verify.evidences);
	ledger_deinit(&court->watch->ledger);
	free(court->watch);
	free(court);
	return 0;
}

#define COURT_CASE(test) \
	cmocka_unit_test_setup_teardown(test, court_setup, court_teardown)

static void removed(struct court *court, struct netns *holder, int32_t nsid,
		    uint64_t seq)
{
	assert_true(court->death.n_listed < REMOVALS);
	court->removals[court->death.n_listed++] =
		(struct removal){ .holder = holder, .nsid = nsid, .seq = seq };
}

/* ---- who survived the pass ---------------------------------------------- */

static void test_who_has_not_ended_survived(void **state)
{
	struct court *court = *state;

	assert_true(judge_survived(&court->death, &court->holder));
	court->death.barrier_seq = 0;
	assert_true(judge_survived(&court->death, &court->holder));
	court->holder.ended_seq = FIRST + 1;
	assert_false(judge_survived(&court->death, &court->holder));
	court->holder.revived = true;
	assert_true(judge_survived(&court->death, &court->holder));
}

static void test_who_ended_after_the_barrier_survived(void **state)
{
	struct court *court = *state;

	court->holder.ended_seq = BARRIER;
	assert_false(judge_survived(&court->death, &court->holder));
	court->holder.ended_seq = BARRIER + 1;
	assert_true(judge_survived(&court->death, &court->holder));
	court->death.barrier_seq = 0;
	assert_false(judge_survived(&court->death, &court->holder));
}

static void test_the_barrier_itself_survived(void **state)
{
	struct court *court = *state;

	court->holder.ended_seq = BARRIER;
	court->death.barrier = &court->other;
	assert_false(judge_survived(&court->death, &court->holder));
	court->death.barrier = &court->holder;
	assert_true(judge_survived(&court->death, &court->holder));
}

static void test_whose_table_dropped_something_later_survived(void **state)
{
	struct court *court = *state;

	court->holder.ended_seq = BARRIER;
	court->holder.last_del_seq = FIRST;
	assert_false(judge_survived(&court->death, &court->holder));
	court->holder.last_del_seq = FIRST + 1;
	assert_true(judge_survived(&court->death, &court->holder));
}

static void test_who_answered_after_the_first_del_survived(void **state)
{
	struct court *court = *state;

	court->holder.ended_seq = BARRIER;
	court->holder.life_seq = FIRST;
	assert_false(judge_survived(&court->death, &court->holder));
	court->holder.lives = true;
	assert_true(judge_survived(&court->death, &court->holder));
	court->holder.life_seq = FIRST - 1;
	assert_false(judge_survived(&court->death, &court->holder));
}

static void test_an_excuse_for_who_died_with_it(void **state)
{
	struct court *court = *state;
	struct death *death = &court->death;

	court->holder.ended_seq = BARRIER;
	assert_int_equal(judge_excuse(death, &court->holder), 0);
	assert_false(death->holder_died);
	assert_int_equal(death->excused, 1);
	assert_int_equal(death->n_excusers, 1);
	assert_int_equal(death->excusers[0], court->holder.serial);
	free(death->excusers);
}

static void test_no_excuse_for_who_survived_or_was_wronged(void **state)
{
	struct court *court = *state;
	struct death *death = &court->death;

	court->holder.ended_seq = BARRIER + 1;
	assert_int_equal(judge_excuse(death, &court->holder), 0);
	assert_true(death->holder_died);
	death->holder_died = false;
	court->holder.ended_seq = BARRIER;
	court->holder.wronged = true;
	assert_int_equal(judge_excuse(death, &court->holder), 0);
	assert_true(death->holder_died);
	assert_int_equal(death->excused, 0);
}

static void test_the_last_proof_of_life(void **state)
{
	struct netns peer = { .life_seq = 9, .table_seq = 7 };

	(void)state;
	assert_int_equal(judge_last_life(&peer), 7);
	peer.lives = true;
	assert_int_equal(judge_last_life(&peer), 9);
	peer.table_seq = 10;
	assert_int_equal(judge_last_life(&peer), 10);
}

/* ---- a later barrier ---------------------------------------------------- */

static void later_barrier(struct court *court)
{
	struct verify *verify = &court->watch->verify;

	court->death.barrier = netns_ref(&court->third);
	court->death.asked = true;
	verify->barrier = netns_ref(&court->other);
	verify->barrier_seq = BARRIER + 1;
	verify->barrier_life_seq = CERTAIN;
	verify->barrier_ns = OPENED_NS + SECOND;
}

static void assert_no_barrier(struct court *court)
{
	judge_later(court->watch, &court->death);
	assert_null(court->death.barrier);
	assert_int_equal(court->death.barrier_seq, 0);
	assert_false(court->death.asked);
	assert_ptr_equal(court->watch->verify.no_barrier, &court->death);
}

static void test_a_later_barrier_is_taken(void **state)
{
	struct court *court = *state;

	later_barrier(court);
	judge_later(court->watch, &court->death);
	assert_ptr_equal(court->death.barrier, &court->other);
	assert_int_equal(court->death.barrier_seq, BARRIER + 1);
	assert_int_equal(court->death.barrier_ns, OPENED_NS + SECOND);
	assert_false(court->death.asked);
	assert_null(court->watch->verify.no_barrier);
	assert_int_equal(court->third.refs, MANY_REFS);
	assert_int_equal(court->other.refs, MANY_REFS + 2);
}

static void test_the_same_barrier_is_no_later_one(void **state)
{
	struct court *court = *state;

	later_barrier(court);
	court->watch->verify.barrier_seq = BARRIER;
	assert_no_barrier(court);
}

static void test_a_later_barrier_was_alive_in_its_pass(void **state)
{
	struct court *court = *state;

	later_barrier(court);
	court->watch->verify.barrier_life_seq = CERTAIN - 1;
	assert_no_barrier(court);
}

static void test_a_later_barrier_that_lives(void **state)
{
	struct court *court = *state;

	later_barrier(court);
	court->other.revived = true;
	assert_no_barrier(court);
}

static void test_no_later_barrier_yet(void **state)
{
	struct court *court = *state;

	later_barrier(court);
	court->watch->verify.barrier = NULL;
	assert_no_barrier(court);
}

/* ---- whether every table that dropped it was asked ---------------------- */

static void test_a_holder_that_was_asked_after_the_barrier(void **state)
{
	struct court *court = *state;

	removed(court, &court->holder, 7, FIRST);
	court->holder.table_seq = BARRIER;
	assert_true(judge_tables(court->watch, &court->death));
	assert_false(court->death.partial);
	assert_int_equal(court->holder.wish, WISH_NONE);
}

static void test_a_holder_that_was_asked_too_early(void **state)
{
	struct court *court = *state;

	removed(court, &court->holder, 7, FIRST);
	court->holder.home = true; /* of whom nobody asks whether it lives */
	court->holder.table_seq = BARRIER - 1;
	assert_false(judge_tables(court->watch, &court->death));
	assert_false(court->death.partial);
	assert_int_equal(court->holder.wish, WISH_URGENT);
}

static void test_a_holder_that_cannot_be_asked(void **state)
{
	static const enum trust trusts[] = { TRUST_COLD, TRUST_SETTLING,
					     TRUST_GAP, TRUST_REFUSED };
	struct court *court = *state;

	removed(court, &court->holder, 7, FIRST);
	for (size_t i = 0; i < sizeof(trusts) / sizeof(*trusts); i++) {
		court->death.partial = false;
		court->holder.trust = trusts[i];
		assert_true(judge_tables(court->watch, &court->death));
		assert_true(court->death.partial);
	}
}

static void test_a_table_that_was_cut_before_the_entry(void **state)
{
	struct court *court = *state;

	removed(court, &court->holder, 7, FIRST);
	court->holder.table_whole = false;
	court->holder.table_last = 7;
	assert_true(judge_tables(court->watch, &court->death));
	assert_false(court->death.partial);
	court->holder.table_last = 6;
	assert_true(judge_tables(court->watch, &court->death));
	assert_true(court->death.partial);
}

/* Its highest number may be any: nothing is beyond the end of a whole table. */
static void test_a_whole_table_has_no_beyond(void **state)
{
	struct court *court = *state;

	removed(court, &court->holder, 7, FIRST);
	court->holder.table_last = 6;
	assert_true(judge_tables(court->watch, &court->death));
	assert_false(court->death.partial);
}

/* It can be asked no more; at the barrier it still could. */
static void test_a_holder_that_ended_before_it_was_asked(void **state)
{
	struct court *court = *state;

	removed(court, &court->holder, 7, FIRST);
	court->holder.ended_seq = BARRIER - 1;
	court->holder.table_seq = FIRST - 1;
	assert_true(judge_tables(court->watch, &court->death));
	court->holder.ended_seq = BARRIER;
	court->holder.table_seq = FIRST;
	assert_true(judge_tables(court->watch, &court->death));
	assert_false(court->death.holder_died);
	court->holder.table_seq = FIRST - 1;
	assert_true(judge_tables(court->watch, &court->death));
	assert_true(court->death.holder_died);
	assert_int_equal(court->death.barrier_seq, BARRIER);
}

/* It was asked in time, and its table was cut before the entry. */
static void test_a_holder_that_ended_and_had_a_cut_table(void **state)
{
	struct court *court = *state;

	removed(court, &court->holder, 7, FIRST);
	court->holder.ended_seq = BARRIER;
	court->holder.table_seq = FIRST;
	court->holder.table_whole = false;
	court->holder.table_last = 7;
	assert_true(judge_tables(court->watch, &court->death));
	assert_false(court->death.holder_died);
	court->holder.table_last = 6;
	assert_true(judge_tables(court->watch, &court->death));
	assert_true(court->death.holder_died);
}

/* One DEL was read where two entries were counted, and none is left. */
static void test_a_table_that_lacks_what_is_counted(void **state)
{
	struct court *court = *state;
	struct suspicion suspicion = { .doubt = DOUBT_ABSENT };
	struct entry *entry;

	removed(court, &court->holder, 7, FIRST);
	assert_int_equal(ledger_make_entry(&court->holder, 7, &entry), 0);
	assert_true(judge_tables(court->watch, &court->death));
	entry->suspicion = &suspicion;
	assert_false(judge_tables(court->watch, &court->death));
	court->holder.ended_seq = BARRIER - 1;
	assert_false(judge_tables(court->watch, &court->death));
	assert_int_equal(court->death.barrier_seq, BARRIER);
	suspicion.doubt = DOUBT_SURPLUS_NEW;
	assert_true(judge_tables(court->watch, &court->death));
	entry->suspicion = NULL;
	ledger_forget(&court->watch->ledger, &court->holder);
}

static void test_each_holder_is_looked_at(void **state)
{
	struct court *court = *state;

	removed(court, &court->holder, 7, FIRST);
	removed(court, &court->other, 8, FIRST + 1);
	court->holder.table_seq = court->other.table_seq = 0;
	assert_false(judge_tables(court->watch, &court->death));
	assert_int_not_equal(court->holder.wish, WISH_NONE);
	assert_int_not_equal(court->other.wish, WISH_NONE);
}

/* ---- removals that nobody could attribute ------------------------------- */

/* The verdict on what speaks against it, without any holder to look at. */
static bool unattributed(struct court *court)
{
	court->death.unattributed = court->death.partial = false;
	assert_true(judge_attribution(court->watch, &court->death));
	assert_false(court->death.partial);
	return court->death.unattributed;
}

/* One removal of the holder's, of an entry of which nothing is known. */
static struct evidence *evidence(struct court *court)
{
	struct evidences *evidences = &court->watch->verify.evidences;

	evidences_add(evidences, FIRST, OPENED_NS, &court->holder, NULL);
	return evidences_get(evidences, 0);
}

/* The same, and home had no number for its peer when it was asked. */
static struct evidence *none_evidence(struct court *court, uint64_t seq,
				      uint64_t ns)
{
	struct evidence *of = evidence(court);

	of->none = true;
	of->none_seq = seq;
	of->none_ns = ns;
	return of;
}

static void test_nothing_speaks_against_it(void **state)
{
	struct court *court = *state;

	assert_false(unattributed(court));
	evidence(court);
	assert_true(unattributed(court));
}

static void test_evidence_from_before_its_last_life(void **state)
{
	struct court *court = *state;
	struct evidence *of = evidence(court);

	court->peer.table_seq = of->seq;
	assert_false(unattributed(court));
	court->peer.table_seq = of->seq - 1;
	assert_true(unattributed(court));
	court->peer.lives = true;
	court->peer.life_seq = of->seq;
	assert_false(unattributed(court));
}

static void test_evidence_from_before_its_birth(void **state)
{
	struct court *court = *state;
	struct evidence *of = evidence(court);

	of->read_ns = BORN_NS - court->watch->settings.settle_ns;
	assert_false(unattributed(court));
	of->read_ns++;
	assert_true(unattributed(court));
}

/* The oldest evidence goes when there is too much of it. */
static void test_lost_evidence(void **state)
{
	struct court *court = *state;
	struct evidences *evidences = &court->watch->verify.evidences;

	court->peer.table_seq = FIRST;
	evidences->lost_ns = OPENED_NS;
	evidences->lost_seq = FIRST;
	assert_false(unattributed(court));
	evidences->lost_seq = FIRST + 1;
	assert_true(unattributed(court));
	evidences->lost_ns = BORN_NS - court->watch->settings.settle_ns;
	assert_false(unattributed(court));
	evidences->lost_ns++;
	assert_true(unattributed(court));
}

/* What was announced after the barrier names nobody who is dead. */
static void test_evidence_of_a_younger_entry(void **state)
{
	struct court *court = *state;
	struct evidence *of = evidence(court);

	of->opened_seq = BARRIER;
	assert_true(unattributed(court));
	of->opened_seq = BARRIER + 1;
	assert_false(unattributed(court));
}

static void test_evidence_that_was_told(void **state)
{
	struct court *court = *state;

	evidence(court)->told = true;
	assert_false(unattributed(court));
}

/* It dropped the peer: once is enough. */
static void test_evidence_of_who_dropped_it(void **state)
{
	struct court *court = *state;

	evidence(court);
	removed(court, &court->other, 7, FIRST);
	assert_true(unattributed(court));
	removed(court, &court->holder, 7, FIRST);
	assert_false(unattributed(court));
}

/* Evidence that says nothing does not hide an older one. */
static void test_each_evidence_is_looked_at(void **state)
{
	struct court *court = *state;

	evidence(court);
	evidence(court)->told = true;
	assert_true(unattributed(court));
}

/* ---- it names somebody else --------------------------------------------- */

static void test_it_had_no_number_while_the_peer_had_one(void **state)
{
	struct court *court = *state;
	struct evidence *of = none_evidence(court, BORN, LONG_AGO_NS);

	assert_false(unattributed(court));
	of->none_seq = FIRST - 1;
	assert_false(unattributed(court));
	of->none = false;
	assert_true(unattributed(court));
}

static void test_it_had_no_number_before_the_peer_had_one(void **state)
{
	struct court *court = *state;

	none_evidence(court, BORN - 1, LONG_AGO_NS);
	assert_true(unattributed(court));
}

static void test_it_had_no_number_after_the_first_del(void **state)
{
	struct court *court = *state;

	none_evidence(court, FIRST, LONG_AGO_NS);
	assert_true(unattributed(court));
}

/* Asked within a settle time of the DEL: removed already, perhaps. */
static void test_it_had_no_number_shortly_before(void **state)
{
	struct court *court = *state;
	uint64_t ns = OPENED_NS - court->watch->settings.settle_ns;
	struct evidence *of = none_evidence(court, FIRST - 1, ns);

	assert_false(unattributed(court));
	of->none_ns++;
	assert_true(unattributed(court));
}

static void asked_again(struct court *court, uint64_t seq)
{
	struct netns *holder = &court->holder;
	uint32_t at = holder->n_table_seqs++ % TABLE_SEQS;

	holder->table_seqs[at] = seq;
	holder->table_ns[at] = LONG_AGO_NS;
}

/* Later tables show the same, as long as the entry stands. */
static void test_a_later_table_proves_it_as_well(void **state)
{
	struct court *court = *state;

	none_evidence(court, BORN - 1, LONG_AGO_NS);
	asked_again(court, BORN - 1);
	assert_true(unattributed(court));
	asked_again(court, BORN);
	assert_false(unattributed(court));
	court->holder.table_seqs[1] = FIRST;
	assert_true(unattributed(court));
}

/* Of the time before it was known to have none, a table proves nothing. */
static void test_an_earlier_table_proves_nothing(void **state)
{
	struct court *court = *state;
	struct evidence *of = none_evidence(court, BORN + 1, OPENED_NS);

	asked_again(court, BORN);
	assert_true(unattributed(court));
	of->none_seq = BORN;
	assert_false(unattributed(court));
}

static void test_the_last_tables_are_a_ring(void **state)
{
	struct court *court = *state;

	none_evidence(court, BORN - 1, LONG_AGO_NS);
	for (int i = 0; i < TABLE_SEQS - 1; i++)
		asked_again(court, FIRST);
	assert_true(unattributed(court));
	asked_again(court, BORN);
	assert_false(unattributed(court));
	court->holder.n_table_seqs += 3 * TABLE_SEQS;
	assert_false(unattributed(court));
}

/* ---- entries that may name it ------------------------------------------- */

/* The holder has an open entry, and nobody knows whom it names. */
static void entry_of_somebody(struct court *court)
{
	struct generation *generation = &court->generation;

	court->entry.holder = &court->holder;
	generation->entry = &court->entry;
	generation->announced = true;
	generation->opened_seq = FIRST;
	court->holder.unknown = generation;
	court->holder.n_unknown = 1;
	odds_add(&court->holder);
}

static void test_an_entry_that_may_name_it(void **state)
{
	struct court *court = *state;

	entry_of_somebody(court);
	assert_true(unattributed(court));
	court->holder.unknown = NULL;
	assert_false(unattributed(court));
}

static void test_an_entry_announced_after_the_barrier(void **state)
{
	struct court *court = *state;

	entry_of_somebody(court);
	court->generation.opened_seq = BARRIER;
	assert_true(unattributed(court));
	court->generation.opened_seq = BARRIER + 1;
	assert_false(unattributed(court));
	court->generation.announced = false;
	assert_true(unattributed(court));
}

static void test_an_entry_that_names_somebody_else(void **state)
{
	struct court *court = *state;

	entry_of_somebody(court);
	court->generation.known_seq = BORN;
	court->generation.known_ns = LONG_AGO_NS;
	assert_true(unattributed(court));
	court->generation.knowledge = PEER_NONE;
	assert_false(unattributed(court));
	court->generation.known_seq = BORN - 1;
	assert_true(unattributed(court));
}

/* The first entry says nothing, and the second one does. */
static void test_each_entry_is_looked_at(void **state)
{
	struct court *court = *state;
	struct generation young = { .entry = &court->entry,
				    .announced = true,
				    .opened_seq = BARRIER + 1,
				    .peer_next = &court->generation };

	entry_of_somebody(court);
	court->holder.unknown = &young;
	assert_true(unattributed(court));
}

static void test_whose_entries_do_not_matter(void **state)
{
	struct court *court = *state;

	entry_of_somebody(court);
	court->holder.canary = true;
	assert_false(unattributed(court));
	court->holder.canary = false;
	court->death.peer = &court->holder;
	assert_false(unattributed(court));
	court->death.peer = &court->peer;
	removed(court, &court->holder, 7, FIRST);
	assert_false(unattributed(court));
	court->death.n_listed = 0;
	assert_true(unattributed(court));
}

static void test_a_holder_that_was_born_after_the_barrier(void **state)
{
	struct court *court = *state;

	entry_of_somebody(court);
	court->holder.since.mono_ns = OPENED_NS + 2 * SECOND;
	court->holder.born_seq = BARRIER;
	assert_true(unattributed(court));
	court->holder.born_seq = BARRIER + 1;
	assert_false(unattributed(court));
}

static void test_a_holder_that_died_with_it(void **state)
{
	struct court *court = *state;

	entry_of_somebody(court);
	court->holder.ended_seq = BARRIER - 1;
	assert_false(unattributed(court));
	assert_false(court->death.holder_died);
	court->holder.last_del_seq = FIRST + 1;
	assert_false(unattributed(court));
	assert_true(court->death.holder_died);
}

/* ---- tables that do not speak of the whole death ------------------------ */

static bool partial(struct court *court)
{
	court->death.unattributed = court->death.partial = false;
	assert_true(judge_attribution(court->watch, &court->death));
	assert_false(court->death.unattributed);
	return court->death.partial;
}

static void test_a_baseline_from_before_the_death(void **state)
{
	struct court *court = *state;

	odds_add(&court->holder);
	court->holder.baseline_seq = FIRST;
	assert_true(partial(court));
	court->holder.baseline_seq = FIRST - 1;
	assert_false(partial(court));
	/* The queue was not seen empty between the answer and the DEL. */
	odds_add(&court->holder);
	court->holder.baseline_ns = court->death.drained_ns;
	assert_true(partial(court));
	court->holder.baseline_ns = court->death.drained_ns - 1;
	assert_false(partial(court));
}

static void test_a_table_that_is_not_trusted(void **state)
{
	struct court *court = *state;

	odds_add(&court->holder);
	assert_false(partial(court));
	odds_add(&court->holder);
	court->holder.trust = TRUST_GAP;
	assert_true(partial(court));
	court->holder.trust = TRUST_LIVE;
	court->holder.complete = false;
	assert_true(partial(court));
	court->holder.home = true;
	assert_false(partial(court));
}

static void test_a_holder_that_was_seen_bare(void **state)
{
	struct court *court = *state;

	odds_add(&court->holder);
	court->holder.complete = false;
	court->holder.bare_seq = FIRST - 1;
	assert_true(partial(court));
	court->holder.bare_seq = FIRST;
	assert_false(partial(court));
}

static void test_a_holder_that_was_born_since(void **state)
{
	struct court *court = *state;
	struct netns *holder = &court->holder;
	uint64_t settled_ns = OPENED_NS + court->watch->settings.settle_ns;

	odds_add(holder);
	holder->complete = false;
	holder->born_seq = FIRST;
	holder->since.mono_ns = settled_ns;
	assert_false(partial(court));
	holder->since.mono_ns = settled_ns - 1;
	assert_true(partial(court));
	holder->since.mono_ns = settled_ns;
	holder->born_seq = FIRST - 1;
	assert_true(partial(court));
}

/* Nothing of it is left to be looked at for the deaths that come. */
static void test_who_is_plain_is_odd_no_more(void **state)
{
	struct court *court = *state;
	struct netns *holder = &court->holder;

	odds_add(holder);
	holder->baseline_seq = FIRST - 1;
	assert_true(judge_attribution(court->watch, &court->death));
	assert_false(holder->odd);
	assert_null(court->watch->ledger.odds.first);
}

static void assert_stays_odd(struct court *court)
{
	odds_add(&court->holder);
	(void)judge_attribution(court->watch, &court->death);
	assert_true(court->holder.odd);
}

static void test_who_is_not_plain_stays_odd(void **state)
{
	struct court *court = *state;
	struct netns *holder = &court->holder;
	struct death older = court->death;

	holder->trust = TRUST_GAP;
	assert_stays_odd(court);
	holder->trust = TRUST_LIVE;
	holder->complete = false;
	assert_stays_odd(court);
	holder->complete = true;
	holder->n_unknown = 1;
	assert_stays_odd(court);
	holder->n_unknown = 0;
	holder->baseline_seq = FIRST - 1;
	older.first_seq = FIRST - 1;
	court->watch->verify.open_first = &older;
	assert_stays_odd(court);
}

/* ---- what an answer may clear yet --------------------------------------- */

static void test_an_answer_under_way_is_waited_for(void **state)
{
	struct court *court = *state;

	entry_of_somebody(court);
	court->holder.inflight = 1;
	assert_false(judge_attribution(court->watch, &court->death));
	assert_false(court->death.unattributed);
	court->holder.inflight = 0;
	court->holder.wish = WISH_LEARN;
	assert_false(judge_attribution(court->watch, &court->death));
	assert_false(court->death.unattributed);
	court->holder.wish = WISH_NONE;
	assert_true(judge_attribution(court->watch, &court->death));
	assert_true(court->death.unattributed);
}

/* What is in doubt already needs no further answer. */
static void test_nothing_is_waited_for_in_doubt(void **state)
{
	struct court *court = *state;

	entry_of_somebody(court);
	court->holder.inflight = 1;
	court->death.partial = true;
	assert_true(judge_attribution(court->watch, &court->death));
	court->death.partial = false;
	court->death.unattributed = true;
	assert_true(judge_attribution(court->watch, &court->death));
}

/* It could have been asked after this barrier, and is gone. */
static void test_who_ended_after_the_barrier_tells_no_more(void **state)
{
	struct court *court = *state;

	entry_of_somebody(court);
	court->holder.ended_seq = BARRIER + 1;
	assert_true(judge_attribution(court->watch, &court->death));
	assert_int_equal(court->death.barrier_seq, BARRIER);
	assert_true(court->death.holder_died);
	assert_false(court->death.unattributed);
}

static bool lost(struct court *court)
{
	court->death.holder_died = false;
	judge_lost(court->watch, &court->holder);
	return court->death.holder_died;
}

/* Its table may have named the peer, and goes with it. */
static void test_what_a_holder_takes_with_it(void **state)
{
	struct court *court = *state;

	assert_false(lost(court));
	entry_of_somebody(court);
	assert_true(lost(court));
	court->holder.canary = true;
	assert_false(lost(court));
	court->holder.canary = false;
	court->death.peer = &court->holder;
	assert_false(lost(court));
	court->death.peer = &court->peer;
	court->holder.born_seq = BARRIER;
	assert_true(lost(court));
	court->holder.born_seq = BARRIER + 1;
	assert_false(lost(court));
	court->death.barrier_seq = 0;
	assert_true(lost(court));
	court->holder.ended_seq = FIRST + 1;
	assert_false(lost(court));
	court->holder.last_del_seq = FIRST + 1;
	assert_true(lost(court));
}

/* One that got its number later is watched from its baseline on. */
static void test_a_partial_table_is_lost_where_it_was_there(void **state)
{
	struct court *court = *state;

	odds_add(&court->holder);
	assert_false(lost(court));
	court->holder.complete = false;
	assert_true(lost(court));
	court->holder.born_seq = FIRST - 1;
	assert_true(lost(court));
	court->holder.born_seq = FIRST;
	assert_false(lost(court));
}

/* One that was gone by the barrier had no time to be asked. */
static void test_an_ended_holder_is_no_partial_table(void **state)
{
	struct court *court = *state;

	odds_add(&court->holder);
	court->holder.complete = false;
	court->holder.ended_seq = BARRIER;
	court->holder.last_del_seq = FIRST + 1;
	assert_true(judge_attribution(court->watch, &court->death));
	assert_false(court->death.partial);
	assert_false(court->death.unattributed);
	assert_true(court->death.holder_died);
}

/* ---- surely dead -------------------------------------------------------- */

static void test_dead_by_two_tables(void **state)
{
	struct court *court = *state;

	removed(court, &court->holder, 7, FIRST);
	assert_false(judge_dead(&court->death, 0, false));
	assert_true(judge_dead(&court->death, 1, false));
	removed(court, &court->other, 8, FIRST + 1);
	assert_true(judge_dead(&court->death, 0, false));
	court->death.certain = false;
	assert_false(judge_dead(&court->death, 0, false));
	assert_false(judge_dead(&court->death, 2, false));
}

/* Whose number it was by then no table tells. */
static void test_a_removal_whose_holder_was_never_asked(void **state)
{
	struct court *court = *state;

	court->death.certain = true;
	removed(court, &court->holder, 7, FIRST);
	removed(court, &court->other, 8, FIRST + 1);
	assert_true(judge_dead(&court->death, 0, false));
	court->other.table_seq = FIRST;
	assert_true(judge_dead(&court->death, 0, false));
	court->other.ended_seq = BARRIER - 1;
	assert_false(judge_dead(&court->death, 0, false));
	court->other.table_seq = FIRST + 1;
	assert_true(judge_dead(&court->death, 0, false));
}

static void test_dead_by_tables_before_the_barrier(void **state)
{
	struct court *court = *state;

	removed(court, &court->holder, 7, FIRST);
	removed(court, &court->other, 8, BARRIER);
	assert_false(judge_dead(&court->death, 0, false));
	court->removals[1].seq = BARRIER - 1;
	assert_true(judge_dead(&court->death, 0, false));
	court->removals[1].seq = BARRIER + 1;
	assert_false(judge_dead(&court->death, 0, false));
	court->death.barrier_seq = 0;
	assert_true(judge_dead(&court->death, 0, false));
}

/* A table has listed since what its DEL took away. */
static void test_a_removal_that_does_not_stand(void **state)
{
	struct court *court = *state;
	struct suspicion suspicion = { .doubt = DOUBT_LISTED };
	struct entry *entry;

	removed(court, &court->holder, 7, FIRST);
	removed(court, &court->other, 8, FIRST + 1);
	assert_int_equal(ledger_make_entry(&court->holder, 7, &entry), 0);
	assert_true(judge_dead(&court->death, 0, false));
	entry->suspicion = &suspicion;
	assert_false(judge_dead(&court->death, 0, false));
	assert_true(judge_dead(&court->death, 1, false));
	entry->suspicion = NULL;
	/* Nobody could decide, and it is taken as the kernel has it. */
	entry->rebase = true;
	assert_false(judge_dead(&court->death, 0, false));
	entry->rebase = false;
	entry->open = &court->generation;
	assert_false(judge_dead(&court->death, 0, false));
	court->generation.announced = true;
	assert_true(judge_dead(&court->death, 0, false));
	entry->open = NULL;
	ledger_forget(&court->watch->ledger, &court->holder);
}

/* Two DELs, and no table that was asked after either. */
static void test_dead_by_one_table_that_lacks_it(void **state)
{
	struct court *court = *state;
	struct netns *holder = &court->holder;

	removed(court, holder, 7, FIRST);
	removed(court, &court->other, 8, FIRST + 1);
	holder->table_seq = FIRST - 1;
	court->other.table_seq = FIRST;
	assert_false(judge_dead(&court->death, 0, false));
	holder->table_seq = FIRST;
	assert_true(judge_dead(&court->death, 0, false));
	holder->trust = TRUST_GAP;
	assert_false(judge_dead(&court->death, 0, false));
	holder->trust = TRUST_LIVE;
	holder->table_whole = false;
	holder->table_last = 6;
	assert_false(judge_dead(&court->death, 0, false));
	holder->table_last = 7;
	assert_true(judge_dead(&court->death, 0, false));
}

/* A name had stopped leading to it before its first DEL was read. */
static void test_dead_by_a_name_that_it_had_lost(void **state)
{
	struct court *court = *state;

	court->peer.lost_seq = FIRST;
	assert_true(judge_dead(&court->death, 0, true));
	assert_false(judge_dead(&court->death, 0, false));
	court->peer.lost_seq = FIRST + 1;
	assert_false(judge_dead(&court->death, 0, true));
	court->peer.lost_seq = 0;
	assert_false(judge_dead(&court->death, 0, true));
}

/* ---- the reason --------------------------------------------------------- */

/* Each flag set alone, and all that come after it set as well. */
static void test_the_first_flag_is_the_reason(void **state)
{
	struct death death = { 0 };
	const struct {
		bool *flag;
		enum reason reason;
	} flags[] = {
		{ &death.tainted, REASON_TAINTED },
		{ &death.partial, REASON_PARTIAL_TABLE },
		{ &death.holder_died, REASON_HOLDER_DIED },
		{ &death.unattributed, REASON_UNATTRIBUTED },
		{ &death.hidden, REASON_GAP },
		{ &death.gap, REASON_GAP },
	};
	size_t n = sizeof(flags) / sizeof(*flags);

	(void)state;
	assert_int_equal(judge_reason(&death), REASON_NONE);
	for (size_t i = 0; i < n; i++) {
		*flags[i].flag = true;
		assert_int_equal(judge_reason(&death), flags[i].reason);
		*flags[i].flag = false;
	}
	for (size_t i = 0; i < n; i++) {
		*flags[i].flag = true;
		assert_int_equal(judge_reason(&death), flags[i].reason);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		COURT_CASE(test_who_has_not_ended_survived),
		COURT_CASE(test_who_ended_after_the_barrier_survived),
		COURT_CASE(test_the_barrier_itself_survived),
		COURT_CASE(test_whose_table_dropped_something_later_survived),
		COURT_CASE(test_who_answered_after_the_first_del_survived),
		COURT_CASE(test_an_excuse_for_who_died_with_it),
		COURT_CASE(test_no_excuse_for_who_survived_or_was_wronged),
		COURT_CASE(test_the_last_proof_of_life),
		COURT_CASE(test_a_later_barrier_is_taken),
		COURT_CASE(test_the_same_barrier_is_no_later_one),
		COURT_CASE(test_a_later_barrier_was_alive_in_its_pass),
		COURT_CASE(test_a_later_barrier_that_lives),
		COURT_CASE(test_no_later_barrier_yet),
		COURT_CASE(test_a_holder_that_was_asked_after_the_barrier),
		COURT_CASE(test_a_holder_that_was_asked_too_early),
		COURT_CASE(test_a_holder_that_cannot_be_asked),
		COURT_CASE(test_a_table_that_was_cut_before_the_entry),
		COURT_CASE(test_a_whole_table_has_no_beyond),
		COURT_CASE(test_a_holder_that_ended_before_it_was_asked),
		COURT_CASE(test_a_holder_that_ended_and_had_a_cut_table),
		COURT_CASE(test_a_table_that_lacks_what_is_counted),
		COURT_CASE(test_each_holder_is_looked_at),
		COURT_CASE(test_nothing_speaks_against_it),
		COURT_CASE(test_evidence_from_before_its_last_life),
		COURT_CASE(test_evidence_from_before_its_birth),
		COURT_CASE(test_lost_evidence),
		COURT_CASE(test_evidence_of_a_younger_entry),
		COURT_CASE(test_evidence_that_was_told),
		COURT_CASE(test_evidence_of_who_dropped_it),
		COURT_CASE(test_each_evidence_is_looked_at),
		COURT_CASE(test_it_had_no_number_while_the_peer_had_one),
		COURT_CASE(test_it_had_no_number_before_the_peer_had_one),
		COURT_CASE(test_it_had_no_number_after_the_first_del),
		COURT_CASE(test_it_had_no_number_shortly_before),
		COURT_CASE(test_a_later_table_proves_it_as_well),
		COURT_CASE(test_an_earlier_table_proves_nothing),
		COURT_CASE(test_the_last_tables_are_a_ring),
		COURT_CASE(test_an_entry_that_may_name_it),
		COURT_CASE(test_an_entry_announced_after_the_barrier),
		COURT_CASE(test_an_entry_that_names_somebody_else),
		COURT_CASE(test_each_entry_is_looked_at),
		COURT_CASE(test_whose_entries_do_not_matter),
		COURT_CASE(test_a_holder_that_was_born_after_the_barrier),
		COURT_CASE(test_a_holder_that_died_with_it),
		COURT_CASE(test_a_baseline_from_before_the_death),
		COURT_CASE(test_a_table_that_is_not_trusted),
		COURT_CASE(test_a_holder_that_was_seen_bare),
		COURT_CASE(test_a_holder_that_was_born_since),
		COURT_CASE(test_who_is_plain_is_odd_no_more),
		COURT_CASE(test_who_is_not_plain_stays_odd),
		COURT_CASE(test_an_answer_under_way_is_waited_for),
		COURT_CASE(test_nothing_is_waited_for_in_doubt),
		COURT_CASE(test_who_ended_after_the_barrier_tells_no_more),
		COURT_CASE(test_what_a_holder_takes_with_it),
		COURT_CASE(test_a_partial_table_is_lost_where_it_was_there),
		COURT_CASE(test_an_ended_holder_is_no_partial_table),
		COURT_CASE(test_dead_by_two_tables),
		COURT_CASE(test_dead_by_tables_before_the_barrier),
		COURT_CASE(test_a_removal_whose_holder_was_never_asked),
		COURT_CASE(test_a_removal_that_does_not_stand),
		COURT_CASE(test_dead_by_one_table_that_lacks_it),
		COURT_CASE(test_dead_by_a_name_that_it_had_lost),
		COURT_CASE(test_the_first_flag_is_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
