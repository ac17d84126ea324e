/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What trace.c's own frames hold: little endian everywhere, texts behind their
 * length. Nobody else needs this.
 */

#include "common/engine/trace.h"

/* A place in a frame; `bad`: there was too little room, or nonsense. */
struct trace_cursor {
	uint8_t *at;
	const uint8_t *end;
	bool bad;
};

/* trace_body_put - what the record says, at the cursor. */
void trace_body_put(struct trace_cursor *cursor,
		    const struct trace_record *record);

/*
 * trace_body_get - the same back, of a record whose type is set. Texts and
 * what is pointed to are the trace's. 0, TRACE_DAMAGED, TRACE_FOREIGN, -ENOMEM.
 */
int trace_body_get(struct trace *trace, struct trace_cursor *cursor,
		   struct trace_record *record);
