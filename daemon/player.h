/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A recording instead of the kernel (--replay): what was told to an engine once
 * is told to this one, at the pace at which it happened or as fast as it goes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/engine/event.h"
#include "common/wire/shapes.h"

struct player;
struct watch;

enum player_outcome {
	PLAYER_UNUSABLE = 1, /* no recording to play; the log says why */
};

/*
 * player_open - file is a recording, or the name of a ring of them; fast: do
 * not wait where time passed.
 *
 * ret_player is owned by the caller, and has an engine. Returns 0,
 * PLAYER_UNUSABLE, or -ENOMEM.
 */
int player_open(const char *file, bool fast, struct player **ret_player);
/* player_free - takes NULL, returns NULL. */
struct player *player_free(struct player *player);

/*
 * player_step - tell the engine what is due by now, up to a budget. At the end
 * of the recording what is open is closed, and nothing happens any more.
 * *ret_more: more is due. Returns 0 or -errno.
 */
int player_step(struct player *player, const struct stamp *now, bool *ret_more);

/* player_wait_ns - until player_step() is wanted; UINT64_MAX: never. */
uint64_t player_wait_ns(const struct player *player, const struct stamp *now);

/* The rest is borrowed. */
struct watch *player_watch(struct player *player);
/* player_kernel - of the machine that was recorded. */
struct shapes_kernel player_kernel(const struct player *player);
/* player_shape - for the status; file is the name that was given. */
const struct shapes_replay *player_shape(struct player *player);
