/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/probe.h"

#include <errno.h>
#include <stdlib.h>

#include "common/engine/state.h"

/* So many absent numbers in a row end a dense table. */
#define MISSES 64

void probe_stop(struct probe *probe)
{
	pending_free(probe->points);
	netns_unref(probe->holder);
	free(probe->peers);
	*probe = (struct probe){ 0 };
}

/* The peers that holder may name beyond its cut: not those it is known to. */
static int probe_peers(struct watch *watch, struct netns *holder)
{
	struct probe *probe = &watch->sync.probe;
	uint64_t walk = ++watch->verify.walk;
	const struct generation *generation;
	const struct entry *entry;
	struct netns *peer;

	probe->peers = calloc(watch->ledger.n_netnses, sizeof(*probe->peers));
	if (!probe->peers)
		return -ENOMEM;
	for (entry = holder->entries.first; entry; entry = entry->next)
		for (generation = entry->open; generation;
		     generation = generation->next)
			if (generation->peer)
				generation->peer->mark = walk;
	for (peer = watch->ledger.netnses; peer; peer = peer->next) {
		if (peer->home || peer == holder || peer->mark == walk ||
		    (!holder->n_unknown &&
		     peer->serial <= holder->probed_serial))
			continue;
		probe->peers[probe->n_peers++] =
			(struct probe_peer){ peer->serial, peer->nsid };
	}
	return 0;
}

int probe_start(struct watch *watch, struct netns *holder, int32_t last)
{
	struct probe *probe = &watch->sync.probe;
	int r;

	if (probe->holder)
		return 0;
	if (!holder->home) {
		r = probe_peers(watch, holder);
		if (r < 0)
			return r;
	}
	probe->holder = netns_ref(holder);
	probe->last_serial = watch->ledger.last->serial;
	probe->next = last < INT32_MAX ? last + 1 : last;
	return 0;
}

/* A number whose last owner died, for all that is known, is left alone. */
static bool number_suspect(struct watch *watch, int32_t nsid)
{
	const struct entry *entry = ledger_entry(watch->ledger.home, nsid);
	const struct netns *owner = ledger_owner(&watch->ledger, nsid);

	if (owner)
		return sync_suspect(watch, owner);
	return entry && entry->touched_seq && nsid < INT32_MAX;
}

static bool next_home_probe(struct watch *watch, struct question *question)
{
	struct probe *probe = &watch->sync.probe;

	while (number_suspect(watch, probe->next))
		probe->next++;
	if (probe->misses >= MISSES || probe->next == INT32_MAX)
		return false;
	*question = (struct question){ .kind = QUESTION_PROBE,
				       .holder = TAG_HOME,
				       .nsid = probe->next };
	return true;
}

static bool next_peer_probe(struct watch *watch, struct question *question)
{
	struct probe *probe = &watch->sync.probe;
	struct netns *peer;

	if (sync_suspect(watch, probe->holder))
		return false;
	for (; probe->at < probe->n_peers; probe->at++) {
		peer = ledger_holder(&watch->ledger,
				     probe->peers[probe->at].nsid);
		if (!peer || peer->serial != probe->peers[probe->at].serial ||
		    sync_suspect(watch, peer))
			continue;
		*question = (struct question){ .kind = QUESTION_ENTRY,
					       .holder = probe->holder->nsid,
					       .nsid = peer->nsid };
		return true;
	}
	return false;
}

/* The points collected so far go the way of every answer. */
static void probe_flush(struct watch *watch)
{
	struct probe *probe = &watch->sync.probe;

	if (probe->points)
		pending_push(watch, probe->points);
	probe->points = NULL;
}

/* The next holder whose cut table leaves numbers unknown. */
static void probe_next_holder(struct watch *watch)
{
	struct netns *holder;

	for (holder = watch->ledger.netnses; holder; holder = holder->next) {
		if (holder->home || holder->table_whole ||
		    holder->trust != TRUST_LIVE ||
		    holder->probed_serial >= watch->ledger.last->serial ||
		    sync_suspect(watch, holder))
			continue;
		(void)probe_start(watch, holder, holder->table_last);
		return;
	}
}

bool probe_next(struct watch *watch, struct question *question)
{
	struct probe *probe = &watch->sync.probe;
	struct netns *holder = probe->holder;
	bool more;

	if (!holder)
		return false;
	more = holder->home ? next_home_probe(watch, question) :
			      next_peer_probe(watch, question);
	if (more) {
		sync_ask(watch, question, holder, NULL);
		return true;
	}
	probe_flush(watch);
	if (holder->home)
		watch->sync.home_probed = true;
	else
		holder->probed_serial = probe->last_serial;
	probe_stop(probe);
	probe_next_holder(watch);
	return false;
}

static int point(struct watch *watch, int32_t nsid, int32_t peer)
{
	struct probe *probe = &watch->sync.probe;

	if (!probe->points)
		probe->points = pending_new(probe->holder, &watch->sync.asked,
					    EXTENT_POINTS);
	if (!probe->points)
		return -ENOMEM;
	return pending_add(probe->points, nsid, peer);
}

int probe_number(struct watch *watch, const struct answer *answer)
{
	struct probe *probe = &watch->sync.probe;

	if (!probe->holder || !probe->holder->home)
		return 0;
	probe->next++;
	probe->misses++;
	if (answer->outcome != ANSWER_WHOLE || answer->nsid < 0)
		return 0;
	probe->misses = 0;
	return point(watch, answer->nsid, answer->nsid);
}

int probe_entry(struct watch *watch, const struct answer *answer, int32_t peer)
{
	struct probe *probe = &watch->sync.probe;

	if (!probe->holder || probe->holder->home)
		return 0;
	probe->at++;
	if (answer->outcome != ANSWER_WHOLE || answer->nsid < 0)
		return 0;
	return point(watch, answer->nsid, peer);
}
