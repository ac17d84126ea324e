/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/wire/varlink.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_FIRST 4096u

/* ---- bytes ---------------------------------------------------------------- */

void varlink_buffer_init(struct varlink_buffer *buffer, size_t limit)
{
	*buffer = (struct varlink_buffer){ .limit = limit };
}

void varlink_buffer_deinit(struct varlink_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct varlink_buffer){ .limit = buffer->limit };
}

size_t varlink_buffer_size(const struct varlink_buffer *buffer)
{
	return buffer->end - buffer->begin;
}

const char *varlink_buffer_bytes(const struct varlink_buffer *buffer)
{
	return buffer->data ? buffer->data + buffer->begin : "";
}

/* What was taken leaves room at the front: use that before asking for more. */
static void buffer_compact(struct varlink_buffer *buffer)
{
	size_t size = varlink_buffer_size(buffer);

	if (!buffer->begin)
		return;
	memmove(buffer->data, buffer->data + buffer->begin, size);
	buffer->seen -= buffer->begin;
	buffer->begin = 0;
	buffer->end = size;
}

/* Room for `size` bytes behind the end; the caller has checked the limit. */
static int buffer_grow(struct varlink_buffer *buffer, size_t size)
{
	size_t capacity = buffer->capacity ? buffer->capacity : BUFFER_FIRST;
	char *data;

	if (buffer->capacity - buffer->end >= size)
		return 0;
	/* moved only when half of it is free, or each byte would move often */
	if (buffer->begin >= buffer->capacity / 2)
		buffer_compact(buffer);
	if (buffer->capacity - buffer->end >= size)
		return 0;
	while (capacity < buffer->end + size)
		capacity *= 2;
	data = realloc(buffer->data, capacity);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

int varlink_buffer_space(struct varlink_buffer *buffer, size_t size,
			 char **ret_space, size_t *ret_size)
{
	size_t room = buffer->limit - varlink_buffer_size(buffer);
	int r;

	if (size > room)
		size = room;
	r = buffer_grow(buffer, size);
	if (r < 0)
		return r;
	*ret_space = buffer->data + buffer->end;
	*ret_size = size;
	return 0;
}

void varlink_buffer_filled(struct varlink_buffer *buffer, size_t size)
{
	assert(size <= buffer->capacity - buffer->end);
	buffer->end += size;
}

int varlink_buffer_append(struct varlink_buffer *buffer, const void *bytes,
			  size_t size)
{
	int r;

	if (size > buffer->limit - varlink_buffer_size(buffer))
		return VARLINK_FULL;
	if (!size)
		return 0;
	r = buffer_grow(buffer, size);
	if (r < 0)
		return r;
	memcpy(buffer->data + buffer->end, bytes, size);
	buffer->end += size;
	return 0;
}

void varlink_buffer_consume(struct varlink_buffer *buffer, size_t size)
{
	assert(size <= varlink_buffer_size(buffer));
	buffer->begin += size;
	if (buffer->seen < buffer->begin)
		buffer->seen = buffer->begin;
	if (buffer->begin < buffer->end)
		return;
	buffer->begin = buffer->end = buffer->seen = 0;
	/* one long message must not hold its memory for as long as the peer */
	if (buffer->capacity > 16 * BUFFER_FIRST) {
		free(buffer->data);
		buffer->data = NULL;
		buffer->capacity = 0;
	}
}

/* ---- messages in ---------------------------------------------------------- */

/* The parser calls itself once a level: too deep a text must not reach it. */
static bool text_is_deep(const char *text, size_t size)
{
	bool in_string = false;
	int depth = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		if (in_string) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				in_string = false;
		} else if (text[i] == '"') {
			in_string = true;
		} else if (text[i] == '{' || text[i] == '[') {
			if (++depth > VARLINK_DEPTH_MAX)
				return true;
		} else if (text[i] == '}' || text[i] == ']') {
			depth--;
		}
	}
	return false;
}

static int parse_object(const char *text, size_t size, size_t flags,
			const char **ret_reason, json_t **ret_root)
{
	json_error_t error;
	json_t *root;

	if (text_is_deep(text, size)) {
		*ret_reason = "the message is nested too deeply";
		return VARLINK_MALFORMED;
	}
	root = json_loadb(text, size, flags, &error);
	if (!root && json_error_code(&error) == json_error_out_of_memory)
		return -ENOMEM;
	if (!root) {
		*ret_reason = "the message is not JSON";
		return VARLINK_MALFORMED;
	}
	if (!json_is_object(root)) {
		json_decref(root);
		*ret_reason = "the message is not an object";
		return VARLINK_MALFORMED;
	}
	*ret_root = root;
	return 0;
}

/* The next message as an object, off the buffer in any case but these two. */
static int take_object(struct varlink_buffer *buffer, size_t flags,
		       const char **ret_reason, json_t **ret_root)
{
	size_t size = varlink_buffer_size(buffer);
	const char *text, *nul = NULL;
	int r;

	if (buffer->end > buffer->seen)
		nul = memchr(buffer->data + buffer->seen, 0,
			     buffer->end - buffer->seen);
	if (!nul) {
		buffer->seen = buffer->end;
		return size >= buffer->limit ? VARLINK_TOO_LONG : VARLINK_NONE;
	}
	text = buffer->data + buffer->begin;
	size = (size_t)(nul - text);
	r = parse_object(text, size, flags, ret_reason, ret_root);
	varlink_buffer_consume(buffer, size + 1);
	return r;
}

/* A member that may be missing or null. */
static bool member_bool(json_t *root, const char *key, bool *ret_value)
{
	json_t *value = json_object_get(root, key);

	if (value && !json_is_boolean(value) && !json_is_null(value))
		return false;
	*ret_value = json_is_true(value);
	return true;
}

static bool member_string(json_t *root, const char *key, const char **ret_text)
{
	json_t *value = json_object_get(root, key);

	if (value && !json_is_string(value) && !json_is_null(value))
		return false;
	*ret_text = json_string_value(value);
	return true;
}

static bool member_object(json_t *root, const char *key, json_t **ret_object)
{
	json_t *value = json_object_get(root, key);

	if (value && !json_is_object(value) && !json_is_null(value))
		return false;
	*ret_object = json_is_object(value) ? value : NULL;
	return true;
}

/* NULL where it is a call, else what it lacks. */
static const char *read_call(json_t *root, struct varlink_call *call)
{
	bool upgrade;

	call->root = root;
	if (!member_string(root, "method", &call->method) || !call->method)
		return "\"method\" is missing or not a string";
	if (!member_object(root, "parameters", &call->parameters))
		return "\"parameters\" is not an object";
	if (!member_bool(root, "more", &call->more))
		return "\"more\" is not a boolean";
	if (!member_bool(root, "oneway", &call->oneway))
		return "\"oneway\" is not a boolean";
	if (!member_bool(root, "upgrade", &upgrade) || upgrade)
		return "\"upgrade\" is not supported";
	if (call->more && call->oneway)
		return "\"more\" and \"oneway\" exclude each other";
	return NULL;
}

int varlink_take_call(struct varlink_buffer *buffer, const char **ret_reason,
		      struct varlink_call *ret_call)
{
	struct varlink_call call;
	const char *fault;
	json_t *root;
	int r;

	r = take_object(buffer, JSON_REJECT_DUPLICATES, ret_reason, &root);
	if (r != 0)
		return r;
	fault = read_call(root, &call);
	if (fault) {
		json_decref(root);
		*ret_reason = fault;
		return VARLINK_MALFORMED;
	}
	*ret_call = call;
	return 0;
}

static const char *read_reply(json_t *root, struct varlink_reply *reply)
{
	reply->root = root;
	if (!member_string(root, "error", &reply->error))
		return "\"error\" is not a string";
	if (!member_object(root, "parameters", &reply->parameters))
		return "\"parameters\" is not an object";
	if (!member_bool(root, "continues", &reply->continues))
		return "\"continues\" is not a boolean";
	return NULL;
}

int varlink_take_reply(struct varlink_buffer *buffer, const char **ret_reason,
		       struct varlink_reply *ret_reply)
{
	struct varlink_reply reply;
	const char *fault;
	json_t *root;
	int r;

	/* From the daemon, and perhaps long: not each key is looked for. */
	r = take_object(buffer, 0, ret_reason, &root);
	if (r != 0)
		return r;
	fault = read_reply(root, &reply);
	if (fault) {
		json_decref(root);
		*ret_reason = fault;
		return VARLINK_MALFORMED;
	}
	*ret_reply = reply;
	return 0;
}

void varlink_call_deinit(struct varlink_call *call)
{
	json_decref(call->root);
	*call = (struct varlink_call){ 0 };
}

void varlink_reply_deinit(struct varlink_reply *reply)
{
	json_decref(reply->root);
	*reply = (struct varlink_reply){ 0 };
}

/* ---- messages out --------------------------------------------------------- */

struct sink {
	struct varlink_buffer *buffer;
	int result;
};

static int sink_write(const char *bytes, size_t size, void *userdata)
{
	struct sink *sink = userdata;

	sink->result = varlink_buffer_append(sink->buffer, bytes, size);
	return sink->result == 0 ? 0 : -1;
}

/* Takes root away; all of the message or nothing of it. */
static int put_object(struct varlink_buffer *buffer, json_t *root)
{
	struct sink sink = { .buffer = buffer };
	size_t before = varlink_buffer_size(buffer);
	int r;

	if (!root)
		return -ENOMEM;
	r = json_dump_callback(root, sink_write, &sink, JSON_COMPACT);
	json_decref(root);
	if (r < 0 && sink.result == 0)
		sink.result = -ENOMEM;
	if (sink.result == 0)
		sink.result = varlink_buffer_append(buffer, "", 1);
	if (sink.result != 0)
		buffer->end = buffer->begin + before;
	return sink.result;
}

int varlink_put_call(struct varlink_buffer *buffer, const char *method,
		     json_t *parameters, bool more)
{
	return put_object(buffer, json_pack("{s:s, s:o*, s:o*}", "method",
					    method, "parameters", parameters,
					    "more", more ? json_true() : NULL));
}

int varlink_put_reply(struct varlink_buffer *buffer, json_t *parameters,
		      bool continues)
{
	if (!parameters)
		parameters = json_object();
	return put_object(buffer, json_pack("{s:o, s:o*}", "parameters",
					    parameters, "continues",
					    continues ? json_true() : NULL));
}

int varlink_put_error(struct varlink_buffer *buffer, const char *error,
		      json_t *parameters)
{
	if (!parameters)
		parameters = json_object();
	return put_object(buffer, json_pack("{s:s, s:o}", "error", error,
					    "parameters", parameters));
}
