/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Removals that nobody could attribute. Each may have been the first of any
 * death around it, so that it speaks against what else would be verified.
 */

#include "common/engine/entry.h"

/* A DEL that nobody could attribute: it may have been anybody's. */
struct evidence {
	uint64_t seq;
	uint64_t read_ns;     /* when that event was read */
	uint64_t opened_seq;  /* when the entry was announced, 0 unknown */
	struct netns *holder; /* referenced */
	bool told;	      /* it turned out whose it was */
	bool none;	      /* home had no number for its peer ... */
	uint64_t none_ns;     /* ... when asked then, and ... */
	uint64_t none_seq;    /* ... when asked after this event */
};

#define EVIDENCE_MAX 4096

struct evidences {
	struct evidence *ring; /* owned, by seq */
	uint64_t n;	       /* ever; the oldest may be gone */
	uint64_t lost_ns;      /* when the newest one that is was read */
	uint64_t lost_seq;     /* the newest one that is */
};

/* evidences_init - 0 or -ENOMEM. */
int evidences_init(struct evidences *evidences);
void evidences_deinit(struct evidences *evidences);

/*
 * evidences_add - event seq, read at read_ns, removed something from holder's
 * table; generation is what it closed, or NULL.
 */
void evidences_add(struct evidences *evidences, uint64_t seq, uint64_t read_ns,
		   struct netns *holder, const struct generation *generation);

/* evidences_get - the index-th newest; NULL beyond the oldest kept one. */
struct evidence *evidences_get(const struct evidences *evidences,
			       uint64_t index);

/* evidences_find - what event seq of holder left, or NULL. */
struct evidence *evidences_find(const struct evidences *evidences,
				const struct netns *holder, uint64_t seq);
