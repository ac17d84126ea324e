/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A restart that loses nothing. The event socket lies in the service manager's
 * store from its first moment on, so that the kernel goes on queueing while
 * nobody reads; what was known is left in a file at the end, and taken up at
 * the start, once. What does not fit is set aside, and the daemon begins anew:
 * it reads what queued, an audit tells it the rest, and which deaths were open
 * it knows from a file of their own (open_deaths.h).
 */

#include <stdbool.h>
#include <stdint.h>

#include "daemon/open_deaths.h"

struct talk;
struct stamp;
struct talk_options;
struct watch;

/* The longest folder for states, in bytes, with its NUL. */
#define STATE_DIR_MAX 4096

struct state {
	char dir[STATE_DIR_MAX]; /* "": nothing is left */
	bool stored;		 /* the store has the event socket */
	bool goes_on;		 /* a state was taken up */
	struct open_deaths deaths;
};

/*
 * state_init - dir, or where it is NULL the first folder of $STATE_DIRECTORY
 * (systemd.exec(5)), or none.
 */
void state_init(struct state *state, const char *dir);

/* state_deinit - what was left stays. */
void state_deinit(struct state *state);

/*
 * state_open - as talk_open() with these options; event_fd, -1 for none, is the
 * socket from the store, and owned from here on. Why something does not fit is
 * said in the log.
 */
int state_open(struct state *state, const struct talk_options *options,
	       int event_fd, struct talk **ret_talk);

/* state_look - after each step: what a kill must not take away. */
void state_look(struct state *state, const struct watch *watch,
		const struct stamp *now);

/*
 * state_leave - the daemon ends: what it knows, for the next one. Without a
 * store nothing is left, for without the socket it would be worth nothing.
 */
void state_leave(struct state *state, struct talk *talk);
