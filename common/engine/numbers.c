/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/numbers.h"

#include <errno.h>
#include <stdlib.h>

#include "common/engine/entry.h"

/* At least an eighth of the slots is used, and at most half of them. */
#define MIN_BITS 3

/* The kernel gives the lowest free numbers: those spread without collision. */
static uint32_t slot_of(uint32_t bits, int32_t nsid)
{
	return (uint32_t)nsid * 2654435769u >> (32 - bits);
}

static uint32_t mask_of(uint32_t bits)
{
	return (1u << bits) - 1;
}

struct entry *numbers_find(const struct numbers *numbers, int32_t nsid)
{
	struct entry *entry;
	uint32_t at;

	if (!numbers->slots)
		return NULL;
	at = slot_of(numbers->bits, nsid);
	while ((entry = numbers->slots[at]) && entry->nsid != nsid)
		at = (at + 1) & mask_of(numbers->bits);
	return entry;
}

static void put(struct entry **slots, uint32_t bits, struct entry *entry)
{
	uint32_t at = slot_of(bits, entry->nsid);

	while (slots[at])
		at = (at + 1) & mask_of(bits);
	slots[at] = entry;
}

static int resize(struct numbers *numbers, uint32_t bits)
{
	struct entry **slots = calloc((size_t)1 << bits, sizeof(*slots));
	struct entry *entry;

	if (!slots)
		return -ENOMEM;
	for (entry = numbers->first; entry; entry = entry->next)
		put(slots, bits, entry);
	free(numbers->slots);
	numbers->slots = slots;
	numbers->bits = bits;
	return 0;
}

int numbers_add(struct numbers *numbers, struct entry *entry)
{
	int r;

	if (!numbers->slots)
		r = resize(numbers, MIN_BITS);
	else if (numbers->count >= 1u << (numbers->bits - 1))
		r = resize(numbers, numbers->bits + 1);
	else
		r = 0;
	if (r < 0)
		return r;
	put(numbers->slots, numbers->bits, entry);
	entry->prev = numbers->last;
	entry->next = NULL;
	*(numbers->last ? &numbers->last->next : &numbers->first) = entry;
	numbers->last = entry;
	numbers->count++;
	return 0;
}

/* Whoever stands behind the hole and was to stand before it moves up. */
static void close_hole(struct numbers *numbers, uint32_t hole)
{
	uint32_t mask = mask_of(numbers->bits), at = hole, wanted;
	struct entry *entry;

	for (;;) {
		numbers->slots[hole] = NULL;
		do {
			at = (at + 1) & mask;
			entry = numbers->slots[at];
			if (!entry)
				return;
			wanted = slot_of(numbers->bits, entry->nsid);
		} while (((at - wanted) & mask) < ((at - hole) & mask));
		numbers->slots[hole] = entry;
		hole = at;
	}
}

void numbers_remove(struct numbers *numbers, struct entry *entry)
{
	uint32_t at = slot_of(numbers->bits, entry->nsid);

	while (numbers->slots[at] != entry)
		at = (at + 1) & mask_of(numbers->bits);
	close_hole(numbers, at);
	*(entry->prev ? &entry->prev->next : &numbers->first) = entry->next;
	*(entry->next ? &entry->next->prev : &numbers->last) = entry->prev;
	entry->prev = entry->next = NULL;
	if (--numbers->count == 0) {
		free(numbers->slots);
		*numbers = (struct numbers){ 0 };
	} else if (numbers->bits > MIN_BITS &&
		   numbers->count < 1u << (numbers->bits - 3)) {
		/* Without memory for a smaller table, the larger one stays. */
		(void)resize(numbers, numbers->bits - 1);
	}
}
