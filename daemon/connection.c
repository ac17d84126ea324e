/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/wire/interface.h"
#include "common/wire/varlink.h"
#include "daemon/log.h"
#include "daemon/methods.h"

#define SECOND_NS 1000000000ull
#define IDLE_NS (300 * SECOND_NS)    /* without a request under way */
#define STALLED_NS (30 * SECOND_NS)  /* replies wait and none is read */
#define DEPARTED_NS (60 * SECOND_NS) /* it sent its last, and waits for us */

#define READ_BYTES (16u * 1024)
/* A list goes on when less than this waits. */
#define LOW_WATER (1024u * 1024)

struct connection {
	int fd; /* owned */
	uid_t uid;
	struct varlink_buffer in;
	struct varlink_buffer out;
	struct call *call; /* owned; NULL: no request is under way */
	bool waits;	   /* the call has nothing to say before news */
	bool last;	   /* the other side sends no more */
	bool ending;	   /* to be closed when `out` is empty */
	uint64_t moved_ns; /* a request came, or bytes of a reply went */
};

int connection_new(int fd, uid_t uid, const struct stamp *now,
		   struct connection **ret_connection)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection) {
		close(fd);
		return -ENOMEM;
	}
	connection->fd = fd;
	connection->uid = uid;
	connection->moved_ns = now->mono_ns;
	varlink_buffer_init(&connection->in, VARLINK_REQUEST_MAX);
	varlink_buffer_init(&connection->out, VARLINK_REPLY_MAX);
	*ret_connection = connection;
	return 0;
}

struct connection *connection_free(struct connection *connection)
{
	if (!connection)
		return NULL;
	methods_call_free(connection->call);
	varlink_buffer_deinit(&connection->in);
	varlink_buffer_deinit(&connection->out);
	close(connection->fd);
	free(connection);
	return NULL;
}

int connection_fd(const struct connection *connection)
{
	return connection->fd;
}

uid_t connection_uid(const struct connection *connection)
{
	return connection->uid;
}

bool connection_wants_read(const struct connection *connection)
{
	return !connection->last && !connection->ending &&
	       varlink_buffer_size(&connection->in) < VARLINK_REQUEST_MAX;
}

bool connection_wants_write(const struct connection *connection)
{
	return varlink_buffer_size(&connection->out) > 0;
}

/* Gone for good, not only done with sending (shutdown(2)). */
static bool has_hung_up(const struct connection *connection)
{
	struct pollfd pollfd = { .fd = connection->fd };

	return poll(&pollfd, 1, 0) > 0 &&
	       (pollfd.revents & (POLLHUP | POLLERR | POLLNVAL));
}

int connection_read(struct connection *connection)
{
	size_t size;
	char *space;
	ssize_t n;

	if (!connection_wants_read(connection))
		return 0;
	if (varlink_buffer_space(&connection->in, READ_BYTES, &space, &size) <
	    0)
		return CONNECTION_CLOSED;
	n = recv(connection->fd, space, size, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 :
							   CONNECTION_CLOSED;
	if (n == 0) {
		connection->last = true;
		return has_hung_up(connection) ? CONNECTION_CLOSED : 0;
	}
	varlink_buffer_filled(&connection->in, (size_t)n);
	return 0;
}

/* Sends what can be sent. Returns 0 or CONNECTION_CLOSED. */
static int flush(struct connection *connection, const struct stamp *now)
{
	struct varlink_buffer *out = &connection->out;
	ssize_t n;

	while (varlink_buffer_size(out) > 0) {
		n = send(connection->fd, varlink_buffer_bytes(out),
			 varlink_buffer_size(out), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : CONNECTION_CLOSED;
		varlink_buffer_consume(out, (size_t)n);
		connection->moved_ns = now->mono_ns;
	}
	return 0;
}

/* What cannot be read is answered with the reason, and nothing after it. */
static int refuse_message(struct connection *connection, const char *reason)
{
	connection->ending = true;
	return varlink_put_error(&connection->out, INTERFACE_INVALID_MESSAGE,
				 json_pack("{s:s}", "reason", reason));
}

/* Returns 0 (nothing was there to take), CONNECTION_MORE, or -errno. */
static int take_request(struct connection *connection,
			const struct methods *methods, const struct stamp *now)
{
	struct varlink_call request;
	const char *reason = NULL;
	int r;

	r = varlink_take_call(&connection->in, &reason, &request);
	if (r == VARLINK_NONE) {
		if (!connection->last || !varlink_buffer_size(&connection->in))
			return 0;
		return refuse_message(connection,
				      "the message does not end in a NUL byte");
	}
	if (r == VARLINK_TOO_LONG)
		return refuse_message(connection,
				      "the message is longer than 65536 bytes");
	if (r == VARLINK_MALFORMED)
		return refuse_message(connection, reason);
	if (r < 0)
		return r;
	connection->moved_ns = now->mono_ns;
	r = methods_begin(methods, &request, now, &connection->out,
			  &connection->call);
	varlink_call_deinit(&request);
	return r < 0 ? r : CONNECTION_MORE;
}

static int step_call(struct connection *connection,
		     const struct methods *methods, const struct stamp *now)
{
	int r;

	r = methods_step(methods, connection->call, now, &connection->out);
	if (r == METHODS_WAIT)
		connection->waits = true;
	if (r != 0)
		return r < 0 ? r : CONNECTION_MORE;
	connection->call = methods_call_free(connection->call);
	connection->moved_ns = now->mono_ns;
	return CONNECTION_MORE;
}

/* Something can be done for it now, without waiting for its reader. */
static bool is_runnable(const struct connection *connection)
{
	size_t waiting = varlink_buffer_size(&connection->out);

	if (connection->call)
		return !connection->waits && waiting < LOW_WATER;
	return !connection->ending && waiting == 0;
}

static bool is_done(const struct connection *connection)
{
	if (varlink_buffer_size(&connection->out) > 0)
		return false;
	return connection->ending || (connection->last && !connection->call);
}

int connection_turn(struct connection *connection,
		    const struct methods *methods, const struct stamp *now)
{
	bool blocked = !is_runnable(connection);
	int r = 0;

	if (!blocked)
		r = connection->call ? step_call(connection, methods, now) :
				       take_request(connection, methods, now);
	if (r < 0 || flush(connection, now) != 0)
		return CONNECTION_CLOSED;
	if ((r == CONNECTION_MORE || blocked) && is_runnable(connection))
		return CONNECTION_MORE;
	return is_done(connection) ? CONNECTION_CLOSED : 0;
}

void connection_news(struct connection *connection)
{
	connection->waits = false;
}

static uint64_t quiet_deadline(const struct connection *connection)
{
	uint64_t span_ns = IDLE_NS;

	if (varlink_buffer_size(&connection->out) > 0)
		span_ns = STALLED_NS;
	else if (connection->call)
		span_ns = connection->last ? DEPARTED_NS : UINT64_MAX;
	if (span_ns == UINT64_MAX)
		return UINT64_MAX;
	return connection->moved_ns + span_ns;
}

uint64_t connection_deadline(const struct connection *connection)
{
	uint64_t quiet_ns = quiet_deadline(connection), call_ns = UINT64_MAX;

	if (connection->call)
		call_ns = methods_deadline(connection->call);
	return quiet_ns < call_ns ? quiet_ns : call_ns;
}

int connection_expire(struct connection *connection, const struct stamp *now)
{
	if (now->mono_ns >= quiet_deadline(connection)) {
		if (connection_wants_write(connection)) {
			log_line(LOG_LEVEL_NOTICE,
				 "a client of user %u reads nothing: cut off",
				 (unsigned int)connection->uid);
			return CONNECTION_CLOSED;
		}
		if (!connection->call || has_hung_up(connection))
			return CONNECTION_CLOSED;
		connection->moved_ns = now->mono_ns;
	}
	connection->waits = false;
	return CONNECTION_MORE;
}

void connection_end(struct connection *connection, const struct stamp *now)
{
	if (connection->call)
		methods_end(&connection->out);
	flush(connection, now);
}
