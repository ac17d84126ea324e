/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The multicast socket: RTNLGRP_NSID for all namespaces that have a number in
 * home (NETLINK_LISTEN_ALL_NSID). It reads, in batches, and reports loss; what
 * a loss means is not decided here.
 *
 * Sources: net/netlink/af_netlink.c (do_one_broadcast(), netlink_overrun(),
 * netlink_recvmsg()), netlink(7), socket(7).
 */

#include "common/engine/event.h"

struct events;
struct msghdr;

enum events_outcome {
	EVENTS_EMPTY = 1, /* the queue was seen empty */
	EVENTS_LOST,	  /* the kernel reports a loss: the batch says why */
	EVENTS_FORBIDDEN, /* CAP_NET_BROADCAST is missing */
	EVENTS_UNFIT,	  /* the descriptor is no such socket */
};

/* An event as it came, for those who record it. */
struct events_message {
	const void *bytes; /* borrowed, until the next read */
	size_t len;
};

/* What one read brought. */
struct events_batch {
	const struct event *events; /* borrowed, until the next read */
	const struct events_message *messages; /* as many, likewise */
	size_t n_events;
	uint32_t ignored;     /* datagrams and messages that are no events */
	bool truncated;	      /* a datagram or its ancillary data was cut */
	enum gap_cause cause; /* with EVENTS_LOST */
};

/*
 * events_open - make the socket and join the group.
 *
 * receive_bytes is what is asked of the kernel for the receive buffer, which
 * doubles it; without CAP_NET_ADMIN in the initial user namespace
 * net.core.rmem_max is the limit. The port number is a random high one: a
 * RTM_NEWNSID with NLM_F_ECHO leaves out whoever has its sender's number, in
 * any namespace, and numbers given by the kernel are process ids.
 *
 * Delivery from other namespaces goes by the credentials of the process that
 * opened the socket: capabilities may be dropped afterwards.
 *
 * ret_events is owned by the caller. Returns 0, EVENTS_FORBIDDEN, or -errno.
 */
int events_open(size_t receive_bytes, struct events **ret_events);

/*
 * events_adopt - take over a socket that events_open() of an earlier process
 * made, with this receive buffer from now on. fd is owned by ret_events on
 * success; otherwise it is as it was, but for flags and buffer.
 * Returns 0, EVENTS_UNFIT, EVENTS_FORBIDDEN, or -errno.
 */
int events_adopt(int fd, size_t receive_bytes, struct events **ret_events);

/* events_free - closes; takes NULL, returns NULL. */
struct events *events_free(struct events *events);

/* events_release - gives the descriptor back, open; frees the rest. Returns
 * NULL; the descriptor is the caller's again. */
struct events *events_release(struct events *events);

/* events_fd - readable when there is something to read. Borrowed. */
int events_fd(const struct events *events);

/* events_buffer_bytes - the effective receive buffer, as SO_RCVBUF tells. */
size_t events_buffer_bytes(const struct events *events);

/*
 * events_read - read what one system call brings, without waiting.
 *
 * Returns 0 with a batch (which may hold no event), EVENTS_EMPTY, EVENTS_LOST
 * or -errno; ret_batch is set in the first and third case. A loss is reported
 * before what was queued ahead of it, and until the queue was seen empty the
 * kernel may drop more without saying so: after EVENTS_LOST read on until
 * EVENTS_EMPTY, then look at events_drops(), and repeat if it moved.
 */
int events_read(struct events *events, const struct stamp *at,
		struct events_batch *ret_batch);

/* events_drops - the socket's drop counter (SO_MEMINFO), which wraps.
 * Returns 0 or -errno. */
int events_drops(const struct events *events, uint32_t *ret_drops);

/* events_cookie - what no other socket of this boot ever had (SO_COOKIE).
 * Returns 0 or -errno. */
int events_cookie(const struct events *events, uint64_t *ret_cookie);

/*
 * events_tag - the holder as a datagram's ancillary data names it.
 *
 * Without a tag it is home's own (TAG_HOME), a negative one names nobody
 * (TAG_UNKNOWN). On kernels without 88b126b39f97 home's own number, where it
 * has one, tags home's own events.
 */
int32_t events_tag(struct msghdr *header);
