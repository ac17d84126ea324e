/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the engine concluded, as JSON: one shape a document, the same for the
 * daemon's methods and for the programs that judge on their own.
 *
 * Moments are RFC 3339 in UTC with microseconds, spans are microseconds with
 * the unit in the key. Names come from strangers: they pass text_escape(), so
 * that every document is valid UTF-8 without control characters.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/engine/event.h"
#include "common/engine/report.h"
#include "common/wire/about.h"
#include "common/wire/shapes_netns.h"

struct netns;
struct watch;

/*
 * Where a long list goes on, from zeroed, in chunks of at most SHAPES_CHUNK rows
 * until `ended` is set. What comes or goes between two chunks may or may not be
 * in the list; nothing stands in it twice. The rest is theirs alone.
 */
#define SHAPES_CHUNK 512

struct shapes_cursor {
	uint64_t limit; /* the newest so many; 0: all. Set by the caller */
	bool ended;
	bool begun;
	unsigned int part;
	bool lingering; /* shapes_namespaces: these alone. Set by the caller */
	bool nameless;	/* and without their `names`. Set by the caller */
	uint64_t key;	/* of the last row given */
	int64_t sub;
};

/*
 * What returns a json_t returns a new reference, or NULL where memory is short.
 * shapes_summary - the shape of check, selftest, replay and status. With span,
 * the deaths are those of the span that COMMAND_BEGIN opened.
 */
json_t *shapes_summary(const struct watch *watch,
		       const struct shapes_kernel *kernel, bool span);

/* shapes_status - the summary and what the daemon knows of itself. */
json_t *shapes_status(const struct watch *watch,
		      const struct shapes_kernel *kernel,
		      const struct shapes_daemon *daemon);

/*
 * Chunks of lists (shapes_lists.c, shapes_events.c): each an object with one
 * array, oldest first, under the list's name (of shapes_nsids: "entries").
 * `limit` counts for deaths, passes, findings and events.
 * shapes_nsids - of one holder, or of all where holder is NULL.
 * shapes_events - also "lost", how many were overwritten between two chunks.
 */
json_t *shapes_namespaces(const struct watch *watch,
			  struct shapes_cursor *cursor);
json_t *shapes_nsids(const struct watch *watch, const struct netns *holder,
		     struct shapes_cursor *cursor);
json_t *shapes_deaths(const struct watch *watch, struct shapes_cursor *cursor);
json_t *shapes_passes(const struct watch *watch, struct shapes_cursor *cursor);
json_t *shapes_findings(const struct watch *watch,
			struct shapes_cursor *cursor);
json_t *shapes_events(const struct watch *watch, struct shapes_cursor *cursor);

/* shapes_finding - one finding by its id; JSON null where there is none. */
json_t *shapes_finding(const struct watch *watch, const char *id);

/* shapes_event - the event number seq; JSON null where it is not kept. */
json_t *shapes_event(const struct watch *watch, uint64_t seq);

/* shapes_audit - the last audit that was asked for. */
json_t *shapes_audit(const struct watch *watch);

/*
 * SHAPES_OBJECT - an object of { key, value } pairs; SHAPES_EXTEND - one that is
 * there and gets more of them, none that it has. Object and values are given
 * away in every case; a NULL among them makes the whole NULL. Keys are ours, and
 * are not looked at again.
 */
struct shapes_field {
	const char *key;
	json_t *value;
};
#define SHAPES_OBJECT(...) SHAPES_EXTEND(json_object(), __VA_ARGS__)
#define SHAPES_EXTEND(object, ...) \
	shapes_object(object,      \
		      (const struct shapes_field[]){ __VA_ARGS__, { 0 } })
json_t *shapes_object(json_t *object, const struct shapes_field *fields);

/* shapes_number - an unsigned number; nothing here exceeds 63 bits. */
json_t *shapes_number(uint64_t number);
/* shapes_text - a string, escaped; JSON null for NULL and for "". */
json_t *shapes_text(const char *text);
/* shapes_moment - when a stamp was taken; JSON null for a zero one. */
json_t *shapes_moment(const struct stamp *at);

/* shapes_span - microseconds between two stamps, or JSON null. */
json_t *shapes_span(const struct stamp *from, const struct stamp *to);

/* How much of the machine is under watch. */
struct shapes_coverage {
	uint64_t holders; /* that are known */
	uint64_t heard;	  /* of them, that have a number in home */
	uint64_t entries;
	uint64_t resolved; /* of them, whose peer is known */
	/* what stands beyond a ceiling, as far as it is known: in the sums
	 * above, and neither heard nor resolved; each name is taken for one
	 * holder that nobody hears */
	uint64_t beyond[CEILINGS];
};

/* shapes_coverage - 0 or -ENOMEM. */
int shapes_coverage(const struct watch *watch,
		    struct shapes_coverage *ret_coverage);
