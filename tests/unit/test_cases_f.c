/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holders and findings that come and go while a death waits: what they cannot
 * tell any more is no proof, and what is old says nothing of what is new.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/world.h"

static struct script *script_of(void **state)
{
	return ((struct world *)*state)->script;
}

/* The peer dies, and its pass takes it everywhere but from this holder. */
static void kill_but(struct script *s, int peer, int holder)
{
	int32_t nsid;

	script_die(s, peer);
	for (int i = 0; i < s->n_spaces; i++) {
		nsid = s->spaces[i].dying || i == holder ?
			       NSID_NONE :
			       script_number_of(s, i, peer);
		if (nsid != NSID_NONE)
			script_remove(s, i, nsid);
	}
}

/* One without a name dies: nothing but home knows it. */
static void kill_nameless(struct script *s, int space, int32_t nsid)
{
	script_die(s, space);
	script_remove(s, SCRIPT_HOME, nsid);
}

static void barriers(struct script *s, uint64_t after_ns)
{
	script_advance(s, after_ns);
	script_barrier(s);
	script_barrier(s);
}

/* ---- a holder that dies before it can be asked --------------------------- */

static void leak_in_a_newcomer(struct world *w, bool dies)
{
	struct script *s = w->script;
	int h = world_newborn(w, 6, NULL);

	script_advance(s, 8 * SCRIPT_S);
	script_number(s, h, 7, w->p); /* nobody has asked yet */
	kill_but(s, w->p, h);
	script_advance(s, 3 * SCRIPT_S);
	script_kill(s, w->q); /* a barrier: h lives */
	script_advance(s, 100 * SCRIPT_MS);
	if (dies)
		kill_nameless(s, h, 6);
	barriers(s, 4 * SCRIPT_S);
}

/* A later barrier does not undo that it was alive at the first. */
static void test_a_leak_whose_holder_dies_after_the_barrier(void **state)
{
	struct world *w = *state;

	leak_in_a_newcomer(w, true);
	world_doubt(w, w->p, REASON_HOLDER_DIED);
}

static void test_a_leak_whose_holder_lives_on(void **state)
{
	struct world *w = *state;

	leak_in_a_newcomer(w, false);
	world_doubt(w, w->p, REASON_UNATTRIBUTED);
}

static void test_kept_where_its_holder_dies_after_the_barrier(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int h = world_newborn(w, 6, NULL);

	script_number(s, h, 7, w->p);
	script_advance(s, 8 * SCRIPT_S);
	script_number(s, h, 8, w->c); /* asked for this, so not soon again */
	script_drained(s);
	script_ask(s);
	script_advance(s, 40 * SCRIPT_MS);
	kill_but(s, w->p, h);
	script_event(s, h, EVENT_DEL, 7); /* announced, and kept */
	script_advance(s, 1100 * SCRIPT_MS);
	script_kill(s, w->q); /* a barrier: h lives */
	script_advance(s, 50 * SCRIPT_MS);
	kill_nameless(s, h, 6);
	barriers(s, 4 * SCRIPT_S);
	world_doubt(w, w->p, REASON_HOLDER_DIED);
}

/* One path leads to one short-lived namespace after the other. */
static void churn(struct world *w, int times)
{
	int x;

	for (; times > 0; times--) {
		x = world_newborn(w, 9, NULL);
		script_name(w->script, "/run/netns/b", x);
		script_advance(w->script, 700 * SCRIPT_MS);
		script_kill(w->script, x);
	}
}

/* Its own death is closed, and its table forgotten, while the peer's waits. */
static void test_a_holder_is_forgotten_before_the_death_is_judged(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int h = world_newborn(w, 6, NULL);
	int m = world_newborn(w, 7, "/run/netns/m");

	script_advance(s, 8 * SCRIPT_S);
	script_number(s, h, 7, w->p); /* nobody has asked yet */
	kill_but(s, w->p, h);
	churn(w, 4);
	script_kill(s, w->q); /* a barrier: h lives */
	churn(w, 1);
	kill_nameless(s, h, 6);
	churn(w, 4);
	script_kill(s, m); /* the barrier of h */
	churn(w, 4);
	script_unname(s, "/run/netns/b");
	barriers(s, 8 * SCRIPT_S);
	world_not(w, w->p, VERDICT_VERIFIED);
}

/* Accounts balance over those that live: this one survived the pass. */
static void test_no_accounts_for_a_holder_that_survived(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int h = world_newborn(w, 6, NULL), m = world_newborn(w, 7, NULL), n;

	script_number(s, h, 1, m);
	script_advance(s, 8 * SCRIPT_S);
	script_command(s, COMMAND_BEGIN, NSID_NONE);
	n = world_newborn(w, 8, NULL);
	script_number(s, h, 2, n);
	/* one pass takes both; (h, 2) is left behind */
	script_die(s, n);
	kill_nameless(s, m, 7);
	script_remove(s, SCRIPT_HOME, 8);
	script_remove(s, h, 1);
	script_advance(s, 20 * SCRIPT_MS);
	kill_nameless(s, h, 6);
	script_advance(s, 20 * SCRIPT_MS);
	script_judge(s);
	world_not(w, n, VERDICT_VERIFIED);
}

/* ---- a row whose number is not settled ------------------------------------ */

static void leak_of_a_late_number(struct world *w, uint64_t late_ns)
{
	struct script *s = w->script;
	int n = script_space(s);

	script_number(s, w->a, 15, n); /* home has no number for it */
	script_advance(s, 8 * SCRIPT_S);
	script_number(s, SCRIPT_HOME, 9, n);
	script_advance(s, 300 * SCRIPT_MS); /* a says: 15 is home's 9 */
	script_wait(s, late_ns);	    /* the reader wakes late */
	kill_nameless(s, n, 9);		    /* (a, 15) is left behind */
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q);
	barriers(s, 8 * SCRIPT_S);
	world_not(w, n, VERDICT_VERIFIED);
}

static void test_a_leak_of_one_that_was_numbered_late(void **state)
{
	leak_of_a_late_number(*state, 200 * SCRIPT_MS);
}

/* The row named it, and was too old by then: that is no word of another. */
static void test_a_leak_of_one_whose_row_was_too_old(void **state)
{
	leak_of_a_late_number(*state, 1300 * SCRIPT_MS);
}

/* ---- findings that are old ------------------------------------------------ */

/* The number has a new owner by the time its last one's lateness is decided. */
static void test_missing_where_another_was_late(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = world_newborn(w, 6, "/run/netns/n");

	script_number(s, w->c, 32, n);
	script_advance(s, 8 * SCRIPT_S);
	kill_but(s, w->p, w->b);
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q);
	script_advance(s, 100 * SCRIPT_MS);
	script_remove(s, w->b, 20); /* late */
	script_number(s, w->b, 20, n);
	barriers(s, 8 * SCRIPT_S);
	world_found(w, KIND(LATE), 1, 1);
	script_advance(s, 60 * SCRIPT_S);
	kill_but(s, n, w->b); /* (b, 20) is left behind, for ever */
	barriers(s, 4 * SCRIPT_S);
	world_verdict(w, n, VERDICT_VIOLATED);
}

/* The surplus DEL is no late one of whoever had the number long before. */
static void test_twice_where_another_was_unannounced(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	kill_but(s, w->p, w->b);
	script_erase(s, w->b, 20); /* and nothing is said */
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q);
	barriers(s, 8 * SCRIPT_S);
	world_found(w, KIND(UNANNOUNCED), 1, 1);
	n = world_newborn(w, 6, "/run/netns/n");
	script_number(s, w->b, 20, n);
	script_advance(s, 500 * SCRIPT_S);
	script_kill(s, n);
	script_event(s, w->b, EVENT_DEL, 20); /* and once more */
	barriers(s, 4 * SCRIPT_S);
	world_not(w, n, VERDICT_VERIFIED);
}

/* What the next owner lost in silence does not take back what was found. */
static void test_silent_where_another_went_twice(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	script_kill(s, w->p);
	script_event(s, w->b, EVENT_DEL, 20); /* twice */
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q);
	script_advance(s, 8 * SCRIPT_S);
	world_found(w, KIND(DUPLICATE), 1, 1);
	n = world_newborn(w, 6, "/run/netns/n");
	script_number(s, w->b, 20, n);
	script_advance(s, 300 * SCRIPT_S);
	kill_but(s, n, w->b);
	script_erase(s, w->b, 20); /* and nothing is said */
	barriers(s, 4 * SCRIPT_S);
	barriers(s, 8 * SCRIPT_S);
	world_verdict(w, w->p, VERDICT_VIOLATED);
	world_not(w, n, VERDICT_VERIFIED);
}

/* ---- names ---------------------------------------------------------------- */

/* An answer that came too late for its number says nothing of who died. */
static void test_a_path_that_leads_on_and_on(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int x;

	script_name(s, "pid:9:1", w->p);
	script_kill(s, w->p);
	for (int i = 0; i < 16; i++) {
		x = world_newborn(w, 9, NULL);
		script_name(s, "/run/netns/p", x);
		script_advance(s, 700 * SCRIPT_MS);
		if (i == 5)
			script_kill(s, w->q);
		script_kill(s, x);
	}
	barriers(s, 8 * SCRIPT_S);
	world_verdict(w, w->p, VERDICT_VERIFIED);
}

static int only_inodes(void **state)
{
	int r = world_make(state);

	if (r == 0) {
		script_of(state)->only_inodes = true;
		script_learn(script_of(state));
	}
	return r;
}

/* It was alive after home's DEL, for all that an inode can tell. */
static void test_premature_where_only_an_inode_tells(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;

	script_remove(s, SCRIPT_HOME, 4); /* p lives, and has its name */
	script_advance(s, 20 * SCRIPT_S);
	script_kill(s, w->p); /* what is left goes in its own pass */
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q);
	barriers(s, 8 * SCRIPT_S);
	world_not(w, w->p, VERDICT_VERIFIED);
}

/* Two DELs and one NEW of a number, and a path that leads to its new owner. */
static void test_a_path_to_the_next_owner_of_the_number(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	script_die(s, w->p);
	script_event(s, SCRIPT_HOME, EVENT_DEL, 4); /* announced, and kept */
	script_remove(s, w->a, 10);
	script_remove(s, w->b, 20);
	script_remove(s, SCRIPT_HOME, 4);
	n = world_newborn(w, 4, "/run/netns/p");
	script_number(s, w->c, 32, n);
	barriers(s, 8 * SCRIPT_S);
	assert_int_equal(verify_findings_total(watch_verify(s->watch),
					       FINDING_GHOST),
			 0);
	assert_non_null(script_death(s, w->p));
	assert_false(script_death(s, w->p)->living);
}

/* ---- a ceiling ------------------------------------------------------------ */

static int two_entries(void **state)
{
	int r = world_make(state);

	if (r == 0)
		script_of(state)->settings.max_entries = 2;
	return r;
}

/* b names p, q and, beyond the ceiling, a. */
static void test_a_leak_beyond_a_ceiling(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = script_space(s);

	script_name(s, "/run/netns/n", n);
	script_insert(s, SCRIPT_HOME, 6, n);
	script_start(s);
	script_advance(s, 60 * SCRIPT_S);
	kill_but(s, w->a, w->b);
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, n);
	script_advance(s, 8 * SCRIPT_S);
	world_doubt(w, w->a, REASON_PARTIAL_TABLE);
}

/* ---- what accounts cannot tell -------------------------------------------- */

/* Home gives it a number, h learns of it, it dies at once, and h keeps it. */
static int leak_unlearned(struct world *w, int h)
{
	struct script *s = w->script;
	int n;

	script_advance(s, 8 * SCRIPT_S);
	script_command(s, COMMAND_BEGIN, NSID_NONE);
	n = world_newborn(w, 8, NULL);
	script_number(s, h, 2, n);
	kill_nameless(s, n, 8);
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q); /* a barrier: h lives */
	return n;
}

/* The death is closed by then: only accounts would still verify it. */
static void test_no_accounts_for_a_holder_that_dies_later(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int h = world_newborn(w, 6, NULL), n = leak_unlearned(w, h);

	script_advance(s, 8 * SCRIPT_S);
	world_doubt(w, n, REASON_UNATTRIBUTED);
	kill_nameless(s, h, 6);
	script_advance(s, 20 * SCRIPT_MS);
	script_judge(s);
	world_not(w, n, VERDICT_VERIFIED);
}

/* What a pass leaves behind the next one takes, be it a canary's or not. */
static void test_no_accounts_for_what_a_later_pass_took(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int h = world_newborn(w, 6, "/run/netns/h"), n = leak_unlearned(w, h);

	script_remove(s, h, 2);
	script_advance(s, 8 * SCRIPT_S);
	world_doubt(w, n, REASON_UNATTRIBUTED);
	script_judge(s);
	world_not(w, n, VERDICT_VERIFIED);
}

/* Its table was to tell that the number is gone, and it is not. */
static void test_no_accounts_for_what_a_dead_holder_kept(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int h = world_newborn(w, 6, NULL), n, canary;

	script_advance(s, 8 * SCRIPT_S);
	script_command(s, COMMAND_BEGIN, NSID_NONE);
	n = world_newborn(w, 8, NULL);
	script_number(s, h, 2, n);
	kill_nameless(s, n, 8);
	script_event(s, h, EVENT_DEL, 2); /* announced, and kept */
	canary = script_canary(s);
	script_advance(s, 20 * SCRIPT_MS);
	script_kill(s, canary);
	script_advance(s, 20 * SCRIPT_MS);
	kill_nameless(s, h, 6);
	canary = script_canary(s);
	script_advance(s, 20 * SCRIPT_MS);
	script_kill(s, canary);
	script_command(s, COMMAND_JUDGE, NSID_NONE);
	script_advance(s, 30 * SCRIPT_S);
	assert_true(watch_judged(s->watch));
	world_not(w, n, VERDICT_VERIFIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_CASE(test_a_leak_whose_holder_dies_after_the_barrier),
		WORLD_CASE(test_a_leak_whose_holder_lives_on),
		WORLD_CASE(test_kept_where_its_holder_dies_after_the_barrier),
		WORLD_CASE(
			test_a_holder_is_forgotten_before_the_death_is_judged),
		WORLD_CASE(test_no_accounts_for_a_holder_that_survived),
		WORLD_CASE(test_a_leak_of_one_that_was_numbered_late),
		WORLD_CASE(test_a_leak_of_one_whose_row_was_too_old),
		WORLD_CASE(test_missing_where_another_was_late),
		WORLD_CASE(test_twice_where_another_was_unannounced),
		WORLD_CASE(test_silent_where_another_went_twice),
		WORLD_CASE(test_a_path_that_leads_on_and_on),
		WORLD_CASE(test_a_path_to_the_next_owner_of_the_number),
		WORLD_CASE(test_no_accounts_for_a_holder_that_dies_later),
		WORLD_CASE(test_no_accounts_for_what_a_later_pass_took),
		WORLD_CASE(test_no_accounts_for_what_a_dead_holder_kept),
		cmocka_unit_test_setup_teardown(
			test_premature_where_only_an_inode_tells, only_inodes,
			world_teardown),
		cmocka_unit_test_setup_teardown(test_a_leak_beyond_a_ceiling,
						two_entries, world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
