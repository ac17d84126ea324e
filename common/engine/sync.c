/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/audit.h"
#include "common/engine/rounds.h"
#include "common/engine/state.h"

void sync_init(struct sync *sync)
{
	*sync = (struct sync){ 0 };
}

static void asked_close(struct sync *sync)
{
	sync->asked.holder = netns_unref(sync->asked.holder);
	sync->asked.open = false;
}

static void link_after(struct sync *sync, struct netns *holder,
		       struct netns *before)
{
	enum wish wish = holder->wish;
	struct netns *after = before ? before->wish_next :
				       sync->wish_first[wish];

	holder->wish_prev = before;
	holder->wish_next = after;
	*(before ? &before->wish_next : &sync->wish_first[wish]) = holder;
	*(after ? &after->wish_prev : &sync->wish_last[wish]) = holder;
}

static void unlink_wish(struct sync *sync, struct netns *holder)
{
	enum wish wish = holder->wish;

	*(holder->wish_prev ? &holder->wish_prev->wish_next :
			      &sync->wish_first[wish]) = holder->wish_next;
	*(holder->wish_next ? &holder->wish_next->wish_prev :
			      &sync->wish_last[wish]) = holder->wish_prev;
	holder->wish_prev = holder->wish_next = NULL;
}

/* It stands on its list, unless it is paced: then only its turn is kept. */
static bool linked(const struct netns *holder)
{
	return holder->wish == WISH_URGENT ||
	       (holder->wish == WISH_LEARN && !holder->paced);
}

static void wish_unlink(struct sync *sync, struct netns *holder)
{
	if (linked(holder))
		unlink_wish(sync, holder);
	sync->n_learn -= holder->wish == WISH_LEARN;
	holder->wish = WISH_NONE;
}

static void wish_push(struct sync *sync, struct netns *holder, enum wish wish)
{
	holder->wish = wish;
	holder->turn = ++sync->turns;
	sync->n_learn += wish == WISH_LEARN;
	if (linked(holder))
		link_after(sync, holder, sync->wish_last[wish]);
}

static void unpace(struct sync *sync, struct netns *holder)
{
	struct netns *before = sync->wish_last[WISH_LEARN];

	*(holder->paced_prev ? &holder->paced_prev->paced_next :
			       &sync->paced_first) = holder->paced_next;
	*(holder->paced_next ? &holder->paced_next->paced_prev :
			       &sync->paced_last) = holder->paced_prev;
	holder->paced_prev = holder->paced_next = NULL;
	holder->paced = false;
	if (holder->wish != WISH_LEARN)
		return;
	while (before && before->turn > holder->turn)
		before = before->wish_prev;
	link_after(sync, holder, before);
}

/* It was asked just now: wishes to learn from it wait. */
static void pace(struct watch *watch, struct netns *holder)
{
	struct sync *sync = &watch->sync;

	if (holder->paced)
		unpace(sync, holder);
	if (holder->wish == WISH_LEARN)
		unlink_wish(sync, holder);
	holder->asked_ns = watch->now.mono_ns;
	holder->paced = true;
	holder->paced_prev = sync->paced_last;
	*(sync->paced_last ? &sync->paced_last->paced_next :
			     &sync->paced_first) = holder;
	sync->paced_last = holder;
}

/* They stand in the order in which they were asked. */
static void unpace_due(struct watch *watch)
{
	struct sync *sync = &watch->sync;

	while (sync->paced_first &&
	       watch->now.mono_ns >= sync->paced_first->asked_ns + LEARN_NS)
		unpace(sync, sync->paced_first);
}

static void pendings_drop(struct sync *sync)
{
	struct pending *pending;

	while ((pending = sync->first)) {
		sync->first = pending->next;
		pending_free(pending);
	}
	sync->last = NULL;
	sync->holding = pending_free(sync->holding);
	sync->proved = netns_unref(sync->proved);
	probe_stop(&sync->probe);
}

void sync_deinit(struct watch *watch)
{
	struct sync *sync = &watch->sync;

	asked_close(sync);
	pendings_drop(sync);
}

void sync_start(struct watch *watch)
{
	sync_want(watch, watch->ledger.home, watch->seq, WISH_URGENT);
	watch->sync.self_wanted = true;
	sync_want_scan(watch, true);
}

/* It may not be named now: dying, unsettled, or its name leads elsewhere. */
static bool unaskable(const struct watch *watch, const struct netns *holder)
{
	const struct name *name = holder->names;

	return sync_suspect(watch, holder) ||
	       (name && name->waiting &&
		(!name->leads || name->nsid != holder->nsid));
}

void sync_wish(struct watch *watch, struct netns *holder, enum wish wish)
{
	if (wish != WISH_LEARN && (holder->absent || unaskable(watch, holder)))
		wish = WISH_LEARN;
	if (holder->wish >= wish)
		return;
	wish_unlink(&watch->sync, holder);
	wish_push(&watch->sync, holder, wish);
	watch_soon(watch, wish == WISH_URGENT ? 0 : LEARN_NS);
}

void sync_want(struct watch *watch, struct netns *holder, uint64_t seq,
	       enum wish wish)
{
	if (holder->ended_seq || holder->trust == TRUST_REFUSED)
		return;
	if ((holder->inflight && holder->asked_seq >= seq) ||
	    (holder->trust == TRUST_LIVE && holder->table_seq >= seq &&
	     holder->table_seq))
		return;
	sync_wish(watch, holder, wish);
}

void sync_demand(struct watch *watch, struct netns *holder)
{
	watch->sync.self_wanted |= holder->home;
	if (!holder->ended_seq && holder->trust != TRUST_REFUSED)
		sync_wish(watch, holder, WISH_URGENT);
}

void sync_want_name(struct watch *watch, struct name *name, uint64_t seq)
{
	if (name->effect_seq >= seq && name->effect_seq)
		return;
	if (name->waiting && name->asked_seq >= seq)
		return;
	if (seq > name->wanted_seq)
		name->wanted_seq = seq;
	if (name->waiting) /* and asked again when that is in effect */
		return;
	sync_queue_name(watch, name);
}

void sync_queue_name(struct watch *watch, struct name *name)
{
	struct sync *sync = &watch->sync;

	if (name->queued)
		return;
	name->queued = true;
	name->queue_next = NULL;
	if (sync->name_last)
		sync->name_last->queue_next = name;
	else
		sync->name_first = name;
	sync->name_last = name;
	watch_soon(watch, 0);
}

void sync_name_waits(struct watch *watch, struct name *name)
{
	if (name->waiting && name->came_ns == watch->sync.waiting_ns)
		watch->sync.waiting_ns = 0;
	name->came_ns = watch->now.mono_ns;
	watch_soon(watch, watch->settings.settle_ns);
	if (!name->waiting)
		sync_name_rest(&watch->sync, name);
}

void sync_name_rest(struct sync *sync, struct name *name)
{
	name->waiting = true;
	name->waiting_next = NULL;
	if (sync->waiting_last)
		sync->waiting_last->waiting_next = name;
	else
		sync->waiting_first = name;
	sync->waiting_last = name;
}

void sync_want_scan(struct watch *watch, bool processes)
{
	watch->sync.scan_wanted = true;
	watch->sync.scan_processes |= processes;
	watch_soon(watch, SCAN_NS);
}

void sync_relearn(struct watch *watch, struct netns *netns)
{
	struct netns *holder;

	while (netns->named_by) {
		holder = netns->named_by->entry->holder;
		ledger_know(netns->named_by, PEER_UNKNOWN, NULL, 0);
		/* Even where no event was heard since it was asked. */
		sync_want(watch, holder, watch->seq + 1, WISH_LEARN);
	}
}

void sync_forget(struct watch *watch, struct netns *holder)
{
	struct sync *sync = &watch->sync;

	wish_unlink(sync, holder);
	if (holder->paced)
		unpace(sync, holder);
	if (sync->audit_next == holder)
		sync->audit_next = holder->next;
	if (sync->life_next == holder)
		sync->life_next = holder->prev;
	if (sync->probe.holder == holder)
		probe_stop(&sync->probe);
	if (sync->proved == holder)
		sync->proved = netns_unref(sync->proved);
}

void sync_gap(struct watch *watch)
{
	struct sync *sync = &watch->sync;
	struct name *name;

	pendings_drop(sync);
	sync->home_probed = false;
	/* The event that some wait for may be the one that was lost. */
	for (name = sync->name_first; name; name = name->queue_next)
		if (name->wanted_seq > watch->seq)
			name->wanted_seq = watch->seq;
	while ((name = sync->waiting_first)) {
		sync->waiting_first = name->waiting_next;
		name->waiting = false;
		sync_queue_name(watch, name);
	}
	sync->waiting_last = NULL;
	sync->waiting_ns = 0;
}

bool sync_suspect(const struct watch *watch, const struct netns *netns)
{
	const struct entry *entry;

	if (netns->home)
		return false;
	if (netns->death || netns->ended_seq ||
	    (netns->unproved && !netns->lives))
		return true;
	entry = ledger_entry(watch->ledger.home, netns->nsid);
	return !entry || entry->balance != 1 || entry->open->peer != netns;
}

/* What a question is about, so that its answer finds it. */
void sync_ask(struct watch *watch, struct question *question,
	      struct netns *holder, const struct name *name)
{
	struct asked *asked = &watch->sync.asked;

	question->id = ++watch->sync.next_question;
	asked->open = true;
	asked->seq = watch->seq;
	asked->drained_ns = watch->drained_ns;
	asked->holder = holder ? netns_ref(holder) : NULL;
	if (name) {
		strncpy(asked->name, name->text, sizeof(asked->name) - 1);
		question->name = asked->name;
		question->name_kind = name->kind;
	}
	asked->question = *question;
}

static bool ask_table(struct watch *watch, struct netns *holder,
		      struct question *question)
{
	holder->asked_seq = watch->seq;
	pace(watch, holder);
	if (holder->trust == TRUST_COLD)
		holder->trust = TRUST_SETTLING;
	*question = (struct question){ .kind = QUESTION_TABLE,
				       .holder = holder->nsid };
	sync_ask(watch, question, holder, NULL);
	return true;
}

static bool next_follow_up(struct watch *watch, struct question *question)
{
	struct sync *sync = &watch->sync;
	struct netns *holder;
	bool asked;

	if (sync->holding) {
		if (sync_suspect(watch, sync->holding->holder)) {
			pending_push(watch, sync->holding);
			sync->holding = NULL;
			return false;
		}
		*question = (struct question){
			.kind = QUESTION_ENTRY,
			.holder = sync->holding->holder->nsid,
			.nsid = TAG_HOME,
		};
		sync_ask(watch, question, sync->holding->holder, NULL);
		return true;
	}
	if (!sync->proved)
		return false;
	holder = sync->proved;
	asked = !sync_suspect(watch, holder) &&
		ask_table(watch, holder, question);
	sync->proved = netns_unref(sync->proved);
	return asked;
}

bool sync_names_askable(const struct watch *watch)
{
	const struct name *name = watch->sync.name_first;

	while (name && name->wanted_seq > watch->seq)
		name = name->queue_next;
	return name;
}

static bool next_name(struct watch *watch, struct question *question)
{
	struct sync *sync = &watch->sync;
	struct name **link = &sync->name_first, *before = NULL, *name;

	while (*link && (*link)->wanted_seq > watch->seq) {
		before = *link;
		link = &before->queue_next;
	}
	name = *link;
	if (!name)
		return false;
	*link = name->queue_next;
	if (sync->name_last == name)
		sync->name_last = before;
	name->queue_next = NULL;
	name->queued = false;
	*question = (struct question){
		.kind = name->adopt && !name->adopted ? QUESTION_ADOPT :
							QUESTION_NAME,
		.nsid = NSID_NONE,
	};
	if (question->kind == QUESTION_ADOPT)
		name->adopted = true;
	sync_ask(watch, question, NULL, name);
	return true;
}

static bool next_scan(struct watch *watch, struct question *question)
{
	struct sync *sync = &watch->sync;

	if (sync->self_wanted) {
		sync->self_wanted = false;
		*question = (struct question){ .kind = QUESTION_SELF };
		sync_ask(watch, question, NULL, NULL);
		return true;
	}
	if (!sync->scan_wanted ||
	    (sync->scan_done && watch->now.mono_ns < sync->scan_ns + SCAN_NS))
		return false;
	*question = (struct question){ .kind = QUESTION_SCAN,
				       .processes = sync->scan_processes };
	sync->scan_wanted = sync->scan_processes = false;
	sync->scan_serial++;
	sync_ask(watch, question, NULL, NULL);
	return true;
}

/* A holder that may not be named now stays wished for, but paced. */
static void wish_later(struct watch *watch, struct netns *holder)
{
	wish_unlink(&watch->sync, holder);
	pace(watch, holder);
	wish_push(&watch->sync, holder, WISH_LEARN);
}

static bool next_wish(struct watch *watch, enum wish wish,
		      struct question *question)
{
	struct sync *sync = &watch->sync;
	struct netns *holder, *next;

	unpace_due(watch);
	for (holder = sync->wish_first[wish]; holder; holder = next) {
		next = holder->wish_next;
		if (wish == WISH_LEARN && holder->absent &&
		    watch->now.mono_ns < holder->asked_ns + ABSENT_NS)
			continue;
		if (holder->death || holder->ended_seq) {
			wish_unlink(sync, holder);
			audit_miss(watch, holder);
			continue;
		}
		if (unaskable(watch, holder)) {
			wish_later(watch, holder);
			continue;
		}
		wish_unlink(sync, holder);
		if (!holder->names)
			return ask_table(watch, holder, question);
		/* Its life first: a dead target is never named. */
		pace(watch, holder);
		*question = (struct question){ .kind = QUESTION_NAME };
		sync_ask(watch, question, holder, holder->names);
		return true;
	}
	return false;
}

bool sync_next_question(struct watch *watch, struct question *ret_question)
{
	asked_close(&watch->sync);
	return next_follow_up(watch, ret_question) ||
	       next_name(watch, ret_question) ||
	       next_scan(watch, ret_question) ||
	       next_wish(watch, WISH_URGENT, ret_question) ||
	       probe_next(watch, ret_question) ||
	       next_wish(watch, WISH_LEARN, ret_question);
}

bool sync_quiet(const struct watch *watch)
{
	const struct sync *sync = &watch->sync;

	return !sync->first && !sync->holding && !sync->proved &&
	       !sync->name_first && !sync->waiting_first && !sync->n_learn &&
	       !sync->wish_first[WISH_URGENT] && !sync->probe.holder &&
	       !sync->scan_wanted && !sync->self_wanted;
}

uint32_t sync_beyond(const struct watch *watch)
{
	uint32_t told = watch->sync.names, kept = watch->names.count;

	if (!watch->beyond[CEILING_NAMES] || told <= kept)
		return 0;
	return told - kept;
}

bool sync_home_complete(const struct watch *watch)
{
	const struct netns *home = watch->ledger.home, *netns;

	if (home->trust != TRUST_LIVE)
		return false;
	if (home->table_whole)
		return true;
	if (!watch->sync.home_probed || !watch->sync.scan_done)
		return false;
	for (netns = home->next; netns; netns = netns->next)
		if (netns->nsid > home->table_last && !netns->names &&
		    !netns->ended_seq)
			return false;
	return true;
}

uint64_t sync_oldest(const struct watch *watch)
{
	const struct sync *sync = &watch->sync;
	const struct pending *pendings[] = { sync->first, sync->holding,
					     sync->probe.points };
	const struct name *name = sync->waiting_first;
	uint64_t seq = watch->seq;
	size_t i;

	for (i = 0; i < sizeof(pendings) / sizeof(*pendings); i++)
		if (pendings[i] && pendings[i]->asked_seq < seq)
			seq = pendings[i]->asked_seq;
	for (; name; name = name->waiting_next)
		if (name->asked_seq < seq)
			seq = name->asked_seq;
	if (sync->asked.open && sync->asked.seq < seq)
		seq = sync->asked.seq;
	return seq;
}
