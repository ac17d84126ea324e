/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The file of open_deaths.h as bytes: a head, and slots behind it, one for each
 * death. The head is one line of text, with NULs behind it:
 *	nsidwatch open 2 BOOT ID DEV INO SUM
 * with the id of the boot, the rest in hexadecimal: home's identity, and the
 * sum of the line before that. A slot begins with the sum of what follows; it
 * is free where sum and id are 0. Numbers are little endian. None of them lies
 * in two pages, so that no kill can cut one in two.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/engine/input.h"

#define OPEN_RECORD_BYTES 1024 /* of the head, and of each slot */

struct open_record {
	uint64_t id;		    /* of the death, never 0 */
	struct inherited inherited; /* its texts are below */
	char name[NAME_MAX_BYTES], label[NAME_MAX_BYTES]; /* "": none */
};

enum open_record_outcome {
	OPEN_RECORD_FREE = 1,	/* nothing stands there */
	OPEN_RECORD_DAMAGED,	/* not as it was written */
	OPEN_RECORD_OTHER_BOOT, /* of a head: all of them ended with it */
};

/* open_record_head - of this boot and home. */
void open_record_head(uint8_t head[OPEN_RECORD_BYTES], const char *boot,
		      const struct identity *home);

/*
 * open_record_fits - is it the head of this boot and home? Any bytes are legal.
 * 0, OPEN_RECORD_OTHER_BOOT or OPEN_RECORD_DAMAGED.
 */
int open_record_fits(const uint8_t head[OPEN_RECORD_BYTES], const char *boot,
		     const struct identity *home);

/* open_record_put - the record's texts count, not what inherited points to. */
void open_record_put(uint8_t slot[OPEN_RECORD_BYTES],
		     const struct open_record *record);

/* open_record_get - any bytes are legal. What inherited points to stays NULL.
 * 0, OPEN_RECORD_FREE or OPEN_RECORD_DAMAGED. */
int open_record_get(const uint8_t slot[OPEN_RECORD_BYTES],
		    struct open_record *ret_record);
