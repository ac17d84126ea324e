/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What no engine concludes and a status tells beside it. */

#include <stdbool.h>
#include <stdint.h>

#include "common/engine/event.h"

/* Of the kernel, beside its messages. */
struct shapes_kernel {
	const char *release; /* borrowed; uname(2) */
	int built_batched;   /* 1 yes, 0 no, below zero: nothing tells */
};

struct shapes_recording {
	const char *file; /* borrowed, as all here */
	uint64_t bytes;
	const char *error; /* NULL: it goes on */
};

/* A daemon that is fed by a recording (nsidwatchd --replay). */
struct shapes_replay {
	const char *file; /* borrowed */
	struct stamp at;  /* it was recorded up to this moment */
	bool ended;	  /* and there is no more of it */
	bool missing;	  /* so far: a file, an end, or what was damaged */
};

/* What only the daemon knows of itself. */
struct shapes_daemon {
	const char *socket;			  /* borrowed, as all here */
	const struct shapes_recording *recording; /* NULL: none is wanted */
	const struct shapes_replay *replay;	  /* NULL: the kernel speaks */
	uint64_t uptime_ns;
	uint64_t receive_buffer;     /* bytes, as the kernel granted them */
	const char *const *degraded; /* effects, NULL at the end */
	const char *const *warnings; /* NULL at the end, or NULL */
};
