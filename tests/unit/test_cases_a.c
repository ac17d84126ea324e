/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cases H1 to H9 of the verification rules: histories that broke earlier
 * wordings of them. Each stands beside a twin without the fault. Where the
 * rules leave open what is said, the weaker truth is asserted: never verified
 * where a fault hit, never violated where none did.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/world.h"

/* ---- H1: a pass longer than any deadline -------------------------------- */

static void test_h01_pass_longer_than_any_deadline(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_advance(s, 200 * SCRIPT_S);
	world_verdict(w, w->p, VERDICT_OPEN);
	assert_true(script_death(s, w->p)->overdue);
	world_clean(w);
	/* Pauses inside the pass are nothing, of whatever length. */
	script_remove(s, w->a, 10);
	script_advance(s, 3 * SCRIPT_S);
	script_remove(s, w->b, 20);
	script_advance(s, 2 * SCRIPT_S);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	world_clean(w);
}

static void test_h01_pause_of_three_seconds(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_remove(s, w->a, 10);
	script_advance(s, 3 * SCRIPT_S);
	script_remove(s, w->b, 20);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	world_clean(w);
}

/* p's pass without its DEL from a; q, which lives on for a while, ends it. */
static void lose_and_end(struct world *w)
{
	struct script *s = w->script;

	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_erase(s, w->a, 10);
	script_remove(s, w->b, 20);
	script_advance(s, 6 * SCRIPT_S);
	script_kill(s, w->q);
}

static void test_h01_late_announcement(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	lose_and_end(w);
	/* Too early for unannounced: that wants a second settle time. */
	script_advance(s, SCRIPT_S / 2);
	script_event(s, w->a, EVENT_DEL, 10);
	script_advance(s, 15 * SCRIPT_S);
	world_found(w, KIND(LATE), 1, 1);
	world_verdict(w, w->p, VERDICT_VIOLATED);
}

static void test_h01_late_after_the_finding(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	lose_and_end(w);
	script_advance(s, 15 * SCRIPT_S);
	world_found(w, KIND(UNANNOUNCED), 1, 1);
	world_verdict(w, w->p, VERDICT_VIOLATED);
	assert_int_equal(script_standing(s), 1);
	script_event(s, w->a, EVENT_DEL, 10);
	script_advance(s, 15 * SCRIPT_S);
	/* Turned into late, or resolved: in any case the one finding. */
	world_found(w, KIND(UNANNOUNCED) | KIND(LATE), 1, 1);
	if (script_finding(s, FINDING_UNANNOUNCED))
		assert_int_equal(script_finding(s, FINDING_UNANNOUNCED)->state,
				 FINDING_RESOLVED);
	world_not(w, w->p, VERDICT_VERIFIED);
}

/* ---- H2: a reader stopped for 12 s --------------------------------------- */

static void test_h02_reader_stopped(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	script_hold(s);
	script_kill(s, w->p);
	script_wait(s, 6 * SCRIPT_S);
	script_kill(s, w->q);
	script_wait(s, 6 * SCRIPT_S);
	script_release(s);
	script_advance(s, 10 * SCRIPT_S);
	n = world_newborn(w, 6, NULL);
	script_number(s, w->a, 14, n);
	/* q lived when p died, but nobody asked it after p's first DEL. */
	world_verdict(w, w->p, VERDICT_OPEN);
	world_verdict(w, w->q, VERDICT_OPEN);
	world_clean(w);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	world_verdict(w, w->q, VERDICT_VERIFIED);
	world_clean(w);
	assert_true(script_agrees(s));
}

static void test_h02_reader_stopped_inside_a_pass(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_advance(s, 10 * SCRIPT_MS);
	script_hold(s);
	script_remove(s, w->a, 10);
	script_remove(s, w->b, 20);
	script_wait(s, 12 * SCRIPT_S);
	script_release(s);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	world_clean(w);
}

/* ---- H3: the kernel forgets, and the holder dies in the next pass ------- */

static void test_h03_holder_dies_in_the_next_pass(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_remove(s, w->b, 20);
	/* a answers after p's first DEL: it survived p's pass. */
	script_advance(s, 6 * SCRIPT_S);
	script_kill(s, w->a);
	script_barrier(s);
	world_doubt(w, w->p, REASON_HOLDER_DIED);
	world_verdict(w, w->a, VERDICT_VERIFIED);
	world_clean(w);
}

static void test_h03_survival_shown_by_a_removal(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	const int both[] = { w->p, w->q };

	/* a's DEL for q, after p's first DEL, shows it alive in that pass. */
	script_die(s, both[0]);
	script_die(s, both[1]);
	script_remove(s, SCRIPT_HOME, 4);
	script_remove(s, w->b, 20);
	script_remove(s, SCRIPT_HOME, 5);
	script_remove(s, w->a, 11);
	script_remove(s, w->b, 21);
	script_remove(s, w->c, 31);
	script_kill(s, w->a);
	script_barrier(s);
	world_doubt(w, w->p, REASON_HOLDER_DIED);
	/* a dropped q, but no dump of it can agree any more: left open. */
	world_not(w, w->q, VERDICT_VIOLATED);
	world_clean(w);
}

static void test_h03_twin_both_in_one_pass(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	const int both[] = { w->p, w->a };

	script_pass(s, both, 2);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	world_verdict(w, w->a, VERDICT_VERIFIED);
	assert_int_equal(script_death(s, w->p)->excused, 1);
	world_clean(w);
}

/* ---- H4: a leaked pointer re-used by a new namespace --------------------- */

static void test_h04_leaked_pointer_reused(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_remove(s, w->b, 20);
	script_advance(s, 100 * SCRIPT_MS);
	n = world_newborn(w, 6, "/run/netns/n");
	script_repoint(s, w->a, 10, n);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	/* The table holds the nsid, but another peer under it: both rows fit. */
	world_found(w, KIND(MISSING) | KIND(UNANNOUNCED), 1, 1);
	world_verdict(w, w->p, VERDICT_VIOLATED);
	/* The new owner's own death is no second fault. */
	script_kill(s, n);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(MISSING) | KIND(UNANNOUNCED), 1, 1);
	world_not(w, n, VERDICT_VIOLATED);
}

static void test_h04_twin_number_reused(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	script_kill(s, w->p);
	script_advance(s, 1100 * SCRIPT_MS);
	n = world_newborn(w, 6, "/run/netns/n");
	script_number(s, w->a, 10, n);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	script_kill(s, n);
	script_barrier(s);
	world_verdict(w, n, VERDICT_VERIFIED);
	world_clean(w);
}

/* ---- H5: an answer that names the next owner of a number ----------------- */

static void test_h05_answer_overtaken_by_the_next_owner(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n, m;

	n = world_newborn(w, 6, "/run/netns/n");
	script_number(s, w->a, 15, n);
	script_advance(s, 400 * SCRIPT_MS);
	/* The table was asked and says 15 is home's 6: not for long. */
	script_kill(s, n);
	m = world_newborn(w, 6, "/run/netns/m");
	script_advance(s, 10 * SCRIPT_S);
	script_barrier(s);
	world_not(w, n, VERDICT_VIOLATED);
	script_kill(s, m);
	script_barrier(s);
	world_verdict(w, m, VERDICT_VERIFIED);
	world_clean(w);
}

static void test_h05_answer_given_over_unread_events(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int m;

	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_hold(s);
	script_kill(s, w->p);
	m = world_newborn(w, 4, NULL);
	script_number(s, w->a, 10, m);
	script_ask(s);
	script_release(s);
	script_name(s, "/run/netns/m", m);
	script_advance(s, 10 * SCRIPT_S);
	script_barrier(s);
	/* m may have had its number before p died, and p in its table. */
	world_doubt(w, w->p, REASON_PARTIAL_TABLE);
	script_kill(s, m);
	script_barrier(s);
	world_verdict(w, m, VERDICT_VERIFIED);
	world_clean(w);
}

/* ---- H6: a probe of a dying peer taken for absence ----------------------- */

static void test_h06_dying_peer_is_not_absent(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_die(s, w->p);
	script_advance(s, 20 * SCRIPT_S);
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 20 * SCRIPT_S);
	assert_null(script_death(s, w->p));
	world_clean(w);
	script_kill(s, w->p);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	world_clean(w);
}

static void test_h06_dying_peer_beyond_the_cut(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	s->spaces[SCRIPT_HOME].cut = 3;
	script_start(s);
	script_advance(s, 10 * SCRIPT_S);
	assert_true(s->questions[QUESTION_PROBE] > 0);
	script_die(s, w->p);
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 30 * SCRIPT_S);
	assert_null(script_death(s, w->p));
	world_clean(w);
	script_kill(s, w->p);
	script_barrier(s);
	/* Whether a cut table of home may serve for verified is left open. */
	world_not(w, w->p, VERDICT_VIOLATED);
	world_clean(w);
	assert_true(script_agrees(s));
}

/* ---- H7: a duplicate after the close ------------------------------------- */

static void test_h07_duplicate_after_the_close(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_kill(s, w->p);
	script_barrier(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	script_advance(s, 3 * SCRIPT_S);
	script_event(s, w->a, EVENT_DEL, 10);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(DUPLICATE), 1, 1);
	world_verdict(w, w->p, VERDICT_VIOLATED);
	assert_true(script_death(s, w->p)->revision > 0);
}

static void test_h07_duplicate_at_once(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_kill(s, w->p);
	script_event(s, w->a, EVENT_DEL, 10);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(DUPLICATE), 1, 1);
	world_verdict(w, w->p, VERDICT_VIOLATED);
}

static void test_h07_duplicate_in_home(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_kill(s, w->p);
	script_barrier(s);
	script_event(s, SCRIPT_HOME, EVENT_DEL, 4);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(DUPLICATE), 1, 1);
	world_verdict(w, w->p, VERDICT_VIOLATED);
}

/* A phantom on the same number: its NEW comes in time, and nothing is said. */
static void test_h07_twin_phantom(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_kill(s, w->p);
	script_barrier(s);
	script_event(s, w->a, EVENT_DEL, 10);
	script_advance(s, 300 * SCRIPT_MS);
	script_event(s, w->a, EVENT_NEW, 10);
	script_advance(s, 10 * SCRIPT_S);
	world_not(w, w->p, VERDICT_VIOLATED);
	world_clean(w);
	assert_int_equal(watch_counters(s->watch)->phantoms, 1);
}

/* ---- H8: a duplicate that hits a re-used number -------------------------- */

static void test_h08_duplicate_on_a_reused_number(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	script_kill(s, w->p);
	script_advance(s, 5 * SCRIPT_S);
	n = world_newborn(w, 6, "/run/netns/n");
	script_number(s, w->a, 10, n);
	script_advance(s, 6 * SCRIPT_S);
	script_event(s, w->a, EVENT_DEL, 10);
	script_advance(s, 15 * SCRIPT_S);
	/* It may be charged to the new owner: a ghost, where that one lives. */
	world_found(w, KIND(GHOST) | KIND(DUPLICATE), 1, 1);
	world_not(w, n, VERDICT_VERIFIED);
	assert_true(script_agrees(s));
	script_kill(s, n);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(GHOST) | KIND(DUPLICATE), 1, 1);
}

/* ---- H9: one fault, one finding ------------------------------------------ */

static void test_h09_missing_seen_by_many_audits(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_die(s, w->p);
	script_remove(s, SCRIPT_HOME, 4);
	script_remove(s, w->b, 20);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(MISSING), 1, 1);
	world_verdict(w, w->p, VERDICT_VIOLATED);
	for (unsigned int i = 0; i < 3; i++) {
		script_command(s, COMMAND_AUDIT, NSID_NONE);
		script_advance(s, 10 * SCRIPT_S);
	}
	world_found(w, KIND(MISSING), 1, 1);
	/* Gone after all, and announced: late, instead of missing. */
	script_remove(s, w->a, 10);
	script_advance(s, 15 * SCRIPT_S);
	world_found(w, KIND(MISSING) | KIND(LATE), 1, 1);
	if (script_finding(s, FINDING_MISSING))
		assert_int_equal(script_finding(s, FINDING_MISSING)->state,
				 FINDING_RESOLVED);
	world_not(w, w->p, VERDICT_VERIFIED);
	assert_true(script_agrees(s));
}

static void test_h09_premature_then_the_death(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_remove(s, w->a, 10);
	script_advance(s, 6 * SCRIPT_S);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(PREMATURE), 1, 1);
	world_not(w, w->p, VERDICT_VERIFIED);
	script_kill(s, w->p);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(PREMATURE), 1, 1);
}

static void test_h09_ghost_then_the_death(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_event(s, w->a, EVENT_DEL, 10);
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

static void test_h09_renewed_then_the_death(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	/* A NEW for what is there; the table before and after is the same. */
	script_event(s, w->a, EVENT_NEW, 10);
	script_advance(s, 6 * SCRIPT_S);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(RENEWED), 1, 1);
	script_kill(s, w->p);
	script_barrier(s);
	script_advance(s, 10 * SCRIPT_S);
	world_found(w, KIND(RENEWED), 1, 1);
	assert_true(script_agrees(s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_CASE(test_h01_pass_longer_than_any_deadline),
		WORLD_CASE(test_h01_pause_of_three_seconds),
		WORLD_CASE(test_h01_late_announcement),
		WORLD_CASE(test_h01_late_after_the_finding),
		WORLD_CASE(test_h02_reader_stopped),
		WORLD_CASE(test_h02_reader_stopped_inside_a_pass),
		WORLD_CASE(test_h03_holder_dies_in_the_next_pass),
		WORLD_CASE(test_h03_survival_shown_by_a_removal),
		WORLD_CASE(test_h03_twin_both_in_one_pass),
		WORLD_CASE(test_h04_leaked_pointer_reused),
		WORLD_CASE(test_h04_twin_number_reused),
		WORLD_CASE(test_h05_answer_overtaken_by_the_next_owner),
		WORLD_CASE(test_h05_answer_given_over_unread_events),
		WORLD_CASE(test_h06_dying_peer_is_not_absent),
		WORLD_FRESH(test_h06_dying_peer_beyond_the_cut),
		WORLD_CASE(test_h07_duplicate_after_the_close),
		WORLD_CASE(test_h07_duplicate_at_once),
		WORLD_CASE(test_h07_duplicate_in_home),
		WORLD_CASE(test_h07_twin_phantom),
		WORLD_CASE(test_h08_duplicate_on_a_reused_number),
		WORLD_CASE(test_h09_missing_seen_by_many_audits),
		WORLD_CASE(test_h09_premature_then_the_death),
		WORLD_CASE(test_h09_ghost_then_the_death),
		WORLD_CASE(test_h09_renewed_then_the_death),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
