/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The table of verbs: what nsidwatch can be told to do. nsidwatch(1) documents
 * each one, and a lint compares.
 */

#include <stdbool.h>
#include <stddef.h>

/* How the program ends; the numbers above 64 are those of sysexits.h. */
enum status {
	STATUS_WELL = 0,
	STATUS_FAILURE = 1,
	STATUS_USAGE = 2,
	STATUS_FINDINGS = 3,
	STATUS_INDETERMINATE = 4,
	STATUS_NO_DAEMON = 69,
	STATUS_AGAIN = 75,
	STATUS_NO_PERMISSION = 77,
};

/* The options that only some verbs take. */
enum option_of {
	OPTION_ADOPT = 1 << 0,
	OPTION_ALLOW_NONE = 1 << 1,
	OPTION_EXPLAIN = 1 << 2,
	OPTION_FOLLOW = 1 << 3,
	OPTION_GONE = 1 << 4,
	OPTION_LOAD = 1 << 5,
	OPTION_TIMEOUT = 1 << 6,
	OPTION_RECORD = 1 << 7,
	OPTION_LINGERING = 1 << 8,
	OPTION_NAMES = 1 << 9,
};

struct options;

struct verb {
	const char *name;
	const char *arguments; /* as the usage shows them, "" for none */
	const char *summary;
	unsigned int options; /* of enum option_of */
	int min_arguments;
	int max_arguments; /* -1: any number */
	bool command;	   /* the first argument ends the options */
	bool daemon;	   /* it asks the daemon */
	/* does it; returns an enum status, having said what went wrong */
	int (*run)(const struct options *options);
};

/* verbs_table - all of them, in the order of the manual. */
const struct verb *verbs_table(size_t *ret_n);
