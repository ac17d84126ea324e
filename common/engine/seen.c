/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/seen.h"

#include <stdbool.h>
#include <stdlib.h>

/* Of distinct peers and of distinct holders remembered in one run. */
#define MAX_SEEN 65536

static struct seen *seen_find(const struct set *set, uint64_t serial)
{
	uint64_t at = serial * 0x9e3779b97f4a7c15ull >> (64 - set->bits);

	while (set->slots[at].serial && set->slots[at].serial != serial)
		at = (at + 1) & ((1ull << set->bits) - 1);
	return &set->slots[at];
}

static bool set_grow(struct set *set)
{
	struct set more = { .bits = set->slots ? set->bits + 1 : 6,
			    .count = set->count };
	size_t i;

	more.slots = calloc((size_t)1 << more.bits, sizeof(*more.slots));
	if (!more.slots)
		return false;
	for (i = 0; set->slots && i < (size_t)1 << set->bits; i++)
		if (set->slots[i].serial)
			*seen_find(&more, set->slots[i].serial) = set->slots[i];
	free(set->slots);
	*set = more;
	return true;
}

struct seen *seen_get(struct set *set, uint64_t serial)
{
	struct seen *seen = set->slots ? seen_find(set, serial) : NULL;

	if (seen && seen->serial)
		return seen;
	if (set->count >= MAX_SEEN)
		return NULL;
	if (!seen || set->count >= 1u << (set->bits - 1)) {
		if (!set_grow(set))
			return NULL;
		seen = seen_find(set, serial);
	}
	seen->serial = serial;
	set->count++;
	return seen;
}

void seen_clear(struct set *set)
{
	free(set->slots);
	*set = (struct set){ 0 };
}
