/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/wire/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_SEC 1000000000u

/* ---- names ---------------------------------------------------------------- */

/* Characters that show nothing, but reorder or hide what stands around them. */
static bool code_is_invisible(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad ||
	       (code >= 0x200b && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
	       (code >= 0xfff9 && code <= 0xfffb) ||
	       (code >= 0xe0000 && code <= 0xe007f);
}

/*
 * The number of bytes of the UTF-8 character at text, 0 where there is none:
 * RFC 3629, so no overlong form, no surrogate, nothing above U+10FFFF.
 */
static size_t utf8_length(const unsigned char *text, uint32_t *ret_code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t code = text[0];
	size_t n = 1, i;

	if (code >= 0xf0 && code <= 0xf4)
		n = 4, code &= 0x07;
	else if (code >= 0xe0 && code < 0xf0)
		n = 3, code &= 0x0f;
	else if (code >= 0xc2 && code < 0xe0)
		n = 2, code &= 0x1f;
	else if (code >= 0x80)
		return 0;
	for (i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3fu);
	}
	if (code < least[n] || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret_code = code;
	return n;
}

static bool is_printable_ascii(unsigned char c)
{
	return c >= 0x20 && c < 0x7f;
}

/* At most four bytes for each, and the NUL; returns the end. */
static char *put_escaped(char *out, const char *text, bool backslash)
{
	const unsigned char *in = (const unsigned char *)text;
	uint32_t code = 0;
	size_t n;
	bool plain;

	while (*in) {
		/* nearly all of what is escaped needs no second look */
		if (is_printable_ascii(*in) && *in != '\\') {
			*out++ = (char)*in++;
			continue;
		}
		n = utf8_length(in, &code);
		plain = n > 0 && !code_is_invisible(code) &&
			!(backslash && code == '\\');
		for (n = n ? n : 1; n > 0; n--, in++) {
			if (plain)
				*out++ = (char)*in;
			else
				out += sprintf(out, "\\x%02x", *in);
		}
	}
	*out = 0;
	return out;
}

char *text_escape(const char *text)
{
	char *escaped = malloc(4 * strlen(text) + 1);

	if (escaped)
		put_escaped(escaped, text, true);
	return escaped;
}

/* ---- moments and spans ---------------------------------------------------- */

void text_stamp(uint64_t real_ns, char ret_text[static TEXT_STAMP_MAX])
{
	time_t seconds = (time_t)(real_ns / NS_PER_SEC);
	unsigned int micros = (unsigned int)(real_ns % NS_PER_SEC / 1000u);
	char day[TEXT_STAMP_MAX];
	struct tm tm;

	/* 64 bits of nanoseconds end in the year 2554: neither can fail */
	if (!gmtime_r(&seconds, &tm) ||
	    !strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm))
		day[0] = 0;
	snprintf(ret_text, TEXT_STAMP_MAX, "%.19s.%06uZ", day, micros);
}

struct unit {
	const char *name;
	uint64_t ns;
	const char *next; /* the smaller unit shown beside; NULL: tenths */
	uint64_t next_ns;
};

static const struct unit units[] = {
	{ "d", 86400ull * NS_PER_SEC, "h", 3600ull * NS_PER_SEC },
	{ "h", 3600ull * NS_PER_SEC, "min", 60ull * NS_PER_SEC },
	{ "min", 60ull * NS_PER_SEC, "s", NS_PER_SEC },
	{ "s", NS_PER_SEC, NULL, NS_PER_SEC / 10 },
	{ "ms", 1000000u, NULL, 100000u },
	{ "us", 1000u, NULL, 1000u },
	{ "ns", 1u, NULL, 1u },
};

void text_duration(uint64_t span_ns, char ret_text[static TEXT_DURATION_MAX])
{
	const struct unit *unit = units;
	uint64_t whole, part;

	while (unit->ns > 1 && span_ns < unit->ns)
		unit++;
	whole = span_ns / unit->ns;
	part = span_ns % unit->ns / unit->next_ns;
	if (!span_ns)
		snprintf(ret_text, TEXT_DURATION_MAX, "0s");
	else if (!part)
		snprintf(ret_text, TEXT_DURATION_MAX, "%" PRIu64 "%s", whole,
			 unit->name);
	else if (unit->next)
		snprintf(ret_text, TEXT_DURATION_MAX,
			 "%" PRIu64 "%s %" PRIu64 "%s", whole, unit->name, part,
			 unit->next);
	else
		snprintf(ret_text, TEXT_DURATION_MAX,
			 "%" PRIu64 ".%" PRIu64 "%s", whole, part, unit->name);
}

/* ---- columns -------------------------------------------------------------- */

struct text_table {
	const char *const *headings; /* borrowed */
	size_t n_columns;
	char *cells; /* owned: texts, each with its NUL, row by row */
	size_t n_cells;
	size_t bytes, capacity; /* of cells */
	size_t widths[];	/* of the columns, so far */
};

/* One column a character: what joins or is wide is rare, and only misaligns. */
static size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static bool column_is_right(const struct text_table *table, size_t column)
{
	return table->headings[column][0] == '>';
}

static const char *column_heading(const struct text_table *table, size_t column)
{
	return table->headings[column] + column_is_right(table, column);
}

int text_table_new(const char *const headings[], size_t n,
		   struct text_table **ret_table)
{
	struct text_table *table;
	size_t column;

	table = calloc(1, sizeof(*table) + n * sizeof(*table->widths));
	if (!table)
		return -ENOMEM;
	table->headings = headings;
	table->n_columns = n;
	for (column = 0; column < n; column++)
		table->widths[column] =
			text_width(column_heading(table, column));
	*ret_table = table;
	return 0;
}

struct text_table *text_table_free(struct text_table *table)
{
	if (table)
		free(table->cells);
	free(table);
	return NULL;
}

static int table_grow(struct text_table *table, size_t bytes)
{
	size_t capacity = table->capacity ? table->capacity : 4096;
	char *cells;

	if (table->capacity - table->bytes >= bytes)
		return 0;
	while (capacity - table->bytes < bytes)
		capacity *= 2;
	cells = realloc(table->cells, capacity);
	if (!cells)
		return -ENOMEM;
	table->cells = cells;
	table->capacity = capacity;
	return 0;
}

int text_table_cell(struct text_table *table, const char *text)
{
	size_t column = table->n_cells % table->n_columns, width;
	char *cell;

	text = text ? text : "-";
	if (table_grow(table, 4 * strlen(text) + 1) < 0)
		return -ENOMEM;
	cell = table->cells + table->bytes;
	table->bytes += (size_t)(put_escaped(cell, text, false) + 1 - cell);
	table->n_cells++;
	width = text_width(cell);
	if (width > table->widths[column])
		table->widths[column] = width;
	return 0;
}

size_t text_table_rows(const struct text_table *table)
{
	return table->n_cells / table->n_columns;
}

static char *put_pad(char *out, size_t width)
{
	memset(out, ' ', width);
	return out + width;
}

/* Cells are two blanks apart; nothing is padded at the end of a line. */
static char *put_cell(const struct text_table *table, char *out, size_t column,
		      const char *text)
{
	bool last = column + 1 == table->n_columns;
	size_t pad = table->widths[column] - text_width(text);

	if (column_is_right(table, column))
		out = put_pad(out, pad);
	out = stpcpy(out, text);
	if (!column_is_right(table, column) && !last)
		out = put_pad(out, pad);
	return last ? out : put_pad(out, 2);
}

static char *put_rows(const struct text_table *table, char *out,
		      const char *before, const char *after)
{
	const char *cell = table->cells;
	size_t i, column;

	out = stpcpy(out, before);
	for (column = 0; column < table->n_columns; column++)
		out = put_cell(table, out, column,
			       column_heading(table, column));
	out = stpcpy(out, after);
	*out++ = '\n';
	for (i = 0; i < text_table_rows(table) * table->n_columns; i++) {
		column = i % table->n_columns;
		out = put_cell(table, out, column, cell);
		cell += strlen(cell) + 1;
		if (column + 1 == table->n_columns)
			*out++ = '\n';
	}
	*out = 0;
	return out;
}

int text_table_render(const struct text_table *table, const char *before,
		      const char *after, char **ret_text)
{
	size_t line = 1, bytes, column;
	char *text;

	before = before ? before : "";
	after = after ? after : "";
	bytes = table->bytes + strlen(before) + strlen(after) + 1;
	for (column = 0; column < table->n_columns; column++) {
		line += table->widths[column] + 2;
		bytes += strlen(table->headings[column]);
	}
	/* pads make a line at most this much longer than its texts */
	bytes += line * (text_table_rows(table) + 1);
	text = malloc(bytes);
	if (!text)
		return -ENOMEM;
	put_rows(table, text, before, after);
	*ret_text = text;
	return 0;
}
