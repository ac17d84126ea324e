/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One question and its answer over the request socket: the transport below
 * queries.h. After a failure on the way the next question gets a fresh socket,
 * because the old one's answer may still come.
 */

#include "common/engine/rtnl.h"

enum {
	/* Up to Linux 6.9 a dump can stand behind cleanup_net() for seconds. */
	REQUEST_TIMEOUT_S = 30,
};

/* What went over the wire: a question, or a datagram of its answer. */
typedef void request_tap(void *userdata, bool asked, const void *bytes,
			 size_t len);

struct request {
	request_tap *tap; /* NULL: nobody listens */
	void *tap_userdata;
	int fd;	      /* owned; -1: to be made anew */
	bool strict;  /* the kernel takes NETLINK_GET_STRICT_CHK */
	uint32_t seq; /* of the last question */
	struct rtnl_table table;
	char text[RTNL_TEXT_BYTES]; /* the kernel's words on the last one */
	uint32_t question[RTNL_QUESTION_BYTES / sizeof(uint32_t)];
	/* At least 32 KiB: the largest buffer that a dump is built in. */
	uint32_t reply[65536 / sizeof(uint32_t)];
};

/* request_init - make the socket. max_rows: see rtnl_table_init(). 0 or
 * -errno, after which there is nothing to deinit. */
int request_init(struct request *request, size_t max_rows);
void request_deinit(struct request *request);

/*
 * request_nsid - ask for a number (rtnl_ask_nsid()).
 *
 * Returns 0 with what the kernel said, a refusal too, or -errno where it said
 * nothing: -ETIMEDOUT after REQUEST_TIMEOUT_S.
 */
int request_nsid(struct request *request, enum rtnl_key key, int32_t value,
		 int32_t holder, struct rtnl_reply *ret_reply);

/* request_adopt - ask to give a number (rtnl_ask_adopt()); as above. */
int request_adopt(struct request *request, enum rtnl_key key, int32_t value,
		  int32_t nsid, struct rtnl_reply *ret_reply);

/*
 * request_table - dump holder's table into request->table.
 *
 * Returns 0 where the dump has ended, well or not (rtnl_table_answer()), or
 * -errno; -EOPNOTSUPP: without NETLINK_GET_STRICT_CHK (Linux 4.20) the kernel
 * would answer a question about another holder with home's table.
 */
int request_table(struct request *request, int32_t holder);
