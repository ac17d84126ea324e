/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/odds.h"

#include <stddef.h>

#include "common/engine/netns.h"

void odds_add(struct netns *netns)
{
	struct odds *odds = netns->odds;

	if (netns->odd || !odds)
		return;
	netns->odd = true;
	netns->odd_next = NULL;
	netns->odd_prev = odds->last;
	if (odds->last && odds->last->serial > netns->serial)
		odds->mixed = true;
	*(odds->last ? &odds->last->odd_next : &odds->first) = netns;
	odds->last = netns;
}

void odds_remove(struct netns *netns)
{
	struct odds *odds = netns->odds;

	if (!netns->odd)
		return;
	netns->odd = false;
	*(netns->odd_prev ? &netns->odd_prev->odd_next :
			    &odds->first) = netns->odd_next;
	*(netns->odd_next ? &netns->odd_next->odd_prev :
			    &odds->last) = netns->odd_prev;
	netns->odd_prev = netns->odd_next = NULL;
}

/* Takes n or fewer off the list. */
static struct netns *cut(struct netns **list, size_t n)
{
	struct netns *first = *list, **link = list;

	for (; n > 0 && *link; n--)
		link = &(*link)->odd_next;
	*list = *link;
	*link = NULL;
	return list == link ? NULL : first;
}

/* Appends both to what ends at link, in order; returns the new end. */
static struct netns **merge(struct netns **link, struct netns *a,
			    struct netns *b)
{
	struct netns **less;

	while (a || b) {
		less = !b || (a && a->serial < b->serial) ? &a : &b;
		*link = *less;
		link = &(*link)->odd_next;
		*less = *link;
	}
	*link = NULL;
	return link;
}

static void sort(struct odds *odds)
{
	struct netns *rest, *a, *b, *before = NULL, **link;
	size_t n, merges = 2;

	for (n = 1; merges > 1; n *= 2) {
		rest = odds->first;
		link = &odds->first;
		for (merges = 0; rest; merges++) {
			a = cut(&rest, n);
			b = cut(&rest, n);
			link = merge(link, a, b);
		}
	}
	for (a = odds->first; a; a = a->odd_next) {
		a->odd_prev = before;
		before = a;
	}
	odds->last = before;
}

struct netns *odds_walk(struct odds *odds)
{
	if (odds->mixed)
		sort(odds);
	odds->mixed = false;
	return odds->first;
}
