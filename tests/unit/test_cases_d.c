/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verification rules at plain histories: one rule, one test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/world.h"

static const struct death_counts *counts(struct script *s)
{
	return verify_counts(watch_verify(s->watch));
}

static const struct death_counts *span(struct script *s)
{
	return verify_span_counts(watch_verify(s->watch));
}

/* ---- one death ----------------------------------------------------------- */

static void test_verified_after_a_natural_barrier(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	const struct death *death;

	script_kill(s, w->p);
	script_advance(s, 6 * SCRIPT_S);
	world_verdict(w, w->p, VERDICT_OPEN);
	script_kill(s, w->q);
	script_advance(s, 8 * SCRIPT_S);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	world_verdict(w, w->q, VERDICT_OPEN);
	world_clean(w);

	death = script_death(s, w->p);
	assert_int_equal(death->proof, PROOF_ATTRIBUTION);
	assert_int_equal(death->n_removals, 3);
	assert_int_equal(death->excused, 0);
	assert_int_equal(death->revision, 0);
	assert_true(death->certain);
	assert_string_equal(death->name, "/run/netns/p");
	assert_int_equal(counts(s)->total, 2);
	assert_int_equal(counts(s)->verified, 1);
	assert_int_equal(counts(s)->open, 1);
	assert_int_equal(counts(s)->by_accounts, 0);
	assert_true(watch_gone(s->watch, 4));
	assert_false(watch_gone(s->watch, 1));
	assert_true(script_agrees(s));
}

static void test_open_without_a_barrier(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_kill(s, w->p);
	script_advance(s, 300 * SCRIPT_S);
	world_verdict(w, w->p, VERDICT_OPEN);
	assert_true(script_death(s, w->p)->overdue);
	world_clean(w);
	/* Nobody who was not asked after p's first DEL is a barrier. */
	script_command(s, COMMAND_FINISH, NSID_NONE);
	world_verdict(w, w->p, VERDICT_INDETERMINATE);
	assert_true(script_reason(s, w->p) == REASON_NO_BARRIER ||
		    script_reason(s, w->p) == REASON_ENDED_OPEN);
	world_clean(w);
}

/* Born after it, and never asked: no proof of life, so no barrier. */
static void test_unproved_death_is_no_barrier(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	script_kill(s, w->p);
	script_advance(s, 5 * SCRIPT_S);
	n = world_newborn(w, 6, NULL);
	script_kill(s, n);
	script_advance(s, 10 * SCRIPT_S);
	world_verdict(w, w->p, VERDICT_OPEN);
	world_clean(w);
}

/* A peer's DEL elsewhere before its DEL in home denies verified. */
static void test_home_comes_first(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_die(s, w->p);
	script_remove(s, w->a, 10);
	script_remove(s, SCRIPT_HOME, 4);
	script_remove(s, w->b, 20);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_INDETERMINATE);
	world_clean(w);
}

static void test_suspicion_alone_is_no_death(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	/* One DEL, of nothing more than an entry, and then p is asked. */
	script_remove(s, w->a, 10);
	script_advance(s, 3 * SCRIPT_S);
	world_not(w, w->p, VERDICT_VERIFIED);
	world_not(w, w->p, VERDICT_VIOLATED);
}

static void test_many_deaths_of_one_pass(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int peers[40];

	for (int i = 0; i < 40; i++) {
		peers[i] = world_newborn(w, 100 + i, NULL);
		script_number(s, w->a, 100 + i, peers[i]);
		script_number(s, w->b, 200 + i, peers[i]);
	}
	script_advance(s, 6 * SCRIPT_S);
	script_pass(s, peers, 40);
	script_barrier(s);
	for (int i = 0; i < 40; i++)
		world_verdict(w, peers[i], VERDICT_VERIFIED);
	world_clean(w);
	assert_int_equal(counts(s)->verified, 40);
}

/* A name that leads to p still, after the barrier, denies verified. */
static void test_name_that_leads_on(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	/* All tables drop p, and p lives. */
	script_remove(s, SCRIPT_HOME, 4);
	script_remove(s, w->a, 10);
	script_remove(s, w->b, 20);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_not(w, w->p, VERDICT_VERIFIED);
	world_found(w, KIND(PREMATURE), 1, 3);
}

static void test_missing_then_late(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	const struct finding *finding;

	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_remove(s, w->a, 10);
	script_barrier(s);
	script_advance(s, 5 * SCRIPT_S);
	world_found(w, KIND(MISSING), 1, 1);
	finding = script_finding(s, FINDING_MISSING);
	assert_int_equal(finding->state, FINDING_STANDS);
	assert_int_equal(finding->nsid, 20);
	assert_int_equal(finding->holder.nsid, 2);
	assert_string_equal(finding->holder.name, "/run/netns/b");
	assert_true(finding->peer.known);
	assert_int_equal(finding->peer.nsid, 4);
	assert_string_equal(finding->peer.name, "/run/netns/p");
	assert_int_equal(finding->death, script_death(s, w->p)->id);
	assert_true(strlen(finding->evidence) > 0);
	world_verdict(w, w->p, VERDICT_VIOLATED);
	assert_int_equal(counts(s)->violated, 1);

	script_remove(s, w->b, 20);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(MISSING) | KIND(LATE), 1, 1);
	world_not(w, w->p, VERDICT_VERIFIED);
	assert_true(script_agrees(s));
}

static void test_missing_in_home(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_die(s, w->p);
	script_remove(s, w->a, 10);
	script_remove(s, w->b, 20);
	script_barrier(s);
	script_advance(s, 5 * SCRIPT_S);
	world_found(w, KIND(MISSING), 1, 1);
	assert_int_equal(script_finding(s, FINDING_MISSING)->nsid, 4);
	world_verdict(w, w->p, VERDICT_VIOLATED);
}

/* ---- what is not known --------------------------------------------------- */

static void test_gap_inside_a_pass(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	for (enum gap_cause cause = 0; cause < GAP_CAUSES; cause++) {
		script_die(s, w->p);
		script_remove(s, SCRIPT_HOME, 4);
		s->deaf = true;
		script_remove(s, w->a, 10);
		s->deaf = false;
		script_gap(s, cause);
		script_remove(s, w->b, 20);
		script_barrier(s);
		script_advance(s, 5 * SCRIPT_S);
		world_doubt(w, w->p, REASON_GAP);
		world_clean(w);
		assert_true(script_agrees(s));
		assert_int_equal(watch_counters(s->watch)->gaps[cause], 1);
		world_teardown(state);
		world_setup(state);
		w = *state;
		s = w->script;
	}
}

static void test_gap_is_over_after_its_audit(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_gap(s, GAP_OVERRUN);
	script_advance(s, 10 * SCRIPT_S);
	script_kill(s, w->p);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	world_clean(w);
}

static void test_cut_table(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	/* Beyond the cut, absence proves nothing: no finding, no proof. */
	s->spaces[w->b].cut = 1;
	script_start(s);
	script_advance(s, 10 * SCRIPT_S);
	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_remove(s, w->a, 10);
	script_remove(s, w->b, 20);
	script_barrier(s);
	world_not(w, w->p, VERDICT_VIOLATED);
	world_clean(w);
}

static void test_cut_table_that_was_whole(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	/* Whole at the baseline; all that came since was heard. */
	s->spaces[w->b].cut = 4;
	script_learn(s);
	script_number(s, w->b, 22, w->c);
	script_advance(s, 6 * SCRIPT_S);
	s->spaces[w->b].cut = 1;
	script_kill(s, w->p);
	script_barrier(s);
	world_not(w, w->p, VERDICT_VIOLATED);
	world_clean(w);
	assert_true(script_agrees(s));
}

static void test_refused_table(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	s->spaces[w->b].refuses = true;
	script_start(s);
	script_advance(s, 10 * SCRIPT_S);
	script_kill(s, w->p);
	script_barrier(s);
	world_not(w, w->p, VERDICT_VIOLATED);
	world_clean(w);
}

static void test_scan_that_fails(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	s->scan_fails = true;
	script_start(s);
	script_advance(s, 30 * SCRIPT_S);
	script_kill(s, w->p);
	script_advance(s, 10 * SCRIPT_S);
	script_kill(s, w->q);
	script_advance(s, 10 * SCRIPT_S);
	/* Nobody could be asked, so that nothing was a barrier. */
	world_verdict(w, w->p, VERDICT_OPEN);
	world_clean(w);
	assert_true(script_agrees(s));
}

/* ---- spans ---------------------------------------------------------------- */

static void test_span_by_attribution(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_command(s, COMMAND_BEGIN, NSID_NONE);
	script_kill(s, w->p);
	script_advance(s, 200 * SCRIPT_MS);
	script_kill(s, w->q);
	script_advance(s, 200 * SCRIPT_MS);
	script_judge(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	world_verdict(w, w->q, VERDICT_VERIFIED);
	world_clean(w);
	assert_int_equal(script_death(s, w->p)->proof, PROOF_ATTRIBUTION);
	/* The canaries are not among the deaths. */
	assert_int_equal(span(s)->total, 2);
	assert_int_equal(span(s)->verified, 2);
	assert_int_equal(span(s)->by_accounts, 0);
	assert_int_equal(span(s)->open, 0);
}

static void test_span_by_accounts(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int peers[5];

	script_command(s, COMMAND_BEGIN, NSID_NONE);
	for (int i = 0; i < 5; i++) {
		peers[i] = world_newborn(w, 100 + i, NULL);
		script_number(s, w->a, 100 + i, peers[i]);
		script_number(s, w->b, 100 + i, peers[i]);
	}
	script_pass(s, peers, 5);
	script_advance(s, 200 * SCRIPT_MS);
	script_judge(s);
	for (int i = 0; i < 5; i++) {
		world_verdict(w, peers[i], VERDICT_VERIFIED);
		assert_int_equal(script_death(s, peers[i])->proof,
				 PROOF_ACCOUNTS);
	}
	world_clean(w);
	assert_int_equal(span(s)->total, 5);
	assert_int_equal(span(s)->verified, 5);
	assert_int_equal(span(s)->by_accounts, 5);
}

/* The accounts of the whole span fail with one entry. */
static void test_span_that_does_not_balance(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	script_command(s, COMMAND_BEGIN, NSID_NONE);
	n = world_newborn(w, 100, NULL);
	script_number(s, w->a, 100, n);
	script_number(s, w->b, 100, n);
	script_die(s, n);
	script_remove(s, SCRIPT_HOME, 100);
	script_remove(s, w->b, 100);
	script_advance(s, 200 * SCRIPT_MS);
	script_judge(s);
	/* (a, 100) is listed and names nobody that lives. */
	world_not(w, n, VERDICT_VERIFIED);
	world_found(w, KIND(MISSING), 0, 1);
	assert_int_equal(span(s)->verified, 0);
	assert_int_equal(span(s)->open, 0);
}

static void test_span_with_a_gap(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	script_command(s, COMMAND_BEGIN, NSID_NONE);
	n = world_newborn(w, 100, NULL);
	script_number(s, w->a, 100, n);
	script_kill(s, n);
	script_gap(s, GAP_OVERRUN);
	script_advance(s, 5 * SCRIPT_S);
	script_judge(s);
	world_doubt(w, n, REASON_GAP);
	world_clean(w);
	assert_int_equal(span(s)->reasons[REASON_GAP], 1);
}

static void test_span_without_deaths(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_kill(s, w->p);
	script_advance(s, 3 * SCRIPT_S);
	script_command(s, COMMAND_BEGIN, NSID_NONE);
	script_advance(s, 1 * SCRIPT_S);
	script_judge(s);
	/* p died before the span. */
	assert_int_equal(span(s)->total, 0);
	assert_int_equal(span(s)->verified, 0);
	world_clean(w);
}

/* The command comes before the canary's own NEW is read. */
static void test_canary_told_before_it_is_read(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int canary;

	script_command(s, COMMAND_BEGIN, NSID_NONE);
	script_kill(s, w->p);
	script_advance(s, 200 * SCRIPT_MS);
	for (int i = 0; i < 2; i++) {
		canary = script_space(s);
		script_insert(s, SCRIPT_HOME, 3000 + i, canary);
		script_command(s, COMMAND_CANARY, 3000 + i);
		script_event(s, SCRIPT_HOME, EVENT_NEW, 3000 + i);
		script_advance(s, 20 * SCRIPT_MS);
		script_kill(s, canary);
		script_advance(s, 20 * SCRIPT_MS);
	}
	script_command(s, COMMAND_JUDGE, NSID_NONE);
	script_advance(s, 30 * SCRIPT_S);
	assert_true(watch_judged(s->watch));
	world_verdict(w, w->p, VERDICT_VERIFIED);
	assert_int_equal(span(s)->total, 1);
	world_clean(w);
}

/* Its removal from home is announced, and home keeps it: nobody asks about it. */
static void test_canary_kept_after_its_removal(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int canary = script_space(s);

	script_command(s, COMMAND_BEGIN, NSID_NONE);
	script_insert(s, SCRIPT_HOME, 3000, canary);
	script_command(s, COMMAND_CANARY, 3000);
	script_event(s, SCRIPT_HOME, EVENT_NEW, 3000);
	script_advance(s, 20 * SCRIPT_MS);
	script_die(s, canary);
	script_event(s, SCRIPT_HOME, EVENT_DEL, 3000);
	script_advance(s, 20 * SCRIPT_MS);
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 30 * SCRIPT_S);
}

/* ---- adoption -------------------------------------------------------------- */

static void test_adoption(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = script_space(s), m = script_space(s);

	s->settings.adopt = ADOPT_NAMED;
	script_name(s, "/run/netns/n", n);
	script_name(s, "pid:77:1234", m);
	script_insert(s, n, 50, w->p);
	script_learn(s);
	script_advance(s, 10 * SCRIPT_S);
	assert_int_not_equal(script_number_of(s, SCRIPT_HOME, n), NSID_NONE);
	assert_int_equal(script_number_of(s, SCRIPT_HOME, m), NSID_NONE);
	script_kill(s, w->p);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	assert_int_equal(script_death(s, w->p)->n_removals, 4);
	world_clean(w);
}

static void test_no_adoption(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = script_space(s);

	script_name(s, "/run/netns/n", n);
	script_learn(s);
	script_advance(s, 60 * SCRIPT_S);
	assert_int_equal(s->questions[QUESTION_ADOPT], 0);
	assert_int_equal(script_number_of(s, SCRIPT_HOME, n), NSID_NONE);
}

/* ---- an idle watch --------------------------------------------------------- */

static void test_idle(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	unsigned int wakes = 0;
	uint64_t end_ns;

	script_advance(s, 60 * SCRIPT_S);
	end_ns = s->now.mono_ns + 600 * SCRIPT_S;
	while (s->now.mono_ns < end_ns) {
		uint64_t next_ns = watch_deadline(s->watch);

		assert_true(next_ns > s->now.mono_ns);
		if (next_ns > end_ns)
			break;
		script_advance(s, next_ns - s->now.mono_ns);
		wakes++;
	}
	/* At most one in 10 s, on average. */
	if (wakes > 60)
		fail_msg("%u wake-ups in 600 s", wakes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_CASE(test_verified_after_a_natural_barrier),
		WORLD_CASE(test_open_without_a_barrier),
		WORLD_CASE(test_unproved_death_is_no_barrier),
		WORLD_CASE(test_home_comes_first),
		WORLD_CASE(test_suspicion_alone_is_no_death),
		WORLD_CASE(test_many_deaths_of_one_pass),
		WORLD_CASE(test_name_that_leads_on),
		WORLD_CASE(test_missing_then_late),
		WORLD_CASE(test_missing_in_home),
		WORLD_CASE(test_gap_inside_a_pass),
		WORLD_CASE(test_gap_is_over_after_its_audit),
		WORLD_FRESH(test_cut_table),
		WORLD_FRESH(test_cut_table_that_was_whole),
		WORLD_FRESH(test_refused_table),
		WORLD_FRESH(test_scan_that_fails),
		WORLD_CASE(test_span_by_attribution),
		WORLD_CASE(test_span_by_accounts),
		WORLD_CASE(test_span_that_does_not_balance),
		WORLD_CASE(test_span_with_a_gap),
		WORLD_CASE(test_span_without_deaths),
		WORLD_CASE(test_canary_told_before_it_is_read),
		WORLD_CASE(test_canary_kept_after_its_removal),
		WORLD_FRESH(test_adoption),
		WORLD_FRESH(test_no_adoption),
		WORLD_CASE(test_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
