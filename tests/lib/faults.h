/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a kernel may do wrong, as the model kernel does it, and what may be said
 * of it: the table that the oracle judges by. FAULTS in nsidwatchd(8) says the
 * same to people, and a lint compares the two.
 */

#include <stdbool.h>

#include "common/engine/finding.h"

enum fault_kind {
	FAULT_DUPLICATE,    /* announced twice */
	FAULT_SILENT,	    /* removed, not announced */
	FAULT_LEAK,	    /* neither */
	FAULT_KEPT,	    /* announced, not removed */
	FAULT_WRONG_NUMBER, /* removed, announced under another number */
	FAULT_GHOST,	    /* announced while the peer lives, not removed */
	FAULT_PREMATURE,    /* removed and announced while the peer lives */
	FAULT_LATE,	    /* removed and announced after the pass */
	FAULT_LATE_MESSAGE, /* removed in time, announced after the pass */
	FAULT_PASS_TWICE,   /* a whole pass announced once more */
	FAULT_SKIP_LAST,    /* the last survivor is not walked */
	FAULT_WRONG_SPACE,  /* announced in another namespace */
	FAULT_NEW_TWICE,    /* a NEW more for an entry that is present */
	FAULT_STALE,	    /* left behind, and the memory re-used */
	FAULT_KINDS,
};

/* Where no listener can see it, as LIMITS in nsidwatchd(8) numbers them. */
enum blind_spot {
	BLIND_ALIKE = 1, /* every DEL of the peer delayed or hidden alike */
	BLIND_BARRIER,	 /* late, before the first provable barrier */
	BLIND_LIVING,	 /* removed while alive, and dead before it was asked */
	BLIND_REUSED,	 /* on a re-used number, charged to the new owner */
	BLIND_SPOTS,
};

/* fault_name - "duplicate", "silent removal", ... */
const char *fault_name(enum fault_kind fault);

/* fault_allows - this kind of finding may report it. */
bool fault_allows(enum fault_kind fault, enum finding_kind kind);

/* fault_hides - it may go unnoticed in this blind spot. */
bool fault_hides(enum fault_kind fault, enum blind_spot spot);
