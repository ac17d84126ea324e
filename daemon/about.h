/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the daemon knows of itself and of the kernel beside what its engine
 * concludes: for the status.
 */

#include "common/wire/shapes.h"

struct conf;
struct recorder;
struct source;

struct about {
	char release[128];
	struct shapes_kernel kernel;
	struct shapes_daemon shape;
	const char *degraded[4];
	const char *warnings[2];
	char buffer_warning[128];
};

/* about_this_kernel - the one that runs here. */
void about_this_kernel(struct about *about);

/*
 * about_daemon - once the source is open; socket is borrowed. A buffer that is
 * smaller than was asked for is in the log as well.
 */
void about_daemon(struct about *about, struct source *source,
		  const struct conf *conf, const char *socket);

/* about_look - what may have changed since: once a step. */
void about_look(struct about *about, struct source *source,
		struct recorder *recorder);
