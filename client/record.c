/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/record.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/judging.h"
#include "client/options.h"
#include "client/session.h"
#include "client/show.h"
#include "client/verbs.h"
#include "common/engine/watch.h"
#include "common/kernel/capture.h"
#include "common/kernel/talk.h"

/* Everything up to the signal that ends it. */
static int listen(struct session *session, bool *ret_ended)
{
	*ret_ended = false;
	session->scanning = true;
	while (!capture_error(session->capture)) {
		/* The disk is looked at now and then, whatever happens. */
		switch (session_wait(session, NULL, 0,
				     session_now_ns() + 1000000000u, -1)) {
		case SESSION_SIGNAL:
			*ret_ended = true;
			return STATUS_WELL;
		case SESSION_FAILED:
			return STATUS_FAILURE;
		case SESSION_DONE:
		case SESSION_READABLE:
		case SESSION_TIMED_OUT:
			break;
		}
	}
	return STATUS_FAILURE;
}

/* The report of a replay is that of a check. */
static void remark(struct session *session, const struct options *options)
{
	const struct judged judged = { .notes = session->notes };
	const struct judging_result result = {
		.allow_none = options->allow_none,
		.list = true,
	};
	char *text = judging_remark(&judged, &result, NULL);

	if (text)
		talk_remark(session->talk, text);
	free(text);
}

static int tell(const struct options *options,
		const struct capture_counters *recorded,
		const struct counters *heard)
{
	json_t *document = SHAPES_OBJECT(
		{ "file", shapes_text(options->arguments[0]) },
		{ "bytes", shapes_number(recorded->bytes) },
		{ "frames", shapes_number(recorded->frames) },
		{ "events",
		  SHAPES_OBJECT({ "new", shapes_number(heard->news) },
				{ "del", shapes_number(heard->dels) }) });
	struct show show;

	show_open(options, false, &show);
	if (show.json)
		show_document(&show, document, false);
	else
		fprintf(show.stream, "%llu events, %llu frames, %llu bytes\n",
			(unsigned long long)(heard->news + heard->dels),
			(unsigned long long)recorded->frames,
			(unsigned long long)recorded->bytes);
	json_decref(document);
	return show_close(&show);
}

/* Barriers, and the end of the file. */
static int end(struct session *session, const struct options *options)
{
	struct capture_counters recorded;
	struct counters heard;
	int status;

	fprintf(stderr, "nsidwatch: making barriers; once more ends it at "
			"once\n");
	status = judging_run(session, options->timeout_ns);
	if (status)
		return status;
	remark(session, options);
	heard = *watch_counters(talk_watch(session->talk));
	recorded = *capture_counters(session->capture);
	status = session_seal(session);
	return status ? status : tell(options, &recorded, &heard);
}

int record_run(const struct options *options)
{
	struct options with_file = *options;
	struct session session;
	bool ended;
	int status;

	with_file.record = options->arguments[0];
	status = session_open(&with_file, options->adopt, &session);
	if (status)
		return status;
	status = listen(&session, &ended);
	if (!status && ended)
		status = end(&session, options);
	session_close(&session);
	return status;
}
