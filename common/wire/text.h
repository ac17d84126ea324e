/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text for people: names that come from strangers made harmless, moments and
 * durations, columns. Decides nothing about terminals or colours.
 */

#include <stddef.h>
#include <stdint.h>

#define TEXT_STAMP_MAX 32    /* "2026-03-01T12:34:56.123456Z" */
#define TEXT_DURATION_MAX 32 /* "213503d 23h" */

/*
 * text_escape - a name as printable text.
 *
 * Control characters, DEL, backslash, C1 controls, invisible characters that
 * reorder or hide text (U+200B to U+200F, U+2028 to U+202E, U+2060 to U+206F,
 * U+FEFF and their like) and bytes that are no UTF-8 (RFC 3629) become \xNN a
 * byte. The result is UTF-8, fit for a terminal, JSON and the journal; it is
 * owned by the caller. NULL where memory is short.
 */
char *text_escape(const char *text);

/* text_stamp - CLOCK_REALTIME as RFC 3339 in UTC, with microseconds. */
void text_stamp(uint64_t real_ns, char ret_text[static TEXT_STAMP_MAX]);

/* text_duration - two units at most: "120us", "3.2ms", "1.5s", "2min 5s". */
void text_duration(uint64_t span_ns, char ret_text[static TEXT_DURATION_MAX]);

/*
 * Columns that line up. A cell is copied and escaped as above, but for the
 * backslash: what comes from a document was escaped there.
 */
struct text_table;

/*
 * text_table_new - with `n` headings (constants; the table keeps them). A
 * heading that begins with '>' aligns its column to the right, without the
 * '>'. 0 or -ENOMEM.
 */
int text_table_new(const char *const headings[], size_t n,
		   struct text_table **ret_table);
/* text_table_free - takes NULL, returns NULL. */
struct text_table *text_table_free(struct text_table *table);

/* text_table_cell - the next cell, row by row; NULL is "-". 0 or -ENOMEM. */
int text_table_cell(struct text_table *table, const char *text);

/* text_table_rows - whole rows so far. */
size_t text_table_rows(const struct text_table *table);

/*
 * text_table_render - headings and rows as lines of UTF-8, each character as
 * wide as one column, the last column unpadded. `before` and `after` (NULL:
 * nothing) enclose the line of headings, for colour. *ret_text is owned by the
 * caller. 0 or -ENOMEM.
 */
int text_table_render(const struct text_table *table, const char *before,
		      const char *after, char **ret_text);
