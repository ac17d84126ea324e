/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes become inputs (tests/lib/chaos.h says how), and the engine takes each
 * of them: no crash, no assertion, nothing kept beyond the ceilings, and the
 * same conclusions when it takes them again.
 */
#include <stdlib.h>

#include "tests/lib/chaos.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t judge(const uint8_t *data, size_t size, uint64_t start_ns)
{
	struct settings settings = chaos_settings();
	struct chaos chaos;
	uint64_t digest;

	chaos_init(&chaos, &settings, data, size, 0, start_ns);
	while (chaos_step(&chaos))
		;
	if (chaos_beyond(&chaos, &settings))
		abort();
	digest = chaos_digest(&chaos);
	chaos_deinit(&chaos);
	return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 1 << 16)
		return -1;
	/* Shifting the time changes the stamps, and nothing else. */
	if (judge(data, size, 1000000000ull) !=
	    judge(data, size, 86400ull * 1000000000ull))
		abort();
	return 0;
}
