/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/methods.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/ledger.h"
#include "common/engine/watch.h"
#include "daemon/call.h"

static const struct method table[] = {
	{ INTERFACE_GET_INFO, .step = replies_info },
	{ INTERFACE_GET_DESCRIPTION, TAKES_INTERFACE, TAKES_INTERFACE,
	  .step = replies_description },
	{ INTERFACE_STATUS, .step = replies_status },
	{ INTERFACE_NAMESPACES, TAKES_LINGERING | TAKES_NAMES, 0, lists_step,
	  lists_namespaces, .array = "namespaces" },
	{ INTERFACE_NSIDS, TAKES_HOLDER, 0, lists_step_nsids, lists_nsids,
	  .array = "entries" },
	{ INTERFACE_DEATHS, TAKES_LIMIT, 0, lists_step, lists_deaths,
	  .array = "deaths" },
	{ INTERFACE_PASSES, TAKES_LIMIT, 0, lists_step, lists_passes,
	  .array = "passes" },
	{ INTERFACE_FINDINGS, TAKES_ID | TAKES_LIMIT, 0, lists_step_findings,
	  lists_findings, .array = "findings" },
	{ INTERFACE_EVENTS, TAKES_LIMIT | TAKES_FOLLOW, 0, lists_step,
	  lists_events, .array = "events" },
	{ INTERFACE_SUBSCRIBE, TAKES_LIMIT, 0, lists_step, lists_alerts,
	  .array = "alerts", .follows = true },
	{ INTERFACE_AUDIT, .step = replies_audit, .asks_kernel = true },
	{ INTERFACE_WAIT_GONE, TAKES_NAME | TAKES_TIMEOUT, TAKES_NAME,
	  .step = gone_step, .asks_kernel = true },
};

#define METHODS (sizeof(table) / sizeof(table[0]))

const char *methods_name(size_t index)
{
	return index < METHODS ? table[index].name : NULL;
}

/* ---- for those that answer ------------------------------------------------- */

int call_error(struct varlink_buffer *out, const char *error, const char *key,
	       const char *value)
{
	return varlink_put_error(out, error, json_pack("{s:s}", key, value));
}

bool call_find(const struct methods *methods, struct call *call)
{
	const struct netns *netns = shapes_find(methods->watch, call->text);

	if (!netns)
		return false;
	call->found = true;
	call->nsid = netns->nsid;
	call->serial = netns->serial;
	return true;
}

/* The namespace that was found, or NULL when it has ended since. */
const struct netns *call_found(const struct methods *methods,
			       const struct call *call)
{
	const struct netns *netns = ledger_holder(watch_ledger(methods->watch),
						  call->nsid);

	return netns && netns->serial == call->serial && !netns->ended_seq ?
		       netns :
		       NULL;
}

/* ---- requests ------------------------------------------------------------- */

static bool read_text(const json_t *value, struct call *call)
{
	const char *text = json_string_value(value);

	if (!text || !*text || strlen(text) >= sizeof(call->text))
		return false;
	strcpy(call->text, text);
	call->has_text = true;
	return true;
}

static bool read_number(const json_t *value, uint64_t min, uint64_t max,
			uint64_t *ret_number)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 0 || (uint64_t)number < min ||
	    (uint64_t)number > max)
		return false;
	*ret_number = (uint64_t)number;
	return true;
}

static const struct parameter {
	const char *name;
	enum parameter_bit bit;
} parameters[] = {
	{ "holder", TAKES_HOLDER }, { "id", TAKES_ID },
	{ "name", TAKES_NAME },	    { "interface", TAKES_INTERFACE },
	{ "limit", TAKES_LIMIT },   { "timeout_ms", TAKES_TIMEOUT },
	{ "follow", TAKES_FOLLOW }, { "lingering", TAKES_LINGERING },
	{ "names", TAKES_NAMES },
};

#define PARAMETERS (sizeof(parameters) / sizeof(parameters[0]))

static bool read_parameter(struct call *call, enum parameter_bit bit,
			   const json_t *value)
{
	switch (bit) {
	case TAKES_HOLDER:
	case TAKES_ID:
	case TAKES_NAME:
	case TAKES_INTERFACE:
		return read_text(value, call);
	case TAKES_LIMIT:
		return read_number(value, 1, INTERFACE_LIMIT_MAX, &call->limit);
	case TAKES_TIMEOUT:
		return read_number(value, 0, INTERFACE_TIMEOUT_MAX_MS,
				   &call->timeout_ms);
	case TAKES_LINGERING:
		call->cursor.lingering = json_is_true(value);
		return json_is_boolean(value);
	case TAKES_NAMES:
		call->cursor.nameless = json_is_false(value);
		return json_is_boolean(value);
	case TAKES_FOLLOW:
		call->follow = json_is_true(value);
		return json_is_boolean(value);
	}
	return false;
}

/* NULL where all is well, else the parameter that is not. */
static const char *read_parameters(struct call *call, json_t *given)
{
	const struct method *method = call->method;
	unsigned int seen = 0;
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach(given, key, value) {
		for (i = 0; i < PARAMETERS; i++)
			if ((method->takes & parameters[i].bit) &&
			    strcmp(parameters[i].name, key) == 0)
				break;
		if (i == PARAMETERS)
			return key;
		if (json_is_null(value))
			continue;
		if (!read_parameter(call, parameters[i].bit, value))
			return key;
		seen |= parameters[i].bit;
	}
	for (i = 0; i < PARAMETERS; i++)
		if (method->needs & ~seen & parameters[i].bit)
			return parameters[i].name;
	return NULL;
}

static const struct method *find_method(const char *name)
{
	size_t i;

	for (i = 0; i < METHODS; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

/* Nobody knows the method: is it the method, or all of its interface? */
static int refuse_unknown(struct varlink_buffer *out, const char *name)
{
	const char *dot = strrchr(name, '.'), *interface;
	size_t i, length = dot ? (size_t)(dot - name) : 0;
	json_t *shown;

	for (i = 0; (interface = interface_name(i)); i++)
		if (strlen(interface) == length &&
		    strncmp(interface, name, length) == 0)
			return call_error(out, VARLINK_METHOD_NOT_FOUND,
					  "method", name);
	shown = json_stringn(name, length);
	return varlink_put_error(out, VARLINK_INTERFACE_NOT_FOUND,
				 json_pack("{s:o}", "interface", shown));
}

static int begin(const struct methods *methods,
		 const struct varlink_call *request, struct varlink_buffer *out,
		 struct call **ret_call)
{
	const struct method *method = find_method(request->method);
	struct call *call;
	const char *bad;

	if (!method)
		return refuse_unknown(out, request->method);
	if (method->asks_kernel && methods->daemon->replay)
		return varlink_put_error(out, INTERFACE_NO_KERNEL, NULL);
	call = calloc(1, sizeof(*call));
	if (!call)
		return -ENOMEM;
	call->method = method;
	call->more = request->more;
	call->follow = method->follows;
	call->timeout_ms = UINT64_MAX;
	bad = read_parameters(call, request->parameters);
	if (bad) {
		methods_call_free(call);
		return call_error(out, VARLINK_INVALID_PARAMETER, "parameter",
				  bad);
	}
	call->cursor.limit = call->limit;
	*ret_call = call;
	return METHODS_MORE;
}

/* Nobody reads a reply: only what the first step does is wanted. */
static int begin_oneway(const struct methods *methods,
			const struct varlink_call *request,
			const struct stamp *now)
{
	struct varlink_buffer unread;
	struct call *call = NULL;
	int r;

	varlink_buffer_init(&unread, VARLINK_REPLY_MAX);
	r = begin(methods, request, &unread, &call);
	if (r == METHODS_MORE) {
		varlink_buffer_deinit(&unread);
		r = methods_step(methods, call, now, &unread);
	}
	methods_call_free(call);
	varlink_buffer_deinit(&unread);
	return r < 0 ? r : 0;
}

int methods_begin(const struct methods *methods,
		  const struct varlink_call *request, const struct stamp *now,
		  struct varlink_buffer *out, struct call **ret_call)
{
	if (request->oneway)
		return begin_oneway(methods, request, now);
	return begin(methods, request, out, ret_call);
}

int methods_step(const struct methods *methods, struct call *call,
		 const struct stamp *now, struct varlink_buffer *out)
{
	return call->method->step(methods, call, now, out);
}

int methods_end(struct varlink_buffer *out)
{
	return varlink_put_error(out, INTERFACE_ENDING, NULL);
}

uint64_t methods_deadline(const struct call *call)
{
	if (!call->found && call->known_ns &&
	    call->known_ns < call->deadline_ns)
		return call->known_ns;
	return call->deadline_ns ? call->deadline_ns : UINT64_MAX;
}

struct call *methods_call_free(struct call *call)
{
	if (!call)
		return NULL;
	json_decref(call->rows);
	free(call);
	return NULL;
}
