/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/watch.h"

#include "common/engine/ledger.h"
#include "common/wire/shapes.h"

/* Its number may have a new owner: then nobody says whom the event meant. */
static const struct netns *event_owner(const struct netns *netns, uint64_t seq)
{
	return netns && netns->born_seq <= seq ? netns : NULL;
}

static json_t *event_holder(const struct watch *watch,
			    const struct event *event, uint64_t seq)
{
	const struct netns *holder;

	if (event->holder == TAG_UNKNOWN)
		return json_null();
	holder = event_owner(ledger_holder(watch_ledger(watch), event->holder),
			     seq);
	if (holder)
		return shapes_netns(holder);
	return shapes_party(event->holder == TAG_HOME, event->holder, 0, 0,
			    NULL, NULL);
}

/* Known of a NEW whose entry still stands; a DEL does not say whom it meant. */
static json_t *event_peer(const struct watch *watch, const struct event *event,
			  uint64_t seq)
{
	const struct generation *generation;
	const struct netns *holder;
	const struct entry *entry;

	holder = ledger_holder(watch_ledger(watch), event->holder);
	if (event->type != EVENT_NEW || !event_owner(holder, seq))
		return json_null();
	entry = ledger_entry(holder, event->nsid);
	for (generation = entry ? entry->open : NULL; generation;
	     generation = generation->next)
		if (generation->opened_seq == seq)
			return shapes_owner(generation);
	return json_null();
}

json_t *shapes_event(const struct watch *watch, uint64_t seq)
{
	const struct event *event;
	uint64_t oldest;

	event = watch_event(watch, seq, &oldest);
	if (!event)
		return json_null();
	return SHAPES_OBJECT({ "seq", shapes_number(seq) },
			     { "at", shapes_moment(&event->at) },
			     { "type",
			       json_string(event->type == EVENT_NEW ? "new" :
								      "del") },
			     { "holder", event_holder(watch, event, seq) },
			     { "nsid", json_integer(event->nsid) },
			     { "peer", event_peer(watch, event, seq) });
}

/* The number of the first event that is wanted; *ret_lost are missing. */
static uint64_t event_first(const struct watch *watch,
			    const struct shapes_cursor *cursor,
			    uint64_t *ret_lost)
{
	uint64_t newest = watch_counters(watch)->seq, oldest = 1, first;

	watch_event(watch, newest, &oldest);
	*ret_lost = 0;
	if (cursor->begun) {
		first = cursor->key + 1;
		if (oldest > first)
			*ret_lost = oldest - first;
	} else {
		first = cursor->limit && newest > cursor->limit ?
				newest - cursor->limit + 1 :
				1;
	}
	return first > oldest ? first : oldest;
}

json_t *shapes_events(const struct watch *watch, struct shapes_cursor *cursor)
{
	uint64_t newest = watch_counters(watch)->seq, seq, end, lost;
	json_t *rows = json_array();

	seq = event_first(watch, cursor, &lost);
	end = newest + 1 - seq > SHAPES_CHUNK ? seq + SHAPES_CHUNK : newest + 1;
	for (; seq < end; seq++)
		if (json_array_append_new(rows, shapes_event(watch, seq)) < 0) {
			json_decref(rows);
			return NULL;
		}
	cursor->key = seq - 1;
	cursor->begun = true;
	cursor->ended = seq > newest;
	return SHAPES_OBJECT({ "events", rows },
			     { "lost", shapes_number(lost) });
}
