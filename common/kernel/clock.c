/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/clock.h"

#include <assert.h>
#include <time.h>

static uint64_t read_ns(clockid_t clock)
{
	struct timespec now;
	int r;

	r = clock_gettime(clock, &now);
	assert(r == 0);
	(void)r;
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void clock_now(struct stamp *ret_stamp)
{
	ret_stamp->mono_ns = read_ns(CLOCK_MONOTONIC);
	ret_stamp->real_ns = read_ns(CLOCK_REALTIME);
}
