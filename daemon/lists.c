/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "daemon/alerts.h"
#include "daemon/call.h"

/*
 * The shortest row of a list has more bytes than this, so that a list of more
 * rows cannot fit one reply: no use in gathering it.
 */
#define ROW_BYTES_MIN 64

json_t *lists_namespaces(const struct methods *methods, struct call *call)
{
	return shapes_namespaces(methods->watch, &call->cursor);
}

json_t *lists_nsids(const struct methods *methods, struct call *call)
{
	const struct netns *holder = NULL;

	if (call->has_text) {
		holder = call_found(methods, call);
		if (!holder) {
			call->cursor.ended = true;
			return json_pack("{s:[]}", "entries");
		}
	}
	return shapes_nsids(methods->watch, holder, &call->cursor);
}

json_t *lists_deaths(const struct methods *methods, struct call *call)
{
	return shapes_deaths(methods->watch, &call->cursor);
}

json_t *lists_passes(const struct methods *methods, struct call *call)
{
	return shapes_passes(methods->watch, &call->cursor);
}

json_t *lists_findings(const struct methods *methods, struct call *call)
{
	json_t *finding;

	if (!call->has_text)
		return shapes_findings(methods->watch, &call->cursor);
	call->cursor.ended = true;
	finding = shapes_finding(methods->watch, call->text);
	if (!json_is_null(finding))
		return json_pack("{s:[o]}", "findings", finding);
	json_decref(finding);
	return json_pack("{s:[]}", "findings");
}

json_t *lists_events(const struct methods *methods, struct call *call)
{
	return shapes_events(methods->watch, &call->cursor);
}

json_t *lists_alerts(const struct methods *methods, struct call *call)
{
	return alerts_list(methods->alerts, &call->cursor);
}

/* The next rows of the list behind those that wait already. */
static int fetch(const struct methods *methods, struct call *call)
{
	json_t *chunk = call->method->chunk(methods, call);
	json_t *rows = json_object_get(chunk, call->method->array);
	int r = 0;

	if (!rows)
		r = -1;
	else if (call->rows)
		r = json_array_extend(call->rows, rows);
	else
		call->rows = json_incref(rows);
	call->lost +=
		(uint64_t)json_integer_value(json_object_get(chunk, "lost"));
	json_decref(chunk);
	return r < 0 ? -ENOMEM : 0;
}

static void drop_rows(struct call *call)
{
	json_decref(call->rows);
	call->rows = NULL;
	call->at = 0;
	call->lost = 0;
}

static size_t rows_left(const struct call *call)
{
	return json_array_size(call->rows) - call->at;
}

/* The next n rows as one reply; VARLINK_FULL where they do not fit. */
static int put_rows(struct call *call, size_t n, bool continues,
		    struct varlink_buffer *out)
{
	json_t *part = json_array(), *reply;
	size_t i;
	int r = 0;

	for (i = 0; i < n; i++)
		r |= json_array_append(part, json_array_get(call->rows,
							    call->at + i));
	reply = json_pack("{s:o}", call->method->array, part);
	if (call->method->follows || (call->method->takes & TAKES_FOLLOW))
		r |= json_object_set_new(reply, "lost",
					 json_integer((json_int_t)call->lost));
	if (r < 0 || !reply) {
		json_decref(reply);
		return -ENOMEM;
	}
	r = varlink_put_reply(out, reply, continues);
	if (r == 0) {
		call->at += n;
		call->lost = 0;
		call->said = true;
	}
	return r;
}

/* As many of the rows that wait as fit one reply. */
static int put_part(struct call *call, struct varlink_buffer *out)
{
	bool last = call->cursor.ended && !call->follow;
	size_t n = rows_left(call);
	int r;

	r = put_rows(call, n, !last, out);
	while (r == VARLINK_FULL && n > 1) {
		n /= 2;
		r = put_rows(call, n, true, out);
	}
	if (r != 0)
		return r < 0 ? r : -EMSGSIZE;
	if (rows_left(call) > 0)
		return METHODS_MORE;
	drop_rows(call);
	if (last)
		return 0;
	return call->cursor.ended ? METHODS_WAIT : METHODS_MORE;
}

static int step_parts(const struct methods *methods, struct call *call,
		      struct varlink_buffer *out)
{
	int r;

	if (!call->rows) {
		r = fetch(methods, call);
		if (r < 0)
			return r;
	}
	if (rows_left(call) == 0 && call->follow && call->said && !call->lost) {
		drop_rows(call);
		return METHODS_WAIT;
	}
	return put_part(call, out);
}

/* All in one reply: gathered a chunk a step, so that events come between. */
static int step_whole(const struct methods *methods, struct call *call,
		      struct varlink_buffer *out)
{
	int r;

	r = fetch(methods, call);
	if (r < 0)
		return r;
	r = VARLINK_FULL;
	if (json_array_size(call->rows) <= VARLINK_REPLY_MAX / ROW_BYTES_MIN) {
		if (!call->cursor.ended)
			return METHODS_MORE;
		r = put_rows(call, rows_left(call), false, out);
	}
	if (r == VARLINK_FULL)
		r = varlink_put_error(out, VARLINK_EXPECTED_MORE, NULL);
	return r;
}

int lists_step(const struct methods *methods, struct call *call,
	       const struct stamp *now, struct varlink_buffer *out)
{
	(void)now;
	if (call->follow && !call->more)
		return varlink_put_error(out, VARLINK_EXPECTED_MORE, NULL);
	return call->more ? step_parts(methods, call, out) :
			    step_whole(methods, call, out);
}

int lists_step_nsids(const struct methods *methods, struct call *call,
		     const struct stamp *now, struct varlink_buffer *out)
{
	if (call->has_text && !call->found && !call_find(methods, call))
		return call_error(out, INTERFACE_NO_SUCH_NAMESPACE, "name",
				  call->text);
	return lists_step(methods, call, now, out);
}

int lists_step_findings(const struct methods *methods, struct call *call,
			const struct stamp *now, struct varlink_buffer *out)
{
	json_t *finding;
	bool known;

	if (call->has_text) {
		finding = shapes_finding(methods->watch, call->text);
		known = json_is_object(finding);
		json_decref(finding);
		if (!known)
			return call_error(out, INTERFACE_NO_SUCH_FINDING, "id",
					  call->text);
	}
	return lists_step(methods, call, now, out);
}
