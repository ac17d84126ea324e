/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Bytes of a stranger at both ends of the socket. The first byte says in how
 * small pieces the rest comes. Whatever was taken for a message is one, and
 * goes through the other side's parser again.
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire/varlink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const struct varlink_call *call)
{
	struct varlink_buffer buffer;
	struct varlink_call same;
	const char *reason;

	varlink_buffer_init(&buffer, 8 * VARLINK_REQUEST_MAX);
	if (varlink_put_call(&buffer, call->method,
			     json_incref(call->parameters), call->more) == 0) {
		assert(varlink_take_call(&buffer, &reason, &same) == 0);
		assert(strcmp(same.method, call->method) == 0);
		assert(same.more == call->more);
		assert(!call->parameters ||
		       json_equal(same.parameters, call->parameters));
		varlink_call_deinit(&same);
	}
	varlink_buffer_deinit(&buffer);
}

/* Returns false where there is nothing to go on with. */
static bool take_calls(struct varlink_buffer *buffer)
{
	struct varlink_call call;
	const char *reason;
	int r;

	do {
		reason = NULL;
		r = varlink_take_call(buffer, &reason, &call);
		assert(r != VARLINK_MALFORMED || reason);
		if (r == 0) {
			again(&call);
			varlink_call_deinit(&call);
		}
	} while (r == 0 || r == VARLINK_MALFORMED);
	return r == VARLINK_NONE;
}

static bool take_replies(struct varlink_buffer *buffer)
{
	struct varlink_reply reply;
	const char *reason;
	int r;

	do {
		r = varlink_take_reply(buffer, &reason, &reply);
		if (r == 0)
			varlink_reply_deinit(&reply);
	} while (r == 0 || r == VARLINK_MALFORMED);
	return r == VARLINK_NONE;
}

static void stream(const uint8_t *data, size_t size, size_t piece,
		   bool take(struct varlink_buffer *buffer))
{
	struct varlink_buffer buffer;
	size_t room;
	char *space;

	varlink_buffer_init(&buffer, VARLINK_REQUEST_MAX);
	while (size > 0) {
		if (varlink_buffer_space(&buffer, piece, &space, &room) < 0)
			break;
		assert(room > 0);
		room = room < size ? room : size;
		memcpy(space, data, room);
		varlink_buffer_filled(&buffer, room);
		data += room;
		size -= room;
		if (!take(&buffer))
			break;
	}
	varlink_buffer_deinit(&buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece;

	if (size < 1)
		return 0;
	piece = data[0] == 0 ? VARLINK_REQUEST_MAX : data[0];
	stream(data + 1, size - 1, piece, take_calls);
	stream(data + 1, size - 1, piece, take_replies);
	return 0;
}
