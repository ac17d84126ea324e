/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Varlink messages: bytes in, messages out, and back. No descriptor here:
 * both ends of a socket use it. A message is a JSON object followed by a NUL
 * byte (varlink.org, "Wire protocol" of the specification).
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VARLINK_REQUEST_MAX (64u * 1024)     /* bytes, NUL included */
#define VARLINK_REPLY_MAX (4u * 1024 * 1024) /* bytes, NUL included */
#define VARLINK_DEPTH_MAX 16		     /* of objects and arrays */

/* The errors that every Varlink service knows; they have no prefix of ours. */
#define VARLINK_INTERFACE_NOT_FOUND "org.varlink.service.InterfaceNotFound"
#define VARLINK_METHOD_NOT_FOUND "org.varlink.service.MethodNotFound"
#define VARLINK_METHOD_NOT_IMPLEMENTED \
	"org.varlink.service.MethodNotImplemented"
#define VARLINK_INVALID_PARAMETER "org.varlink.service.InvalidParameter"
#define VARLINK_PERMISSION_DENIED "org.varlink.service.PermissionDenied"
#define VARLINK_EXPECTED_MORE "org.varlink.service.ExpectedMore"

enum varlink_outcome {
	VARLINK_NONE = 1,  /* no whole message is there yet */
	VARLINK_TOO_LONG,  /* the limit is reached without an end of message */
	VARLINK_MALFORMED, /* not JSON, too deep, or not such a message */
	VARLINK_FULL,	   /* the message does not fit; nothing was put */
};

/* Bytes on their way, either way. */
struct varlink_buffer {
	char *data;	 /* owned */
	size_t begin;	 /* first byte that was not taken */
	size_t end;	 /* behind the last byte */
	size_t seen;	 /* no NUL between begin and here */
	size_t capacity; /* of data */
	size_t limit;	 /* bytes that may wait */
};

/* A request, taken apart. */
struct varlink_call {
	json_t *root;	    /* owned */
	const char *method; /* borrowed from root */
	json_t *parameters; /* borrowed; an object, NULL where there is none */
	bool more;	    /* several replies are welcome */
	bool oneway;	    /* no reply is */
};

/* A reply, taken apart. */
struct varlink_reply {
	json_t *root;	    /* owned */
	json_t *parameters; /* borrowed; an object, NULL where there is none */
	const char *error;  /* borrowed; NULL: all well */
	bool continues;	    /* more of them will follow */
};

/* varlink_buffer_init - empty; no memory is taken before it is needed. */
void varlink_buffer_init(struct varlink_buffer *buffer, size_t limit);
void varlink_buffer_deinit(struct varlink_buffer *buffer);

/* varlink_buffer_size - how many bytes wait. */
size_t varlink_buffer_size(const struct varlink_buffer *buffer);

/*
 * varlink_buffer_space - room to read into.
 *
 * Gives at most `size` bytes at *ret_space and their number, which is 0 where
 * the limit is reached: take the messages out first. To be followed by
 * varlink_buffer_filled(). Returns 0 or -ENOMEM.
 */
int varlink_buffer_space(struct varlink_buffer *buffer, size_t size,
			 char **ret_space, size_t *ret_size);
/* varlink_buffer_filled - `size` bytes were written into the space. */
void varlink_buffer_filled(struct varlink_buffer *buffer, size_t size);

/*
 * varlink_buffer_append - put bytes as they are. Returns 0, VARLINK_FULL, or
 * -ENOMEM.
 */
int varlink_buffer_append(struct varlink_buffer *buffer, const void *bytes,
			  size_t size);

/* varlink_buffer_bytes - what waits; borrowed until the next call. */
const char *varlink_buffer_bytes(const struct varlink_buffer *buffer);
/* varlink_buffer_consume - the first `size` bytes went their way. */
void varlink_buffer_consume(struct varlink_buffer *buffer, size_t size);

/*
 * varlink_take_call, varlink_take_reply - the next whole message.
 *
 * After VARLINK_MALFORMED the bad message is gone from the buffer and
 * *ret_reason (a constant, never NULL) says what was wrong with it; the caller
 * may go on. After VARLINK_TOO_LONG there is nothing to go on with. Returns 0,
 * VARLINK_NONE, VARLINK_TOO_LONG, VARLINK_MALFORMED, or -ENOMEM.
 */
int varlink_take_call(struct varlink_buffer *buffer, const char **ret_reason,
		      struct varlink_call *ret_call);
int varlink_take_reply(struct varlink_buffer *buffer, const char **ret_reason,
		       struct varlink_reply *ret_reply);
void varlink_call_deinit(struct varlink_call *call);
void varlink_reply_deinit(struct varlink_reply *reply);

/*
 * varlink_put_call, varlink_put_reply, varlink_put_error - append a message.
 *
 * `parameters` (an object, or NULL for none) is given away in every case.
 * Returns 0, VARLINK_FULL, or -ENOMEM.
 */
int varlink_put_call(struct varlink_buffer *buffer, const char *method,
		     json_t *parameters, bool more);
int varlink_put_reply(struct varlink_buffer *buffer, json_t *parameters,
		      bool continues);
int varlink_put_error(struct varlink_buffer *buffer, const char *error,
		      json_t *parameters);
