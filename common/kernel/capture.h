/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Recordings as files, through libpcap: one file, or a ring of them by size.
 * What stands in them is common/engine/trace.h's. Without libpcap
 * (--without-libpcap) all that opens a file returns CAPTURE_UNSUPPORTED.
 */

#include <sys/types.h>

#include "common/engine/trace.h"

struct capture;
struct capture_file;

enum capture_outcome {
	CAPTURE_END = 1,     /* the file ends behind the last frame */
	CAPTURE_CUT,	     /* or within one */
	CAPTURE_DAMAGED,     /* what follows is no frame */
	CAPTURE_FOREIGN,     /* not a pcap file, or not of netlink */
	CAPTURE_UNSUPPORTED, /* built without libpcap */
};

struct capture_options {
	/* The file; of a ring the files are path.1, path.2 and so on. */
	const char *path;
	uint64_t file_bytes; /* a ring's file is full then; 0: one file only */
	uint32_t files;	     /* so many files of a ring are kept, 2 at least */
	const char *release; /* of the kernel */
	int built_batched;   /* as in struct trace_begin */
};

struct capture_counters {
	uint64_t frames;
	uint64_t bytes; /* in all files */
	uint64_t files;
};

/*
 * capture_open - make the file, or the next one of the ring: what a file held
 * before is lost, and a ring loses its oldest files, whoever wrote them.
 *
 * ret_capture is owned by the caller. Returns 0, CAPTURE_UNSUPPORTED, -errno.
 */
int capture_open(const struct capture_options *options,
		 struct capture **ret_capture);

/*
 * capture_close - end the recording: nothing is missing from it. Takes NULL.
 * Returns 0, or the -errno for which the recording failed, now or earlier.
 */
int capture_close(struct capture *capture);

/* capture_begin - before all else: with what the engine begins. */
void capture_begin(struct capture *capture, const struct settings *settings,
		   const struct start *start);

/*
 * capture_record - write one record; never waits for the disk by itself, and
 * allocates nothing. Rows of an answer are written with it, a new moment
 * before it. A recording that has failed ignores it.
 */
void capture_record(struct capture *capture, const struct trace_record *record);

/* capture_flush - give all of it to the kernel: once a wake-up. */
void capture_flush(struct capture *capture);

/* capture_full - the file of a ring has reached its size: capture_turn(). */
bool capture_full(const struct capture *capture);

/* capture_turn - go on in the next file of the ring. self_nsid is home's
 * number for itself. */
void capture_turn(struct capture *capture, int32_t self_nsid);

/* capture_error - 0, or the -errno for which the recording has ended. */
int capture_error(const struct capture *capture);

/* capture_path - the file that is written. Borrowed, until capture_turn(). */
const char *capture_path(const struct capture *capture);

const struct capture_counters *capture_counters(const struct capture *capture);

/*
 * capture_ring - the numbers of the files of a ring, ascending.
 *
 * ret_numbers is the caller's to free(). Returns how many, or -errno.
 */
ssize_t capture_ring(const char *path, uint64_t **ret_numbers);

/*
 * capture_file_open - open a file for reading.
 *
 * *ret_foreign: written on a machine with the other byte order. ret_file is
 * owned by the caller. Returns 0, CAPTURE_FOREIGN, CAPTURE_CUT (not even the
 * header is there), CAPTURE_UNSUPPORTED, or -errno.
 */
int capture_file_open(const char *path, bool *ret_foreign,
		      struct capture_file **ret_file);
/* capture_file_close - takes NULL, returns NULL. */
struct capture_file *capture_file_close(struct capture_file *file);

/*
 * capture_file_next - the next frame; its bytes are valid until the next call.
 * Returns 0, CAPTURE_END, CAPTURE_CUT, CAPTURE_DAMAGED, or -errno.
 */
int capture_file_next(struct capture_file *file, struct trace_frame *ret_frame);
