/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shell of a history: it reads, tells when the queue was seen empty, and
 * asks, as common/kernel/talk.c does, while the kernel goes on.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/engine/ledger.h"
#include "common/engine/sync.h"
#include "tests/lib/history.h"

#define STEP_EVENTS 1024
#define STEP_QUESTIONS 64
#define STEP_ROUNDS 4
/* More turns at one moment than that are a busy loop. */
#define TURNS_MAX 4000

static void hear(struct history *history, struct trace_record record)
{
	record.at = history->now;
	if (history->heard)
		history->heard(history->listener, &record);
}

static void feed(struct history *history, const struct input *input)
{
	hear(history,
	     (struct trace_record){ .type = TRACE_INPUT, .input = *input });
	if (watch_step(history->watch, &history->now, input) < 0)
		abort();
	restart_perhaps(history);
}

/* The clock is the model's; the engine's real time stands an age later. */
static void read_clock(struct history *history)
{
	uint64_t ns = history->model.now_ns + history->start_ns;

	history->now = (struct stamp){ ns, ns + 1700000000ull * MODEL_S };
}

/* Time that the shell itself takes: the kernel goes on meanwhile. */
static void spend(struct history *history, uint64_t ns)
{
	model_advance(&history->model, history->model.now_ns + ns);
}

/* The number had gone by then, and was told of. */
static bool is_repeated(const struct model *model,
			const struct model_generation *generation)
{
	const struct model_fault *fault =
		generation->fault ? &model->faults[generation->fault - 1] :
				    NULL;

	return generation->dels_read > 1 && fault &&
	       (fault->kind == FAULT_DUPLICATE ||
		fault->kind == FAULT_PASS_TWICE);
}

static void note_meaning(struct history *history,
			 const struct model_message *message)
{
	struct model_generation *generation =
		&history->model.generations[message->generation];

	if (history->n_meaning == history->cap_meaning) {
		history->cap_meaning = history->cap_meaning * 2 + 256;
		history->meaning = realloc(history->meaning,
					   history->cap_meaning *
						   sizeof(*history->meaning));
		if (!history->meaning)
			abort();
	}
	history->meaning[history->n_meaning++] = *message;
	if (!message->is_del) {
		generation->new_read = true;
		return;
	}
	generation->last_del_seq = history->n_meaning;
	generation->dels_read++;
	generation->read_in_gap = watch_ledger(history->watch)->home->trust !=
				  TRUST_LIVE;
	if (generation->holder == MODEL_HOME &&
	    !is_repeated(&history->model, generation) &&
	    (message->event.holder == TAG_HOME ||
	     message->event.holder == model_number_of(&history->model,
						      MODEL_HOME,
						      MODEL_HOME)) &&
	    message->event.nsid == generation->nsid)
		history->model.spaces[generation->peer].home_del_seq =
			history->n_meaning;
}

static void tell(const struct history *history,
		 const struct model_message *message)
{
	const struct model_generation *generation =
		&history->model.generations[message->generation];

	if (history->trace)
		printf("%9.3f  event %llu: %s (%d, %d)   [space %d of %d]\n",
		       (double)history->now.mono_ns / 1e9,
		       (unsigned long long)history->n_meaning,
		       message->is_del ? "DEL" : "NEW", message->event.holder,
		       message->event.nsid, generation->peer,
		       generation->holder);
}

static void note_loss(struct history *history, enum gap_cause cause)
{
	if (!history->lost || history->cause == GAP_DROPS)
		history->cause = cause;
	history->lost = true;
}

/* True where the queue was seen empty within the budget. */
static bool read_events(struct history *history)
{
	struct model_message message;
	struct input input = { .type = INPUT_EVENT };
	int error;

	for (int n = 0; n < STEP_EVENTS; n++) {
		error = model_take_error(&history->model);
		if (error) {
			note_loss(history,
				  error == ENOMEM ? GAP_MEMORY : GAP_OVERRUN);
			continue;
		}
		if (!model_read(&history->model, &message))
			return true;
		note_meaning(history, &message);
		tell(history, &message);
		input.event = message.event;
		input.event.at = history->now;
		feed(history, &input);
		if (n % 64 == 63)
			spend(history, 50 * MODEL_US);
	}
	return false;
}

static bool drain(struct history *history)
{
	for (int round = 0; round < STEP_ROUNDS; round++) {
		if (!read_events(history))
			return false;
		if (history->drops_seen == history->model.drops)
			return true;
		history->drops_seen = history->model.drops;
		note_loss(history, GAP_DROPS);
	}
	return false;
}

static void feed_drained(struct history *history)
{
	if (history->lost) {
		if (history->trace)
			printf("%9.3f  gap %d\n",
			       (double)history->now.mono_ns / 1e9,
			       (int)history->cause);
		history->gaps++;
		feed(history, &(struct input){ .type = INPUT_GAP,
					       .gap = history->cause });
	}
	history->lost = false;
	history->moments++;
	feed(history, &(struct input){ .type = INPUT_DRAINED });
}

/* Questions may fail as long as anything happens. */
static bool may_fail(const struct history *history)
{
	return history->shape.failing &&
	       (!history->ended_ns ||
		history->model.now_ns < history->ended_ns);
}

/* Nobody may look there, ever: one name in ten. */
static bool is_barred(const struct history *history, const char *text)
{
	uint64_t sum = 0;
	struct rng rng;

	for (; *text; text++)
		sum = rng_mix(sum + (uint8_t)*text);
	rng = rng_of(history->seed, PURPOSE_FAILING, sum);
	return may_fail(history) && rng_permille(&rng, 100);
}

static void scan(struct history *history, bool processes)
{
	struct sighting sighting;

	for (int i = 0; i < history->model.n_names; i++) {
		const struct model_name *name = &history->model.names[i];

		if (name->leads < 0 || is_barred(history, name->text) ||
		    (name->kind == NAME_PROCESS && !processes))
			continue;
		model_sighting(&history->model, name, &sighting);
		spend(history, 3 * MODEL_US);
		read_clock(history);
		feed(history, &(struct input){ .type = INPUT_SIGHTING,
					       .sighting = &sighting });
	}
}

/*
 * The number's owner left home with a DEL that the engine has read, and nobody
 * else has got its memory.
 */
static bool read_as_dead(const struct history *history, int32_t nsid)
{
	const struct model *model = &history->model;
	const struct model_entry *entry = model_entry(model, MODEL_HOME, nsid);
	const struct model_generation *of, *hit;
	int ghosts;

	/* Of what a ceiling has left out nobody knows what came last. */
	if (nsid < 0 || !entry ||
	    watch_beyond_times(history->watch, CEILING_HOLDERS))
		return false;
	of = &model->generations[entry->generation];
	/* Whose DEL that was nobody can tell: one of its last owner is due. */
	for (int i = 0; i < model->n_faults; i++) {
		hit = &model->generations[model->faults[i].generation];
		if (hit != of && hit->holder == MODEL_HOME && hit->nsid == nsid)
			return false;
	}
	ghosts = of->fault && model->faults[of->fault - 1].kind == FAULT_GHOST;
	/* After a gap the number may have a new owner, for all that is known. */
	return of->dels_read > ghosts && !of->read_in_gap &&
	       of->last_del_ns > history->gap_ns + MODEL_S &&
	       model->slots[entry->slot] == of->peer &&
	       !model->spaces[of->peer].refs;
}

/* The kernel would follow a pointer to one that is dead, and read as such. */
static bool is_harmful(const struct history *history,
		       const struct question *question)
{
	bool by_number = question->kind == QUESTION_PROBE ||
			 question->kind == QUESTION_ENTRY;
	bool target = question->kind == QUESTION_TABLE ||
		      question->kind == QUESTION_ENTRY;

	return (by_number && read_as_dead(history, question->nsid)) ||
	       (target && read_as_dead(history, question->holder));
}

static bool unread(const struct history *history, int holder, int32_t nsid)
{
	const struct model_entry *entry = model_entry(&history->model, holder,
						      nsid);
	const struct model_generation *generation;

	if (!entry)
		return false;
	generation = &history->model.generations[entry->generation];
	return !generation->new_read && !generation->before;
}

/* Which of the cases does this answer make? */
static void note_cases(struct history *history, const struct question *question,
		       const struct answer *answer)
{
	bool target = question->kind == QUESTION_TABLE ||
		      question->kind == QUESTION_ENTRY;

	if (answer->outcome == ANSWER_ABSENT &&
	    model_entry(&history->model, MODEL_HOME,
			target ? question->holder : question->nsid))
		history->model.cases[6]++;
	if (question->kind != QUESTION_TABLE)
		return;
	if (question->holder >= 0 &&
	    unread(history, MODEL_HOME, question->holder))
		history->model.cases[12]++;
	for (size_t i = 0; i < answer->n_rows; i++) {
		const struct row *row = &answer->rows[i];

		if (row->peer >= 0 && question->holder >= 0 &&
		    unread(history, MODEL_HOME, row->peer))
			history->model.cases[5]++;
		if (question->holder == TAG_HOME &&
		    unread(history, MODEL_HOME, row->nsid))
			history->model.cases[18]++;
	}
}

/* From now on the engine can know whom these entries name. */
static void note_shown(struct history *history, const struct question *question,
		       const struct answer *answer)
{
	struct model *model = &history->model;
	const struct model_entry *at;
	int holder = MODEL_HOME;

	if (question->kind != QUESTION_TABLE)
		return;
	if (question->holder >= 0) {
		at = model_entry(model, MODEL_HOME, question->holder);
		if (!at)
			return;
		holder = model->slots[at->slot];
	}
	for (size_t i = 0; i < answer->n_rows; i++) {
		at = model_entry(model, holder, answer->rows[i].nsid);
		/* Without a number in home it names nobody. */
		if (at && (holder == MODEL_HOME || answer->rows[i].peer >= 0) &&
		    !model->generations[at->generation].shown_ns)
			model->generations[at->generation].shown_ns =
				model->now_ns;
	}
}

/* What the engine itself takes for a gap counts as well. */
static void note_gap(struct history *history)
{
	const struct counters *counters = watch_counters(history->watch);
	uint64_t total = 0;

	for (int i = 0; i < GAP_CAUSES; i++)
		total += counters->gaps[i];
	if (total == history->gap_total &&
	    watch_ledger(history->watch)->home->trust == TRUST_LIVE)
		return;
	history->gap_total = total;
	history->gap_ns = history->model.now_ns;
}

/* The kernel has no memory for an answer, say. */
static bool fails(const struct history *history,
		  const struct question *question)
{
	struct rng rng = rng_of(history->seed, PURPOSE_FAILING,
				history->questions);

	return may_fail(history) &&
	       (rng_permille(&rng, history->shape.failing) ||
		(question->name && is_barred(history, question->name)));
}

static void answer_question(struct history *history,
			    const struct question *question,
			    struct answer *ret_answer)
{
	if (fails(history, question)) {
		*ret_answer = (struct answer){ .question = question->id,
					       .kind = question->kind,
					       .outcome = ANSWER_FAILED,
					       .error = ENOBUFS,
					       .last = -1,
					       .nsid = NSID_NONE };
		history->failed++;
		return;
	}
	if (question->kind == QUESTION_SCAN)
		scan(history, question->processes);
	model_answer(&history->model, question, history->rows, ret_answer);
	note_cases(history, question, ret_answer);
	note_shown(history, question, ret_answer);
}

static void perform(struct history *history, const struct question *question)
{
	struct answer answer;
	struct rng rng = model_rng(&history->model, PURPOSE_ASKING);

	history->questions++;
	note_gap(history);
	history->harmful |= is_harmful(history, question);
	answer_question(history, question, &answer);
	/* The kernel went on before the answer was there. */
	spend(history, rng_permille(&rng, 20) ?
			       rng_range(&rng, MODEL_MS, 300 * MODEL_MS) :
			       5 * MODEL_US);
	read_clock(history);
	if (history->trace)
		printf("%9.3f  asked %d (%d, %d) %s: outcome %d, %zu rows, "
		       "number %d%s\n",
		       (double)history->now.mono_ns / 1e9, (int)question->kind,
		       question->holder, question->nsid,
		       question->name ? question->name : "",
		       (int)answer.outcome, answer.n_rows,
		       answer.kind == QUESTION_NAME ? answer.sighting.nsid :
						      answer.nsid,
		       is_harmful(history, question) ? "  HARMFUL" : "");
	feed(history,
	     &(struct input){ .type = INPUT_ANSWER, .answer = &answer });
}

/* True where there is more to ask. */
static bool ask(struct history *history)
{
	struct question question;

	for (int i = 0; i < STEP_QUESTIONS; i++) {
		if (!watch_next_question(history->watch, &question)) {
			hear(history,
			     (struct trace_record){ .type = TRACE_NOTHING });
			return false;
		}
		hear(history, (struct trace_record){ .type = TRACE_QUESTION,
						     .question = question });
		perform(history, &question);
	}
	return true;
}

static void turn(struct history *history)
{
	struct notice notice;

	read_clock(history);
	if (history->model.hint) {
		history->model.hint = false;
		shell_command(history, COMMAND_SCAN, NSID_NONE);
	}
	if (history->audit_wanted) {
		history->audit_wanted = false;
		shell_command(history, COMMAND_AUDIT, NSID_NONE);
	}
	history->more = true;
	if (drain(history)) {
		feed_drained(history);
		history->more = ask(history);
	}
	note_gap(history);
	while (watch_next_notice(history->watch, &notice))
		history->told = rng_mix(history->told + 1) ^
				rng_mix(notice.id << 8 | notice.type);
}

void shell_command(struct history *history, enum command_type type,
		   int32_t nsid)
{
	read_clock(history);
	feed(history, &(struct input){ .type = INPUT_COMMAND,
				       .command = { type, nsid } });
}

static void set_ceilings(const struct history_shape *shape,
			 struct settings *settings)
{
	if (shape->max_entries)
		settings->max_entries = shape->max_entries;
	if (shape->max_holders)
		settings->max_holders = shape->max_holders;
	if (shape->max_names)
		settings->max_names = shape->max_names;
}

void shell_start(struct history *history)
{
	const struct model_space *home = &history->model.spaces[MODEL_HOME];
	struct settings settings = settings_default();
	struct start start = {
		.home = home->identity,
		.home_is_first = history->model.config.home_first,
		.self_nsid = model_number_of(&history->model, MODEL_HOME,
					     MODEL_HOME),
	};

	settings.adopt = history->shape.adopt;
	settings.history = 512;
	set_ceilings(&history->shape, &settings);
	if (history->shape.check)
		settings.history_ns = UINT64_MAX / 2;
	read_clock(history);
	start.at = history->now;
	history->started_ns = history->model.now_ns;
	if (watch_new(&settings, &start, &history->watch) < 0)
		abort();
}

/* When the shell would wake next: by a message, a hint, or the engine's wish. */
static uint64_t next_wake(const struct history *history)
{
	const struct model *model = &history->model;
	uint64_t at_ns = watch_deadline(history->watch);

	at_ns = at_ns > history->start_ns && at_ns != UINT64_MAX ?
			at_ns - history->start_ns :
			at_ns;
	if (history->more || model_queued(model) || model->error || model->hint)
		at_ns = model->now_ns;
	if (at_ns < model->now_ns)
		at_ns = model->now_ns;
	return at_ns < history->stalled_until_ns ? history->stalled_until_ns :
						   at_ns;
}

bool shell_until(struct history *history, uint64_t until_ns,
		 bool (*condition)(const struct history *history,
				   int32_t number),
		 int32_t number)
{
	struct model *model = &history->model;
	uint64_t wake_ns, next_ns, last_ns = 0;
	int turns = 0;

	while (!condition || !condition(history, number)) {
		wake_ns = next_wake(history);
		next_ns = model_next_ns(model);
		if (next_ns <= until_ns && next_ns <= wake_ns) {
			model_advance(model, next_ns);
			continue;
		}
		if (wake_ns > until_ns) {
			model_advance(model, until_ns);
			return false;
		}
		model_advance(model, wake_ns);
		turns = model->now_ns == last_ns ? turns + 1 : 0;
		last_ns = model->now_ns;
		history->stuck |= turns > TURNS_MAX;
		if (history->stuck)
			return false;
		turn(history);
	}
	return true;
}

void shell_run(struct history *history, uint64_t until_ns)
{
	shell_until(history, until_ns, NULL, 0);
}
