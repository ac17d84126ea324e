/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine told again what a recording says: whatever it was told, it comes
 * to the same; and where the recording fits it ill, it comes to no harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine/image.h"
#include "common/engine/replay.h"
#include "tests/lib/chaos.h"
#include "tests/lib/tape.h"

#define SEEDS 300
#define STEPS 400
#define FRAMES_MAX 20000
#define PART 1000u /* bytes of an image */

/* A recording in memory. */
struct tape {
	struct trace trace;
	struct trace_frame frames[FRAMES_MAX];
	size_t n_frames;
};

static struct tape *tape_new(void)
{
	struct tape *tape = calloc(1, sizeof(*tape));

	assert_non_null(tape);
	assert_int_equal(trace_init(&tape->trace, false), 0);
	return tape;
}

static void tape_free(struct tape *tape)
{
	size_t i;

	for (i = 0; i < tape->n_frames; i++)
		free((void *)tape->frames[i].bytes);
	trace_deinit(&tape->trace);
	free(tape);
}

static bool write_one(struct tape *tape, const struct trace_record *record)
{
	struct trace_frame frame;
	void *copy;

	if (trace_write(&tape->trace, record, &frame) != 0)
		return false;
	copy = malloc(frame.len);
	assert_non_null(copy);
	memcpy(copy, frame.bytes, frame.len);
	frame.bytes = copy;
	assert_true(tape->n_frames < FRAMES_MAX);
	tape->frames[tape->n_frames++] = frame;
	return true;
}

static bool write_event(struct tape *tape, struct trace_record *record)
{
	const struct event *event = &record->input.event;
	struct tape_message message;

	/* No message of a kernel says such a thing. */
	if (event->nsid < 0 || event->holder < TAG_UNKNOWN)
		return false;
	tape_message(event, &message);
	record->event_bytes = &message;
	record->event_len = sizeof(message);
	return write_one(tape, record);
}

static bool on_chaos_heard(void *userdata, const struct trace_record *heard)
{
	struct tape *tape = userdata;
	struct trace_record record = *heard;
	struct trace_record moment = { .type = TRACE_MOMENT, .at = heard->at };
	struct trace_record rows = { .type = TRACE_ROWS };

	if (tape->trace.at.mono_ns != heard->at.mono_ns)
		write_one(tape, &moment);
	if (record.type != TRACE_INPUT)
		return write_one(tape, &record);
	if (record.input.type == INPUT_EVENT)
		return write_event(tape, &record);
	if (record.input.type == INPUT_ANSWER &&
	    record.input.answer->n_rows > 0) {
		rows.rows.rows = record.input.answer->rows;
		rows.rows.n_rows = record.input.answer->n_rows;
		write_one(tape, &rows);
	}
	return write_one(tape, &record);
}

/* The engine goes on: nothing of what came before is on the tape. */
static void write_image(struct tape *tape, struct watch *watch)
{
	struct trace_record record = { .type = TRACE_IMAGE };
	size_t len, at, left;
	void *bytes;

	assert_int_equal(image_write(watch, &bytes, &len), 0);
	for (at = 0; at < len; at += record.message.len) {
		left = len - at;
		record.at = tape->trace.at;
		record.message.bytes = (char *)bytes + at;
		record.message.len = left < PART ? left : PART;
		record.message.whole = len;
		assert_true(write_one(tape, &record));
	}
	free(bytes);
}

/* One history, with all of it on a tape, but for so many steps before that. */
static struct tape *record_late(struct chaos *chaos, uint64_t seed, int before)
{
	struct settings settings = chaos_settings();
	struct tape *tape = tape_new();
	struct trace_record begin = { .type = TRACE_BEGIN };
	int i;

	chaos_init(chaos, &settings, NULL, 0, seed, 1000000000ull);
	for (i = 0; i < before; i++)
		chaos_step(chaos);
	begin.at = chaos->now;
	begin.begin = (struct trace_begin){
		.file = 1,
		.program = "0",
		.release = "0",
		.settings = settings,
		.start = *watch_start(chaos->watch),
		.self_nsid = watch_start(chaos->watch)->self_nsid,
	};
	assert_true(write_one(tape, &begin));
	if (before)
		write_image(tape, chaos->watch);
	chaos->heard = on_chaos_heard;
	chaos->userdata = tape;
	for (i = 0; i < STEPS; i++)
		chaos_step(chaos);
	return tape;
}

static struct tape *record_chaos(struct chaos *chaos, uint64_t seed)
{
	return record_late(chaos, seed, 0);
}

static void play(const struct tape *tape, size_t from, size_t to, size_t but,
		 struct replay *replay)
{
	struct trace trace;
	struct trace_record record;
	size_t i;

	assert_int_equal(trace_init(&trace, false), 0);
	for (i = 0; i < to; i++) {
		assert_int_equal(trace_read(&trace, &tape->frames[i], &record),
				 0);
		if (record.type == TRACE_BEGIN && from > 0)
			record.begin.file = 2;
		else if (i < from || i == but)
			continue;
		assert_int_equal(replay_take(replay, &record), 0);
	}
	trace_deinit(&trace);
}

static void test_same_conclusions(void **state)
{
	struct replay replay;
	struct chaos chaos, again;
	struct tape *tape;
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= SEEDS; seed++) {
		tape = record_chaos(&chaos, seed);
		replay_init(&replay);
		play(tape, 0, tape->n_frames, SIZE_MAX, &replay);
		assert_int_equal(replay.apart, 0);
		assert_false(replay.partial);
		again = chaos;
		again.watch = replay.watch;
		assert_int_equal(chaos_digest(&again), chaos_digest(&chaos));
		replay_deinit(&replay);
		chaos_deinit(&chaos);
		tape_free(tape);
	}
}

/* Without its beginning, without its end, and without something in between. */
static void test_incomplete(void **state)
{
	struct settings settings = chaos_settings();
	struct replay replay;
	struct chaos chaos;
	struct tape *tape;
	uint64_t seed;
	size_t n;

	(void)state;
	for (seed = 1; seed <= SEEDS; seed++) {
		tape = record_chaos(&chaos, seed);
		n = tape->n_frames;
		chaos_deinit(&chaos);
		replay_init(&replay);
		play(tape, n / 3, n, SIZE_MAX, &replay);
		assert_true(replay.partial);
		assert_int_equal(replay_finish(&replay), 0);
		chaos.watch = replay.watch;
		assert_null(chaos_beyond(&chaos, &settings));
		replay_deinit(&replay);
		replay_init(&replay);
		play(tape, 0, n - n / 4, 1 + seed * 7 % (n / 2), &replay);
		assert_int_equal(replay_finish(&replay), 0);
		replay_deinit(&replay);
		tape_free(tape);
	}
}

static void test_goes_on(void **state)
{
	struct replay replay;
	struct chaos chaos, again;
	struct tape *tape;
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= SEEDS / 3; seed++) {
		tape = record_late(&chaos, seed, 1 + (int)seed * 3);
		replay_init(&replay);
		play(tape, 0, tape->n_frames, SIZE_MAX, &replay);
		assert_int_equal(replay.apart, 0);
		assert_false(replay.partial);
		again = chaos;
		again.watch = replay.watch;
		assert_int_equal(chaos_digest(&again), chaos_digest(&chaos));
		replay_deinit(&replay);
		chaos_deinit(&chaos);
		tape_free(tape);
	}
}

/* Without a part of its image it begins anew, and says so. */
static void test_image_incomplete(void **state)
{
	struct replay replay;
	struct chaos chaos;
	struct tape *tape;

	(void)state;
	tape = record_late(&chaos, 5, 300);
	chaos_deinit(&chaos);
	/* the first part, the second one, the rest of the recording */
	for (size_t but = 1; but < 3; but++) {
		replay_init(&replay);
		play(tape, 0, tape->n_frames, but, &replay);
		assert_true(replay.partial && replay.apart);
		assert_int_equal(replay_finish(&replay), 0);
		replay_deinit(&replay);
	}
	replay_init(&replay);
	play(tape, 0, 2, SIZE_MAX, &replay);
	assert_false(replay.partial);
	assert_int_equal(replay_finish(&replay), 0);
	assert_true(replay.partial);
	assert_non_null(replay.watch);
	replay_deinit(&replay);
	tape_free(tape);
}

/* Parts that cannot be: too many, too late, before everything else. */
static void test_image_odd(void **state)
{
	struct trace_record image = {
		.type = TRACE_IMAGE,
		.message = { .bytes = "four", .len = 4, .whole = 3 },
	};
	struct trace_record moment = { .type = TRACE_MOMENT };
	struct replay replay;
	struct chaos chaos;
	struct tape *tape;

	(void)state;
	tape = record_chaos(&chaos, 6);
	chaos_deinit(&chaos);
	replay_init(&replay);
	assert_int_equal(replay_take(&replay, &image), REPLAY_ODD);
	play(tape, 0, 1, SIZE_MAX, &replay);
	assert_int_equal(replay_take(&replay, &image), REPLAY_ODD);
	image.message.whole = UINT64_MAX;
	assert_int_equal(replay_take(&replay, &image), REPLAY_ODD);
	image.message.whole = 4;
	assert_int_equal(replay_take(&replay, &image), 0);
	assert_true(replay.partial);
	replay_deinit(&replay);

	replay_init(&replay);
	play(tape, 0, 1, SIZE_MAX, &replay);
	assert_int_equal(replay_take(&replay, &moment), 0);
	assert_int_equal(replay_take(&replay, &image), REPLAY_ODD);
	assert_false(replay.partial);
	replay_deinit(&replay);
	tape_free(tape);
}

static void test_nothing_before_the_beginning(void **state)
{
	const struct trace_record record = { .type = TRACE_NOTHING };
	struct replay replay;

	(void)state;
	replay_init(&replay);
	assert_int_equal(replay_take(&replay, &record), REPLAY_ODD);
	assert_int_equal(replay_finish(&replay), 0);
	replay_deinit(&replay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_conclusions),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_image_incomplete),
		cmocka_unit_test(test_image_odd),
		cmocka_unit_test(test_nothing_before_the_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
