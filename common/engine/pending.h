/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Answers on their way into effect. */

#include "common/engine/netns.h"

struct asked;
struct watch;

/* How much of a table an answer in effect covers. */
enum extent {
	EXTENT_WHOLE,
	EXTENT_PART,   /* up to `last` */
	EXTENT_POINTS, /* single numbers: absence says nothing */
};

/* An answer that waits for its settle time. */
struct pending {
	struct netns *holder; /* referenced */
	uint64_t question;    /* its id: later ones are larger */
	uint64_t asked_seq;
	uint64_t came_ns;
	enum extent extent;
	int32_t last;
	int32_t home_nsid; /* the holder's number for home, or NSID_NONE */
	struct row *rows;  /* owned */
	size_t n_rows;
	size_t cap_rows;
	struct pending *next;
};

/* pending_new - an answer to the question asked; NULL without memory. */
struct pending *pending_new(struct netns *holder, const struct asked *asked,
			    enum extent extent);
/* pending_free - takes NULL, returns NULL. */
struct pending *pending_free(struct pending *pending);
/* pending_reserve - room for so many rows in all. 0 or -ENOMEM. */
int pending_reserve(struct pending *pending, size_t n);
/* pending_add - one more row. 0 or -ENOMEM. */
int pending_add(struct pending *pending, int32_t nsid, int32_t peer);
/* pending_push - it has come, and waits from now. Takes ownership. */
void pending_push(struct watch *watch, struct pending *pending);
