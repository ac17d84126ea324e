/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What tests of recordings share: messages of the kernel, frames with the
 * right sum, and a recording that lies in memory. */

#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "common/engine/trace.h"

struct tape_message {
	struct nlmsghdr header;
	struct rtgenmsg family;
	uint8_t padding[3];
	struct nlattr attr;
	int32_t nsid;
};

/* tape_message - the event as the kernel would have sent it. */
static inline void tape_message(const struct event *event,
				struct tape_message *ret_message)
{
	*ret_message = (struct tape_message){
		.header = { .nlmsg_len = sizeof(*ret_message),
			    .nlmsg_type = event->type == EVENT_NEW ?
						  RTM_NEWNSID :
						  RTM_DELNSID },
		.attr = { .nla_len = NLA_HDRLEN + sizeof(int32_t),
			  .nla_type = NETNSA_NSID },
		.nsid = event->nsid,
	};
}

/* tape_seal - give the frame, which lies in trace->buf, the sum that it needs
 * to be the next one. */
static inline void tape_seal(struct trace *trace,
			     const struct trace_frame *frame)
{
	uint8_t *bytes = (uint8_t *)trace->buf;
	uint32_t sum = trace_sum(trace, frame);

	bytes[10] = (uint8_t)(sum >> 24);
	bytes[11] = (uint8_t)(sum >> 16);
	bytes[12] = (uint8_t)(sum >> 8);
	bytes[13] = (uint8_t)sum;
	trace->check = sum;
}
