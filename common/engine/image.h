/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The whole of an engine as bytes, and an engine from them that goes on as the
 * first one would have: for a restart that forgets nothing. What is kept, and
 * how, stands in the tables of image_*.c; no other module knows of bytes.
 *
 * The bytes begin with a magic, the format's version and a sum of the rest.
 * Numbers are little endian, seven bits a byte; the first byte that is below
 * 128 ends one. Where they come from does not matter: any bytes are legal.
 */

#include <stddef.h>
#include <stdint.h>

struct settings;
struct watch;

/* Raised with every change of what the tables say; IMAGE_ROWS is their sum,
 * by which tests/lint/image.sh notices. */
#define IMAGE_VERSION 13
#define IMAGE_ROWS 1242348391

/* Beyond this nothing is written, nor taken. */
#define IMAGE_MAX (1u << 30) /* bytes */

enum image_outcome {
	IMAGE_DAMAGED = 1, /* no image, or not as it was written */
	IMAGE_FOREIGN,	   /* of a version that is not known here */
};

/*
 * image_write - the watch, between two inputs, as bytes.
 *
 * What nobody can see of it changes (the scratch of walks). ret_bytes is owned
 * by the caller, who frees it. Returns 0, -ENOMEM, or -EFBIG where IMAGE_MAX
 * bytes do not suffice.
 */
int image_write(struct watch *watch, void **ret_bytes, size_t *ret_len);

/*
 * image_read - the watch that the bytes tell of, with these settings: of what
 * they keep less of, the oldest is left out.
 *
 * ret_watch is owned by the caller. Returns 0, an outcome, or -ENOMEM.
 */
int image_read(const struct settings *settings, const void *bytes, size_t len,
	       struct watch **ret_watch);

/* image_sum - the sum that begins an image, for others' bytes: FNV-1a. */
uint64_t image_sum(const void *bytes, size_t len);
