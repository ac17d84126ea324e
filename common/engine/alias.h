/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Home's own number for itself, which it may get at any time: from then on its
 * own events are tagged with it, as another's would be who had the number. Until
 * somebody has asked, nobody can tell them apart.
 */

#include "common/engine/watch.h"

struct netns;

/*
 * alias_keep - an event whose tag names nobody: is it home's, under its own new
 * number, or one's that is to be announced? Kept until that is known. 0 or
 * -ENOMEM.
 */
int alias_keep(struct watch *watch, const struct event *event);

/* alias_distrust - what was counted of home's entries may be another's. */
void alias_distrust(struct watch *watch);

/* alias_announced - a NEW of holder's, which may be the one of home's own. */
void alias_announced(struct watch *watch, const struct netns *holder,
		     const struct event *event);

/*
 * alias_home - home's number for itself is nsid, or NSID_NONE: what was kept
 * and is home's counts from now. 0 or -ENOMEM.
 */
int alias_home(struct watch *watch, int32_t nsid);
