/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/options.h"
#include "client/verbs.h"
#include "common/wire/text.h"

static int refuse(const char *fault)
{
	char *escaped = text_escape(fault);

	fprintf(stderr, "nsidwatch: %s\n", escaped ? escaped : "bad usage");
	free(escaped);
	return STATUS_USAGE;
}

/* What was printed by itself has to have gone out. */
static int printed(void)
{
	if (fflush(stdout) == 0 || errno == EPIPE)
		return STATUS_WELL;
	fprintf(stderr, "nsidwatch: cannot write: %s\n", strerror(errno));
	return STATUS_FAILURE;
}

int main(int argc, char *argv[])
{
	char fault[OPTIONS_FAULT_MAX];
	struct options options;
	const struct verb *verbs;
	size_t n;

	signal(SIGPIPE, SIG_IGN);
	/* A long answer is many small objects, through which the allocator
	 * would look for each of its large ones. */
	mallopt(M_MXFAST, 0);
	verbs = verbs_table(&n);
	if (options_parse(verbs, n, argc, argv, &options, fault))
		return refuse(fault);
	if (options.help) {
		options_help(stdout, verbs, n, options.verb);
		return printed();
	}
	if (options.version) {
		puts(PACKAGE_NAME " " PACKAGE_VERSION);
		return printed();
	}
	return options.verb->run(&options);
}
