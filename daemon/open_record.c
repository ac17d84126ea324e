/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/open_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/engine/image.h"

#define FORMAT "nsidwatch open 2 "

enum {
	FLAG_CERTAIN = 1,
	FLAG_LEFT_HOME = 2,
	FLAG_LOST = 4,
	SUM_BYTES = 8,
};

_Static_assert(SUM_BYTES + 8 * 8 + 4 * 4 + 1 + 2 * NAME_MAX_BYTES <=
		       OPEN_RECORD_BYTES,
	       "a death does not fit its slot");

void open_record_head(uint8_t head[OPEN_RECORD_BYTES], const char *boot,
		      const struct identity *home)
{
	char *line = (char *)head;
	int n;

	memset(head, 0, OPEN_RECORD_BYTES);
	n = snprintf(line, OPEN_RECORD_BYTES,
		     FORMAT "%s %" PRIx64 " %" PRIx64 " %" PRIx64, boot,
		     home->id, home->dev, home->ino);
	snprintf(line + n, OPEN_RECORD_BYTES - (size_t)n, " %016" PRIx64 "\n",
		 image_sum(line, (size_t)n));
}

/* The line's own sum is right: it is as somebody of ours wrote it. */
static bool whole(const uint8_t head[OPEN_RECORD_BYTES])
{
	const uint8_t *end = memchr(head, '\n', OPEN_RECORD_BYTES);
	char sum[20];
	size_t len;

	if (!end || end - head < 17)
		return false;
	len = (size_t)(end - head) - 17;
	snprintf(sum, sizeof(sum), " %016" PRIx64, image_sum(head, len));
	return memcmp(head + len, sum, 17) == 0;
}

int open_record_fits(const uint8_t head[OPEN_RECORD_BYTES], const char *boot,
		     const struct identity *home)
{
	const char *line = (const char *)head;
	uint8_t wanted[OPEN_RECORD_BYTES];
	size_t format = strlen(FORMAT);

	open_record_head(wanted, boot, home);
	if (memcmp(head, wanted, sizeof(wanted)) == 0)
		return 0;
	if (!whole(head) || memcmp(line, FORMAT, format) != 0)
		return OPEN_RECORD_DAMAGED;
	if (strncmp(line + format, boot, strlen(boot)) != 0)
		return OPEN_RECORD_OTHER_BOOT;
	return OPEN_RECORD_DAMAGED;
}

/* ---- slots ---------------------------------------------------------------- */

static void put(uint8_t **at, uint64_t value, size_t bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		*(*at)++ = (uint8_t)value;
}

static uint64_t get(const uint8_t **at, size_t bytes)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < bytes; i++)
		value |= (uint64_t) * (*at)++ << 8 * i;
	return value;
}

static void put_text(uint8_t **at, const char *text)
{
	memcpy(*at, text, strnlen(text, NAME_MAX_BYTES - 1));
	*at += NAME_MAX_BYTES;
}

static void get_text(const uint8_t **at, char *text)
{
	memcpy(text, *at, NAME_MAX_BYTES - 1);
	*at += NAME_MAX_BYTES;
}

void open_record_put(uint8_t slot[OPEN_RECORD_BYTES],
		     const struct open_record *record)
{
	const struct inherited *death = &record->inherited;
	uint8_t flags = (death->certain ? FLAG_CERTAIN : 0) |
			(death->left_home ? FLAG_LEFT_HOME : 0) |
			(death->lost ? FLAG_LOST : 0);
	uint8_t *at = slot + SUM_BYTES;

	memset(slot, 0, OPEN_RECORD_BYTES);
	put(&at, record->id, 8);
	put(&at, death->opened.mono_ns, 8);
	put(&at, death->opened.real_ns, 8);
	put(&at, death->last_removal.mono_ns, 8);
	put(&at, death->last_removal.real_ns, 8);
	put(&at, death->identity.id, 8);
	put(&at, death->identity.dev, 8);
	put(&at, death->identity.ino, 8);
	put(&at, (uint32_t)death->nsid, 4);
	put(&at, death->generation, 4);
	put(&at, death->expected, 4);
	put(&at, death->n_removals, 4);
	put(&at, flags, 1);
	put_text(&at, record->name);
	put_text(&at, record->label);
	at = slot;
	put(&at, image_sum(slot + SUM_BYTES, OPEN_RECORD_BYTES - SUM_BYTES),
	    SUM_BYTES);
}

static void get_all(const uint8_t *at, struct open_record *record)
{
	struct inherited *death = &record->inherited;
	uint8_t flags;

	record->id = get(&at, 8);
	death->opened.mono_ns = get(&at, 8);
	death->opened.real_ns = get(&at, 8);
	death->last_removal.mono_ns = get(&at, 8);
	death->last_removal.real_ns = get(&at, 8);
	death->identity.id = get(&at, 8);
	death->identity.dev = get(&at, 8);
	death->identity.ino = get(&at, 8);
	death->nsid = (int32_t)(uint32_t)get(&at, 4);
	death->generation = (uint32_t)get(&at, 4);
	death->expected = (uint32_t)get(&at, 4);
	death->n_removals = (uint32_t)get(&at, 4);
	flags = (uint8_t)get(&at, 1);
	death->certain = flags & FLAG_CERTAIN;
	death->left_home = flags & FLAG_LEFT_HOME;
	death->lost = flags & FLAG_LOST;
	get_text(&at, record->name);
	get_text(&at, record->label);
}

/* Written again it must be the same, down to the last byte. */
int open_record_get(const uint8_t slot[OPEN_RECORD_BYTES],
		    struct open_record *ret_record)
{
	static const uint8_t free_slot[SUM_BYTES + 8];
	struct open_record record = { 0 };
	uint8_t again[OPEN_RECORD_BYTES];

	if (memcmp(slot, free_slot, sizeof(free_slot)) == 0)
		return OPEN_RECORD_FREE;
	get_all(slot + SUM_BYTES, &record);
	open_record_put(again, &record);
	if (memcmp(again, slot, sizeof(again)) != 0 || !record.id ||
	    record.inherited.nsid < 0)
		return OPEN_RECORD_DAMAGED;
	*ret_record = record;
	return 0;
}
