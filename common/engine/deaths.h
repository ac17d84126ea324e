/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The records of deaths: opened, counted, closed, revised, kept for a while.
 * What a verdict needs is not decided here (verify.h, judge.h).
 */

#include "common/engine/verify.h"

/* deaths_open - the peer's first DEL was read just now. 0 or -ENOMEM. */
int deaths_open(struct watch *watch, struct netns *peer,
		struct death **ret_death);

/* deaths_removed - event seq took the peer's nsid from holder. 0 or -ENOMEM. */
int deaths_removed(struct watch *watch, struct death *death,
		   struct netns *holder, int32_t nsid, uint64_t seq);

/*
 * deaths_gone - the event by which a second table had dropped the peer, or the
 * first one if the verdict is verified; 0 if there is none.
 */
uint64_t deaths_gone(const struct death *death, enum verdict verdict);

/* deaths_close - the verdict; the oldest closed ones are forgotten. */
void deaths_close(struct watch *watch, struct death *death,
		  enum verdict verdict, enum reason reason);

/* deaths_revise - another verdict for a closed one; none if nothing changes. */
void deaths_revise(struct watch *watch, struct death *death,
		   enum verdict verdict, enum proof proof, enum reason reason);

/* deaths_undo - as if the closed one had never been opened. It is freed. */
void deaths_undo(struct watch *watch, struct death *death);

/* deaths_free - a whole list. */
void deaths_free(struct death *death);
