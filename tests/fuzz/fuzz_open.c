/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Head and slot of the file of open deaths. With an odd first byte the slot
 * gets the sum that it needs: somebody who means harm can make one too. What is
 * taken is what would be written.
 */

#include <stdlib.h>
#include <string.h>

#include "common/engine/image.h"
#include "daemon/open_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_slot(const uint8_t *slot)
{
	uint8_t again[OPEN_RECORD_BYTES];
	struct open_record record;

	if (open_record_get(slot, &record) != 0)
		return;
	if (!record.id || record.inherited.nsid < 0 ||
	    strnlen(record.name, NAME_MAX_BYTES) == NAME_MAX_BYTES ||
	    strnlen(record.label, NAME_MAX_BYTES) == NAME_MAX_BYTES)
		abort();
	open_record_put(again, &record);
	if (memcmp(again, slot, sizeof(again)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct identity home = { 1, 2, 3 };
	uint8_t bytes[OPEN_RECORD_BYTES] = { 0 };
	uint64_t sum;
	size_t i;

	if (size < 1 || size > sizeof(bytes))
		return -1;
	memcpy(bytes, data + 1, size - 1);
	(void)open_record_fits(bytes, "boot", &home);
	sum = image_sum(bytes + 8, sizeof(bytes) - 8);
	for (i = 0; i < 8 && data[0] % 2; i++)
		bytes[i] = (uint8_t)(sum >> 8 * i);
	try_slot(bytes);
	return 0;
}
