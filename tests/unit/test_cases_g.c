/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nobody could tell when it was wanted: an answer that is still on its way,
 * that failed, that was of somebody else, or that was too much to keep.
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

/* p dies, and its pass takes it from all who knew it when it began. */
static void kill_p(struct world *w)
{
	script_die(w->script, w->p);
	script_remove(w->script, SCRIPT_HOME, 4);
	script_remove(w->script, w->a, 10);
	script_remove(w->script, w->b, 20);
}

static void barriers(struct script *s)
{
	script_advance(s, 8 * SCRIPT_S);
	script_barrier(s);
	script_barrier(s);
}

/* ---- a holder that home numbers while the pass goes on --------------------- */

static void test_a_leak_in_a_holder_that_cannot_be_asked_yet(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int o = world_newborn(w, 6, NULL), h = script_space(s);

	script_insert(s, h, 7, w->p);
	script_advance(s, 8 * SCRIPT_S);
	kill_p(w); /* a slow pass: h comes last */
	script_advance(s, 1200 * SCRIPT_MS);
	script_die(s, o);
	script_erase(s, SCRIPT_HOME, 6);     /* the message comes late */
	script_number(s, SCRIPT_HOME, 6, h); /* and (h, 7) is left behind */
	script_kill(s, w->q);		     /* the barrier */
	script_advance(s, 900 * SCRIPT_MS);
	script_event(s, SCRIPT_HOME, EVENT_DEL, 6);
	barriers(s);
	world_not(w, w->p, VERDICT_VERIFIED);
}

/* h is asked before the first DEL was read, and after all of them were sent. */
static void test_a_first_table_that_the_pass_was_ahead_of(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int h = script_space(s);

	script_insert(s, h, 7, w->p);
	script_advance(s, 8 * SCRIPT_S);
	script_number(s, SCRIPT_HOME, 6, h);
	script_drained(s);
	script_hold(s);
	script_die(s, w->p);
	script_erase(s, h, 7); /* and nothing is said */
	script_remove(s, SCRIPT_HOME, 4);
	script_remove(s, w->a, 10);
	script_remove(s, w->b, 20);
	script_ask(s);
	script_release(s);
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q); /* the barrier */
	barriers(s);
	world_not(w, w->p, VERDICT_VERIFIED);
}

/* ---- a number that went and came before the first table ---------------------- */

/* h listed x when it was asked; who has the number since, the next table tells. */
static void test_a_leak_at_a_number_that_was_another_s(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int h = script_space(s), x = world_newborn(w, 7, NULL), canary;
	int y = world_newborn(w, 9, NULL);

	script_number(s, w->a, 15, y);
	script_number(s, w->b, 26, y);
	script_number(s, w->c, 36, y);
	script_insert(s, h, 5, x);
	script_advance(s, 8 * SCRIPT_S);
	script_number(s, SCRIPT_HOME, 6, h);
	script_drained(s);
	script_ask(s);
	script_kill(s, x);
	script_number(s, h, 5, w->q);
	script_number(s, w->q, 1, w->a); /* q is asked, so it lives */
	script_advance(s, 900 * SCRIPT_MS);
	s->spaces[h].fails = true;
	script_advance(s, 300 * SCRIPT_MS);
	s->spaces[h].fails = false;
	script_die(s, w->q); /* and (h, 5) is left behind */
	script_remove(s, SCRIPT_HOME, 5);
	script_remove(s, w->a, 11);
	script_remove(s, w->b, 21);
	script_remove(s, w->c, 31);
	canary = script_canary(s);
	script_advance(s, 20 * SCRIPT_MS);
	script_kill(s, canary);
	script_kill(s, y); /* so that all tables are asked */
	barriers(s);
	world_not(w, w->q, VERDICT_VERIFIED);
}

/* ---- names ---------------------------------------------------------------- */

static void test_a_path_of_one_without_a_number_leads_to_another(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int x = script_space(s), h = script_space(s);

	script_name(s, "/run/netns/x", x);
	script_insert(s, h, 7, w->p);
	script_advance(s, 8 * SCRIPT_S);
	/* one wake-up: nobody can ask h before p is gone from home */
	script_number(s, SCRIPT_HOME, 6, h);
	kill_p(w);
	script_erase(s, h, 7); /* and nothing is said */
	script_command(s, COMMAND_SCAN, NSID_NONE);
	script_advance(s, 2 * SCRIPT_S); /* x has no number */
	script_name(s, "/run/netns/x", h);
	script_command(s, COMMAND_SCAN, NSID_NONE);
	script_advance(s, 3 * SCRIPT_S);
	script_kill(s, w->q);
	barriers(s);
	world_not(w, w->p, VERDICT_VERIFIED);
}

/* It lives, for all that anybody knows: nobody could tell where its path leads. */
static void test_a_path_that_cannot_be_asked(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = world_newborn(w, 6, "/run/netns/n");

	script_advance(s, 8 * SCRIPT_S);
	script_find_name(s, "/run/netns/n")->fails = true;
	script_remove(s, SCRIPT_HOME, 6);
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q);
	barriers(s);
	world_not(w, n, VERDICT_VERIFIED);
}

/* One DEL, and the only name failed before: that is no name that was lost. */
static void test_a_path_that_failed_before_a_wrong_del(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = world_newborn(w, 6, "/run/netns/n");

	script_number(s, w->a, 14, n);
	script_advance(s, 8 * SCRIPT_S);
	script_find_name(s, "/run/netns/n")->fails = true;
	script_command(s, COMMAND_SCAN, NSID_NONE);
	script_advance(s, 4 * SCRIPT_S);
	script_event(s, SCRIPT_HOME, EVENT_DEL, 6); /* and it lives */
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q);
	barriers(s);
	world_found(w, KIND(GHOST), 0, 1);
	world_not(w, n, VERDICT_VERIFIED);
}

/* ---- a ceiling ------------------------------------------------------------ */

static int three_entries(void **state)
{
	int r = world_make(state);

	if (r == 0) {
		script_of(state)->settings.max_entries = 3;
		script_learn(script_of(state));
	}
	return r;
}

/* c has room for one more: what came while it had none went as it should. */
static void test_what_came_beyond_a_ceiling_is_no_stray(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n = world_newborn(w, 6, NULL), x = world_newborn(w, 7, NULL);

	script_advance(s, 8 * SCRIPT_S);
	script_number(s, w->c, 32, n);
	script_advance(s, 100 * SCRIPT_MS); /* c is asked */
	script_number(s, w->c, 33, x);	    /* too much */
	script_kill(s, n);
	script_advance(s, SCRIPT_S); /* for all that c said it is whole */
	script_kill(s, x);
	script_advance(s, 10 * SCRIPT_S);
	world_clean(w);
}

static int six_holders(void **state)
{
	int r = world_make(state);

	if (r == 0) {
		script_of(state)->settings.max_holders = 6;
		script_learn(script_of(state));
	}
	return r;
}

/* Home forgets the dead x and says nothing, and n has its number: n answers. */
static void test_a_next_owner_beyond_a_ceiling(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int x = world_newborn(w, 6, NULL);

	script_number(s, w->a, 14, x);
	script_number(s, w->b, 24, x);
	script_advance(s, 8 * SCRIPT_S);
	script_die(s, x);
	script_remove(s, w->a, 14);
	script_remove(s, w->b, 24);
	script_erase(s, SCRIPT_HOME, 6);
	world_newborn(w, 6, "/run/netns/n");
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q);
	barriers(s);
	world_found(w, KIND(UNANNOUNCED), 0, 1);
}

/* p lost its number too soon, and n has it, who is one too many. */
static void number_goes_on(struct world *w, uint64_t after_ns)
{
	struct script *s = w->script;

	world_newborn(w, 6, NULL);
	script_advance(s, 4 * SCRIPT_S);
	script_remove(s, SCRIPT_HOME, 4);
	script_advance(s, after_ns);
	world_newborn(w, 7, NULL);
	world_newborn(w, 4, NULL);
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q);
	barriers(s);
	world_found(w, KIND(PREMATURE), 0, 1);
}

static void test_too_soon_and_the_next_owner_is_left_out(void **state)
{
	number_goes_on(*state, 0);
}

static void test_too_soon_and_suspected_by_then(void **state)
{
	number_goes_on(*state, 2500 * SCRIPT_MS);
}

/* ---- what is forgotten ------------------------------------------------------ */

static int short_memory(void **state)
{
	int r = world_make(state);

	if (r == 0) {
		script_of(state)->settings.history = 3;
		script_learn(script_of(state));
	}
	return r;
}

/* More is closed at once than is remembered, while a death waits. */
static void test_twice_where_much_is_closed(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int x = script_space(s);

	kill_p(w);
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q); /* the barrier */
	for (int32_t nsid = 100; nsid < 200; nsid++) {
		script_number(s, w->c, nsid, x);
		script_remove(s, w->c, nsid);
	}
	script_advance(s, 100 * SCRIPT_MS);
	script_event(s, w->b, EVENT_DEL, 20); /* twice */
	barriers(s);
	world_found(w, KIND(DUPLICATE), 1, 1);
	world_verdict(w, w->p, VERDICT_VIOLATED);
}

/* ---- questions that fail --------------------------------------------------- */

static void test_homes_table_is_asked_again(void **state)
{
	struct script *s = script_of(state);

	s->spaces[SCRIPT_HOME].fails = true;
	script_start(s);
	script_advance(s, 3 * SCRIPT_S);
	s->spaces[SCRIPT_HOME].fails = false;
	script_advance(s, 10 * SCRIPT_S);
	assert_true(watch_ready(s->watch));
	assert_true(watch_learned(s->watch));
}

static void test_a_table_is_asked_again(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int h = world_newborn(w, 6, NULL);
	uint64_t asked;

	s->spaces[h].fails = true;
	script_advance(s, 3 * SCRIPT_S);
	asked = s->questions[QUESTION_TABLE];
	script_advance(s, 10 * SCRIPT_S);
	assert_in_range(s->questions[QUESTION_TABLE] - asked, 1, 10);
	s->spaces[h].fails = false;
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->p);
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q);
	barriers(s);
	world_verdict(w, w->p, VERDICT_VERIFIED);
}

/* ---- who it is that has a number ------------------------------------------- */

/* Twice announced is the pass of those who had the numbers before n. */
static void test_a_pass_twice_after_the_numbers_were_re_used(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int x = world_newborn(w, 6, NULL), n;

	script_number(s, w->a, 14, x);
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, x);
	script_advance(s, 4 * SCRIPT_S);
	n = world_newborn(w, 6, NULL);
	script_number(s, w->a, 14, n);
	script_number(s, w->b, 24, n);
	script_number(s, w->c, 34, n);
	script_advance(s, 8 * SCRIPT_S);
	script_event(s, w->a, EVENT_DEL, 14);
	script_event(s, SCRIPT_HOME, EVENT_DEL, 6);
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q); /* the barrier */
	barriers(s);
	world_found(w, KIND(GHOST) | KIND(DUPLICATE), 0, 2);
	world_not(w, n, VERDICT_VERIFIED);
}

/* Home gets the number of n, whose DEL was lost without a sign. */
static void home_gets_number_of(struct world *w, int n, bool heard)
{
	struct script *s = w->script;
	int32_t nsid = s->spaces[n].number;

	s->deaf = true;
	script_kill(s, n);
	script_advance(s, 4 * SCRIPT_S);
	s->tags_self = true;
	s->deaf = !heard;
	script_number(s, SCRIPT_HOME, nsid, SCRIPT_HOME);
	s->deaf = false;
	script_advance(s, 4 * SCRIPT_S);
}

static void test_homes_own_number_was_another_s(void **state)
{
	struct world *w = *state;

	home_gets_number_of(w, w->q, true);
	assert_int_equal(watch_ledger(w->script->watch)->self_nsid, 5);
}

static void test_an_audit_asks_for_homes_own_number(void **state)
{
	struct world *w = *state;
	int n = world_newborn(w, 6, NULL);

	script_advance(w->script, 4 * SCRIPT_S);
	home_gets_number_of(w, n, false);
	assert_int_equal(watch_ledger(w->script->watch)->self_nsid, NSID_NONE);
	script_command(w->script, COMMAND_AUDIT, NSID_NONE);
	script_advance(w->script, 4 * SCRIPT_S);
	assert_int_equal(watch_ledger(w->script->watch)->self_nsid, 6);
}

/* What home dropped was taken for n's, while its first table was on its way. */
static void test_homes_own_number_before_its_first_table(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int n;

	script_start(s);
	n = world_newborn(w, 6, NULL);
	script_advance(s, 100 * SCRIPT_MS);
	s->deaf = true;
	script_kill(s, n);
	s->deaf = false;
	s->tags_self = true;
	script_number(s, SCRIPT_HOME, 6, SCRIPT_HOME);
	script_kill(s, w->q);
	script_advance(s, 10 * SCRIPT_S);
	barriers(s);
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 10 * SCRIPT_S);
	world_clean(w);
}

/* A table of home's tells of n, after a was asked whom its entry names. */
static void test_a_number_that_no_event_made_known(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int x = world_newborn(w, 6, NULL), n = script_space(s);
	const struct netns *a;

	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, x);
	script_advance(s, 4 * SCRIPT_S);
	script_event(s, SCRIPT_HOME, EVENT_DEL, 6); /* twice */
	script_advance(s, 900 * SCRIPT_MS);
	script_number(s, w->a, 14, n);
	script_number(s, SCRIPT_HOME, 6, n); /* makes up for it, so far */
	script_advance(s, 8 * SCRIPT_S);
	a = ledger_holder(watch_ledger(s->watch), 1);
	assert_int_equal(ledger_entry(a, 14)->open->knowledge, PEER_KNOWN);
}

/* ---- the order of a walk --------------------------------------------------- */

/* Both drop p and q in turn; that these are p's and q's is from before the gap. */
static void drop_by_holder(struct script *s, const struct world *w)
{
	script_die(s, w->p);
	script_die(s, w->q);
	script_remove(s, SCRIPT_HOME, 4);
	script_remove(s, SCRIPT_HOME, 5);
	script_remove(s, w->a, 10);
	script_remove(s, w->a, 11);
	script_remove(s, w->b, 20);
	script_remove(s, w->b, 21);
	script_advance(s, 4 * SCRIPT_S);
}

static void test_an_order_is_seen(void **state)
{
	struct world *w = *state;

	drop_by_holder(w->script, w);
	assert_int_equal(passes_order(watch_passes(w->script->watch)),
			 ORDER_PER_HOLDER);
}

static void test_no_order_is_seen_in_a_gap(void **state)
{
	struct world *w = *state;

	script_gap(w->script, GAP_OVERRUN);
	drop_by_holder(w->script, w);
	assert_int_equal(passes_order(watch_passes(w->script->watch)),
			 ORDER_UNKNOWN);
}

/* ---- what is asked again --------------------------------------------------- */

/* p dies, long after everything else, and all of it was known. */
static void dies_and_is_verified(struct world *w)
{
	struct script *s = w->script;

	kill_p(w);
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, w->q);
	barriers(s);
	world_clean(w);
	world_verdict(w, w->p, VERDICT_VERIFIED);
}

static void test_a_number_re_used_before_the_first_table(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int x = script_space(s);

	script_insert(s, SCRIPT_HOME, 6, x);
	script_start(s);
	script_kill(s, x);
	world_newborn(w, 6, NULL);
	script_advance(s, 300 * SCRIPT_S);
	dies_and_is_verified(w);
}

/* 7 was one too many, but is so no more. */
static void test_there_is_room_again(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int x = world_newborn(w, 6, NULL);

	script_advance(s, 4 * SCRIPT_S);
	world_newborn(w, 7, NULL);
	script_advance(s, 4 * SCRIPT_S);
	script_kill(s, x);
	script_advance(s, 4 * SCRIPT_S);
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 60 * SCRIPT_S);
	dies_and_is_verified(w);
}

/* No one may look where it leads any more: by its number it can be asked. */
static void test_a_holder_whose_path_fails_for_good(void **state)
{
	struct world *w = *state;

	script_find_name(w->script, "/run/netns/a")->fails = true;
	script_advance(w->script, 30 * SCRIPT_S);
	dies_and_is_verified(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_CASE(test_a_leak_in_a_holder_that_cannot_be_asked_yet),
		WORLD_CASE(test_a_first_table_that_the_pass_was_ahead_of),
		WORLD_FRESH(test_a_number_re_used_before_the_first_table),
		cmocka_unit_test_setup_teardown(test_there_is_room_again,
						six_holders, world_teardown),
		WORLD_CASE(test_a_leak_at_a_number_that_was_another_s),
		WORLD_CASE(
			test_a_path_of_one_without_a_number_leads_to_another),
		WORLD_CASE(test_a_path_that_cannot_be_asked),
		WORLD_CASE(test_a_path_that_failed_before_a_wrong_del),
		WORLD_CASE(test_a_holder_whose_path_fails_for_good),
		cmocka_unit_test_setup_teardown(
			test_what_came_beyond_a_ceiling_is_no_stray,
			three_entries, world_teardown),
		cmocka_unit_test_setup_teardown(
			test_a_next_owner_beyond_a_ceiling, six_holders,
			world_teardown),
		cmocka_unit_test_setup_teardown(
			test_too_soon_and_the_next_owner_is_left_out,
			six_holders, world_teardown),
		cmocka_unit_test_setup_teardown(
			test_too_soon_and_suspected_by_then, six_holders,
			world_teardown),
		cmocka_unit_test_setup_teardown(test_twice_where_much_is_closed,
						short_memory, world_teardown),
		WORLD_FRESH(test_homes_table_is_asked_again),
		WORLD_CASE(test_a_table_is_asked_again),
		WORLD_CASE(test_a_pass_twice_after_the_numbers_were_re_used),
		WORLD_CASE(test_homes_own_number_was_another_s),
		WORLD_CASE(test_an_audit_asks_for_homes_own_number),
		WORLD_CASE(test_an_order_is_seen),
		WORLD_CASE(test_no_order_is_seen_in_a_gap),
		WORLD_FRESH(test_homes_own_number_before_its_first_table),
		WORLD_CASE(test_a_number_that_no_event_made_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
