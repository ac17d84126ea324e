/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/tally.h"

#define MS 1000000ull

uint64_t tally_bound_ns(int index)
{
	static const uint32_t bounds_ms[TALLY_BOUNDS] = {
		1,   2,	   5,	 10,   20,    50,    100,   200,
		500, 1000, 2000, 5000, 10000, 30000, 60000,
	};

	return bounds_ms[index] * MS;
}

void tally_closed(struct tally *tally, const struct death *death)
{
	uint64_t span_ns = death->last_removal.mono_ns - death->opened.mono_ns;
	int i = 0;

	tally->verdicts[death->verdict]++;
	if (!death->n_removals)
		return;
	while (i < TALLY_BOUNDS && span_ns > tally_bound_ns(i))
		i++;
	tally->durations[i]++;
	tally->duration_ns += span_ns;
}

void tally_revised(struct tally *tally, const struct death *death)
{
	tally->verdicts[death->verdict]++;
}

/* What was withdrawn is no other finding than the one that was made. */
void tally_finding(struct tally *tally, const struct finding *finding)
{
	tally->states[finding->state]++;
	if (finding->state != FINDING_WITHDRAWN)
		tally->findings[finding->kind]++;
}
