/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What has been said since the start, in figures that never go back, for those
 * who only see them now and then: a verdict that is revised counts under both,
 * and so does a finding that turns out late.
 */

#include "common/engine/death.h"
#include "common/engine/finding.h"

/* How long deaths took, by upper bounds; the last one has none. */
#define TALLY_BOUNDS 15

struct tally {
	uint64_t verdicts[VERDICTS];
	uint64_t findings[FINDING_KINDS];
	uint64_t states[FINDING_STATES]; /* of findings: made, resolved, ... */
	/* of the deaths that were closed: from the first removal to the last */
	uint64_t durations[TALLY_BOUNDS + 1];
	uint64_t duration_ns; /* of all of them */
};

/* tally_bound_ns - the upper bound number `index`: from 1 ms to 60 s. */
uint64_t tally_bound_ns(int index);

/* tally_closed - with its first verdict; tally_revised - with another one. */
void tally_closed(struct tally *tally, const struct death *death);
void tally_revised(struct tally *tally, const struct death *death);

/* tally_finding - it is new, or its state has changed. */
void tally_finding(struct tally *tally, const struct finding *finding);
