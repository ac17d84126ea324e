/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/rtnl.h"

#include <assert.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <limits.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

/* Every message about nsids begins with this, padded to 4. */
#define FAMILY_BYTES MNL_ALIGN(sizeof(struct rtgenmsg))

/*
 * The sizes of the buffers that netlink_dump() fills: NLMSG_GOODSIZE with
 * pages of 4 KiB, the same with larger pages, and the largest one that a
 * reader's buffer can make it allocate (netlink_recvmsg()). Each is what
 * SKB_WITH_OVERHEAD() leaves of a power of two.
 */
static const size_t dump_buffer_bytes[] = { 3776, 7872, 32448 };

size_t rtnl_message_bytes(const void *buf, size_t len)
{
	const struct nlmsghdr *message = buf;
	size_t bytes;

	if (len > INT_MAX || !mnl_nlmsg_ok(message, (int)len))
		return 0;
	/* libmnl reads up to the padded end, which the kernel always sends. */
	bytes = MNL_ALIGN((size_t)message->nlmsg_len);
	return bytes <= len ? bytes : 0;
}

/* What a message says; absent attributes leave NSID_NONE and false. */
struct fields {
	bool has_nsid;
	bool has_current;
	int32_t nsid;
	int32_t current;
};

static bool attr_s32(const struct nlattr *attr, int32_t *ret_value)
{
	if (mnl_attr_get_payload_len(attr) != sizeof(*ret_value))
		return false;
	memcpy(ret_value, mnl_attr_get_payload(attr), sizeof(*ret_value));
	return true;
}

static struct fields message_fields(const struct nlmsghdr *message)
{
	struct fields fields = { .nsid = NSID_NONE, .current = NSID_NONE };
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(message) < FAMILY_BYTES)
		return fields;
	mnl_attr_for_each(attr, message, FAMILY_BYTES) {
		switch (mnl_attr_get_type(attr)) {
		case NETNSA_NSID:
			fields.has_nsid = attr_s32(attr, &fields.nsid);
			break;
		case NETNSA_CURRENT_NSID:
			fields.has_current = attr_s32(attr, &fields.current);
			break;
		}
	}
	return fields;
}

int rtnl_parse_event(const void *buf, size_t len, int32_t tag,
		     const struct stamp *at, struct event *ret_event)
{
	const struct nlmsghdr *message = buf;
	struct fields fields;

	if (rtnl_message_bytes(buf, len) == 0)
		return RTNL_IGNORED;
	if (message->nlmsg_type != RTM_NEWNSID &&
	    message->nlmsg_type != RTM_DELNSID)
		return RTNL_IGNORED;
	fields = message_fields(message);
	if (!fields.has_nsid || fields.nsid < 0)
		return RTNL_IGNORED;
	*ret_event = (struct event){
		.at = *at,
		.holder = tag,
		.nsid = fields.nsid,
		.type = message->nlmsg_type == RTM_NEWNSID ? EVENT_NEW :
							     EVENT_DEL,
	};
	return 0;
}

/* ---- refusals -------------------------------------------------------- */

/* The error of NLMSG_ERROR and NLMSG_DONE as an errno; both begin with it. */
static int message_error(const struct nlmsghdr *message)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(message), sizeof(error));
	if (error > 0 || error < -4095) /* not what the kernel calls an error */
		return EPROTO;
	return -error;
}

/* Where the attributes of an extended ack begin, SIZE_MAX where none are. */
static size_t text_offset(const struct nlmsghdr *message)
{
	size_t payload = mnl_nlmsg_get_payload_len(message);
	const struct nlmsgerr *refusal = mnl_nlmsg_get_payload(message);
	size_t offset;

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return SIZE_MAX;
	if (message->nlmsg_type == NLMSG_DONE)
		return sizeof(int);
	if (payload < sizeof(*refusal))
		return SIZE_MAX;
	offset = sizeof(*refusal);
	if (!(message->nlmsg_flags & NLM_F_CAPPED)) {
		if (refusal->msg.nlmsg_len < MNL_NLMSG_HDRLEN ||
		    refusal->msg.nlmsg_len > payload)
			return SIZE_MAX;
		offset += MNL_ALIGN(refusal->msg.nlmsg_len) - MNL_NLMSG_HDRLEN;
	}
	return offset;
}

static void message_text(const struct nlmsghdr *message,
			 char ret_text[static RTNL_TEXT_BYTES])
{
	size_t offset = text_offset(message);
	const struct nlattr *attr;
	size_t len;

	ret_text[0] = '\0';
	if (offset >= mnl_nlmsg_get_payload_len(message))
		return;
	mnl_attr_for_each(attr, message, offset) {
		if (mnl_attr_get_type(attr) != NLMSGERR_ATTR_MSG)
			continue;
		len = strnlen(mnl_attr_get_payload(attr),
			      mnl_attr_get_payload_len(attr));
		if (len >= RTNL_TEXT_BYTES)
			len = RTNL_TEXT_BYTES - 1;
		memcpy(ret_text, mnl_attr_get_payload(attr), len);
		ret_text[len] = '\0';
	}
}

enum answer_outcome rtnl_answer_outcome(int error)
{
	switch (error) {
	case 0:
		return ANSWER_WHOLE;
	case ENOENT:
	case EINVAL:
		return ANSWER_ABSENT;
	case EPERM:
	case EACCES:
		return ANSWER_REFUSED;
	default:
		return ANSWER_FAILED;
	}
}

/* ---- tables ---------------------------------------------------------- */

void rtnl_table_init(struct rtnl_table *table, size_t max_rows)
{
	*table = (struct rtnl_table){ .max_rows = max_rows };
}

void rtnl_table_deinit(struct rtnl_table *table)
{
	free(table->rows);
	table->rows = NULL;
}

void rtnl_table_begin(struct rtnl_table *table, uint32_t seq, int32_t holder)
{
	*table = (struct rtnl_table){
		.rows = table->rows,
		.cap_rows = table->cap_rows,
		.max_rows = table->max_rows,
		.seq = seq,
		.holder = holder,
		.proved = -1,
		.part_last = -1,
	};
}

/* From here on absence is not proved above `number`. */
static void table_cut(struct rtnl_table *table, int64_t number)
{
	if (!table->cut || number < table->proved)
		table->proved = number;
	table->cut = true;
}

static int table_add(struct rtnl_table *table, const struct row *row)
{
	struct row *rows;
	size_t cap;

	if (table->n_rows == table->max_rows) {
		table_cut(table, table->n_rows == 0 ?
					 -1 :
					 table->rows[table->n_rows - 1].nsid);
		return 0;
	}
	if (table->n_rows == table->cap_rows) {
		cap = table->cap_rows == 0 ? 256 : table->cap_rows * 2;
		rows = reallocarray(table->rows, cap, sizeof(*rows));
		if (!rows)
			return -ENOMEM;
		table->rows = rows;
		table->cap_rows = cap;
	}
	if (table->n_rows > 0 &&
	    row->nsid <= table->rows[table->n_rows - 1].nsid)
		table->disordered = true;
	table->rows[table->n_rows++] = *row;
	return 0;
}

/* One datagram's share of a table. */
struct part {
	size_t bytes;	    /* that its entries take */
	size_t entry_bytes; /* the length of one */
	int64_t first;
	int64_t last;
};

static void part_note(struct part *part, const struct nlmsghdr *message,
		      int64_t nsid)
{
	if (part->bytes == 0)
		part->first = nsid;
	part->entry_bytes = MNL_ALIGN((size_t)message->nlmsg_len);
	part->bytes += part->entry_bytes;
	part->last = nsid > part->last ? nsid : part->last;
}

static int table_entry(struct rtnl_table *table, struct part *part,
		       const struct nlmsghdr *message)
{
	struct fields fields = message_fields(message);
	struct row row = { .nsid = fields.nsid, .peer = fields.nsid };

	if (!fields.has_nsid || fields.nsid < 0 ||
	    (table->holder != TAG_HOME && !fields.has_current)) {
		table->error = EPROTO;
		return 0;
	}
	if (table->holder != TAG_HOME)
		row.peer = fields.current >= 0 ? fields.current : NSID_NONE;
	part_note(part, message, row.nsid);
	return table_add(table, &row);
}

static bool part_full(const struct part *part)
{
	size_t i;

	for (i = 0; i < MNL_ARRAY_SIZE(dump_buffer_bytes); i++) {
		if (part->bytes <= dump_buffer_bytes[i] &&
		    part->bytes + part->entry_bytes > dump_buffer_bytes[i])
			return true;
	}
	return false;
}

static void table_part(struct rtnl_table *table, const struct part *part)
{
	if (part->bytes == 0)
		return;
	if (table->part_last >= 0 && part->first > table->part_last + 1)
		table_cut(table, table->part_last);
	table->part_last = part->last;
	table->part_full = part_full(part);
}

static void table_end(struct rtnl_table *table, const struct nlmsghdr *message)
{
	int error = message_error(message);

	if (error != 0)
		table->error = error;
	message_text(message, table->text);
	if (table->part_full)
		table_cut(table, table->part_last);
}

int rtnl_table_take(struct rtnl_table *table, const void *buf, size_t len)
{
	struct part part = { .first = -1, .last = -1 };
	const struct nlmsghdr *message, *end = NULL;
	size_t bytes;
	int r;

	for (; !end && (bytes = rtnl_message_bytes(buf, len)) > 0;
	     buf = (const char *)buf + bytes, len -= bytes) {
		message = buf;
		if (message->nlmsg_seq != table->seq)
			continue;
		if (message->nlmsg_type == NLMSG_DONE ||
		    message->nlmsg_type == NLMSG_ERROR) {
			end = message;
		} else if (message->nlmsg_type == RTM_NEWNSID) {
			r = table_entry(table, &part, message);
			if (r < 0)
				return r;
		}
	}
	table_part(table, &part);
	if (!end && len > 0) {
		table->error = EPROTO;
		return 0;
	}
	if (!end)
		return RTNL_MORE;
	table_end(table, end);
	return 0;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->nsid > y->nsid) - (x->nsid < y->nsid);
}

static void table_order(struct rtnl_table *table)
{
	size_t i, kept = 0;

	qsort(table->rows, table->n_rows, sizeof(*table->rows), compare_rows);
	for (i = 0; i < table->n_rows; i++) {
		if (kept > 0 &&
		    table->rows[kept - 1].nsid == table->rows[i].nsid)
			continue;
		table->rows[kept++] = table->rows[i];
	}
	table->n_rows = kept;
	table->disordered = false;
}

void rtnl_table_answer(struct rtnl_table *table, struct answer *ret_answer)
{
	if (table->disordered)
		table_order(table);
	ret_answer->outcome = rtnl_answer_outcome(table->error);
	ret_answer->error = table->error;
	ret_answer->rows = NULL;
	ret_answer->n_rows = 0;
	ret_answer->last = -1;
	if (table->error != 0)
		return;
	ret_answer->rows = table->rows;
	ret_answer->n_rows = table->n_rows;
	if (table->cut) {
		ret_answer->outcome = ANSWER_PART;
		ret_answer->last = (int32_t)table->proved;
	}
}

/* ---- single replies -------------------------------------------------- */

static int parse_reply(const struct nlmsghdr *message,
		       struct rtnl_reply *ret_reply)
{
	struct rtnl_reply reply = { .nsid = NSID_NONE, .current = NSID_NONE };
	struct fields fields;

	if (message->nlmsg_type == NLMSG_ERROR) {
		reply.error = message_error(message);
		message_text(message, reply.text);
	} else if (message->nlmsg_type == RTM_NEWNSID) {
		fields = message_fields(message);
		reply.error = fields.has_nsid ? 0 : EPROTO;
		reply.nsid = fields.nsid >= 0 ? fields.nsid : NSID_NONE;
		reply.targeted = fields.has_current;
		reply.current = fields.current >= 0 ? fields.current :
						      NSID_NONE;
	} else {
		return RTNL_IGNORED;
	}
	*ret_reply = reply;
	return 0;
}

int rtnl_parse_reply(const void *buf, size_t len, uint32_t seq,
		     struct rtnl_reply *ret_reply)
{
	const struct nlmsghdr *message;
	size_t bytes;

	for (; (bytes = rtnl_message_bytes(buf, len)) > 0;
	     buf = (const char *)buf + bytes, len -= bytes) {
		message = buf;
		if (message->nlmsg_seq == seq &&
		    parse_reply(message, ret_reply) == 0)
			return 0;
	}
	return RTNL_IGNORED;
}

/* ---- questions ------------------------------------------------------- */

static struct nlmsghdr *question(void *buf, uint16_t type, uint16_t flags,
				 uint32_t seq)
{
	struct nlmsghdr *message;

	memset(buf, 0, RTNL_QUESTION_BYTES);
	message = mnl_nlmsg_put_header(buf);
	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = seq;
	mnl_nlmsg_put_extra_header(message, sizeof(struct rtgenmsg));
	return message;
}

static uint16_t key_attribute(enum rtnl_key key)
{
	switch (key) {
	case RTNL_KEY_NSID:
		return NETNSA_NSID;
	case RTNL_KEY_FD:
		return NETNSA_FD;
	case RTNL_KEY_PID:
		return NETNSA_PID;
	}
	assert(!"a key of the enum");
	return NETNSA_NONE;
}

static void put_s32(struct nlmsghdr *message, uint16_t type, int32_t value)
{
	mnl_attr_put(message, type, sizeof(value), &value);
}

size_t rtnl_ask_table(void *buf, uint32_t seq, int32_t holder)
{
	struct nlmsghdr *message = question(buf, RTM_GETNSID, NLM_F_DUMP, seq);

	if (holder != TAG_HOME)
		put_s32(message, NETNSA_TARGET_NSID, holder);
	return message->nlmsg_len;
}

size_t rtnl_ask_nsid(void *buf, uint32_t seq, enum rtnl_key key, int32_t value,
		     int32_t holder)
{
	struct nlmsghdr *message = question(buf, RTM_GETNSID, 0, seq);

	put_s32(message, key_attribute(key), value);
	if (holder != TAG_HOME)
		put_s32(message, NETNSA_TARGET_NSID, holder);
	return message->nlmsg_len;
}

size_t rtnl_ask_adopt(void *buf, uint32_t seq, enum rtnl_key key, int32_t value,
		      int32_t nsid)
{
	struct nlmsghdr *message = question(buf, RTM_NEWNSID, NLM_F_ACK, seq);

	assert(key != RTNL_KEY_NSID);
	assert(nsid == NSID_NONE || (nsid >= 0 && nsid < INT32_MAX));
	put_s32(message, key_attribute(key), value);
	put_s32(message, NETNSA_NSID, nsid);
	return message->nlmsg_len;
}
