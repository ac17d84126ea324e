/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/property/expect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/report.h"
#include "common/engine/verify.h"
#include "tests/lib/oracle.h"

#define LINE 256

static uint64_t mix(uint64_t digest, uint64_t value)
{
	for (int i = 0; i < 8; i++, value >>= 8)
		digest = (digest ^ (value & 0xff)) * 0x100000001b3ull;
	return digest;
}

/* When each was said, of the history's own clock: not in oracle_digest(). */
static uint64_t stamps(const struct history *history, uint64_t digest)
{
	const struct verify *verify = watch_verify(history->watch);
	const struct death *death = verify_closed_deaths(verify);
	const struct finding *finding = verify_findings(verify);

	for (; death; death = death->next)
		digest = mix(digest, death->closed.mono_ns);
	for (; finding; finding = finding->next)
		digest = mix(digest, finding->at.mono_ns);
	return digest;
}

static unsigned int findings(const struct verify *verify,
			     enum finding_state state)
{
	const struct finding *finding = verify_findings(verify);
	unsigned int count = 0;

	for (; finding; finding = finding->next)
		count += finding->state == state;
	return count;
}

static void conclude(const struct history *history, char *line)
{
	const struct verify *verify = watch_verify(history->watch);
	const struct death_counts *counts = verify_counts(verify);

	snprintf(line, LINE,
		 "%" PRIu64 " %016" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		 " %" PRIu64 " %" PRIu64 " %u %u %u %" PRIu64 " %" PRIu64 "\n",
		 history->seed, stamps(history, oracle_digest(history)),
		 counts->verified, counts->by_accounts, counts->violated,
		 counts->indeterminate, counts->open,
		 findings(verify, FINDING_STANDS),
		 findings(verify, FINDING_RESOLVED),
		 findings(verify, FINDING_WITHDRAWN), history->questions,
		 history->moments);
}

/* What is said of this seed now, and how the truth judges that. */
static enum failure say(struct history *history, uint64_t seed, char *line)
{
	struct oracle_result result;

	history_init(history, seed);
	history_run(history);
	oracle_judge(history, NULL, &result);
	conclude(history, line);
	history_deinit(history);
	return result.failure;
}

/* One line of the file: 0 as expected or no seed, 1 it differs, 2 no line. */
static int compare(struct history *history, const char *line, FILE *anew)
{
	enum failure failure;
	char said[LINE];
	char *end;
	uint64_t seed;

	if (*line == '#' || *line == '\n')
		return anew && fputs(line, anew) < 0 ? 2 : 0;
	errno = 0;
	seed = strtoull(line, &end, 10);
	if (errno || end == line || !seed || !strchr(line, '\n'))
		return 2;
	failure = say(history, seed, said);
	if (anew && fputs(said, anew) < 0)
		return 2;
	if (strcmp(line, said))
		printf("- %s+ %s", line, said);
	if (failure)
		printf("! %" PRIu64 ": %s\n", seed, failure_name(failure));
	return failure || strcmp(line, said);
}

static int lines(const char *path, FILE *file, FILE *anew)
{
	struct history *history = malloc(sizeof(*history));
	unsigned int number = 0, differ = 0, alike = 0;
	char line[LINE];
	int r = 0;

	if (!history)
		abort();
	while (r < 2 && fgets(line, sizeof(line), file)) {
		number++;
		r = compare(history, line, anew);
		differ += r == 1;
		alike += r == 0 && *line != '#' && *line != '\n';
	}
	free(history);
	if (r == 2 || ferror(file) || differ + alike == 0) {
		fprintf(stderr,
			"prove: %s:%u: a line must begin with a seed, and be "
			"writable for --update\n",
			path, number);
		return 2;
	}
	printf("%u histories as expected, %u otherwise\n", alike, differ);
	return differ && !anew;
}

/* Written beside it, and put in its place when it is whole. */
static int update_file(const char *path, FILE *file)
{
	char beside[4096];
	FILE *anew;
	int r;

	if (snprintf(beside, sizeof(beside), "%s.new", path) >=
	    (int)sizeof(beside))
		return ENAMETOOLONG;
	anew = fopen(beside, "w");
	if (!anew)
		return errno;
	r = lines(path, file, anew);
	if (fclose(anew) || (r == 0 && rename(beside, path) < 0))
		return errno;
	if (r)
		remove(beside);
	return r ? -1 : 0;
}

int expect(const char *path, bool update)
{
	FILE *file = fopen(path, "r");
	int r;

	if (!file) {
		fprintf(stderr, "prove: %s: %s\n", path, strerror(errno));
		return 2;
	}
	if (!update) {
		r = lines(path, file, NULL);
	} else {
		r = update_file(path, file);
		if (r > 0)
			fprintf(stderr, "prove: %s: %s\n", path, strerror(r));
		r = r ? 2 : 0;
	}
	fclose(file);
	return r;
}
