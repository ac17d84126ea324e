/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The line with which a state begins. With an odd first byte the rest gets the
 * sum that it needs: somebody who means harm can make one too. What is taken is
 * what would be written.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/image.h"
#include "daemon/state_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[STATE_HEAD_MAX + 32], again[STATE_HEAD_MAX];
	struct state_head head;
	size_t len;

	if (size < 1 || size > STATE_HEAD_MAX)
		return -1;
	len = size - 1;
	memcpy(line, data + 1, len);
	line[len] = '\0';
	if (data[0] % 2)
		len += (size_t)snprintf(line + len, 32, " %016" PRIx64 "\n",
					image_sum(line, len));
	if (!state_head_parse(line, len, &head))
		return 0;
	if (state_head_write(again, &head) != len ||
	    memcmp(again, line, len) != 0 ||
	    strlen(head.boot) >= sizeof(head.boot))
		abort();
	return 0;
}
