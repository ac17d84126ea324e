/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a talk knows, from one process to the next. */

#include <stddef.h>
#include <stdint.h>

struct capture;
struct identity;
struct settings;
struct stamp;
struct watch;

enum talk_state_outcome {
	TALK_STATE_OTHER = 16, /* of another socket, or another home */
	TALK_STATE_FOREIGN,    /* of a version that is not known here */
	TALK_STATE_DAMAGED,    /* not as it was written */
};

/* All that a talk knows: with its socket, another process can go on. */
struct talk_state {
	uint64_t socket; /* events_cookie() */
	uint32_t drops;	 /* its drop counter, as far as its owner knew */
	void *image;	 /* the engine (image.h) */
	size_t len;
};

/*
 * talk_state_resume - the engine of the state, if it heard this very socket in
 * this home.
 *
 * ret_watch is owned by the caller. Returns 0, an outcome, or -errno.
 */
int talk_state_resume(const struct talk_state *state, uint64_t socket,
		      const struct identity *home,
		      const struct settings *settings,
		      struct watch **ret_watch);

/* talk_state_record - a recording that has just begun goes on from the state:
 * its image in frames of that moment. */
void talk_state_record(const struct talk_state *state, struct capture *capture,
		       const struct stamp *at);
