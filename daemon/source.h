/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where the daemon's engine hears what happens: from the kernel, or from a
 * recording. The functions of common/kernel/talk.h that both can serve, with
 * what the recording has instead. It must be stepped through here only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/engine/watch.h"
#include "common/wire/shapes.h"

struct conf;
struct player;
struct talk;

struct source {
	struct talk *talk;     /* owned; NULL: a recording speaks */
	struct player *player; /* owned; NULL: the kernel does */
};

/* source_close - also where neither is open. */
void source_close(struct source *source);

struct watch *source_watch(struct source *source);

/* source_step, source_wait_ns - as talk_step() and talk_wait_ns(). */
int source_step(struct source *source, bool *ret_more);
uint64_t source_wait_ns(const struct source *source);

/* source_command - 0 or -errno; a recording has its own commands, and this
 * does nothing. */
int source_command(struct source *source, enum command_type type);

/* source_reload - 0 or -ENOMEM; a recording has its own settings as well. */
int source_reload(struct source *source, const struct conf *conf);

/* source_replay - of the recording; NULL where the kernel speaks. Borrowed. */
const struct shapes_replay *source_replay(struct source *source);
