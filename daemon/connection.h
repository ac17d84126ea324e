/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One client: its bytes and the request that is under way. Requests are taken
 * up one after the other, each when the replies to the one before are out, so
 * that no more than one reply of full size ever waits. No event loop here:
 * control.c watches the descriptor and gives the turns.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/engine/event.h"

struct connection;
struct methods;

enum connection_outcome {
	CONNECTION_MORE = 1, /* give it another turn soon */
	CONNECTION_CLOSED,   /* free it */
};

/*
 * connection_new - fd, which must not block, is owned by ret_connection, also
 * on failure. 0 or -ENOMEM.
 */
int connection_new(int fd, uid_t uid, const struct stamp *now,
		   struct connection **ret_connection);
/* connection_free - closes; takes NULL, returns NULL. */
struct connection *connection_free(struct connection *connection);

int connection_fd(const struct connection *connection);
uid_t connection_uid(const struct connection *connection);

/* What its descriptor is to be watched for. */
bool connection_wants_read(const struct connection *connection);
bool connection_wants_write(const struct connection *connection);

/* connection_read - it is readable. Returns 0 or CONNECTION_CLOSED. */
int connection_read(struct connection *connection);

/*
 * connection_turn - do one step of what there is to do, and send what can be
 * sent. Returns 0, CONNECTION_MORE, or CONNECTION_CLOSED.
 */
int connection_turn(struct connection *connection,
		    const struct methods *methods, const struct stamp *now);

/* connection_news - the engine has news: a request that waits may go on. */
void connection_news(struct connection *connection);

/*
 * connection_deadline - when connection_expire() is wanted, in nanoseconds of
 * CLOCK_MONOTONIC; UINT64_MAX: never.
 */
uint64_t connection_deadline(const struct connection *connection);

/*
 * connection_expire - that moment has come. Returns 0, CONNECTION_MORE, or
 * CONNECTION_CLOSED.
 */
int connection_expire(struct connection *connection, const struct stamp *now);

/* connection_end - the daemon ends: say so to a request that waits. */
void connection_end(struct connection *connection, const struct stamp *now);
