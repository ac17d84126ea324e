/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The effect of a table on the ledger, entry by entry. What an event touched
 * since the question is asked again; what differs without one is a matter for
 * findings.h.
 */

#include "common/engine/sync.h"

struct effect;

/* tables_row - let one row of an answer (effect.h) take effect. 0 or -ENOMEM. */
int tables_row(struct watch *watch, struct effect *effect,
	       const struct row *row);

/* tables_absent - so for an entry that may have no row there: where it has one,
 * nothing happens. 0 or -ENOMEM. */
int tables_absent(struct watch *watch, struct effect *effect,
		  struct entry *entry);

/*
 * tables_leave_out - a NEW of nsid finds as many entries of holder's as it may
 * have: this one is counted, not watched, and its table no longer complete. A
 * number that somebody has, or that is in doubt, goes on to its next owner, as
 * long as there are fewer than twice as many.
 */
bool tables_leave_out(struct watch *watch, struct netns *holder, int32_t nsid);

/*
 * tables_appear - home holds nsid, an answer to a question asked after event
 * seq showed it, and no message did. 0 or -ENOMEM.
 */
int tables_appear(struct watch *watch, int32_t nsid, uint64_t seq,
		  struct generation **ret_generation);

/*
 * tables_misnamed - home's number for netns names another namespace: its own
 * is dead, and home's table points to memory that the other one got. What is
 * said and asked under that number is nobody's any more.
 */
void tables_misnamed(struct watch *watch, struct netns *netns);
