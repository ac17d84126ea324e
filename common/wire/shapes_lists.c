/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/watch.h"

#include "common/engine/image.h"
#include "common/engine/ledger.h"
#include "common/engine/linger.h"
#include "common/engine/names.h"
#include "common/engine/passes.h"
#include "common/engine/verify.h"
#include "common/wire/shapes.h"
#include "common/wire/shapes_linger.h"

/* A namespace held by a thousand processes needs no thousand names. */
#define NAMES_SHOWN 16

/*
 * A namespace with its names is many small pieces of memory: of so many at a
 * time they stay in the caches until they are sent, and the events need not
 * wait for long.
 */
#define NAMESPACES_CHUNK 128

/*
 * Every list works alike: what lies behind the cursor is picked, put in order,
 * and a chunk of it becomes rows.
 */
struct pick {
	unsigned int part;
	uint64_t key;
	int64_t sub;
	const void *item; /* borrowed */
};

struct picks {
	const struct watch *watch;
	const struct shapes_cursor *cursor;
	size_t chunk;	    /* rows at a time; 0: SHAPES_CHUNK */
	struct pick *items; /* owned */
	size_t n;
	size_t capacity;
};

/* One item as one row or more, appended to rows; below zero: no memory. */
typedef int append_rows(const struct watch *watch, json_t *rows,
			const struct pick *pick);

static int by_place(const void *left, const void *right)
{
	const struct pick *a = left, *b = right;

	if (a->part != b->part)
		return a->part < b->part ? -1 : 1;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (a->sub != b->sub)
		return a->sub < b->sub ? -1 : 1;
	return 0;
}

static bool behind(const struct shapes_cursor *cursor, const struct pick *pick)
{
	const struct pick last = { .part = cursor->part,
				   .key = cursor->key,
				   .sub = cursor->sub };

	return !cursor->begun || by_place(pick, &last) > 0;
}

static int pick_add(struct picks *picks, const struct pick *pick)
{
	size_t capacity = picks->capacity ? picks->capacity * 2 : 64;
	struct pick *items;

	if (!behind(picks->cursor, pick))
		return 0;
	if (picks->n == picks->capacity) {
		items = reallocarray(picks->items, capacity, sizeof(*items));
		if (!items)
			return -ENOMEM;
		picks->items = items;
		picks->capacity = capacity;
	}
	picks->items[picks->n++] = *pick;
	return 0;
}

/* The chunk after the cursor; `r` is what the picking came to. */
static json_t *pick_rows(struct picks *picks, int r, append_rows *append,
			 struct shapes_cursor *cursor)
{
	size_t chunk = picks->chunk ? picks->chunk : SHAPES_CHUNK;
	json_t *rows = json_array();
	size_t i = 0, n;

	if (picks->n > 1)
		qsort(picks->items, picks->n, sizeof(*picks->items), by_place);
	if (!cursor->begun && cursor->limit && picks->n > cursor->limit)
		i = picks->n - (size_t)cursor->limit;
	n = i;
	for (; r == 0 && n < picks->n && n - i < chunk; n++)
		r = append(picks->watch, rows, &picks->items[n]);
	if (r == 0 && n > i) {
		cursor->part = picks->items[n - 1].part;
		cursor->key = picks->items[n - 1].key;
		cursor->sub = picks->items[n - 1].sub;
	}
	cursor->begun = true;
	cursor->ended = n == picks->n;
	free(picks->items);
	if (r < 0) {
		json_decref(rows);
		return NULL;
	}
	return rows;
}

/* ---- namespaces ----------------------------------------------------------- */

static const char *trust_name(enum trust trust)
{
	switch (trust) {
	case TRUST_COLD:
		return "cold";
	case TRUST_SETTLING:
		return "settling";
	case TRUST_LIVE:
		return "live";
	case TRUST_GAP:
		return "gap";
	case TRUST_REFUSED:
		return "refused";
	}
	return NULL;
}

static const char *name_kind_name(enum name_kind kind)
{
	switch (kind) {
	case NAME_PATH:
		return "mount";
	case NAME_PROCESS:
		return "process";
	case NAME_CANARY:
	case NAME_DESCRIPTOR:
		return "descriptor";
	case NAME_KINDS:
		break;
	}
	return NULL;
}

static json_t *namespace_names(const struct netns *netns)
{
	json_t *array = json_array();
	const struct name *name;
	int shown = 0, r = array ? 0 : -1;

	for (name = netns->names; name && shown < NAMES_SHOWN;
	     name = name->next, shown++)
		r |= json_array_append_new(
			array,
			SHAPES_OBJECT({ "kind", json_string(name_kind_name(
							name->kind)) },
				      { "name", shapes_text(name->text) },
				      { "label", shapes_text(name->label) },
				      { "leads", json_boolean(name->leads) }));
	if (r < 0) {
		json_decref(array);
		return NULL;
	}
	return array;
}

static bool lingers(const struct netns *netns)
{
	return netns->lingers && linger_orphaned(netns);
}

static const char *namespace_state(const struct netns *netns)
{
	return netns->death ? "dying" : lingers(netns) ? "lingering" : "live";
}

static json_t *namespace_table(const struct netns *netns)
{
	return SHAPES_OBJECT({ "trust", json_string(trust_name(netns->trust)) },
			     { "complete", json_boolean(netns->complete) },
			     { "entries", shapes_number(netns->n_entries) },
			     { "unknown", shapes_number(netns->n_unknown) });
}

static json_t *namespace_row(const struct watch *watch,
			     const struct netns *netns)
{
	json_t *row =
		SHAPES_EXTEND(shapes_netns(netns), { "heard", json_true() },
			      { "state", json_string(namespace_state(netns)) },
			      { "ino", shapes_number(netns->identity.ino) },
			      { "held_by", shapes_held_by(netns) },
			      { "since", shapes_moment(&netns->since) },
			      { "holders", shapes_number(netns->n_named_by) },
			      { "table", namespace_table(netns) });

	return lingers(netns) ? shapes_lingering(watch, netns, row) : row;
}

/* One without a number in home: a name is all that there is. */
static json_t *unheard_row(const struct name *name)
{
	return SHAPES_EXTEND(
		shapes_party(false, NSID_NONE, 0, name->identity.id, name->text,
			     name->label),
		{ "heard", json_false() }, { "state", json_string("live") },
		{ "ino", shapes_number(name->identity.ino) },
		{ "held_by", json_pack("[s]", name_kind_name(name->kind)) });
}

enum namespace_part {
	PART_HEARD,
	PART_UNHEARD,
};

static int append_nameless(const struct watch *watch, json_t *rows,
			   const struct pick *pick)
{
	return json_array_append_new(rows,
				     pick->part == PART_HEARD ?
					     namespace_row(watch, pick->item) :
					     unheard_row(pick->item));
}

static int append_namespace(const struct watch *watch, json_t *rows,
			    const struct pick *pick)
{
	json_t *row;

	if (pick->part != PART_HEARD)
		return append_nameless(watch, rows, pick);
	row = SHAPES_EXTEND(namespace_row(watch, pick->item),
			    { "names", namespace_names(pick->item) });
	return json_array_append_new(rows, row);
}

/* Where in the list: by what tells it from others, else by its name. */
static struct pick unheard_place(const struct name *name)
{
	const struct identity *identity = &name->identity;
	struct pick pick = { .part = PART_UNHEARD, .item = name };

	pick.key = identity->id ? identity->id : identity->ino;
	if (!pick.key)
		pick.sub = (int64_t)image_sum(name->text, strlen(name->text));
	return pick;
}

static int pick_unheard(struct picks *picks)
{
	const struct name **names;
	struct pick pick;
	ssize_t n, i;
	int r = 0;

	n = shapes_unheard(picks->watch, &names);
	if (n < 0)
		return (int)n;
	for (i = 0; r == 0 && i < n; i++) {
		pick = unheard_place(names[i]);
		r = pick_add(picks, &pick);
	}
	free(names);
	return r;
}

json_t *shapes_namespaces(const struct watch *watch,
			  struct shapes_cursor *cursor)
{
	struct picks picks = { .watch = watch,
			       .cursor = cursor,
			       .chunk = NAMESPACES_CHUNK };
	const struct netns *netns = watch_ledger(watch)->netnses;
	size_t enough = cursor->limit ? SIZE_MAX : NAMESPACES_CHUNK + 1;
	int r = 0;

	/* They stand in the order of their serials: what is behind a chunk
	 * need not be picked yet. */
	for (; r == 0 && netns && picks.n < enough; netns = netns->next)
		if (!netns->ended_seq && (!cursor->lingering || lingers(netns)))
			r = pick_add(&picks,
				     &(struct pick){ .part = PART_HEARD,
						     .key = netns->serial,
						     .item = netns });
	if (r == 0 && !cursor->lingering && picks.n < enough) {
		/* They have no more than one name, but are gathered anew. */
		picks.chunk = SHAPES_CHUNK;
		r = pick_unheard(&picks);
	}
	return SHAPES_OBJECT(
		{ "namespaces", pick_rows(&picks, r,
					  cursor->nameless ? append_nameless :
							     append_namespace,
					  cursor) });
}

/* ---- nsids ---------------------------------------------------------------- */

json_t *shapes_owner(const struct generation *generation)
{
	if (generation->knowledge == PEER_SELF)
		return shapes_netns(generation->entry->holder);
	return shapes_netns(generation->peer);
}

static int nsid_append(const struct watch *watch, json_t *rows,
		       const struct pick *pick)
{
	const struct entry *entry = pick->item;
	const struct generation *generation;
	struct stamp since = { 0 };
	int r = 0;

	(void)watch;
	for (generation = entry->open; generation && r == 0;
	     generation = generation->next) {
		since.real_ns = generation->since_ns;
		r = json_array_append_new(
			rows,
			SHAPES_OBJECT({ "holder", shapes_netns(entry->holder) },
				      { "nsid", json_integer(entry->nsid) },
				      { "peer", shapes_owner(generation) },
				      { "since", shapes_moment(&since) }));
	}
	return r;
}

static int pick_entries(struct picks *picks, const struct netns *holder)
{
	const struct entry *entry = holder->entries.first;
	int r = 0;

	for (; r == 0 && entry; entry = entry->next)
		if (entry->open)
			r = pick_add(picks,
				     &(struct pick){ .key = holder->serial,
						     .sub = entry->nsid,
						     .item = entry });
	return r;
}

json_t *shapes_nsids(const struct watch *watch, const struct netns *holder,
		     struct shapes_cursor *cursor)
{
	struct picks picks = { .watch = watch, .cursor = cursor };
	const struct netns *netns = watch_ledger(watch)->netnses;
	json_t *rows;
	int r = 0;

	/* Holders stand in the order of their serials: one more than fills
	 * the chunk is enough to know that there is more. */
	for (; r == 0 && netns && picks.n <= SHAPES_CHUNK; netns = netns->next)
		if (holder ? netns == holder : !netns->ended_seq)
			r = pick_entries(&picks, netns);
	rows = pick_rows(&picks, r, nsid_append, cursor);
	return SHAPES_OBJECT({ "entries", rows });
}

/* ---- deaths, passes, findings --------------------------------------------- */

/*
 * Its number was announced and taken back before anybody looked for names
 * twice: that it had none says nothing.
 */
static bool unseen(const struct watch *watch, const struct death *death)
{
	const struct netns *peer = death->peer;

	return peer->announced && !death->name[0] &&
	       death->opened.mono_ns - peer->since.mono_ns <
		       2 * watch_settings(watch)->housekeeping_ns;
}

/* The peer of a death, with the names that it had while it lived. */
static json_t *death_peer(const struct watch *watch, const struct death *death)
{
	const struct netns *peer = death->peer;
	json_t *party;

	if (!peer)
		return json_null();
	party = shapes_party(peer->home, peer->nsid, peer->generation,
			     peer->identity.id, death->name, death->label);
	if (unseen(watch, death) &&
	    json_object_set_new(party, "unseen", json_true()) < 0) {
		json_decref(party);
		return NULL;
	}
	return party;
}

static json_t *death_row(const struct watch *watch, const struct death *death)
{
	const char *proof = death->proof == PROOF_NONE ?
				    NULL :
				    proof_name(death->proof);
	const char *reason = death->reason == REASON_NONE ?
				     NULL :
				     reason_name(death->reason);

	return SHAPES_OBJECT(
		{ "id", shapes_number(death->id) },
		{ "peer", death_peer(watch, death) },
		{ "verdict", json_string(verdict_name(death->verdict)) },
		{ "proof", shapes_text(proof) },
		{ "reason", shapes_text(reason) },
		{ "certain", json_boolean(death->certain) },
		{ "expected", shapes_number(death->expected) },
		{ "removals", shapes_number(death->n_removals) },
		{ "excused", shapes_number(death->excused) },
		{ "findings", shapes_number(death->findings) },
		{ "overdue", json_boolean(death->overdue) },
		{ "revision", shapes_number(death->revision) },
		{ "opened", shapes_moment(&death->opened) },
		{ "closed", shapes_moment(&death->closed) },
		{ "duration_us",
		  shapes_span(&death->opened, &death->last_removal) });
}

static int death_append(const struct watch *watch, json_t *rows,
			const struct pick *pick)
{
	return json_array_append_new(rows, death_row(watch, pick->item));
}

static int pick_deaths(struct picks *picks, const struct death *death)
{
	int r = 0;

	for (; r == 0 && death; death = death->next)
		r = pick_add(picks,
			     &(struct pick){ .key = death->id, .item = death });
	return r;
}

json_t *shapes_deaths(const struct watch *watch, struct shapes_cursor *cursor)
{
	struct picks picks = { .watch = watch, .cursor = cursor };
	const struct verify *verify = watch_verify(watch);
	json_t *rows;
	int r;

	r = pick_deaths(&picks, verify_closed_deaths(verify));
	if (r == 0)
		r = pick_deaths(&picks, verify_open_deaths(verify));
	rows = pick_rows(&picks, r, death_append, cursor);
	return SHAPES_OBJECT({ "deaths", rows });
}

static int pass_append(const struct watch *watch, json_t *rows,
		       const struct pick *pick)
{
	const struct pass *pass = pick->item;

	(void)watch;
	return json_array_append_new(
		rows,
		SHAPES_OBJECT({ "id", shapes_number(pass->id) },
			      { "order", json_string(order_name(pass->order)) },
			      { "peers", shapes_number(pass->peers) },
			      { "holders", shapes_number(pass->holders) },
			      { "removals", shapes_number(pass->removals) },
			      { "begin", shapes_moment(&pass->begin) },
			      { "end", shapes_moment(&pass->end) },
			      { "span_us",
				shapes_span(&pass->begin, &pass->end) }));
}

json_t *shapes_passes(const struct watch *watch, struct shapes_cursor *cursor)
{
	struct picks picks = { .watch = watch, .cursor = cursor };
	const struct passes *passes = watch_passes(watch);
	const struct pass *pass;
	json_t *rows;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && (pass = passes_get(passes, i)); i++)
		r = pick_add(&picks,
			     &(struct pick){ .key = pass->id, .item = pass });
	rows = pick_rows(&picks, r, pass_append, cursor);
	return SHAPES_OBJECT({ "passes", rows });
}

static json_t *finding_party(const struct party *party)
{
	if (!party->known)
		return json_null();
	return shapes_party(party->nsid == TAG_HOME, party->nsid,
			    party->generation, party->identity.id, party->name,
			    party->label);
}

static json_t *finding_row(const struct finding *finding)
{
	char id[24];

	snprintf(id, sizeof(id), "%llu", (unsigned long long)finding->id);
	return SHAPES_OBJECT(
		{ "id", json_string(id) },
		{ "kind", json_string(finding_name(finding->kind)) },
		{ "state", json_string(finding_state_name(finding->state)) },
		{ "holder", finding_party(&finding->holder) },
		{ "nsid", json_integer(finding->nsid) },
		{ "peer", finding_party(&finding->peer) },
		{ "at", shapes_moment(&finding->at) },
		{ "changed", shapes_moment(&finding->changed) },
		{ "death", finding->death ? shapes_number(finding->death) :
					    json_null() },
		{ "evidence", shapes_text(finding->evidence) });
}

static int finding_append(const struct watch *watch, json_t *rows,
			  const struct pick *pick)
{
	(void)watch;
	return json_array_append_new(rows, finding_row(pick->item));
}

json_t *shapes_findings(const struct watch *watch, struct shapes_cursor *cursor)
{
	struct picks picks = { .watch = watch, .cursor = cursor };
	const struct finding *finding = verify_findings(watch_verify(watch));
	json_t *rows;
	int r = 0;

	for (; r == 0 && finding; finding = finding->next)
		r = pick_add(&picks, &(struct pick){ .key = finding->id,
						     .item = finding });
	rows = pick_rows(&picks, r, finding_append, cursor);
	return SHAPES_OBJECT({ "findings", rows });
}

json_t *shapes_finding(const struct watch *watch, const char *id)
{
	const struct finding *finding;
	char *end;
	unsigned long long number;

	number = strtoull(id, &end, 10);
	if (!*id || *end)
		return json_null();
	finding = verify_finding(watch_verify(watch), number);
	return finding ? finding_row(finding) : json_null();
}
