/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/pending.h"

#include <errno.h>
#include <stdlib.h>

#include "common/engine/state.h"

struct pending *pending_free(struct pending *pending)
{
	if (!pending)
		return NULL;
	if (pending->holder)
		pending->holder->inflight--;
	netns_unref(pending->holder);
	free(pending->rows);
	free(pending);
	return NULL;
}

struct pending *pending_new(struct netns *holder, const struct asked *asked,
			    enum extent extent)
{
	struct pending *pending = calloc(1, sizeof(*pending));

	if (!pending)
		return NULL;
	pending->holder = netns_ref(holder);
	pending->question = asked->question.id;
	pending->asked_seq = asked->seq;
	pending->home_nsid = NSID_NONE;
	pending->extent = extent;
	holder->inflight++;
	return pending;
}

void pending_push(struct watch *watch, struct pending *pending)
{
	struct sync *sync = &watch->sync;

	pending->came_ns = watch->now.mono_ns;
	if (sync->last)
		sync->last->next = pending;
	else
		sync->first = pending;
	sync->last = pending;
	watch_soon(watch, watch->settings.settle_ns);
}

int pending_reserve(struct pending *pending, size_t n)
{
	struct row *rows;

	if (n <= pending->cap_rows)
		return 0;
	rows = realloc(pending->rows, n * sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	pending->rows = rows;
	pending->cap_rows = n;
	return 0;
}

int pending_add(struct pending *pending, int32_t nsid, int32_t peer)
{
	size_t cap = pending->cap_rows ? pending->cap_rows * 2 : 64;
	int r;

	if (pending->n_rows == pending->cap_rows) {
		r = pending_reserve(pending, cap);
		if (r < 0)
			return r;
	}
	pending->rows[pending->n_rows++] = (struct row){ nsid, peer };
	return 0;
}
