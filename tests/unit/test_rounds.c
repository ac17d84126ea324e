/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes round (rounds.h): on a host of many namespaces the question who
 * lives, which follows a death, is asked in steps, the youngest first, and in
 * the end of everybody.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine/rounds.h"
#include "common/engine/state.h"
#include "tests/lib/world.h"

#define MANY 200
#define FIRST_NUMBER 100

static void crowd(struct world *w, int spaces[MANY])
{
	char text[32];
	int i;

	for (i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "/run/netns/many%d", i);
		spaces[i] = world_newborn(w, FIRST_NUMBER + i, text);
	}
	script_advance(w->script, 10 * SCRIPT_S);
}

/* How many of the crowd were proved alive at or after event seq. */
static unsigned int alive_since(struct world *w, uint64_t seq)
{
	struct watch *watch = w->script->watch;
	const struct netns *netns;
	unsigned int n = 0;
	int i;

	for (i = 0; i < MANY; i++) {
		netns = ledger_holder(&watch->ledger, FIRST_NUMBER + i);
		n += netns && netns->life_seq >= seq;
	}
	return n;
}

static void test_lives_are_asked_in_steps(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int spaces[MANY];
	uint64_t seq, asked, before;

	crowd(w, spaces);
	script_kill(s, w->p);
	seq = s->watch->seq;
	script_drained(s);
	assert_non_null(s->watch->sync.life_next);
	asked = s->questions[QUESTION_NAME];
	script_advance(s, SCRIPT_MS);
	before = s->questions[QUESTION_NAME] - asked;
	assert_in_range(before, LIFE_ASKED, LIFE_ASKED + 16);
	/* All of them in the end, and then nobody is asked again. */
	script_advance(s, 5 * SCRIPT_S);
	assert_int_equal(alive_since(w, seq), MANY);
	assert_null(s->watch->sync.life_next);
	assert_true(s->watch->sync.life_seq >= seq);
	asked = s->questions[QUESTION_NAME];
	script_advance(s, 10 * SCRIPT_S);
	/* But for the holders that the background audit comes to. */
	assert_in_range(s->questions[QUESTION_NAME] - asked, 0, LIFE_ASKED / 2);
}

/* The youngest die first, for all that is known of containers. */
static void test_the_youngest_is_asked_first(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	struct watch *watch = s->watch;
	int spaces[MANY];
	uint64_t seq;

	crowd(w, spaces);
	script_kill(s, w->p);
	seq = watch->seq;
	script_advance(s, LIFE_STEP_NS / 2);
	/* An answer takes effect a settle time later. */
	script_advance(s, 1100 * SCRIPT_MS);
	assert_true(ledger_holder(&watch->ledger, FIRST_NUMBER + MANY - 1)
			    ->life_seq >= seq);
	/* That one is a barrier at once. */
	script_kill(s, spaces[MANY - 1]);
	script_advance(s, 5 * SCRIPT_S);
	world_verdict(w, w->p, VERDICT_VERIFIED);
}

/* The next one to be asked ends, and the round goes on with the one before. */
static void test_a_round_survives_whom_it_stands_at(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	struct sync *sync = &s->watch->sync;
	int spaces[MANY];
	uint64_t seq;
	int32_t next;

	crowd(w, spaces);
	script_kill(s, w->p);
	seq = s->watch->seq;
	script_drained(s);
	assert_non_null(sync->life_next);
	next = sync->life_next->nsid;
	assert_in_range(next, FIRST_NUMBER, FIRST_NUMBER + MANY - 1);
	sync_forget(s->watch, sync->life_next);
	assert_int_equal(sync->life_next->nsid, next - 1);
	script_advance(s, 5 * SCRIPT_S);
	assert_int_equal(alive_since(w, seq), MANY - 1);
}

/* No death waits for a barrier any more: the rest need not be asked. */
static void test_a_round_ends_with_its_reason(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	int spaces[MANY];

	crowd(w, spaces);
	script_kill(s, w->p);
	script_drained(s);
	assert_non_null(s->watch->sync.life_next);
	s->watch->verify.no_barrier = NULL;
	script_drained(s);
	assert_null(s->watch->sync.life_next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_CASE(test_lives_are_asked_in_steps),
		WORLD_CASE(test_the_youngest_is_asked_first),
		WORLD_CASE(test_a_round_survives_whom_it_stands_at),
		WORLD_CASE(test_a_round_ends_with_its_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
