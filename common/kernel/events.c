/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/events.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/engine/rtnl.h"

enum {
	SLOTS = 64,
	/* The kernel sends one message of 28 bytes a datagram. */
	SLOT_BYTES = 256,
	/* No message with a number is shorter than that. */
	SLOT_EVENTS = SLOT_BYTES / 28,
	PORT_TRIES = 64,
};

/* The ancillary data of one datagram: the tag, and room for a surprise. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(64)];
};

struct events {
	int fd; /* owned */
	size_t buffer_bytes;
	struct mmsghdr headers[SLOTS];
	struct iovec vectors[SLOTS];
	struct sockaddr_nl senders[SLOTS];
	union control controls[SLOTS];
	uint32_t slots[SLOTS][SLOT_BYTES / sizeof(uint32_t)];
	struct event events[SLOTS * SLOT_EVENTS];
	struct events_message messages[SLOTS * SLOT_EVENTS];
};

/* ---- opening --------------------------------------------------------- */

/* High, and neither a process id nor what the kernel picks on a collision,
 * which is negative (netlink_autobind()). */
static int random_port(uint32_t *ret_port)
{
	uint32_t random;
	ssize_t n;

	do
		n = getrandom(&random, sizeof(random), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*ret_port = 0x40000000u | (random & 0x3fffffffu);
	return 0;
}

static int bind_random(int fd)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int i, r;

	for (i = 0; i < PORT_TRIES; i++) {
		r = random_port(&address.nl_pid);
		if (r < 0)
			return r;
		if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			return 0;
		if (errno != EADDRINUSE)
			return -errno;
	}
	return -EADDRINUSE;
}

/* More than is allowed is cut to net.core.rmem_max, which is no error. */
static int set_buffer(int fd, size_t bytes)
{
	int value = bytes > INT_MAX / 2 ? INT_MAX / 2 : (int)bytes;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &value, sizeof(value)) ==
	    0)
		return 0;
	if (errno != EPERM)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, sizeof(value)) < 0)
		return -errno;
	return 0;
}

static int listen_all(int fd)
{
	int on = 1;

	if (setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on,
		       sizeof(on)) == 0)
		return 0;
	return errno == EPERM ? EVENTS_FORBIDDEN : -errno;
}

static int join(int fd)
{
	int group = RTNLGRP_NSID;

	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)) < 0)
		return -errno;
	return 0;
}

static void prepare_slots(struct events *events)
{
	int i;

	for (i = 0; i < SLOTS; i++) {
		events->vectors[i] = (struct iovec){
			.iov_base = events->slots[i],
			.iov_len = SLOT_BYTES,
		};
		events->headers[i].msg_hdr = (struct msghdr){
			.msg_name = &events->senders[i],
			.msg_iov = &events->vectors[i],
			.msg_iovlen = 1,
			.msg_control = &events->controls[i],
		};
	}
}

/* On success fd belongs to *ret_events. */
static int events_new(int fd, struct events **ret_events)
{
	struct events *events;
	socklen_t len = sizeof(int);
	int value = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, &len) < 0)
		return -errno;
	events = calloc(1, sizeof(*events));
	if (!events)
		return -ENOMEM;
	events->fd = fd;
	events->buffer_bytes = (size_t)value;
	prepare_slots(events);
	*ret_events = events;
	return 0;
}

int events_open(size_t receive_bytes, struct events **ret_events)
{
	int fd, r;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	r = set_buffer(fd, receive_bytes);
	if (r == 0)
		r = listen_all(fd);
	/* A socket without a port number misses what the kernel sends. */
	if (r == 0)
		r = bind_random(fd);
	if (r == 0)
		r = join(fd);
	if (r == 0)
		r = events_new(fd, ret_events);
	if (r != 0)
		close(fd);
	return r;
}

struct events *events_free(struct events *events)
{
	if (!events)
		return NULL;
	close(events->fd);
	return events_release(events);
}

struct events *events_release(struct events *events)
{
	free(events);
	return NULL;
}

/* ---- adopting -------------------------------------------------------- */

static bool socket_is(int fd, int option, int wanted)
{
	socklen_t len = sizeof(int);
	int value = -1;

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 &&
	       value == wanted;
}

static bool has_port(int fd)
{
	struct sockaddr_nl address = { 0 };
	socklen_t len = sizeof(address);

	return getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
	       address.nl_pid != 0;
}

static bool is_member(int fd)
{
	uint32_t groups[8] = { 0 };
	socklen_t len = sizeof(groups);

	return getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups,
			  &len) == 0 &&
	       (groups[(RTNLGRP_NSID - 1) / 32] >> (RTNLGRP_NSID - 1) % 32 & 1);
}

/* Older kernels cannot tell whether it is on: switch it on again. */
static int hears_all(int fd)
{
	socklen_t len = sizeof(int);
	int value = 0;

	if (getsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &value,
		       &len) == 0 &&
	    value != 0)
		return 0;
	return listen_all(fd);
}

static int make_quiet(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	return 0;
}

int events_adopt(int fd, size_t receive_bytes, struct events **ret_events)
{
	int r;

	if (!socket_is(fd, SO_DOMAIN, AF_NETLINK) ||
	    !socket_is(fd, SO_PROTOCOL, NETLINK_ROUTE) || !has_port(fd) ||
	    !is_member(fd))
		return EVENTS_UNFIT;
	r = hears_all(fd);
	if (r == 0)
		r = set_buffer(fd, receive_bytes);
	if (r == 0)
		r = make_quiet(fd);
	if (r == 0)
		r = events_new(fd, ret_events);
	return r;
}

/* ---- reading --------------------------------------------------------- */

int events_fd(const struct events *events)
{
	return events->fd;
}

size_t events_buffer_bytes(const struct events *events)
{
	return events->buffer_bytes;
}

int events_drops(const struct events *events, uint32_t *ret_drops)
{
	uint32_t meminfo[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(meminfo);

	if (getsockopt(events->fd, SOL_SOCKET, SO_MEMINFO, meminfo, &len) < 0)
		return -errno;
	if (len < (SK_MEMINFO_DROPS + 1) * sizeof(meminfo[0]))
		return -EOPNOTSUPP;
	*ret_drops = meminfo[SK_MEMINFO_DROPS];
	return 0;
}

int events_cookie(const struct events *events, uint64_t *ret_cookie)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (getsockopt(events->fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) < 0)
		return -errno;
	*ret_cookie = cookie;
	return 0;
}

/* The first header is not checked against the buffer by CMSG_FIRSTHDR(). */
static bool fits(const struct msghdr *header, const struct cmsghdr *cmsg)
{
	const char *begin = header->msg_control;
	size_t offset = (size_t)((const char *)cmsg - begin);

	return cmsg->cmsg_len <= header->msg_controllen - offset;
}

int32_t events_tag(struct msghdr *header)
{
	struct cmsghdr *cmsg;
	int value;

	for (cmsg = CMSG_FIRSTHDR(header); cmsg && fits(header, cmsg);
	     cmsg = CMSG_NXTHDR(header, cmsg)) {
		if (cmsg->cmsg_level != SOL_NETLINK ||
		    cmsg->cmsg_type != NETLINK_LISTEN_ALL_NSID ||
		    cmsg->cmsg_len < CMSG_LEN(sizeof(value)))
			continue;
		memcpy(&value, CMSG_DATA(cmsg), sizeof(value));
		return value >= 0 ? value : TAG_UNKNOWN;
	}
	return TAG_HOME;
}

static void read_messages(struct events *events, const char *buf, size_t len,
			  int32_t tag, const struct stamp *at,
			  struct events_batch *batch)
{
	size_t bytes;

	for (; (bytes = rtnl_message_bytes(buf, len)) > 0;
	     buf += bytes, len -= bytes) {
		assert(batch->n_events < SLOTS * SLOT_EVENTS);
		events->messages[batch->n_events] =
			(struct events_message){ buf, bytes };
		if (rtnl_parse_event(buf, bytes, tag, at,
				     &events->events[batch->n_events]) == 0)
			batch->n_events++;
		else
			batch->ignored++;
	}
	if (len > 0)
		batch->ignored++;
}

static void read_slot(struct events *events, int slot, const struct stamp *at,
		      struct events_batch *batch)
{
	struct mmsghdr *header = &events->headers[slot];

	/* Whoever may send to the group can send a lie: the kernel is port 0. */
	if (header->msg_hdr.msg_namelen != sizeof(struct sockaddr_nl) ||
	    events->senders[slot].nl_family != AF_NETLINK ||
	    events->senders[slot].nl_pid != 0) {
		batch->ignored++;
		return;
	}
	/* With its ancillary data cut, nobody knows whose event it was. */
	if (header->msg_hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		batch->truncated = true;
		return;
	}
	read_messages(events, (const char *)events->slots[slot],
		      header->msg_len, events_tag(&header->msg_hdr), at, batch);
}

/* The lengths are overwritten by every read. */
static void reset_lengths(struct events *events)
{
	int i;

	for (i = 0; i < SLOTS; i++) {
		events->headers[i].msg_hdr.msg_namelen =
			sizeof(events->senders[i]);
		events->headers[i].msg_hdr.msg_controllen =
			sizeof(events->controls[i]);
	}
}

static int read_error(int error, struct events_batch *ret_batch)
{
	struct events_batch batch = { 0 };

	switch (error) {
	case EAGAIN:
		return EVENTS_EMPTY;
	case ENOBUFS:
		batch.cause = GAP_OVERRUN;
		break;
	case ENOMEM:
		batch.cause = GAP_MEMORY;
		break;
	default:
		return -error;
	}
	*ret_batch = batch;
	return EVENTS_LOST;
}

int events_read(struct events *events, const struct stamp *at,
		struct events_batch *ret_batch)
{
	struct events_batch batch = { .events = events->events,
				      .messages = events->messages };
	int i, n;

	do {
		reset_lengths(events);
		n = recvmmsg(events->fd, events->headers, SLOTS, MSG_DONTWAIT,
			     NULL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return read_error(errno, ret_batch);
	for (i = 0; i < n; i++)
		read_slot(events, i, at, &batch);
	*ret_batch = batch;
	return 0;
}
