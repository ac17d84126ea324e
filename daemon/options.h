/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The command line of nsidwatchd(8). */

#include <stdbool.h>
#include <stdint.h>

struct conf;

struct options {
	const char *config;	 /* borrowed from argv; NULL: the usual files */
	const char *socket;	 /* borrowed from argv; NULL: as configured */
	uint32_t receive_buffer; /* bytes; 0: as configured */
	const char *state_dir; /* borrowed from argv; NULL: $STATE_DIRECTORY */
	const char *replay;    /* borrowed from argv; NULL: the kernel */
	bool fast;
};

enum options_outcome {
	OPTIONS_SHOWN = 1, /* help or version was asked for and printed */
	OPTIONS_WRONG,	   /* what is wrong was printed on standard error */
};

/* options_parse - ret_options, or an outcome. */
int options_parse(int argc, char *argv[], struct options *ret_options);

/* options_apply - the command line wins over the configuration. */
void options_apply(const struct options *options, struct conf *conf);
