/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames of a recording: what goes in comes out, and nothing else does.
 */
#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine/trace.h"
#include "tests/lib/tape.h"

static const struct stamp moment = { 0x1122334455667788, 1700000000123456789 };

static const struct trace_begin first = {
	.file = 1,
	.program = "9.8.7",
	.release = "7.1.2-test",
	.built_batched = -1,
	.settings = { .settle_ns = 1,
		      .overdue_ns = 2,
		      .history_ns = UINT64_MAX / 2,
		      .audit_round_ns = 4,
		      .housekeeping_ns = 5,
		      .history = 6,
		      .max_holders = 7,
		      .max_entries = 8,
		      .max_names = UINT32_MAX,
		      .adopt = ADOPT_BORN },
	.start = { .at = { 10, 11 },
		   .home = { 12, 13, UINT64_MAX },
		   .home_is_first = true,
		   .self_nsid = INT32_MAX },
	.self_nsid = 77,
};

/* A file on its way through both: written, and read at once. */
struct pair {
	struct trace writer, reader;
};

static int setup(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	const struct trace_record begin = {
		.type = TRACE_BEGIN,
		.at = moment,
		.begin = first,
	};
	struct trace_frame frame;
	struct trace_record got;

	if (!pair || trace_init(&pair->writer, false) != 0 ||
	    trace_init(&pair->reader, false) != 0 ||
	    trace_write(&pair->writer, &begin, &frame) != 0 ||
	    trace_read(&pair->reader, &frame, &got) != 0)
		return -1;
	*state = pair;
	return 0;
}

static int teardown(void **state)
{
	struct pair *pair = *state;

	trace_deinit(&pair->writer);
	trace_deinit(&pair->reader);
	free(pair);
	return 0;
}

static struct trace_record through(struct pair *pair,
				   const struct trace_record *record)
{
	struct trace_frame frame;
	struct trace_record got;

	assert_int_equal(trace_write(&pair->writer, record, &frame), 0);
	assert_int_equal(trace_read(&pair->reader, &frame, &got), 0);
	assert_int_equal(got.type, record->type);
	assert_int_equal(got.at.mono_ns, moment.mono_ns);
	assert_int_equal(got.at.real_ns, moment.real_ns);
	return got;
}

static void test_begin(void **state)
{
	const struct trace_record begin = {
		.type = TRACE_BEGIN,
		.at = moment,
		.begin = first,
	};
	struct trace_record got;
	struct trace_frame frame;
	struct trace writer, reader;

	(void)state;
	assert_int_equal(trace_init(&writer, false), 0);
	assert_int_equal(trace_init(&reader, false), 0);
	assert_int_equal(trace_write(&writer, &begin, &frame), 0);
	assert_int_equal(frame.seconds, 1700000000);
	assert_int_equal(frame.nanoseconds, 123456789);
	assert_int_equal(trace_read(&reader, &frame, &got), 0);
	assert_int_equal(got.begin.file, 1);
	assert_string_equal(got.begin.program, "9.8.7");
	assert_string_equal(got.begin.release, "7.1.2-test");
	assert_int_equal(got.begin.built_batched, -1);
	assert_memory_equal(&got.begin.settings, &first.settings,
			    offsetof(struct settings, adopt));
	assert_int_equal(got.begin.settings.adopt, ADOPT_BORN);
	assert_int_equal(got.begin.start.at.real_ns, 11);
	assert_memory_equal(&got.begin.start.home, &first.start.home,
			    sizeof(struct identity));
	assert_true(got.begin.start.home_is_first);
	assert_int_equal(got.begin.start.self_nsid, INT32_MAX);
	assert_int_equal(got.begin.self_nsid, 77);
	trace_deinit(&writer);
	trace_deinit(&reader);
}

static void test_nothing_before_the_beginning(void **state)
{
	const struct trace_record nothing = { .type = TRACE_NOTHING };
	struct trace_record got;
	struct trace_frame frame;
	struct trace writer, reader;

	(void)state;
	assert_int_equal(trace_init(&writer, false), 0);
	assert_int_equal(trace_init(&reader, false), 0);
	assert_int_equal(trace_write(&writer, &nothing, &frame), 0);
	assert_int_equal(trace_read(&reader, &frame, &got), TRACE_DAMAGED);
	trace_deinit(&writer);
	trace_deinit(&reader);
}

static void test_only_one_beginning(void **state)
{
	const struct trace_record begin = { .type = TRACE_BEGIN,
					    .at = moment,
					    .begin = first };
	struct pair *pair = *state;
	struct trace_record got;
	struct trace_frame frame;

	assert_int_equal(trace_write(&pair->writer, &begin, &frame), 0);
	assert_int_equal(trace_read(&pair->reader, &frame, &got),
			 TRACE_DAMAGED);
}

static void test_other_version(void **state)
{
	const struct trace_record begin = { .type = TRACE_BEGIN,
					    .at = moment,
					    .begin = first };
	struct trace_record got;
	struct trace_frame frame;
	struct trace writer, reader;

	(void)state;
	assert_int_equal(trace_init(&writer, false), 0);
	assert_int_equal(trace_init(&reader, false), 0);
	assert_int_equal(trace_write(&writer, &begin, &frame), 0);
	/* Behind the header, the message's header and the magic text. */
	((uint8_t *)writer.buf)[16 + 16 + 2 + 19]++;
	writer.check = 0;
	tape_seal(&writer, &frame);
	assert_int_equal(trace_read(&reader, &frame, &got), TRACE_FOREIGN);
	trace_deinit(&writer);
	trace_deinit(&reader);
}

static void test_event(void **state)
{
	static const int32_t holders[] = { TAG_HOME, TAG_UNKNOWN, 0, 7,
					   INT32_MAX };
	struct pair *pair = *state;
	struct tape_message message;
	struct trace_record record = { .type = TRACE_INPUT, .at = moment }, got;
	size_t i;

	for (i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
		record.input.event = (struct event){
			.at = moment,
			.holder = holders[i],
			.nsid = INT32_MAX - (int32_t)i,
			.type = i % 2 ? EVENT_NEW : EVENT_DEL,
		};
		tape_message(&record.input.event, &message);
		record.event_bytes = &message;
		record.event_len = sizeof(message);
		got = through(pair, &record);
		assert_int_equal(got.input.type, INPUT_EVENT);
		assert_int_equal(got.input.event.holder, holders[i]);
		assert_int_equal(got.input.event.nsid, INT32_MAX - (int32_t)i);
		assert_int_equal(got.input.event.type,
				 i % 2 ? EVENT_NEW : EVENT_DEL);
		assert_int_equal(got.input.event.at.mono_ns, moment.mono_ns);
		assert_memory_equal(got.event_bytes, &message, sizeof(message));
	}
}

static void test_gap(void **state)
{
	struct trace_record record = { .type = TRACE_INPUT, .at = moment };
	enum gap_cause cause;

	record.input.type = INPUT_GAP;
	for (cause = 0; cause < GAP_CAUSES; cause++) {
		record.input.gap = cause;
		assert_int_equal(through(*state, &record).input.gap, cause);
	}
}

static void test_drained_nothing_and_end(void **state)
{
	struct trace_record record = { .type = TRACE_INPUT, .at = moment };

	record.input.type = INPUT_DRAINED;
	assert_int_equal(through(*state, &record).input.type, INPUT_DRAINED);
	record = (struct trace_record){ .type = TRACE_NOTHING, .at = moment };
	through(*state, &record);
	record = (struct trace_record){ .type = TRACE_END,
					.at = moment,
					.goes_on = true };
	assert_true(through(*state, &record).goes_on);
}

static void test_moment(void **state)
{
	const struct trace_record record = { .type = TRACE_MOMENT,
					     .at = { 5, 6 } };
	struct pair *pair = *state;
	struct trace_record got;
	struct trace_frame frame;

	assert_int_equal(trace_write(&pair->writer, &record, &frame), 0);
	assert_int_equal(frame.seconds, 0);
	assert_int_equal(frame.nanoseconds, 6);
	assert_int_equal(trace_read(&pair->reader, &frame, &got), 0);
	assert_int_equal(got.at.mono_ns, 5);
	assert_int_equal(got.at.real_ns, 6);
}

static void test_question(void **state)
{
	struct trace_record record = { .type = TRACE_QUESTION, .at = moment };
	struct trace_record got;
	unsigned int kind;

	for (kind = 0; kind < QUESTION_KINDS; kind++) {
		record.question = (struct question){
			.id = UINT64_MAX - kind,
			.kind = kind,
			.holder = TAG_HOME,
			.nsid = 9,
			.name_kind = NAME_PROCESS,
			.name = kind == QUESTION_NAME ? "pid:1:2" : NULL,
			.processes = kind == QUESTION_SCAN,
		};
		got = through(*state, &record);
		assert_int_equal(got.question.id, UINT64_MAX - kind);
		assert_int_equal(got.question.kind, kind);
		assert_int_equal(got.question.holder, TAG_HOME);
		assert_int_equal(got.question.nsid, 9);
		assert_int_equal(got.question.name_kind, NAME_PROCESS);
		assert_int_equal(got.question.processes, kind == QUESTION_SCAN);
		if (kind == QUESTION_NAME)
			assert_string_equal(got.question.name, "pid:1:2");
		else
			assert_null(got.question.name);
	}
}

static void rows_through(struct pair *pair, size_t n)
{
	struct answer answer = { .question = 3, .kind = QUESTION_TABLE };
	struct trace_record record = { .type = TRACE_ROWS, .at = moment }, got;
	struct row *rows = calloc(n + 1, sizeof(*rows));
	size_t at, i;

	assert_non_null(rows);
	for (i = 0; i < n; i++)
		rows[i] = (struct row){ (int32_t)i, (int32_t)(n - i) - 2 };
	for (at = 0; at < n; at += record.rows.n_rows) {
		record.rows.rows = rows + at;
		record.rows.n_rows = n - at < TRACE_ROWS_MAX ? n - at :
							       TRACE_ROWS_MAX;
		through(pair, &record);
	}
	answer.rows = rows;
	answer.n_rows = n;
	answer.outcome = ANSWER_PART;
	answer.last = -1;
	answer.nsid = NSID_NONE;
	answer.hidden = n == 0;
	record = (struct trace_record){ .type = TRACE_INPUT, .at = moment };
	record.input.type = INPUT_ANSWER;
	record.input.answer = &answer;
	got = through(pair, &record);
	assert_int_equal(got.input.answer->question, 3);
	assert_int_equal(got.input.answer->kind, QUESTION_TABLE);
	assert_int_equal(got.input.answer->outcome, ANSWER_PART);
	assert_int_equal(got.input.answer->last, -1);
	assert_int_equal(got.input.answer->hidden, n == 0);
	assert_int_equal(got.input.answer->n_rows, n);
	if (n > 0)
		assert_memory_equal(got.input.answer->rows, rows,
				    n * sizeof(*rows));
	free(rows);
}

static void test_tables(void **state)
{
	static const size_t sizes[] = { 0,
					1,
					TRACE_ROWS_MAX - 1,
					TRACE_ROWS_MAX,
					TRACE_ROWS_MAX + 1,
					5 * TRACE_ROWS_MAX + 17,
					2 };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		rows_through(*state, sizes[i]);
}

static void test_rows_that_are_missing(void **state)
{
	const struct row row = { 1, 2 };
	const struct answer answer = { .kind = QUESTION_TABLE,
				       .rows = &row,
				       .n_rows = 1 };
	struct trace_record record = { .type = TRACE_INPUT, .at = moment }, got;
	struct pair *pair = *state;
	struct trace_frame frame;

	record.input.type = INPUT_ANSWER;
	record.input.answer = &answer;
	assert_int_equal(trace_write(&pair->writer, &record, &frame), 0);
	assert_int_equal(trace_read(&pair->reader, &frame, &got),
			 TRACE_DAMAGED);
}

static void test_sighting(void **state)
{
	const struct sighting sighting = {
		.kind = NAME_PROCESS,
		.text = "pid:9:8",
		.label = "a label",
		.leads = true,
		.nsid = 4,
		.is_home = true,
		.identity = { 1, 2, 3 },
	};
	struct trace_record record = { .type = TRACE_INPUT, .at = moment }, got;
	char longest[NAME_MAX_BYTES];
	struct sighting other = { .nsid = NSID_NONE, .text = longest };

	record.input.type = INPUT_SIGHTING;
	record.input.sighting = &sighting;
	got = through(*state, &record);
	assert_string_equal(got.input.sighting->text, "pid:9:8");
	assert_string_equal(got.input.sighting->label, "a label");
	assert_int_equal(got.input.sighting->kind, NAME_PROCESS);
	assert_true(got.input.sighting->leads);
	assert_true(got.input.sighting->is_home);
	assert_int_equal(got.input.sighting->nsid, 4);
	assert_memory_equal(&got.input.sighting->identity, &sighting.identity,
			    sizeof(struct identity));
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	record.input.sighting = &other;
	got = through(*state, &record);
	assert_string_equal(got.input.sighting->text, longest);
	assert_null(got.input.sighting->label);
	assert_false(got.input.sighting->leads);
}

static void test_image(void **state)
{
	static char bytes[TRACE_TEXT_MAX + 1];
	struct trace_record record = { .type = TRACE_IMAGE, .at = moment }, got;
	struct pair *pair = *state;
	struct trace_frame frame;

	memset(bytes, 0xa5, sizeof(bytes));
	record.message.bytes = bytes;
	record.message.whole = UINT64_MAX - 1;
	for (size_t len = 1; len <= TRACE_TEXT_MAX; len *= 8) {
		record.message.len = len;
		got = through(pair, &record);
		assert_int_equal(got.message.len, len);
		assert_int_equal(got.message.whole, UINT64_MAX - 1);
		assert_memory_equal(got.message.bytes, bytes, len);
	}
	record.message.len = sizeof(bytes);
	assert_int_equal(trace_write(&pair->writer, &record, &frame),
			 -EMSGSIZE);
	record.message.len = 0;
	assert_int_equal(trace_write(&pair->writer, &record, &frame), 0);
	assert_int_equal(trace_read(&pair->reader, &frame, &got),
			 TRACE_DAMAGED);
}

static void test_command(void **state)
{
	struct trace_record record = { .type = TRACE_INPUT, .at = moment }, got;
	unsigned int type;

	record.input.type = INPUT_COMMAND;
	for (type = 0; type <= COMMAND_FINISH; type++) {
		record.input.command.type = type;
		record.input.command.nsid = 12;
		got = through(*state, &record);
		assert_int_equal(got.input.command.type, type);
		assert_int_equal(got.input.command.nsid, 12);
	}
}

static void test_inherited(void **state)
{
	const struct inherited inherited = {
		.opened = { 1, 2 },
		.last_removal = { 3, 4 },
		.nsid = 5,
		.generation = 6,
		.expected = 7,
		.n_removals = 8,
		.certain = true,
		.identity = { 9, 10, 11 },
		.name = "/run/netns/p",
	};
	const struct inherited other = { .left_home = true,
					 .lost = true,
					 .label = "box" };
	struct trace_record record = { .type = TRACE_INPUT, .at = moment };
	struct inherited got;

	record.input.type = INPUT_INHERITED;
	record.input.inherited = &inherited;
	got = *through(*state, &record).input.inherited;
	assert_string_equal(got.name, inherited.name);
	assert_null(got.label);
	assert_memory_equal(&got.opened, &inherited.opened, sizeof(got.opened));
	assert_memory_equal(&got.last_removal, &inherited.last_removal,
			    sizeof(got.last_removal));
	assert_int_equal(got.nsid, 5);
	assert_int_equal(got.generation, 6);
	assert_int_equal(got.expected, 7);
	assert_int_equal(got.n_removals, 8);
	assert_true(got.certain);
	assert_false(got.left_home);
	assert_false(got.lost);
	assert_memory_equal(&got.identity, &inherited.identity,
			    sizeof(got.identity));
	record.input.inherited = &other;
	got = *through(*state, &record).input.inherited;
	assert_true(got.left_home);
	assert_true(got.lost);
	assert_false(got.certain);
	assert_null(got.name);
	assert_string_equal(got.label, "box");
}

static void test_settings_and_report(void **state)
{
	struct trace_record record = { .type = TRACE_SETTINGS, .at = moment };
	struct trace_record got;

	record.settings = settings_default();
	got = through(*state, &record);
	assert_int_equal(got.settings.max_names, 65536);
	record = (struct trace_record){ .type = TRACE_REPORT, .at = moment };
	record.report = "{\"list\":true}";
	assert_string_equal(through(*state, &record).report, record.report);
}

static void test_messages(void **state)
{
	struct trace_record record = { .type = TRACE_MESSAGE, .at = moment };
	struct trace_record got;
	uint8_t *bytes = calloc(1, TRACE_MESSAGE_MAX + 1);
	struct trace_frame frame;

	assert_non_null(bytes);
	memset(bytes, 0xa5, TRACE_MESSAGE_MAX);
	record.message.bytes = bytes;
	record.message.len = TRACE_MESSAGE_MAX;
	record.message.direction = TRACE_ASKED;
	got = through(*state, &record);
	assert_int_equal(got.message.direction, TRACE_ASKED);
	assert_int_equal(got.message.len, TRACE_MESSAGE_MAX);
	assert_memory_equal(got.message.bytes, bytes, TRACE_MESSAGE_MAX);
	record.message.len = 0;
	record.message.direction = TRACE_ANSWERED;
	got = through(*state, &record);
	assert_int_equal(got.message.direction, TRACE_ANSWERED);
	record.message.len = TRACE_MESSAGE_MAX + 1;
	assert_int_equal(trace_write(&((struct pair *)*state)->writer, &record,
				     &frame),
			 -EMSGSIZE);
	free(bytes);
}

/* ---- the other byte order ------------------------------------------------- */

static void turn(void *bytes, size_t size)
{
	uint8_t *at = bytes, byte;
	size_t i;

	for (i = 0; i < size / 2; i++) {
		byte = at[i];
		at[i] = at[size - 1 - i];
		at[size - 1 - i] = byte;
	}
}

static void test_other_byte_order(void **state)
{
	struct trace_record record = { .type = TRACE_INPUT, .at = moment }, got;
	struct pair *pair = *state;
	struct tape_message message;
	struct trace_frame frame;

	record.input.event = (struct event){ moment, 5, 0x01020304, EVENT_DEL };
	tape_message(&record.input.event, &message);
	turn(&message.header.nlmsg_len, 4);
	turn(&message.header.nlmsg_type, 2);
	turn(&message.attr.nla_len, 2);
	turn(&message.attr.nla_type, 2);
	turn(&message.nsid, 4);
	record.event_bytes = &message;
	record.event_len = sizeof(message);
	pair->reader.foreign = true;
	assert_int_equal(trace_write(&pair->writer, &record, &frame), 0);
	assert_int_equal(trace_read(&pair->reader, &frame, &got), 0);
	assert_int_equal(got.input.event.nsid, 0x01020304);
	assert_int_equal(got.input.event.holder, 5);
	assert_int_equal(got.input.event.type, EVENT_DEL);
}

/* ---- damage --------------------------------------------------------------- */

static struct trace_record some_answer(void)
{
	static const struct answer answer = {
		.question = 3,
		.kind = QUESTION_NAME,
		.sighting = { .text = "/run/netns/x", .label = "x" },
	};
	struct trace_record record = { .type = TRACE_INPUT, .at = moment };

	record.input.type = INPUT_ANSWER;
	record.input.answer = &answer;
	return record;
}

/* A copy of what a trace is, that can be read from again. */
static int read_again(const struct pair *pair, const struct trace_frame *frame)
{
	struct trace trace;
	struct trace_record got;
	int r;

	assert_int_equal(trace_init(&trace, false), 0);
	trace.check = pair->reader.check;
	trace.version = TRACE_VERSION;
	trace.begun = true;
	r = trace_read(&trace, frame, &got);
	trace_deinit(&trace);
	return r;
}

static void test_every_flip_shows(void **state)
{
	const struct trace_record record = some_answer();
	struct pair *pair = *state;
	struct trace_frame frame;
	uint8_t *bytes;
	size_t i, bit;

	assert_int_equal(trace_write(&pair->writer, &record, &frame), 0);
	assert_int_equal(read_again(pair, &frame), 0);
	bytes = (uint8_t *)pair->writer.buf;
	for (i = 0; i < frame.len; i++) {
		for (bit = 0; bit < 8; bit++) {
			bytes[i] ^= (uint8_t)(1u << bit);
			assert_int_equal(read_again(pair, &frame),
					 TRACE_DAMAGED);
			bytes[i] ^= (uint8_t)(1u << bit);
		}
	}
	frame.seconds ^= 4;
	assert_int_equal(read_again(pair, &frame), TRACE_DAMAGED);
	frame.seconds ^= 4;
	frame.nanoseconds ^= 1;
	assert_int_equal(read_again(pair, &frame), TRACE_DAMAGED);
}

/* Even where the sum is right, as somebody who means harm would make it. */
static void test_every_truncation_shows(void **state)
{
	const struct trace_record record = some_answer();
	struct pair *pair = *state;
	struct trace_frame frame;
	size_t whole;

	assert_int_equal(trace_write(&pair->writer, &record, &frame), 0);
	whole = frame.len;
	for (frame.len = 0; frame.len < whole; frame.len++) {
		assert_int_equal(read_again(pair, &frame), TRACE_DAMAGED);
		if (frame.len < 16)
			continue;
		pair->writer.check = pair->reader.check;
		tape_seal(&pair->writer, &frame);
		assert_int_equal(read_again(pair, &frame), TRACE_DAMAGED);
	}
}

static void test_a_lost_frame_shows(void **state)
{
	const struct trace_record nothing = { .type = TRACE_NOTHING };
	struct pair *pair = *state;
	struct trace_frame frame;
	struct trace_record got;

	assert_int_equal(trace_write(&pair->writer, &nothing, &frame), 0);
	assert_int_equal(trace_write(&pair->writer, &nothing, &frame), 0);
	assert_int_equal(trace_read(&pair->reader, &frame, &got),
			 TRACE_DAMAGED);
}

/* ---- values that no recorder writes --------------------------------------- */

static void test_names_that_are_too_long(void **state)
{
	char text[NAME_MAX_BYTES + 1];
	struct sighting sighting = { .text = text };
	struct trace_record record = { .type = TRACE_INPUT, .at = moment };
	struct trace_frame frame;

	memset(text, 'x', sizeof(text));
	text[NAME_MAX_BYTES] = '\0';
	record.input.type = INPUT_SIGHTING;
	record.input.sighting = &sighting;
	assert_int_equal(trace_write(&((struct pair *)*state)->writer, &record,
				     &frame),
			 -EMSGSIZE);
}

#define TRACE_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_nothing_before_the_beginning),
		cmocka_unit_test(test_other_version),
		TRACE_CASE(test_only_one_beginning),
		TRACE_CASE(test_event),
		TRACE_CASE(test_gap),
		TRACE_CASE(test_drained_nothing_and_end),
		TRACE_CASE(test_moment),
		TRACE_CASE(test_question),
		TRACE_CASE(test_tables),
		TRACE_CASE(test_rows_that_are_missing),
		TRACE_CASE(test_sighting),
		TRACE_CASE(test_image),
		TRACE_CASE(test_command),
		TRACE_CASE(test_inherited),
		TRACE_CASE(test_settings_and_report),
		TRACE_CASE(test_messages),
		TRACE_CASE(test_other_byte_order),
		TRACE_CASE(test_every_flip_shows),
		TRACE_CASE(test_every_truncation_shows),
		TRACE_CASE(test_a_lost_frame_shows),
		TRACE_CASE(test_names_that_are_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
