/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One thing that people are told: the same in the journal (journal.h), to the
 * program that OnFinding= names (hook.h), and to subscribers (alerts.h).
 *
 * The document is { "alert": the kind, "message_id", "at", "source": kernel or
 * recording, "message": a line for people, "kind": of the finding or null,
 * "finding", "namespace", "lingering", "more", "total" }, as io.nsidwatch(7) has it.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/engine/event.h"
#include "common/engine/finding.h"
#include "daemon/log.h"

struct netns;
struct watch;

enum alert_kind {
	ALERT_FINDING,
	ALERT_RESOLVED,
	ALERT_WITHDRAWN,
	ALERT_GAP,
	ALERT_LINGERING,
	ALERT_RELEASED, /* it lingers no more */
	ALERT_MORE,	/* of a kind there was more than was told one by one */
	ALERT_KINDS,
};

#define ALERT_TEXT_MAX 1536

struct alert {
	enum alert_kind kind;
	enum log_level level;
	char text[ALERT_TEXT_MAX]; /* not escaped */
	json_t *document;	   /* owned; NULL: no memory */
};

/* Who tells, and when. */
struct alert_origin {
	const struct watch *watch; /* borrowed */
	struct stamp at;	   /* of the kernel that it is about */
	bool recorded;
};

/*
 * Each makes an alert, to be freed with alert_deinit().
 *
 * alert_finding - it was made, whatever became of it; alert_changed - it was
 * resolved or withdrawn; alert_gap - so many since the last one, and in all;
 * alert_lingering - netns lingers, or does so no more; alert_more - what was
 * not told one by one, in the words of its class.
 */
void alert_finding(const struct alert_origin *origin,
		   const struct finding *finding, struct alert *ret_alert);
void alert_changed(const struct alert_origin *origin,
		   const struct finding *finding, struct alert *ret_alert);
void alert_gap(const struct alert_origin *origin, uint64_t more, uint64_t total,
	       struct alert *ret_alert);
void alert_lingering(const struct alert_origin *origin,
		     const struct netns *netns, bool lingers,
		     struct alert *ret_alert);
void alert_more(const struct alert_origin *origin, const char *what,
		uint64_t more, uint64_t total, struct alert *ret_alert);

void alert_deinit(struct alert *alert);

/* alert_message_id - for the catalog's test: in some order, from 0; NULL at
 * the end. *ret_name: what it is of. */
const char *alert_message_id(size_t index, const char **ret_name);
