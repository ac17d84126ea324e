/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deaths that were open when an earlier watch ended: each is listed once, and
 * none is proved. What an earlier watch saw is p's removal from a.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine/image.h"
#include "common/engine/judge.h"
#include "common/engine/state.h"
#include "tests/lib/world.h"

#define NUMBER 4 /* of p, in home */

static const struct stamp opened = { 5, 7 };

static const struct inherited p_left = {
	.opened = { 5, 7 },
	.last_removal = { 6, 8 },
	.nsid = NUMBER,
	.generation = 3,
	.expected = 3,
	.n_removals = 1,
	.identity = { .id = 4711 },
	.name = "/run/netns/p",
	.label = "box p",
};

static void tell(struct world *w, const struct inherited *inherited)
{
	script_step(w->script, &(struct input){ .type = INPUT_INHERITED,
						.inherited = inherited });
}

static const struct verify *verify_of(struct world *w)
{
	return watch_verify(w->script->watch);
}

static const struct death_counts *counts_of(struct world *w)
{
	return verify_counts(verify_of(w));
}

/* The world of a watch that begins when p is dead, and no more in a's table. */
static void begin(struct world *w, const struct inherited *inherited)
{
	script_die(w->script, w->p);
	script_erase(w->script, w->a, 10);
	script_start(w->script);
	tell(w, inherited);
}

static void learn(struct world *w)
{
	script_advance(w->script, 10 * SCRIPT_S);
	assert_true(watch_ready(w->script->watch));
}

/* The rest of p's pass, and a barrier. */
static void finish(struct world *w)
{
	script_remove(w->script, SCRIPT_HOME, NUMBER);
	script_remove(w->script, w->b, 20);
	script_barrier(w->script);
}

/* Of home's number for p: how many there are. */
static unsigned int listed(struct world *w)
{
	const struct verify *verify = verify_of(w);
	const struct death *lists[] = { verify_closed_deaths(verify),
					verify_open_deaths(verify) };
	unsigned int n = 0;

	for (size_t i = 0; i < 2; i++)
		for (; lists[i]; lists[i] = lists[i]->next)
			n += lists[i]->peer->nsid == NUMBER;
	return n;
}

/* Both are listed, and neither is proved. */
static void assert_two_in_doubt(struct world *w)
{
	const struct death *death = verify_closed_deaths(verify_of(w));
	unsigned int n = 0;

	for (; death; death = death->next) {
		if (death->peer->nsid != NUMBER)
			continue;
		assert_int_equal(death->verdict, VERDICT_INDETERMINATE);
		n++;
	}
	assert_int_equal(n, 2);
}

static const struct death *first_closed(struct world *w)
{
	const struct death *death = verify_closed_deaths(verify_of(w));

	assert_non_null(death);
	return death;
}

/* ---- what is told ------------------------------------------------------- */

static void test_it_is_in_doubt_at_once(void **state)
{
	struct world *w = *state;
	const struct death *death;
	struct notice notice;

	w->script->leaves_notices = true;
	begin(w, &p_left);
	death = first_closed(w);
	assert_int_equal(death->verdict, VERDICT_INDETERMINATE);
	assert_int_equal(death->reason, REASON_ENDED_OPEN);
	assert_int_equal(counts_of(w)->total, 1);
	assert_int_equal(counts_of(w)->open, 0);
	assert_int_equal(counts_of(w)->indeterminate, 1);
	assert_int_equal(counts_of(w)->reasons[REASON_ENDED_OPEN], 1);
	assert_int_equal(verify_of(w)->tally.verdicts[VERDICT_INDETERMINATE],
			 1);
	assert_true(watch_next_notice(w->script->watch, &notice));
	assert_int_equal(notice.type, NOTICE_DEATH);
	assert_int_equal(notice.id, death->id);
}

static void test_it_is_called_as_before(void **state)
{
	struct world *w = *state;
	const struct death *death;

	begin(w, &p_left);
	death = first_closed(w);
	assert_string_equal(death->name, "/run/netns/p");
	assert_string_equal(death->label, "box p");
	assert_memory_equal(&death->opened, &opened, sizeof(opened));
	assert_int_equal(death->last_removal.real_ns, 8);
	assert_int_equal(death->expected, 3);
	assert_int_equal(death->n_removals, 1);
	assert_int_equal(death->peer->nsid, NUMBER);
	assert_int_equal(death->peer->generation, 3);
	assert_int_equal(death->peer->identity.id, 4711);
	assert_false(death->certain);
}

static void test_nonsense_is_ignored(void **state)
{
	struct world *w = *state;
	struct inherited inherited = { .nsid = -1 };

	begin(w, &inherited);
	assert_int_equal(counts_of(w)->total, 0);
	assert_int_equal(watch_counters(w->script->watch)->ignored, 1);
	inherited = (struct inherited){ .opened = { 9, 9 },
					.n_removals = UINT32_MAX };
	tell(w, &inherited);
	assert_int_equal(first_closed(w)->last_removal.mono_ns, 9);
}

/* ---- it goes on --------------------------------------------------------- */

static void test_the_rest_takes_its_place(void **state)
{
	struct world *w = *state;
	const struct death *death;

	begin(w, &p_left);
	learn(w);
	assert_int_equal(listed(w), 1);
	script_remove(w->script, SCRIPT_HOME, NUMBER);
	assert_int_equal(listed(w), 1);
	assert_int_equal(counts_of(w)->total, 1);
	assert_int_equal(counts_of(w)->open, 1);
	assert_int_equal(counts_of(w)->indeterminate, 0);
	assert_int_equal(counts_of(w)->reasons[REASON_ENDED_OPEN], 0);
	death = verify_open_deaths(verify_of(w));
	assert_string_equal(death->name, "/run/netns/p");
	assert_string_equal(death->label, "box p");
	assert_int_equal(death->opened.real_ns, opened.real_ns);
	assert_int_equal(death->peer->identity.id, 4711);
}

static void test_the_rest_is_no_proof(void **state)
{
	struct world *w = *state;
	const struct death *death;

	begin(w, &p_left);
	learn(w);
	finish(w);
	assert_int_equal(listed(w), 1);
	death = first_closed(w);
	assert_int_equal(death->peer->nsid, NUMBER);
	assert_true(death->inherited);
	assert_int_equal(death->verdict, VERDICT_INDETERMINATE);
	assert_int_not_equal(death->reason, REASON_NONE);
	world_clean(w);
}

/* Nothing else may stand against it. */
static void test_the_last_reason_against_it(void **state)
{
	struct death death = { .inherited = true };

	(void)state;
	assert_int_equal(judge_reason(&death), REASON_ENDED_OPEN);
	death.tainted = true;
	assert_int_equal(judge_reason(&death), REASON_TAINTED);
}

static void test_a_removal_in_another_table_is_the_rest(void **state)
{
	struct world *w = *state;

	begin(w, &p_left);
	learn(w);
	script_remove(w->script, w->b, 20);
	assert_int_equal(listed(w), 1);
	assert_int_equal(counts_of(w)->open, 1);
}

static void test_only_one_of_several_goes_on(void **state)
{
	struct inherited other = p_left;
	struct world *w = *state;

	other.nsid = 5;
	begin(w, &other);
	tell(w, &p_left);
	other.nsid = 77;
	tell(w, &other);
	learn(w);
	script_remove(w->script, SCRIPT_HOME, NUMBER);
	assert_int_equal(counts_of(w)->total, 3);
	assert_int_equal(counts_of(w)->indeterminate, 2);
	assert_int_equal(first_closed(w)->peer->nsid, 5);
	assert_int_equal(first_closed(w)->next->peer->nsid, 77);
	assert_null(first_closed(w)->next->next);
	assert_ptr_equal(verify_of(w)->closed_last, first_closed(w)->next);
	assert_int_equal(verify_of(w)->n_closed, 2);
}

/* ---- another one has the number ----------------------------------------- */

static void test_one_that_had_left_home(void **state)
{
	struct inherited inherited = p_left;
	struct world *w = *state;

	inherited.left_home = true;
	begin(w, &inherited);
	learn(w);
	finish(w);
	assert_two_in_doubt(w);
}

static void test_one_after_which_events_were_lost(void **state)
{
	struct inherited inherited = p_left;
	struct world *w = *state;

	inherited.lost = true;
	begin(w, &inherited);
	learn(w);
	finish(w);
	assert_two_in_doubt(w);
}

static void test_one_that_left_home_unjudged(void **state)
{
	struct world *w = *state;
	int r;

	begin(w, &p_left);
	script_remove(w->script, SCRIPT_HOME, NUMBER);
	r = world_newborn(w, NUMBER, "/run/netns/r");
	learn(w);
	assert_int_equal(counts_of(w)->total, 1);
	script_kill(w->script, r);
	assert_int_equal(listed(w), 2);
	assert_int_equal(first_closed(w)->reason, REASON_ENDED_OPEN);
}

/* It had done no more than to look dead: this is another story. */
static void test_one_that_lived_on(void **state)
{
	struct world *w = *state;

	script_erase(w->script, w->a, 10);
	script_start(w->script);
	tell(w, &p_left);
	learn(w);
	script_kill(w->script, w->p);
	script_barrier(w->script);
	assert_int_equal(listed(w), 2);
	assert_int_equal(counts_of(w)->reasons[REASON_ENDED_OPEN], 1);
}

static void test_a_gap_parts_them(void **state)
{
	struct world *w = *state;

	begin(w, &p_left);
	script_gap(w->script, GAP_OVERRUN);
	learn(w);
	finish(w);
	assert_two_in_doubt(w);
}

static void test_told_too_late(void **state)
{
	struct world *w = *state;

	begin(w, &(struct inherited){ .nsid = 99 });
	learn(w);
	script_remove(w->script, w->c, 31);
	tell(w, &p_left);
	script_remove(w->script, SCRIPT_HOME, NUMBER);
	assert_int_equal(listed(w), 2);
}

static void test_another_id(void **state)
{
	struct world *w = *state;
	struct netns *p;

	begin(w, &p_left);
	learn(w);
	p = ledger_holder(&w->script->watch->ledger, NUMBER);
	assert_non_null(p);
	p->identity.id = 4712;
	script_remove(w->script, SCRIPT_HOME, NUMBER);
	assert_int_equal(listed(w), 2);
}

/* ---- an engine that goes on --------------------------------------------- */

static void test_it_is_in_the_image(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	struct watch *again;
	void *bytes;
	size_t len;

	begin(w, &p_left);
	learn(w);
	assert_int_equal(image_write(s->watch, &bytes, &len), 0);
	assert_int_equal(image_read(&s->settings, bytes, len, &again), 0);
	free(bytes);
	watch_free(s->watch);
	s->watch = again;
	assert_int_equal(listed(w), 1);
	assert_true(first_closed(w)->inherited);
	script_remove(s, SCRIPT_HOME, NUMBER);
	assert_int_equal(listed(w), 1);
	assert_int_equal(counts_of(w)->open, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_FRESH(test_it_is_in_doubt_at_once),
		WORLD_FRESH(test_it_is_called_as_before),
		WORLD_FRESH(test_nonsense_is_ignored),
		WORLD_FRESH(test_the_rest_takes_its_place),
		WORLD_FRESH(test_the_rest_is_no_proof),
		cmocka_unit_test(test_the_last_reason_against_it),
		WORLD_FRESH(test_a_removal_in_another_table_is_the_rest),
		WORLD_FRESH(test_only_one_of_several_goes_on),
		WORLD_FRESH(test_one_that_had_left_home),
		WORLD_FRESH(test_one_after_which_events_were_lost),
		WORLD_FRESH(test_one_that_left_home_unjudged),
		WORLD_FRESH(test_one_that_lived_on),
		WORLD_FRESH(test_a_gap_parts_them),
		WORLD_FRESH(test_told_too_late),
		WORLD_FRESH(test_another_id),
		WORLD_FRESH(test_it_is_in_the_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
