/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A request under way, and how each method goes on with one: what methods.c
 * and the files that answer (lists.c, replies.c) share.
 */

#include "common/wire/interface.h"
#include "daemon/methods.h"

struct method;

struct call {
	const struct method *method;
	bool more;
	/* parameters */
	char text[INTERFACE_TEXT_MAX]; /* holder, id, name or interface */
	bool has_text;
	bool follow;
	uint64_t limit;	     /* 0: none was given */
	uint64_t timeout_ms; /* UINT64_MAX: none was given */
	/* lists */
	struct shapes_cursor cursor;
	json_t *rows; /* owned; of the chunk under way, or all gathered */
	size_t at;    /* rows before this one were sent */
	uint64_t lost;
	bool said; /* a reply was put */
	/* the namespace that is meant (Nsids, WaitGone) */
	bool found;
	int32_t nsid;
	uint64_t serial;
	/* WaitGone, Audit */
	uint64_t scan;	      /* serial of the last scan before the request */
	uint64_t known_ns;    /* by now what it found should be bound */
	uint64_t deadline_ns; /* it times out */
	/* Audit */
	bool scanning;	/* the scan was asked for */
	bool scanned;	/* what it found is known, or had its time */
	uint64_t audit; /* serial of the one to wait for, 0: not yet asked */
	uint64_t older; /* serial of one that began before the request */
};

/*
 * One step, as methods_step() describes it. Steps borrow the table's row in
 * call->method.
 */
typedef int call_step(const struct methods *methods, struct call *call,
		      const struct stamp *now, struct varlink_buffer *out);
typedef json_t *list_chunk(const struct methods *methods, struct call *call);

enum parameter_bit {
	TAKES_HOLDER = 1,
	TAKES_ID = 2,
	TAKES_NAME = 4,
	TAKES_INTERFACE = 8,
	TAKES_LIMIT = 16,
	TAKES_TIMEOUT = 32,
	TAKES_FOLLOW = 64,
	TAKES_LINGERING = 128,
	TAKES_NAMES = 256,
};

struct method {
	const char *name;
	unsigned int takes; /* parameter bits */
	unsigned int needs;
	call_step *step;
	list_chunk *chunk; /* of a list */
	const char *array; /* of a list: the member that holds its rows */
	bool asks_kernel;
	bool follows; /* a list that goes on for ever, from now */
};

/* call_error - the reply that carries an error with one parameter. */
int call_error(struct varlink_buffer *out, const char *error, const char *key,
	       const char *value);

/* call_find - the living namespace that call->text means; false: none. */
bool call_find(const struct methods *methods, struct call *call);

/* call_found - the one that was found, or NULL when it has ended since. */
const struct netns *call_found(const struct methods *methods,
			       const struct call *call);

/* call_known_ns - by when a name that a scan finds now should be bound. */
uint64_t call_known_ns(const struct methods *methods, const struct stamp *now);

/* lists.c: a list, of which call->method says the rest. */
call_step lists_step, lists_step_nsids, lists_step_findings;
list_chunk lists_namespaces, lists_nsids, lists_deaths, lists_passes;
list_chunk lists_findings, lists_events, lists_alerts;

/* replies.c: everything that is said in one reply. */
call_step replies_info, replies_description, replies_status, replies_audit;

/* gone.c: waiting until a namespace is gone. */
call_step gone_step;
