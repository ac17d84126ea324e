/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/trace.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/rtnl.h"
#include "common/engine/trace_body.h"

/* The header of every frame, see trace.h. */
#define HEADER_BYTES 16u
#define ARPHRD_NETLINK_ 824u
#define ADDRESS_BYTES 4u
#define PROTOCOL_ROUTE 0u

/* Packet types of linux/if_packet.h. */
#define PACKET_ANSWER 0u
#define PACKET_EVENT 2u
#define PACKET_QUESTION 4u

#define MESSAGE_BYTES ((size_t)NLMSG_HDRLEN)
/* The longest event whose bytes are turned round. */
#define TURN_MAX 256u

struct header {
	uint16_t packet;
	int32_t holder;
	uint32_t check;
	uint16_t protocol;
};

int trace_init(struct trace *trace, bool foreign)
{
	*trace = (struct trace){ .foreign = foreign };
	trace->buf = calloc(1, TRACE_FRAME_MAX);
	return trace->buf ? 0 : -ENOMEM;
}

void trace_deinit(struct trace *trace)
{
	free(trace->buf);
	free(trace->rows);
	trace->buf = NULL;
	trace->rows = NULL;
}

/* ---- the check sum -------------------------------------------------------- */

/* Every step can be undone, so that one word that differs makes the end
 * differ, whatever follows. */
static uint32_t mix(uint32_t sum, uint32_t word)
{
	sum = (sum ^ word) * 0x2c1b3c6du;
	return sum ^ sum >> 15;
}

static uint32_t word_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
	       (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

uint32_t trace_sum(const struct trace *trace, const struct trace_frame *frame)
{
	const uint8_t *bytes = frame->bytes;
	uint32_t sum = mix(trace->check, frame->seconds);
	uint8_t rest[4] = { 0 };
	size_t at;

	sum = mix(sum, frame->nanoseconds);
	sum = mix(sum, (uint32_t)frame->len);
	sum = mix(sum, word_at(bytes));
	sum = mix(sum, word_at(bytes + 4));
	sum = mix(sum, (uint32_t)bytes[8] | (uint32_t)bytes[9] << 8 |
			       (uint32_t)bytes[14] << 16 |
			       (uint32_t)bytes[15] << 24);
	for (at = HEADER_BYTES; at + 4 <= frame->len; at += 4)
		sum = mix(sum, word_at(bytes + at));
	if (at < frame->len) {
		memcpy(rest, bytes + at, frame->len - at);
		sum = mix(sum, word_at(rest));
	}
	return sum;
}

/* ---- the header ----------------------------------------------------------- */

static void put16(uint8_t *bytes, uint16_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

static void put32(uint8_t *bytes, uint32_t value)
{
	put16(bytes, (uint16_t)(value >> 16));
	put16(bytes + 2, (uint16_t)value);
}

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)get16(bytes) << 16 | get16(bytes + 2);
}

static void put_header(uint8_t *bytes, uint16_t packet, int32_t holder,
		       uint16_t protocol)
{
	put16(bytes, packet);
	put16(bytes + 2, ARPHRD_NETLINK_);
	put16(bytes + 4, ADDRESS_BYTES);
	put32(bytes + 6, (uint32_t)holder);
	put16(bytes + 14, protocol);
}

/* ---- writing -------------------------------------------------------------- */

/* The frame of `len` bytes stands in trace->buf, but for its sum. */
static void seal(struct trace *trace, size_t len, struct trace_frame *ret_frame)
{
	struct trace_frame frame = {
		.seconds = (uint32_t)(trace->at.real_ns / 1000000000u),
		.nanoseconds = (uint32_t)(trace->at.real_ns % 1000000000u),
		.len = len,
		.bytes = trace->buf,
	};

	trace->check = trace_sum(trace, &frame);
	put32((uint8_t *)trace->buf + 10, trace->check);
	*ret_frame = frame;
}

static int write_message(struct trace *trace, uint16_t packet, int32_t holder,
			 const void *bytes, size_t len,
			 struct trace_frame *ret_frame)
{
	uint8_t *frame = (uint8_t *)trace->buf;

	if (len > TRACE_MESSAGE_MAX)
		return -EMSGSIZE;
	put_header(frame, packet, holder, PROTOCOL_ROUTE);
	memcpy(frame + HEADER_BYTES, bytes, len);
	seal(trace, HEADER_BYTES + len, ret_frame);
	return 0;
}

static int write_gap(struct trace *trace, enum gap_cause cause,
		     struct trace_frame *ret_frame)
{
	const struct {
		struct nlmsghdr header;
		uint32_t cause;
	} message = {
		.header = { .nlmsg_len = sizeof(message),
			    .nlmsg_type = NLMSG_OVERRUN },
		.cause = cause,
	};

	return write_message(trace, PACKET_EVENT, TAG_HOME, &message,
			     sizeof(message), ret_frame);
}

static int write_own(struct trace *trace, const struct trace_record *record,
		     struct trace_frame *ret_frame)
{
	uint8_t *frame = (uint8_t *)trace->buf;
	struct trace_cursor cursor = {
		.at = frame + HEADER_BYTES + MESSAGE_BYTES,
		.end = frame + TRACE_FRAME_MAX,
	};
	struct nlmsghdr *message = (void *)(frame + HEADER_BYTES);
	size_t len;

	put_header(frame, PACKET_ANSWER, TAG_HOME, TRACE_PROTOCOL);
	trace_body_put(&cursor, record);
	if (cursor.bad)
		return -EMSGSIZE;
	len = (size_t)(cursor.at - frame);
	*message = (struct nlmsghdr){
		.nlmsg_len = (uint32_t)(len - HEADER_BYTES),
		.nlmsg_type = (uint16_t)(TRACE_MESSAGE_TYPE + record->type),
	};
	seal(trace, len, ret_frame);
	return 0;
}

int trace_write(struct trace *trace, const struct trace_record *record,
		struct trace_frame *ret_frame)
{
	const struct input *input = &record->input;
	bool asked;

	switch (record->type) {
	case TRACE_MESSAGE:
		asked = record->message.direction == TRACE_ASKED;
		return write_message(trace,
				     asked ? PACKET_QUESTION : PACKET_ANSWER,
				     TAG_HOME, record->message.bytes,
				     record->message.len, ret_frame);
	case TRACE_INPUT:
		if (input->type == INPUT_EVENT)
			return write_message(trace, PACKET_EVENT,
					     input->event.holder,
					     record->event_bytes,
					     record->event_len, ret_frame);
		if (input->type == INPUT_GAP)
			return write_gap(trace, input->gap, ret_frame);
		break;
	case TRACE_MOMENT:
	case TRACE_BEGIN:
		trace->at = record->at;
		break;
	case TRACE_QUESTION:
	case TRACE_NOTHING:
	case TRACE_ROWS:
	case TRACE_SETTINGS:
	case TRACE_REPORT:
	case TRACE_END:
	case TRACE_IMAGE:
	case TRACE_TYPES:
		break;
	}
	return write_own(trace, record, ret_frame);
}

/* ---- reading -------------------------------------------------------------- */

static uint16_t turn16(uint16_t value)
{
	return __builtin_bswap16(value);
}

static uint32_t turn32(uint32_t value)
{
	return __builtin_bswap32(value);
}

static int get_header(struct trace *trace, const struct trace_frame *frame,
		      struct header *ret_header)
{
	const uint8_t *bytes = frame->bytes;
	uint32_t check;

	if (frame->len < HEADER_BYTES || frame->len > TRACE_FRAME_MAX ||
	    get16(bytes + 2) != ARPHRD_NETLINK_ ||
	    get16(bytes + 4) != ADDRESS_BYTES)
		return TRACE_DAMAGED;
	check = trace_sum(trace, frame);
	if (check != get32(bytes + 10))
		return TRACE_DAMAGED;
	trace->check = check;
	*ret_header = (struct header){
		.packet = get16(bytes),
		.holder = (int32_t)get32(bytes + 6),
		.check = check,
		.protocol = get16(bytes + 14),
	};
	return 0;
}

/* The attributes of an event in our byte order. */
static void turn_attributes(uint8_t *at, size_t left)
{
	struct nlattr attr;
	uint32_t value;
	size_t step;

	while (left >= sizeof(attr)) {
		memcpy(&attr, at, sizeof(attr));
		attr.nla_len = turn16(attr.nla_len);
		attr.nla_type = turn16(attr.nla_type);
		memcpy(at, &attr, sizeof(attr));
		if (attr.nla_len < sizeof(attr) || attr.nla_len > left)
			return;
		if (attr.nla_len == sizeof(attr) + sizeof(value)) {
			memcpy(&value, at + sizeof(attr), sizeof(value));
			value = turn32(value);
			memcpy(at + sizeof(attr), &value, sizeof(value));
		}
		step = NLA_ALIGN((size_t)attr.nla_len);
		if (step > left)
			return;
		at += step;
		left -= step;
	}
}

/* A message of the other byte order in ours, in trace->buf. */
static const void *turned(struct trace *trace, const void *bytes, size_t len)
{
	struct nlmsghdr *message = (struct nlmsghdr *)trace->buf;
	uint8_t *copy = (uint8_t *)trace->buf;
	const size_t fixed = MESSAGE_BYTES +
			     NLMSG_ALIGN(sizeof(struct rtgenmsg));

	memcpy(copy, bytes, len);
	message->nlmsg_len = turn32(message->nlmsg_len);
	message->nlmsg_type = turn16(message->nlmsg_type);
	message->nlmsg_flags = turn16(message->nlmsg_flags);
	message->nlmsg_seq = turn32(message->nlmsg_seq);
	message->nlmsg_pid = turn32(message->nlmsg_pid);
	if (len > fixed)
		turn_attributes(copy + fixed, len - fixed);
	return copy;
}

static int read_gap(const struct trace *trace, const uint8_t *bytes, size_t len,
		    struct input *input)
{
	uint32_t cause;

	if (len != MESSAGE_BYTES + sizeof(cause))
		return TRACE_DAMAGED;
	memcpy(&cause, bytes + MESSAGE_BYTES, sizeof(cause));
	if (trace->foreign)
		cause = turn32(cause);
	if (cause >= GAP_CAUSES)
		return TRACE_DAMAGED;
	input->type = INPUT_GAP;
	input->gap = cause;
	return 0;
}

static int read_event(struct trace *trace, const struct header *header,
		      const void *bytes, size_t len,
		      struct trace_record *record)
{
	const struct nlmsghdr *message = bytes;

	if (len < MESSAGE_BYTES || (trace->foreign && len > TURN_MAX))
		return TRACE_DAMAGED;
	if (trace->foreign)
		message = turned(trace, bytes, len);
	record->type = TRACE_INPUT;
	record->at = trace->at;
	if (message->nlmsg_type == NLMSG_OVERRUN)
		return read_gap(trace, bytes, len, &record->input);
	record->input.type = INPUT_EVENT;
	record->event_bytes = message;
	record->event_len = len;
	return rtnl_parse_event(message, len, header->holder, &trace->at,
				&record->input.event) == 0 ?
		       0 :
		       TRACE_DAMAGED;
}

static int read_own(struct trace *trace, const uint8_t *bytes, size_t len,
		    struct trace_record *record)
{
	/* A cursor reads and writes; this one reads. */
	struct trace_cursor cursor = {
		.at = (uint8_t *)bytes + MESSAGE_BYTES,
		.end = bytes + len,
	};
	struct nlmsghdr message;
	unsigned int type;

	if (len < MESSAGE_BYTES)
		return TRACE_DAMAGED;
	memcpy(&message, bytes, sizeof(message));
	type = trace->foreign ? turn16(message.nlmsg_type) : message.nlmsg_type;
	if (type < TRACE_MESSAGE_TYPE ||
	    type - TRACE_MESSAGE_TYPE >= TRACE_TYPES)
		return TRACE_DAMAGED;
	record->type = type - TRACE_MESSAGE_TYPE;
	record->at = trace->at;
	return trace_body_get(trace, &cursor, record);
}

static int read_route(struct trace *trace, const struct header *header,
		      const uint8_t *bytes, size_t len,
		      struct trace_record *record)
{
	switch (header->packet) {
	case PACKET_EVENT:
		return read_event(trace, header, bytes, len, record);
	case PACKET_QUESTION:
	case PACKET_ANSWER:
		record->type = TRACE_MESSAGE;
		record->at = trace->at;
		record->message.bytes = bytes;
		record->message.len = len;
		record->message.direction = header->packet == PACKET_QUESTION ?
						    TRACE_ASKED :
						    TRACE_ANSWERED;
		return 0;
	}
	return TRACE_DAMAGED;
}

int trace_read(struct trace *trace, const struct trace_frame *frame,
	       struct trace_record *ret_record)
{
	const uint8_t *bytes = (const uint8_t *)frame->bytes + HEADER_BYTES;
	struct trace_record record = { 0 };
	struct header header;
	size_t len;
	int r;

	r = get_header(trace, frame, &header);
	if (r != 0)
		return r;
	len = frame->len - HEADER_BYTES;
	if (header.protocol == PROTOCOL_ROUTE)
		r = read_route(trace, &header, bytes, len, &record);
	else if (header.protocol == TRACE_PROTOCOL)
		r = read_own(trace, bytes, len, &record);
	else
		r = TRACE_DAMAGED;
	/* The beginning comes first, and only there. */
	if (r == 0 && trace->begun == (record.type == TRACE_BEGIN))
		r = TRACE_DAMAGED;
	if (r != 0)
		return r;
	trace->begun = true;
	*ret_record = record;
	return 0;
}
