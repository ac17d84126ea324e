/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an answer does to the ledger: tables.h rule by rule, in the small world.
 * The answers are written here row by row and take effect at once, so that
 * nothing comes between what was set before and what is looked at after.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/engine/effect.h"
#include "common/engine/state.h"
#include "tests/lib/world.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
/* Home's number for itself, where a case gives it one. */
#define SELF 7

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

static struct entry *entry_of(const struct netns *holder, int32_t nsid)
{
	struct entry *entry = ledger_entry(holder, nsid);

	assert_non_null(entry);
	return entry;
}

static struct entry *make_entry(struct netns *holder, int32_t nsid)
{
	struct entry *entry;

	assert_null(ledger_entry(holder, nsid));
	assert_int_equal(ledger_make_entry(holder, nsid, &entry), 0);
	return entry;
}

/* Events that concern nobody here: a question asked amidst them. */
static uint64_t amidst(struct watch *watch)
{
	watch->seq += 10;
	return watch->seq - 5;
}

/* An answer that takes effect now. */
struct table {
	struct netns *holder;
	uint64_t asked_seq;
	enum extent extent;
	int32_t last; /* of one that was cut */
	int32_t home_nsid;
	const struct row *rows;
	size_t n_rows;
};

static void take(struct watch *watch, const struct table *table)
{
	struct pending pending = {
		.holder = table->holder,
		.question = ++watch->sync.next_question,
		.asked_seq = table->asked_seq,
		.came_ns = watch->now.mono_ns,
		.extent = table->extent,
		.last = table->extent == EXTENT_PART ? table->last : INT32_MAX,
		.home_nsid = table->home_nsid,
	};

	for (size_t i = 0; i < table->n_rows; i++)
		assert_int_equal(pending_add(&pending, table->rows[i].nsid,
					     table->rows[i].peer),
				 0);
	assert_int_equal(effect_take(watch, &pending), 0);
	free(pending.rows);
}

/* The holder was asked about this number alone. */
static void take_row(struct watch *watch, struct netns *holder, uint64_t seq,
		     int32_t nsid, int32_t peer)
{
	const struct row row = { nsid, peer };

	take(watch, &(struct table){ .holder = holder,
				     .asked_seq = seq,
				     .extent = EXTENT_POINTS,
				     .home_nsid = NSID_NONE,
				     .rows = &row,
				     .n_rows = 1 });
}

/* A whole table, row by row. */
static void take_rows(struct watch *watch, struct netns *holder, uint64_t seq,
		      const struct row *rows, size_t n_rows)
{
	take(watch, &(struct table){ .holder = holder,
				     .asked_seq = seq,
				     .extent = EXTENT_WHOLE,
				     .home_nsid = NSID_NONE,
				     .rows = rows,
				     .n_rows = n_rows });
}

/* What the small world's home holds, and perhaps one more number. */
static void take_home(struct watch *watch, uint64_t seq, int32_t more)
{
	const struct row rows[] = { { 1, 1 }, { 2, 2 }, { 3, 3 },
				    { 4, 4 }, { 5, 5 }, { more, more } };

	take_rows(watch, watch->ledger.home, seq, rows, more < 0 ? 5 : 6);
}

static const struct row rows_of_a[] = { { 10, 4 },
					{ 11, 5 },
					{ 12, NSID_NONE },
					{ 13, 2 } };

static struct generation *unlearn(struct netns *holder, int32_t nsid)
{
	struct generation *generation = entry_of(holder, nsid)->open;

	ledger_know(generation, PEER_UNKNOWN, NULL, 0);
	return generation;
}

/* ---- a number of home's that nobody announced --------------------------- */

static void test_a_negative_number_is_nobodys(void **state)
{
	struct watch *watch = watch_of(state);
	struct generation *generation = NULL;

	ledger_alias_home(&watch->ledger, SELF);
	assert_int_equal(tables_appear(watch, -1, watch->seq, &generation), 0);
	assert_null(generation);
	assert_null(ledger_entry(watch->ledger.home, -1));
}

static void test_homes_own_number_is_nobody_new(void **state)
{
	struct watch *watch = watch_of(state);
	struct generation *generation = NULL;

	ledger_alias_home(&watch->ledger, SELF);
	assert_int_equal(tables_appear(watch, SELF, watch->seq, &generation),
			 0);
	assert_null(generation);
}

/* A table lacked it before, and no event ever touched it. */
static void test_a_number_that_was_absent_appears(void **state)
{
	struct watch *watch = watch_of(state);
	struct entry *entry = make_entry(watch->ledger.home, 9);
	struct generation *generation = NULL;

	entry->known = entry->gapped = true;
	assert_int_equal(tables_appear(watch, 9, watch->seq, &generation), 0);
	assert_non_null(generation);
	assert_ptr_equal(entry->open, generation);
	assert_true(generation->listed);
	assert_int_equal(entry->balance, 1);
	assert_false(entry->gapped);
}

static void test_a_number_that_went_does_not_appear(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *home = watch->ledger.home;
	struct entry *entry = make_entry(home, 9);
	struct generation *generation = NULL;
	uint64_t seq = amidst(watch);

	entry->touched_seq = seq;
	entry->known = true;
	assert_int_equal(tables_appear(watch, 9, seq - 1, &generation), 0);
	assert_null(generation);
	assert_int_equal(home->wish, WISH_NONE);
	assert_int_equal(tables_appear(watch, 9, seq, &generation), 0);
	assert_null(generation);
	assert_int_equal(home->wish, WISH_URGENT);
	entry->known = false;
	assert_int_equal(tables_appear(watch, 9, seq, &generation), 0);
	assert_non_null(generation);
}

/* ---- whom a row names --------------------------------------------------- */

/* Home's own number, when an event touched it since the question. */
static void own_number(void **state, int32_t number)
{
	struct world *w = *state;
	struct generation *generation;
	struct watch *watch;
	struct entry *own;
	struct netns *a;
	uint64_t seq;

	script_insert(w->script, SCRIPT_HOME, number, SCRIPT_HOME);
	script_learn(w->script);
	watch = watch_of(state);
	assert_int_equal(watch->ledger.self_nsid, number);
	a = netns_of(watch, 1);
	generation = unlearn(a, 12);
	assert_int_equal(a->wish, WISH_NONE);
	seq = amidst(watch);
	own = entry_of(watch->ledger.home, number);
	own->touched_seq = seq + 1;
	take_row(watch, a, seq, 12, number);
	assert_int_equal(generation->knowledge, PEER_UNKNOWN);
	assert_int_equal(a->wish, WISH_LEARN);
	own->touched_seq = seq;
	take_row(watch, a, seq, 12, number);
	assert_ptr_equal(generation->peer, watch->ledger.home);
}

static void test_homes_own_number_was_touched(void **state)
{
	own_number(state, SELF);
}

static void test_homes_own_number_is_zero(void **state)
{
	own_number(state, 0);
}

static void test_a_peers_number_was_touched(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1), *p = netns_of(watch, 4);
	struct generation *generation = unlearn(a, 10);
	struct entry *number = entry_of(watch->ledger.home, 4);
	uint64_t seq = amidst(watch);

	number->touched_seq = seq + 1;
	take_row(watch, a, seq, 10, 4);
	assert_int_equal(generation->knowledge, PEER_UNKNOWN);
	assert_int_equal(a->wish, WISH_LEARN);
	number->touched_seq = seq;
	take_row(watch, a, seq, 10, 4);
	assert_ptr_equal(generation->peer, p);
}

/* What is left of the dead in home names them, whatever became of the number. */
static void test_the_forgotten_are_named(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1), *p = netns_of(watch, 4);
	struct generation *generation = unlearn(a, 10);
	uint64_t seq = amidst(watch);

	p->off = true;
	entry_of(watch->ledger.home, 4)->touched_seq = seq + 1;
	take_row(watch, a, seq, 10, 4);
	assert_ptr_equal(generation->peer, p);
	p->off = false;
}

static void test_the_ended_are_not_named(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1), *q = netns_of(watch, 5);
	struct generation *generation = unlearn(a, 11);
	uint64_t seq = amidst(watch);

	q->ended_seq = 1;
	take_row(watch, a, seq, 11, 5);
	assert_int_equal(generation->knowledge, PEER_UNKNOWN);
	assert_int_equal(a->wish, WISH_LEARN);
	q->ended_seq = 0;
	take_row(watch, a, seq, 11, 5);
	assert_ptr_equal(generation->peer, q);
}

static void test_a_holder_that_names_itself(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct generation *generation = unlearn(a, 10);

	take_row(watch, a, amidst(watch), 10, 1);
	assert_int_equal(generation->knowledge, PEER_SELF);
	assert_null(generation->peer);
}

/* ---- what is learned ---------------------------------------------------- */

/* Home had no number for it; it has one by now, whose owner is unsettled. */
static void test_no_number_until_there_is_one(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct generation *generation = entry_of(a, 10)->open;
	uint64_t seq = amidst(watch);

	ledger_know(generation, PEER_NONE, NULL, 3);
	entry_of(watch->ledger.home, 4)->touched_seq = seq + 1;
	take_row(watch, a, seq, 10, 4);
	assert_int_equal(generation->knowledge, PEER_UNKNOWN);
	take_row(watch, a, seq, 10, NSID_NONE);
	assert_int_equal(generation->knowledge, PEER_NONE);
	assert_int_equal(generation->known_seq, seq);
	generation->known_seq = 3;
	take_row(watch, a, seq, 10, NSID_NONE);
	assert_int_equal(generation->known_seq, 3);
	take_row(watch, a, seq, 10, 5);
	assert_ptr_equal(generation->peer, netns_of(watch, 5));
	assert_int_equal(generation->known_seq, seq);
}

static void test_what_is_known_stays(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1), *p = netns_of(watch, 4);
	struct generation *generation = entry_of(a, 10)->open;
	uint64_t seq = amidst(watch);

	take_row(watch, a, seq, 10, NSID_NONE);
	assert_ptr_equal(generation->peer, p);
	take_row(watch, a, seq, 10, 5);
	assert_ptr_equal(generation->peer, p);
	ledger_know(generation, PEER_SELF, NULL, 0);
	take_row(watch, a, seq, 10, NSID_NONE);
	assert_int_equal(generation->knowledge, PEER_SELF);
	take_row(watch, a, seq, 10, 5);
	assert_int_equal(generation->knowledge, PEER_SELF);
}

/* ---- whoever had the number before -------------------------------------- */

/* An end has a moment, also where no event was ever read: 0 means none. */
static void misnamed(void **state, uint64_t seq, uint64_t ended_seq)
{
	struct watch *watch = watch_of(state);
	struct netns *q = netns_ref(netns_of(watch, 5));

	watch->seq = seq;
	tables_misnamed(watch, q);
	assert_int_equal(q->ended_seq, ended_seq);
	assert_true(q->off);
	assert_null(q->named_by);
	assert_int_equal(entry_of(netns_of(watch, 1), 11)->open->knowledge,
			 PEER_UNKNOWN);
	netns_unref(q);
}

static void test_a_quiet_end(void **state)
{
	misnamed(state, 70, 70);
}

static void test_a_quiet_end_before_the_first_event(void **state)
{
	misnamed(state, 0, 1);
}

/* After a gap whoever has the number is known anew, under the same count. */
static void test_the_same_number_after_a_gap(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct entry *number = entry_of(watch->ledger.home, 4);
	uint64_t serial = netns_of(watch, 4)->serial;

	assert_int_equal(number->generations, 1);
	script_gap(w->script, GAP_DROPS);
	script_advance(w->script, 10 * SCRIPT_S);
	assert_int_not_equal(netns_of(watch, 4)->serial, serial);
	assert_int_equal(number->generations, 1);
	assert_int_equal(netns_of(watch, 4)->generation, 1);
}

/* Home does not change its owner: its own number is not known anew. */
static void test_homes_own_number_after_a_gap(void **state)
{
	struct world *w = *state;
	struct entry *own;

	script_insert(w->script, SCRIPT_HOME, SELF, SCRIPT_HOME);
	script_learn(w->script);
	own = entry_of(watch_of(state)->ledger.home, SELF);
	assert_int_equal(own->open->knowledge, PEER_SELF);
	assert_int_equal(own->generations, 1);
	script_gap(w->script, GAP_DROPS);
	script_advance(w->script, 10 * SCRIPT_S);
	assert_int_equal(own->open->knowledge, PEER_SELF);
	assert_int_equal(own->generations, 1);
}

/* Two owners, and no gap: the elder has been, and counts. */
static void test_an_elder_owner_counts(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *home = watch->ledger.home;
	struct entry *number = entry_of(home, 5);
	struct netns *elder = netns_ref(netns_of(watch, 5)), *younger;

	script_event(w->script, SCRIPT_HOME, EVENT_NEW, 5);
	younger = netns_of(watch, 5);
	assert_ptr_not_equal(younger, elder);
	assert_int_equal(number->generations, 2);
	home->trust = TRUST_GAP;
	take_home(watch, watch->seq, NSID_NONE);
	assert_ptr_equal(number->open->peer, younger);
	assert_null(number->open->next);
	assert_true(elder->off);
	assert_int_equal(number->generations, 2);
	assert_int_equal(number->balance, 1);
	netns_unref(elder);
}

static void test_an_elder_entry_counts(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct entry *entry = entry_of(a, 11);

	script_event(w->script, w->a, EVENT_NEW, 11);
	assert_int_equal(entry->generations, 2);
	a->trust = TRUST_GAP;
	take_rows(watch, a, watch->seq, rows_of_a, COUNT(rows_of_a));
	assert_null(entry->open->next);
	assert_int_equal(entry->generations, 2);
}

/* ---- what the dead left behind in home ---------------------------------- */

/* Home lists this number, which is more often gone than it came. */
static struct entry *below_zero(struct watch *watch, int32_t nsid)
{
	struct entry *entry = make_entry(watch->ledger.home, nsid);

	entry->balance = -1;
	return entry;
}

static const struct netns *listed(struct watch *watch, uint64_t seq,
				  int32_t nsid)
{
	const struct netns *netns;

	take_row(watch, watch->ledger.home, seq, nsid, nsid);
	netns = ledger_owner(&watch->ledger, nsid);
	assert_non_null(netns);
	return netns;
}

/* It lives, perhaps: a message was wrong. So it stays, and is not asked. */
static void test_who_went_too_often_is_unproved(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t seq = amidst(watch);

	below_zero(watch, 8);
	assert_true(listed(watch, seq, 8)->unproved);
	assert_int_equal(netns_of(watch, 8)->ended_seq, 0);
	/* It came as often as it went. */
	make_entry(watch->ledger.home, 9);
	assert_false(listed(watch, seq, 9)->unproved);
}

/* A canary whose DEL was read is no proof of its own life. */
static void test_a_canary_that_went_is_unproved(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t seq = amidst(watch);

	watch->canary = 8;
	below_zero(watch, 8);
	assert_false(listed(watch, seq, 8)->lives);
	assert_false(netns_of(watch, 8)->canary);
	watch->canary = 9;
	make_entry(watch->ledger.home, 9);
	assert_true(listed(watch, seq, 9)->lives);
	assert_true(netns_of(watch, 9)->canary);
}

/* Counted from a moment at which it was there: gone once is enough. */
static void test_who_went_after_a_finding_is_unproved(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t seq = amidst(watch);
	struct entry *entry = make_entry(watch->ledger.home, 8);

	entry->rebase = true;
	assert_true(listed(watch, seq, 8)->unproved);
	entry = make_entry(watch->ledger.home, 9);
	entry->rebase = true;
	entry->balance = 1;
	assert_false(listed(watch, seq, 9)->unproved);
}

/* Its NEW may have been lost in the gap. */
static void test_nobody_is_unproved_over_a_gap(void **state)
{
	struct watch *watch = watch_of(state);

	below_zero(watch, 8)->gapped = true;
	assert_false(listed(watch, amidst(watch), 8)->unproved);
}

static void test_nobody_is_unproved_in_a_gap(void **state)
{
	struct watch *watch = watch_of(state);

	below_zero(watch, 8)->known = true;
	watch->ledger.home->trust = TRUST_GAP;
	take_home(watch, amidst(watch), 8);
	assert_false(netns_of(watch, 8)->unproved);
}

static void add_finding(struct watch *watch, struct entry *entry,
			enum finding_kind kind)
{
	struct verify *verify = &watch->verify;
	struct finding *finding = calloc(1, sizeof(*finding));

	assert_non_null(finding);
	finding->id = ++verify->next_finding;
	finding->kind = finding->made_as = kind;
	finding->prev = verify->finding_last;
	*(finding->prev ? &finding->prev->next :
			  &verify->finding_first) = finding;
	verify->finding_last = finding;
	verify->n_findings++;
	entry->finding = finding->id;
}

/* Its owner may be somebody new since. */
static void test_what_was_left_behind_is_known_anew_after_a_gap(void **state)
{
	struct watch *watch = watch_of(state);

	add_finding(watch, make_entry(watch->ledger.home, 8), FINDING_MISSING);
	assert_int_not_equal(listed(watch, amidst(watch), 8)->ended_seq, 0);
	take_home(watch, amidst(watch), 8);
	assert_null(ledger_holder(&watch->ledger, 8));
	watch->ledger.home->trust = TRUST_GAP;
	take_home(watch, amidst(watch), 8);
	assert_int_equal(netns_of(watch, 8)->ended_seq, 0);
	assert_true(netns_of(watch, 8)->unproved);
}

/* The finding that stands says what is the matter with the number. */
static void test_a_finding_tells_what_was_left_behind(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t seq = amidst(watch);

	add_finding(watch, below_zero(watch, 6), FINDING_GHOST);
	assert_false(listed(watch, seq, 6)->unproved);
	add_finding(watch, below_zero(watch, 7), FINDING_DUPLICATE);
	assert_false(listed(watch, seq, 7)->unproved);
	add_finding(watch, make_entry(watch->ledger.home, 8), FINDING_MISSING);
	assert_int_equal(listed(watch, seq, 8)->ended_seq, watch->seq);
}

/* The last that was heard of the number is that its owner is gone. */
static void test_who_seems_gone_is_unproved(void **state)
{
	static const struct {
		bool gone, refilled, gapped, finding, unproved;
	} rows[] = {
		{ true, false, false, false, true },
		{ false, true, false, true, true },
		{ false, false, false, true, false },
		{ false, true, true, true, false },
		{ false, true, false, false, false },
		{ false, false, false, false, false },
	};
	struct watch *watch = watch_of(state);
	uint64_t seq = amidst(watch);
	struct entry *entry;

	for (size_t i = 0; i < COUNT(rows); i++) {
		entry = make_entry(watch->ledger.home, 20 + (int32_t)i);
		entry->gone = rows[i].gone;
		entry->refilled = rows[i].refilled;
		entry->gapped = rows[i].gapped;
		if (rows[i].finding)
			add_finding(watch, entry, FINDING_DUPLICATE);
		assert_int_equal(listed(watch, seq, entry->nsid)->unproved,
				 rows[i].unproved);
	}
}

/* ---- the kernel's word is taken as it is -------------------------------- */

static void test_after_a_finding_it_may_name_another(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct entry *entry = entry_of(a, 10);

	entry->rebase = true;
	take_row(watch, a, amidst(watch), 10, 5);
	assert_ptr_equal(entry->open->peer, netns_of(watch, 5));
	assert_false(entry->rebase);
}

static void test_without_a_finding_it_names_the_same(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1), *p = netns_of(watch, 4);
	struct entry *entry = entry_of(a, 10);
	uint64_t seq = amidst(watch);

	a->trust = TRUST_GAP;
	entry_of(watch->ledger.home, 4)->touched_seq = seq + 1;
	take_rows(watch, a, seq, rows_of_a, COUNT(rows_of_a));
	assert_ptr_equal(entry->open->peer, p);
}

static void test_a_baseline_ends_the_gap_of_its_entries(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct entry *entry = entry_of(a, 10);
	uint64_t seq = amidst(watch);

	entry->gapped = entry->doubted = true;
	take_rows(watch, a, seq, rows_of_a, COUNT(rows_of_a));
	assert_true(entry->gapped);
	assert_false(entry->open->doubted);
	a->trust = TRUST_GAP;
	take_rows(watch, a, seq, rows_of_a, COUNT(rows_of_a));
	assert_int_equal(a->trust, TRUST_LIVE);
	assert_false(entry->gapped);
	assert_true(entry->open->doubted);
	assert_false(entry->doubted);
}

/* Single numbers are no baseline. */
static void test_points_are_no_baseline(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct entry *entry = entry_of(a, 10);

	a->trust = TRUST_GAP;
	entry->gapped = true;
	take_row(watch, a, amidst(watch), 10, 4);
	assert_int_equal(a->trust, TRUST_GAP);
	assert_true(entry->gapped);
}

/* A baseline decides nothing that was suspected before. */
static void test_a_baseline_is_no_answer_to_a_suspicion(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct entry *entry = entry_of(a, 11);

	assert_int_equal(findings_suspect(watch, DOUBT_ABSENT, entry,
					  netns_of(watch, 5), NULL, 0),
			 0);
	a->trust = TRUST_GAP;
	take_rows(watch, a, amidst(watch), rows_of_a, COUNT(rows_of_a));
	assert_int_equal(entry->suspicion->tables, 0);
	take_rows(watch, a, watch->seq, rows_of_a, COUNT(rows_of_a));
	assert_int_equal(entry->suspicion->tables, 1);
	assert_true(entry->suspicion->listed);
}

/* ---- the row of one that was removed meanwhile -------------------------- */

/* p is dead, b dropped it, and then a dropped nobody knows whom. */
static struct entry *dropped_since(void **state, uint64_t *ret_seq)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct entry *entry;

	script_event(w->script, w->a, EVENT_NEW, 40);
	script_die(w->script, w->p);
	script_remove(w->script, w->b, 20);
	assert_non_null(netns_of(watch, 4)->death);
	*ret_seq = watch->seq;
	script_event(w->script, w->a, EVENT_DEL, 40);
	entry = entry_of(netns_of(watch, 1), 40);
	assert_int_equal(entry->closed_peer, 0);
	return entry;
}

/* Does the row tell that it was the owner of this number? */
static bool tells(struct watch *watch, struct entry *entry, uint64_t seq,
		  int32_t number)
{
	take_row(watch, entry->holder, seq, entry->nsid, number);
	return entry->closed_peer == netns_of(watch, 4)->serial;
}

static void test_a_row_tells_who_was_removed(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t seq;
	struct entry *entry = dropped_since(state, &seq);
	struct death *death = netns_of(watch, 4)->death;

	assert_false(death->certain);
	assert_true(tells(watch, entry, seq, 4));
	assert_int_equal(entry->closed_death, death->id);
	assert_true(death->certain);
}

static void test_a_row_tells_once(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t seq;
	struct entry *entry = dropped_since(state, &seq);

	entry->closed_peer = netns_of(watch, 5)->serial;
	assert_false(tells(watch, entry, seq, 4));
	entry->closed_peer = 0;
	assert_true(tells(watch, entry, seq, 4));
}

static void test_a_row_without_a_number_tells_nothing(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t seq;
	struct entry *entry = dropped_since(state, &seq);

	assert_false(tells(watch, entry, seq, NSID_NONE));
	assert_false(tells(watch, entry, seq, 999));
	assert_false(tells(watch, entry, seq, 5));
	assert_true(tells(watch, entry, seq, 4));
}

/* b dropped p by DEL, and once more before the answer took effect. */
static struct entry *dropped_twice(void **state, uint64_t *ret_seq)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);

	script_kill(w->script, w->p);
	*ret_seq = watch->seq;
	script_event(w->script, w->b, EVENT_DEL, 20);
	return entry_of(netns_of(watch, 2), 20);
}

static void test_a_row_tells_what_a_del_had_kept(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t seq;
	struct entry *entry = dropped_twice(state, &seq);
	struct death *death = watch->verify.open_first;

	take_row(watch, entry->holder, entry->closed_seq - 1, entry->nsid,
		 NSID_NONE);
	assert_false(death->tainted); /* asked before the first of them */
	take_row(watch, entry->holder, seq, entry->nsid, NSID_NONE);
	assert_true(death->tainted);
}

/* The number was announced so often since: does the row make a doubt? */
static bool kept_after(void **state, int n_news)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	uint64_t seq;
	struct entry *entry = dropped_twice(state, &seq);
	struct death *death = watch->verify.open_first;

	for (int i = 0; i < n_news; i++)
		script_event(w->script, w->b, EVENT_NEW, 20);
	take_row(watch, entry->holder, seq, entry->nsid, NSID_NONE);
	return death->tainted;
}

/* Once is what the second DEL was for, perhaps; who came then is there. */
static void test_a_row_after_an_announcement_too_late(void **state)
{
	assert_true(kept_after(state, 1));
}

static void test_a_row_of_somebody_new_tells_nothing(void **state)
{
	assert_false(kept_after(state, 2));
}

/* ---- a row that nobody announced ---------------------------------------- */

static void asked_whole(struct netns *holder, uint64_t seq)
{
	holder->table_seqs[holder->n_table_seqs++ % TABLE_SEQS] = seq;
}

/* Is the death of p in doubt once a's table shows number 60? */
static bool unheard_doubts(struct watch *watch, uint64_t seq, int32_t number)
{
	take_row(watch, netns_of(watch, 1), seq, 60, number);
	return watch->verify.open_first->tainted;
}

static void test_a_row_that_nobody_announced(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);

	script_kill(w->script, w->p);
	assert_true(unheard_doubts(watch, watch->seq, NSID_NONE));
}

/* Its table was asked since: what came later is not the dead's. */
static void test_a_table_since_clears_the_dead(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);

	script_kill(w->script, w->p);
	asked_whole(netns_of(watch, 1), watch->seq);
	assert_false(unheard_doubts(watch, watch->seq, NSID_NONE));
}

/* The table was asked before p died: p's entry came after it, for all we know. */
static void test_a_table_before_clears_nobody(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	uint64_t seq = watch->seq;

	script_kill(w->script, w->p);
	asked_whole(netns_of(watch, 1), seq);
	assert_true(unheard_doubts(watch, watch->seq, NSID_NONE));
}

/* q had its memory all the while, so it is not p's. */
static void test_who_lived_meanwhile_is_nobody_else(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);

	script_kill(w->script, w->p);
	assert_false(unheard_doubts(watch, watch->seq, 5));
	netns_of(watch, 5)->born_seq = watch->seq;
	take_row(watch, netns_of(watch, 1), watch->seq, 61, 5);
	assert_true(watch->verify.open_first->tainted);
}

/* Before a baseline, and beyond a cut, nobody announces what was there. */
static void test_what_was_there_is_not_unheard(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);

	script_kill(w->script, w->p);
	a->complete = false;
	assert_false(unheard_doubts(watch, watch->seq, NSID_NONE));
}

/* More than that one removal happened to the entry since the question. */
static void test_a_row_of_an_entry_that_changed_more(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t seq;
	struct entry *entry = dropped_since(state, &seq);

	entry->touched_seq++;
	assert_false(tells(watch, entry, seq, 4));
	entry->touched_seq--;
	entry->before_seq = seq + 1;
	assert_false(tells(watch, entry, seq, 4));
	entry->before_seq = seq;
	entry->balance = -1;
	assert_false(tells(watch, entry, seq, 4));
	entry->balance = 0;
	assert_true(tells(watch, entry, seq, 4));
}

/* The number in home may have been another's at the question. */
static void test_a_row_whose_number_changed(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t seq;
	struct entry *entry = dropped_since(state, &seq);
	struct entry *number = entry_of(watch->ledger.home, 4);

	number->touched_seq = seq + 1;
	assert_false(tells(watch, entry, seq, 4));
	number->touched_seq = seq;
	number->known = false;
	assert_false(tells(watch, entry, seq, 4));
	number->known = true;
	number->balance = 2;
	assert_false(tells(watch, entry, seq, 4));
	number->balance = 1;
	assert_true(tells(watch, entry, seq, 4));
}

static void test_a_row_whose_number_went_as_well(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	uint64_t seq;
	struct entry *entry = dropped_since(state, &seq);
	uint64_t serial = netns_of(watch, 4)->serial;

	script_remove(w->script, SCRIPT_HOME, 4);
	take_row(watch, entry->holder, seq, 40, 4);
	assert_int_equal(entry->closed_peer, serial);
}

/* ---- what differs ------------------------------------------------------- */

static void test_listed_and_not_present_once(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct entry *twice = entry_of(a, 11), *nobodys = entry_of(a, 10);
	uint64_t seq = amidst(watch);

	take_row(watch, a, seq, 11, 5);
	assert_false(twice->rebase);
	twice->balance = 2;
	take_row(watch, a, seq, 11, 5);
	assert_true(twice->rebase);
	ledger_drop(&watch->ledger, nobodys->open);
	take_row(watch, a, seq, 10, 4);
	assert_true(nobodys->rebase);
}

static void audit_of(struct watch *watch, struct netns *holder)
{
	watch->audit = (struct audit){ .running = true, .serial = 9 };
	watch->audit_left = 2;
	watch->audit_question = watch->sync.next_question;
	holder->audit_serial = 9;
}

/* Compared are all that were known; they differ where one side lacks it. */
static void test_what_an_audit_counts(void **state)
{
	static const struct row rows[] = { { 10, 4 },
					   { 11, 5 },
					   { 12, NSID_NONE },
					   { 14, 5 } };
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);

	make_entry(a, 14)->known = true;
	audit_of(watch, a);
	take_rows(watch, a, amidst(watch), rows, COUNT(rows));
	assert_int_equal(watch->audit.holders, 1);
	assert_int_equal(watch->audit.entries, 5);
	assert_int_equal(watch->audit.mismatches, 2);
}

/* Of home's table as well, where most rows say what the last one said. */
static void test_an_audit_counts_what_is_passed_over(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *home = watch->ledger.home;

	take_home(watch, amidst(watch), -1);
	make_entry(home, 9)->known = true;
	audit_of(watch, home);
	take_home(watch, watch->seq, 9);
	assert_int_equal(watch->audit.entries, 6);
	assert_int_equal(watch->audit.mismatches, 1);
	audit_of(watch, home);
	take_home(watch, watch->seq, -1);
	assert_int_equal(watch->audit.entries, 5);
	assert_int_equal(watch->audit.mismatches, 0);
}

/* Both sides lack it, though something is suspected of it. */
static void test_an_audit_of_a_suspicion(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct entry *entry = make_entry(a, 15);

	entry->known = true;
	assert_int_equal(
		findings_suspect(watch, DOUBT_LISTED, entry, NULL, NULL, 0), 0);
	audit_of(watch, a);
	take_rows(watch, a, amidst(watch), rows_of_a, COUNT(rows_of_a));
	assert_int_equal(watch->audit.entries, 5);
	assert_int_equal(watch->audit.mismatches, 0);
}

/* ---- what a table lacks ------------------------------------------------- */

static void take_part(struct watch *watch, struct netns *holder, uint64_t seq,
		      int32_t last)
{
	take(watch, &(struct table){ .holder = holder,
				     .asked_seq = seq,
				     .extent = EXTENT_PART,
				     .last = last,
				     .home_nsid = NSID_NONE,
				     .rows = rows_of_a,
				     .n_rows = 2 });
}

/* Absence is proved up to the cut, and the number at the cut is told of. */
static void test_absence_up_to_the_cut(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);

	take_part(watch, a, amidst(watch), 12);
	assert_non_null(entry_of(a, 12)->suspicion);
	assert_int_equal(entry_of(a, 12)->suspicion->doubt, DOUBT_ABSENT);
	assert_null(entry_of(a, 13)->suspicion);
	assert_true(entry_of(a, 13)->known);
}

static void test_beyond_the_cut_after_a_gap(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);

	a->trust = TRUST_GAP;
	take_part(watch, a, amidst(watch), 12);
	assert_false(entry_of(a, 13)->known);
	assert_non_null(entry_of(a, 13)->open);
	assert_null(entry_of(a, 12)->open);
	assert_true(entry_of(a, 12)->known);
}

/* A baseline lacks it, or it was to be taken as the table says. */
static void test_absent_and_taken_as_it_is(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct entry *entry = entry_of(a, 10);
	uint64_t seq = amidst(watch);

	entry_of(a, 10)->rebase = true;
	take_rows(watch, a, seq, &rows_of_a[1], COUNT(rows_of_a) - 1);
	assert_null(entry->open);
	assert_null(entry->suspicion);
	assert_int_equal(entry->balance, 0);
	assert_true(entry->known);
	assert_false(entry->rebase);
	a->trust = TRUST_GAP;
	take_rows(watch, a, seq, &rows_of_a[2], COUNT(rows_of_a) - 2);
	assert_null(entry_of(a, 11)->open);
	assert_int_equal(entry_of(a, 11)->balance, 0);
}

static void test_absent_without_a_sign_is_suspected(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);

	take_rows(watch, a, amidst(watch), &rows_of_a[1], COUNT(rows_of_a) - 1);
	assert_non_null(entry_of(a, 10)->open);
	assert_int_equal(entry_of(a, 10)->suspicion->doubt, DOUBT_ABSENT);
}

/* Home's table after the gap lacks q. */
static void vanished(void **state, uint64_t seq, uint64_t ended_seq)
{
	static const struct row rows[] = { { 1, 1 },
					   { 2, 2 },
					   { 3, 3 },
					   { 4, 4 } };
	struct watch *watch = watch_of(state);
	struct netns *q = netns_ref(netns_of(watch, 5));

	watch->seq = seq;
	watch->ledger.home->trust = TRUST_GAP;
	take_rows(watch, watch->ledger.home, seq, rows, COUNT(rows));
	assert_int_equal(q->ended_seq, ended_seq);
	assert_null(entry_of(watch->ledger.home, 5)->open);
	netns_unref(q);
}

static void test_vanished_in_a_gap(void **state)
{
	vanished(state, 70, 70);
}

static void test_vanished_before_the_first_event(void **state)
{
	vanished(state, 0, 1);
}

/* ---- what the answer says of the holder --------------------------------- */

static void test_an_older_answer_is_not_the_last(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	uint64_t seq = amidst(watch);

	a->table_seq = seq + 1;
	a->table_whole = false;
	a->table_last = 3;
	take_rows(watch, a, seq, rows_of_a, COUNT(rows_of_a));
	assert_int_equal(a->table_seq, seq + 1);
	assert_false(a->table_whole);
	assert_int_equal(a->table_last, 3);
	take_rows(watch, a, seq + 1, rows_of_a, COUNT(rows_of_a));
	assert_int_equal(a->table_seq, seq + 1);
	assert_true(a->table_whole);
	assert_int_equal(a->table_last, INT32_MAX);
}

static void test_a_whole_table_completes(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	uint64_t seq = amidst(watch);

	a->complete = false;
	a->baseline_seq = 3;
	take_part(watch, a, seq, 11);
	assert_false(a->complete);
	assert_int_equal(a->baseline_seq, 3);
	take_rows(watch, a, seq, rows_of_a, COUNT(rows_of_a));
	assert_true(a->complete);
	assert_int_equal(a->baseline_seq, seq);
	take_rows(watch, a, seq + 1, rows_of_a, COUNT(rows_of_a));
	assert_int_equal(a->baseline_seq, seq);
}

/* ---- what of home's table is looked at ------------------------------------ */

/* Whether the last table of home's had this entry looked at. */
static bool looked_at(const struct watch *watch, int32_t nsid)
{
	return entry_of(watch->ledger.home, nsid)->seen ==
	       watch->sync.table_serial;
}

static void test_rows_of_homes_are_passed_over(void **state)
{
	struct watch *watch = watch_of(state);

	take_home(watch, amidst(watch), -1);
	assert_non_null(watch->ledger.delta.rows);
	assert_int_equal(watch->ledger.delta.n_numbers, 0);
	take_home(watch, watch->seq, 9);
	assert_true(looked_at(watch, 9));
	assert_false(looked_at(watch, 1));
	assert_false(looked_at(watch, 5));
	/* Nobody had announced it: the next one has to show it once more. */
	assert_int_equal(watch->ledger.delta.n_numbers, 1);
	take_home(watch, watch->seq, 9);
	assert_true(looked_at(watch, 9));
	assert_false(looked_at(watch, 1));
	assert_int_equal(watch->ledger.delta.n_numbers, 0);
	take_home(watch, watch->seq, 9);
	assert_false(looked_at(watch, 9));
	assert_int_equal(entry_of(watch->ledger.home, 9)->balance, 1);
	/* Of another holder's everything is looked at. */
	take_rows(watch, netns_of(watch, 1), watch->seq, rows_of_a,
		  COUNT(rows_of_a));
	take_rows(watch, netns_of(watch, 1), watch->seq, rows_of_a,
		  COUNT(rows_of_a));
	assert_int_equal(entry_of(netns_of(watch, 1), 10)->seen,
			 watch->sync.table_serial);
}

/* A row as before, of a number that is not as it was. */
static void test_a_touched_number_of_homes_is_not_passed_over(void **state)
{
	struct watch *watch = watch_of(state);
	struct entry *entry = entry_of(watch->ledger.home, 2);

	take_home(watch, amidst(watch), -1);
	take_home(watch, watch->seq, -1);
	assert_int_equal(watch->ledger.delta.n_numbers, 0);
	assert_int_equal(
		findings_suspect(watch, DOUBT_LISTED, entry, NULL, NULL, 0), 0);
	take_home(watch, watch->seq, -1);
	assert_int_equal(entry->suspicion->tables, 1);
	/* And so in each table, until nobody waits for it. */
	take_home(watch, watch->seq, -1);
	assert_int_equal(entry->suspicion->tables, 2);
}

static const struct row without_5[] = { { 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 4 } };

static void test_a_number_that_homes_lacks_is_looked_at_again(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *home = watch->ledger.home;
	struct entry *entry = entry_of(home, 5);

	take_rows(watch, home, amidst(watch), without_5, COUNT(without_5));
	assert_non_null(entry->suspicion);
	assert_int_equal(entry->suspicion->tables, 1);
	take_rows(watch, home, watch->seq, without_5, COUNT(without_5));
	assert_int_equal(entry->suspicion->tables, 2);
	assert_false(looked_at(watch, 1));
	/* There again, and for good: nothing is left to be told of it. */
	while (watch->findings.suspicions)
		findings_forget(watch, home);
	take_home(watch, watch->seq, -1);
	assert_true(looked_at(watch, 5));
	assert_int_equal(watch->ledger.delta.n_numbers, 0);
}

/* Home gets number 0, whose entry stands behind all others. */
static void let_0_come_last(struct watch *watch)
{
	const struct row rows[] = { { 0, 0 }, { 1, 1 }, { 2, 2 },
				    { 3, 3 }, { 4, 4 }, { 5, 5 } };

	take_rows(watch, watch->ledger.home, amidst(watch), rows, COUNT(rows));
	take_rows(watch, watch->ledger.home, watch->seq, rows, COUNT(rows));
	assert_int_equal(entry_of(watch->ledger.home, 0)->balance, 1);
	assert_ptr_equal(watch->ledger.home->entries.last,
			 entry_of(watch->ledger.home, 0));
	assert_int_equal(watch->ledger.delta.n_numbers, 0);
}

static void test_absences_are_told_in_order(void **state)
{
	struct watch *watch = watch_of(state);
	const struct suspicion *suspicion;

	let_0_come_last(watch);
	take_rows(watch, watch->ledger.home, watch->seq, without_5,
		  COUNT(without_5));
	assert_int_equal(watch->findings.n_suspicions, 2);
	suspicion = watch->findings.suspicions; /* the last one first */
	assert_int_equal(suspicion->entry->nsid, 0);
	assert_int_equal(suspicion->next->entry->nsid, 5);
	assert_null(entry_of(watch->ledger.home, 1)->suspicion);
}

/* Which one of two is first on the list of those that may be forgotten? */
static void test_what_is_told_of_an_absence_is_told_in_order(void **state)
{
	static const struct row rest[] = { { 2, 2 },
					   { 3, 3 },
					   { 4, 4 },
					   { 5, 5 } };
	struct watch *watch = watch_of(state);
	struct netns *home = watch->ledger.home;
	struct entry *entries[] = { make_entry(home, 8), make_entry(home, 6) };
	bool rebase;
	size_t i;

	for (rebase = false;; rebase = true) {
		take_home(watch, amidst(watch), -1);
		for (i = 0; i < COUNT(entries); i++) {
			entries[i]->known = rebase;
			entries[i]->rebase = rebase;
			delta_touch(&watch->ledger.delta, entries[i]);
		}
		take_home(watch, watch->seq, -1);
		assert_true(entries[0]->known && !entries[0]->rebase);
		assert_ptr_equal(watch->ledger.idle_last, entries[1]);
		assert_ptr_equal(entries[1]->idle_prev, entries[0]);
		if (rebase)
			break;
	}
	/* One that is suspected of, and one that is missed. */
	assert_int_equal(findings_suspect(watch, DOUBT_LISTED, entries[1], NULL,
					  NULL, 0),
			 0);
	take_rows(watch, home, watch->seq, rest, COUNT(rest));
	assert_int_equal(entries[1]->suspicion->tables, 1);
	assert_non_null(entry_of(home, 1)->suspicion);
}

/* The others are not even looked for. */
static void test_an_absence_is_told_without_the_others(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *home = watch->ledger.home;
	struct entry *closed = make_entry(home, 8);
	uint32_t i;

	take_home(watch, amidst(watch), -1);
	closed->known = true;
	delta_touch(&watch->ledger.delta, closed);
	take_rows(watch, home, watch->seq, without_5, COUNT(without_5));
	assert_non_null(entry_of(home, 5)->suspicion);
	assert_int_equal(watch->findings.n_suspicions, 1);
	assert_true(closed->lacked);
	/* It is settled, and the other one is not. */
	for (i = 0; i < watch->ledger.delta.n_numbers; i++)
		assert_int_equal(watch->ledger.delta.numbers[i], 5);
	assert_true(i > 0);
}

static void test_homes_table_may_be_empty(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *home = watch->ledger.home;

	take_home(watch, amidst(watch), -1);
	take_rows(watch, home, watch->seq, NULL, 0);
	assert_int_equal(watch->findings.n_suspicions, 5);
	assert_null(watch->ledger.delta.rows);
	take_rows(watch, home, watch->seq, NULL, 0);
	assert_int_equal(entry_of(home, 3)->suspicion->tables, 2);
	take_home(watch, watch->seq, -1);
	assert_true(looked_at(watch, 3));
	assert_true(entry_of(home, 3)->suspicion->listed);
	assert_int_equal(watch->ledger.delta.n_numbers, 5);
}

static void test_a_cut_table_of_homes_is_not_compared_with(void **state)
{
	struct watch *watch = watch_of(state);

	take_home(watch, amidst(watch), -1);
	take(watch, &(struct table){ .holder = watch->ledger.home,
				     .asked_seq = watch->seq,
				     .extent = EXTENT_PART,
				     .last = 4,
				     .home_nsid = NSID_NONE,
				     .rows = without_5,
				     .n_rows = COUNT(without_5) });
	assert_null(watch->ledger.delta.rows);
	assert_true(looked_at(watch, 1));
	take_home(watch, watch->seq, -1);
	assert_true(looked_at(watch, 1));
	assert_non_null(watch->ledger.delta.rows);
}

static void test_home_is_looked_at_whole_after_a_gap(void **state)
{
	struct watch *watch = watch_of(state);

	struct entry *closed = make_entry(watch->ledger.home, 8);

	take_home(watch, amidst(watch), -1);
	closed->known = closed->lacked = true;
	watch->ledger.home->trust = TRUST_GAP;
	take_home(watch, watch->seq, -1);
	assert_true(looked_at(watch, 1));
	/* There as before, or gone as before: both are settled. */
	assert_int_equal(watch->ledger.delta.n_numbers, 0);
	take_home(watch, watch->seq, -1);
	assert_false(looked_at(watch, 1));
}

/* The numbers overflow while a table takes effect: the next one is walked. */
static void test_too_much_is_found_in_one_table_of_homes(void **state)
{
	static struct row rows[DELTA_NUMBERS + 6];
	struct watch *watch = watch_of(state);
	struct netns *home = watch->ledger.home;
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		rows[i] = (struct row){ (int32_t)i + 1, (int32_t)i + 1 };
	take_home(watch, amidst(watch), -1);
	/* As many are new as fit: all of them have to be shown once more. */
	take_rows(watch, home, watch->seq, rows, DELTA_NUMBERS + 5);
	assert_false(looked_at(watch, 1));
	assert_int_equal(watch->ledger.delta.n_numbers, DELTA_NUMBERS);
	/* One more does not fit. */
	take_rows(watch, home, watch->seq, rows, DELTA_NUMBERS + 6);
	assert_true(looked_at(watch, 1));
	assert_int_equal(entry_of(home, DELTA_NUMBERS + 5)->balance, 1);
	take_rows(watch, home, watch->seq, rows, DELTA_NUMBERS + 6);
	assert_int_equal(entry_of(home, DELTA_NUMBERS + 6)->balance, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_CASE(test_a_negative_number_is_nobodys),
		WORLD_CASE(test_homes_own_number_is_nobody_new),
		WORLD_CASE(test_a_number_that_was_absent_appears),
		WORLD_CASE(test_a_number_that_went_does_not_appear),
		WORLD_FRESH(test_homes_own_number_was_touched),
		WORLD_FRESH(test_homes_own_number_is_zero),
		WORLD_CASE(test_a_peers_number_was_touched),
		WORLD_CASE(test_the_forgotten_are_named),
		WORLD_CASE(test_the_ended_are_not_named),
		WORLD_CASE(test_a_holder_that_names_itself),
		WORLD_CASE(test_no_number_until_there_is_one),
		WORLD_CASE(test_what_is_known_stays),
		WORLD_CASE(test_a_quiet_end),
		WORLD_CASE(test_a_quiet_end_before_the_first_event),
		WORLD_CASE(test_the_same_number_after_a_gap),
		WORLD_FRESH(test_homes_own_number_after_a_gap),
		WORLD_CASE(test_an_elder_owner_counts),
		WORLD_CASE(test_an_elder_entry_counts),
		WORLD_CASE(test_who_went_too_often_is_unproved),
		WORLD_CASE(test_a_canary_that_went_is_unproved),
		WORLD_CASE(test_who_went_after_a_finding_is_unproved),
		WORLD_CASE(test_nobody_is_unproved_over_a_gap),
		WORLD_CASE(test_nobody_is_unproved_in_a_gap),
		WORLD_CASE(test_what_was_left_behind_is_known_anew_after_a_gap),
		WORLD_CASE(test_a_finding_tells_what_was_left_behind),
		WORLD_CASE(test_who_seems_gone_is_unproved),
		WORLD_CASE(test_after_a_finding_it_may_name_another),
		WORLD_CASE(test_without_a_finding_it_names_the_same),
		WORLD_CASE(test_a_baseline_ends_the_gap_of_its_entries),
		WORLD_CASE(test_points_are_no_baseline),
		WORLD_CASE(test_a_baseline_is_no_answer_to_a_suspicion),
		WORLD_CASE(test_a_row_tells_who_was_removed),
		WORLD_CASE(test_a_row_tells_once),
		WORLD_CASE(test_a_row_without_a_number_tells_nothing),
		WORLD_CASE(test_a_row_tells_what_a_del_had_kept),
		WORLD_CASE(test_a_row_of_somebody_new_tells_nothing),
		WORLD_CASE(test_a_row_after_an_announcement_too_late),
		WORLD_CASE(test_a_row_that_nobody_announced),
		WORLD_CASE(test_a_table_since_clears_the_dead),
		WORLD_CASE(test_a_table_before_clears_nobody),
		WORLD_CASE(test_who_lived_meanwhile_is_nobody_else),
		WORLD_CASE(test_what_was_there_is_not_unheard),
		WORLD_CASE(test_a_row_of_an_entry_that_changed_more),
		WORLD_CASE(test_a_row_whose_number_changed),
		WORLD_CASE(test_a_row_whose_number_went_as_well),
		WORLD_CASE(test_listed_and_not_present_once),
		WORLD_CASE(test_what_an_audit_counts),
		WORLD_CASE(test_an_audit_counts_what_is_passed_over),
		WORLD_CASE(test_rows_of_homes_are_passed_over),
		WORLD_CASE(test_a_touched_number_of_homes_is_not_passed_over),
		WORLD_CASE(test_a_number_that_homes_lacks_is_looked_at_again),
		WORLD_CASE(test_what_is_told_of_an_absence_is_told_in_order),
		WORLD_CASE(test_absences_are_told_in_order),
		WORLD_CASE(test_an_absence_is_told_without_the_others),
		WORLD_CASE(test_homes_table_may_be_empty),
		WORLD_CASE(test_a_cut_table_of_homes_is_not_compared_with),
		WORLD_CASE(test_home_is_looked_at_whole_after_a_gap),
		WORLD_CASE(test_too_much_is_found_in_one_table_of_homes),
		WORLD_CASE(test_an_audit_of_a_suspicion),
		WORLD_CASE(test_absence_up_to_the_cut),
		WORLD_CASE(test_beyond_the_cut_after_a_gap),
		WORLD_CASE(test_absent_and_taken_as_it_is),
		WORLD_CASE(test_absent_without_a_sign_is_suspected),
		WORLD_CASE(test_vanished_in_a_gap),
		WORLD_CASE(test_vanished_before_the_first_event),
		WORLD_CASE(test_an_older_answer_is_not_the_last),
		WORLD_CASE(test_a_whole_table_completes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
