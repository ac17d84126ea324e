/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/talk_state.h"

#include "common/engine/image.h"
#include "common/engine/watch.h"
#include "common/kernel/capture.h"

static int outcome(int r)
{
	switch (r) {
	case IMAGE_DAMAGED:
		return TALK_STATE_DAMAGED;
	case IMAGE_FOREIGN:
		return TALK_STATE_FOREIGN;
	default:
		return r;
	}
}

int talk_state_resume(const struct talk_state *state, uint64_t socket,
		      const struct identity *home,
		      const struct settings *settings, struct watch **ret_watch)
{
	const struct identity *then;
	struct watch *watch;
	int r;

	if (state->socket != socket)
		return TALK_STATE_OTHER;
	r = image_read(settings, state->image, state->len, &watch);
	if (r != 0)
		return outcome(r);
	then = &watch_start(watch)->home;
	if (then->id != home->id || then->dev != home->dev ||
	    then->ino != home->ino) {
		watch_free(watch);
		return TALK_STATE_OTHER;
	}
	*ret_watch = watch;
	return 0;
}

void talk_state_record(const struct talk_state *state, struct capture *capture,
		       const struct stamp *at)
{
	struct trace_record part = { .type = TRACE_IMAGE, .at = *at };
	const char *image = state->image;
	size_t done, left;

	for (done = 0; done < state->len; done += part.message.len) {
		left = state->len - done;
		part.message.bytes = image + done;
		part.message.len = left < TRACE_TEXT_MAX ? left :
							   TRACE_TEXT_MAX;
		part.message.whole = state->len;
		capture_record(capture, &part);
	}
}
