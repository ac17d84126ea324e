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

/* Which member of the document, and of one of its members, is which field. */
static const struct {
	const char *field;
	const char *member;
	const char *part; /* NULL: the member itself */
} rows[] = {
	{ "MESSAGE", "message", NULL },
	{ "MESSAGE_ID", "message_id", NULL },
	{ "NSIDWATCH_ALERT", "alert", NULL },
	{ "NSIDWATCH_SOURCE", "source", NULL },
	{ "NSIDWATCH_AT", "at", NULL },
	{ "NSIDWATCH_FINDING", "kind", NULL },
	{ "NSIDWATCH_ID", "finding", "id" },
	{ "NSIDWATCH_STATE", "finding", "state" },
	{ "NSIDWATCH_HOLDER", "finding", "holder" },
	{ "NSIDWATCH_NSID", "finding", "nsid" },
	{ "NSIDWATCH_PEER", "finding", "peer" },
	{ "NSIDWATCH_DEATH", "finding", "death" },
	{ "NSIDWATCH_EVIDENCE", "finding", "evidence" },
	{ "NSIDWATCH_PEER", "namespace", NULL },
	{ "NSIDWATCH_MORE", "more", NULL },
	{ "NSIDWATCH_TOTAL", "total", NULL },
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

/* A namespace is what people call it. */
static void add_value(struct record *record, const char *field,
		      const json_t *value)
{
	static const char *const called[] = { "label", "name", "nsid" };
	const json_t *part = NULL;
	char number[24];
	size_t i;

	if (json_is_true(json_object_get(value, "home"))) {
		add(record, field, "home");
		return;
	}
	for (i = 0; json_is_object(value) && i < 3 && !part; i++) {
		part = json_object_get(value, called[i]);
		part = json_is_null(part) ? NULL : part;
	}
	value = json_is_object(value) ? part : value;
	if (json_is_string(value)) {
		add(record, field, json_string_value(value));
	} else if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
		add(record, field, number);
	}
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
	const json_t *value;
	char priority[2] = { (char)('0' + (int)alert->level), '\0' };
	size_t i;
	int r;

	add(&record, "PRIORITY", priority);
	add(&record, "SYSLOG_IDENTIFIER", "nsidwatchd");
	for (i = 0; i < ROWS; i++) {
		value = json_object_get(alert->document, rows[i].member);
		if (rows[i].part)
			value = json_object_get(value, rows[i].part);
		add_value(&record, rows[i].field, value);
	}
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
