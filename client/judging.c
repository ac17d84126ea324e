/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/judging.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/canary.h"
#include "client/options.h"
#include "client/session.h"
#include "client/show.h"
#include "client/tables.h"
#include "client/verbs.h"
#include "common/engine/watch.h"

#include "common/engine/ledger.h"
#include "common/engine/verify.h"
#include "common/kernel/queries.h"
#include "common/kernel/talk.h"

/* A canary whose number the engine does not learn in this time is given up. */
#define LEARN_NS 5000000000u
/* On a host where namespaces die all the time there is no last barrier. */
#define BARRIERS 2
#define BARRIERS_MAX 8
/* Longer than the settle time: what came before is then not its own. */
#define QUIET_NS 1200000000u
#define QUIET_TRIES 5
/* A number may be taken; one that is random hardly ever is, twice. */
#define TRIES 8
/* So many deaths are told of one by one, as JSON and as text. */
#define DIED_MAX 1024
#define DIED_SHOWN 20

static bool is_numbered(const struct watch *watch, int32_t number)
{
	return ledger_holder(watch_ledger(watch), number) != NULL;
}

static bool is_gone(const struct watch *watch, int32_t number)
{
	return watch_gone(watch, number);
}

static bool is_judged(const struct watch *watch, int32_t number)
{
	(void)number;
	return watch_judged(watch);
}

/* A canary with a number that was free. STATUS_WELL, or said. */
static int make_canary(struct session *session, int *ret_fd,
		       int32_t *ret_number)
{
	struct queries *queries = talk_queries(session->talk);
	int r, fd, try;

	r = canary_make(session->home_fd, &fd);
	if (r)
		return session_failed("cannot make a barrier",
				      r > 0 ? EPERM : -r);
	for (try = 0; try < TRIES; try++) {
		r = canary_number(ret_number);
		if (r == 0)
			r = queries_adopt_fd(queries, fd, *ret_number,
					     ret_number);
		if (r != QUERIES_TAKEN)
			break;
	}
	if (r) {
		close(fd);
		return session_failed("cannot give a barrier a number",
				      r == QUERIES_TAKEN ? EEXIST :
				      r > 0		 ? EPERM :
							   -r);
	}
	*ret_fd = fd;
	return STATUS_WELL;
}

/*
 * One barrier: a namespace that is alive now, and then is not. Where the
 * engine does not learn of it (its message was lost) another one is made.
 */
static enum session_outcome one_barrier(struct session *session,
					uint64_t until_ns)
{
	enum session_outcome outcome;
	uint64_t learn_ns;
	int32_t number;
	int fd = -1;

	for (;;) {
		if (make_canary(session, &fd, &number))
			return SESSION_FAILED;
		learn_ns = session_now_ns() + LEARN_NS;
		outcome = session_wait(session, is_numbered, number, learn_ns,
				       -1);
		if (outcome != SESSION_TIMED_OUT || learn_ns == until_ns)
			break;
		close(fd);
	}
	if (outcome == SESSION_DONE &&
	    session_command(session, COMMAND_CANARY, number))
		outcome = SESSION_FAILED;
	close(fd);
	if (outcome != SESSION_DONE)
		return outcome;
	return session_wait(session, is_gone, number, until_ns, -1);
}

/*
 * What died just before the first canary may leave in the same pass and behind
 * it, so that the second is proved alive too early to stand for its end.
 */
static bool lacks_barrier(const struct watch *watch)
{
	const struct death *death = verify_open_deaths(watch_verify(watch));

	for (; death; death = death->next)
		if (death->in_span && !death->barrier_seq)
			return true;
	return false;
}

/*
 * A moment without events, if one comes soon: a canary that is born in the
 * middle of others' deaths is one more table that nobody knew in time, for us
 * and for whoever watches beside us.
 */
static enum session_outcome quiet(struct session *session, uint64_t until_ns)
{
	const struct watch *watch = talk_watch(session->talk);
	enum session_outcome outcome;
	uint64_t seq;
	int i;

	for (i = 0; i < QUIET_TRIES; i++) {
		outcome = session_drain(session, until_ns);
		seq = watch_counters(watch)->seq;
		if (outcome == SESSION_DONE)
			outcome = session_wait(session, NULL, 0,
					       session_now_ns() + QUIET_NS, -1);
		if (outcome != SESSION_TIMED_OUT)
			return outcome;
		if (watch_counters(watch)->seq == seq)
			break;
	}
	return SESSION_DONE;
}

static enum session_outcome barriers(struct session *session, uint64_t until_ns)
{
	const struct watch *watch = talk_watch(session->talk);
	enum session_outcome outcome;
	int i;

	outcome = quiet(session, until_ns);
	for (i = 0; i < BARRIERS || (i < BARRIERS_MAX && lacks_barrier(watch));
	     i++) {
		if (outcome != SESSION_DONE)
			return outcome;
		outcome = one_barrier(session, until_ns);
	}
	if (outcome != SESSION_DONE)
		return outcome;
	if (session_command(session, COMMAND_JUDGE, 0))
		return SESSION_FAILED;
	return session_wait(session, is_judged, 0, until_ns, -1);
}

int judging_run(struct session *session, uint64_t timeout_ns)
{
	session->scanning = false;
	switch (barriers(session, session_now_ns() + timeout_ns)) {
	case SESSION_DONE:
	case SESSION_READABLE:
		break;
	case SESSION_TIMED_OUT:
		session_note(session, "the time-out came before the judging "
				      "was over");
		break;
	case SESSION_SIGNAL:
		session_note(session, "interrupted before the judging was "
				      "over");
		break;
	case SESSION_FAILED:
		return STATUS_FAILURE;
	}
	return session_command(session, COMMAND_FINISH, 0);
}

/* ---- the report ----------------------------------------------------------- */

static int judge_counts(const struct death_counts *counts, size_t findings,
			bool lost, const struct judging_result *result)
{
	if (findings > 0 || counts->violated > 0)
		return STATUS_FINDINGS;
	if (lost || counts->verified < counts->total ||
	    counts->total < result->at_least)
		return STATUS_INDETERMINATE;
	if (counts->total == 0 && !result->allow_none)
		return STATUS_INDETERMINATE;
	return STATUS_WELL;
}

static const char *verdict_of(int status)
{
	enum verdict verdict = VERDICT_INDETERMINATE;

	if (status == STATUS_WELL)
		verdict = VERDICT_VERIFIED;
	else if (status == STATUS_FINDINGS)
		verdict = VERDICT_VIOLATED;
	return verdict_name(verdict);
}

void judging_note(json_t *notes, const char *format, ...)
{
	char text[256];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	json_array_append_new(notes, shapes_text(text));
}

static uint64_t gaps_lost(const struct judged *judged)
{
	const struct counters *counters = watch_counters(judged->watch);
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < GAP_CAUSES; i++)
		sum += counters->gaps[i];
	return sum - judged->gaps;
}

static void add_notes(const struct judged *judged,
		      const struct death_counts *counts,
		      const struct judging_result *result)
{
	uint64_t lost = gaps_lost(judged);

	if (lost)
		judging_note(judged->notes,
			     "events were lost %llu times: deaths may have "
			     "gone unseen",
			     (unsigned long long)lost);
	if (counts->total < result->at_least)
		judging_note(judged->notes,
			     "%llu namespaces were made to die, %llu deaths "
			     "were seen",
			     (unsigned long long)result->at_least,
			     (unsigned long long)counts->total);
	if (judged->names_missing)
		judging_note(judged->notes,
			     "not every process could be looked at");
}

static int put_reason(json_t *summary, enum reason reason, uint64_t count)
{
	return json_object_set_new(
		json_object_get(json_object_get(summary, "deaths"), "reasons"),
		reason_name(reason), shapes_number(count));
}

/* The deaths of the span, one by one: those with an id behind its beginning. */
static json_t *died(const struct judged *judged)
{
	struct shapes_cursor cursor = { .begun = true, .key = judged->deaths };
	json_t *rows = json_array(), *chunk;
	int r = 0;

	while (r == 0 && !cursor.ended && json_array_size(rows) < DIED_MAX) {
		chunk = shapes_deaths(judged->watch, &cursor);
		r = json_array_extend(rows, json_object_get(chunk, "deaths"));
		json_decref(chunk);
	}
	if (r < 0) {
		json_decref(rows);
		return NULL;
	}
	return rows;
}

static bool is_verified(const json_t *death)
{
	const char *verdict = show_string(death, "verdict");

	return verdict && strcmp(verdict, verdict_name(VERDICT_VERIFIED)) == 0;
}

/* All of a few; of many those that need a look, and not too many of them. */
static void print_died(const struct show *show, const json_t *rows)
{
	json_t *shown = json_array(), *row;
	bool few = json_array_size(rows) <= DIED_SHOWN;
	size_t i;

	json_array_foreach(rows, i, row)
		if (json_array_size(shown) < DIED_SHOWN &&
		    (few || !is_verified(row)))
			json_array_append(shown, row);
	if (json_array_size(shown) > 0) {
		fputc('\n', show->stream);
		tables_show(show, LIST_DEATHS, shown);
	}
	json_decref(shown);
}

static int print(const struct options *options, const json_t *summary)
{
	struct show show;

	show_open(options, false, &show);
	if (show.json) {
		show_document(&show, summary, false);
	} else {
		show_summary(&show, summary);
		print_died(&show, json_object_get(summary, "died"));
	}
	return show_close(&show);
}

int judging_print(const struct judged *judged, const struct options *options,
		  const struct judging_result *result, json_t *more)
{
	const struct verify *verify = watch_verify(judged->watch);
	const struct death_counts *counts;
	json_t *summary;
	int status, r;

	summary = shapes_summary(judged->watch, judged->kernel, judged->span);
	counts = judged->span ? verify_span_counts(verify) :
				verify_counts(verify);
	add_notes(judged, counts, result);
	status = judge_counts(
		counts, json_array_size(json_object_get(summary, "findings")),
		judged->unfinished || gaps_lost(judged) > 0, result);
	if (counts->total == 0 && !result->allow_none)
		put_reason(summary, REASON_NO_DEATHS, 1);
	if (more)
		json_object_update(summary, more);
	json_decref(more);
	json_object_set(summary, "notes", judged->notes);
	r = json_object_set_new(summary, "verdict",
				json_string(verdict_of(status)));
	if (result->list)
		r |= json_object_set_new(summary, "died", died(judged));
	if (r < 0)
		return session_failed("the report", ENOMEM);
	r = print(options, summary);
	json_decref(summary);
	return status == STATUS_WELL ? r : status;
}

/* ---- the report of a replay ----------------------------------------------- */

char *judging_remark(const struct judged *judged,
		     const struct judging_result *result, json_t *more)
{
	json_t *remark = SHAPES_OBJECT(
		{ "allow_none", json_boolean(result->allow_none) },
		{ "at_least", shapes_number(result->at_least) },
		{ "list", json_boolean(result->list) },
		{ "names_missing", json_boolean(judged->names_missing) },
		{ "notes", json_incref(judged->notes) },
		{ "more", more ? json_incref(more) : json_null() });
	char *text = json_dumps(remark, JSON_COMPACT);

	json_decref(remark);
	return text;
}

void judging_recall(const char *text, struct judged *judged,
		    struct judging_result *result, json_t **ret_more)
{
	json_t *remark = json_loads(text, 0, NULL), *notes, *note, *more;
	json_int_t at_least;
	size_t i;

	if (!json_is_object(remark)) {
		json_decref(remark);
		return;
	}
	at_least = json_integer_value(json_object_get(remark, "at_least"));
	result->at_least = at_least > 0 ? (uint64_t)at_least : 0;
	result->allow_none =
		json_is_true(json_object_get(remark, "allow_none"));
	result->list = json_is_true(json_object_get(remark, "list"));
	judged->names_missing =
		json_is_true(json_object_get(remark, "names_missing"));
	notes = json_object_get(remark, "notes");
	json_array_foreach(notes, i, note)
		if (json_is_string(note))
			json_array_append(judged->notes, note);
	more = json_object_get(remark, "more");
	if (json_is_object(more)) {
		json_decref(*ret_more);
		*ret_more = json_incref(more);
	}
	json_decref(remark);
}

int judging_report(struct session *session, const struct options *options,
		   const struct judging_result *result, json_t *more)
{
	const struct judged judged = {
		.watch = talk_watch(session->talk),
		.kernel = &session->kernel,
		.notes = session->notes,
		.span = true,
		.gaps = session->gaps,
		.deaths = session->deaths,
		.names_missing = talk_counters(session->talk)->names_missing,
	};
	char *remark;

	if (session->capture) {
		remark = judging_remark(&judged, result, more);
		if (remark)
			talk_remark(session->talk, remark);
		free(remark);
	}
	return judging_print(&judged, options, result, more);
}
