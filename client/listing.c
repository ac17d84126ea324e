/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/listing.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/options.h"
#include "client/remote.h"
#include "client/verbs.h"
#include "common/wire/varlink.h"

/* What has come of a list. */
struct listing {
	const char *key;
	struct tables *table;	    /* owned; NULL: it becomes JSON */
	struct varlink_buffer rows; /* for JSON: their text */
	json_t *rest;		    /* owned, for JSON: what stands beside */
};

static int out_of_memory(void)
{
	fprintf(stderr, "nsidwatch: out of memory\n");
	return STATUS_FAILURE;
}

/* ---- JSON ----------------------------------------------------------------- */

static int write_text(const char *bytes, size_t size, void *userdata)
{
	return varlink_buffer_append(userdata, bytes, size) == 0 ? 0 : -1;
}

static int put_row(struct varlink_buffer *out, const json_t *row)
{
	int r = 0;

	if (varlink_buffer_size(out) > 0)
		r = varlink_buffer_append(out, ",\n", 2);
	if (r == 0)
		r = json_dump_callback(row, write_text, out, JSON_COMPACT);
	return r == 0 ? 0 : -ENOMEM;
}

/* Its rows behind those before, what else it has beside them. */
static int add_json(struct listing *listing, json_t *reply, const json_t *rows)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < json_array_size(rows); i++)
		r = put_row(&listing->rows, json_array_get(rows, i));
	if (r == 0)
		r = json_object_del(reply, listing->key);
	if (r == 0)
		r = json_object_update_missing(listing->rest, reply);
	return r;
}

static int print_json(const struct listing *listing, FILE *stream)
{
	size_t size = varlink_buffer_size(&listing->rows);
	char *rest = json_dumps(listing->rest, JSON_COMPACT);
	const char *line = size > 0 ? "\n" : "";

	if (!rest)
		return -ENOMEM;
	fprintf(stream, "{\"%s\":[%s", listing->key, line);
	fwrite(varlink_buffer_bytes(&listing->rows), 1, size, stream);
	/* the rest is an object of its own: it goes on behind the bracket */
	fprintf(stream, "%s]%s%s\n", line,
		json_object_size(listing->rest) > 0 ? "," : "", rest + 1);
	free(rest);
	return 0;
}

/* ---- a reply at a time ---------------------------------------------------- */

static int add(struct listing *listing, json_t *reply)
{
	const json_t *rows = json_object_get(reply, listing->key);
	int r;

	if (!json_is_array(rows)) {
		fprintf(stderr, "nsidwatch: the daemon's answer has no '%s'\n",
			listing->key);
		return STATUS_FAILURE;
	}
	r = listing->table ? tables_add(listing->table, rows) :
			     add_json(listing, reply, rows);
	return r != 0 ? out_of_memory() : STATUS_WELL;
}

static int next(struct listing *listing, struct remote *remote,
		bool *ret_continues)
{
	json_t *reply;
	int status;

	status = remote_next(remote, &reply, ret_continues);
	if (status)
		return status;
	status = add(listing, reply);
	json_decref(reply);
	return status;
}

/* parameters are given away. */
static int gather(struct listing *listing, const char *socket,
		  const char *method, json_t *parameters)
{
	bool continues = true;
	struct remote *remote;
	int status;

	status = remote_open(socket, &remote);
	if (status) {
		json_decref(parameters);
		return status;
	}
	status = remote_call(remote, method, parameters, true);
	while (!status && continues)
		status = next(listing, remote, &continues);
	remote_close(remote);
	return status;
}

static int print(const struct listing *listing, const struct options *options)
{
	struct show show;
	int r, status;

	show_open(options, true, &show);
	r = listing->table ? tables_print(listing->table, &show) :
			     print_json(listing, show.stream);
	status = show_close(&show);
	return r < 0 ? out_of_memory() : status;
}

int listing_ask(const struct options *options, const char *method,
		enum list list, json_t *parameters)
{
	struct listing listing = { .key = tables_key(list) };
	int status, r = 0;

	varlink_buffer_init(&listing.rows, SIZE_MAX);
	if (options->json)
		listing.rest = json_object();
	else
		r = tables_new(list, &listing.table);
	if (r < 0 || (options->json && !listing.rest)) {
		json_decref(parameters);
		return out_of_memory();
	}
	status = gather(&listing, options->socket, method, parameters);
	if (!status)
		status = print(&listing, options);
	varlink_buffer_deinit(&listing.rows);
	json_decref(listing.rest);
	tables_free(listing.table);
	return status;
}
