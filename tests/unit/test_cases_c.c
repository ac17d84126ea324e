/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cases H19 to H25 of the verification rules. Each stands beside a twin
 * without the fault. Where the rules leave open what is said, the weaker truth
 * is asserted: never verified where a fault hit, never violated where none did.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/world.h"

/* ---- H19: a leaked, unattributed entry swept away by the next pass ------- */

/* n, in home under this number and in a under 15, dies before anybody asks. */
static int short_life(struct world *w, int32_t nsid)
{
	struct script *s = w->script;
	int n;

	script_command(s, COMMAND_BEGIN, NSID_NONE);
	n = world_newborn(w, nsid, NULL);
	script_number(s, w->a, 15, n);
	script_die(s, n);
	return n;
}

/* The first canary's pass ends with what the last one left in holder. */
static void judge_with_sweep(struct world *w, int holder, int32_t nsid,
			     bool before)
{
	struct script *s = w->script;
	int canary = script_canary(s);

	script_advance(s, 20 * SCRIPT_MS);
	script_die(s, canary);
	if (before)
		script_remove(s, holder, nsid);
	script_kill(s, canary);
	if (!before)
		script_remove(s, holder, nsid);
	script_advance(s, 20 * SCRIPT_MS);
	canary = script_canary(s);
	script_advance(s, 20 * SCRIPT_MS);
	script_kill(s, canary);
	script_command(s, COMMAND_JUDGE, NSID_NONE);
	script_advance(s, 30 * SCRIPT_S);
	assert_true(watch_judged(s->watch));
}

static void test_h19_swept_from_a_holder(void **state)
{
	struct world *w = *state;
	int n = short_life(w, 6);

	script_remove(w->script, SCRIPT_HOME, 6);
	script_advance(w->script, 100 * SCRIPT_MS);
	judge_with_sweep(w, w->a, 15, false);
	world_not(w, n, VERDICT_VERIFIED);
	world_found(w, KIND(LATE), 0, 1);
}

static void test_h19_swept_from_home(void **state)
{
	struct world *w = *state;
	int n = short_life(w, 6);

	/* Home's table is walked in ascending order: before the canary's. */
	script_remove(w->script, w->a, 15);
	script_advance(w->script, 100 * SCRIPT_MS);
	judge_with_sweep(w, SCRIPT_HOME, 6, true);
	/*
	 * Late by one pass, but still before the first provable barrier, which
	 * no listener can see; nor is there a finding that could be sure.
	 */
	world_not(w, n, VERDICT_VIOLATED);
	world_clean(w);
}

static void test_h19_swept_from_home_after_the_canary(void **state)
{
	struct world *w = *state;
	int n = short_life(w, 2000000);

	script_remove(w->script, w->a, 15);
	script_advance(w->script, 100 * SCRIPT_MS);
	judge_with_sweep(w, SCRIPT_HOME, 2000000, false);
	world_not(w, n, VERDICT_VERIFIED);
	world_found(w, KIND(LATE), 0, 1);
}

static void test_h19_twin_all_in_time(void **state)
{
	struct world *w = *state;
	int n = short_life(w, 6);

	script_kill(w->script, n);
	script_advance(w->script, 100 * SCRIPT_MS);
	script_judge(w->script);
	world_verdict(w, n, VERDICT_VERIFIED);
	assert_int_equal(script_death(w->script, n)->proof, PROOF_ACCOUNTS);
	world_clean(w);
}

/* ---- H20: a DEL sent and the entry kept ---------------------------------- */

static void test_h20_announced_and_kept(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_event(s, w->a, EVENT_DEL, 10);
	script_remove(s, w->b, 20);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	/* The peer is dead, so it is no ghost. */
	world_found(w, KIND(MISSING), 1, 1);
	world_verdict(w, w->p, VERDICT_VIOLATED);
	assert_true(script_agrees(s));
}

static void test_h20_announced_and_kept_in_home(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_die(s, w->p);
	script_event(s, SCRIPT_HOME, EVENT_DEL, 4);
	script_remove(s, w->a, 10);
	script_remove(s, w->b, 20);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(MISSING), 1, 1);
	world_verdict(w, w->p, VERDICT_VIOLATED);
}

/* ---- H21: DEL(home, p) for a living p ------------------------------------ */

static void test_h21_ghost_in_home(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_event(s, SCRIPT_HOME, EVENT_DEL, 4);
	script_advance(s, 6 * SCRIPT_S);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(GHOST), 1, 1);
	world_not(w, w->p, VERDICT_VERIFIED);
	assert_true(script_agrees(s));
	script_kill(s, w->p);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(GHOST), 1, 1);
}

static void test_h21_premature_in_home(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	/* p lives on without a number: its name and its 64-bit id say so. */
	script_remove(s, SCRIPT_HOME, 4);
	script_advance(s, 6 * SCRIPT_S);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(PREMATURE), 1, 1);
	world_not(w, w->p, VERDICT_VERIFIED);
}

static void test_h21_premature_without_ids(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	/* The inode may be another namespace's by now: perhaps nothing. */
	s->only_inodes = true;
	script_learn(s);
	script_remove(s, SCRIPT_HOME, 4);
	script_advance(s, 6 * SCRIPT_S);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(PREMATURE), 0, 1);
	world_not(w, w->p, VERDICT_VERIFIED);
}

/* p's inode goes to m, which has p's name too: a death like any other. */
static void test_h21_twin_inode_reused(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int m = script_space(s);

	s->only_inodes = true;
	s->spaces[m].identity = s->spaces[w->p].identity;
	script_learn(s);
	script_kill(s, w->p);
	script_name(s, "/run/netns/p", m);
	script_advance(s, 6 * SCRIPT_S);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_not(w, w->p, VERDICT_VIOLATED);
	world_clean(w);
}

/* ---- H22: a silent loss, the number re-used, the next DEL ---------------- */

static int lose_and_reuse(struct world *w)
{
	struct script *s = w->script;
	int n;

	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_erase(s, w->a, 10);
	script_remove(s, w->b, 20);
	n = world_newborn(w, 6, "/run/netns/n");
	script_number(s, w->a, 10, n);
	return n;
}

static void test_h22_seen_before_the_next_del(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = lose_and_reuse(w);

	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(UNANNOUNCED), 1, 1);
	world_verdict(w, w->p, VERDICT_VIOLATED);
	script_kill(s, n);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(UNANNOUNCED), 1, 1);
	world_not(w, n, VERDICT_VIOLATED);
}

static void test_h22_next_del_before_the_barrier(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = lose_and_reuse(w);

	/* Settled at 2: this DEL closes nothing. */
	script_advance(s, 2500 * SCRIPT_MS);
	script_kill(s, n);
	script_barrier(s);
	script_advance(s, 15 * SCRIPT_S);
	world_found(w, KIND(UNANNOUNCED), 0, 1);
	world_not(w, w->p, VERDICT_VERIFIED);
	assert_true(script_agrees(s));
}

static void test_h22_next_del_within_the_settle_time(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = lose_and_reuse(w);

	/* By the count it is p's: only a table can tell, and it taints. */
	script_advance(s, 50 * SCRIPT_MS);
	script_kill(s, n);
	script_barrier(s);
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 15 * SCRIPT_S);
	script_barrier(s);
	world_found(w, KIND(UNANNOUNCED), 0, 1);
	world_not(w, w->p, VERDICT_VERIFIED);
	assert_true(script_agrees(s));
}

static void test_h22_twin_inversion(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_erase(s, w->a, 10);
	n = world_newborn(w, 6, "/run/netns/n");
	script_number(s, w->a, 10, n);
	script_event(s, w->a, EVENT_DEL, 10);
	script_remove(s, w->b, 20);
	script_barrier(s);
	/* n may have had its number before p died, and p in its table. */
	world_doubt(w, w->p, REASON_PARTIAL_TABLE);
	script_kill(s, n);
	script_barrier(s);
	world_verdict(w, n, VERDICT_VERIFIED);
	world_clean(w);
	assert_int_equal(watch_counters(s->watch)->inversions, 1);
}

/* ---- H23: a holder's own DEL sent to the wrong namespace ----------------- */

static void test_h23_own_del_sent_to_another(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_die(s, w->a);
	script_erase(s, SCRIPT_HOME, 1);
	script_event(s, w->b, EVENT_DEL, 1);
	script_remove(s, w->b, 25);
	script_remove(s, w->c, 35);
	script_advance(s, 6 * SCRIPT_S);
	script_barrier(s);
	script_advance(s, 15 * SCRIPT_S);
	/* Seen at both ends: a DEL too many there, a loss here. */
	world_found(w, KIND(STRAY) | KIND(UNANNOUNCED), 1, 2);
	world_not(w, w->a, VERDICT_VERIFIED);
	assert_true(script_agrees(s));
	script_kill(s, w->p);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_not(w, w->p, VERDICT_VIOLATED);
	world_found(w, KIND(STRAY) | KIND(UNANNOUNCED), 1, 2);
}

/* a's excuse rests on its own death, which turns out to be no good. */
static void test_h23_excuse_is_revised(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	/* a drops nothing of p, and its own DEL comes twice. */
	script_die(s, w->p);
	script_kill(s, w->a);
	script_remove(s, SCRIPT_HOME, 4);
	script_remove(s, w->b, 20);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	assert_int_equal(script_death(s, w->p)->excused, 1);
	script_event(s, SCRIPT_HOME, EVENT_DEL, 1);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(DUPLICATE), 1, 1);
	world_verdict(w, w->a, VERDICT_VIOLATED);
	world_verdict(w, w->p, VERDICT_INDETERMINATE);
}

/* ---- H24: a holder baselined after the peer's first DEL ------------------ */

static void test_h24_baselined_too_late(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = script_space(s);

	script_insert(s, n, 30, w->p);
	script_number(s, SCRIPT_HOME, 6, n);
	script_name(s, "/run/netns/n", n);
	/* The kernel forgets (n, 30), which nobody had the time to see. */
	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_remove(s, w->a, 10);
	script_remove(s, w->b, 20);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_not(w, w->p, VERDICT_VERIFIED);
	world_not(w, w->p, VERDICT_VIOLATED);
	world_clean(w);
}

static void test_h24_too_late_but_well(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = script_space(s);

	script_insert(s, n, 30, w->p);
	script_number(s, SCRIPT_HOME, 6, n);
	script_name(s, "/run/netns/n", n);
	script_kill(s, w->p);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	/* The same as far as anybody can tell: its removal is unattributed. */
	world_verdict(w, w->p, VERDICT_INDETERMINATE);
	assert_true(script_reason(s, w->p) == REASON_PARTIAL_TABLE ||
		    script_reason(s, w->p) == REASON_UNATTRIBUTED);
	world_clean(w);
}

static void test_h24_twin_in_time(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = script_space(s);

	script_insert(s, n, 30, w->p);
	script_number(s, SCRIPT_HOME, 6, n);
	script_name(s, "/run/netns/n", n);
	script_advance(s, 6 * SCRIPT_S);
	script_kill(s, w->p);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	assert_int_equal(script_death(s, w->p)->n_removals, 4);
	world_clean(w);
}

/* ---- H25: a phantom longer than the settle time -------------------------- */

static void test_h25_long_phantom(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_kill(s, w->p);
	script_event(s, w->a, EVENT_DEL, 15);
	script_advance(s, 5 * SCRIPT_S);
	world_found(w, KIND(STRAY), 1, 1);
	script_event(s, w->a, EVENT_NEW, 15);
	script_advance(s, 10 * SCRIPT_S);
	assert_int_equal(script_standing(s), 0);
	assert_int_equal(script_finding(s, FINDING_STRAY)->state,
			 FINDING_WITHDRAWN);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	assert_int_equal(script_findings(s), 1);
	assert_int_equal(verify_findings_total(watch_verify(s->watch),
					       FINDING_STRAY),
			 0);
	world_not(w, w->p, VERDICT_VIOLATED);
	assert_true(script_agrees(s));
}

static void test_h25_twin_short_phantom(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_kill(s, w->p);
	script_event(s, w->a, EVENT_DEL, 15);
	script_advance(s, 500 * SCRIPT_MS);
	script_event(s, w->a, EVENT_NEW, 15);
	script_advance(s, 10 * SCRIPT_S);
	script_barrier(s);
	world_not(w, w->p, VERDICT_VIOLATED);
	world_clean(w);
	assert_int_equal(watch_counters(s->watch)->phantoms, 1);
	assert_true(script_agrees(s));
}

static void test_h25_stray_without_a_new(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_event(s, w->a, EVENT_DEL, 99);
	script_advance(s, 15 * SCRIPT_S);
	world_found(w, KIND(STRAY), 1, 1);
	script_barrier(s);
	world_found(w, KIND(STRAY), 1, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_CASE(test_h19_swept_from_a_holder),
		WORLD_CASE(test_h19_swept_from_home),
		WORLD_CASE(test_h19_swept_from_home_after_the_canary),
		WORLD_CASE(test_h19_twin_all_in_time),
		WORLD_CASE(test_h20_announced_and_kept),
		WORLD_CASE(test_h20_announced_and_kept_in_home),
		WORLD_CASE(test_h21_ghost_in_home),
		WORLD_CASE(test_h21_premature_in_home),
		WORLD_FRESH(test_h21_premature_without_ids),
		WORLD_FRESH(test_h21_twin_inode_reused),
		WORLD_CASE(test_h22_seen_before_the_next_del),
		WORLD_CASE(test_h22_next_del_before_the_barrier),
		WORLD_CASE(test_h22_next_del_within_the_settle_time),
		WORLD_CASE(test_h22_twin_inversion),
		WORLD_CASE(test_h23_own_del_sent_to_another),
		WORLD_CASE(test_h23_excuse_is_revised),
		WORLD_CASE(test_h24_baselined_too_late),
		WORLD_CASE(test_h24_too_late_but_well),
		WORLD_CASE(test_h24_twin_in_time),
		WORLD_CASE(test_h25_long_phantom),
		WORLD_CASE(test_h25_twin_short_phantom),
		WORLD_CASE(test_h25_stray_without_a_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
