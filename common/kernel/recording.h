/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A recording from its files: their order, their ends, and what is missing.
 */

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

/*
 * Which file cannot be used, and why, in a sentence without a full stop. Both
 * are borrowed, for the call; the path may hold any bytes.
 */
typedef void recording_complain(void *userdata, const char *path,
				const char *why);

struct recording {
	recording_complain *complain;
	void *userdata;		      /* borrowed, for complain */
	struct recording_part *parts; /* owned */
	size_t n_parts;
	size_t at;		   /* the part that is read, from 0 */
	struct capture_file *file; /* owned; NULL: none is open */
	struct trace trace;
	uint64_t frames; /* whole ones, of this part */
	bool ended;	 /* its last frame was read */
	bool goes_on;	 /* and there is more behind it */
	bool missing;	 /* something is, at the end or before it */
	char **notes;	 /* owned: what is to be said of it, for people */
	size_t n_notes;
};

enum recording_outcome {
	RECORDING_END = 1,  /* there is nothing more that can be used */
	RECORDING_UNUSABLE, /* and complain() has said so */
};

/*
 * recording_open - a recording's files in any order, or the name of a ring: of
 * several recordings in it the last one.
 *
 * Returns 0, or RECORDING_UNUSABLE where a file cannot be read, holds no whole
 * frame, or is none of this recording.
 */
int recording_open(char *const *paths, int n_paths,
		   recording_complain *on_complaint, void *userdata,
		   struct recording *ret_recording);
void recording_close(struct recording *recording);

/*
 * recording_next - the next record, valid until the next call. What is missing
 * between two files comes as a gap. Returns 0, RECORDING_END, or -errno; -EIO
 * where a file went away meanwhile, and complain() has said so.
 */
int recording_next(struct recording *recording,
		   struct trace_record *ret_record);
