/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the file of state.h says of itself: one line of text, and the image
 * behind it. The line is
 *	nsidwatch state 1 BOOT SOCKET DROPS BYTES SUM
 * with the id of the boot, the rest in hexadecimal: the socket's cookie, its
 * drop counter, the bytes of the image, and the sum of the line before that.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_BOOT_MAX 64  /* with its NUL */
#define STATE_HEAD_MAX 256 /* of the line, with its NUL */

struct state_head {
	char boot[STATE_BOOT_MAX];
	uint64_t socket;
	uint32_t drops;
	uint64_t bytes;
};

/* state_head_write - the line, newline included; returns its length. */
size_t state_head_write(char line[STATE_HEAD_MAX],
			const struct state_head *head);

/*
 * state_head_parse - the line of len bytes, newline included, with a NUL behind
 * it. Any bytes are legal; false where it is not what state_head_write() wrote.
 */
bool state_head_parse(const char *line, size_t len,
		      struct state_head *ret_head);
