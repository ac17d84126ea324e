/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Cleanup passes and their order, read off the removals. An observation, never
 * a finding: passes are not delimited in the stream, so what is called one
 * pass here is a run of removals without a quiet moment between them.
 *
 * per-holder is proved by one block: two holders in turn, each dropping the
 * same two or more peers (unhash_nsid() of Linux 7.0 on walks the survivors
 * once). per-peer needs eight peers, each dropped by two or more holders in
 * turn, within 8 ms of one drained moment: one-peer passes of a batched kernel
 * look alike and cannot follow one another that fast. Else unknown.
 */

#include "common/engine/event.h"

enum order {
	ORDER_UNKNOWN,
	ORDER_PER_HOLDER,
	ORDER_PER_PEER,
	ORDER_MIXED, /* of all passes: both were seen */
	ORDERS,
};

struct netns;

struct pass {
	uint64_t id;
	enum order order;
	uint32_t peers;	   /* distinct dying peers, as far as known */
	uint32_t holders;  /* distinct holders that dropped any */
	uint32_t removals; /* RTM_DELNSID */
	struct stamp begin;
	struct stamp end;
};

struct passes;

/* passes_new - keep at most `history` ended passes. 0 or -ENOMEM. */
int passes_new(uint32_t history, struct passes **ret_passes);
/* passes_free - takes NULL, returns NULL. */
struct passes *passes_free(struct passes *passes);

/*
 * passes_removal - one RTM_DELNSID of `holder` for `peer` (NULL where nobody
 * knows whom the number named). Both are only compared, never followed:
 * their serial numbers tell them apart.
 */
void passes_removal(struct passes *passes, const struct stamp *at,
		    uint64_t holder, uint64_t peer);

/* passes_drained - the queue is empty: a quiet moment may end a pass. */
void passes_drained(struct passes *passes, const struct stamp *now);

/* passes_end - end the running pass, if any, whatever the clock says. */
void passes_end(struct passes *passes);

/*
 * passes_deadline - when a drained moment would end the running pass;
 * UINT64_MAX where none runs.
 */
uint64_t passes_deadline(const struct passes *passes);

/* passes_order - over all passes: what was seen, not what was built. */
enum order passes_order(const struct passes *passes);

/* passes_count - ended passes of one order, since the start. */
uint64_t passes_count(const struct passes *passes, enum order order);

/*
 * passes_get - the kept pass number `index`, oldest first; NULL beyond the
 * end. Borrowed, until the next call that changes.
 */
const struct pass *passes_get(const struct passes *passes, size_t index);

/* order_name - "per-holder", "per-peer", "mixed", "unknown". */
const char *order_name(enum order order);
