/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the socket can be asked: one table, a row a method. A request becomes a
 * call, which is stepped until it has said all; it says at most one message a
 * step, so that a long list never stands in the way of the events, nor in
 * memory before its reader wants it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/engine/event.h"
#include "common/engine/watch.h"
#include "common/wire/shapes.h"
#include "common/wire/varlink.h"

struct alerts;

/* What the methods answer from. All borrowed. */
struct methods {
	struct watch *watch;
	const struct shapes_kernel *kernel;
	struct shapes_daemon *daemon; /* uptime_ns is set by Status */
	uint64_t started_ns;	      /* CLOCK_MONOTONIC */
	const struct alerts *alerts;
	/* tell the engine what is wanted: an audit, a scan */
	void (*command)(void *userdata, enum command_type type);
	void *userdata;
};

struct call;

enum methods_outcome {
	METHODS_MORE = 1, /* there is more to say: step again when it fits */
	METHODS_WAIT,	  /* nothing now: step again after news */
};

/*
 * methods_begin - take up a request.
 *
 * Parameters are checked here: a refusal is put into `out` and 0 returned, as
 * for a request that is answered at once. METHODS_MORE gives a call, which is
 * owned by the caller, to be stepped. Borrows nothing of `request`. Returns 0,
 * METHODS_MORE, or -ENOMEM.
 */
int methods_begin(const struct methods *methods,
		  const struct varlink_call *request, const struct stamp *now,
		  struct varlink_buffer *out, struct call **ret_call);

/*
 * methods_step - say what there is to say now, one message at most.
 *
 * `out` holds VARLINK_REPLY_MAX bytes; a reply that has to be whole is put
 * where nothing waits in it, a part of a list where little does. Returns 0 when
 * the last reply was put, METHODS_MORE, METHODS_WAIT, or -ENOMEM.
 */
int methods_step(const struct methods *methods, struct call *call,
		 const struct stamp *now, struct varlink_buffer *out);

/* methods_end - the daemon ends: the last reply of a call that waited. */
int methods_end(struct varlink_buffer *out);

/*
 * methods_deadline - when a call that waits has to be stepped without news, in
 * nanoseconds of CLOCK_MONOTONIC; UINT64_MAX: never.
 */
uint64_t methods_deadline(const struct call *call);

/* methods_call_free - takes NULL, returns NULL. */
struct call *methods_call_free(struct call *call);

/* methods_name - the methods in the order of the table; NULL at the end. */
const char *methods_name(size_t index);
