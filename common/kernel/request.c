/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/request.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int prepare(int fd, bool *ret_strict)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	struct timeval timeout = { .tv_sec = REQUEST_TIMEOUT_S };
	int on = 1;

	/* Without the kernel's words the errno must do. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	*ret_strict = setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on,
				 sizeof(on)) == 0;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) <
	    0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return 0;
}

static void drop_socket(struct request *request)
{
	if (request->fd >= 0)
		close(request->fd);
	request->fd = -1;
}

/* One datagram from the kernel; others' are skipped. */
static int receive(struct request *request, size_t *ret_len)
{
	struct sockaddr_nl sender;
	struct iovec vector = {
		.iov_base = request->reply,
		.iov_len = sizeof(request->reply),
	};
	struct msghdr header;
	ssize_t n;

	do {
		header = (struct msghdr){
			.msg_name = &sender,
			.msg_namelen = sizeof(sender),
			.msg_iov = &vector,
			.msg_iovlen = 1,
		};
		n = recvmsg(request->fd, &header, 0);
	} while ((n < 0 && errno == EINTR) ||
		 (n >= 0 && (header.msg_namelen != sizeof(sender) ||
			     sender.nl_pid != 0)));
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (header.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	if (request->tap)
		request->tap(request->tap_userdata, false, request->reply,
			     (size_t)n);
	*ret_len = (size_t)n;
	return 0;
}

static int transmit(struct request *request, size_t len)
{
	ssize_t n;

	do
		n = send(request->fd, request->question, len, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (request->tap)
		request->tap(request->tap_userdata, true, request->question,
			     len);
	return 0;
}

static int receive_reply(struct request *request, struct rtnl_reply *ret_reply)
{
	size_t len;
	int r;

	do {
		r = receive(request, &len);
		if (r < 0)
			return r;
		r = rtnl_parse_reply(request->reply, len, request->seq,
				     ret_reply);
	} while (r == RTNL_IGNORED);
	return r;
}

/* The kernel sizes the buffers of a socket's dumps by the largest one that it
 * was ever read with: an exchange that serves nothing else tells it. */
static int warm(struct request *request)
{
	struct rtnl_reply reply;
	int r;

	r = transmit(request, rtnl_ask_nsid(request->question, ++request->seq,
					    RTNL_KEY_PID, getpid(), TAG_HOME));
	if (r == 0)
		r = receive_reply(request, &reply);
	return r;
}

static int ready(struct request *request)
{
	int r;

	if (request->fd >= 0)
		return 0;
	request->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			     NETLINK_ROUTE);
	if (request->fd < 0)
		return -errno;
	r = prepare(request->fd, &request->strict);
	if (r == 0)
		r = warm(request);
	if (r < 0)
		drop_socket(request);
	return r;
}

/* Sends the question of len bytes and waits for its one reply. */
static int exchange(struct request *request, size_t len,
		    struct rtnl_reply *ret_reply)
{
	int r;

	request->text[0] = '\0';
	r = transmit(request, len);
	if (r == 0)
		r = receive_reply(request, ret_reply);
	if (r < 0)
		drop_socket(request); /* the reply may still come */
	else
		memcpy(request->text, ret_reply->text, sizeof(request->text));
	return r;
}

int request_nsid(struct request *request, enum rtnl_key key, int32_t value,
		 int32_t holder, struct rtnl_reply *ret_reply)
{
	int r = ready(request);

	if (r < 0)
		return r;
	return exchange(request,
			rtnl_ask_nsid(request->question, ++request->seq, key,
				      value, holder),
			ret_reply);
}

int request_adopt(struct request *request, enum rtnl_key key, int32_t value,
		  int32_t nsid, struct rtnl_reply *ret_reply)
{
	int r = ready(request);

	if (r < 0)
		return r;
	return exchange(request,
			rtnl_ask_adopt(request->question, ++request->seq, key,
				       value, nsid),
			ret_reply);
}

static int receive_table(struct request *request)
{
	size_t len;
	int r;

	do {
		r = receive(request, &len);
		if (r == 0)
			r = rtnl_table_take(&request->table, request->reply,
					    len);
	} while (r == RTNL_MORE);
	return r;
}

int request_table(struct request *request, int32_t holder)
{
	int r;

	request->text[0] = '\0';
	r = ready(request);
	if (r < 0)
		return r;
	if (holder != TAG_HOME && !request->strict)
		return -EOPNOTSUPP;
	rtnl_table_begin(&request->table, ++request->seq, holder);
	r = transmit(request,
		     rtnl_ask_table(request->question, request->seq, holder));
	if (r == 0)
		r = receive_table(request);
	if (r < 0)
		drop_socket(request);
	else
		memcpy(request->text, request->table.text,
		       sizeof(request->text));
	return r;
}

int request_init(struct request *request, size_t max_rows)
{
	int r;

	request->tap = NULL;
	request->fd = -1;
	request->seq = 0;
	request->text[0] = '\0';
	rtnl_table_init(&request->table, max_rows);
	r = ready(request);
	if (r < 0)
		request_deinit(request);
	return r;
}

void request_deinit(struct request *request)
{
	drop_socket(request);
	rtnl_table_deinit(&request->table);
}
