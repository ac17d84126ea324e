/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Recordings. With an even first byte the rest is a file. With an odd one it is
 * frames, each behind its length in two bytes, that get the check sum which
 * they need to be looked into: somebody who means harm can make one too. What
 * can be read is judged.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/engine/replay.h"
#include "common/kernel/capture.h"
#include "tests/lib/tape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

/* What the engine is asked for by a file is bounded, so that inputs are fast;
 * its own bounds are fuzz_engine's. */
static void tame(struct trace_record *record)
{
	struct settings *settings = record->type == TRACE_BEGIN ?
					    &record->begin.settings :
				    record->type == TRACE_SETTINGS ?
					    &record->settings :
					    NULL;

	if (settings && settings->history > 4096)
		settings->history = 4096;
}

static int take(struct trace *trace, const struct trace_frame *frame,
		struct replay *replay)
{
	struct trace_record record;
	int r = trace_read(trace, frame, &record);

	must(r >= 0);
	if (r != 0)
		return r;
	must(record.type < TRACE_TYPES);
	tame(&record);
	r = replay_take(replay, &record);
	must(r >= 0);
	return r;
}

static void fuzz_file(const uint8_t *data, size_t size, struct replay *replay)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);
	struct capture_file *file;
	struct trace_frame frame;
	struct trace trace;
	bool foreign;
	char path[64];

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (capture_file_open(path, &foreign, &file) == 0) {
		must(trace_init(&trace, foreign) == 0);
		while (capture_file_next(file, &frame) == 0 &&
		       take(&trace, &frame, replay) == 0)
			;
		trace_deinit(&trace);
		capture_file_close(file);
	}
	close(fd);
}

static void fuzz_frames(const uint8_t *data, size_t size, bool foreign,
			struct replay *replay)
{
	struct trace trace, sealer;
	struct trace_frame frame = { 0 };
	uint32_t *copy;
	int r = 0;

	must(trace_init(&trace, foreign) == 0);
	must(trace_init(&sealer, foreign) == 0);
	while (r == 0 && size >= 2) {
		frame.len = data[0] | (size_t)data[1] << 8;
		data += 2;
		size -= 2;
		frame.len = frame.len < size ? frame.len : size;
		if (frame.len < 16)
			break;
		memcpy(sealer.buf, data, frame.len);
		frame.bytes = sealer.buf;
		sealer.check = trace.check;
		tape_seal(&sealer, &frame);
		copy = malloc(frame.len);
		must(copy != NULL);
		memcpy(copy, sealer.buf, frame.len);
		frame.bytes = copy;
		r = take(&trace, &frame, replay);
		free(copy);
		data += frame.len;
		size -= frame.len;
	}
	trace_deinit(&trace);
	trace_deinit(&sealer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct replay replay;

	if (size == 0 || size > 1 << 16)
		return -1;
	replay_init(&replay);
	if (data[0] & 1)
		fuzz_frames(data + 1, size - 1, data[0] & 2, &replay);
	else
		fuzz_file(data + 1, size - 1, &replay);
	must(replay_finish(&replay) == 0);
	replay_deinit(&replay);
	return 0;
}
