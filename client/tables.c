/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire/text.h"

enum form {
	FORM_TEXT,
	FORM_NUMBER,
	FORM_NETNS,
	FORM_SELF,  /* the row itself is the namespace */
	FORM_SPAN,  /* microseconds */
	FORM_YES,   /* "yes" or nothing */
	FORM_TABLE, /* how far a holder's table is known */
	FORM_LIST,  /* strings */
	FORM_SINCE, /* since when it lingers, or before that */
	FORM_NAMES, /* names that lead to a namespace; a text where none does */
	FORM_EACH,  /* all of them; a text where nobody knows more */
};

struct column {
	const char *heading; /* as text_table_new() takes them */
	const char *path;
	const char *instead; /* path where that one leads to nothing, or NULL */
	enum form form;
};

#define COLUMNS_MAX 12

struct table {
	const char *key;
	const char *empty; /* instead of no rows */
	struct column columns[COLUMNS_MAX];
};

static const struct table kinds[LISTS] = {
	[LIST_NAMESPACES] = { "namespaces",
			      "no namespace is known",
			      {
				      { "NAMESPACE", "", NULL, FORM_SELF },
				      { ">NSID", "nsid", NULL, FORM_NUMBER },
				      { "STATE", "state", NULL, FORM_TEXT },
				      { "HELD BY", "held_by", NULL, FORM_LIST },
				      { ">HOLDERS", "holders", NULL,
					FORM_NUMBER },
				      { ">ENTRIES", "table.entries", NULL,
					FORM_NUMBER },
				      { "TABLE", "table", NULL, FORM_TABLE },
				      { ">ID", "id", "ino", FORM_NUMBER },
				      { "SINCE", "since", NULL, FORM_TEXT },
				      { "NAME", "name", NULL, FORM_TEXT },
			      } },
	[LIST_NAMES] = { "namespaces",
			 "no namespace is known",
			 {
				 { "NAMESPACE", "", NULL, FORM_SELF },
				 { ">NSID", "nsid", NULL, FORM_NUMBER },
				 { "STATE", "state", NULL, FORM_TEXT },
				 { ">ID", "id", "ino", FORM_NUMBER },
				 { "NAMES", "names", "name", FORM_EACH },
			 } },
	[LIST_LINGERING] = { "namespaces",
			     "no namespace lingers",
			     {
				     { "NAMESPACE", "", NULL, FORM_SELF },
				     { ">NSID", "nsid", NULL, FORM_NUMBER },
				     { "LINGERS SINCE", "lingering_since", NULL,
				       FORM_SINCE },
				     { "OWNER", "owner", NULL, FORM_TEXT },
				     { "HELD BY", "held_by", NULL, FORM_LIST },
				     { "NAMELY", "names", "hint", FORM_NAMES },
			     } },
	[LIST_NSIDS] = { "entries",
			 "no entry",
			 {
				 { "HOLDER", "holder", NULL, FORM_NETNS },
				 { ">NSID", "nsid", NULL, FORM_NUMBER },
				 { "PEER", "peer", NULL, FORM_NETNS },
				 { "SINCE", "since", NULL, FORM_TEXT },
			 } },
	[LIST_DEATHS] = { "deaths",
			  "no death was seen",
			  {
				  { ">ID", "id", NULL, FORM_NUMBER },
				  { "PEER", "peer", NULL, FORM_NETNS },
				  { "VERDICT", "verdict", NULL, FORM_TEXT },
				  { "BY", "proof", "reason", FORM_TEXT },
				  { ">EXPECTED", "expected", NULL, FORM_NUMBER },
				  { ">REMOVED", "removals", NULL, FORM_NUMBER },
				  { ">EXCUSED", "excused", NULL, FORM_NUMBER },
				  { ">DURATION", "duration_us", NULL,
				    FORM_SPAN },
				  { "OVERDUE", "overdue", NULL, FORM_YES },
				  { "OPENED", "opened", NULL, FORM_TEXT },
			  } },
	[LIST_PASSES] = { "passes",
			  "no pass was seen",
			  {
				  { ">ID", "id", NULL, FORM_NUMBER },
				  { "ORDER", "order", NULL, FORM_TEXT },
				  { ">PEERS", "peers", NULL, FORM_NUMBER },
				  { ">HOLDERS", "holders", NULL, FORM_NUMBER },
				  { ">REMOVALS", "removals", NULL, FORM_NUMBER },
				  { ">SPAN", "span_us", NULL, FORM_SPAN },
				  { "BEGIN", "begin", NULL, FORM_TEXT },
			  } },
	[LIST_FINDINGS] = { "findings",
			    "no finding",
			    {
				    { ">ID", "id", NULL, FORM_TEXT },
				    { "KIND", "kind", NULL, FORM_TEXT },
				    { "STATE", "state", NULL, FORM_TEXT },
				    { "HOLDER", "holder", NULL, FORM_NETNS },
				    { ">NSID", "nsid", NULL, FORM_NUMBER },
				    { "PEER", "peer", NULL, FORM_NETNS },
				    { "AT", "at", NULL, FORM_TEXT },
				    { "EVIDENCE", "evidence", NULL, FORM_TEXT },
			    } },
	[LIST_EVENTS] = { "events",
			  "no event is kept",
			  {
				  { ">SEQ", "seq", NULL, FORM_NUMBER },
				  { "AT", "at", NULL, FORM_TEXT },
				  { "TYPE", "type", NULL, FORM_TEXT },
				  { "HOLDER", "holder", NULL, FORM_NETNS },
				  { ">NSID", "nsid", NULL, FORM_NUMBER },
				  { "PEER", "peer", NULL, FORM_NETNS },
			  } },
};

const char *tables_key(enum list list)
{
	return kinds[list].key;
}

/* Takes plain, which may be NULL. */
static int cell_plain(struct text_table *table, char *plain)
{
	int r = text_table_cell(table, plain);

	free(plain);
	return r;
}

static int cell_span(struct text_table *table, const json_t *value)
{
	char text[TEXT_DURATION_MAX];

	if (!json_is_integer(value))
		return text_table_cell(table, NULL);
	text_duration((uint64_t)json_integer_value(value) * 1000u, text);
	return text_table_cell(table, text);
}

static int cell_table(struct text_table *table, const json_t *value)
{
	const char *trust = show_string(value, "trust");

	if (trust && strcmp(trust, "live") == 0)
		trust = json_is_true(show_at(value, "complete")) ? "complete" :
								   "partial";
	return text_table_cell(table, trust);
}

static int cell_list(struct text_table *table, const json_t *value)
{
	const char *item;
	char text[128];
	size_t i, at = 0;

	for (i = 0; i < json_array_size(value) && at < sizeof(text); i++) {
		item = json_string_value(json_array_get(value, i));
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s",
				       i ? ", " : "", item ? item : "?");
	}
	return text_table_cell(table, at ? text : NULL);
}

/* The first of them, which is enough to find the others. */
static int cell_names(struct text_table *table, const json_t *value)
{
	const json_t *name = json_array_get(value, 0);
	const char *text = show_string(name, "name");
	const char *label = show_string(name, "label");
	char *both = NULL;
	int r;

	if (!text)
		return text_table_cell(table, json_string_value(value));
	if (label && strcmp(label, text) != 0 &&
	    asprintf(&both, "%s, %s", label, text) < 0)
		return -ENOMEM;
	r = cell_plain(table, show_plain(both ? both : text));
	free(both);
	return r;
}

static int cell_text(struct text_table *table, const json_t *value)
{
	const char *text = json_string_value(value);

	/* most have nothing that was escaped */
	if (!text || !strchr(text, '\\'))
		return text_table_cell(table, text);
	return cell_plain(table, show_plain(text));
}

static int cell_each(struct text_table *table, const json_t *names)
{
	char *text = NULL, *plain;
	const char *name;
	size_t size, i;
	FILE *stream;

	if (!json_array_size(names))
		return cell_text(table, names);
	stream = open_memstream(&text, &size);
	if (!stream)
		return -ENOMEM;
	for (i = 0; i < json_array_size(names); i++) {
		name = show_string(json_array_get(names, i), "name");
		fprintf(stream, "%s%s", i ? ", " : "", name ? name : "?");
	}
	plain = fclose(stream) == 0 ? show_plain(text) : NULL;
	free(text);
	return plain ? cell_plain(table, plain) : -ENOMEM;
}

static int cell_since(struct text_table *table, const json_t *value,
		      const json_t *row)
{
	const char *since = json_string_value(value);
	char text[64];

	if (!since || !json_is_true(show_at(row, "lingering_at_least")))
		return cell_text(table, value);
	snprintf(text, sizeof(text), "%s or before", since);
	return text_table_cell(table, text);
}

static int cell_number(struct text_table *table, const json_t *value)
{
	char text[24];

	if (!json_is_integer(value))
		return text_table_cell(table, NULL);
	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(value));
	return text_table_cell(table, text);
}

static int cell(struct text_table *table, const struct column *column,
		const json_t *row)
{
	const json_t *value = show_at(row, column->path);

	if (column->instead &&
	    (!value || json_is_null(value) ||
	     (json_is_array(value) && json_array_size(value) == 0)))
		value = show_at(row, column->instead);
	switch (column->form) {
	case FORM_TEXT:
		return cell_text(table, value);
	case FORM_NUMBER:
		return cell_number(table, value);
	case FORM_NETNS:
		return cell_plain(table, show_netns(value));
	case FORM_SELF:
		return cell_plain(table, show_netns(row));
	case FORM_SPAN:
		return cell_span(table, value);
	case FORM_YES:
		return text_table_cell(table,
				       json_is_true(value) ? "yes" : NULL);
	case FORM_TABLE:
		return cell_table(table, value);
	case FORM_LIST:
		return cell_list(table, value);
	case FORM_SINCE:
		return cell_since(table, value, row);
	case FORM_NAMES:
		return cell_names(table, value);
	case FORM_EACH:
		return cell_each(table, value);
	}
	return 0;
}

struct tables {
	const struct table *kind;
	const char *headings[COLUMNS_MAX];
	struct text_table *cells; /* owned */
};

int tables_new(enum list list, struct tables **ret_table)
{
	struct tables *table = calloc(1, sizeof(*table));
	size_t n;

	if (!table)
		return -ENOMEM;
	table->kind = &kinds[list];
	for (n = 0; n < COLUMNS_MAX && table->kind->columns[n].heading; n++)
		table->headings[n] = table->kind->columns[n].heading;
	if (text_table_new(table->headings, n, &table->cells) < 0) {
		free(table);
		return -ENOMEM;
	}
	*ret_table = table;
	return 0;
}

struct tables *tables_free(struct tables *table)
{
	if (!table)
		return NULL;
	text_table_free(table->cells);
	free(table);
	return NULL;
}

int tables_add(struct tables *table, const json_t *rows)
{
	const struct column *column;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < json_array_size(rows); i++)
		for (column = table->kind->columns; r == 0 && column->heading;
		     column++)
			r = cell(table->cells, column, json_array_get(rows, i));
	return r;
}

int tables_print(const struct tables *table, const struct show *show)
{
	char *text;
	int r;

	if (text_table_rows(table->cells) == 0) {
		fprintf(show->stream, "%s\n", table->kind->empty);
		return 0;
	}
	r = text_table_render(table->cells, show_on(show, TONE_HEADING),
			      show_off(show, TONE_HEADING), &text);
	if (r < 0)
		return r;
	fputs(text, show->stream);
	free(text);
	return 0;
}

int tables_show(const struct show *show, enum list list, const json_t *rows)
{
	struct tables *table;
	int r;

	r = tables_new(list, &table);
	if (r < 0)
		return r;
	r = tables_add(table, rows);
	if (r == 0)
		r = tables_print(table, show);
	tables_free(table);
	return r;
}

/* A stream cannot know its widths beforehand. Takes plain. */
static void print_plain(const struct show *show, char *plain, int width)
{
	char *escaped = plain ? text_escape(plain) : NULL;

	fprintf(show->stream, "%*s", -width, escaped ? escaped : "-");
	free(escaped);
	free(plain);
}

void tables_show_event(const struct show *show, const json_t *event)
{
	const char *at = show_string(event, "at");
	const char *type = show_string(event, "type");

	print_plain(show, at ? show_plain(at) : NULL, 27);
	fputs("  ", show->stream);
	print_plain(show, type ? show_plain(type) : NULL, 3);
	fputs("  ", show->stream);
	print_plain(show, show_netns(show_at(event, "holder")), 24);
	fprintf(show->stream, "  %10" JSON_INTEGER_FORMAT "  ",
		show_number(event, "nsid"));
	print_plain(show, show_netns(show_at(event, "peer")), 0);
	fputc('\n', show->stream);
}
