/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What passes.c remembers: private to it and to the image. */

#include "common/engine/passes.h"
#include "common/engine/seen.h"

/* So many peers, one by one, make an order. */
#define STREAK_PEERS 8

/*
 * What is remembered of the running pass. A block is an unbroken series of
 * removals by one holder; a group is an unbroken series of removals of one
 * peer; a lap is what a single batched pass could have walked: it ends where a
 * holder comes back.
 */
struct run {
	struct set peers;
	struct set holders;

	uint64_t block;
	uint64_t block_holder; /* 0: the next removal begins a block */
	uint32_t shared; /* peers of this block that the last one had too */

	uint64_t lap;
	uint64_t lap_holder; /* who removed last, whatever it was */

	uint64_t group_peer;   /* 0 none */
	uint64_t group_holder; /* of its first removal; 0: broken */
	bool group_done;       /* counted, or not to be counted */
	bool group_timed;
	uint64_t group_ns; /* all of it was sent after this moment */

	uint64_t streak_ns[STREAK_PEERS]; /* ring: group_ns of the last ones */
	uint64_t streak;
	uint64_t streak_lap; /* in which the last one was counted */

	bool per_holder;
	bool per_peer;
};

struct passes {
	struct pass *kept; /* owned; ring */
	uint32_t history;
	uint32_t first;
	uint32_t n_kept;
	uint64_t counts[ORDERS];
	uint64_t next_id;

	bool running;
	struct pass pass;
	struct run run;

	bool drained; /* ever; the last time at drained_ns */
	uint64_t drained_ns;
	bool quiet; /* drained since the last removal, first at quiet_ns */
	uint64_t quiet_ns;
};

/* passes_keep - the oldest one gives way where there are too many. */
void passes_keep(struct passes *passes, const struct pass *pass);
