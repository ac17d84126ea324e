/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The daemon, as its client sees it: one connection, one call at a time. What
 * goes wrong is said on standard error here, once, and comes back as an enum
 * status above zero; the caller has only to end with it.
 */

#include <jansson.h>
#include <stdbool.h>

struct remote;

/* Milliseconds that a daemon has for a sign of life, unless something else is
 * said: a busy one needs seconds, one that hangs has for ever. */
#define REMOTE_PATIENCE_MS 30000

/*
 * remote_open - connect to the daemon's socket.
 *
 * Returns STATUS_WELL, STATUS_NO_DAEMON (nobody listens there),
 * STATUS_NO_PERMISSION, STATUS_USAGE (no path for a socket), STATUS_AGAIN (it
 * takes up nobody), STATUS_FAILURE.
 */
int remote_open(const char *path, struct remote **ret_remote);
/* remote_close - takes NULL, returns NULL. */
struct remote *remote_close(struct remote *remote);

/*
 * remote_patience - from now on remote_next() waits for ms milliseconds at most,
 * each time that nothing is there; -1: for ever.
 */
void remote_patience(struct remote *remote, int ms);

/*
 * remote_call - send a call; `parameters` (or NULL) is given away. With more,
 * several replies are welcome. Returns as remote_next().
 */
int remote_call(struct remote *remote, const char *method, json_t *parameters,
		bool more);

/*
 * remote_next - wait for the next reply to the call.
 *
 * *ret_parameters is an object and owned by the caller; *ret_continues tells
 * whether more will follow. An error reply is said and becomes a status:
 * STATUS_AGAIN for a wait that timed out, as where the daemon does not answer;
 * STATUS_NO_PERMISSION, else STATUS_FAILURE; STATUS_NO_DAEMON where the daemon has gone.
 */
int remote_next(struct remote *remote, json_t **ret_parameters,
		bool *ret_continues);

/*
 * remote_watch_output - from now on remote_next() ends, quietly, as soon as
 * nobody reads what `fd` leads to (a pipe or socket): *ret_parameters is then
 * NULL and the result STATUS_WELL.
 */
void remote_watch_output(struct remote *remote, int fd);
