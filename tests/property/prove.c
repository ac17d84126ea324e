/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine against the model kernel: random histories from seeds, each
 * judged by the truth. Without arguments it plays the histories of
 * `make check`; `./dev prove` plays as many as its time allows.
 *
 *	prove [--seconds N | --histories N] [--first SEED] [--jobs N]
 *	prove --show SEED	all that happens in one history
 *	prove --expect FILE [--update]	histories with what is said of them
 *
 * A failure prints its seed and the shortest history that still fails so.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/oracle.h"
#include "tests/property/expect.h"
#include "tests/property/figures.h"

#define HISTORIES 20000
#define FAILING_KEPT 256
/* So many of them are made short and told of. */
#define EXPLAINED 4
/* One in so many is played again under another clock. */
#define SHIFT_EVERY 16
/* One in so many is played again with an engine that ends now and then. */
#define RESTART_EVERY 8

struct options {
	uint64_t first;
	uint64_t histories; /* 0: by time */
	double seconds;
	int jobs;
	bool show;
	bool brief;	      /* no tables: for make check */
	const char *expected; /* a file; NULL: none */
	bool update;
};

/* What one process found; it lies in memory that the first one shares. */
struct share {
	struct oracle_totals totals;
	struct {
		uint64_t seed;
		enum failure failure;
	} failing[FAILING_KEPT];
	int n_failing;
	bool ended;
};

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The same under another clock: only stamps may differ. */
static bool same_later(struct history *history, uint64_t seed, uint64_t digest)
{
	bool same;

	history_init(history, seed);
	history->start_ns = 12345678987654321ull;
	history_run(history);
	same = oracle_digest(history) == digest;
	history_deinit(history);
	return same;
}

/* The same with restarts: nothing at all may differ. */
static bool same_restarted(struct history *history, uint64_t seed,
			   uint64_t digest, struct oracle_totals *totals)
{
	bool same;

	history_init(history, seed);
	history->restart_rng = rng_of(seed, PURPOSE_RESTARTS, 0);
	history->restart_permille = (uint32_t)rng_range(&history->restart_rng,
							2, 60);
	history_run(history);
	same = !history->torn && restart_digest(history) == digest;
	totals->restarted++;
	totals->restarts += history->restarts;
	history_deinit(history);
	return same;
}

static enum failure play(struct history *history, uint64_t seed,
			 struct oracle_totals *totals)
{
	enum failure failure = FAILURE_NONE;
	struct oracle_result result;
	uint64_t digest, whole = 0;

	history_init(history, seed);
	history_run(history);
	oracle_judge(history, totals, &result);
	digest = oracle_digest(history);
	if (seed % RESTART_EVERY == 0)
		whole = restart_digest(history);
	history_deinit(history);
	if (seed % RESTART_EVERY == 0 &&
	    !same_restarted(history, seed, whole, totals))
		failure = FAILURE_RESTARTED;
	else if (seed % SHIFT_EVERY == 0 && !same_later(history, seed, digest))
		failure = FAILURE_SHIFTED;
	totals->failures[failure] += failure != FAILURE_NONE;
	return result.failure ? result.failure : failure;
}

static void work(const struct options *options, int job, struct share *share)
{
	struct history *history = malloc(sizeof(*history));
	double until = seconds_now() + options->seconds;
	enum failure failure;
	uint64_t i, seed;

	if (!history)
		abort();
	for (i = 0; !options->histories || i < options->histories; i++) {
		if (i / RESTART_EVERY % (uint64_t)options->jobs !=
		    (uint64_t)job)
			continue; /* another job's; each has its restarts */
		if (!options->histories && seconds_now() >= until)
			break;
		seed = options->first + i;
		failure = play(history, seed, &share->totals);
		if (!failure || share->n_failing == FAILING_KEPT)
			continue;
		share->failing[share->n_failing].seed = seed;
		share->failing[share->n_failing++].failure = failure;
	}
	share->ended = true;
	free(history);
}

/* ---- the shortest history --------------------------------------------------- */

static enum failure replay(struct history *history, uint64_t seed,
			   const bool *left_out, struct oracle_result *result)
{
	history_init(history, seed);
	for (int i = 0; i < history->n_ops; i++)
		history->ops[i].left_out = left_out[i];
	history_run(history);
	oracle_judge(history, NULL, result);
	return result->failure;
}

/* Leave out ever smaller pieces as long as it fails the same way. */
static void shrink(struct history *history, uint64_t seed, enum failure failure,
		   bool *left_out)
{
	struct oracle_result result;
	bool trial[HISTORY_OPS];
	int size, from, i;

	for (size = HISTORY_OPS / 2; size > 0; size /= 2)
		for (from = 0; from < HISTORY_OPS; from += size) {
			memcpy(trial, left_out, sizeof(trial));
			for (i = from; i < from + size && i < HISTORY_OPS; i++)
				trial[i] = true;
			if (!memcmp(trial, left_out, sizeof(trial)))
				continue;
			if (replay(history, seed, trial, &result) == failure)
				memcpy(left_out, trial, sizeof(trial));
			history_deinit(history);
		}
}

static void explain(uint64_t seed)
{
	struct history *history = malloc(sizeof(*history));
	bool left_out[HISTORY_OPS] = { false };
	struct oracle_result result;
	enum failure failure;

	if (!history)
		abort();
	failure = replay(history, seed, left_out, &result);
	history_deinit(history);
	printf("\nseed %llu: %s: %s\n", (unsigned long long)seed,
	       failure_name(failure), result.why);
	if (failure && failure != FAILURE_STUCK)
		shrink(history, seed, failure, left_out);
	replay(history, seed, left_out, &result);
	printf("the shortest history found: %s\n", result.why);
	history_print(history);
	history_print_faults(history);
	oracle_print(history);
	history_deinit(history);
	free(history);
}

static int show(uint64_t seed)
{
	struct history *history = malloc(sizeof(*history));
	struct oracle_result result;

	if (!history)
		abort();
	history_init(history, seed);
	history->trace = true;
	history_run(history);
	oracle_judge(history, NULL, &result);
	history_print(history);
	history_print_faults(history);
	oracle_print(history);
	printf("%s %s\n", failure_name(result.failure), result.why);
	history_deinit(history);
	free(history);
	return result.failure ? 1 : 0;
}

/* ---- processes ------------------------------------------------------------- */

static struct share *start(const struct options *options)
{
	size_t size = (size_t)options->jobs * sizeof(struct share);
	struct share *shares = mmap(NULL, size, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int job;
	pid_t pid;

	if (shares == MAP_FAILED)
		return NULL;
	fflush(NULL);
	for (job = 0; job < options->jobs; job++) {
		pid = fork();
		if (pid < 0)
			return NULL;
		if (pid == 0) {
			work(options, job, &shares[job]);
			_exit(0);
		}
	}
	while (wait(NULL) > 0 || errno == EINTR)
		;
	return shares;
}

static int run(const struct options *options)
{
	static struct oracle_totals totals;
	double began = seconds_now();
	struct share *shares = start(options);
	int failing = 0, explained = 0, status = 0, job, i;

	if (!shares) {
		fprintf(stderr, "prove: %s\n", strerror(errno));
		return 2;
	}
	for (job = 0; job < options->jobs; job++) {
		figures_add(&totals, &shares[job].totals);
		if (!shares[job].ended)
			status = 1;
	}
	if (status)
		printf("a process ended before its time\n");
	printf("first seed %llu, %.0f s\n", (unsigned long long)options->first,
	       seconds_now() - began);
	figures_print(&totals, options->brief);
	if (!figures_suffice(&totals))
		status = 1;
	for (job = 0; job < options->jobs; job++)
		for (i = 0; i < shares[job].n_failing; i++, failing++)
			printf("seed %llu: %s\n",
			       (unsigned long long)shares[job].failing[i].seed,
			       failure_name(shares[job].failing[i].failure));
	for (job = 0; job < options->jobs; job++)
		for (i = 0; i < shares[job].n_failing; i++)
			if (explained++ < EXPLAINED)
				explain(shares[job].failing[i].seed);
	return failing || status ? 1 : 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: prove [--seconds N | --histories N] "
			"[--first SEED] [--jobs N]\n"
			"       prove --show SEED\n"
			"       prove --expect FILE [--update]\n");
	return 2;
}

/* A whole number, or 0 where it is none. */
static uint64_t number(const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	return errno || *end || *text == '-' ? 0 : value;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "histories", required_argument, NULL, 'n' },
		{ "first", required_argument, NULL, 'f' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "show", required_argument, NULL, 'w' },
		{ "expect", required_argument, NULL, 'e' },
		{ "update", no_argument, NULL, 'u' },
		{ 0 },
	};
	struct options options = { .first = 1,
				   .histories = HISTORIES,
				   .jobs = (int)sysconf(_SC_NPROCESSORS_ONLN),
				   .brief = argc == 1 };
	uint64_t value;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'e' || c == 'u') {
			options.expected = c == 'e' ? optarg : options.expected;
			options.update |= c == 'u';
			continue;
		}
		value = optarg ? number(optarg) : 0;
		if (c == '?' || !value)
			return usage();
		if (c == 's') {
			options.seconds = (double)value;
			options.histories = 0;
		} else if (c == 'n') {
			options.histories = value;
		} else if (c == 'j') {
			options.jobs = value < 64 ? (int)value : 64;
		} else {
			options.first = value;
			options.show |= c == 'w';
		}
	}
	if (optind < argc || (options.update && !options.expected))
		return usage();
	if (options.expected)
		return expect(options.expected, options.update);
	if (options.jobs < 1)
		options.jobs = 1;
	return options.show ? show(options.first) : run(&options);
}
