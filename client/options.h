/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The command line -> struct options, from one table of options and the table
 * of verbs. Says nothing and ends nothing: main does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "client/verbs.h"
#include "common/engine/settings.h"

struct options {
	const struct verb *verb; /* NULL with help or version alone */
	bool help;
	bool version;
	bool json;
	bool no_pager;
	const char *socket;	 /* this and all strings: borrowed from argv */
	uint32_t receive_buffer; /* bytes */
	enum adopt adopt;
	bool allow_none;
	const char *explain; /* id of a finding, or NULL */
	bool follow;
	bool lingering;
	bool names;	  /* all of each namespace */
	const char *gone; /* a namespace, or NULL */
	bool timeout_given;
	uint64_t timeout_ns;
	const char *record; /* a file, or NULL */
	uint32_t survivors;
	uint32_t dying;
	uint32_t rounds;
	char *const *arguments; /* NULL at the end */
	int n_arguments;
};

/* At most so many namespaces in one selftest, of each kind. */
#define OPTIONS_LOAD_MAX 30000u
#define OPTIONS_ROUNDS_MAX 1000000u

#define OPTIONS_FAULT_MAX 512

enum options_outcome {
	OPTIONS_FAULT = 1, /* ret_fault says in one line what is wrong */
};

/*
 * options_parse - take argv apart.
 *
 * Options may stand before or after the verb, those of one verb only after it;
 * `--` ends them. argv is reordered, so that the arguments stand together, and
 * has to outlive *ret_options. Returns 0 or OPTIONS_FAULT.
 */
int options_parse(const struct verb *verbs, size_t n_verbs, int argc,
		  char *argv[], struct options *ret_options,
		  char ret_fault[static OPTIONS_FAULT_MAX]);

/* options_help - the whole help, or that of one verb (not NULL). */
void options_help(FILE *stream, const struct verb *verbs, size_t n_verbs,
		  const struct verb *verb);
