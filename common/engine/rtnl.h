/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * rtnetlink as bytes: datagrams to events and answers, questions to bytes.
 * Nothing here sends or receives. Buffers must be aligned to 4 bytes, which is
 * all that netlink itself aligns to; apart from that any bytes are legal.
 *
 * Sources: net/core/net_namespace.c (rtnl_net_getid(), rtnl_net_dumpid(),
 * rtnl_net_newid()), net/netlink/af_netlink.c (netlink_dump()), netlink(7).
 */

#include "common/engine/event.h"

enum rtnl_outcome {
	RTNL_IGNORED = 1, /* not what was looked for; nothing was returned */
	RTNL_MORE,	  /* the answer goes on in the next datagram */
};

/* rtnl_message_bytes - how many bytes the first message of a buffer takes,
 * padding included; 0 where there is no whole message. */
size_t rtnl_message_bytes(const void *buf, size_t len);

/*
 * rtnl_parse_event - the first message of a buffer as an event.
 *
 * tag is the holder as the ancillary data names it (or a TAG_), at the moment
 * of reading. Returns 0, or RTNL_IGNORED: malformed, foreign, or about a
 * number that no table holds. INT32_MAX is a number like any other.
 */
int rtnl_parse_event(const void *buf, size_t len, int32_t tag,
		     const struct stamp *at, struct event *ret_event);

/* What the kernel adds to a refusal, in its own words (extended ack). */
#define RTNL_TEXT_BYTES 96

/* A table as a dump shows it, datagram by datagram. */
struct rtnl_table {
	struct row *rows; /* owned; ascending once it has ended */
	size_t n_rows;
	size_t cap_rows;
	size_t max_rows;
	uint32_t seq;
	int32_t holder;
	int error;	   /* errno, 0 none */
	bool cut;	   /* something may be missing above `proved` */
	int64_t proved;	   /* absence is proved up to here */
	int64_t part_last; /* highest number of the last part with entries */
	bool part_full;	   /* it had no room for one entry more */
	bool disordered;   /* rows do not ascend strictly */
	char text[RTNL_TEXT_BYTES];
};

/* rtnl_table_init - rows beyond max_rows are not kept: the table is cut. */
void rtnl_table_init(struct rtnl_table *table, size_t max_rows);
void rtnl_table_deinit(struct rtnl_table *table);

/* rtnl_table_begin - forget the last table; wait for messages with seq. */
void rtnl_table_begin(struct rtnl_table *table, uint32_t seq, int32_t holder);

/*
 * rtnl_table_take - take one datagram; messages with another seq are skipped,
 * and bytes that are no message end the table with EPROTO.
 *
 * Returns 0 when the table has ended (well or not), RTNL_MORE, or -ENOMEM.
 */
int rtnl_table_take(struct rtnl_table *table, const void *buf, size_t len);

/*
 * rtnl_table_answer - what an ended table says: outcome, error, rows, last.
 * The other members of ret_answer are left alone. Rows stay the table's.
 *
 * Whole or cut? One walk of the kernel fills one buffer, and within it nothing
 * is missed. But from 6.10 on ("netns: no longer hold RTNL in
 * rtnl_net_dumpid()") a dump ends after its first buffer and says that it is
 * complete: so a last part without room for one entry more is ANSWER_PART
 * above its highest number. Up to 6.9 the dump goes on in a further part, but
 * finds its place by counting entries: a removal behind it makes it skip as
 * many live ones, those that follow the last number of the part before. They
 * lie between that number and the first one of the next part, so where there
 * is no number between these two nothing can have been skipped, and where
 * there is one, absence is proved up to the earlier part only: `last` of
 * ANSWER_PART is that number then, and rows above it are shown, not all of
 * them. An insertion repeats entries: repeated rows are dropped.
 *
 * A table of another holder whose rows do not say what home calls the peer
 * (NETNSA_CURRENT_NSID) is home's own: the kernel ignored the target, and the
 * answer is ANSWER_FAILED with EPROTO.
 */
void rtnl_table_answer(struct rtnl_table *table, struct answer *ret_answer);

/* The answer to anything but a dump. */
struct rtnl_reply {
	int error;	 /* errno; 0: well, or acknowledged */
	int32_t nsid;	 /* the number, or NSID_NONE */
	bool targeted;	 /* the kernel understood NETNSA_TARGET_NSID ... */
	int32_t current; /* ... and this is home's number for the peer */
	char text[RTNL_TEXT_BYTES];
};

/*
 * rtnl_parse_reply - the answer to question seq in a datagram.
 *
 * Returns 0, or RTNL_IGNORED where the datagram holds none (a stale one).
 */
int rtnl_parse_reply(const void *buf, size_t len, uint32_t seq,
		     struct rtnl_reply *ret_reply);

/* rtnl_answer_outcome - what an errno of RTM_GETNSID or RTM_NEWNSID means:
 * absence, refusal or failure; ANSWER_WHOLE for 0. */
enum answer_outcome rtnl_answer_outcome(int error);

/* The size of the buffers that the questions below are written to. */
#define RTNL_QUESTION_BYTES 64

enum rtnl_key {
	RTNL_KEY_NSID, /* a number in home */
	RTNL_KEY_FD,   /* a descriptor of a namespace */
	RTNL_KEY_PID,  /* a process, as the asker's pid namespace numbers it */
};

/* rtnl_ask_table - dump the table of holder (TAG_HOME: home's own). All
 * questions return their length in bytes. */
size_t rtnl_ask_table(void *buf, uint32_t seq, int32_t holder);

/* rtnl_ask_nsid - holder's number for the namespace that key and value name. */
size_t rtnl_ask_nsid(void *buf, uint32_t seq, enum rtnl_key key, int32_t value,
		     int32_t holder);

/*
 * rtnl_ask_adopt - give a namespace a number in home: nsid, or the lowest free
 * one for NSID_NONE. key is not RTNL_KEY_NSID. INT32_MAX must not be asked
 * for: 7.0 to 7.3 warn at the next death (idr_get_next() in unhash_nsid()).
 */
size_t rtnl_ask_adopt(void *buf, uint32_t seq, enum rtnl_key key, int32_t value,
		      int32_t nsid);
