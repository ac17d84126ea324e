/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdio.h>

#include "daemon/daemon.h"
#include "daemon/log.h"
#include "daemon/options.h"

int main(int argc, char *argv[])
{
	struct options options;
	int r;

	log_open();
	/* a reader that goes away is an error to handle, never the end */
	signal(SIGPIPE, SIG_IGN);
	r = options_parse(argc, argv, &options);
	if (r == OPTIONS_WRONG)
		return DAEMON_EXIT_USAGE;
	if (r == OPTIONS_SHOWN)
		return fflush(stdout) == 0 ? DAEMON_EXIT_OK :
					     DAEMON_EXIT_FAILURE;
	return daemon_run(&options);
}
