/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Seeded random choices (splitmix64), the same on every machine. */

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static inline uint64_t rng_next(struct rng *rng)
{
	rng->state += 0x9e3779b97f4a7c15ull;
	return rng_mix(rng->state);
}

/* rng_of - a stream for one purpose: the same whatever else was drawn. */
static inline struct rng rng_of(uint64_t seed, uint64_t what, uint64_t which)
{
	return (struct rng){ rng_mix(seed + 0x9e3779b97f4a7c15ull * what) ^
			     rng_mix(which * 0xd1342543de82ef95ull + what) };
}

static inline uint32_t rng_below(struct rng *rng, uint32_t limit)
{
	return (uint32_t)(((rng_next(rng) >> 32) * limit) >> 32);
}

static inline bool rng_permille(struct rng *rng, uint32_t permille)
{
	return rng_below(rng, 1000) < permille;
}

/* rng_range - from low to high, each power of two as likely as the next. */
static inline uint64_t rng_range(struct rng *rng, uint64_t low, uint64_t high)
{
	uint64_t top = high;
	uint32_t doublings = 0;

	while (top > low * 2 + 1) {
		top /= 2;
		doublings++;
	}
	top = high >> rng_below(rng, doublings + 1);
	return top <= low ? low : low + rng_next(rng) % (top - low + 1);
}
