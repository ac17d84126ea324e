/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The recording that Record= asks for: opened with the daemon, because a
 * replay needs what the engine was told from its first moment on, and told of
 * when it fails. The talk writes it.
 */

#include <stdbool.h>

#include "common/wire/shapes.h"

struct capture;
struct conf;

struct recorder {
	struct capture *capture; /* owned; NULL: nothing is recorded */
	bool failed;		 /* and the log says so */
	struct shapes_recording shape;
};

/*
 * recorder_open - begin, if the configuration says so. What goes wrong is in
 * the log and in the status; a daemon watches without a recording all the same.
 */
void recorder_open(struct recorder *recorder, const struct conf *conf,
		   const struct shapes_kernel *kernel);

/* recorder_close - after the talk has ended. */
void recorder_close(struct recorder *recorder);

/* recorder_look - has it failed? Once a step. */
void recorder_look(struct recorder *recorder);

/* recorder_shape - for the status; NULL: nobody wanted one. Borrowed. */
const struct shapes_recording *recorder_shape(struct recorder *recorder);
