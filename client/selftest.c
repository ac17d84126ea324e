/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/selftest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/judging.h"
#include "client/load.h"
#include "client/options.h"
#include "client/session.h"
#include "client/verbs.h"
#include "common/engine/verify.h"
#include "common/engine/watch.h"
#include "common/kernel/talk.h"

/* The first audit, and each time that tables are to be learned. */
#define READY_NS 120000000000u
#define LEARN_NS 60000000000u
#define CALM_NS 3000000000u
/* Longer than the settle time: who is born later was not there in the pass. */
#define APART_NS 1200000000u
/* What a kernel may take for one namespace, and then some. */
#define DEATH_NS 30000000u

struct selftest {
	const struct options *options;
	struct session session;
	struct load load;
	uint64_t made; /* namespaces that were let die */
};

__attribute__((format(printf, 1, 2))) static void progress(const char *format,
							   ...)
{
	va_list list;

	if (!isatty(STDERR_FILENO))
		return;
	va_start(list, format);
	fputs("selftest: ", stderr);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
	va_end(list);
}

static bool is_ready(const struct watch *watch, int32_t number)
{
	(void)number;
	return watch_ready(watch);
}

static bool is_calm(const struct watch *watch, int32_t number)
{
	(void)number;
	return watch_learned(watch);
}

/* What the stage has made; others may go on making theirs. */
static bool is_known(const struct watch *watch, int32_t event)
{
	return watch_knows(watch, (uint64_t)event);
}

static bool have_died(const struct watch *watch, int32_t number)
{
	return verify_span_counts(watch_verify(watch))->total >=
	       (uint64_t)number;
}

static int interrupted(void)
{
	fprintf(stderr, "nsidwatch: interrupted\n");
	return STATUS_FAILURE;
}

/* Until the condition holds; *ret_outcome tells a time-out from that. */
static int await(struct selftest *test, session_condition *condition,
		 int32_t number, uint64_t timeout_ns, bool *ret_timed_out)
{
	*ret_timed_out = false;
	switch (session_wait(&test->session, condition, number,
			     session_now_ns() + timeout_ns, -1)) {
	case SESSION_DONE:
	case SESSION_READABLE:
		return STATUS_WELL;
	case SESSION_TIMED_OUT:
		*ret_timed_out = true;
		return STATUS_WELL;
	case SESSION_SIGNAL:
		return interrupted();
	case SESSION_FAILED:
		break;
	}
	return STATUS_FAILURE;
}

/* One stage of the load, with the engine at work meanwhile. */
static int stage(struct selftest *test, enum load_stage stage,
		 uint32_t *ret_count)
{
	int r;

	r = load_tell(&test->load, stage);
	if (r < 0) {
		fprintf(stderr, "nsidwatch: selftest: the load has ended: %s\n",
			strerror(-r));
		return STATUS_FAILURE;
	}
	switch (session_wait(&test->session, NULL, 0, UINT64_MAX,
			     test->load.report_fd)) {
	case SESSION_DONE:
	case SESSION_TIMED_OUT:
	case SESSION_READABLE:
		return load_told(&test->load, ret_count);
	case SESSION_SIGNAL:
		return interrupted();
	case SESSION_FAILED:
		break;
	}
	return STATUS_FAILURE;
}

/* Read all that the stage caused, then ask until everything is known. */
static int learn(struct selftest *test)
{
	const struct watch *watch = talk_watch(test->session.talk);
	bool timed_out;
	int status;

	if (session_drain(&test->session, session_now_ns() + LEARN_NS) ==
	    SESSION_FAILED)
		return STATUS_FAILURE;
	status = await(test, is_known, (int32_t)watch_counters(watch)->seq,
		       LEARN_NS, &timed_out);
	if (status)
		return status;
	if (timed_out)
		session_note(&test->session,
			     "not all tables were learned within 60 s");
	/* A moment without others' births, if there is one. */
	return await(test, is_calm, 0, CALM_NS, &timed_out);
}

static int run_round(struct selftest *test, uint32_t round)
{
	const struct options *options = test->options;
	bool timed_out;
	uint32_t count;
	int status;

	progress("round %u of %u: %u namespaces get numbers in %u tables",
		 round, options->rounds, options->dying,
		 options->survivors + 1);
	status = stage(test, LOAD_BIRTH, &count);
	if (!status)
		status = learn(test);
	if (!status) {
		progress("round %u of %u: they die", round, options->rounds);
		status = stage(test, LOAD_DEATH, &count);
	}
	if (status)
		return status;
	test->made += count;
	if (round == options->rounds)
		return STATUS_WELL;
	/* The next round is a new one, not more of this. */
	status = await(test, have_died, (int32_t)(test->made & INT32_MAX),
		       LEARN_NS + (uint64_t)count * DEATH_NS, &timed_out);
	if (!status)
		status = await(test, NULL, 0, APART_NS, &timed_out);
	return status;
}

static int run_load(struct selftest *test)
{
	bool timed_out;
	uint32_t round, count;
	int status;

	status = await(test, is_ready, 0, READY_NS, &timed_out);
	if (timed_out) {
		fprintf(stderr, "nsidwatch: the tables could not be learned "
				"in two minutes\n");
		status = STATUS_FAILURE;
	}
	if (!status)
		status = session_begin(&test->session);
	if (status)
		return status;
	progress("%u namespaces that will live on", test->options->survivors);
	status = stage(test, LOAD_SURVIVE, &count);
	if (!status)
		status = learn(test);
	for (round = 1; !status && round <= test->options->rounds; round++)
		status = run_round(test, round);
	return status;
}

static int report(struct selftest *test)
{
	const struct options *options = test->options;
	const struct judging_result result = { .at_least = test->made };

	return judging_report(
		&test->session, options, &result,
		SHAPES_OBJECT(
			{ "load",
			  SHAPES_OBJECT(
				  { "survivors",
				    shapes_number(options->survivors) },
				  { "dying", shapes_number(options->dying) },
				  { "rounds", shapes_number(options->rounds) },
				  { "made", shapes_number(test->made) }) }));
}

int selftest_run(const struct options *options)
{
	const struct load_size size = { .survivors = options->survivors,
					.dying = options->dying };
	struct selftest test = { .options = options };
	int status;

	/* The child first: nothing of the watch is to be its own. */
	status = load_start(&size, &test.load);
	if (status)
		return status;
	status = session_open(options, ADOPT_NO, &test.session);
	if (status) {
		load_end(&test.load);
		return status;
	}
	status = run_load(&test);
	if (!status) {
		progress("judging");
		status = judging_run(&test.session,
				     options->timeout_ns +
					     (uint64_t)options->dying *
						     DEATH_NS);
	}
	if (!status)
		status = report(&test);
	load_end(&test.load);
	session_close(&test.session);
	return status;
}
