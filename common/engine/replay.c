/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/image.h"
#include "common/engine/state.h"
#include "common/engine/verify.h"

/* So many of the engine's own questions give way to a recorded one. */
#define GIVE_WAY 64

void replay_init(struct replay *replay)
{
	*replay = (struct replay){ .built_batched = -1 };
}

void replay_deinit(struct replay *replay)
{
	replay->watch = watch_free(replay->watch);
	free(replay->image);
	replay->image = NULL;
}

static uint64_t count_gaps(const struct watch *watch)
{
	const struct counters *counters = watch_counters(watch);
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < GAP_CAUSES; i++)
		sum += counters->gaps[i];
	return sum;
}

static int begin(struct replay *replay, const struct trace_record *record)
{
	const struct trace_begin *from = &record->begin;
	struct start start = from->start;

	if (replay->watch)
		return 0; /* the next file */
	replay->partial = from->file != 1;
	replay->apart = replay->partial;
	/* Nothing is known before what is there. */
	if (replay->partial) {
		start.at = record->at;
		start.self_nsid = from->self_nsid;
	}
	replay->at = start.at;
	replay->built_batched = from->built_batched;
	snprintf(replay->release, sizeof(replay->release), "%s", from->release);
	snprintf(replay->program, sizeof(replay->program), "%s", from->program);
	return watch_new(&from->settings, &start, &replay->watch);
}

/* ---- an engine that goes on ------------------------------------------------ */

/* Nothing was told it yet: another one can take its place. */
static int go_on(struct replay *replay)
{
	struct watch *watch;
	int r;

	r = image_read(watch_settings(replay->watch), replay->image,
		       replay->image_len, &watch);
	free(replay->image);
	replay->image = NULL;
	if (r < 0)
		return r;
	if (r > 0) {
		replay->partial = true;
		replay->apart++;
		return 0;
	}
	watch_free(replay->watch);
	replay->watch = watch;
	return 0;
}

static int take_image(struct replay *replay, const struct trace_record *record)
{
	size_t len = record->message.len;
	uint8_t *image;

	if (!replay->watch || replay->told || replay->partial ||
	    record->message.whole > IMAGE_MAX ||
	    record->message.whole < replay->image_len + len)
		return REPLAY_ODD;
	image = realloc(replay->image, replay->image_len + len);
	if (!image)
		return -ENOMEM;
	memcpy(image + replay->image_len, record->message.bytes, len);
	replay->image = image;
	replay->image_len += len;
	if (replay->image_len < record->message.whole)
		return 0;
	replay->told = true;
	return go_on(replay);
}

/* An image that is not whole is as good as none. */
static void give_up_image(struct replay *replay)
{
	replay->told = true;
	if (!replay->image)
		return;
	free(replay->image);
	replay->image = NULL;
	replay->partial = true;
	replay->apart++;
}

/* ---- questions ------------------------------------------------------------ */

static bool same(const struct question *a, const struct question *b)
{
	const char *text_a = a->name ? a->name : "";
	const char *text_b = b->name ? b->name : "";

	return a->kind == b->kind && a->holder == b->holder &&
	       a->nsid == b->nsid && a->processes == b->processes &&
	       a->name_kind == b->name_kind && strcmp(text_a, text_b) == 0;
}

/* The engine goes its own way through the numbers that a table did not show:
 * nothing but its own question serves that. */
static bool is_probe(const struct question *question)
{
	return question->kind == QUESTION_PROBE ||
	       (question->kind == QUESTION_ENTRY && question->nsid != TAG_HOME);
}

/*
 * Nobody asked that. Where the engine would wait for it for ever it is told
 * that there is no answer; a name that was not asked leads where it did.
 */
static int unanswered(struct replay *replay, const struct question *question)
{
	const struct answer answer = {
		.question = question->id,
		.kind = question->kind,
		.outcome = ANSWER_FAILED,
		.error = ENODATA,
		.last = -1,
		.nsid = NSID_NONE,
	};
	const struct input input = { .type = INPUT_ANSWER, .answer = &answer };

	replay->apart++;
	if (question->kind != QUESTION_ENTRY || is_probe(question))
		return 0;
	return watch_step(replay->watch, &replay->at, &input);
}

/* Put a recorded question as if the engine had wanted to know. */
static void put_question(struct watch *watch, const struct question *recorded)
{
	struct sync *sync = &watch->sync;
	struct question question = *recorded;
	struct netns *holder = NULL;

	if (recorded->kind == QUESTION_ENTRY || is_probe(recorded))
		return;
	if (question.kind == QUESTION_TABLE) {
		holder = ledger_holder(&watch->ledger, question.holder);
		if (!holder || holder->ended_seq)
			return;
		holder->asked_seq = watch->seq;
		holder->asked_ns = watch->now.mono_ns;
		if (holder->trust == TRUST_COLD)
			holder->trust = TRUST_SETTLING;
	}
	if (question.kind == QUESTION_SCAN)
		sync->scan_serial++;
	sync_ask(watch, &question, holder, NULL);
	if (!question.name)
		return;
	snprintf(sync->asked.name, sizeof(sync->asked.name), "%s",
		 recorded->name);
	sync->asked.question.name = sync->asked.name;
}

/*
 * What the engine wants to know, until it is what was recorded (`recorded` may
 * be NULL: nothing was). *ret_same: it is, and the question is open.
 */
static int give_way(struct replay *replay, const struct question *recorded,
		    bool *ret_same)
{
	struct sync *sync = &replay->watch->sync;
	struct question own;
	int i, r = 0;

	*ret_same = false;
	for (i = 0; r == 0 && i < GIVE_WAY; i++) {
		if (!watch_next_question(replay->watch, &own))
			return 0;
		*ret_same = recorded && same(&own, recorded);
		if (*ret_same)
			return 0;
		r = unanswered(replay, &own);
		if (is_probe(&own))
			break;
	}
	sync->asked.holder = netns_unref(sync->asked.holder);
	sync->asked.open = false;
	return r;
}

static int take_question(struct replay *replay, const struct question *recorded)
{
	bool as_then;
	int r = give_way(replay, recorded, &as_then);

	if (r < 0)
		return r;
	if (!as_then) {
		replay->apart++;
		put_question(replay->watch, recorded);
	}
	replay->recorded = recorded->id;
	replay->question = replay->watch->sync.next_question;
	return 0;
}

/* It was asked once more, and wanted to know nothing. */
static int take_nothing(struct replay *replay)
{
	bool as_then;

	return give_way(replay, NULL, &as_then);
}

/* ---- inputs --------------------------------------------------------------- */

static int take_answer(struct replay *replay, const struct answer *recorded)
{
	struct answer answer = *recorded;
	const struct input input = { .type = INPUT_ANSWER, .answer = &answer };

	if (recorded->question == replay->recorded)
		answer.question = replay->question;
	return watch_step(replay->watch, &replay->at, &input);
}

static void note_command(struct replay *replay, enum command_type type)
{
	if (type == COMMAND_BEGIN) {
		replay->span = true;
		replay->gaps = count_gaps(replay->watch);
		replay->deaths =
			verify_counts(watch_verify(replay->watch))->total;
	}
	replay->judged |= type == COMMAND_FINISH;
}

static int take_input(struct replay *replay, const struct input *input)
{
	if (input->type == INPUT_ANSWER)
		return take_answer(replay, input->answer);
	if (input->type == INPUT_COMMAND)
		note_command(replay, input->command.type);
	return watch_step(replay->watch, &replay->at, input);
}

int replay_take(struct replay *replay, const struct trace_record *record)
{
	if (record->type == TRACE_BEGIN)
		return begin(replay, record);
	if (record->type == TRACE_IMAGE)
		return take_image(replay, record);
	give_up_image(replay);
	if (!replay->watch)
		return REPLAY_ODD;
	replay->at = record->at;
	switch (record->type) {
	case TRACE_INPUT:
		return take_input(replay, &record->input);
	case TRACE_QUESTION:
		return take_question(replay, &record->question);
	case TRACE_NOTHING:
		return take_nothing(replay);
	case TRACE_SETTINGS:
		watch_reload(replay->watch, &record->settings);
		return 0;
	case TRACE_BEGIN:
	case TRACE_MOMENT:
	case TRACE_ROWS:
	case TRACE_REPORT:
	case TRACE_MESSAGE:
	case TRACE_END:
		return 0;
	case TRACE_IMAGE:
	case TRACE_TYPES:
		break;
	}
	return REPLAY_ODD;
}

int replay_finish(struct replay *replay)
{
	const struct input input = {
		.type = INPUT_COMMAND,
		.command = { .type = COMMAND_FINISH, .nsid = NSID_NONE },
	};

	give_up_image(replay);
	if (!replay->watch || replay->judged)
		return 0;
	return watch_step(replay->watch, &replay->at, &input);
}
