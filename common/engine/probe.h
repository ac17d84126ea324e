/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/engine/pending.h"

/*
 * Numbers beyond the cut of a table, asked one by one: home's own by number
 * (a dense table goes on), another holder's by the peers that home knows.
 */
struct probe {
	struct netns *holder; /* referenced; NULL: none under way */
	uint64_t last_serial; /* the youngest peer there was at its start */
	int32_t next;	      /* home: the next number */
	uint32_t misses;      /* home: absent ones in a row */
	struct probe_peer {
		uint64_t serial;
		int32_t nsid;
	} * peers; /* owned */
	size_t n_peers;
	size_t at;
	struct pending *points; /* owned: collects the answers */
};

/*
 * probe_start - a table was cut after the number last: look beyond, unless
 * another holder is being probed. 0 or -ENOMEM.
 */
int probe_start(struct watch *watch, struct netns *holder, int32_t last);
void probe_stop(struct probe *probe);

/* probe_next - the next question, if there is one. */
bool probe_next(struct watch *watch, struct question *question);

/* probe_number, probe_entry - their answers. 0 or -ENOMEM. */
int probe_number(struct watch *watch, const struct answer *answer);
int probe_entry(struct watch *watch, const struct answer *answer, int32_t peer);
