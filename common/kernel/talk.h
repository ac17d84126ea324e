/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The talk between kernel and engine, for the daemon and for `nsidwatch check`
 * alike: what happened goes in, what the engine wants to know is asked. It
 * brings no event loop: watch the descriptors, call talk_step() when
 * talk_event_fd() is readable or talk_wait_ns() has passed, and talk_hint()
 * when talk_hint_fd() is readable.
 */

#include "common/engine/watch.h"
#include "common/kernel/procfs.h"
#include "common/kernel/talk_state.h"

struct capture;
struct queries;
struct talk;

enum talk_outcome {
	TALK_FORBIDDEN = 1, /* CAP_NET_BROADCAST is missing */
	TALK_UNFIT,	    /* event_fd is no socket of ours */
			    /* and those of talk_state.h */
};

struct talk_options {
	size_t receive_buffer_bytes;	 /* what is asked for (events.h) */
	const struct settings *settings; /* borrowed, for the call */
	int event_fd; /* an earlier process's socket, or -1 to make one */
	const char *folders; /* discovery_folders(); borrowed, for the call */
	/* what it knew, borrowed, for the call; NULL: nothing is left of it, and
	 * whatever the socket ever dropped makes a gap */
	const struct talk_state *state;
	/* where all of it is recorded, borrowed, until talk_free(); or NULL */
	struct capture *capture;
};

struct talk_counters {
	uint64_t ignored;    /* datagrams and messages that are no events */
	uint64_t drops;	     /* by the socket's own counter */
	uint64_t questions;  /* that were performed */
	uint64_t failures;   /* answers that are ANSWER_FAILED */
	size_t buffer_bytes; /* the effective receive buffer */
	bool admin_missing;  /* CAP_NET_ADMIN: tables are not all readable */
	bool names_missing;  /* the last scan could not ask all names */
	/* which processes the last scan could see */
	enum procfs_view view;
};

/*
 * talk_open - join the group, look at home, make the engine. With a state it
 * goes on: what queued in its socket is read as if nobody had been away, and
 * names are looked for, since nobody watched the mounts.
 *
 * ret_talk is owned by the caller, and event_fd by it on success. Returns 0,
 * an outcome, or -errno.
 */
int talk_open(const struct talk_options *options, struct talk **ret_talk);

/*
 * talk_save - all of it, between two steps; goes with talk_event_fd().
 *
 * ret_state->image is owned by the caller, who frees it. Returns 0 or -errno.
 */
int talk_save(struct talk *talk, struct talk_state *ret_state);

/* talk_free - takes NULL, returns NULL. */
struct talk *talk_free(struct talk *talk);

/* Descriptors to watch for reading, from before the first step on: a hint that
 * nobody waited for is lost. Borrowed. */
int talk_event_fd(const struct talk *talk);
int talk_hint_fd(const struct talk *talk);

/*
 * talk_step - one round: read events up to a budget; where the queue was seen
 * empty tell the engine so (and of a loss, before that), then ask some of its
 * questions, each answered before anything else is read.
 *
 * *ret_more: there is more to do at once. Events carry the moment before they
 * were read, so that "drained" is never said of a later one; answers carry the
 * moment after they came, so that a slow one waits its whole settle time.
 * Returns 0 or -errno, after which the talk can only be freed.
 */
int talk_step(struct talk *talk, bool *ret_more);

/* talk_hint - talk_hint_fd() is readable: look for names if it is worthwhile.
 * Returns 0 or -errno, as talk_step(). */
int talk_hint(struct talk *talk);

/* talk_reload - new settings (watch_reload()) and folders; all names are looked
 * at anew. 0 or -ENOMEM. */
int talk_reload(struct talk *talk, const struct settings *settings,
		const char *folders);

/* talk_remark - put what its owner says beside the verdicts, as JSON, into the
 * recording, if there is one: for whoever reports on its replay. */
void talk_remark(struct talk *talk, const char *text);

/* talk_command - tell the engine what its owner wants. 0 or -errno. */
int talk_command(struct talk *talk, const struct command *command);

/* talk_tell - an input that its owner knows of, now. 0 or -errno. */
int talk_tell(struct talk *talk, const struct input *input);

/* talk_wait_ns - how long until talk_step() is wanted without an event: 0 at
 * once, UINT64_MAX never. Reads the clock. */
uint64_t talk_wait_ns(const struct talk *talk);

/* Borrowed. The engine must be stepped through the talk only. */
struct watch *talk_watch(struct talk *talk);
struct queries *talk_queries(struct talk *talk);
const struct talk_counters *talk_counters(const struct talk *talk);
