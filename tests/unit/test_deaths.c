/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of deaths, deaths.h one by one: how they are counted, what they
 * remember of their peer, how long they are kept. The verdicts are given here,
 * whatever the small world would make of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine/deaths.h"
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

static struct death *open_death(struct watch *watch, int32_t nsid)
{
	struct death *death = NULL;

	assert_int_equal(deaths_open(watch, netns_of(watch, nsid), &death), 0);
	assert_non_null(death);
	return death;
}

/* A death of home's number nsid, closed now; its id. */
static uint64_t closed(struct watch *watch, int32_t nsid)
{
	struct death *death = open_death(watch, nsid);
	uint64_t id = death->id;

	deaths_close(watch, death, VERDICT_INDETERMINATE, REASON_GAP);
	return id;
}

/* ---- what is counted ---------------------------------------------------- */

static void test_an_open_death_has_no_reason(void **state)
{
	struct watch *watch = watch_of(state);
	const struct death_counts *counts = &watch->verify.counts;
	struct death *death = open_death(watch, 4);

	assert_int_equal(counts->total, 1);
	assert_int_equal(counts->open, 1);
	assert_int_equal(counts->reasons[REASON_NONE], 0);
	deaths_close(watch, death, VERDICT_VIOLATED, REASON_NONE);
	assert_int_equal(counts->open, 0);
	assert_int_equal(counts->violated, 1);
	assert_int_equal(counts->reasons[REASON_NONE], 0);
}

static void test_an_indeterminate_death_has_its_reason(void **state)
{
	struct watch *watch = watch_of(state);
	const struct death_counts *counts = &watch->verify.counts;

	closed(watch, 4);
	assert_int_equal(counts->indeterminate, 1);
	assert_int_equal(counts->reasons[REASON_GAP], 1);
	assert_int_equal(counts->reasons[REASON_NONE], 0);
}

/* What was excused is told of the verified, and so is how they were proved. */
static void test_excuses_of_the_verified(void **state)
{
	struct watch *watch = watch_of(state);
	const struct death_counts *counts = &watch->verify.counts;
	struct death *death = open_death(watch, 4);

	death->excused = 2;
	death->proof = PROOF_ACCOUNTS;
	assert_int_equal(counts->excused, 0);
	assert_int_equal(counts->by_accounts, 0);
	deaths_close(watch, death, VERDICT_VERIFIED, REASON_NONE);
	assert_int_equal(counts->verified, 1);
	assert_int_equal(counts->excused, 2);
	assert_int_equal(counts->by_accounts, 1);
	deaths_revise(watch, death, VERDICT_VIOLATED, PROOF_NONE, REASON_NONE);
	assert_int_equal(counts->verified, 0);
	assert_int_equal(counts->excused, 0);
	assert_int_equal(counts->by_accounts, 0);
	assert_int_equal(counts->violated, 1);
}

static void test_a_span_counts_its_own(void **state)
{
	struct watch *watch = watch_of(state);
	const struct verify *verify = &watch->verify;

	watch->verify.spanning = false;
	closed(watch, 4);
	assert_int_equal(verify->span.indeterminate, 0);
	watch->verify.spanning = true;
	closed(watch, 5);
	assert_int_equal(verify->span.total, 1);
	assert_int_equal(verify->span.indeterminate, 1);
	assert_int_equal(verify->counts.indeterminate, 2);
}

/* ---- another verdict ---------------------------------------------------- */

static void test_the_same_verdict_is_no_revision(void **state)
{
	struct watch *watch = watch_of(state);
	struct death *death = open_death(watch, 4);

	deaths_close(watch, death, VERDICT_INDETERMINATE, REASON_GAP);
	deaths_revise(watch, death, VERDICT_INDETERMINATE, PROOF_NONE,
		      REASON_GAP);
	assert_int_equal(death->revision, 0);
}

/* For those who only count verdicts nothing has happened. */
static void test_another_reason_is_no_other_verdict(void **state)
{
	struct watch *watch = watch_of(state);
	const struct verify *verify = &watch->verify;
	struct death *death = open_death(watch, 4);

	deaths_close(watch, death, VERDICT_INDETERMINATE, REASON_GAP);
	deaths_revise(watch, death, VERDICT_INDETERMINATE, PROOF_NONE,
		      REASON_TAINTED);
	assert_int_equal(death->revision, 1);
	assert_int_equal(death->reason, REASON_TAINTED);
	assert_int_equal(verify->counts.indeterminate, 1);
	assert_int_equal(verify->counts.reasons[REASON_GAP], 0);
	assert_int_equal(verify->counts.reasons[REASON_TAINTED], 1);
	assert_int_equal(verify->tally.verdicts[VERDICT_INDETERMINATE], 1);
}

/* Figures that never go back tell of both. */
static void test_another_verdict_is_tallied_as_well(void **state)
{
	struct watch *watch = watch_of(state);
	const struct verify *verify = &watch->verify;
	struct death *death = open_death(watch, 4);

	deaths_close(watch, death, VERDICT_INDETERMINATE, REASON_GAP);
	deaths_revise(watch, death, VERDICT_VIOLATED, PROOF_NONE, REASON_GAP);
	assert_int_equal(death->revision, 1);
	assert_int_equal(verify->counts.indeterminate, 0);
	assert_int_equal(verify->counts.violated, 1);
	assert_int_equal(verify->tally.verdicts[VERDICT_INDETERMINATE], 1);
	assert_int_equal(verify->tally.verdicts[VERDICT_VIOLATED], 1);
}

/* ---- the peer ----------------------------------------------------------- */

static void test_it_remembers_what_the_peer_was_called(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *p = netns_of(watch, 4);
	struct death *death;

	assert_null(p->former_label);
	p->former_label = strdup("what it was for");
	assert_non_null(p->former_label);
	death = open_death(watch, 4);
	assert_string_equal(death->name, "/run/netns/p");
	assert_string_equal(death->label, "what it was for");
	death = open_death(watch, 5);
	assert_string_equal(death->name, "/run/netns/q");
	assert_string_equal(death->label, "");
}

/* Only its own: the peer's open death may be a later one. */
static void test_closing_leaves_another_death_open(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *p = netns_of(watch, 4);
	struct death *first = open_death(watch, 4);
	struct death *second = open_death(watch, 4);

	assert_ptr_equal(p->death, second);
	deaths_close(watch, first, VERDICT_INDETERMINATE, REASON_TAINTED);
	assert_ptr_equal(p->death, second);
	deaths_close(watch, second, VERDICT_INDETERMINATE, REASON_TAINTED);
	assert_null(p->death);
}

static void test_freeing_leaves_another_death_open(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *p = netns_of(watch, 4);
	struct death *open = open_death(watch, 4);
	struct death *lists[2];
	uint32_t refs = p->refs;

	for (size_t i = 0; i < 2; i++) {
		lists[i] = calloc(1, sizeof(*lists[i]));
		assert_non_null(lists[i]);
		lists[i]->peer = netns_ref(p);
	}
	deaths_free(lists[0]);
	assert_ptr_equal(p->death, open);
	p->death = lists[1];
	deaths_free(lists[1]);
	assert_null(p->death);
	assert_int_equal(p->refs, refs);
	p->death = open;
}

/* ---- how long they are kept --------------------------------------------- */

static void test_a_closed_death_is_kept_for_its_time(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t then_ns = watch->now.mono_ns;
	uint64_t first = closed(watch, 4), second;

	watch->now.mono_ns = then_ns + watch->settings.history_ns - 1;
	second = closed(watch, 5);
	assert_non_null(verify_find(&watch->verify, first));
	assert_int_equal(watch->verify.n_closed, 2);
	watch->now.mono_ns = then_ns + watch->settings.history_ns;
	closed(watch, 3);
	assert_null(verify_find(&watch->verify, first));
	assert_non_null(verify_find(&watch->verify, second));
	assert_int_equal(watch->verify.n_closed, 2);
}

static void test_only_so_many_closed_deaths_are_kept(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t first, second;

	watch->settings.history = 2;
	first = closed(watch, 4);
	second = closed(watch, 5);
	assert_non_null(verify_find(&watch->verify, first));
	closed(watch, 3);
	assert_null(verify_find(&watch->verify, first));
	assert_non_null(verify_find(&watch->verify, second));
	assert_int_equal(watch->verify.n_closed, 2);
	closed(watch, 2);
	assert_null(verify_find(&watch->verify, second));
	assert_int_equal(watch->verify.n_closed, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_CASE(test_an_open_death_has_no_reason),
		WORLD_CASE(test_an_indeterminate_death_has_its_reason),
		WORLD_CASE(test_excuses_of_the_verified),
		WORLD_CASE(test_a_span_counts_its_own),
		WORLD_CASE(test_the_same_verdict_is_no_revision),
		WORLD_CASE(test_another_reason_is_no_other_verdict),
		WORLD_CASE(test_another_verdict_is_tallied_as_well),
		WORLD_CASE(test_it_remembers_what_the_peer_was_called),
		WORLD_CASE(test_closing_leaves_another_death_open),
		WORLD_CASE(test_freeing_leaves_another_death_open),
		WORLD_CASE(test_a_closed_death_is_kept_for_its_time),
		WORLD_CASE(test_only_so_many_closed_deaths_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
