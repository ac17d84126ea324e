/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/judging.h"
#include "client/options.h"
#include "client/session.h"
#include "client/verbs.h"
#include "common/engine/replay.h"
#include "common/kernel/recording.h"
#include "common/wire/shapes.h"
#include "common/wire/text.h"

struct playback {
	struct recording recording;
	struct replay replay;
	struct judged judged;
	struct judging_result result;
	json_t *more; /* owned, or NULL */
};

static void on_recording_complaint(void *userdata, const char *path,
				   const char *why)
{
	char *escaped = text_escape(path);

	(void)userdata;
	fprintf(stderr, "nsidwatch: %s: %s\n", escaped ? escaped : "file", why);
	free(escaped);
}

/* All records into the engine. 0 or -errno. */
static int play(struct playback *playback)
{
	struct trace_record record;
	int r;

	for (;;) {
		r = recording_next(&playback->recording, &record);
		if (r == RECORDING_END)
			return replay_finish(&playback->replay);
		if (r == 0)
			r = replay_take(&playback->replay, &record);
		if (r < 0)
			return r;
		if (record.type == TRACE_REPORT)
			judging_recall(record.report, &playback->judged,
				       &playback->result, &playback->more);
	}
}

static void add_notes(struct playback *playback)
{
	const struct replay *replay = &playback->replay;
	struct recording *recording = &playback->recording;
	json_t *notes = playback->judged.notes;
	size_t i;

	for (i = 0; i < recording->n_notes; i++)
		judging_note(notes, "%s", recording->notes[i]);
	if (replay->partial)
		judging_note(notes, "the beginning of the recording is not "
				    "here: what was known by then is not "
				    "known");
	else if (replay->apart)
		judging_note(notes,
			     "this nsidwatch would have asked other questions "
			     "than the one that recorded (%.32s): not all "
			     "answers could be used",
			     replay->program);
	/* What is missing behind the judging concerns no verdict. */
	if (recording->missing && !replay->judged)
		playback->judged.unfinished = true;
}

static int report(struct playback *playback, const struct options *options)
{
	const struct replay *replay = &playback->replay;
	const struct shapes_kernel kernel = {
		.release = replay->release,
		.built_batched = replay->built_batched,
	};
	struct judged *judged = &playback->judged;
	json_t *more = playback->more;

	add_notes(playback);
	judged->watch = replay->watch;
	judged->kernel = &kernel;
	judged->span = replay->span;
	judged->gaps = replay->gaps;
	judged->deaths = replay->deaths;
	playback->more = NULL;
	return judging_print(judged, options, &playback->result, more);
}

int replay_run(const struct options *options)
{
	struct playback playback = { .result = { .list = true } };
	int status, r;

	r = recording_open(options->arguments, options->n_arguments,
			   on_recording_complaint, NULL, &playback.recording);
	if (r != 0)
		return STATUS_FAILURE;
	replay_init(&playback.replay);
	playback.judged.notes = json_array();
	r = play(&playback);
	if (r < 0)
		status = session_failed("the replay", -r);
	else
		status = report(&playback, options);
	json_decref(playback.more);
	json_decref(playback.judged.notes);
	replay_deinit(&playback.replay);
	recording_close(&playback.recording);
	return status;
}
