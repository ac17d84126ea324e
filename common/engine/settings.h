/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a person can set about the judging. nsidwatch.conf(5) documents each
 * one; common/wire/conf.c reads them from text.
 */

#include <stdint.h>

/* Which namespaces without a number in home are given one. */
enum adopt {
	ADOPT_NO,
	ADOPT_NAMED, /* those that a path names */
	ADOPT_ALL,   /* those, and those that only a process names */
	ADOPT_BORN, /* check and selftest: all that were not there at the start */
};

struct settings {
	/* Must exceed the window between a table change and its message. */
	uint64_t settle_ns;
	/* A death open for longer without a barrier is shown as overdue. */
	uint64_t overdue_ns;
	/* One whose owner has gone for longer is lingering (linger.h). */
	uint64_t linger_ns;
	/* How long a closed death, a pass and a finding are kept. */
	uint64_t history_ns;
	/* How long the background audit takes for one round of all tables. */
	uint64_t audit_round_ns;
	/* Idle housekeeping: the background audit and the name scan. */
	uint64_t housekeeping_ns;
	/* How many events, closed deaths, passes and findings are kept. */
	uint32_t history;
	/* Ceilings; what is beyond them is counted and not watched. */
	uint32_t max_holders;
	uint32_t max_entries; /* of one holder */
	uint32_t max_names;
	enum adopt adopt;
};

/* settings_default - the documented defaults. */
static inline struct settings settings_default(void)
{
	return (struct settings){
		.settle_ns = 1000000000ull,
		.overdue_ns = 120ull * 1000000000ull,
		.linger_ns = 120ull * 1000000000ull,
		.history_ns = 600ull * 1000000000ull,
		.audit_round_ns = 600ull * 1000000000ull,
		.housekeeping_ns = 30ull * 1000000000ull,
		.history = 4096,
		.max_holders = 65536,
		.max_entries = 262144,
		.max_names = 65536,
		.adopt = ADOPT_NO,
	};
}
