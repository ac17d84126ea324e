/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A recording from its files: their order, their ends, and what is missing.
 * Everything here returns an enum status, having said what went wrong, unless
 * it says otherwise.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/engine/trace.h"

struct capture_file;

/* One file, by its first frame. */
struct recording_part {
	char *path;	 /* owned */
	uint64_t number; /* of the files of its recording */
	struct stamp start;
};

struct recording {
	struct recording_part *parts; /* owned */
	size_t n_parts;
	size_t at;		   /* the part that is read, from 0 */
	struct capture_file *file; /* owned; NULL: none is open */
	struct trace trace;
	uint64_t frames; /* whole ones, of this part */
	bool ended;	 /* its last frame was read */
	bool goes_on;	 /* and there is more behind it */
	bool missing;	 /* something is, at the end or before it */
	json_t *notes;	 /* owned; an array, what is to be said of it */
};

/*
 * recording_open - a recording's files in any order, or the name of a ring: of
 * several recordings in it the last one. STATUS_FAILURE where a file cannot be
 * read, holds no whole frame, or is none of this recording.
 */
int recording_open(char *const *paths, int n_paths,
		   struct recording *ret_recording);
void recording_close(struct recording *recording);

enum recording_outcome {
	RECORDING_END = 1, /* there is nothing more that can be used */
};

/*
 * recording_next - the next record. What is missing between two files comes as
 * a gap. Returns 0, RECORDING_END, or -errno.
 */
int recording_next(struct recording *recording,
		   struct trace_record *ret_record);
