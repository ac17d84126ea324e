/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Bytes of netlink and their ancillary data. The first byte chooses what they
 * are taken for; a table comes in datagrams, each behind its length in two
 * bytes. Every datagram lies in a buffer of exactly its size.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/engine/rtnl.h"
#include "common/kernel/events.h"

#define SEQ 7u
#define MAX_ROWS 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void *copy_of(const uint8_t *data, size_t size)
{
	void *copy = malloc(size > 0 ? size : 1);

	must(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

static void fuzz_events(const uint8_t *data, size_t size)
{
	const struct stamp at = { 1, 2 };
	char *copy = copy_of(data, size), *pos = copy;
	struct event event;
	size_t bytes;

	for (; (bytes = rtnl_message_bytes(pos, size)) > 0;
	     pos += bytes, size -= bytes) {
		must(bytes <= size);
		if (rtnl_parse_event(pos, bytes, 3, &at, &event) != 0)
			continue;
		must(event.nsid >= 0 && event.holder == 3);
		must(event.type == EVENT_NEW || event.type == EVENT_DEL);
	}
	free(copy);
}

static void check_answer(const struct answer *answer)
{
	size_t i;

	for (i = 0; i < answer->n_rows; i++) {
		must(answer->rows[i].nsid >= 0);
		must(answer->rows[i].peer >= NSID_NONE);
		must(i == 0 || answer->rows[i].nsid > answer->rows[i - 1].nsid);
	}
	must(answer->n_rows <= MAX_ROWS);
	must(answer->last >= -1);
	if (answer->outcome != ANSWER_WHOLE && answer->outcome != ANSWER_PART)
		must(answer->n_rows == 0 && answer->error != 0);
}

static void fuzz_table(const uint8_t *data, size_t size, int32_t holder)
{
	struct rtnl_table table;
	struct answer answer;
	int r = RTNL_MORE;
	size_t len;
	void *copy;

	rtnl_table_init(&table, MAX_ROWS);
	rtnl_table_begin(&table, SEQ, holder);
	while (r == RTNL_MORE && size >= 2) {
		len = data[0] | (size_t)data[1] << 8;
		data += 2;
		size -= 2;
		len = len < size ? len : size;
		copy = copy_of(data, len);
		r = rtnl_table_take(&table, copy, len);
		free(copy);
		data += len;
		size -= len;
	}
	if (r == 0) {
		rtnl_table_answer(&table, &answer);
		check_answer(&answer);
	}
	rtnl_table_deinit(&table);
}

static void fuzz_reply(const uint8_t *data, size_t size)
{
	void *copy = copy_of(data, size);
	struct rtnl_reply reply;

	if (rtnl_parse_reply(copy, size, SEQ, &reply) == 0) {
		must(reply.error >= 0 && reply.nsid >= NSID_NONE);
		must(reply.current >= NSID_NONE);
		must(memchr(reply.text, '\0', sizeof(reply.text)) != NULL);
	}
	free(copy);
}

static void fuzz_tag(const uint8_t *data, size_t size)
{
	void *copy = copy_of(data, size);
	struct msghdr header = { .msg_control = copy, .msg_controllen = size };

	must(events_tag(&header) >= TAG_UNKNOWN);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	switch (data[0] % 5) {
	case 0:
		fuzz_events(data + 1, size - 1);
		break;
	case 1:
		fuzz_table(data + 1, size - 1, TAG_HOME);
		break;
	case 2:
		fuzz_table(data + 1, size - 1, 9);
		break;
	case 3:
		fuzz_reply(data + 1, size - 1);
		break;
	case 4:
		fuzz_tag(data + 1, size - 1);
		break;
	}
	return 0;
}
