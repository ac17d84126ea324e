/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Any text as configuration: what it leaves behind is within the ranges of
 * nsidwatch.conf(5), and the same text gives the same.
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire/conf.h"

#define S 1000000000ull

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_fault(void *userdata, const char *file, unsigned int line,
		     const char *reason)
{
	unsigned int *faults = userdata;

	(void)line;
	assert(strcmp(file, "fuzz") == 0);
	assert(*reason);
	++*faults;
}

static void check_ranges(const struct conf *conf)
{
	const struct settings *settings = &conf->settings;

	assert(settings->settle_ns >= S / 100 && settings->settle_ns <= 60 * S);
	assert(settings->overdue_ns >= S && settings->overdue_ns <= 86400 * S);
	assert(settings->history_ns >= S);
	assert(settings->audit_round_ns >= 10 * S);
	assert(settings->housekeeping_ns >= 10 * S);
	assert(settings->history >= 16 && settings->history <= 1000000);
	assert(settings->max_holders >= 1 && settings->max_holders <= 1000000);
	assert(settings->max_entries >= 1 && settings->max_entries <= 10000000);
	assert(settings->max_names >= 1 && settings->max_names <= 1000000);
	assert(settings->adopt == ADOPT_NO || settings->adopt == ADOPT_NAMED ||
	       settings->adopt == ADOPT_ALL);
	assert(conf->receive_buffer >= CONF_RECEIVE_BUFFER_MIN &&
	       conf->receive_buffer <= CONF_RECEIVE_BUFFER_MAX);
	assert(conf->socket[0] == '/');
	assert(memchr(conf->socket, 0, sizeof(conf->socket)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf conf, twice;
	unsigned int faults = 0;
	size_t index = 0;
	int r;

	conf_default(&conf);
	r = conf_parse(&conf, "fuzz", (const char *)data, size, on_fault,
		       &faults);
	assert((r == 0) == (faults == 0));
	assert(faults <= 21);
	check_ranges(&conf);
	conf_default(&twice);
	conf_parse(&twice, "fuzz", (const char *)data, size, on_fault, &faults);
	assert(!conf_changed(&conf, &twice, &index));
	return 0;
}
