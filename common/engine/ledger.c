/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/ledger.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Each event asks whose its tag is, and home's entry and that one's generation
 * are far from each other: whoever owns a number is remembered until anything
 * happens to that number, or to another one that shares its place.
 */
#define OWNERS 16384

static struct netns **owner_at(const struct ledger *ledger, int32_t nsid)
{
	return &ledger->owners[(uint32_t)nsid % OWNERS];
}

struct netns *netns_ref(struct netns *netns)
{
	netns->refs++;
	return netns;
}

struct netns *netns_unref(struct netns *netns)
{
	if (!netns || --netns->refs > 0)
		return NULL;
	assert(!netns->entries.count && !netns->named_by && !netns->unknown);
	assert(!netns->names && !netns->death);
	free(netns->former);
	free(netns->former_label);
	free(netns);
	return NULL;
}

static int netns_new(struct ledger *ledger, int32_t nsid,
		     const struct stamp *at, struct netns **ret_netns)
{
	struct netns *netns = calloc(1, sizeof(*netns)), **link;

	if (!netns)
		return -ENOMEM;
	netns->serial = ++ledger->next_serial;
	netns->refs = 1; /* the list's */
	netns->nsid = nsid;
	netns->home = nsid == TAG_HOME;
	netns->since = *at;
	link = &ledger->netnses;
	if (ledger->last) {
		netns->prev = ledger->last;
		link = &ledger->last->next;
	}
	*link = netns;
	ledger->last = netns;
	ledger->n_netnses++;
	netns->odds = &ledger->odds;
	odds_add(netns);
	*ret_netns = netns;
	return 0;
}

/* The list that a generation is on: its peer's, or the holder's unknown ones. */
static struct generation **generation_list(struct generation *generation,
					   uint32_t **ret_count)
{
	struct netns *holder = generation->entry->holder;

	if (generation->peer) {
		*ret_count = &generation->peer->n_named_by;
		return &generation->peer->named_by;
	}
	*ret_count = &holder->n_unknown;
	return &holder->unknown;
}

static bool generation_listed(const struct generation *generation)
{
	return generation->peer || generation->knowledge == PEER_UNKNOWN ||
	       generation->knowledge == PEER_NONE;
}

static void generation_link(struct generation *generation)
{
	struct generation **list;
	uint32_t *count;

	if (!generation_listed(generation))
		return;
	list = generation_list(generation, &count);
	generation->peer_prev = NULL;
	generation->peer_next = *list;
	if (*list)
		(*list)->peer_prev = generation;
	*list = generation;
	(*count)++;
	if (!generation->peer)
		odds_add(generation->entry->holder);
}

static void generation_unlink(struct generation *generation)
{
	struct generation **list;
	uint32_t *count;

	if (!generation_listed(generation))
		return;
	list = generation_list(generation, &count);
	if (generation->peer_prev)
		generation->peer_prev->peer_next = generation->peer_next;
	else
		*list = generation->peer_next;
	if (generation->peer_next)
		generation->peer_next->peer_prev = generation->peer_prev;
	generation->peer_prev = generation->peer_next = NULL;
	(*count)--;
}

void ledger_know(struct generation *generation, enum knowledge knowledge,
		 struct netns *peer, uint64_t seq)
{
	struct netns *before = generation->peer;

	assert((knowledge == PEER_KNOWN) == (peer != NULL));
	/* Perhaps it was home's number that is not its own any more. */
	if (before && before->remembered)
		*before->remembered = NULL;
	generation_unlink(generation);
	generation->peer = peer ? netns_ref(peer) : NULL;
	generation->knowledge = knowledge;
	generation->known_seq = seq;
	generation_link(generation);
	netns_unref(before);
}

static int generation_new(struct ledger *ledger, struct entry *entry,
			  const struct stamp *at, uint64_t seq,
			  struct generation **ret_generation)
{
	struct generation *generation = calloc(1, sizeof(*generation)), **link;
	struct netns *peer;
	int r;

	if (!generation)
		return -ENOMEM;
	generation->entry = entry;
	generation->opened_seq = seq;
	generation->opened_ns = at->mono_ns;
	generation->since_ns = at->real_ns;
	entry->generations++;
	if (entry->holder->home && entry->nsid == ledger->self_nsid) {
		generation->knowledge = PEER_SELF;
	} else if (entry->holder->home) {
		r = netns_new(ledger, entry->nsid, at, &peer);
		if (r < 0) {
			free(generation);
			return r;
		}
		peer->generation = entry->generations;
		generation->knowledge = PEER_KNOWN;
		generation->peer = netns_ref(peer);
	}
	if (entry->holder->home)
		*owner_at(ledger, entry->nsid) = NULL;
	delta_touch(&ledger->delta, entry);
	generation_link(generation);
	for (link = &entry->open; *link; link = &(*link)->next)
		;
	*link = generation;
	entry->holder->n_entries++;
	ledger->n_entries++;
	*ret_generation = generation;
	return 0;
}

static void generation_detach(struct ledger *ledger,
			      struct generation *generation)
{
	struct entry *entry = generation->entry;
	struct generation **link;

	if (entry->holder->home)
		*owner_at(ledger, entry->nsid) = NULL;
	delta_touch(&ledger->delta, entry);
	for (link = &entry->open; *link != generation; link = &(*link)->next)
		;
	*link = generation->next;
	generation->next = NULL;
	generation_unlink(generation);
	entry->holder->n_entries--;
	ledger->n_entries--;
	generation->entry = NULL;
}

void ledger_drop(struct ledger *ledger, struct generation *generation)
{
	if (generation->entry)
		generation_detach(ledger, generation);
	netns_unref(generation->peer);
	free(generation);
}

static void idle_unlink(struct ledger *ledger, struct entry *entry)
{
	if (!entry->idle)
		return;
	if (entry->idle_prev)
		entry->idle_prev->idle_next = entry->idle_next;
	else
		ledger->idle_first = entry->idle_next;
	if (entry->idle_next)
		entry->idle_next->idle_prev = entry->idle_prev;
	else
		ledger->idle_last = entry->idle_prev;
	entry->idle_prev = entry->idle_next = NULL;
	entry->idle = false;
	ledger->n_idle--;
}

static void entry_free(struct ledger *ledger, struct entry *entry)
{
	while (entry->open)
		ledger_drop(ledger, entry->open);
	idle_unlink(ledger, entry);
	numbers_remove(&entry->holder->entries, entry);
	free(entry);
}

/*
 * An entry at balance 0 is remembered, so that a second DEL is told from a
 * stray one; only so many, the oldest go first.
 */
static void idle_link(struct ledger *ledger, struct entry *entry)
{
	idle_unlink(ledger, entry);
	if (entry->balance != 0 || entry->open || entry->suspicion)
		return;
	entry->idle = true;
	entry->idle_prev = ledger->idle_last;
	if (ledger->idle_last)
		ledger->idle_last->idle_next = entry;
	else
		ledger->idle_first = entry;
	ledger->idle_last = entry;
	ledger->n_idle++;
}

void ledger_prune(struct ledger *ledger, uint64_t seq)
{
	struct entry *entry;

	while (ledger->n_idle > ledger->max_idle) {
		entry = ledger->idle_first;
		if (entry->touched_seq > seq)
			break;
		entry_free(ledger, entry);
	}
}

void ledger_hold(struct ledger *ledger, struct entry *entry)
{
	idle_unlink(ledger, entry);
}

void ledger_rest(struct ledger *ledger, struct entry *entry)
{
	idle_link(ledger, entry);
}

int ledger_init(struct ledger *ledger, const struct stamp *at,
		const struct identity *home, int32_t self_nsid,
		uint32_t max_idle)
{
	int r;

	*ledger = (struct ledger){ .self_nsid = self_nsid,
				   .max_idle = max_idle > 1 ? max_idle : 1 };
	ledger->owners = calloc(OWNERS, sizeof(*ledger->owners));
	if (!ledger->owners)
		return -ENOMEM;
	r = netns_new(ledger, TAG_HOME, at, &ledger->home);
	if (r < 0)
		return r;
	ledger->home->identity = *home;
	ledger->home->generation = 1;
	netns_ref(ledger->home);
	return 0;
}

void ledger_empty(struct ledger *ledger)
{
	struct netns *netns;

	for (netns = ledger->netnses; netns; netns = netns->next)
		ledger_forget(ledger, netns);
}

void ledger_deinit(struct ledger *ledger)
{
	ledger_empty(ledger);
	while (ledger->netnses)
		ledger_end(ledger, ledger->netnses);
	ledger->home = netns_unref(ledger->home);
	delta_drop(&ledger->delta);
	free(ledger->owners);
	ledger->owners = NULL;
}

struct entry *ledger_entry(const struct netns *holder, int32_t nsid)
{
	return numbers_find(&holder->entries, nsid);
}

struct generation *ledger_youngest(const struct entry *entry)
{
	struct generation *generation = entry->open;

	while (generation && generation->next)
		generation = generation->next;
	return generation;
}

struct netns *ledger_owner(const struct ledger *ledger, int32_t nsid)
{
	struct netns **owner = owner_at(ledger, nsid);
	struct generation *generation;
	struct entry *entry;

	if (*owner && (*owner)->nsid == nsid)
		return *owner;
	entry = ledger_entry(ledger->home, nsid);
	generation = entry ? ledger_youngest(entry) : NULL;
	if (!generation)
		return NULL;
	*owner = generation->peer;
	if (*owner)
		(*owner)->remembered = owner;
	return *owner;
}

struct netns *ledger_holder(const struct ledger *ledger, int32_t tag)
{
	struct netns *owner;

	if (tag == TAG_HOME || (tag >= 0 && tag == ledger->self_nsid))
		return ledger->home;
	owner = ledger_owner(ledger, tag);
	return owner && !owner->off ? owner : NULL;
}

int ledger_make_entry(struct netns *holder, int32_t nsid,
		      struct entry **ret_entry)
{
	struct entry *entry = ledger_entry(holder, nsid);
	int r;

	if (!entry) {
		entry = calloc(1, sizeof(*entry));
		if (!entry)
			return -ENOMEM;
		entry->holder = holder;
		entry->nsid = nsid;
		r = numbers_add(&holder->entries, entry);
		if (r < 0) {
			free(entry);
			return r;
		}
	}
	*ret_entry = entry;
	return 0;
}

int ledger_open(struct ledger *ledger, struct entry *entry,
		const struct stamp *at, uint64_t seq,
		struct generation **ret_generation)
{
	idle_unlink(ledger, entry);
	return generation_new(ledger, entry, at, seq, ret_generation);
}

static int apply_new(struct ledger *ledger, struct entry *entry,
		     const struct event *event, uint64_t seq,
		     struct change *change)
{
	int r;

	entry->balance++;
	if (entry->balance <= 0) {
		change->kind = CHANGE_REFILLED;
		return 0;
	}
	r = generation_new(ledger, entry, &event->at, seq, &change->generation);
	if (r < 0)
		return r;
	change->generation->announced = true;
	if (change->generation->peer) {
		change->generation->peer->born_seq = seq;
		change->generation->peer->announced = true;
	}
	change->kind = entry->balance > 1 ? CHANGE_OVER : CHANGE_OPENED;
	return 0;
}

static void apply_del(struct ledger *ledger, struct entry *entry,
		      struct change *change)
{
	entry->balance--;
	if (entry->balance < 0) {
		change->kind = CHANGE_UNDER;
		return;
	}
	change->kind = entry->balance ? CHANGE_CLOSED_OLDER : CHANGE_CLOSED;
	change->generation = entry->open;
	if (entry->open)
		generation_detach(ledger, entry->open);
}

int ledger_apply(struct ledger *ledger, struct netns *holder,
		 const struct event *event, uint64_t seq,
		 struct change *ret_change)
{
	struct change change = { .holder = holder };
	uint32_t count = holder->entries.count;
	int r;

	r = ledger_make_entry(holder, event->nsid, &change.entry);
	if (r < 0)
		return r;
	/* A complete table did not hold what nobody has heard of. */
	if (holder->entries.count > count)
		change.entry->known = holder->trust == TRUST_LIVE &&
				      (holder->complete ||
				       event->type == EVENT_NEW);
	idle_unlink(ledger, change.entry);
	if (event->type == EVENT_NEW) {
		r = apply_new(ledger, change.entry, event, seq, &change);
		if (r < 0)
			return r;
	} else {
		apply_del(ledger, change.entry, &change);
	}
	delta_touch(&ledger->delta, change.entry);
	change.entry->before_seq = change.entry->touched_seq;
	change.entry->touched_seq = seq;
	change.entry->lacked = false;
	/* The error comes before what was read into the queue ahead of it. */
	change.entry->gapped |= holder->trust == TRUST_GAP;
	change.entry->gone = event->type == EVENT_DEL &&
			     holder->trust != TRUST_GAP;
	change.entry->refilled = change.kind == CHANGE_REFILLED;
	change.blind = !change.entry->known || holder->trust != TRUST_LIVE;
	/* What went and came uncounted is there: no table has shown it yet. */
	if (change.entry->known || !change.entry->refilled)
		idle_link(ledger, change.entry);
	*ret_change = change;
	return 0;
}

int ledger_leave_out(struct ledger *ledger, struct netns *holder, int32_t nsid,
		     uint64_t seq)
{
	struct entry *entry;
	int r;

	r = ledger_make_entry(holder, nsid, &entry);
	if (r < 0)
		return r;
	holder->n_beyond++;
	delta_touch(&ledger->delta, entry);
	entry->known = entry->lacked = entry->refilled = entry->gone = false;
	entry->before_seq = entry->touched_seq;
	entry->touched_seq = seq;
	idle_link(ledger, entry);
	return 0;
}

void ledger_forget(struct ledger *ledger, struct netns *holder)
{
	while (holder->entries.first)
		entry_free(ledger, holder->entries.first);
}

void ledger_end(struct ledger *ledger, struct netns *netns)
{
	assert(!netns->entries.count);
	if (netns->prev)
		netns->prev->next = netns->next;
	else
		ledger->netnses = netns->next;
	if (netns->next)
		netns->next->prev = netns->prev;
	else
		ledger->last = netns->prev;
	netns->prev = netns->next = NULL;
	odds_remove(netns);
	netns->odds = NULL;
	ledger->n_netnses--;
	netns_unref(netns);
}

int ledger_stray(struct ledger *ledger, int32_t nsid, const struct stamp *at,
		 struct netns **ret_netns)
{
	struct netns *netns;
	int r;

	r = netns_new(ledger, nsid, at, &netns);
	if (r < 0)
		return r;
	netns->off = true;
	*ret_netns = netns_ref(netns);
	ledger_end(ledger, netns);
	return 0;
}

void ledger_alias_home(struct ledger *ledger, int32_t nsid)
{
	ledger->self_nsid = nsid;
}

bool ledger_number_touched(const struct ledger *ledger, int32_t nsid,
			   uint64_t seq)
{
	const struct entry *entry = ledger_entry(ledger->home, nsid);

	return entry && entry->touched_seq > seq;
}

bool ledger_touched(const struct ledger *ledger, const struct netns *netns,
		    uint64_t seq)
{
	const struct entry *entry;

	if (netns->home)
		return false;
	entry = ledger_entry(ledger->home, netns->nsid);
	return !entry || entry->touched_seq > seq;
}
