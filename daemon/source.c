/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/source.h"

#include "common/kernel/clock.h"
#include "common/kernel/talk.h"
#include "common/wire/conf.h"
#include "daemon/player.h"

void source_close(struct source *source)
{
	source->talk = talk_free(source->talk);
	source->player = player_free(source->player);
}

struct watch *source_watch(struct source *source)
{
	return source->player ? player_watch(source->player) :
				talk_watch(source->talk);
}

int source_step(struct source *source, bool *ret_more)
{
	struct stamp now;

	if (!source->player)
		return talk_step(source->talk, ret_more);
	clock_now(&now);
	return player_step(source->player, &now, ret_more);
}

uint64_t source_wait_ns(const struct source *source)
{
	struct stamp now;

	if (!source->player)
		return talk_wait_ns(source->talk);
	clock_now(&now);
	return player_wait_ns(source->player, &now);
}

int source_command(struct source *source, enum command_type type)
{
	const struct command command = { .type = type };

	return source->player ? 0 : talk_command(source->talk, &command);
}

int source_reload(struct source *source, const struct conf *conf)
{
	return source->player ? 0 :
				talk_reload(source->talk, &conf->settings,
					    conf->name_folders);
}

const struct shapes_replay *source_replay(struct source *source)
{
	return source->player ? player_shape(source->player) : NULL;
}
