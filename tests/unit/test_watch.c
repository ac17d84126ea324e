/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facade: any input at any time, and the same from the same. */
#include <inttypes.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/chaos.h"
#include "tests/lib/world.h"

#define STEPS 200000

/* ---- random inputs --------------------------------------------------------- */

static uint64_t seed_of_the_day(void)
{
	const char *text = getenv("NSIDWATCH_SEED");

	return text ? strtoull(text, NULL, 0) : 20261123;
}

/* The word for what was kept beyond a ceiling, or NULL. */
static const char *run(struct chaos *chaos, const struct settings *settings,
		       unsigned int steps)
{
	const char *beyond = NULL;

	for (unsigned int i = 0; i < steps && !beyond; i++) {
		chaos_step(chaos);
		if (i % 64 == 0)
			beyond = chaos_beyond(chaos, settings);
	}
	return beyond ? beyond : chaos_beyond(chaos, settings);
}

static void test_random_inputs(void **state)
{
	struct settings settings = chaos_settings();
	uint64_t seed = seed_of_the_day(), questions, notices;
	struct mallinfo2 before, after;
	const char *beyond, *again;
	struct chaos chaos;

	(void)state;
	/* Seen where an assertion of the engine ends the program. */
	print_message("NSIDWATCH_SEED=%" PRIu64 "\n", seed);
	chaos_init(&chaos, &settings, NULL, 0, seed, 1000000000);
	beyond = run(&chaos, &settings, STEPS / 2);
	before = mallinfo2();
	again = run(&chaos, &settings, STEPS / 2);
	after = mallinfo2();
	questions = chaos.questions;
	notices = chaos.notices;
	chaos_deinit(&chaos);
	if (beyond || again)
		fail_msg("%s beyond the ceiling", beyond ? beyond : again);
	if (after.uordblks > before.uordblks + (1 << 20))
		fail_msg("%zu bytes at half time, %zu at the end",
			 before.uordblks, after.uordblks);
	assert_true(questions > 0);
	assert_true(notices > 0);
}

static uint64_t digest_of(uint64_t seed, uint64_t start_ns, unsigned int steps)
{
	struct settings settings = chaos_settings();
	struct chaos chaos;
	uint64_t digest;

	chaos_init(&chaos, &settings, NULL, 0, seed, start_ns);
	while (steps--)
		chaos_step(&chaos);
	digest = chaos_digest(&chaos);
	chaos_deinit(&chaos);
	return digest;
}

static void test_same_inputs_same_conclusions(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		uint64_t digest = digest_of(seed, 1000000000, 3000);

		if (digest != digest_of(seed, 1000000000, 3000))
			fail_msg("seed %" PRIu64 ": not the same again", seed);
		/* Another day, another clock. */
		if (digest != digest_of(seed, 900000000000000, 3000))
			fail_msg("seed %" PRIu64 ": not the same shifted",
				 seed);
		assert_int_not_equal(digest, digest_of(seed, 1000000000, 2000));
	}
}

/* Each ceiling at one. */
static void test_random_inputs_under_the_lowest_ceilings(void **state)
{
	struct settings settings = chaos_settings();
	const char *beyond;
	struct chaos chaos;
	uint64_t counted, by_ceiling = 0;
	size_t i;

	(void)state;
	settings.history = 1;
	settings.max_holders = 1;
	settings.max_entries = 1;
	settings.max_names = 1;
	settings.adopt = ADOPT_ALL;
	chaos_init(&chaos, &settings, NULL, 0, 5, 1000000000);
	beyond = run(&chaos, &settings, STEPS / 10);
	counted = watch_counters(chaos.watch)->beyond;
	for (i = 0; i < CEILINGS; i++)
		by_ceiling += watch_beyond_times(chaos.watch, i);
	chaos_deinit(&chaos);
	if (beyond)
		fail_msg("%s beyond the ceiling", beyond);
	assert_true(counted > 0);
	assert_true(by_ceiling == counted);
}

/* ---- what cannot be true is counted and ignored ---------------------------- */

static uint64_t ignored(const struct script *s)
{
	return watch_counters(s->watch)->ignored;
}

static void test_events_of_nobody(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	uint64_t before = ignored(s);

	script_raw(s, TAG_UNKNOWN, EVENT_NEW, 3);
	script_raw(s, INT32_MIN, EVENT_DEL, 3);
	script_raw(s, TAG_HOME, EVENT_DEL, -1);
	script_raw(s, TAG_HOME, EVENT_NEW, INT32_MIN);
	script_raw(s, 1, EVENT_NEW, -5);
	assert_true(ignored(s) >= before + 5);
	/* A tag that home has no number for: its message has come too late. */
	script_raw(s, 77, EVENT_NEW, 3);
	script_raw(s, 77, EVENT_DEL, 3);
	script_raw(s, 77, EVENT_DEL, 3);
	script_raw(s, INT32_MAX, EVENT_DEL, INT32_MAX);
	script_advance(s, 20 * SCRIPT_S);
	world_clean(w);
	assert_true(script_agrees(s));
	assert_int_equal(verify_counts(watch_verify(s->watch))->total, 0);
	script_kill(s, w->p);
	script_barrier(s);
	world_not(w, w->p, VERDICT_VIOLATED);
	world_clean(w);
}

static void give(struct script *s, const struct answer *answer)
{
	script_step(s,
		    &(struct input){ .type = INPUT_ANSWER, .answer = answer });
}

static void test_answers_to_questions_never_asked(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	const struct row rows[] = { { 10, 5 }, { 99, 1 }, { -4, -9 } };
	uint64_t before = ignored(s);

	for (unsigned int kind = 0; kind < QUESTION_KINDS; kind++)
		for (uint64_t id = 0; id < 200; id++)
			give(s,
			     &(struct answer){ .question = id,
					       .kind = (enum question_kind)kind,
					       .outcome = ANSWER_WHOLE,
					       .rows = rows,
					       .n_rows = 3,
					       .nsid = 2 });
	assert_int_equal(ignored(s), before + QUESTION_KINDS * 200);
	script_advance(s, 20 * SCRIPT_S);
	world_clean(w);
	assert_true(script_agrees(s));
}

static void test_answers_of_the_wrong_kind_and_twice(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	struct question question;
	struct answer answer = { .outcome = ANSWER_WHOLE };
	uint64_t before = ignored(s);

	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_drained(s);
	assert_true(watch_next_question(s->watch, &question));
	answer.question = question.id;
	answer.kind = question.kind == QUESTION_TABLE ? QUESTION_PROBE :
							QUESTION_TABLE;
	give(s, &answer);
	assert_int_equal(ignored(s), before + 1);
	script_answer(s, &question);
	assert_int_equal(ignored(s), before + 1);
	answer.kind = question.kind;
	give(s, &answer);
	assert_int_equal(ignored(s), before + 2);
	script_advance(s, 20 * SCRIPT_S);
	world_clean(w);
	assert_true(script_agrees(s));
}

static void test_rows_of_nonsense(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	const struct row rows[] = {
		{ -1, 2 },	   { INT32_MIN, INT32_MIN },
		{ 10, 4 },	   { 10, 4 },
		{ 10, 5 },	   { 11, -7 },
		{ 50, INT32_MAX }, { INT32_MAX, 1 },
		{ 51, 4 },
	};
	struct question question;
	unsigned int tables = 0;

	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_drained(s);
	while (watch_next_question(s->watch, &question)) {
		if (question.kind != QUESTION_TABLE) {
			script_answer(s, &question);
			continue;
		}
		tables++;
		give(s, &(struct answer){ .question = question.id,
					  .kind = question.kind,
					  .outcome = ANSWER_PART,
					  .rows = rows,
					  .n_rows = 9,
					  .last = -6 });
	}
	assert_true(tables > 0);
	script_advance(s, 60 * SCRIPT_S);
	/* The kernel's next word counts. */
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 60 * SCRIPT_S);
	assert_false(watch_audit(s->watch)->running);
}

static void test_sightings_of_nonsense(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	char longest[NAME_MAX_BYTES + 1];
	struct question question;
	const char *texts[] = { NULL, "", longest, "\001\377\n", "/run/x" };
	uint64_t before = ignored(s);

	memset(longest, 'x', sizeof(longest) - 1);
	longest[NAME_MAX_BYTES] = '\0';
	/* Outside of any scan, all of them. */
	for (size_t i = 0; i < 5; i++) {
		struct sighting sighting = { .text = texts[i], .leads = true };

		script_step(s, &(struct input){ .type = INPUT_SIGHTING,
						.sighting = &sighting });
	}
	assert_int_equal(ignored(s), before + 5);

	script_command(s, COMMAND_SCAN, NSID_NONE);
	script_advance(s, 0);
	script_wait(s, SCRIPT_S);
	script_command(s, COMMAND_SCAN, NSID_NONE);
	script_drained(s);
	do {
		assert_true(watch_next_question(s->watch, &question));
		if (question.kind != QUESTION_SCAN)
			script_answer(s, &question);
	} while (question.kind != QUESTION_SCAN);
	before = ignored(s);
	for (size_t i = 0; i < 5; i++) {
		struct sighting sighting = { .text = texts[i],
					     .label = longest,
					     .leads = true,
					     .nsid = -77 };

		script_step(s, &(struct input){ .type = INPUT_SIGHTING,
						.sighting = &sighting });
	}
	/* Without a text, without a letter, too long. */
	assert_int_equal(ignored(s), before + 3);
	script_answer(s, &question);
	script_advance(s, 20 * SCRIPT_S);
	world_clean(w);
	assert_true(script_agrees(s));
}

/* ---- the rest of the facade ------------------------------------------------- */

static void test_kept_events(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	uint64_t newest = watch_counters(s->watch)->seq, oldest;
	const struct event *event;

	assert_null(watch_event(s->watch, newest + 1, &oldest));
	for (uint32_t i = 0; i < s->settings.history + 10; i++)
		script_raw(s, 1, i % 2 ? EVENT_DEL : EVENT_NEW, 40);
	newest = watch_counters(s->watch)->seq;
	event = watch_event(s->watch, newest, &oldest);
	assert_non_null(event);
	assert_int_equal(event->holder, 1);
	assert_int_equal(event->nsid, 40);
	assert_int_equal(newest - oldest + 1, s->settings.history);
	assert_non_null(watch_event(s->watch, oldest, &oldest));
	assert_null(watch_event(s->watch, oldest - 1, &oldest));
	assert_null(watch_event(s->watch, 0, &oldest));
	assert_null(watch_event(s->watch, newest + 1, &oldest));
	script_advance(s, 10 * SCRIPT_S);
	world_clean(w);
}

static void test_notices_nobody_takes(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	struct notice notice;
	unsigned int count = 0, gaps = 0;

	for (unsigned int i = 0; i < 5000; i++)
		script_gap(s, GAP_OVERRUN);
	while (watch_next_notice(s->watch, &notice)) {
		count++;
		gaps += notice.type == NOTICE_GAP;
	}
	assert_true(count > 0 && count <= 5000);
	assert_int_equal(gaps, count);
	/* The newest is not the one that is lost. */
	assert_int_equal(notice.id, 5000);
	script_advance(s, 20 * SCRIPT_S);
	assert_true(watch_learned(s->watch));
	assert_true(script_agrees(s));
}

static void test_notices_of_a_death(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	struct question question;
	struct notice notice;
	bool found = false, died = false;

	script_kill(s, w->p);
	script_barrier(s);
	while (watch_next_notice(s->watch, &notice))
		;
	script_event(s, w->a, EVENT_DEL, 10);
	for (unsigned int i = 0; i < 100; i++) {
		script_drained(s);
		while (watch_next_question(s->watch, &question))
			script_answer(s, &question);
		script_wait(s, 100 * SCRIPT_MS);
	}
	while (watch_next_notice(s->watch, &notice)) {
		found |= notice.type == NOTICE_FINDING &&
			 verify_finding(watch_verify(s->watch), notice.id);
		died |= notice.type == NOTICE_DEATH &&
			notice.id == script_death(s, w->p)->id;
	}
	/* The finding, and the verdict that it revises. */
	assert_true(found);
	assert_true(died);
}

static void test_audit_is_counted_and_told(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	uint64_t audits = watch_counters(s->watch)->audits;
	const struct audit *audit;

	script_command(s, COMMAND_AUDIT, NSID_NONE);
	assert_true(watch_audit(s->watch)->running);
	script_advance(s, 20 * SCRIPT_S);
	audit = watch_audit(s->watch);
	assert_false(audit->running);
	assert_int_equal(audit->mismatches, 0);
	assert_int_equal(audit->unanswered, 0);
	assert_int_equal(audit->holders, 6);
	assert_int_equal(audit->entries, 14);
	assert_true(watch_counters(s->watch)->audits > audits);
}

static void test_time_does_not_go_back(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	struct stamp now = s->now;

	script_kill(s, w->p);
	s->now.mono_ns = 5;
	script_drained(s);
	script_raw(s, 1, EVENT_NEW, 44);
	script_raw(s, 1, EVENT_DEL, 44);
	s->now = now;
	script_barrier(s);
	world_not(w, w->p, VERDICT_VIOLATED);
	world_clean(w);
}

static void test_reload(void **state)
{
	struct world *w = *state;
	struct script *s = w->script;
	struct settings settings = s->settings;

	settings.settle_ns = 3 * SCRIPT_S;
	settings.max_holders = 1;
	settings.max_names = 1;
	settings.max_entries = 1;
	watch_reload(s->watch, &settings);
	assert_int_equal(watch_settings(s->watch)->settle_ns, 3 * SCRIPT_S);
	s->settings.settle_ns = settings.settle_ns;
	/* What is known stays watched. */
	script_kill(s, w->p);
	script_advance(s, 20 * SCRIPT_S);
	script_kill(s, w->q);
	script_advance(s, 40 * SCRIPT_S);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	world_clean(w);
}

static void test_free_nothing(void **state)
{
	(void)state;
	assert_null(watch_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_CASE(test_events_of_nobody),
		WORLD_CASE(test_answers_to_questions_never_asked),
		WORLD_CASE(test_answers_of_the_wrong_kind_and_twice),
		WORLD_CASE(test_rows_of_nonsense),
		WORLD_CASE(test_sightings_of_nonsense),
		WORLD_CASE(test_kept_events),
		WORLD_CASE(test_notices_nobody_takes),
		WORLD_CASE(test_notices_of_a_death),
		WORLD_CASE(test_audit_is_counted_and_told),
		WORLD_CASE(test_time_does_not_go_back),
		WORLD_CASE(test_reload),
		cmocka_unit_test(test_free_nothing),
		cmocka_unit_test(test_random_inputs),
		cmocka_unit_test(test_same_inputs_same_conclusions),
		cmocka_unit_test(test_random_inputs_under_the_lowest_ceilings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
