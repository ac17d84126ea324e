/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/control.h"

#include <assert.h>
#include <errno.h>
#include <ev.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "common/kernel/clock.h"
#include "common/wire/interface.h"
#include "common/wire/varlink.h"
#include "daemon/connection.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/methods.h"

#define ACCEPTS 16	       /* a wake-up */
#define TURNS_NS 10000000ull   /* for all clients, a wake-up */
#define TOLD_NS 60000000000ull /* a pause that follows soon is the same one */
#define PAUSE_NS 1000000000ull /* without descriptors, unless one is closed */

struct client {
	struct control *control;       /* borrowed */
	struct connection *connection; /* owned */
	ev_io io;
	bool runnable;
	struct client *prev, *next;
};

struct control {
	struct ev_loop *loop;	       /* borrowed */
	const struct methods *methods; /* borrowed */
	struct client *clients;	       /* owned, list */
	unsigned int n_clients;
	uint64_t paused_ns; /* when that last could not be done */
	uint64_t resume_ns; /* when to let clients in again; 0: they are */
	ev_io accept;
	ev_timer timer;
	ev_prepare turn;
	ev_idle more; /* does nothing but keep the loop from sleeping */
};

/* ---- clients -------------------------------------------------------------- */

static void resume(struct control *control)
{
	if (!control->resume_ns)
		return;
	control->resume_ns = 0;
	ev_io_start(control->loop, &control->accept);
}

static void client_free(struct client *client)
{
	struct control *control = client->control;

	ev_io_stop(control->loop, &client->io);
	connection_free(client->connection);
	DL_DELETE(control->clients, client);
	control->n_clients--;
	free(client);
	resume(control);
}

/* What the loop watches the descriptor for follows the connection. */
static void client_watch(struct client *client)
{
	const struct connection *connection = client->connection;
	struct ev_loop *loop = client->control->loop;
	int events;

	events = (connection_wants_read(connection) ? EV_READ : 0) |
		 (connection_wants_write(connection) ? EV_WRITE : 0);
	if ((client->io.events & (EV_READ | EV_WRITE)) == events &&
	    ev_is_active(&client->io) == (events != 0))
		return;
	ev_io_stop(loop, &client->io);
	ev_io_set(&client->io, connection_fd(connection), events);
	if (events)
		ev_io_start(loop, &client->io);
}

static void client_outcome(struct client *client, int outcome)
{
	if (outcome == CONNECTION_CLOSED) {
		client_free(client);
		return;
	}
	client->runnable = outcome == CONNECTION_MORE;
	client_watch(client);
}

static void on_client_io(struct ev_loop *loop, ev_io *io, int events)
{
	struct client *client = io->data;

	(void)loop;
	client->runnable = true;
	if ((events & EV_READ) &&
	    connection_read(client->connection) == CONNECTION_CLOSED)
		client_free(client);
}

static int client_add(struct control *control, int fd, uid_t uid,
		      const struct stamp *now)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client) {
		close(fd);
		return -ENOMEM;
	}
	if (connection_new(fd, uid, now, &client->connection) < 0) {
		free(client);
		return -ENOMEM;
	}
	client->control = control;
	ev_io_init(&client->io, on_client_io, fd, EV_READ);
	client->io.data = client;
	ev_io_start(control->loop, &client->io);
	DL_APPEND(control->clients, client);
	control->n_clients++;
	return 0;
}

/* ---- letting in ----------------------------------------------------------- */

static unsigned int clients_of(const struct control *control, uid_t uid)
{
	const struct client *client;
	unsigned int n = 0;

	DL_FOREACH(control->clients, client)
		n += connection_uid(client->connection) == uid;
	return n;
}

/* Told why, without waiting: whoever is not read has room for one line. */
static void turn_away(int fd, unsigned int limit)
{
	struct varlink_buffer out;

	varlink_buffer_init(&out, VARLINK_REPLY_MAX);
	if (varlink_put_error(&out, INTERFACE_BUSY,
			      json_pack("{s:i}", "limit", (int)limit)) == 0 &&
	    send(fd, varlink_buffer_bytes(&out), varlink_buffer_size(&out),
		 MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_line(LOG_LEVEL_INFO, "a client could not be told: %s",
			 strerror(errno));
	varlink_buffer_deinit(&out);
	close(fd);
}

static void let_in(struct control *control, int fd, const struct stamp *now)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		close(fd);
	else if (control->n_clients >= CONTROL_CLIENTS_MAX)
		turn_away(fd, CONTROL_CLIENTS_MAX);
	else if (clients_of(control, credentials.uid) >=
		 CONTROL_CLIENTS_OF_USER_MAX)
		turn_away(fd, CONTROL_CLIENTS_OF_USER_MAX);
	else if (client_add(control, fd, credentials.uid, now) < 0)
		log_line(LOG_LEVEL_WARNING, "no memory for a client");
}

static void pause_accepting(struct control *control, int error,
			    const struct stamp *now)
{
	if (!control->paused_ns || now->mono_ns - control->paused_ns > TOLD_NS)
		log_line(LOG_LEVEL_WARNING, "clients have to wait: %s",
			 strerror(error));
	control->paused_ns = now->mono_ns;
	ev_io_stop(control->loop, &control->accept);
	control->resume_ns = now->mono_ns + PAUSE_NS;
}

static void on_accept_io(struct ev_loop *loop, ev_io *io, int events)
{
	struct control *control = io->data;
	struct stamp now;
	int fd, i;

	(void)loop, (void)events;
	clock_now(&now);
	for (i = 0; i < ACCEPTS; i++) {
		fd = accept4(io->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			let_in(control, fd, &now);
		else if (errno == EMFILE || errno == ENFILE ||
			 errno == ENOBUFS || errno == ENOMEM)
			return pause_accepting(control, errno, &now);
		else if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

/* ---- turns ---------------------------------------------------------------- */

static void arm(struct control *control, const struct stamp *now)
{
	uint64_t next_ns = control->resume_ns ? control->resume_ns : UINT64_MAX;
	uint64_t deadline_ns;
	struct client *client;

	DL_FOREACH(control->clients, client) {
		deadline_ns = connection_deadline(client->connection);
		next_ns = deadline_ns < next_ns ? deadline_ns : next_ns;
	}
	ev_timer_stop(control->loop, &control->timer);
	if (next_ns == UINT64_MAX)
		return;
	next_ns = next_ns > now->mono_ns ? next_ns - now->mono_ns : 0;
	ev_now_update(control->loop);
	ev_timer_set(&control->timer, (double)next_ns / 1e9, 0.);
	ev_timer_start(control->loop, &control->timer);
}

/* One turn each. Returns whether anybody wants another. */
static bool give_turns(struct control *control, const struct stamp *now)
{
	struct client *client, *next;
	bool more = false;

	DL_FOREACH_SAFE(control->clients, client, next)
		if (client->runnable)
			client_outcome(client,
				       connection_turn(client->connection,
						       control->methods, now));
	DL_FOREACH(control->clients, client)
		more |= client->runnable;
	return more;
}

/* The loop comes back to the events after TURNS_NS at the latest. */
static void on_turns(struct ev_loop *loop, ev_prepare *prepare, int events)
{
	struct control *control = prepare->data;
	struct stamp begin, now;
	bool more;

	(void)events;
	if (!control->clients && !control->resume_ns) {
		ev_idle_stop(loop, &control->more);
		return;
	}
	clock_now(&now);
	begin = now;
	do {
		more = give_turns(control, &now);
		clock_now(&now);
	} while (more && now.mono_ns - begin.mono_ns < TURNS_NS);
	if (more)
		ev_idle_start(loop, &control->more);
	else
		ev_idle_stop(loop, &control->more);
	arm(control, &now);
}

static void on_more_idle(struct ev_loop *loop, ev_idle *idle, int events)
{
	(void)loop, (void)idle, (void)events;
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct control *control = timer->data;
	struct client *client, *next;
	struct stamp now;

	(void)loop, (void)events;
	clock_now(&now);
	if (now.mono_ns >= control->resume_ns)
		resume(control);
	DL_FOREACH_SAFE(control->clients, client, next)
		if (now.mono_ns >= connection_deadline(client->connection))
			client_outcome(client,
				       connection_expire(client->connection,
							 &now));
}

void control_news(struct control *control)
{
	struct client *client;

	DL_FOREACH(control->clients, client) {
		connection_news(client->connection);
		client->runnable = true;
	}
}

/* ---- life ----------------------------------------------------------------- */

int control_new(struct ev_loop *loop, const struct listener *listener,
		const struct methods *methods, struct control **ret_control)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return -ENOMEM;
	control->loop = loop;
	control->methods = methods;
	ev_io_init(&control->accept, on_accept_io, listener_fd(listener),
		   EV_READ);
	control->accept.data = control;
	ev_init(&control->timer, on_timer);
	control->timer.data = control;
	ev_prepare_init(&control->turn, on_turns);
	control->turn.data = control;
	ev_idle_init(&control->more, on_more_idle);
	ev_io_start(loop, &control->accept);
	ev_prepare_start(loop, &control->turn);
	*ret_control = control;
	return 0;
}

struct control *control_free(struct control *control)
{
	struct stamp now;

	if (!control)
		return NULL;
	clock_now(&now);
	while (control->clients) {
		connection_end(control->clients->connection, &now);
		client_free(control->clients);
	}
	assert(control->n_clients == 0);
	ev_io_stop(control->loop, &control->accept);
	ev_timer_stop(control->loop, &control->timer);
	ev_prepare_stop(control->loop, &control->turn);
	ev_idle_stop(control->loop, &control->more);
	free(control);
	return NULL;
}
