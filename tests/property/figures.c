/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/property/figures.h"

#include <stddef.h>
#include <stdio.h>

typedef unsigned long long ull; /* for printf */

/* All of it is counters: uint64_t first, then uint32_t. */
void figures_add(struct oracle_totals *totals,
		 const struct oracle_totals *other)
{
	const size_t wide = offsetof(struct oracle_totals, sizes) /
			    sizeof(uint64_t);
	uint64_t *to = (uint64_t *)totals;
	const uint64_t *from = (const uint64_t *)other;
	size_t i;

	for (i = 0; i < wide; i++)
		to[i] += from[i];
	for (i = 0; i < ORACLE_SIZES; i++)
		totals->sizes[i] += other->sizes[i];
	for (i = 0; i <= MODEL_SPACES; i++)
		totals->spaces[i] += other->spaces[i];
}

static uint32_t median(const uint32_t *counts, uint32_t n, uint64_t total)
{
	uint64_t below = 0;
	uint32_t i;

	for (i = 0; i < n; i++) {
		below += counts[i];
		if (below * 2 > total)
			break;
	}
	return i;
}

static uint64_t fate_sum(const struct oracle_totals *totals, enum fate fate)
{
	uint64_t sum = 0;

	for (int kind = 0; kind < FAULT_KINDS; kind++)
		sum += totals->full_fates[kind][fate];
	return sum;
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void print_failures(const struct oracle_totals *totals)
{
	for (int i = 1; i < FAILURES; i++)
		printf("  %-30s %8llu\n", failure_name((enum failure)i),
		       (ull)totals->failures[i]);
}

/* Of faults outside the blind spots, at full coverage and without a gap. */
static void print_found(const struct oracle_totals *totals)
{
	uint64_t found = fate_sum(totals, FATE_FOUND);
	uint64_t doubt = fate_sum(totals, FATE_DOUBT);
	uint64_t missed = fate_sum(totals, FATE_WRONG);

	printf("faults at full coverage, outside the blind spots: %llu found "
	       "(%.2f %%), %llu in doubt, %llu missed\n",
	       (ull)found, percent(found, found + doubt + missed), (ull)doubt,
	       (ull)missed);
}

/* Of so many histories a share is more than chance. */
#define ENOUGH 100000
/* Each fault and each case is to be met once in so many. */
#define RARE 500

static int falls_short(bool well, const char *what, double percents)
{
	if (well)
		return 0;
	printf("falls short: %s: %.2f %%\n", what, percents);
	return 1;
}

/* Each case, each fault: a row that nobody plays proves nothing. */
static int too_rare(const struct oracle_totals *totals)
{
	uint64_t least = totals->histories / RARE, struck;
	int rare = 0;

	for (int i = 1; i < MODEL_CASES; i++)
		if (totals->cases[i] < least && ++rare)
			printf("falls short: H%d: %llu\n", i,
			       (ull)totals->cases[i]);
	for (int kind = 0; kind < FAULT_KINDS; kind++) {
		struck = 0;
		for (int fate = 0; fate < FATES; fate++)
			struck += totals->fates[kind][fate] +
				  totals->full_fates[kind][fate];
		if (struck < least && ++rare)
			printf("falls short: %s: %llu\n",
			       fault_name((enum fault_kind)kind), (ull)struck);
	}
	return rare;
}

bool figures_suffice(const struct oracle_totals *totals)
{
	uint64_t found = fate_sum(totals, FATE_FOUND);
	uint64_t missed = fate_sum(totals, FATE_WRONG);
	uint64_t all = found + missed + fate_sum(totals, FATE_DOUBT);
	double calm = percent(totals->verified[0], totals->deaths[0]);
	int fail = 0;

	if (totals->histories < ENOUGH)
		return true;
	fail += falls_short(calm >= 99, "verified while it is calm", calm);
	fail += falls_short(percent(found, all) >= 90, "faults found",
			    percent(found, all));
	fail += falls_short(!missed, "faults missed", percent(missed, all));
	return fail + too_rare(totals) == 0;
}

static void print_deaths(const struct oracle_totals *totals)
{
	for (int busy = 0; busy < 2; busy++) {
		printf("%s, no fault, no loss, full coverage: %llu deaths, "
		       "%.2f %% verified (%llu by accounts)",
		       busy ? "busy" : "calm", (ull)totals->deaths[busy],
		       percent(totals->verified[busy], totals->deaths[busy]),
		       (ull)totals->by_accounts[busy]);
		for (int reason = 0; reason < REASONS; reason++)
			if (totals->reasons[busy][reason])
				printf(", %llu %s",
				       (ull)totals->reasons[busy][reason],
				       reason_name((enum reason)reason));
		if (totals->open[busy])
			printf(", %llu open", (ull)totals->open[busy]);
		printf("\n");
	}
}

static void print_fates(const struct oracle_totals *totals)
{
	printf("\n%-22s %8s", "fault, at full coverage", "struck");
	for (int fate = FATE_UNLEARNED; fate < FATES; fate++)
		printf(" %9s", fate_name((enum fate)fate));
	printf(" %7s\n", "found");
	for (int kind = 0; kind < FAULT_KINDS; kind++) {
		const uint64_t *fates = totals->full_fates[kind];
		uint64_t struck = 0;

		for (int fate = 0; fate < FATES; fate++)
			struck += fates[fate] + totals->fates[kind][fate];
		printf("%-23s %8llu", fault_name((enum fault_kind)kind),
		       (ull)struck);
		for (int fate = FATE_UNLEARNED; fate < FATES; fate++)
			printf(" %9llu", (ull)fates[fate]);
		printf(" %6.2f%%\n",
		       percent(fates[FATE_FOUND], fates[FATE_FOUND] +
							  fates[FATE_DOUBT] +
							  fates[FATE_WRONG]));
	}
}

static void print_cases(const struct oracle_totals *totals)
{
	printf("\n");
	for (int i = 1; i < MODEL_CASES; i++)
		printf("H%-2d %9llu%s", i, (ull)totals->cases[i],
		       i % 5 ? "   " : "\n");
	printf("blind spots");
	for (int fate = FATE_BLIND1; fate <= FATE_BLIND4; fate++) {
		uint64_t sum = 0;

		for (int kind = 0; kind < FAULT_KINDS; kind++)
			sum += totals->full_fates[kind][fate] +
			       totals->fates[kind][fate];
		printf("  %d: %llu", fate - FATE_BLIND1 + 1, (ull)sum);
	}
	printf("\ninversions %llu, phantoms %llu, passes that followed at once "
	       "%llu, gaps %llu, messages that nobody missed %llu, questions "
	       "that failed %llu\n",
	       (ull)totals->inversions, (ull)totals->phantoms,
	       (ull)totals->splits, (ull)totals->gaps,
	       (ull)totals->silent_losses, (ull)totals->failed);
	printf("orders seen: %llu unknown, %llu per-holder, %llu per-peer\n",
	       (ull)totals->orders[0], (ull)totals->orders[1],
	       (ull)totals->orders[2]);
}

void figures_print(const struct oracle_totals *totals, bool brief)
{
	printf("%llu histories (%llu without a fault), %llu events, median %u "
	       "events and %u namespaces, %llu faults that struck\n",
	       (ull)totals->histories, (ull)totals->harmless,
	       (ull)totals->events,
	       median(totals->sizes, ORACLE_SIZES, totals->histories),
	       median(totals->spaces, MODEL_SPACES + 1, totals->histories),
	       (ull)totals->faults);
	printf("%llu of them once more, with %llu restarts of the engine\n",
	       (ull)totals->restarted, (ull)totals->restarts);
	print_failures(totals);
	print_found(totals);
	print_deaths(totals);
	if (brief)
		return;
	print_fates(totals);
	print_cases(totals);
}
