/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/state_head.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/engine/image.h"

size_t state_head_write(char line[STATE_HEAD_MAX],
			const struct state_head *head)
{
	int n = snprintf(line, STATE_HEAD_MAX,
			 "nsidwatch state 1 %s %016" PRIx64 " %08" PRIx32
			 " %016" PRIx64,
			 head->boot, head->socket, head->drops, head->bytes);

	n += snprintf(line + n, STATE_HEAD_MAX - (size_t)n, " %016" PRIx64 "\n",
		      image_sum(line, (size_t)n));
	return (size_t)n;
}

/* Written again it must be the same, down to the last byte. */
bool state_head_parse(const char *line, size_t len, struct state_head *ret_head)
{
	struct state_head head = { 0 };
	char again[STATE_HEAD_MAX];

	if (sscanf(line,
		   "nsidwatch state 1 %63s %16" SCNx64 " %8" SCNx32
		   " %16" SCNx64,
		   head.boot, &head.socket, &head.drops, &head.bytes) != 4)
		return false;
	if (state_head_write(again, &head) != len ||
	    memcmp(again, line, len) != 0)
		return false;
	*ret_head = head;
	return true;
}
