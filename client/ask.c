/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/ask.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/listing.h"
#include "client/options.h"
#include "client/remote.h"
#include "client/show.h"
#include "client/tables.h"
#include "client/verbs.h"
#include "common/wire/interface.h"
#include "common/wire/text.h"

/* What the answer to a wait may take beyond the time that was given. */
#define ANSWER_MS 5000

/* How far back a terminal wants to see; who reads from a pipe wants all. */
#define FOLLOW_BACK 20

static int out_of_memory(void)
{
	fprintf(stderr, "nsidwatch: out of memory\n");
	return STATUS_FAILURE;
}

/* A name that is no UTF-8 goes as it is shown. NULL: no memory. */
static json_t *name_parameter(const char *key, const char *name)
{
	json_t *parameters = json_pack("{s:s}", key, name);
	char *escaped;

	if (parameters)
		return parameters;
	escaped = text_escape(name);
	if (escaped)
		parameters = json_pack("{s:s}", key, escaped);
	free(escaped);
	return parameters;
}

static int not_utf8(void)
{
	fprintf(stderr, "nsidwatch: the name is no UTF-8\n");
	return STATUS_USAGE;
}

/* Does anybody answer there? At most so long it is waited for. */
static int greet(struct remote *remote, int ms)
{
	json_t *reply = NULL;
	bool continues;
	int status;

	remote_patience(remote, ms);
	status = remote_call(remote, INTERFACE_GET_INFO, NULL, false);
	if (!status)
		status = remote_next(remote, &reply, &continues);
	json_decref(reply);
	return status;
}

int ask_long_call(const struct options *options, const char *method,
		  json_t *parameters, int ms, json_t **ret_reply)
{
	bool short_one = ms >= 0 && ms < REMOTE_PATIENCE_MS, continues;
	struct remote *remote = NULL;
	int status;

	status = remote_open(options->socket, &remote);
	if (!status)
		status = greet(remote, short_one ? ms : REMOTE_PATIENCE_MS);
	if (status) {
		json_decref(parameters);
		remote_close(remote);
		return status;
	}
	remote_patience(remote, ms);
	status = remote_call(remote, method, parameters, false);
	if (!status)
		status = remote_next(remote, ret_reply, &continues);
	remote_close(remote);
	return status;
}

int ask_call(const struct options *options, const char *method,
	     json_t *parameters, json_t **ret_reply)
{
	struct remote *remote;
	bool continues;
	int status;

	status = remote_open(options->socket, &remote);
	if (status) {
		json_decref(parameters);
		return status;
	}
	status = remote_call(remote, method, parameters, false);
	if (!status)
		status = remote_next(remote, ret_reply, &continues);
	remote_close(remote);
	return status;
}

/* The rows of one reply go to those of the replies before it. */
static int gather(json_t *list, json_t *reply, const char *key)
{
	json_t *rows = json_object_get(list, key);
	json_t *more = json_object_get(reply, key);

	if (!json_is_array(more)) {
		fprintf(stderr, "nsidwatch: the daemon's answer has no '%s'\n",
			key);
		return STATUS_FAILURE;
	}
	if (!rows)
		return json_object_update(list, reply) < 0 ? out_of_memory() :
							     STATUS_WELL;
	return json_array_extend(rows, more) < 0 ? out_of_memory() :
						   STATUS_WELL;
}

int ask_rows(const struct options *options, const char *method, const char *key,
	     json_t *parameters, json_t **ret_list)
{
	json_t *list = json_object(), *reply = NULL;
	bool continues = true;
	struct remote *remote;
	int status;

	status = remote_open(options->socket, &remote);
	if (status) {
		json_decref(parameters);
		json_decref(list);
		return status;
	}
	status = remote_call(remote, method, parameters, true);
	while (!status && continues) {
		status = remote_next(remote, &reply, &continues);
		if (status)
			break;
		status = gather(list, reply, key);
		json_decref(reply);
	}
	remote_close(remote);
	if (status) {
		json_decref(list);
		return status;
	}
	*ret_list = list;
	return STATUS_WELL;
}

int ask_namespaces(const struct options *options)
{
	if (options->lingering)
		return listing_ask(options, INTERFACE_NAMESPACES,
				   LIST_LINGERING,
				   json_pack("{s:b}", "lingering", 1));
	return listing_ask(options, INTERFACE_NAMESPACES,
			   options->names ? LIST_NAMES : LIST_NAMESPACES,
			   json_pack("{s:b}", "names", (int)options->names));
}

int ask_nsids(const struct options *options)
{
	json_t *parameters = NULL;

	if (options->n_arguments > 0) {
		parameters = name_parameter("holder", options->arguments[0]);
		if (!parameters)
			return STATUS_FAILURE;
	}
	return listing_ask(options, INTERFACE_NSIDS, LIST_NSIDS, parameters);
}

int ask_deaths(const struct options *options)
{
	return listing_ask(options, INTERFACE_DEATHS, LIST_DEATHS, NULL);
}

int ask_passes(const struct options *options)
{
	return listing_ask(options, INTERFACE_PASSES, LIST_PASSES, NULL);
}

typedef void show_one(const struct show *show, const json_t *document);

/* A document that fits one screen, or less. */
static int put(const struct options *options, const json_t *document,
	       bool paged, show_one *writer)
{
	struct show show;

	show_open(options, paged, &show);
	if (show.json)
		show_document(&show, document, false);
	else
		writer(&show, document);
	return show_close(&show);
}

int ask_status(const struct options *options)
{
	json_t *document;
	int status;

	status = ask_call(options, INTERFACE_STATUS, NULL, &document);
	if (status)
		return status;
	status = put(options, document, true, show_status);
	json_decref(document);
	return status;
}

static int explain(const struct options *options)
{
	const char *key = tables_key(LIST_FINDINGS);
	json_t *parameters, *document, *finding;
	int status;

	parameters = json_pack("{s:s}", "id", options->explain);
	if (!parameters)
		return not_utf8();
	status = ask_rows(options, INTERFACE_FINDINGS, key, parameters,
			  &document);
	if (status)
		return status;
	finding = json_array_get(json_object_get(document, key), 0);
	status = put(options, finding, true, show_explanation);
	json_decref(document);
	return status;
}

int ask_findings(const struct options *options)
{
	if (options->explain)
		return explain(options);
	return listing_ask(options, INTERFACE_FINDINGS, LIST_FINDINGS, NULL);
}

/* ---- events --------------------------------------------------------------- */

static void put_events(const struct show *show, const json_t *reply)
{
	long long lost = (long long)show_number(reply, "lost");
	const json_t *events = show_at(reply, tables_key(LIST_EVENTS));
	const json_t *event;
	size_t i;

	if (lost > 0)
		fprintf(stderr,
			"nsidwatch: %lld events came too fast to be shown\n",
			lost);
	for (i = 0; i < json_array_size(events); i++) {
		event = json_array_get(events, i);
		if (show->json)
			show_document(show, event, true);
		else
			tables_show_event(show, event);
	}
	fflush(show->stream);
}

static int follow_events(const struct options *options, struct remote *remote,
			 json_t *parameters)
{
	bool continues = true;
	struct show show;
	json_t *reply;
	int status;

	show_open(options, false, &show);
	remote_watch_output(remote, STDOUT_FILENO);
	status = remote_call(remote, INTERFACE_EVENTS, parameters, true);
	while (!status && continues && !show_gone(&show)) {
		status = remote_next(remote, &reply, &continues);
		if (status || !reply)
			break;
		put_events(&show, reply);
		json_decref(reply);
		remote_patience(remote, -1); /* it lives; now it is quiet */
	}
	show_close(&show);
	return status;
}

int ask_events(const struct options *options)
{
	struct remote *remote;
	json_t *parameters;
	int status;

	if (!options->follow)
		return listing_ask(options, INTERFACE_EVENTS, LIST_EVENTS,
				   NULL);
	status = remote_open(options->socket, &remote);
	if (status)
		return status;
	if (isatty(STDOUT_FILENO))
		parameters = json_pack("{s:b, s:i}", "follow", 1, "limit",
				       FOLLOW_BACK);
	else
		parameters = json_pack("{s:b}", "follow", 1);
	status = follow_events(options, remote, parameters);
	remote_close(remote);
	return status;
}

/* ---- audit and wait ------------------------------------------------------- */

int ask_audit(const struct options *options)
{
	json_t *document;
	bool differs, part;
	int status;

	status = ask_long_call(options, INTERFACE_AUDIT, NULL, ASK_AUDIT_MS,
			       &document);
	if (status)
		return status;
	differs = show_number(document, "mismatches") > 0;
	part = show_number(document, "beyond") > 0;
	status = put(options, document, false, show_audit);
	json_decref(document);
	if (status != STATUS_WELL)
		return status;
	return differs ? STATUS_FINDINGS :
	       part    ? STATUS_INDETERMINATE :
			 STATUS_WELL;
}

static void show_gone_name(const struct show *show, const json_t *document)
{
	(void)show;
	(void)document;
}

/* The daemon keeps the time; beyond it, it has a little for its answer. */
static int wait_ms(const struct options *options)
{
	uint64_t ms = options->timeout_ns / 1000000u + ANSWER_MS;

	return options->timeout_given && ms < INT_MAX ? (int)ms : -1;
}

int ask_wait(const struct options *options)
{
	json_t *parameters, *document;
	int status;

	parameters = name_parameter("name", options->gone);
	if (!parameters)
		return STATUS_FAILURE;
	if (options->timeout_given)
		json_object_set_new(parameters, "timeout_ms",
				    json_integer(
					    (json_int_t)(options->timeout_ns /
							 1000000u)));
	status = ask_long_call(options, INTERFACE_WAIT_GONE, parameters,
			       wait_ms(options), &document);
	if (status)
		return status;
	status = put(options, document, false, show_gone_name);
	json_decref(document);
	return status;
}
