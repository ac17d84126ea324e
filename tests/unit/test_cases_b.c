/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cases H10 to H18 of the verification rules. Each stands beside a twin
 * without the fault. Where the rules leave open what is said, the weaker truth
 * is asserted: never verified where a fault hit, never violated where none did.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/world.h"

/* ---- H10: events tagged with the next owner of a holder's number --------- */

static void test_h10_next_owner_speaks_first(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	/* a is gone from home's table, its DEL not yet sent; n has its number. */
	script_die(s, w->a);
	script_erase(s, SCRIPT_HOME, 1);
	n = world_newborn(w, 1, "/run/netns/n");
	script_number(s, n, 10, w->p);
	script_event(s, SCRIPT_HOME, EVENT_DEL, 1);
	script_remove(s, w->b, 25);
	script_remove(s, w->c, 35);
	script_advance(s, 10 * SCRIPT_S);
	world_clean(w);
	assert_true(watch_counters(s->watch)->inversions > 0);
	assert_true(script_agrees(s));
	script_kill(s, w->p);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	world_not(w, w->a, VERDICT_VIOLATED);
	world_clean(w);
}

static void test_h10_twin_in_order(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	script_kill(s, w->a);
	script_advance(s, 1100 * SCRIPT_MS);
	n = world_newborn(w, 1, "/run/netns/n");
	script_number(s, n, 10, w->p);
	script_advance(s, 10 * SCRIPT_S);
	script_kill(s, w->p);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	world_verdict(w, w->a, VERDICT_VERIFIED);
	world_clean(w);
	assert_true(script_agrees(s));
}

/* Dead, queued for the next pass: a still drops p before its own DEL. */
static void test_h10_twin_queued_holder_reports(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_die(s, w->a);
	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_remove(s, w->a, 10);
	script_remove(s, w->b, 20);
	script_kill(s, w->a);
	script_barrier(s);
	world_not(w, w->p, VERDICT_VIOLATED);
	world_verdict(w, w->a, VERDICT_VERIFIED);
	world_clean(w);
}

/* ---- H11: a re-use hidden in a gap --------------------------------------- */

static void verified_by_name(struct world *w, const char *name,
			     unsigned int expected)
{
	const struct death *death =
		verify_closed_deaths(watch_verify(w->script->watch));
	unsigned int count = 0;

	for (; death; death = death->next)
		count += death->verdict == VERDICT_VERIFIED &&
			 !strcmp(death->name, name);
	if (count == expected)
		return;
	script_tell(w->script);
	fail_msg("%u verified deaths of %s", count, name);
}

static void test_h11_reuse_hidden_in_a_gap(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	s->deaf = true;
	script_kill(s, w->p);
	n = world_newborn(w, 4, NULL);
	script_number(s, w->a, 10, n);
	s->deaf = false;
	script_gap(s, GAP_OVERRUN);
	script_name(s, "/run/netns/n", n);
	script_advance(s, 10 * SCRIPT_S);
	world_clean(w);
	assert_true(script_agrees(s));
	script_barrier(s);
	script_kill(s, n);
	script_barrier(s);
	world_clean(w);
	/* What died after the audit is n, whose number was p's. */
	verified_by_name(w, "/run/netns/p", 0);
	verified_by_name(w, "/run/netns/n", 1);
	assert_true(script_agrees(s));
}

static void test_h11_twin_gap_that_hid_nothing(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_gap(s, GAP_DROPS);
	script_advance(s, 10 * SCRIPT_S);
	assert_true(watch_learned(s->watch));
	script_kill(s, w->p);
	script_barrier(s);
	verified_by_name(w, "/run/netns/p", 1);
	world_clean(w);
	assert_true(script_agrees(s));
}

/* ---- H12: a TARGET re-used during an audit ------------------------------- */

static void test_h12_target_reused_during_an_audit(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_hold(s);
	script_kill(s, w->a);
	n = world_newborn(w, 1, NULL);
	script_number(s, n, 60, w->b);
	script_number(s, n, 61, w->p);
	/* These answers come from n: the engine still believes in a. */
	script_ask(s);
	script_release(s);
	script_name(s, "/run/netns/n", n);
	script_advance(s, 15 * SCRIPT_S);
	world_clean(w);
	assert_true(script_agrees(s));
	script_kill(s, w->p);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	/* n may have had its number before a died, and a in its table. */
	world_doubt(w, w->a, REASON_PARTIAL_TABLE);
	world_clean(w);
}

/* ---- H13: a leaked holder as TARGET -------------------------------------- */

static void test_h13_leaked_holder_is_no_target(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	/* Home forgets a. The script fails on any question by number 1. */
	script_die(s, w->a);
	script_remove(s, w->b, 25);
	script_remove(s, w->c, 35);
	script_barrier(s);
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 15 * SCRIPT_S);
	world_found(w, KIND(MISSING), 1, 1);
	world_verdict(w, w->a, VERDICT_VIOLATED);
	/* Its table is nobody's any more: no death waits for it. */
	script_kill(s, w->p);
	script_barrier(s);
	world_not(w, w->p, VERDICT_VIOLATED);
	script_remove(s, SCRIPT_HOME, 1);
	script_advance(s, 15 * SCRIPT_S);
	world_found(w, KIND(MISSING) | KIND(LATE), 1, 1);
	world_not(w, w->a, VERDICT_VERIFIED);
}

static void test_h13_twin_slow_pass(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_die(s, w->a);
	script_remove(s, SCRIPT_HOME, 1);
	script_remove(s, w->b, 25);
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 15 * SCRIPT_S);
	script_remove(s, w->c, 35);
	script_barrier(s);
	world_verdict(w, w->a, VERDICT_VERIFIED);
	world_clean(w);
}

/* ---- H14: events older than the baseline --------------------------------- */

static void old_events(struct script *s)
{
	script_raw(s, TAG_HOME, EVENT_NEW, 5);
	script_raw(s, 1, EVENT_NEW, 11);
	script_raw(s, 2, EVENT_NEW, 21);
	script_raw(s, TAG_HOME, EVENT_DEL, 4);
	script_raw(s, 1, EVENT_DEL, 10);
	script_raw(s, 2, EVENT_DEL, 20);
	script_raw(s, 1, EVENT_DEL, 77);
}

static void forget_p(struct world *w)
{
	script_die(w->script, w->p);
	script_erase(w->script, SCRIPT_HOME, 4);
	script_erase(w->script, w->a, 10);
	script_erase(w->script, w->b, 20);
}

static void after_old_events(struct world *w)
{
	struct script *s = w->script;
	const struct death_counts *counts;

	script_advance(s, 15 * SCRIPT_S);
	world_clean(w);
	counts = verify_counts(watch_verify(s->watch));
	assert_int_equal(counts->verified, 0);
	assert_int_equal(counts->violated, 0);
	assert_true(script_agrees(s));
	script_kill(s, w->q);
	script_barrier(s);
	world_verdict(w, w->q, VERDICT_VERIFIED);
	world_clean(w);
}

static void test_h14_events_older_than_the_baseline(void **state)
{
	struct world *w = *state;

	forget_p(w);
	script_start(w->script);
	old_events(w->script);
	after_old_events(w);
}

static void test_h14_after_a_restart(void **state)
{
	struct world *w = *state;

	forget_p(w);
	script_start(w->script);
	script_gap(w->script, GAP_RESTART);
	old_events(w->script);
	after_old_events(w);
}

static void test_h14_read_while_the_baseline_is_asked(void **state)
{
	struct world *w = *state;

	/* They were sent before the question and are read after its answer. */
	forget_p(w);
	script_start(w->script);
	script_drained(w->script);
	script_ask(w->script);
	script_wait(w->script, 100 * SCRIPT_MS);
	old_events(w->script);
	after_old_events(w);
}

/* ---- H15: nothing announced by anybody ----------------------------------- */

static void test_h15_nothing_announced_by_anybody(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	forget_p(w);
	script_advance(s, 5 * SCRIPT_S);
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 15 * SCRIPT_S);
	assert_false(watch_audit(s->watch)->running);
	assert_true(watch_audit(s->watch)->mismatches > 0);
	script_barrier(s);
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 15 * SCRIPT_S);
	/*
	 * No listener can be sure of it (a fault that hides every DEL alike);
	 * what each table lost, an audit may well call unannounced.
	 */
	world_found(w, KIND(UNANNOUNCED), 0, 3);
	world_not(w, w->p, VERDICT_VERIFIED);
	assert_true(script_agrees(s));
}

static void test_h15_background_audit_finds_it(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	forget_p(w);
	script_advance(s, 2 * s->settings.audit_round_ns);
	script_barrier(s);
	world_found(w, KIND(UNANNOUNCED), 0, 3);
	assert_true(script_agrees(s));
}

/* ---- H16: a peer unknown to home in three holders ------------------------ */

static int unknown_to_home(struct world *w)
{
	struct script *s = w->script;
	int n = script_space(s);

	script_insert(s, w->a, 40, n);
	script_insert(s, w->b, 40, n);
	script_insert(s, w->c, 40, n);
	script_learn(s);
	return n;
}

static void test_h16_peer_unknown_to_home(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = unknown_to_home(w);
	const int both[] = { n, w->q };

	script_pass(s, both, 2);
	script_barrier(s);
	world_verdict(w, w->q, VERDICT_VERIFIED);
	/* The other one is nobody of ours: at most in doubt. */
	assert_int_equal(verify_counts(watch_verify(s->watch))->verified, 1);
	assert_int_equal(verify_counts(watch_verify(s->watch))->violated, 0);
	world_clean(w);
}

static void test_h16_one_holder_forgets_it(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = unknown_to_home(w);

	/* Not one of ours: nothing can be proved, in either direction. */
	script_die(s, n);
	script_remove(s, w->a, 40);
	script_remove(s, w->b, 40);
	script_kill(s, w->q);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_not(w, w->q, VERDICT_VIOLATED);
	world_clean(w);
	assert_true(script_agrees(s));
}

/* ---- H17: home's own new number, tagged with itself ---------------------- */

static void test_h17_home_gets_a_number(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	s->tags_self = true;
	script_number(s, SCRIPT_HOME, 6, SCRIPT_HOME);
	script_advance(s, 6 * SCRIPT_S);
	script_kill(s, w->p);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	world_clean(w);
	assert_true(script_agrees(s));
}

static void test_h17_and_at_once_a_death(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	s->tags_self = true;
	script_number(s, SCRIPT_HOME, 6, SCRIPT_HOME);
	script_kill(s, w->p);
	script_barrier(s);
	/* Whose DEL home's was, was not known in time: no more is promised. */
	world_not(w, w->p, VERDICT_VIOLATED);
	script_kill(s, w->q);
	script_barrier(s);
	world_verdict(w, w->q, VERDICT_VERIFIED);
	world_clean(w);
	assert_true(script_agrees(s));
}

static void test_h17_home_has_a_number(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	s->tags_self = true;
	script_insert(s, SCRIPT_HOME, 0, SCRIPT_HOME);
	script_insert(s, w->a, 16, w->a);
	script_learn(s);
	script_kill(s, w->p);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	/* (a to a) and (a to home) expect nothing. */
	script_kill(s, w->a);
	script_barrier(s);
	world_verdict(w, w->a, VERDICT_VERIFIED);
	world_clean(w);
}

/* ---- H18: a dump lists an entry whose NEW is read after it --------------- */

static void test_h18_new_read_after_the_dump(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_insert(s, w->a, 15, w->c);
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 100 * SCRIPT_MS);
	script_event(s, w->a, EVENT_NEW, 15);
	script_advance(s, 10 * SCRIPT_S);
	world_clean(w);
	assert_true(script_agrees(s));
	script_kill(s, w->c);
	script_barrier(s);
	world_verdict(w, w->c, VERDICT_VERIFIED);
	world_clean(w);
}

static void test_h18_new_read_after_the_baseline(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_start(s);
	script_insert(s, w->a, 15, w->c);
	script_advance(s, 500 * SCRIPT_MS);
	script_event(s, w->a, EVENT_NEW, 15);
	script_advance(s, 10 * SCRIPT_S);
	world_clean(w);
	assert_true(script_agrees(s));
	script_kill(s, w->c);
	script_barrier(s);
	world_verdict(w, w->c, VERDICT_VERIFIED);
	world_clean(w);
}

/* The same in home: a namespace whose number a dump shows before its NEW. */
static void test_h18_new_in_home_read_after_the_dump(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = script_space(s);

	script_insert(s, SCRIPT_HOME, 6, n);
	script_insert(s, w->a, 15, n);
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 100 * SCRIPT_MS);
	script_event(s, SCRIPT_HOME, EVENT_NEW, 6);
	script_event(s, w->a, EVENT_NEW, 15);
	script_advance(s, 10 * SCRIPT_S);
	world_clean(w);
	assert_true(script_agrees(s));
	script_kill(s, n);
	script_barrier(s);
	world_verdict(w, n, VERDICT_VERIFIED);
	world_clean(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_CASE(test_h10_next_owner_speaks_first),
		WORLD_CASE(test_h10_twin_in_order),
		WORLD_CASE(test_h10_twin_queued_holder_reports),
		WORLD_CASE(test_h11_reuse_hidden_in_a_gap),
		WORLD_CASE(test_h11_twin_gap_that_hid_nothing),
		WORLD_CASE(test_h12_target_reused_during_an_audit),
		WORLD_CASE(test_h13_leaked_holder_is_no_target),
		WORLD_CASE(test_h13_twin_slow_pass),
		WORLD_FRESH(test_h14_events_older_than_the_baseline),
		WORLD_FRESH(test_h14_after_a_restart),
		WORLD_FRESH(test_h14_read_while_the_baseline_is_asked),
		WORLD_CASE(test_h15_nothing_announced_by_anybody),
		WORLD_CASE(test_h15_background_audit_finds_it),
		WORLD_FRESH(test_h16_peer_unknown_to_home),
		WORLD_FRESH(test_h16_one_holder_forgets_it),
		WORLD_CASE(test_h17_home_gets_a_number),
		WORLD_CASE(test_h17_and_at_once_a_death),
		WORLD_FRESH(test_h17_home_has_a_number),
		WORLD_CASE(test_h18_new_read_after_the_dump),
		WORLD_FRESH(test_h18_new_read_after_the_baseline),
		WORLD_CASE(test_h18_new_in_home_read_after_the_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
