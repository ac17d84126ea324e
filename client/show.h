/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The writer: documents as JSON or as text for people. Text goes through a
 * pager on a terminal, and is in colour there unless NO_COLOR is set
 * (no-color.org). tables.h has the lists.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct options;

struct show {
	FILE *stream; /* owned where there is a pager */
	bool json;
	bool colour;
	pid_t pager; /* 0: none */
};

/* What a line is about, as a colour. */
enum tone {
	TONE_PLAIN,
	TONE_GOOD,
	TONE_BAD,
	TONE_DOUBT,
	TONE_HEADING,
};

/* show_open - standard output, or a pager before it where `paged`. */
void show_open(const struct options *options, bool paged,
	       struct show *ret_show);

/*
 * show_close - flush, and wait for the pager. Returns STATUS_WELL, also where
 * the reader has gone, or STATUS_FAILURE, said on standard error.
 */
int show_close(struct show *show);

/* show_gone - nobody reads any more: end quietly. */
bool show_gone(const struct show *show);

/* show_document - as JSON, whatever the options say; one line for a stream. */
void show_document(const struct show *show, const json_t *document,
		   bool stream);

/* show_summary - of check and selftest: the verdict first. */
void show_summary(const struct show *show, const json_t *summary);

/* show_status - one screen. */
void show_status(const struct show *show, const json_t *status);

/* show_audit - one line, or two. */
void show_audit(const struct show *show, const json_t *audit);

/* show_explanation - one finding in plain words. */
void show_explanation(const struct show *show, const json_t *finding);

/* show_on, show_off - a colour begins and ends; "" where there is none. */
const char *show_on(const struct show *show, enum tone tone);
const char *show_off(const struct show *show, enum tone tone);

/*
 * show_plain - a name as it was before shapes_text() escaped it; owned by the
 * caller. Not for a terminal: what prints escapes again. NULL: no memory.
 */
char *show_plain(const char *escaped);

/*
 * show_netns - what people call a namespace of a document: its label, its
 * name, or its number; as show_plain(). NULL where it is not known.
 */
char *show_netns(const json_t *netns);

/* show_at - the value at a dotted path ("table.entries"), or NULL. */
const json_t *show_at(const json_t *document, const char *path);
/* show_number - the number there, or 0. */
json_int_t show_number(const json_t *document, const char *path);
/* show_string - the string there, or NULL. */
const char *show_string(const json_t *document, const char *path);
