/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An engine that ends at any moment, and another one that goes on from its
 * image: nobody may be able to tell.
 */
#include <stdlib.h>
#include <string.h>

#include "common/engine/image.h"
#include "tests/lib/history.h"

/* Written again, the bytes are the same. */
static bool same_again(struct watch *watch, const void *bytes, size_t len)
{
	size_t again_len;
	void *again;
	bool same;

	if (image_write(watch, &again, &again_len) < 0)
		abort();
	same = again_len == len && memcmp(again, bytes, len) == 0;
	free(again);
	return same;
}

void restart_perhaps(struct history *history)
{
	struct watch *watch;
	size_t len;
	void *bytes;

	if (!rng_permille(&history->restart_rng, history->restart_permille))
		return;
	if (image_write(history->watch, &bytes, &len) < 0)
		abort();
	if (image_read(watch_settings(history->watch), bytes, len, &watch)) {
		history->torn = true;
	} else {
		watch_free(history->watch);
		history->watch = watch;
		history->torn |= !same_again(watch, bytes, len);
		history->restarts++;
	}
	free(bytes);
}

uint64_t restart_digest(const struct history *history)
{
	uint64_t digest;
	size_t len;
	void *bytes;

	if (image_write(history->watch, &bytes, &len) < 0)
		abort();
	digest = image_sum(bytes, len) ^ rng_mix(history->told) ^
		 rng_mix(history->questions) ^ rng_mix(history->moments << 20);
	free(bytes);
	return digest;
}
