/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/evidence.h"

#include <errno.h>
#include <stdlib.h>

int evidences_init(struct evidences *evidences)
{
	*evidences = (struct evidences){ 0 };
	evidences->ring = calloc(EVIDENCE_MAX, sizeof(*evidences->ring));
	return evidences->ring ? 0 : -ENOMEM;
}

void evidences_deinit(struct evidences *evidences)
{
	size_t i;

	for (i = 0; evidences->ring && i < EVIDENCE_MAX; i++)
		netns_unref(evidences->ring[i].holder);
	free(evidences->ring);
	*evidences = (struct evidences){ 0 };
}

void evidences_add(struct evidences *evidences, uint64_t seq, uint64_t read_ns,
		   struct netns *holder, const struct generation *generation)
{
	bool none = generation && generation->knowledge == PEER_NONE;
	struct evidence *evidence;

	evidence = &evidences->ring[evidences->n++ % EVIDENCE_MAX];
	if (evidence->holder) {
		evidences->lost_seq = evidence->seq;
		evidences->lost_ns = evidence->read_ns;
	}
	netns_unref(evidence->holder);
	*evidence = (struct evidence){
		.seq = seq,
		.read_ns = read_ns,
		.opened_seq = generation ? generation->opened_seq : 0,
		.holder = netns_ref(holder),
		.none = none,
		.none_seq = none ? generation->known_seq : 0,
		.none_ns = none ? generation->known_ns : 0,
	};
}

struct evidence *evidences_get(const struct evidences *evidences,
			       uint64_t index)
{
	if (index >= evidences->n || index >= EVIDENCE_MAX)
		return NULL;
	return &evidences->ring[(evidences->n - 1 - index) % EVIDENCE_MAX];
}

struct evidence *evidences_find(const struct evidences *evidences,
				const struct netns *holder, uint64_t seq)
{
	struct evidence *evidence;
	uint64_t i;

	for (i = 0; (evidence = evidences_get(evidences, i)); i++) {
		if (evidence->seq < seq)
			return NULL;
		if (evidence->seq == seq && evidence->holder == holder)
			return evidence;
	}
	return NULL;
}
