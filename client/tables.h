/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The lists, as aligned columns for people. */

#include <jansson.h>

#include "client/show.h"

enum list {
	LIST_NAMESPACES,
	LIST_NAMES, /* namespaces, with all names of each */
	LIST_LINGERING,
	LIST_NSIDS,
	LIST_DEATHS,
	LIST_PASSES,
	LIST_FINDINGS,
	LIST_EVENTS,
	LISTS,
};

/* tables_key - under which key of a reply the rows of a list stand. */
const char *tables_key(enum list list);

/*
 * A list that comes in parts: tables_add() for each of them (an array of rows,
 * borrowed for the call alone), and then tables_print(). 0 or -ENOMEM.
 */
struct tables;

int tables_new(enum list list, struct tables **ret_table);
/* tables_free - takes NULL, returns NULL. */
struct tables *tables_free(struct tables *table);
int tables_add(struct tables *table, const json_t *rows);
int tables_print(const struct tables *table, const struct show *show);

/* tables_show - the rows (an array) as columns. 0 or -ENOMEM. */
int tables_show(const struct show *show, enum list list, const json_t *rows);

/* tables_show_event - one event as a line of a stream. */
void tables_show_event(const struct show *show, const json_t *event);
