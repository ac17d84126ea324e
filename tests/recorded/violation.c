/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording of a kernel that leaves an nsid behind, for what needs a daemon
 * with a finding:
 *
 *	violation [--stands SECONDS] [--burst N] FILE
 *
 * The model kernel plays it in virtual time: "web" and "db" hold numbers for
 * "job". Job dies, and the kernel forgets it in the table of one of them (the
 * fault "leak"). A named namespace dies later, so that the pass is known to be
 * over, and the finding is made some ten seconds after the beginning. So many
 * seconds later (30) the removal comes after all, and it is resolved. With a
 * burst, so many removals are announced at once of numbers that nobody has:
 * each is a finding of its own.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/ledger.h"
#include "common/engine/verify.h"
#include "common/kernel/capture.h"
#include "tests/lib/history.h"
#include "tests/lib/model_inner.h"
#include "tests/lib/tape.h"

#define SEEDS 100

struct story {
	struct history history;
	struct capture *capture; /* NULL: nobody records */
	uint64_t stands_ns;
	int burst;
};

static void on_history_heard(void *userdata, const struct trace_record *heard)
{
	struct story *story = userdata;
	struct trace_record record = *heard;
	struct tape_message message;

	if (!story->capture)
		return;
	if (record.type == TRACE_INPUT && record.input.type == INPUT_EVENT) {
		tape_message(&record.input.event, &message);
		record.event_bytes = &message;
		record.event_len = sizeof(message);
	}
	capture_record(story->capture, &record);
}

static int namespace(struct model *model, const char *name)
{
	int space = model_birth(model);
	char path[24];

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	model_name(model, NAME_PATH, path, name, space);
	model_number(model, MODEL_HOME, space, NSID_NONE, true);
	model_unref(model, space);
	return space;
}

/* Its name, and with it its last reference, goes. */
static void kill_space(struct model *model, int space)
{
	int i;

	for (i = 0; i < model->n_names; i++)
		if (model->names[i].leads == space)
			model_unname(model, i);
}

static void live(struct story *story, uint64_t ns)
{
	shell_run(&story->history, story->history.model.now_ns + ns);
}

static const struct finding *finding(struct story *story)
{
	return verify_findings(watch_verify(story->history.watch));
}

/* The removal that was forgotten, after all. */
static void remove_late(struct model *model)
{
	const struct model_action late = {
		.kind = ACTION_LATE,
		.generation = model->faults[0].generation,
	};

	model_fault_late(model, &late);
}

static void begin(struct story *story)
{
	struct model *model = &story->history.model;
	int i;

	model_advance(model, model->now_ns + 2 * MODEL_S);
	for (i = 0; i < model->n_generations; i++)
		model->generations[i].before = true;
	model->listening = true;
	shell_start(&story->history);
	if (story->capture)
		capture_begin(story->capture,
			      watch_settings(story->history.watch),
			      watch_start(story->history.watch));
}

/* True where it went as it should: one finding, in a table that has a name. */
static bool play(struct story *story)
{
	struct model *model = &story->history.model;
	int web = namespace(model, "web"), db = namespace(model, "db");
	int job = namespace(model, "job");
	int first = namespace(model, "first"), last = namespace(model, "last");
	int i;

	model_number(model, web, job, NSID_NONE, true);
	model_number(model, db, job, NSID_NONE, true);
	/* A barrier that one table alone has seen proves too little. */
	model_number(model, web, first, NSID_NONE, true);
	model_number(model, db, first, NSID_NONE, true);
	begin(story);
	live(story, 4 * MODEL_S);
	model->armed[model->n_armed++] =
		(struct model_armed){ .kind = FAULT_LEAK,
				      .from_ns = model->now_ns,
				      .permille = 500 };
	kill_space(model, job);
	live(story, 2 * MODEL_S);
	kill_space(model, first);
	live(story, 6 * MODEL_S);
	if (!finding(story) || finding(story)->next ||
	    finding(story)->kind != FINDING_MISSING ||
	    finding(story)->holder.nsid == TAG_HOME)
		return false;
	for (i = 0; i < story->burst; i++)
		model_send(model, model->now_ns, web, 1000 + i,
			   model->faults[0].generation, true);
	live(story, story->stands_ns);
	remove_late(model);
	live(story, 2 * MODEL_S);
	kill_space(model, last);
	live(story, 4 * MODEL_S);
	return finding(story)->state == FINDING_RESOLVED;
}

static bool tell(struct story *story, uint64_t seed, struct capture *capture)
{
	const struct model_config config = {
		.seed = seed,
		.spaces_max = MODEL_SPACES,
		.batched = false,
		.home_first = true,
		.queue_max = 1000000,
		.tail_max_ns = MODEL_MS,
	};
	bool well;

	history_init(&story->history, seed);
	model_deinit(&story->history.model);
	model_init(&story->history.model, &config);
	story->history.shape = (struct history_shape){ .calm = true };
	story->history.heard = on_history_heard;
	story->history.listener = story;
	story->capture = capture;
	well = play(story);
	history_deinit(&story->history);
	return well;
}

static int record(struct story *story, uint64_t seed, const char *path)
{
	const struct capture_options options = {
		.path = path,
		.release = "model",
		.built_batched = 0,
	};
	struct capture *capture;
	int r;

	r = capture_open(&options, &capture);
	if (r == CAPTURE_UNSUPPORTED) {
		puts("SKIP: built without libpcap");
		return 77;
	}
	if (r == 0) {
		tell(story, seed, capture);
		r = capture_close(capture);
	}
	if (r < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "stands", required_argument, NULL, 's' },
		{ "burst", required_argument, NULL, 'b' },
		{ 0 },
	};
	static struct story story = { .stands_ns = 30 * MODEL_S };
	uint64_t seed = 1;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0)
		if (option == 's')
			story.stands_ns = strtoull(optarg, NULL, 10) * MODEL_S;
		else if (option == 'b')
			story.burst = atoi(optarg);
		else
			return 2;
	if (optind + 1 != argc) {
		fprintf(stderr, "one file, please\n");
		return 2;
	}
	while (seed <= SEEDS && !tell(&story, seed, NULL))
		seed++;
	if (seed > SEEDS) {
		fprintf(stderr, "no seed tells the story\n");
		return EXIT_FAILURE;
	}
	return record(&story, seed, argv[optind]);
}
