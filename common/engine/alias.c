/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/alias.h"

#include <errno.h>
#include <stdlib.h>

#include "common/engine/state.h"

int alias_keep(struct watch *watch, const struct event *event)
{
	uint32_t cap = watch->cap_untold ? watch->cap_untold * 2 : 64;
	struct untold *untold;

	watch->sync.self_wanted = true;
	sync_want(watch, watch->ledger.home, watch->seq, WISH_LEARN);
	if (watch->n_untold == UNTOLD)
		return 0;
	if (watch->n_untold == watch->cap_untold) {
		untold = realloc(watch->untold, cap * sizeof(*untold));
		if (!untold)
			return -ENOMEM;
		watch->untold = untold;
		watch->cap_untold = cap;
	}
	watch->untold[watch->n_untold++] = (struct untold){ .event = *event,
							    .seq = watch->seq };
	return 0;
}

void alias_distrust(struct watch *watch)
{
	struct entry *entry = watch->ledger.home->entries.first;

	for (; entry; entry = entry->next) {
		entry->gapped = true;
		entry->gone = false;
	}
}

void alias_announced(struct watch *watch, const struct netns *holder,
		     const struct event *event)
{
	/* So home's own is announced: is it of whom nobody heard to get it? */
	if (event->nsid == event->holder)
		watch->sync.self_wanted |= !holder->announced ||
					   holder->unproved;
	/* So what was tagged with it until now was not home's. */
	if (holder->home && event->nsid == watch->ledger.self_nsid)
		alias_distrust(watch);
}

/*
 * Some of what nobody could place was home's own: it counts from now. What came
 * before home had the number was of whoever had it then.
 */
static int tell_untold(struct watch *watch)
{
	int32_t self = watch->ledger.self_nsid;
	const struct entry *entry = ledger_entry(watch->ledger.home, self);
	uint64_t since_seq = entry ? entry->touched_seq : 0;
	uint32_t i, n = watch->n_untold;
	struct untold *untold;
	int r = 0;

	watch->n_untold = 0;
	for (i = 0; r == 0 && i < n; i++) {
		untold = &watch->untold[i];
		if (untold->event.holder == self && untold->seq > since_seq)
			r = watch_take_event(watch, watch->ledger.home,
					     &untold->event, false);
	}
	free(watch->untold);
	watch->untold = NULL;
	watch->cap_untold = 0;
	return r;
}

/*
 * Until now home's own events may have been taken for another's, or another's
 * for home's: from the moment at which they can be told apart, all begins anew.
 */
int alias_home(struct watch *watch, int32_t nsid)
{
	bool anew = watch->ledger.home->trust == TRUST_LIVE ||
		    watch->ledger.home->trust == TRUST_GAP;
	struct netns *alias;
	struct entry *entry;
	int r;

	if (nsid == watch->ledger.self_nsid)
		return tell_untold(watch);
	alias = nsid >= 0 ? ledger_holder(&watch->ledger, nsid) : NULL;
	ledger_alias_home(&watch->ledger, nsid);
	if (alias) {
		anew = true; /* some were taken for its own */
		alias->ended_seq = watch->seq ? watch->seq : 1;
		entry = ledger_entry(watch->ledger.home, nsid);
		entry->rebase = true;
		delta_touch(&watch->ledger.delta, entry);
	}
	if (alias && alias->death)
		verify_close(watch, alias->death, VERDICT_INDETERMINATE,
			     REASON_TAINTED);
	else if (alias)
		watch_end_netns(watch, alias);
	r = tell_untold(watch);
	if (r == 0 && anew)
		return watch_gap(watch, GAP_NUMBER);
	alias_distrust(watch);
	return r;
}
