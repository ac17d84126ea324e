/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "common/engine/image_codec.h"
#include "common/engine/image_parts.h"
#include "common/engine/run.h"

static const struct field pass_fields[] = {
	FIELD(pass, id),	FIELD_ENUM(pass, order, ORDERS),
	FIELD(pass, peers),	FIELD(pass, holders),
	FIELD(pass, removals),	FIELD_STAMP(pass, begin),
	FIELD_STAMP(pass, end),
};

static const struct field run_fields[] = {
	FIELD(run, block),	     FIELD(run, block_holder),
	FIELD(run, shared),	     FIELD(run, lap),
	FIELD(run, lap_holder),	     FIELD(run, group_peer),
	FIELD(run, group_holder),    FIELD(run, group_done),
	FIELD(run, group_timed),     FIELD(run, group_ns),
	FIELD_ARRAY(run, streak_ns), FIELD(run, streak),
	FIELD(run, streak_lap),	     FIELD(run, per_holder),
	FIELD(run, per_peer),	     FIELD_NONE(run, peers),
	FIELD_NONE(run, holders),
};

static const struct field passes_fields[] = {
	FIELD_ARRAY(passes, counts), FIELD(passes, next_id),
	FIELD(passes, running),	     FIELD(passes, drained),
	FIELD(passes, drained_ns),   FIELD(passes, quiet),
	FIELD(passes, quiet_ns),     FIELD_NONE(passes, pass),
	FIELD_NONE(passes, run),     FIELD_NONE(passes, kept),
	FIELD_NONE(passes, history), FIELD_NONE(passes, first),
	FIELD_NONE(passes, n_kept),
};

static const struct field seen_fields[] = {
	FIELD(seen, serial),
	FIELD(seen, mark),
};

static int by_serial(const void *a, const void *b)
{
	const struct seen *left = a, *right = b;

	return left->serial < right->serial ? -1 : left->serial > right->serial;
}

/* Those that are in it, by serial; NULL where there is nobody, or no memory. */
static struct seen *sorted(struct image *image, const struct set *set)
{
	struct seen *all;
	size_t i, n = 0;

	if (!set->count)
		return NULL;
	all = calloc(set->count, sizeof(*all));
	if (!all) {
		image_failed(image, -ENOMEM);
		return NULL;
	}
	for (i = 0; i < (size_t)1 << set->bits && n < set->count; i++)
		if (set->slots[i].serial)
			all[n++] = set->slots[i];
	qsort(all, n, sizeof(*all), by_serial);
	return all;
}

static void seen(struct image *image, struct set *set)
{
	struct seen *all = NULL, one = { 0 }, *added;
	uint32_t i, n = set->count;

	if (!image_reading(image))
		all = sorted(image, set);
	for (i = 0; image_more(image, all && i < n); i++) {
		if (all)
			one = all[i];
		IMAGE_FIELDS(image, &one, seen_fields);
		if (!image_reading(image))
			continue;
		added = one.serial ? seen_get(set, one.serial) : NULL;
		if (!added || set->count != i + 1)
			image_damaged(image);
		else
			added->mark = one.mark;
	}
	free(all);
}

/* The oldest of those that are kept first; a new one takes its place. */
static void kept(struct image *image, struct passes *passes)
{
	struct pass pass = { 0 };
	uint32_t i;

	for (i = 0; image_more(image, i < passes->n_kept); i++) {
		if (!image_reading(image))
			pass = *passes_get(passes, i);
		IMAGE_FIELDS(image, &pass, pass_fields);
		if (image_reading(image))
			passes_keep(passes, &pass);
	}
}

void image_passes(struct image *image)
{
	struct passes *passes = image->watch->passes;

	IMAGE_FIELDS(image, passes, passes_fields);
	IMAGE_FIELDS(image, &passes->pass, pass_fields);
	IMAGE_FIELDS(image, &passes->run, run_fields);
	seen(image, &passes->run.peers);
	seen(image, &passes->run.holders);
	kept(image, passes);
}
