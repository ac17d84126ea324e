/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/journal.h"

#include "daemon/alert.h"
#include "daemon/log.h"

#ifdef HAVE_LIBSYSTEMD

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

/* Which member of the document, and of one of its members, is which field; the
 * catalog's texts have these, so where nothing is known they say so. */
static const struct {
	const char *field;
	const char *member;
	const char *part;    /* NULL: the member itself */
	const char *unknown; /* instead of a null part; NULL: no field */
} rows[] = {
	{ "MESSAGE", "message", NULL, NULL },
	{ "MESSAGE_ID", "message_id", NULL, NULL },
	{ "NSIDWATCH_ALERT", "alert", NULL, NULL },
	{ "NSIDWATCH_SOURCE", "source", NULL, NULL },
	{ "NSIDWATCH_AT", "at", NULL, NULL },
	{ "NSIDWATCH_FINDING", "kind", NULL, NULL },
	{ "NSIDWATCH_ID", "finding", "id", NULL },
	{ "NSIDWATCH_STATE", "finding", "state", NULL },
	{ "NSIDWATCH_HOLDER", "finding", "holder", "an unknown namespace" },
	{ "NSIDWATCH_NSID", "finding", "nsid", NULL },
	{ "NSIDWATCH_PEER", "finding", "peer", "an unknown namespace" },
	{ "NSIDWATCH_DEATH", "finding", "death", NULL },
	{ "NSIDWATCH_EVIDENCE", "finding", "evidence", NULL },
	{ "NSIDWATCH_PEER", "namespace", NULL, NULL },
	{ "NSIDWATCH_SINCE", "lingering", "since", "an unknown moment" },
	{ "NSIDWATCH_OWNER", "lingering", "owner", "nobody who was seen" },
	{ "NSIDWATCH_HELD_BY", "lingering", "held_by", NULL },
	{ "NSIDWATCH_MORE", "more", NULL, NULL },
	{ "NSIDWATCH_TOTAL", "total", NULL, NULL },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define FIELDS (ROWS + 3)

struct record {
	struct iovec fields[FIELDS];
	int n;
};

static void add(struct record *record, const char *field, const char *value)
{
	char *text;
	int length = asprintf(&text, "%s=%s", field, value);

	if (length < 0)
		return;
	record->fields[record->n].iov_base = text;
	record->fields[record->n].iov_len = (size_t)length;
	record->n++;
}

static void add_list(struct record *record, const char *field,
		     const json_t *list)
{
	char text[128] = "";
	const char *item;
	size_t i, at = 0;

	for (i = 0; i < json_array_size(list) && at < sizeof(text); i++) {
		item = json_string_value(json_array_get(list, i));
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s",
				       i ? ", " : "", item ? item : "?");
	}
	add(record, field, text);
}

/* A namespace is what people call it. */
static void add_namespace(struct record *record, const char *field,
			  const json_t *of)
{
	const char *label = json_string_value(json_object_get(of, "label"));
	const char *name = json_string_value(json_object_get(of, "name"));
	const json_t *nsid = json_object_get(of, "nsid");
	char number[40] = "an unnamed namespace";

	if (json_is_integer(nsid))
		snprintf(number, sizeof(number),
			 "namespace %" JSON_INTEGER_FORMAT,
			 json_integer_value(nsid));
	if (json_is_true(json_object_get(of, "home")))
		label = "home";
	add(record, field, label ? label : name ? name : number);
}

static void add_value(struct record *record, const char *field,
		      const json_t *value)
{
	char number[24];

	if (json_is_object(value)) {
		add_namespace(record, field, value);
	} else if (json_is_array(value)) {
		add_list(record, field, value);
	} else if (json_is_string(value)) {
		add(record, field, json_string_value(value));
	} else if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
		add(record, field, number);
	}
}

static void add_row(struct record *record, size_t row, const json_t *document)
{
	const json_t *value = json_object_get(document, rows[row].member);

	if (rows[row].part)
		value = json_object_get(value, rows[row].part);
	/* Not of a part whose whole is not there. */
	if (rows[row].unknown && json_is_null(value))
		add(record, rows[row].field, rows[row].unknown);
	else
		add_value(record, rows[row].field, value);
}

/* Of whose death it tells, or of whose long life. */
static const json_t *container(const json_t *document)
{
	const json_t *of = json_object_get(document, "namespace");

	if (json_is_null(of))
		of = json_object_get(json_object_get(document, "finding"),
				     "peer");
	return json_object_get(of, "container");
}

static int send_fields(const struct alert *alert)
{
	struct record record = { .n = 0 };
	char priority[2] = { (char)('0' + (int)alert->level), '\0' };
	size_t i;
	int r;

	add(&record, "PRIORITY", priority);
	add(&record, "SYSLOG_IDENTIFIER", "nsidwatchd");
	for (i = 0; i < ROWS; i++)
		add_row(&record, i, alert->document);
	add_value(&record, "NSIDWATCH_CONTAINER", container(alert->document));
	r = sd_journal_sendv(record.fields, record.n);
	while (record.n > 0)
		free(record.fields[--record.n].iov_base);
	return r;
}

void journal_send(const struct alert *alert)
{
	if (!log_is_journal() || !alert->document || send_fields(alert) < 0)
		log_line(alert->level, "%s", alert->text);
}

#else

void journal_send(const struct alert *alert)
{
	log_line(alert->level, "%s", alert->text);
}

#endif
