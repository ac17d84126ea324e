/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a shell may read off: notices, counters, the last audit. */

#include "common/engine/event.h"

/* What a shell may want to tell the world about. */
enum notice_type {
	NOTICE_DEATH,	/* a death was closed or revised: `id` is its id */
	NOTICE_FINDING, /* a finding appeared or changed state: its id */
	NOTICE_GAP,	/* a gap began: `id` counts them */
	NOTICE_AUDIT,	/* the audit that COMMAND_AUDIT asked for has ended */
	/* a namespace began to linger, or does so no more: it died, or has an
	 * owner again. `id` is its serial: linger_find() */
	NOTICE_LINGERING,
	NOTICE_LINGERED,
};
#define NOTICE_TYPES (NOTICE_LINGERED + 1)

struct notice {
	enum notice_type type;
	uint64_t id;
};

/* gap_name - "overrun", "drops", ... */
const char *gap_name(enum gap_cause cause);

/* What the settings bound. */
enum ceiling {
	CEILING_HOLDERS,
	CEILING_ENTRIES,
	CEILING_NAMES,
	CEILINGS,
};

struct counters {
	uint64_t seq; /* events read since the start */
	uint64_t news;
	uint64_t dels;
	uint64_t ignored; /* a number or tag that no kernel sends */
	uint64_t gaps[GAP_CAUSES];
	uint64_t audits;       /* rounds that ended */
	uint64_t inversions;   /* a number announced anew before its removal */
	uint64_t phantoms;     /* a removal announced before its entry */
	uint64_t unheard;      /* entries that appeared without a message */
	uint64_t unattributed; /* removals of nobody knows whom */
	uint64_t doubts;       /* differences that nobody could explain */
	uint64_t beyond;       /* holders, entries, names beyond a ceiling */
	uint64_t untaken[NOTICE_TYPES]; /* notices that too many others followed */
};

/* The last audit that COMMAND_AUDIT asked for. */
struct audit {
	bool running;
	uint64_t serial;
	uint32_t holders;    /* that were asked */
	uint32_t entries;    /* that were compared */
	uint32_t mismatches; /* entries in which ledger and kernel differed */
	uint32_t unanswered; /* holders that could not be asked or went away */
	uint32_t beyond;     /* entries beyond a ceiling: not compared */
};
