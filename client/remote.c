/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/remote.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/verbs.h"
#include "common/wire/interface.h"
#include "common/wire/text.h"
#include "common/wire/varlink.h"

#define READ_SIZE (64u * 1024)

struct remote {
	int fd;	       /* owned */
	int output_fd; /* borrowed; -1: nobody's absence matters */
	int patience_ms;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	struct varlink_buffer in;
	struct varlink_buffer out;
};

/* What the daemon says goes to a terminal: not as it comes. */
static void say(const char *before, const char *text)
{
	char *escaped = text_escape(text);

	fprintf(stderr, "nsidwatch: %s%s\n", before, escaped ? escaped : "");
	free(escaped);
}

static int silent(const char *path)
{
	fprintf(stderr,
		"nsidwatch: the daemon at %s does not answer: it is stopped, "
		"hangs or is very busy\n",
		path);
	return STATUS_AGAIN;
}

static int no_daemon(const char *path, int error)
{
	if (error == EAGAIN)
		return silent(path);
	if (error == EACCES || error == EPERM) {
		fprintf(stderr,
			"nsidwatch: no permission to talk to the daemon at "
			"%s: be root or in the group of the socket\n",
			path);
		return STATUS_NO_PERMISSION;
	}
	fprintf(stderr,
		"nsidwatch: no daemon at %s (%s): is nsidwatch.service "
		"running?\n",
		path, strerror(error));
	return STATUS_NO_DAEMON;
}

static int out_of_memory(void)
{
	fprintf(stderr, "nsidwatch: out of memory\n");
	return STATUS_FAILURE;
}

static int dial(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = REMOTE_PATIENCE_MS / 1000 };
	int fd, error;

	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* Whoever takes up no connection fills the queue: that blocks as well. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		       sizeof(patience)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		error = errno;
		close(fd);
		return -error;
	}
	return fd;
}

int remote_open(const char *path, struct remote **ret_remote)
{
	struct remote *remote;
	int fd;

	if (strlen(path) >= sizeof(remote->path)) {
		fprintf(stderr,
			"nsidwatch: --socket: a path of %zu bytes is too long "
			"for a socket\n",
			strlen(path));
		return STATUS_USAGE;
	}
	fd = dial(path);
	if (fd < 0)
		return no_daemon(path, -fd);
	remote = calloc(1, sizeof(*remote));
	if (!remote) {
		close(fd);
		return out_of_memory();
	}
	remote->fd = fd;
	remote->output_fd = -1;
	remote->patience_ms = REMOTE_PATIENCE_MS;
	strcpy(remote->path, path);
	varlink_buffer_init(&remote->in, VARLINK_REPLY_MAX);
	varlink_buffer_init(&remote->out, VARLINK_REQUEST_MAX);
	*ret_remote = remote;
	return STATUS_WELL;
}

struct remote *remote_close(struct remote *remote)
{
	if (!remote)
		return NULL;
	close(remote->fd);
	varlink_buffer_deinit(&remote->in);
	varlink_buffer_deinit(&remote->out);
	free(remote);
	return NULL;
}

void remote_patience(struct remote *remote, int ms)
{
	remote->patience_ms = ms;
}

void remote_watch_output(struct remote *remote, int fd)
{
	remote->output_fd = fd;
}

static int gone(const struct remote *remote)
{
	fprintf(stderr, "nsidwatch: the daemon at %s has gone\n", remote->path);
	return STATUS_NO_DAEMON;
}

static int bad_reply(const char *reason)
{
	say("the daemon's answer makes no sense: ", reason);
	return STATUS_FAILURE;
}

int remote_call(struct remote *remote, const char *method, json_t *parameters,
		bool more)
{
	ssize_t n;
	int r;

	r = varlink_put_call(&remote->out, method, parameters, more);
	if (r < 0)
		return out_of_memory();
	if (r > 0) {
		fprintf(stderr, "nsidwatch: the request is too long\n");
		return STATUS_FAILURE;
	}
	while (varlink_buffer_size(&remote->out) > 0) {
		n = send(remote->fd, varlink_buffer_bytes(&remote->out),
			 varlink_buffer_size(&remote->out), MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		/* A daemon that is busy says so before it hangs up. */
		if (n < 0)
			break;
		varlink_buffer_consume(&remote->out, (size_t)n);
	}
	return STATUS_WELL;
}

static const char *parameter(const json_t *parameters, const char *key)
{
	const char *text = json_string_value(json_object_get(parameters, key));

	return text ? text : "";
}

static const struct {
	const char *error;
	int status;
	const char *says;
	const char *key; /* the parameter that completes the sentence */
} errors[] = {
	{ INTERFACE_NO_SUCH_NAMESPACE, STATUS_FAILURE,
	  "the daemon knows no namespace ", "name" },
	{ INTERFACE_NO_SUCH_FINDING, STATUS_FAILURE,
	  "the daemon keeps no finding ", "id" },
	{ INTERFACE_TIMED_OUT, STATUS_AGAIN,
	  "timed out; still there: ", "name" },
	{ INTERFACE_NOT_KNOWN, STATUS_AGAIN,
	  "timed out before it was known whom this name means: ", "name" },
	{ INTERFACE_NOT_HEARD, STATUS_FAILURE,
	  "without a number in home nobody can hear it end (Adopt= of "
	  "nsidwatch.conf(5) gives one): ",
	  "name" },
	{ INTERFACE_IS_HOME, STATUS_FAILURE,
	  "the daemon watches from there, and it does not die meanwhile: ",
	  "name" },
	{ INTERFACE_NO_KERNEL, STATUS_FAILURE,
	  "the daemon is fed by a recording: there is no kernel to ask", NULL },
	{ INTERFACE_BUSY, STATUS_AGAIN, "the daemon has too many clients",
	  NULL },
	{ INTERFACE_INVALID_MESSAGE, STATUS_FAILURE,
	  "the daemon did not understand: ", "reason" },
	{ INTERFACE_ENDING, STATUS_NO_DAEMON, "the daemon is ending", NULL },
	{ VARLINK_PERMISSION_DENIED, STATUS_NO_PERMISSION,
	  "the daemon does not permit it", NULL },
	{ VARLINK_METHOD_NOT_FOUND, STATUS_FAILURE,
	  "the daemon is older than this program: it does not know ",
	  "method" },
	{ VARLINK_INVALID_PARAMETER, STATUS_FAILURE,
	  "the daemon refuses the parameter ", "parameter" },
};

static int said_error(const struct varlink_reply *reply)
{
	char text[1200];
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(reply->error, errors[i].error) != 0)
			continue;
		snprintf(text, sizeof(text), "%s",
			 errors[i].key ?
				 parameter(reply->parameters, errors[i].key) :
				 "");
		say(errors[i].says, text);
		return errors[i].status;
	}
	say("the daemon says ", reply->error);
	return STATUS_FAILURE;
}

enum waited {
	WAITED_BYTES = 1,
	WAITED_NO_READER,
	WAITED_TOO_LONG,
};

/* Until there is something to read, or nobody to read it to. */
static int wait_bytes(const struct remote *remote)
{
	struct pollfd fds[2] = {
		{ .fd = remote->fd, .events = POLLIN },
		/* events 0: POLLERR alone, the reader of a pipe has gone */
		{ .fd = remote->output_fd, .events = 0 },
	};

	int n;

	while ((n = poll(fds, 2, remote->patience_ms)) < 0)
		if (errno != EINTR)
			return -errno;
	if (n == 0)
		return WAITED_TOO_LONG;
	if (fds[1].revents & (POLLERR | POLLHUP))
		return WAITED_NO_READER;
	return WAITED_BYTES;
}

/* Read once. STATUS_WELL, or what ends the conversation. */
static int fill(struct remote *remote)
{
	char *space;
	size_t size;
	ssize_t n;

	if (varlink_buffer_space(&remote->in, READ_SIZE, &space, &size) < 0)
		return out_of_memory();
	if (size == 0)
		return bad_reply("it is too long");
	do
		n = recv(remote->fd, space, size, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return gone(remote);
	varlink_buffer_filled(&remote->in, (size_t)n);
	return STATUS_WELL;
}

static int take(struct varlink_reply *reply, json_t **ret_parameters,
		bool *ret_continues)
{
	int status = STATUS_WELL;

	if (reply->error) {
		status = said_error(reply);
	} else {
		*ret_parameters = reply->parameters ?
					  json_incref(reply->parameters) :
					  json_object();
		*ret_continues = reply->continues;
	}
	varlink_reply_deinit(reply);
	return status;
}

int remote_next(struct remote *remote, json_t **ret_parameters,
		bool *ret_continues)
{
	struct varlink_reply reply;
	const char *reason;
	int r;

	for (;;) {
		r = varlink_take_reply(&remote->in, &reason, &reply);
		if (r == 0)
			return take(&reply, ret_parameters, ret_continues);
		if (r < 0)
			return out_of_memory();
		if (r == VARLINK_MALFORMED)
			return bad_reply(reason);
		if (r == VARLINK_TOO_LONG)
			return bad_reply("it is too long");
		r = wait_bytes(remote);
		if (r == WAITED_NO_READER) {
			*ret_parameters = NULL;
			*ret_continues = false;
			return STATUS_WELL;
		}
		if (r == WAITED_TOO_LONG)
			return silent(remote->path);
		r = r < 0 ? gone(remote) : fill(remote);
		if (r != STATUS_WELL)
			return r;
	}
}
