/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A list of the daemon's, however long: each reply is made ready to be shown
 * while the daemon makes the next one, and no more of it is kept. Nothing is
 * printed before the last of them is there: half a list is none.
 */

#include <jansson.h>

#include "client/tables.h"

struct options;

/*
 * listing_ask - call method, and print the rows as JSON or as columns, whatever
 * the options say. JSON is one document with a row a line. parameters (or NULL)
 * are given away. An enum status; what went wrong has been said.
 */
int listing_ask(const struct options *options, const char *method,
		enum list list, json_t *parameters);
