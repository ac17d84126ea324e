/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "common/engine/image_codec.h"
#include "common/engine/image_parts.h"

static const struct field ledger_fields[] = {
	FIELD(ledger, self_nsid),
	FIELD(ledger, next_serial),
	FIELD_NONE(ledger, home),
	FIELD_NONE(ledger, netnses),
	FIELD_NONE(ledger, last),
	FIELD_NONE(ledger, owners),
	FIELD_NONE(ledger, odds.first),
	FIELD_NONE(ledger, odds.last),
	FIELD_NONE(ledger, odds.mixed),
	FIELD_NONE(ledger, n_netnses),
	FIELD_NONE(ledger, n_entries),
	FIELD_NONE(ledger, n_idle),
	FIELD_NONE(ledger, idle_first),
	FIELD_NONE(ledger, idle_last),
	FIELD_NONE(ledger, max_idle),
	/* the next table of home's is looked at whole */
	FIELD_NONE(ledger, delta),
};

static const struct field netns_fields[] = {
	FIELD(netns, nsid),
	FIELD(netns, serial),
	FIELD(netns, home),
	FIELD(netns, off),
	FIELD(netns, canary),
	FIELD(netns, announced),
	FIELD(netns, lives),
	FIELD(netns, revived),
	FIELD(netns, stale),
	FIELD(netns, wronged),
	FIELD(netns, gone_seq),
	FIELD(netns, unproved),
	FIELD(netns, bereft),
	FIELD(netns, table_whole),
	FIELD(netns, complete),
	FIELD(netns, absent),
	FIELD(netns, paced),
	FIELD(netns, odd),
	FIELD_ENUM(netns, trust, TRUST_REFUSED + 1),
	FIELD(netns, last_del_seq),
	FIELD(netns, n_beyond),
	FIELD(netns, ended_seq),
	FIELD(netns, asked_seq),
	FIELD(netns, table_seq),
	FIELD_ENUM(netns, wish, WISHES),
	FIELD(netns, turn),
	FIELD(netns, asked_ns),
	FIELD(netns, audit_serial),
	FIELD(netns, probed_serial),
	FIELD(netns, baseline_seq),
	FIELD(netns, baseline_ns),
	FIELD(netns, born_seq),
	FIELD(netns, bare_seq),
	FIELD(netns, gap_seq),
	FIELD(netns, blind_seq),
	FIELD(netns, life_seq),
	FIELD(netns, span_dels),
	FIELD_ARRAY(netns, table_seqs),
	FIELD_ARRAY(netns, table_ns),
	FIELD(netns, n_table_seqs),
	FIELD(netns, table_last),
	FIELD(netns, generation),
	FIELD(netns, born_ns),
	FIELD_STAMP(netns, since),
	FIELD_STAMP(netns, until),
	FIELD_IDENTITY(netns, identity),
	FIELD(netns, contained),
	FIELD(netns, founded),
	FIELD_HEAP(netns, former),
	FIELD_HEAP(netns, former_label),
	FIELD_ENUM(netns, former_rank, RANK_CONTAINER + 1),
	FIELD(netns, former_start),
	FIELD_ENUM(netns, lost.rank, RANK_CONTAINER + 1),
	FIELD_STAMP(netns, lost.at),
	FIELD(netns, lost.seq),
	FIELD(netns, lost.last_ns),
	FIELD(netns, lost_seq),
	FIELD(netns, answered_ns),
	FIELD(netns, unreachable),
	FIELD(netns, lingers),
	/* counted, and linked, as what refers to it is read */
	FIELD_NONE(netns, refs),
	FIELD_NONE(netns, entries),
	FIELD_NONE(netns, n_entries),
	FIELD_NONE(netns, n_unknown),
	FIELD_NONE(netns, unknown),
	FIELD_NONE(netns, death),
	FIELD_NONE(netns, names),
	FIELD_NONE(netns, inflight),
	FIELD_NONE(netns, n_named_by),
	FIELD_NONE(netns, named_by),
	/* by turn, by when they were asked, by serial */
	FIELD_NONE(netns, wish_prev),
	FIELD_NONE(netns, wish_next),
	FIELD_NONE(netns, paced_prev),
	FIELD_NONE(netns, paced_next),
	FIELD_NONE(netns, odds),
	FIELD_NONE(netns, odd_prev),
	FIELD_NONE(netns, odd_next),
	FIELD_NONE(netns, prev),
	FIELD_NONE(netns, next),
	/* scratch */
	FIELD_NONE(netns, mark),
	FIELD_NONE(netns, remembered),
};

static const struct field entry_fields[] = {
	FIELD(entry, nsid),	      FIELD(entry, balance),
	FIELD(entry, touched_seq),    FIELD(entry, generations),
	FIELD(entry, known),	      FIELD(entry, rebase),
	FIELD(entry, lacked),	      FIELD(entry, refilled),
	FIELD(entry, gone),	      FIELD(entry, gapped),
	FIELD(entry, doubted),	      FIELD(entry, before_seq),
	FIELD(entry, closed_seq),     FIELD(entry, closed_death),
	FIELD(entry, closed_peer),    FIELD(entry, finding),
	FIELD_NONE(entry, seen),      FIELD_NONE(entry, prev),
	FIELD_NONE(entry, next),      FIELD_NONE(entry, holder),
	FIELD_NONE(entry, open),      FIELD_NONE(entry, suspicion),
	FIELD_NONE(entry, idle),      FIELD_NONE(entry, idle_prev),
	FIELD_NONE(entry, idle_next), FIELD_NONE(entry, changed),
};

static const struct field generation_fields[] = {
	FIELD_ENUM(generation, knowledge, PEER_SELF + 1),
	FIELD(generation, announced),
	FIELD(generation, listed),
	FIELD(generation, judged),
	FIELD(generation, doubted),
	FIELD(generation, opened_seq),
	FIELD(generation, known_seq),
	FIELD(generation, known_ns),
	FIELD(generation, opened_ns),
	FIELD(generation, since_ns),
	FIELD_NONE(generation, entry),
	FIELD_NONE(generation, peer),
	FIELD_NONE(generation, next),
	FIELD_NONE(generation, peer_prev),
	FIELD_NONE(generation, peer_next),
};

/* ---- who there is --------------------------------------------------------- */

/* The engine that is filled has home already. */
static void link_netns(struct ledger *ledger, struct netns *netns)
{
	bool odd = netns->odd;

	netns->odd = false;
	if (netns->off) {
		netns->wish = WISH_NONE;
		netns->paced = false;
		return;
	}
	if (!netns->home) {
		netns->refs = 1;
		netns->prev = ledger->last;
		ledger->last->next = netns;
		ledger->last = netns;
		ledger->n_netnses++;
		netns->odds = &ledger->odds;
	}
	if (odd)
		odds_add(netns);
}

static bool netns_possible(const struct image *image, const struct netns *netns)
{
	const struct netns *before = NULL;

	if (image->n_netnses)
		before = image->netnses[image->n_netnses - 1];
	if (!before)
		return netns->home && netns->nsid == TAG_HOME && !netns->off;
	return !netns->home && netns->nsid >= 0 &&
	       netns->serial > before->serial &&
	       netns->serial <= image->watch->ledger.next_serial;
}

static void read_netns(struct image *image, struct netns *netns)
{
	struct ledger *ledger = &image->watch->ledger;

	IMAGE_FIELDS(image, netns, netns_fields);
	if (!netns_possible(image, netns))
		image_damaged(image);
	if (!image->error)
		image_add_netns(image, netns);
	if (!image->error) {
		link_netns(ledger, netns);
	} else if (netns == ledger->home) {
		netns->home = true;
		netns->off = netns->odd = false;
	} else {
		netns->refs = 1;
		netns_unref(netns);
	}
}

static void read_netnses(struct image *image)
{
	struct netns *home = image->watch->ledger.home, *netns;

	odds_remove(home);
	netns = image_more(image, false) ? home : NULL;
	for (; netns; netns = image_item(image, NULL, sizeof(*netns)))
		read_netns(image, netns);
	if (!image->n_netnses)
		image_damaged(image);
}

void image_netnses(struct image *image)
{
	size_t i;

	IMAGE_FIELDS(image, &image->watch->ledger, ledger_fields);
	if (image_reading(image)) {
		read_netnses(image);
		return;
	}
	for (i = 0; i < image->n_netnses && image->mode == IMAGE_WRITE; i++) {
		(void)image_more(image, true);
		IMAGE_FIELDS(image, image->netnses[i], netns_fields);
	}
	(void)image_more(image, false);
}

/* ---- their tables --------------------------------------------------------- */

/* The list that it stands on (ledger.c), whose count is *ret_count. */
static struct generation **list_of(struct generation *generation,
				   uint32_t **ret_count)
{
	struct netns *holder = generation->entry->holder;

	*ret_count = generation->peer ? &generation->peer->n_named_by :
					&holder->n_unknown;
	return generation->peer ? &generation->peer->named_by :
				  &holder->unknown;
}

static void link_generation(struct image *image, struct entry *entry,
			    struct generation *generation)
{
	struct generation **list;
	uint32_t *count;

	generation->entry = entry;
	entry->holder->n_entries++;
	image->watch->ledger.n_entries++;
	if (generation->knowledge == PEER_SELF)
		return;
	list = list_of(generation, &count);
	generation->peer_next = *list;
	if (*list)
		(*list)->peer_prev = generation;
	*list = generation;
	(*count)++;
}

static void generations(struct image *image, struct entry *entry)
{
	struct generation **link = &entry->open, *generation;

	while ((generation = image_item(image, *link, sizeof(*generation)))) {
		IMAGE_FIELDS(image, generation, generation_fields);
		if (generation->knowledge == PEER_KNOWN)
			image_netns(image, &generation->peer);
		if (image_reading(image))
			link_generation(image, entry, generation);
		*link = generation;
		link = &generation->next;
	}
}

/* False where it was given back. */
static bool link_entry(struct image *image, struct netns *holder,
		       struct entry *entry)
{
	entry->holder = holder;
	if (entry->nsid < 0 || numbers_find(&holder->entries, entry->nsid))
		image_damaged(image);
	if (!image->error && numbers_add(&holder->entries, entry) < 0)
		image_failed(image, -ENOMEM);
	if (!image->error)
		return true;
	free(entry);
	return false;
}

static void entries(struct image *image, struct netns *holder)
{
	struct entry *at = holder->entries.first, *entry;

	while ((entry = image_item(image, at, sizeof(*entry)))) {
		IMAGE_FIELDS(image, entry, entry_fields);
		if (image_reading(image) && !link_entry(image, holder, entry))
			return;
		generations(image, entry);
		/* What is there has an owner, and nothing else has one. */
		if ((entry->balance > 0) != (entry->open != NULL))
			image_damaged(image);
		at = entry->next;
	}
}

/* ---- who is named by whom: in the order of the lists ----------------------- */

static struct generation *image_generation(struct image *image,
					   struct generation *generation)
{
	struct entry *entry = generation ? generation->entry : NULL;
	struct generation *at;
	uint64_t place = 0;

	for (at = entry ? entry->open : NULL; at != generation; at = at->next)
		place++;
	entry = image_entry(image, entry);
	image_number(image, &place, UINT32_MAX);
	if (!image_reading(image))
		return generation;
	for (at = entry ? entry->open : NULL; at && place; at = at->next)
		place--;
	if (!at)
		image_damaged(image);
	return at;
}

/* It stands behind `before` from now on, or first of all. */
static void move(struct generation **list, struct generation *generation,
		 struct generation *before)
{
	struct generation **link = before ? &before->peer_next : list;

	if (*link == generation)
		return;
	generation->peer_prev->peer_next = generation->peer_next;
	if (generation->peer_next)
		generation->peer_next->peer_prev = generation->peer_prev;
	generation->peer_prev = before;
	generation->peer_next = *link;
	*link = generation;
	if (generation->peer_next)
		generation->peer_next->peer_prev = generation;
}

/* The last one of a list has no choice. */
static void order(struct image *image, struct generation **list, uint32_t n)
{
	struct generation *at = *list, *before = NULL, *generation;
	uint32_t *count;

	for (; n > 1 && !image->error; n--) {
		generation = image_generation(image, at);
		if (!image_reading(image)) {
			at = at->peer_next;
			continue;
		}
		if (!generation || generation == before ||
		    generation->knowledge == PEER_SELF ||
		    list_of(generation, &count) != list) {
			image_damaged(image);
			return;
		}
		move(list, generation, before);
		before = generation;
	}
}

void image_tables(struct image *image)
{
	struct netns *netns;
	size_t i;

	for (i = 0; i < image->n_netnses && !image->error; i++)
		if (!image->netnses[i]->off)
			entries(image, image->netnses[i]);
	/* Collecting finds more of them on the way: those have no table. */
	for (i = 0; i < image->n_netnses && !image->error; i++) {
		netns = image->netnses[i];
		order(image, &netns->named_by, netns->n_named_by);
		order(image, &netns->unknown, netns->n_unknown);
	}
}

void image_idle(struct image *image)
{
	struct ledger *ledger = &image->watch->ledger;
	struct entry *at = ledger->idle_first, *entry;

	while (image_more(image, at != NULL)) {
		entry = image_entry(image, at);
		if (image_reading(image) && entry && !entry->idle)
			ledger_rest(ledger, entry);
		if (!entry || !entry->idle) {
			image_damaged(image);
			return;
		}
		at = entry->idle_next;
	}
}
