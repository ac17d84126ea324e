/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What the programs know as tables, as text for tests/lint/manuals.sh: lines
 * `finding NAME`, `reason NAME` and `setting KEY DEFAULT`, and the definition
 * of our interface.
 */

#include <stdio.h>
#include <stdlib.h>

#include "common/engine/verify.h"
#include "common/wire/conf.h"
#include "common/wire/interface.h"

int main(void)
{
	const char *interface = interface_description(INTERFACE_NAME);
	enum finding_kind kind;
	enum reason reason;
	const char *key, *value;
	size_t i;

	for (kind = 0; kind < FINDING_KINDS; kind++)
		printf("finding %s\n", finding_name(kind));
	for (reason = REASON_NONE + 1; reason < REASONS; reason++)
		printf("reason %s\n", reason_name(reason));
	for (i = 0; (key = conf_key(i, &value)); i++)
		printf("setting %s %s\n", key, value);
	if (!interface)
		return EXIT_FAILURE;
	puts(interface);
	return EXIT_SUCCESS;
}
