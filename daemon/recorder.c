/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/recorder.h"

#include <string.h>

#include "common/kernel/capture.h"
#include "common/wire/conf.h"
#include "daemon/log.h"

static void fail(struct recorder *recorder, const char *why)
{
	recorder->failed = true;
	recorder->shape.error = why;
	log_line(LOG_LEVEL_ERROR, "nothing is recorded in %s: %s",
		 recorder->shape.file, why);
}

void recorder_open(struct recorder *recorder, const struct conf *conf,
		   const struct shapes_kernel *kernel)
{
	const struct capture_options options = {
		.path = conf->record,
		.file_bytes = conf->record_size,
		.files = conf->record_files,
		.release = kernel->release,
		.built_batched = kernel->built_batched,
	};
	int r;

	if (!*conf->record)
		return;
	recorder->shape.file = conf->record;
	r = capture_open(&options, &recorder->capture);
	if (r == CAPTURE_UNSUPPORTED)
		fail(recorder, "built without libpcap");
	else if (r < 0)
		fail(recorder, strerror(-r));
	else
		log_line(LOG_LEVEL_INFO, "recording in %s",
			 capture_path(recorder->capture));
}

void recorder_close(struct recorder *recorder)
{
	recorder_look(recorder);
	capture_close(recorder->capture);
	recorder->capture = NULL;
}

void recorder_look(struct recorder *recorder)
{
	if (!recorder->capture || recorder->failed)
		return;
	if (capture_error(recorder->capture))
		fail(recorder, strerror(-capture_error(recorder->capture)));
}

const struct shapes_recording *recorder_shape(struct recorder *recorder)
{
	struct shapes_recording *shape = &recorder->shape;

	if (recorder->capture) {
		shape->file = capture_path(recorder->capture);
		shape->bytes = capture_counters(recorder->capture)->bytes;
	}
	return shape->file ? shape : NULL;
}
