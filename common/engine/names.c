/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/names.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/ledger.h"

void names_init(struct names *names)
{
	*names = (struct names){ 0 };
}

static void name_free(struct name *name)
{
	free(name->text);
	free(name->label);
	free(name);
}

void names_deinit(struct names *names)
{
	struct name *name, *next;

	HASH_ITER(hh, names->by_text, name, next)
		names_remove(names, name);
	assert(names->count == 0);
}

struct name *names_find(const struct names *names, const char *text)
{
	struct name *name;

	HASH_FIND_STR(names->by_text, text, name);
	return name;
}

static int name_new(struct names *names, const struct sighting *sighting,
		    struct name **ret_name)
{
	struct name *name = calloc(1, sizeof(*name));

	if (!name)
		return -ENOMEM;
	name->text = strdup(sighting->text);
	if (!name->text) {
		name_free(name);
		return -ENOMEM;
	}
	name->kind = sighting->kind;
	name->nsid = NSID_NONE;
	HASH_ADD_KEYPTR(hh, names->by_text, name->text, strlen(name->text),
			name);
	if (!name->hh.tbl) {
		name_free(name);
		return -ENOMEM;
	}
	names->count++;
	*ret_name = name;
	return 0;
}

/* One in NameFolders=, which alone has a label, and not a runtime's own. */
static bool is_given(const struct name *name)
{
	return name->kind == NAME_PATH && name->label &&
	       !label_path_made(name->text);
}

/* Who was there first, a path that somebody gave or a container? */
static void note_first(struct netns *netns, const struct name *name)
{
	switch (label_rank(name->kind, name->label)) {
	case RANK_PATH:
		netns->founded |= !netns->contained && is_given(name);
		break;
	case RANK_CONTAINER:
		netns->contained = true;
		break;
	case RANK_NONE:
	case RANK_DESCRIPTOR:
	case RANK_PROCESS:
	case RANK_UNIT:
		break;
	}
}

static int name_relabel(struct name *name, const char *label)
{
	char *copy;

	if (!label || (name->label && strcmp(name->label, label) == 0))
		return 0;
	copy = strdup(label);
	if (!copy)
		return -ENOMEM;
	free(name->label);
	name->label = copy;
	if (name->netns)
		note_first(name->netns, name);
	return 0;
}

int names_note(struct names *names, const struct sighting *sighting,
	       uint32_t max_names, struct name **ret_name)
{
	struct name *name = names_find(names, sighting->text);
	int r;

	if (!name) {
		if (names->count >= max_names)
			return NAMES_FULL;
		r = name_new(names, sighting, &name);
		if (r < 0)
			return r;
	}
	r = name_relabel(name, sighting->label);
	if (r < 0)
		return r;
	*ret_name = name;
	return 0;
}

static char *again(char *old, const char *text)
{
	free(old);
	return strdup(text);
}

/* People go on calling it by what it had. */
static void remember(struct netns *netns, const struct name *name)
{
	enum label_rank rank = names_rank(name, netns->founded);
	uint64_t start = label_start(name->text);

	if (name->kind == NAME_PATH ||
	    (!netns->former && name->kind == NAME_PROCESS))
		netns->former = again(netns->former, name->text);
	if (!name->label || rank <= RANK_DESCRIPTOR ||
	    rank < netns->former_rank ||
	    (rank == netns->former_rank && start > netns->former_start))
		return;
	netns->former_label = again(netns->former_label, name->label);
	netns->former_rank = rank;
	netns->former_start = start;
}

void names_bind(struct name *name, struct netns *netns)
{
	if (name->netns == netns)
		return;
	if (name->netns) {
		remember(name->netns, name);
		if (name->prev)
			name->prev->next = name->next;
		else
			name->netns->names = name->next;
		if (name->next)
			name->next->prev = name->prev;
		name->prev = name->next = NULL;
	}
	name->netns = netns;
	if (!netns)
		return;
	name->next = netns->names;
	if (netns->names)
		netns->names->prev = name;
	netns->names = name;
	note_first(netns, name);
}

void names_remove(struct names *names, struct name *name)
{
	names_bind(name, NULL);
	HASH_DEL(names->by_text, name);
	names->count--;
	name_free(name);
}

bool identity_known(const struct identity *identity)
{
	return identity->id || identity->ino;
}

bool identity_same(const struct identity *a, const struct identity *b,
		   bool *ret_sure)
{
	*ret_sure = true;
	if (a->id && b->id)
		return a->id == b->id;
	*ret_sure = false;
	return a->ino && a->ino == b->ino && a->dev == b->dev;
}

bool names_guested(const struct netns *netns)
{
	const struct name *name = netns->names;

	while (netns->founded && name && !is_given(name))
		name = name->next;
	return netns->founded && name;
}

enum label_rank names_rank(const struct name *name, bool guested)
{
	enum label_rank rank = label_rank(name->kind, name->label);

	return guested && rank == RANK_CONTAINER ? RANK_UNIT : rank;
}

/* A path is better, even one that is about to be lost, then a name that leads,
 * then the first in the alphabet. */
static bool better(const struct name *name, const struct name *best)
{
	if (!best || name->kind != best->kind)
		return !best || name->kind < best->kind;
	if (name->leads != best->leads)
		return name->leads;
	return strcmp(name->text, best->text) < 0;
}

/* One that a namespace is or was called by, so far the best. */
struct called {
	const char *label;
	enum label_rank rank;
	uint64_t start;
	bool former;
};

static bool calls_better(const struct called *called, const struct called *best)
{
	if (called->rank != best->rank || !best->label)
		return called->rank >= best->rank;
	/* A path that leads there, or a process, says more than one that did. */
	if (best->former &&
	    (called->rank == RANK_PATH || called->rank < RANK_UNIT))
		return true;
	if (called->start != best->start)
		return called->start < best->start;
	return best->former || strcmp(called->label, best->label) < 0;
}

const char *names_called(const struct netns *netns, const char **ret_label)
{
	struct called called,
		best_called = { netns->former_label, netns->former_rank,
				netns->former_start, true };
	const struct name *name, *best = NULL;

	for (name = netns->names; name; name = name->next) {
		if (better(name, best))
			best = name;
		called = (struct called){ name->label,
					  names_rank(name, netns->founded),
					  label_start(name->text), false };
		/* Who has it open is not what it is called. */
		if (called.label && called.rank != RANK_DESCRIPTOR &&
		    calls_better(&called, &best_called))
			best_called = called;
	}
	*ret_label = best_called.label;
	/* A path that it had says more to people than a process. */
	if (!best || (best->kind != NAME_PATH && netns->former &&
		      netns->former[0] == '/'))
		return netns->former;
	return best->text;
}

bool names_mean(const char *text, const char *label, const char *wanted)
{
	const char *slash = text ? strrchr(text, '/') : NULL;

	return (text && label_spells(text, wanted)) ||
	       label_means(label, wanted) ||
	       (slash && label_spells(slash + 1, wanted));
}
