/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Deaths that were open when an earlier watch ended. What it knew is lost, so
 * that nobody can judge them any more: each is closed as soon as it is told of,
 * indeterminate (ended-open). Where its peer still has its number in home it
 * goes on, and the rest of it may look like a death of its own: that one takes
 * the place of the inherited one, so that one death is listed once, and cannot
 * be verified either. Where it may be another's (events were lost since, or
 * home's DEL had been read) both are listed, and neither is verified.
 */

#include <stdint.h>

struct death;
struct inherited;
struct watch;

/* inherit_death - of an earlier watch. 0 or -ENOMEM. */
int inherit_death(struct watch *watch, const struct inherited *inherited);

/* inherit_claim - this one was opened just now: it is perhaps the rest of an
 * inherited one, and takes its place. */
void inherit_claim(struct watch *watch, struct death *death);

/* inherit_touched - an event of home with this number: from now on it names
 * nobody who was dying before. */
void inherit_touched(struct watch *watch, int32_t nsid);

/* inherit_gap - no number is sure to name whom it named. */
void inherit_gap(struct watch *watch);
