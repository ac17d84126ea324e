/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/state.h"

/* Learning asks a holder at most this often; a burst of NEWs is one wish. */
#define LEARN_NS 200000000ull
/* Names are looked for at most this often. */
#define SCAN_NS 100000000ull
/* Life of all named is asked at most this often while deaths are open. */
#define LIFE_NS 2000000000ull

void sync_init(struct sync *sync)
{
	*sync = (struct sync){ 0 };
}

struct pending *sync_pending_free(struct pending *pending)
{
	if (!pending)
		return NULL;
	if (pending->holder)
		pending->holder->inflight--;
	netns_unref(pending->holder);
	free(pending->rows);
	free(pending);
	return NULL;
}

struct pending *sync_pending_new(struct netns *holder,
				 const struct asked *asked, enum extent extent)
{
	struct pending *pending = calloc(1, sizeof(*pending));

	if (!pending)
		return NULL;
	pending->holder = netns_ref(holder);
	pending->question = asked->question.id;
	pending->asked_seq = asked->seq;
	pending->home_nsid = NSID_NONE;
	pending->extent = extent;
	holder->inflight++;
	return pending;
}

void sync_pending_push(struct watch *watch, struct pending *pending)
{
	struct sync *sync = &watch->sync;

	pending->came_ns = watch->now.mono_ns;
	if (sync->last)
		sync->last->next = pending;
	else
		sync->first = pending;
	sync->last = pending;
	watch_soon(watch, watch->settings.settle_ns);
}

static void asked_close(struct sync *sync)
{
	sync->asked.holder = netns_unref(sync->asked.holder);
	sync->asked.open = false;
}

static void probe_stop(struct probe *probe)
{
	sync_pending_free(probe->points);
	netns_unref(probe->holder);
	free(probe->peers);
	*probe = (struct probe){ 0 };
}

static void wish_unlink(struct sync *sync, struct netns *holder)
{
	enum wish wish = holder->wish;

	if (wish == WISH_NONE)
		return;
	if (holder->wish_prev)
		holder->wish_prev->wish_next = holder->wish_next;
	else
		sync->wish_first[wish] = holder->wish_next;
	if (holder->wish_next)
		holder->wish_next->wish_prev = holder->wish_prev;
	else
		sync->wish_last[wish] = holder->wish_prev;
	holder->wish_prev = holder->wish_next = NULL;
	holder->wish = WISH_NONE;
}

static void wish_push(struct sync *sync, struct netns *holder, enum wish wish)
{
	holder->wish = wish;
	holder->wish_prev = sync->wish_last[wish];
	if (sync->wish_last[wish])
		sync->wish_last[wish]->wish_next = holder;
	else
		sync->wish_first[wish] = holder;
	sync->wish_last[wish] = holder;
}

static void pendings_drop(struct sync *sync)
{
	struct pending *pending;

	while ((pending = sync->first)) {
		sync->first = pending->next;
		sync_pending_free(pending);
	}
	sync->last = NULL;
	sync->holding = sync_pending_free(sync->holding);
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

static void wish_for(struct watch *watch, struct netns *holder, enum wish wish)
{
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
	wish_for(watch, holder, wish);
}

void sync_demand(struct watch *watch, struct netns *holder)
{
	if (!holder->ended_seq && holder->trust != TRUST_REFUSED)
		wish_for(watch, holder, WISH_URGENT);
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

void sync_forget(struct watch *watch, struct netns *holder)
{
	struct sync *sync = &watch->sync;

	wish_unlink(sync, holder);
	if (sync->audit_next == holder)
		sync->audit_next = holder->next;
	if (sync->probe.holder == holder)
		probe_stop(&sync->probe);
	if (sync->proved == holder)
		sync->proved = netns_unref(sync->proved);
}

void sync_gap(struct watch *watch)
{
	pendings_drop(&watch->sync);
	watch->sync.home_probed = false;
}

bool sync_suspect(const struct watch *watch, const struct netns *netns)
{
	const struct entry *entry;

	if (netns->home)
		return false;
	if (netns->death || netns->ended_seq)
		return true;
	entry = ledger_entry(watch->ledger.home, netns->nsid);
	return !entry || entry->balance != 1 || entry->open->peer != netns;
}

/* The peers that holder may name beyond its cut: not those it is known to. */
static int probe_peers(struct watch *watch, struct netns *holder)
{
	struct probe *probe = &watch->sync.probe;
	uint64_t walk = ++watch->verify.walk;
	const struct generation *generation;
	const struct entry *entry;
	struct netns *peer;

	probe->peers = calloc(watch->ledger.n_netnses, sizeof(*probe->peers));
	if (!probe->peers)
		return -ENOMEM;
	for (entry = holder->entries; entry; entry = entry->hh.next)
		for (generation = entry->open; generation;
		     generation = generation->next)
			if (generation->peer)
				generation->peer->mark = walk;
	for (peer = watch->ledger.netnses; peer; peer = peer->next) {
		if (peer->home || peer == holder || peer->mark == walk ||
		    (!holder->n_unknown &&
		     peer->serial <= holder->probed_serial))
			continue;
		probe->peers[probe->n_peers++] =
			(struct probe_peer){ peer->serial, peer->nsid };
	}
	return 0;
}

int sync_probe(struct watch *watch, struct netns *holder, int32_t last)
{
	struct probe *probe = &watch->sync.probe;
	int r;

	if (probe->holder)
		return 0;
	if (!holder->home) {
		r = probe_peers(watch, holder);
		if (r < 0)
			return r;
	}
	probe->holder = netns_ref(holder);
	probe->last_serial = watch->ledger.last->serial;
	probe->next = last < INT32_MAX ? last + 1 : last;
	return 0;
}

/* What a question is about, so that its answer finds it. */
static void ask(struct watch *watch, struct question *question,
		struct netns *holder, const struct name *name)
{
	struct asked *asked = &watch->sync.asked;

	question->id = ++watch->sync.next_question;
	asked->open = true;
	asked->seq = watch->seq;
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
	holder->asked_ns = watch->now.mono_ns;
	if (holder->trust == TRUST_COLD)
		holder->trust = TRUST_SETTLING;
	*question = (struct question){ .kind = QUESTION_TABLE,
				       .holder = holder->nsid };
	ask(watch, question, holder, NULL);
	return true;
}

static bool next_follow_up(struct watch *watch, struct question *question)
{
	struct sync *sync = &watch->sync;
	struct netns *holder;
	bool asked;

	if (sync->holding) {
		if (sync_suspect(watch, sync->holding->holder)) {
			sync_pending_push(watch, sync->holding);
			sync->holding = NULL;
			return false;
		}
		*question = (struct question){
			.kind = QUESTION_ENTRY,
			.holder = sync->holding->holder->nsid,
			.nsid = TAG_HOME,
		};
		ask(watch, question, sync->holding->holder, NULL);
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
	ask(watch, question, NULL, name);
	return true;
}

static bool next_scan(struct watch *watch, struct question *question)
{
	struct sync *sync = &watch->sync;

	if (sync->self_wanted) {
		sync->self_wanted = false;
		*question = (struct question){ .kind = QUESTION_SELF };
		ask(watch, question, NULL, NULL);
		return true;
	}
	if (!sync->scan_wanted ||
	    (sync->scan_done &&
	     watch->now.mono_ns < sync->scan_ns + SCAN_NS))
		return false;
	*question = (struct question){ .kind = QUESTION_SCAN,
				       .processes = sync->scan_processes };
	sync->scan_wanted = sync->scan_processes = false;
	sync->scan_serial++;
	ask(watch, question, NULL, NULL);
	return true;
}

/* A holder that may not be named now stays wished for, but paced. */
static void wish_later(struct watch *watch, struct netns *holder)
{
	holder->asked_ns = watch->now.mono_ns;
	wish_unlink(&watch->sync, holder);
	wish_push(&watch->sync, holder, WISH_LEARN);
}

/* Its name was just seen to lead elsewhere: that has to settle first. */
static bool losing_name(const struct netns *holder)
{
	return holder->names && holder->names->waiting &&
	       !holder->names->leads;
}

static bool next_wish(struct watch *watch, enum wish wish,
		      struct question *question)
{
	struct sync *sync = &watch->sync;
	struct netns *holder, *next;

	for (holder = sync->wish_first[wish]; holder; holder = next) {
		next = holder->wish_next;
		if (wish == WISH_LEARN &&
		    watch->now.mono_ns < holder->asked_ns + LEARN_NS)
			continue;
		if (holder->death || holder->ended_seq) {
			wish_unlink(sync, holder);
			watch_audit_miss(watch, holder);
			continue;
		}
		if (sync_suspect(watch, holder) || losing_name(holder)) {
			wish_later(watch, holder);
			continue;
		}
		wish_unlink(sync, holder);
		if (!holder->names)
			return ask_table(watch, holder, question);
		/* Its life first: a dead target is never named. */
		holder->asked_ns = watch->now.mono_ns;
		*question = (struct question){ .kind = QUESTION_NAME };
		ask(watch, question, holder, holder->names);
		return true;
	}
	return false;
}

/* A number whose last owner died, for all that is known, is left alone. */
static bool number_suspect(struct watch *watch, int32_t nsid)
{
	const struct entry *entry = ledger_entry(watch->ledger.home, nsid);
	const struct netns *owner = ledger_owner(&watch->ledger, nsid);

	if (owner)
		return sync_suspect(watch, owner);
	return entry && entry->closed_seq && nsid < INT32_MAX;
}

static bool next_home_probe(struct watch *watch, struct question *question)
{
	struct probe *probe = &watch->sync.probe;

	while (number_suspect(watch, probe->next))
		probe->next++;
	if (probe->misses >= 64 || probe->next == INT32_MAX)
		return false;
	*question = (struct question){ .kind = QUESTION_PROBE,
				       .holder = TAG_HOME,
				       .nsid = probe->next };
	return true;
}

static bool next_peer_probe(struct watch *watch, struct question *question)
{
	struct probe *probe = &watch->sync.probe;
	struct netns *peer;

	if (sync_suspect(watch, probe->holder))
		return false;
	for (; probe->at < probe->n_peers; probe->at++) {
		peer = ledger_holder(&watch->ledger,
				     probe->peers[probe->at].nsid);
		if (!peer || peer->serial != probe->peers[probe->at].serial ||
		    sync_suspect(watch, peer))
			continue;
		*question = (struct question){ .kind = QUESTION_ENTRY,
					       .holder = probe->holder->nsid,
					       .nsid = peer->nsid };
		return true;
	}
	return false;
}

/* The points collected so far go the way of every answer. */
static void probe_flush(struct watch *watch)
{
	struct probe *probe = &watch->sync.probe;

	if (probe->points)
		sync_pending_push(watch, probe->points);
	probe->points = NULL;
}

/* The next holder whose cut table leaves numbers unknown. */
static void probe_next_holder(struct watch *watch)
{
	struct netns *holder;

	for (holder = watch->ledger.netnses; holder; holder = holder->next) {
		if (holder->home || holder->table_whole ||
		    holder->trust != TRUST_LIVE ||
		    holder->probed_serial >= watch->ledger.last->serial ||
		    sync_suspect(watch, holder))
			continue;
		(void)sync_probe(watch, holder, holder->table_last);
		return;
	}
}

static bool next_probe(struct watch *watch, struct question *question)
{
	struct probe *probe = &watch->sync.probe;
	struct netns *holder = probe->holder;
	bool more;

	if (!holder)
		return false;
	more = holder->home ? next_home_probe(watch, question) :
			      next_peer_probe(watch, question);
	if (more) {
		ask(watch, question, holder, NULL);
		return true;
	}
	probe_flush(watch);
	if (holder->home)
		watch->sync.home_probed = true;
	else
		holder->probed_serial = probe->last_serial;
	probe_stop(probe);
	probe_next_holder(watch);
	return false;
}

bool sync_next_question(struct watch *watch, struct question *ret_question)
{
	asked_close(&watch->sync);
	return next_follow_up(watch, ret_question) ||
	       next_name(watch, ret_question) ||
	       next_scan(watch, ret_question) ||
	       next_wish(watch, WISH_URGENT, ret_question) ||
	       next_probe(watch, ret_question) ||
	       next_wish(watch, WISH_LEARN, ret_question);
}

bool sync_quiet(const struct watch *watch)
{
	const struct sync *sync = &watch->sync;

	return !sync->first && !sync->holding && !sync->proved &&
	       !sync->name_first && !sync->waiting_first &&
	       !sync->wish_first[WISH_LEARN] &&
	       !sync->wish_first[WISH_URGENT] && !sync->probe.holder &&
	       !sync->scan_wanted && !sync->self_wanted;
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

/* Who is alive now can be a barrier for what died before: ask, once. */
static void life_round(struct watch *watch, uint64_t *deadline_ns)
{
	struct sync *sync = &watch->sync;
	const struct death *last = watch->verify.open_last;
	uint64_t due_ns = sync->life_ns + LIFE_NS;
	struct netns *netns;

	if (!watch->verify.no_barrier || last->first_seq <= sync->life_seq)
		return;
	if (sync->life_ns && watch->now.mono_ns < due_ns) {
		if (due_ns < *deadline_ns)
			*deadline_ns = due_ns;
		return;
	}
	sync->life_ns = watch->now.mono_ns;
	sync->life_seq = watch->seq;
	for (netns = watch->ledger.netnses; netns; netns = netns->next)
		if (netns->names && !netns->death && !netns->ended_seq)
			sync_want_name(watch, netns->names, watch->seq);
}

/* Home has a new number: an entry that named nobody may name it. */
static void relearn(struct watch *watch)
{
	struct netns *netns;

	if (!watch->relearn)
		return;
	watch->relearn = false;
	for (netns = watch->ledger.netnses; netns; netns = netns->next)
		if (netns->n_unknown)
			sync_want(watch, netns, watch->seq, WISH_LEARN);
}

/* So many tables a tick that a round takes as long as it is set to. */
static void background(struct watch *watch)
{
	struct sync *sync = &watch->sync;
	const struct settings *settings = &watch->settings;
	uint64_t n;

	n = watch->ledger.n_netnses * settings->housekeeping_ns /
		    (settings->audit_round_ns ? settings->audit_round_ns : 1) +
	    1;
	while (n-- > 0) {
		if (!sync->audit_next) {
			sync->audit_next = watch->ledger.netnses;
			sync->rounds++;
		}
		wish_for(watch, sync->audit_next, WISH_LEARN);
		sync->audit_next = sync->audit_next->next;
	}
	sync_want_scan(watch, sync->rounds != sync->scan_rounds);
	sync->scan_rounds = sync->rounds;
}

void sync_drained(struct watch *watch, uint64_t *deadline_ns)
{
	struct sync *sync = &watch->sync;
	uint64_t due_ns = sync->housekeeping_ns +
			  watch->settings.housekeeping_ns;
	uint64_t soon_ns = UINT64_MAX;

	life_round(watch, deadline_ns);
	relearn(watch);
	if (watch->ready && watch->now.mono_ns >= due_ns) {
		sync->housekeeping_ns = watch->now.mono_ns;
		due_ns = watch->now.mono_ns + watch->settings.housekeeping_ns;
		background(watch);
	}
	if (sync->wish_first[WISH_URGENT] || sync->name_first ||
	    sync->holding || sync->proved || sync->self_wanted ||
	    sync->probe.holder)
		soon_ns = watch->now.mono_ns;
	else if (sync->wish_first[WISH_LEARN])
		soon_ns = watch->now.mono_ns + LEARN_NS;
	else if (sync->scan_wanted)
		soon_ns = sync->scan_ns + SCAN_NS;
	if (soon_ns < *deadline_ns)
		*deadline_ns = soon_ns;
	if (watch->ready && due_ns < *deadline_ns)
		*deadline_ns = due_ns;
}
