/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/passes.h"

#include <errno.h>
#include <stdlib.h>

#include "common/engine/run.h"

/* A run ends after this long without a removal, from one drained to the next. */
#define QUIET_NS 50000000ull
/* STREAK_PEERS in so short a time cannot be one-peer passes. */
#define STREAK_NS 8000000ull

int passes_new(uint32_t history, struct passes **ret_passes)
{
	struct passes *passes = calloc(1, sizeof(*passes));

	if (!passes)
		return -ENOMEM;
	passes->kept = calloc(history ? history : 1, sizeof(*passes->kept));
	if (!passes->kept) {
		free(passes);
		return -ENOMEM;
	}
	passes->history = history;
	*ret_passes = passes;
	return 0;
}

static void run_clear(struct run *run)
{
	seen_clear(&run->peers);
	seen_clear(&run->holders);
	*run = (struct run){ 0 };
}

struct passes *passes_free(struct passes *passes)
{
	if (!passes)
		return NULL;
	run_clear(&passes->run);
	free(passes->kept);
	free(passes);
	return NULL;
}

/* A batched pass walks every holder once: one that comes back is a new lap. */
static void run_lap(struct run *run, uint64_t holder)
{
	struct seen *seen;

	if (run->lap_holder == holder)
		return;
	run->lap_holder = holder;
	seen = seen_get(&run->holders, holder);
	if (!seen)
		return;
	if (seen->mark == run->lap)
		run->lap++;
	seen->mark = run->lap;
}

/*
 * Two peers of the last block again in this one: the first was removed again
 * after the second had begun. A kernel that goes peer by peer never comes back
 * to one, in however many passes.
 */
static void run_block(struct run *run, uint64_t holder, struct seen *peer)
{
	if (run->block_holder != holder) {
		run->block_holder = holder;
		run->block++;
		run->shared = 0;
	}
	if (!peer || peer->mark == run->block)
		return;
	if (peer->mark && peer->mark + 1 == run->block && ++run->shared >= 2)
		run->per_holder = true;
	peer->mark = run->block;
}

/*
 * One more peer that two holders removed in turn, in a lap of its own. A
 * single batched pass can remove many peers by two holders each, the last of
 * one table being the first of the next, but without coming back.
 */
static void run_count(struct run *run, uint64_t now_ns)
{
	if (run->streak && run->streak_lap == run->lap)
		return;
	run->group_done = true;
	run->streak_lap = run->lap;
	run->streak_ns[run->streak++ % STREAK_PEERS] = run->group_ns;
	if (run->streak >= STREAK_PEERS &&
	    now_ns - run->streak_ns[run->streak % STREAK_PEERS] <= STREAK_NS)
		run->per_peer = true;
}

static void group_begin(struct passes *passes, uint64_t holder)
{
	passes->run.group_holder = holder;
	passes->run.group_timed = passes->drained;
	passes->run.group_ns = passes->drained_ns;
}

static void run_group(struct passes *passes, uint64_t now_ns, uint64_t holder,
		      uint64_t peer, bool first)
{
	struct run *run = &passes->run;

	if (run->group_peer != peer) {
		run->group_peer = peer;
		/* Peer by peer, nobody comes back. */
		run->group_done = !first;
		if (!first)
			run->streak = 0;
		group_begin(passes, holder);
	} else if (!run->group_holder) {
		group_begin(passes, holder);
	} else if (run->group_holder != holder && !run->group_done &&
		   run->group_timed) {
		run_count(run, now_ns);
	}
}

static void run_unknown(struct run *run)
{
	/* The next block does not follow on this one. */
	run->block_holder = 0;
	run->block++;
	run->group_holder = 0;
}

static void pass_begin(struct passes *passes, const struct stamp *at)
{
	passes->running = true;
	passes->pass = (struct pass){ .id = ++passes->next_id, .begin = *at };
	passes->run.lap = 1;
}

void passes_removal(struct passes *passes, const struct stamp *at,
		    uint64_t holder, uint64_t peer)
{
	struct run *run = &passes->run;
	struct seen *seen;
	bool first;

	if (!passes->running)
		pass_begin(passes, at);
	passes->pass.end = *at;
	passes->pass.removals++;
	passes->quiet = false;

	run_lap(run, holder);
	if (!peer) {
		run_unknown(run);
		return;
	}
	seen = seen_get(&run->peers, peer);
	first = seen && !seen->mark;
	run_group(passes, at->mono_ns, holder, peer, first);
	run_block(run, holder, seen);
}

static enum order run_order(const struct run *run)
{
	/* Both would be a contradiction, and proves nothing. */
	if (run->per_holder == run->per_peer)
		return ORDER_UNKNOWN;
	return run->per_holder ? ORDER_PER_HOLDER : ORDER_PER_PEER;
}

void passes_keep(struct passes *passes, const struct pass *pass)
{
	if (!passes->history)
		return;
	if (passes->n_kept == passes->history)
		passes->first = (passes->first + 1) % passes->history;
	else
		passes->n_kept++;
	passes->kept[(passes->first + passes->n_kept - 1) % passes->history] =
		*pass;
}

void passes_end(struct passes *passes)
{
	if (!passes->running)
		return;
	passes->pass.order = run_order(&passes->run);
	passes->pass.peers = passes->run.peers.count;
	passes->pass.holders = passes->run.holders.count;
	passes->counts[passes->pass.order]++;
	passes_keep(passes, &passes->pass);
	run_clear(&passes->run);
	passes->running = false;
	passes->quiet = false;
}

void passes_drained(struct passes *passes, const struct stamp *now)
{
	passes->drained = true;
	passes->drained_ns = now->mono_ns;
	if (!passes->running)
		return;
	if (!passes->quiet) {
		passes->quiet = true;
		passes->quiet_ns = now->mono_ns;
	} else if (now->mono_ns - passes->quiet_ns >= QUIET_NS) {
		passes_end(passes);
	}
}

uint64_t passes_deadline(const struct passes *passes)
{
	if (!passes->running)
		return UINT64_MAX;
	return (passes->quiet ? passes->quiet_ns : passes->pass.end.mono_ns) +
	       QUIET_NS;
}

enum order passes_order(const struct passes *passes)
{
	bool per_holder = passes->counts[ORDER_PER_HOLDER];
	bool per_peer = passes->counts[ORDER_PER_PEER];

	if (per_holder && per_peer)
		return ORDER_MIXED;
	if (per_holder)
		return ORDER_PER_HOLDER;
	return per_peer ? ORDER_PER_PEER : ORDER_UNKNOWN;
}

uint64_t passes_count(const struct passes *passes, enum order order)
{
	return order < ORDERS ? passes->counts[order] : 0;
}

const struct pass *passes_get(const struct passes *passes, size_t index)
{
	if (index >= passes->n_kept)
		return NULL;
	return &passes->kept[(passes->first + index) % passes->history];
}

const char *order_name(enum order order)
{
	switch (order) {
	case ORDER_UNKNOWN:
		return "unknown";
	case ORDER_PER_HOLDER:
		return "per-holder";
	case ORDER_PER_PEER:
		return "per-peer";
	case ORDER_MIXED:
		return "mixed";
	case ORDERS:
		break;
	}
	return "unknown";
}
