/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/inherit.h"

#include <stdio.h>

#include "common/engine/deaths.h"
#include "common/engine/state.h"

static void copy_name(char *to, const char *from)
{
	if (from)
		snprintf(to, NAME_MAX_BYTES, "%s", from);
}

/* What nothing is judged by: for people. */
static void tell(struct death *death, const struct inherited *inherited)
{
	death->opened = inherited->opened;
	death->last_removal = inherited->last_removal;
	if (death->last_removal.mono_ns < death->opened.mono_ns)
		death->last_removal = death->opened;
	death->certain = inherited->certain;
	death->expected = inherited->expected;
	death->n_removals = inherited->n_removals;
	copy_name(death->name, inherited->name);
	copy_name(death->label, inherited->label);
}

/* Every event of home since then is heard. */
static bool in_time(const struct watch *watch)
{
	return !watch->seq;
}

int inherit_death(struct watch *watch, const struct inherited *inherited)
{
	uint64_t seq = watch->seq ? watch->seq : 1;
	struct death *death;
	struct netns *peer;
	int r;

	if (inherited->nsid < 0) {
		watch->counters.ignored++;
		return 0;
	}
	r = ledger_stray(&watch->ledger, inherited->nsid, &inherited->opened,
			 &peer);
	if (r < 0)
		return r;
	peer->generation = inherited->generation;
	peer->identity = inherited->identity;
	peer->ended_seq = seq;
	r = deaths_open(watch, peer, &death);
	netns_unref(peer);
	if (r < 0)
		return r;
	death->inherited = true;
	death->home_seq = inherited->left_home ? seq : 0;
	death->gap = inherited->lost || !in_time(watch);
	tell(death, inherited);
	deaths_close(watch, death, VERDICT_INDETERMINATE, REASON_ENDED_OPEN);
	return 0;
}

/* From what an earlier watch left, and from what a table shows now. */
static bool same_peer(const struct netns *then, const struct netns *now)
{
	return then->nsid == now->nsid &&
	       (!then->identity.id || !now->identity.id ||
		then->identity.id == now->identity.id);
}

void inherit_claim(struct watch *watch, struct death *death)
{
	struct death *before = watch->verify.closed_first;
	struct netns *peer = death->peer;

	/* Whoever was born since, or answered, was not dying then. */
	if (peer->announced || peer->lives || peer->trust == TRUST_LIVE)
		return;
	for (; before && before->inherited; before = before->next) {
		if (!same_peer(before->peer, peer))
			continue;
		death->inherited = true; /* perhaps, and so no proof */
		if (!before->home_seq && !before->gap)
			break;
	}
	if (!before || !before->inherited)
		return;
	death->opened.real_ns = before->opened.real_ns; /* for people */
	if (!peer->identity.id)
		peer->identity = before->peer->identity;
	if (!death->name[0] && !death->label[0]) {
		copy_name(death->name, before->name);
		copy_name(death->label, before->label);
	}
	deaths_undo(watch, before);
}

void inherit_touched(struct watch *watch, int32_t nsid)
{
	struct death *death = watch->verify.closed_first;

	for (; death && death->inherited; death = death->next)
		if (death->peer->nsid == nsid && !death->home_seq)
			death->home_seq = watch->seq;
}

void inherit_gap(struct watch *watch)
{
	struct death *death = watch->verify.closed_first;

	for (; death && death->inherited; death = death->next)
		death->gap = true;
}
