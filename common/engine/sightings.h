/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What names tell: at once, whether a namespace wants a number in home; and
 * after the settle time, which netns a name leads to, that it lives, or that
 * the name leads nowhere any more.
 */

#include "common/engine/sync.h"

/* sightings_note - one sighting, as it came. 0 or -ENOMEM. */
int sightings_note(struct watch *watch, const struct sighting *sighting,
		   uint64_t asked_seq);

/*
 * sightings_scanned - a scan has ended: names that it did not see are asked; of
 * one that told only the news, those alone that may lead to a watched namespace
 * since a number appeared.
 */
void sightings_scanned(struct watch *watch, bool news);

/*
 * sightings_home_known - home's table took effect, first of all or after a gap:
 * names that answered before, with numbers that nobody knew, are asked again.
 */
void sightings_home_known(struct watch *watch);

/* sightings_drained - let name answers take effect whose time has come. */
int sightings_drained(struct watch *watch, uint64_t *deadline_ns);

/*
 * sightings_unbind - netns has ended, or is to be known anew after a gap: where
 * its names lead is asked again.
 */
void sightings_unbind(struct watch *watch, struct netns *netns);
