/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "common/engine/image_codec.h"
#include "common/engine/image_parts.h"

static const struct field name_fields[] = {
	FIELD(name, leads),
	FIELD(name, home),
	FIELD(name, nsid),
	FIELD_IDENTITY(name, identity),
	FIELD(name, asked_seq),
	FIELD(name, failed),
	FIELD(name, came_ns),
	FIELD(name, effect_seq),
	FIELD(name, bare_seq),
	FIELD(name, initial),
	FIELD(name, adopt),
	FIELD(name, adopted),
	FIELD(name, scan),
	FIELD(name, wanted_seq),
	/* by names_note() */
	FIELD_NONE(name, hh),
	FIELD_NONE(name, text),
	FIELD_NONE(name, label),
	FIELD_NONE(name, kind),
	/* lists */
	FIELD_NONE(name, netns),
	FIELD_NONE(name, prev),
	FIELD_NONE(name, next),
	FIELD_NONE(name, queued),
	FIELD_NONE(name, waiting),
	FIELD_NONE(name, queue_next),
	FIELD_NONE(name, waiting_next),
};

static const struct field sync_fields[] = {
	FIELD(sync, next_question),
	FIELD(sync, turns),
	FIELD(sync, waiting_ns),
	FIELD(sync, self_wanted),
	FIELD(sync, self_seq),
	FIELD(sync, self_ns),
	FIELD(sync, scan_wanted),
	FIELD(sync, scan_processes),
	FIELD(sync, scan_done),
	FIELD(sync, hidden),
	FIELD(sync, names),
	FIELD(sync, scan_ns),
	FIELD(sync, scan_serial),
	FIELD(sync, numbered_seq),
	FIELD(sync, home_probed),
	FIELD(sync, life_seq),
	FIELD(sync, life_from_seq),
	FIELD(sync, numbered_seq),
	FIELD(sync, life_ns),
	FIELD(sync, housekeeping_ns),
	FIELD(sync, rounds),
	FIELD(sync, scan_rounds),
	FIELD(sync, table_serial),
	FIELD(sync, asked.open),
	FIELD(sync, asked.question.id),
	FIELD_ENUM(sync, asked.question.kind, QUESTION_KINDS),
	FIELD(sync, asked.question.holder),
	FIELD(sync, asked.question.nsid),
	FIELD_ENUM(sync, asked.question.name_kind, NAME_KINDS),
	FIELD(sync, asked.question.processes),
	FIELD(sync, asked.seq),
	FIELD(sync, asked.drained_ns),
	FIELD_TEXT(sync, asked.name),
	FIELD(sync, probe.last_serial),
	FIELD(sync, probe.next),
	FIELD(sync, probe.misses),
	FIELD_NONE(sync, asked.question.name),
	FIELD_NONE(sync, asked.holder),
	FIELD_NONE(sync, probe.holder),
	FIELD_NONE(sync, probe.peers),
	FIELD_NONE(sync, probe.n_peers),
	FIELD_NONE(sync, probe.at),
	FIELD_NONE(sync, probe.points),
	FIELD_NONE(sync, wish_first),
	FIELD_NONE(sync, wish_last),
	FIELD_NONE(sync, paced_first),
	FIELD_NONE(sync, paced_last),
	FIELD_NONE(sync, n_learn),
	FIELD_NONE(sync, first),
	FIELD_NONE(sync, last),
	FIELD_NONE(sync, name_first),
	FIELD_NONE(sync, name_last),
	FIELD_NONE(sync, waiting_first),
	FIELD_NONE(sync, waiting_last),
	FIELD_NONE(sync, holding),
	FIELD_NONE(sync, proved),
	FIELD_NONE(sync, audit_next),
	FIELD_NONE(sync, life_next),
};

static const struct field pending_fields[] = {
	FIELD(pending, question),
	FIELD(pending, asked_seq),
	FIELD(pending, came_ns),
	FIELD_ENUM(pending, extent, EXTENT_POINTS + 1),
	FIELD(pending, last),
	FIELD(pending, home_nsid),
	FIELD_NONE(pending, holder),
	FIELD_NONE(pending, rows),
	FIELD_NONE(pending, n_rows),
	FIELD_NONE(pending, cap_rows),
	FIELD_NONE(pending, next),
};

static const struct field row_fields[] = {
	FIELD(row, nsid),
	FIELD(row, peer),
};

static const struct field peer_fields[] = {
	FIELD(probe_peer, serial),
	FIELD(probe_peer, nsid),
};

/* ---- names ---------------------------------------------------------------- */

/* A new one as it was noted; NULL where it cannot be. */
static struct name *read_name(struct image *image)
{
	struct names *names = &image->watch->names;
	char text[NAME_MAX_BYTES], label[NAME_MAX_BYTES];
	struct sighting sighting = { 0 };
	uint32_t count = names->count;
	struct name *name;
	uint64_t kind;
	int r;

	image_number(image, &kind, NAME_KINDS - 1);
	sighting.kind = (enum name_kind)kind;
	sighting.text = image_text(image, NULL, text, sizeof(text));
	sighting.label = image_text(image, NULL, label, sizeof(label));
	if (!sighting.text || image->error) {
		image_damaged(image);
		return NULL;
	}
	r = names_note(names, &sighting, UINT32_MAX, &name);
	if (r < 0)
		image_failed(image, r);
	else if (names->count == count)
		image_damaged(image);
	return image->error ? NULL : name;
}

/* One that is there, or none: NULL, at the end and after a failure. */
static struct name *named(struct image *image, struct name *name)
{
	char buf[NAME_MAX_BYTES];
	const char *text = image_text(image, name ? name->text : NULL, buf,
				      sizeof(buf));

	if (!image_reading(image) || !text)
		return name && !image_reading(image) ? name : NULL;
	name = names_find(&image->watch->names, text);
	if (!name)
		image_damaged(image);
	return name;
}

/* The first one stands first again. */
static void names_of(struct image *image, struct netns *netns)
{
	struct name *at = netns->names, *last = NULL, *name;

	while ((name = named(image, at))) {
		if (!image_reading(image)) {
			at = name->next;
			continue;
		}
		if (name->netns) {
			image_damaged(image);
			return;
		}
		name->netns = netns;
		name->prev = last;
		*(last ? &last->next : &netns->names) = name;
		last = name;
	}
}

void image_names(struct image *image)
{
	struct name *at = image->watch->names.by_text, *name;
	uint64_t kind;
	size_t i;

	while (image_more(image, at != NULL)) {
		name = at;
		if (image_reading(image)) {
			name = read_name(image);
			if (!name)
				return;
		} else {
			kind = name->kind;
			image_number(image, &kind, NAME_KINDS - 1);
			image_text(image, name->text, NULL, 0);
			image_text(image, name->label, NULL, 0);
			at = name->hh.next;
		}
		IMAGE_FIELDS(image, name, name_fields);
	}
	for (i = 0; i < image->n_netnses && !image->error; i++)
		if (!image->netnses[i]->off)
			names_of(image, image->netnses[i]);
}

static void queued(struct image *image, struct sync *sync)
{
	struct name *at = sync->name_first, *name;

	while ((name = named(image, at))) {
		if (!image_reading(image)) {
			at = name->queue_next;
			continue;
		}
		if (name->queued) {
			image_damaged(image);
			return;
		}
		name->queued = true;
		*(sync->name_last ? &sync->name_last->queue_next :
				    &sync->name_first) = name;
		sync->name_last = name;
	}
}

static void waiting(struct image *image, struct sync *sync)
{
	struct name *at = sync->waiting_first, *name;

	while ((name = named(image, at))) {
		if (!image_reading(image)) {
			at = name->waiting_next;
			continue;
		}
		if (name->waiting) {
			image_damaged(image);
			return;
		}
		sync_name_rest(sync, name);
	}
}

/* ---- who is wanted -------------------------------------------------------- */

static int by_turn(const void *a, const void *b)
{
	const struct netns *left = *(struct netns *const *)a;
	const struct netns *right = *(struct netns *const *)b;

	return left->turn < right->turn ? -1 : left->turn > right->turn;
}

static int by_asked(const void *a, const void *b)
{
	const struct netns *left = *(struct netns *const *)a;
	const struct netns *right = *(struct netns *const *)b;

	if (left->asked_ns != right->asked_ns)
		return left->asked_ns < right->asked_ns ? -1 : 1;
	return by_turn(a, b);
}

static void link_wish(struct sync *sync, struct netns *netns)
{
	enum wish wish = netns->wish;

	sync->n_learn += wish == WISH_LEARN;
	if (wish == WISH_NONE || (wish == WISH_LEARN && netns->paced))
		return;
	netns->wish_prev = sync->wish_last[wish];
	*(sync->wish_last[wish] ? &sync->wish_last[wish]->wish_next :
				  &sync->wish_first[wish]) = netns;
	sync->wish_last[wish] = netns;
}

static void link_paced(struct sync *sync, struct netns *netns)
{
	if (!netns->paced)
		return;
	netns->paced_prev = sync->paced_last;
	*(sync->paced_last ? &sync->paced_last->paced_next :
			     &sync->paced_first) = netns;
	sync->paced_last = netns;
}

/* The lists of sync.c follow from what each one knows of itself. */
static void link_wanted(struct image *image, struct sync *sync)
{
	struct netns **sorted;
	size_t i, n = image->n_netnses;

	sorted = reallocarray(NULL, n, sizeof(*sorted));
	if (!sorted) {
		image_failed(image, -ENOMEM);
		return;
	}
	for (i = 0; i < n; i++)
		sorted[i] = image->netnses[i];
	qsort(sorted, n, sizeof(*sorted), by_turn);
	for (i = 0; i < n; i++)
		link_wish(sync, sorted[i]);
	qsort(sorted, n, sizeof(*sorted), by_asked);
	for (i = 0; i < n; i++)
		link_paced(sync, sorted[i]);
	free(sorted);
}

/* ---- answers on their way ------------------------------------------------- */

static void rows(struct image *image, struct pending *pending)
{
	struct row row = { 0 };
	size_t i;

	for (i = 0; image_more(image, i < pending->n_rows); i++) {
		if (!image_reading(image))
			row = pending->rows[i];
		IMAGE_FIELDS(image, &row, row_fields);
		if (image_reading(image) &&
		    pending_add(pending, row.nsid, row.peer) < 0)
			image_failed(image, -ENOMEM);
	}
}

static struct pending *pending(struct image *image, struct pending *at_hand)
{
	struct pending *at = image_item(image, at_hand, sizeof(*at));

	if (!at)
		return NULL;
	IMAGE_FIELDS(image, at, pending_fields);
	image_netns(image, &at->holder);
	if (image_reading(image))
		at->holder->inflight++;
	rows(image, at);
	return at;
}

static void pendings(struct image *image, struct sync *sync)
{
	struct pending **link = &sync->first, *at;

	while ((at = pending(image, *link))) {
		*link = at;
		sync->last = at;
		link = &at->next;
	}
}

static void probe(struct image *image, struct probe *probe)
{
	uint64_t at = probe->at;
	struct probe_peer *peers;
	size_t i;

	for (i = 0; image_more(image, i < probe->n_peers); i++) {
		if (image_reading(image)) {
			peers = reallocarray(probe->peers, i + 1,
					     sizeof(*peers));
			if (!peers) {
				image_failed(image, -ENOMEM);
				return;
			}
			peers[i] = (struct probe_peer){ 0 };
			probe->peers = peers;
			probe->n_peers = i + 1;
		}
		IMAGE_FIELDS(image, &probe->peers[i], peer_fields);
	}
	image_number(image, &at, probe->n_peers);
	probe->at = (size_t)at;
	image_netns_or_none(image, &probe->holder);
	probe->points = pending(image, probe->points);
	if (!probe->holder && (probe->peers || probe->points))
		image_damaged(image);
}

/* ---- all of it ------------------------------------------------------------ */

static void asked(struct image *image, struct asked *asked)
{
	bool by_name = image_more(image, asked->question.name != NULL);

	if (image_reading(image))
		asked->question.name = by_name ? asked->name : NULL;
	image_netns_or_none(image, &asked->holder);
}

/* Where a round goes on, if it runs. */
static void round_next(struct image *image, struct netns **next)
{
	if (image_more(image, *next != NULL))
		image_netns_borrowed(image, next);
}

void image_sync(struct image *image)
{
	struct sync *sync = &image->watch->sync;

	IMAGE_FIELDS(image, sync, sync_fields);
	asked(image, &sync->asked);
	image_netns_or_none(image, &sync->proved);
	round_next(image, &sync->audit_next);
	round_next(image, &sync->life_next);
	queued(image, sync);
	waiting(image, sync);
	if (image_reading(image) && !image->error)
		link_wanted(image, sync);
	pendings(image, sync);
	sync->holding = pending(image, sync->holding);
	probe(image, &sync->probe);
}
