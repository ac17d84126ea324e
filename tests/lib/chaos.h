/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A shell and a kernel that have lost their minds: any input at any time, made
 * from bytes. The bytes are a fuzzer's, or a seeded generator's. Numbers are
 * mostly small, so that histories touch each other.
 */

#include "common/engine/passes.h"
#include "common/engine/trace.h"
#include "common/engine/verify.h"
#include "common/engine/watch.h"

struct chaos {
	struct watch *watch; /* owned */
	struct stamp now;
	const uint8_t *data; /* borrowed; NULL: the generator's */
	size_t left;
	uint64_t seed;
	bool ended; /* the bytes are used up */
	uint64_t notices;
	uint64_t questions;
	/* hears all that the engine hears and is asked, where it is not NULL;
	 * false: the engine is not to hear it either */
	bool (*heard)(void *userdata, const struct trace_record *record);
	void *userdata;
};

/* chaos_settings - small ceilings, so that they are reached. */
struct settings chaos_settings(void);

/* chaos_init - from bytes, or, where data is NULL, from seed. */
void chaos_init(struct chaos *chaos, const struct settings *settings,
		const uint8_t *data, size_t size, uint64_t seed,
		uint64_t start_ns);
void chaos_deinit(struct chaos *chaos);

/* chaos_step - one input, or a few. False where the bytes are used up. */
bool chaos_step(struct chaos *chaos);

/* chaos_digest - of all that was concluded, without its stamps. */
uint64_t chaos_digest(const struct chaos *chaos);

/*
 * chaos_beyond - what is kept beyond the ceilings of the settings, in a word;
 * NULL where nothing is.
 */
const char *chaos_beyond(const struct chaos *chaos,
			 const struct settings *settings);
