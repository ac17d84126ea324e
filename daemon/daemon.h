/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The composition root: what is there, and what wakes it. One thread, one
 * loop; the events first, then the clients.
 */

struct options;

enum daemon_exit {
	DAEMON_EXIT_OK = 0,
	DAEMON_EXIT_FAILURE = 1,
	DAEMON_EXIT_USAGE = 2,
	DAEMON_EXIT_PERMISSION = 77,
	DAEMON_EXIT_CONFIG = 78,
};

/* daemon_run - until SIGTERM or SIGINT; says in the log why it ended else. */
enum daemon_exit daemon_run(const struct options *options);
