/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/talk.h"

#include <errno.h>
#include <stdlib.h>

#ifdef HAVE_LIBCAP_NG
#include <cap-ng.h>
#endif

#include "common/engine/image.h"
#include "common/engine/ledger.h"
#include "common/engine/linger.h"
#include "common/kernel/capture.h"
#include "common/kernel/clock.h"
#include "common/kernel/discovery.h"
#include "common/kernel/events.h"
#include "common/kernel/nsfile.h"
#include "common/kernel/queries.h"

enum {
	/* Of one step: batches of 64 datagrams, */
	STEP_BATCHES = 16,
	/* looks at a drop counter that keeps moving, */
	STEP_ROUNDS = 4,
	/* and questions, by number and by time. */
	STEP_QUESTIONS = 64,
	STEP_QUESTIONS_NS = 10000000,
};

struct talk {
	struct events *events;	     /* owned */
	struct queries *queries;     /* owned */
	struct discovery *discovery; /* owned */
	struct watch *watch;	     /* owned */
	struct capture *capture;     /* borrowed; NULL: nobody records */
	struct stamp fed;	     /* the moment last recorded */
	uint32_t drops;		     /* the drop counter, as last read */
	bool lost;		     /* events, since the last drained */
	uint64_t gaps;		     /* at the last scan */
	bool look_again;	     /* discovery has not come to its end */
	enum gap_cause cause;
	struct talk_counters counters;
};

/* ---- recording ------------------------------------------------------- */

/* The moment of what has none is the last one that the engine was told. */
static void record(struct talk *talk, struct trace_record *record)
{
	if (!talk->capture)
		return;
	if (!record->at.mono_ns)
		record->at = talk->fed;
	capture_record(talk->capture, record);
}

static void record_input(struct talk *talk, const struct stamp *now,
			 const struct input *input,
			 const struct events_message *message)
{
	struct trace_record told = {
		.type = TRACE_INPUT,
		.at = *now,
		.input = *input,
	};

	if (message) {
		told.event_bytes = message->bytes;
		told.event_len = message->len;
	}
	talk->fed = *now;
	record(talk, &told);
}

/* The engine was asked what it wants to know. */
static void record_question(struct talk *talk, const struct question *question)
{
	struct trace_record told = { .type = TRACE_NOTHING };

	if (question) {
		told.type = TRACE_QUESTION;
		told.question = *question;
	}
	record(talk, &told);
}

static void on_request_message(void *userdata, bool asked, const void *bytes,
			       size_t len)
{
	struct trace_record told = {
		.type = TRACE_MESSAGE,
		.message = { .direction = asked ? TRACE_ASKED : TRACE_ANSWERED,
			     .bytes = bytes,
			     .len = len },
	};

	record(userdata, &told);
}

/* A new file knows no table: let all be asked, so that a replay that begins
 * with it learns them. Once a step. */
static int flush(struct talk *talk)
{
	const struct command scan = { .type = COMMAND_SCAN };
	const struct command audit = { .type = COMMAND_AUDIT };
	int r;

	if (!talk->capture)
		return 0;
	capture_flush(talk->capture);
	if (!capture_full(talk->capture))
		return 0;
	capture_turn(talk->capture, watch_ledger(talk->watch)->self_nsid);
	r = talk_command(talk, &scan);
	if (r == 0 && !watch_audit(talk->watch)->running)
		r = talk_command(talk, &audit);
	return r;
}

/* ---- feeding --------------------------------------------------------- */

/* Everything that the engine hears, it hears from here. */
static int feed_message(struct talk *talk, const struct stamp *now,
			const struct input *input,
			const struct events_message *message)
{
	if (talk->capture)
		record_input(talk, now, input, message);
	return watch_step(talk->watch, now, input);
}

static int feed(struct talk *talk, const struct stamp *now,
		const struct input *input)
{
	return feed_message(talk, now, input, NULL);
}

int talk_tell(struct talk *talk, const struct input *input)
{
	struct stamp now;

	clock_now(&now);
	return feed(talk, &now, input);
}

/* ---- opening --------------------------------------------------------- */

static bool may_administrate(void)
{
#ifdef HAVE_LIBCAP_NG
	return capng_get_caps_process() != 0 ||
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN);
#else
	return true; /* until the kernel refuses something */
#endif
}

static int open_events(const struct talk_options *options, struct talk *talk)
{
	int r;

	if (options->event_fd < 0)
		r = events_open(options->receive_buffer_bytes, &talk->events);
	else
		r = events_adopt(options->event_fd,
				 options->receive_buffer_bytes, &talk->events);
	if (r == EVENTS_FORBIDDEN)
		return TALK_FORBIDDEN;
	if (r == EVENTS_UNFIT)
		return TALK_UNFIT;
	if (r != 0)
		return r;
	talk->counters.buffer_bytes = events_buffer_bytes(talk->events);
	talk->drops = options->state ? options->state->drops : 0;
	return 0;
}

/* The engine of an earlier process goes on, where it is one of ours. */
static int resume(const struct talk_options *options, const struct start *start,
		  struct talk *talk)
{
	uint64_t cookie;
	int r;

	r = events_cookie(talk->events, &cookie);
	if (r < 0)
		return r;
	return talk_state_resume(options->state, cookie, &start->home,
				 options->settings, &talk->watch);
}

static void record_begin(struct talk *talk, const struct talk_options *options,
			 const struct start *start)
{
	if (!talk->capture)
		return;
	capture_begin(talk->capture, options->settings, start);
	queries_tap(talk->queries, on_request_message, talk);
	talk->fed = start->at;
	if (options->state)
		talk_state_record(options->state, talk->capture, &talk->fed);
}

static int open_watch(const struct talk_options *options, struct talk *talk)
{
	const struct settings *settings = options->settings;
	const struct question self = {
		.kind = QUESTION_SELF,
		.holder = TAG_HOME,
	};
	const struct command scan = { .type = COMMAND_SCAN };
	struct start start = { .self_nsid = NSID_NONE };
	struct answer answer;
	int r;

	r = nsfile_home(&start.home, &start.home_is_first);
	if (r < 0)
		return r;
	r = queries_open(&start.home,
			 settings->max_entries > settings->max_holders ?
				 settings->max_entries :
				 settings->max_holders,
			 &talk->queries);
	if (r < 0)
		return r;
	queries_ask(talk->queries, &self, &answer);
	if (answer.outcome == ANSWER_WHOLE)
		start.self_nsid = answer.nsid;
	clock_now(&start.at);
	r = options->state ? resume(options, &start, talk) :
			     watch_new(settings, &start, &talk->watch);
	if (r != 0)
		return r;
	record_begin(talk, options, &start);
	return options->state ? talk_command(talk, &scan) : 0;
}

int talk_open(const struct talk_options *options, struct talk **ret_talk)
{
	struct talk *talk;
	int r;

	talk = calloc(1, sizeof(*talk));
	if (!talk)
		return -ENOMEM;
	talk->capture = options->capture;
	talk->counters.admin_missing = !may_administrate();
	r = discovery_open(&talk->discovery);
	if (r == 0 && options->folders)
		r = discovery_folders(talk->discovery, options->folders);
	if (r == 0)
		r = open_events(options, talk);
	if (r == 0)
		r = open_watch(options, talk);
	if (r != 0) {
		if (options->event_fd >= 0 && talk->events)
			talk->events = events_release(talk->events);
		talk_free(talk);
		return r;
	}
	*ret_talk = talk;
	return 0;
}

int talk_save(struct talk *talk, struct talk_state *ret_state)
{
	struct talk_state state = { .drops = talk->drops };
	int r;

	r = events_cookie(talk->events, &state.socket);
	if (r == 0)
		r = image_write(talk->watch, &state.image, &state.len);
	if (r < 0)
		return r;
	*ret_state = state;
	return 0;
}

struct talk *talk_free(struct talk *talk)
{
	if (!talk)
		return NULL;
	watch_free(talk->watch);
	queries_free(talk->queries);
	events_free(talk->events);
	discovery_free(talk->discovery);
	free(talk);
	return NULL;
}

/* ---- events ---------------------------------------------------------- */

/* One loss may show twice: as an error, and in the drop counter. */
static void note_loss(struct talk *talk, enum gap_cause cause)
{
	if (!talk->lost || talk->cause == GAP_DROPS)
		talk->cause = cause;
	talk->lost = true;
}

static int feed_batch(struct talk *talk, const struct stamp *now,
		      const struct events_batch *batch)
{
	struct input input = { .type = INPUT_EVENT };
	size_t i;
	int r;

	talk->counters.ignored += batch->ignored;
	if (batch->truncated)
		note_loss(talk, GAP_TRUNCATION);
	for (i = 0; i < batch->n_events; i++) {
		input.event = batch->events[i];
		r = feed_message(talk, now, &input, &batch->messages[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Returns 0 when the queue was seen empty, 1 when the budget was used up. */
static int read_events(struct talk *talk, const struct stamp *now)
{
	struct events_batch batch;
	int i, r;

	for (i = 0; i < STEP_BATCHES; i++) {
		r = events_read(talk->events, now, &batch);
		if (r == EVENTS_EMPTY)
			return 0;
		if (r == EVENTS_LOST) {
			note_loss(talk, batch.cause);
			continue;
		}
		if (r == 0)
			r = feed_batch(talk, now, &batch);
		if (r < 0)
			return r;
	}
	return 1;
}

/*
 * After a loss the kernel drops in silence until the queue was seen empty, and
 * what came after the error lies behind it: read on until the queue is empty
 * with a counter that stands still. As read_events().
 */
static int drain(struct talk *talk, const struct stamp *now)
{
	uint32_t drops;
	int i, r;

	for (i = 0; i < STEP_ROUNDS; i++) {
		r = read_events(talk, now);
		if (r != 0)
			return r;
		r = events_drops(talk->events, &drops);
		if (r < 0 || drops == talk->drops)
			return r;
		talk->counters.drops += (uint32_t)(drops - talk->drops);
		talk->drops = drops;
		note_loss(talk, GAP_DROPS);
	}
	return 1;
}

static int feed_drained(struct talk *talk, const struct stamp *now)
{
	struct input input = { .type = INPUT_GAP, .gap = talk->cause };
	int r = 0;

	if (talk->lost)
		r = feed(talk, now, &input);
	talk->lost = false;
	if (r < 0)
		return r;
	input = (struct input){ .type = INPUT_DRAINED };
	return feed(talk, now, &input);
}

/* ---- questions ------------------------------------------------------- */

static int on_sighting(void *userdata, const struct sighting *sighting)
{
	struct talk *talk = userdata;
	struct input input = {
		.type = INPUT_SIGHTING,
		.sighting = sighting,
	};

	return talk_tell(talk, &input);
}

/* After a gap nobody knows what was told in vain. */
static void mind_gaps(struct talk *talk)
{
	const struct counters *counters = watch_counters(talk->watch);
	uint64_t gaps = 0;
	size_t i;

	for (i = 0; i < GAP_CAUSES; i++)
		gaps += counters->gaps[i];
	if (gaps != talk->gaps)
		discovery_forget(talk->discovery);
	talk->gaps = gaps;
}

/* Below zero where the engine failed; the rest is in the answer. */
static int scan(struct talk *talk, const struct question *question,
		struct answer *answer)
{
	const struct discovery_wish wish = {
		.processes = question->processes,
		.descriptors = linger_unheld(talk->watch),
	};
	int r;

	*answer = (struct answer){ .question = question->id,
				   .kind = question->kind,
				   .nsid = NSID_NONE,
				   .last = -1 };
	mind_gaps(talk);
	r = discovery_scan(talk->discovery, talk->queries, &wish, on_sighting,
			   talk);
	talk->counters.names_missing = r < 0 || (r & DISCOVERY_PART);
	talk->counters.view = discovery_view(talk->discovery);
	answer->names = discovery_names(talk->discovery);
	answer->hidden = (talk->counters.view ? HIDDEN_PROCESSES : 0) |
			 (talk->counters.names_missing ? HIDDEN_NAMES : 0);
	talk->look_again = r > 0 && (r & DISCOVERY_MORE);
	if (r < 0) {
		answer->outcome = ANSWER_FAILED;
		answer->error = -r;
	} else if (r & DISCOVERY_NEWS) {
		answer->outcome = ANSWER_NEWS;
	} else if (r & DISCOVERY_PART) {
		answer->outcome = ANSWER_PART;
	}
	return r == -ENOMEM ? r : 0;
}

static void count_answer(struct talk *talk, const struct answer *answer)
{
	talk->counters.questions++;
	if (answer->outcome == ANSWER_FAILED)
		talk->counters.failures++;
	/* A name may be out of reach for other reasons. */
	if (answer->outcome == ANSWER_REFUSED && answer->kind != QUESTION_NAME)
		talk->counters.admin_missing = true;
}

static int perform(struct talk *talk, const struct question *question,
		   struct stamp *ret_now)
{
	struct answer answer;
	struct input input = { .type = INPUT_ANSWER, .answer = &answer };
	int r = 0;

	if (question->kind == QUESTION_SCAN)
		r = scan(talk, question, &answer);
	else
		queries_ask(talk->queries, question, &answer);
	if (r < 0)
		return r;
	count_answer(talk, &answer);
	clock_now(ret_now);
	return feed(talk, ret_now, &input);
}

/* Returns 1 when the budget was used up. */
static int ask(struct talk *talk, const struct stamp *begin)
{
	struct question question;
	struct stamp now = *begin;
	int i, r;

	for (i = 0; i < STEP_QUESTIONS &&
		    now.mono_ns - begin->mono_ns < STEP_QUESTIONS_NS;
	     i++) {
		if (!watch_next_question(talk->watch, &question)) {
			record_question(talk, NULL);
			return 0;
		}
		record_question(talk, &question);
		r = perform(talk, &question, &now);
		if (r < 0)
			return r;
	}
	return 1;
}

/* Descriptors are looked at in slices, so that events come between. */
static int look_again(struct talk *talk)
{
	const struct command command = { .type = COMMAND_LOOK };

	if (!talk->look_again)
		return 0;
	talk->look_again = false;
	return talk_command(talk, &command);
}

int talk_step(struct talk *talk, bool *ret_more)
{
	struct stamp now;
	int r;

	clock_now(&now);
	r = drain(talk, &now);
	if (r == 0) {
		r = feed_drained(talk, &now);
		if (r == 0)
			r = ask(talk, &now);
		if (r >= 0 && look_again(talk) < 0)
			r = -ENOMEM;
	}
	if (r >= 0 && flush(talk) < 0)
		r = -ENOMEM;
	if (r < 0)
		return r;
	*ret_more = r > 0;
	return 0;
}

/* ---- the rest -------------------------------------------------------- */

int talk_hint(struct talk *talk)
{
	const struct command command = { .type = COMMAND_LOOK };

	/* Where nobody can tell, look. */
	if (discovery_ack(talk->discovery) == 0)
		return 0;
	return talk_command(talk, &command);
}

int talk_reload(struct talk *talk, const struct settings *settings,
		const char *folders)
{
	const struct command command = { .type = COMMAND_SCAN };
	struct trace_record told = { .type = TRACE_SETTINGS,
				     .settings = *settings };
	int r;

	record(talk, &told);
	watch_reload(talk->watch, settings);
	/* What was of no use may be adopted now, or be called otherwise. */
	r = discovery_folders(talk->discovery, folders);
	return r < 0 ? r : talk_command(talk, &command);
}

void talk_remark(struct talk *talk, const char *text)
{
	struct trace_record told = { .type = TRACE_REPORT, .report = text };

	record(talk, &told);
}

int talk_command(struct talk *talk, const struct command *command)
{
	struct input input = { .type = INPUT_COMMAND, .command = *command };

	return talk_tell(talk, &input);
}

uint64_t talk_wait_ns(const struct talk *talk)
{
	uint64_t deadline_ns = watch_deadline(talk->watch);
	struct stamp now;

	if (deadline_ns == UINT64_MAX)
		return deadline_ns;
	clock_now(&now);
	return deadline_ns > now.mono_ns ? deadline_ns - now.mono_ns : 0;
}

int talk_event_fd(const struct talk *talk)
{
	return events_fd(talk->events);
}

int talk_hint_fd(const struct talk *talk)
{
	return discovery_fd(talk->discovery);
}

struct watch *talk_watch(struct talk *talk)
{
	return talk->watch;
}

struct queries *talk_queries(struct talk *talk)
{
	return talk->queries;
}

const struct talk_counters *talk_counters(const struct talk *talk)
{
	return &talk->counters;
}
