/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The engine told again what a recording says. Where it wants to know what it
 * wanted to know then, its conclusions are the same, byte for byte.
 *
 * Where it does not (the recording is of another version, or its beginning is
 * lost), the recorded questions are put to it as they were asked: an answer is
 * true of its moment, whoever wanted to know. Then the replay goes `apart`,
 * and what it concludes may be less than what was concluded then.
 */

#include "common/engine/trace.h"
#include "common/engine/watch.h"

struct replay {
	struct watch *watch; /* owned; NULL before the first record */
	bool partial;	     /* the first file is not the first one */
	uint64_t apart;	     /* questions that differ */
	bool span;	     /* COMMAND_BEGIN came */
	bool judged;	     /* COMMAND_FINISH was recorded */
	uint64_t gaps;	     /* before the span */
	uint64_t deaths;     /* likewise */
	uint64_t recorded;   /* id of the last question, as recorded */
	uint64_t question;   /* and as the engine has it */
	struct stamp at;     /* the last moment */
	uint8_t *image;	  /* owned; of the engine that goes on, until it ... */
	size_t image_len; /* ... is whole */
	bool told;	  /* it is too late for an image */
	int built_batched;
	char release[TRACE_WORD_MAX];
	char program[TRACE_WORD_MAX];
};

enum replay_outcome {
	REPLAY_ODD = 1, /* a record that has no place here */
};

/* replay_init - nothing is owned yet. */
void replay_init(struct replay *replay);
void replay_deinit(struct replay *replay);

/*
 * replay_take - the next record of a recording, file by file.
 *
 * Any record is legal at any time; one that has no place is REPLAY_ODD and
 * changes nothing. Returns 0, REPLAY_ODD, or -ENOMEM, after which the replay
 * can only be freed.
 */
int replay_take(struct replay *replay, const struct trace_record *record);

/* replay_finish - what is open is closed, where the recording did not do so
 * itself. 0 or -ENOMEM. */
int replay_finish(struct replay *replay);
