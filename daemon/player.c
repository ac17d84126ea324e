/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/player.h"

#include <errno.h>
#include <stdlib.h>

#include "common/engine/replay.h"
#include "common/kernel/recording.h"
#include "daemon/log.h"

#define STEP_RECORDS 1024 /* a wake-up; clients get their turn between two */

struct player {
	struct recording recording;
	struct replay replay;
	struct trace_record record; /* the next one, while there is one */
	bool fast;
	bool ended;
	uint64_t begun_ns; /* CLOCK_MONOTONIC here at ... */
	uint64_t first_ns; /* ... this moment there; 0: not yet begun */
	size_t told;	   /* of the recording's notes */
	struct shapes_replay shape;
};

static void on_recording_complaint(void *userdata, const char *path,
				   const char *why)
{
	(void)userdata;
	log_line(LOG_LEVEL_ERROR, "%s: %s", path, why);
}

/* What is missing from it is said when its place is reached. */
static void tell_notes(struct player *player)
{
	const struct recording *recording = &player->recording;

	player->shape.missing |= recording->missing || recording->n_notes > 0;
	for (; player->told < recording->n_notes; player->told++)
		log_line(LOG_LEVEL_WARNING, "%s",
			 recording->notes[player->told]);
}

static int finish(struct player *player)
{
	player->ended = true;
	player->shape.ended = true;
	log_line(LOG_LEVEL_INFO, "%s: the recording is over",
		 player->shape.file);
	if (player->replay.apart)
		log_line(LOG_LEVEL_WARNING,
			 "%s: not all answers in it could be used, for it was "
			 "made by another version or has lost its beginning",
			 player->shape.file);
	return replay_finish(&player->replay);
}

/* Look ahead by one record. */
static int fetch(struct player *player)
{
	int r = recording_next(&player->recording, &player->record);

	tell_notes(player);
	return r == RECORDING_END ? finish(player) : r;
}

static int take(struct player *player)
{
	int r = replay_take(&player->replay, &player->record);

	player->shape.at = player->replay.at;
	return r < 0 ? r : fetch(player);
}

int player_open(const char *file, bool fast, struct player **ret_player)
{
	struct player *player = calloc(1, sizeof(*player));
	char *paths[] = { (char *)file };
	int r;

	if (!player)
		return -ENOMEM;
	player->fast = fast;
	player->shape.file = file;
	replay_init(&player->replay);
	r = recording_open(paths, 1, on_recording_complaint, NULL,
			   &player->recording);
	if (r == 0)
		r = fetch(player);
	if (r == 0 && !player->ended)
		r = take(player);
	/* Until then another engine may take the place of the first one. */
	while (r == 0 && !player->ended && player->record.type == TRACE_IMAGE)
		r = take(player);
	if (r == 0 && player->replay.watch) {
		*ret_player = player;
		return 0;
	}
	if (r == 0)
		log_line(LOG_LEVEL_ERROR, "%s: nothing in it can be told",
			 file);
	player_free(player);
	return r == -ENOMEM ? r : PLAYER_UNUSABLE;
}

struct player *player_free(struct player *player)
{
	if (!player)
		return NULL;
	replay_deinit(&player->replay);
	recording_close(&player->recording);
	free(player);
	return NULL;
}

/* When the next record is due, in nanoseconds of this machine's clock. */
static uint64_t due_ns(const struct player *player)
{
	uint64_t at_ns = player->record.at.mono_ns;

	if (player->fast || at_ns <= player->first_ns)
		return 0;
	return player->begun_ns + (at_ns - player->first_ns);
}

int player_step(struct player *player, const struct stamp *now, bool *ret_more)
{
	int i, r = 0;

	if (!player->first_ns) {
		player->begun_ns = now->mono_ns;
		player->first_ns = player->replay.at.mono_ns;
	}
	for (i = 0; r == 0 && i < STEP_RECORDS && !player->ended; i++) {
		if (due_ns(player) > now->mono_ns)
			break;
		r = take(player);
	}
	if (r < 0)
		return r;
	*ret_more = player_wait_ns(player, now) == 0;
	return 0;
}

uint64_t player_wait_ns(const struct player *player, const struct stamp *now)
{
	uint64_t at_ns = due_ns(player);

	if (player->ended)
		return UINT64_MAX;
	return at_ns > now->mono_ns ? at_ns - now->mono_ns : 0;
}

struct watch *player_watch(struct player *player)
{
	return player->replay.watch;
}

struct shapes_kernel player_kernel(const struct player *player)
{
	return (struct shapes_kernel){
		.release = player->replay.release,
		.built_batched = player->replay.built_batched,
	};
}

const struct shapes_replay *player_shape(struct player *player)
{
	return &player->shape;
}
