/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/watch.h"

#include "common/engine/label.h"
#include "common/engine/ledger.h"
#include "common/engine/names.h"
#include "common/wire/shapes.h"

static json_t *shape_known(bool known, uint64_t number)
{
	return known ? shapes_number(number) : json_null();
}

static int add_part(json_t *party, const char *key,
		    const struct label_part *part)
{
	char *text;
	int r;

	if (!part->len)
		return 0;
	text = strndup(part->bytes, part->len);
	r = json_object_set_new(party, key, shapes_text(text));
	free(text);
	return r;
}

/* A unit's name holds nothing that could do harm, and a backslash of its own
 * (label_read()): so it stays as systemd has it. */
static int add_unit(json_t *party, const struct label_part *unit)
{
	if (!unit->len)
		return 0;
	return json_object_set_new(party, "unit",
				   json_stringn(unit->bytes, unit->len));
}

static int add_parts(json_t *party, const char *label)
{
	struct label parts;

	label_read(label, &parts);
	return add_part(party, "runtime", &parts.runtime) |
	       add_part(party, "container", &parts.container) |
	       add_part(party, "pod", &parts.pod) |
	       add_unit(party, &parts.unit);
}

json_t *shapes_party(bool home, int32_t nsid, uint32_t generation, uint64_t id,
		     const char *name, const char *label)
{
	json_t *party = SHAPES_OBJECT(
		{ "name", shapes_text(name) }, { "label", shapes_text(label) },
		{ "nsid", shape_known(!home && nsid >= 0, (uint64_t)nsid) },
		{ "generation", shape_known(generation > 0, generation) },
		{ "id", shape_known(id > 0, id) });
	int r = add_parts(party, label);

	if (home)
		r |= json_object_set_new(party, "home", json_true());
	if (r < 0) {
		json_decref(party);
		return NULL;
	}
	return party;
}

json_t *shapes_netns(const struct netns *netns)
{
	const char *name, *label;

	if (!netns)
		return json_null();
	name = names_called(netns, &label);
	return shapes_party(netns->home, netns->nsid, netns->generation,
			    netns->identity.id, name, label);
}

const struct netns *shapes_find(const struct watch *watch, const char *text)
{
	const struct ledger *ledger = watch_ledger(watch);
	const struct netns *netns, *found = NULL;
	const struct name *name;
	char *end;
	long nsid;

	if (strcmp(text, "home") == 0)
		return ledger->home;
	nsid = strtol(text, &end, 10);
	if (*text && !*end && nsid >= 0 && nsid <= INT32_MAX)
		found = ledger_holder(ledger, (int32_t)nsid);
	for (netns = ledger->netnses; netns && !found; netns = netns->next)
		for (name = netns->names; name && !netns->ended_seq;
		     name = name->next)
			if (names_mean(name->text, name->label, text))
				found = netns;
	for (netns = ledger->netnses; netns && !found; netns = netns->next)
		if (!netns->ended_seq &&
		    names_mean(netns->former, netns->former_label, text))
			found = netns;
	return found;
}

static int compare(uint64_t a, uint64_t b)
{
	return a == b ? 0 : a < b ? -1 : 1;
}

static int identity_order(const struct identity *a, const struct identity *b)
{
	int order = compare(a->id, b->id);

	if (!order)
		order = compare(a->dev, b->dev);
	return order ? order : compare(a->ino, b->ino);
}

static int by_identity(const void *left, const void *right)
{
	const struct name *a = *(const struct name *const *)left;
	const struct name *b = *(const struct name *const *)right;
	int order = identity_order(&a->identity, &b->identity);

	if (!order)
		order = compare(a->kind, b->kind);
	return order ? order : strcmp(a->text, b->text);
}

static int find_identity(const void *key, const void *member)
{
	const struct name *name = *(const struct name *const *)member;

	return identity_order(key, &name->identity);
}

/* A name that was asked too early does not make its namespace unheard. */
static size_t drop_heard(const struct watch *watch, const struct name **names,
			 size_t n)
{
	const struct netns *netns = watch_ledger(watch)->netnses;
	const struct name **found;
	size_t i, kept = 0;
	bool *heard = calloc(n + 1, sizeof(*heard));

	for (; heard && netns; netns = netns->next) {
		found = bsearch(&netns->identity, names, n, sizeof(*names),
				find_identity);
		if (found && identity_known(&netns->identity))
			heard[found - names] = true;
	}
	for (i = 0; i < n; i++)
		if (!heard || !heard[i])
			names[kept++] = names[i];
	free(heard);
	return kept;
}

static bool is_unheard(const struct name *name)
{
	return name->leads && !name->home && !name->netns &&
	       name->nsid == NSID_NONE;
}

ssize_t shapes_unheard(const struct watch *watch,
		       const struct name ***ret_names)
{
	const struct names *names = watch_names(watch);
	const struct name **found, *name;
	size_t n = 0, kept = 0, i;
	bool sure;

	found = calloc((size_t)names->count + 1, sizeof(*found));
	if (!found)
		return -ENOMEM;
	for (name = names->by_text; name; name = name->hh.next)
		if (is_unheard(name))
			found[n++] = name;
	qsort(found, n, sizeof(*found), by_identity);
	for (i = 0; i < n; i++)
		if (!kept || !identity_same(&found[kept - 1]->identity,
					    &found[i]->identity, &sure))
			found[kept++] = found[i];
	*ret_names = found;
	return (ssize_t)drop_heard(watch, found, kept);
}
