/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the programs know as tables, as text for tests/lint/manuals.sh: lines
 * `finding NAME`, `reason NAME`, `setting KEY DEFAULT`, `metric NAME LABEL`,
 * `message ID NAME` and, of each fault that the tests seed, `fault NAME: KINDS,
 * blind SPOTS`, and the definition of our interface.
 */

#include <stdio.h>
#include <stdlib.h>

#include "common/engine/verify.h"
#include "common/wire/conf.h"
#include "common/wire/interface.h"
#include "common/wire/metrics.h"
#include "daemon/alert.h"
#include "tests/lib/faults.h"

static void print_fault(enum fault_kind fault)
{
	enum finding_kind kind;
	enum blind_spot spot;

	printf("fault %s:", fault_name(fault));
	for (kind = 0; kind < FINDING_KINDS; kind++)
		if (fault_allows(fault, kind))
			printf(" %s", finding_name(kind));
	printf(", blind");
	for (spot = BLIND_ALIKE; spot < BLIND_SPOTS; spot++)
		if (fault_hides(fault, spot))
			printf(" %d", spot);
	printf("\n");
}

int main(void)
{
	const char *interface = interface_description(INTERFACE_NAME);
	enum finding_kind kind;
	enum fault_kind fault;
	enum reason reason;
	const char *key, *value;
	size_t i;

	for (kind = 0; kind < FINDING_KINDS; kind++)
		printf("finding %s\n", finding_name(kind));
	for (reason = REASON_NONE + 1; reason < REASONS; reason++)
		printf("reason %s\n", reason_name(reason));
	for (fault = 0; fault < FAULT_KINDS; fault++)
		print_fault(fault);
	for (i = 0; (key = conf_key(i, &value)); i++)
		printf("setting %s %s\n", key, value);
	for (i = 0; (key = metrics_name(i, &value)); i++)
		printf("metric %s %s\n", key, value ? value : "-");
	for (i = 0; (key = alert_message_id(i, &value)); i++)
		printf("message %s %s\n", key, value);
	if (!interface)
		return EXIT_FAILURE;
	puts(interface);
	return EXIT_SUCCESS;
}
