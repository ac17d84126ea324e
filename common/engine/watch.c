/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/alias.h"
#include "common/engine/answers.h"
#include "common/engine/audit.h"
#include "common/engine/inherit.h"
#include "common/engine/judge.h"
#include "common/engine/revise.h"
#include "common/engine/rounds.h"
#include "common/engine/state.h"

int watch_new(const struct settings *settings, const struct start *start,
	      struct watch **ret_watch)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return -ENOMEM;
	watch->settings = *settings;
	if (!watch->settings.history)
		watch->settings.history = 1;
	watch->start = *start;
	watch->now = start->at;
	watch->canary = NSID_NONE;
	watch->ring_size = watch->settings.history;
	watch->ring = calloc(watch->ring_size, sizeof(*watch->ring));
	names_init(&watch->names);
	sync_init(&watch->sync);
	r = ledger_init(&watch->ledger, &start->at, &start->home,
			start->self_nsid, watch->settings.history * 16);
	if (r == 0)
		r = verify_init(&watch->verify);
	if (r == 0)
		r = passes_new(watch->settings.history, &watch->passes);
	if (r < 0 || !watch->ring) {
		watch_free(watch);
		return -ENOMEM;
	}
	sync_start(watch);
	*ret_watch = watch;
	return 0;
}

struct watch *watch_free(struct watch *watch)
{
	if (!watch)
		return NULL;
	findings_deinit(watch);
	sync_deinit(watch);
	names_deinit(&watch->names);
	ledger_empty(&watch->ledger);
	verify_deinit(watch);
	ledger_deinit(&watch->ledger);
	passes_free(watch->passes);
	free(watch->ring);
	free(watch->untold);
	free(watch);
	return NULL;
}

void watch_notice(struct watch *watch, enum notice_type type, uint64_t id)
{
	struct notice *place = &watch->notices[watch->notice_head % NOTICES];

	if (watch->notice_head++ - watch->notice_tail == NOTICES) {
		watch->counters.untaken[place->type]++;
		watch->notice_tail++;
	}
	*place = (struct notice){ type, id };
}

bool watch_next_notice(struct watch *watch, struct notice *ret_notice)
{
	if (watch->notice_tail == watch->notice_head)
		return false;
	*ret_notice = watch->notices[watch->notice_tail++ % NOTICES];
	return true;
}

void watch_beyond(struct watch *watch, enum ceiling ceiling)
{
	watch->counters.beyond++;
	watch->beyond[ceiling]++;
}

uint64_t watch_beyond_times(const struct watch *watch, enum ceiling ceiling)
{
	return watch->beyond[ceiling];
}

void watch_reported(struct watch *watch)
{
	memset(watch->verify.heralds, 0, sizeof(watch->verify.heralds));
}

void watch_soon(struct watch *watch, uint64_t in_ns)
{
	if (watch->now.mono_ns + in_ns < watch->deadline_ns)
		watch->deadline_ns = watch->now.mono_ns + in_ns;
}

bool watch_settled(const struct watch *watch, uint64_t then_ns)
{
	return watch->drained_ns >= then_ns + watch->settings.settle_ns;
}

void watch_new_netns(struct watch *watch, struct netns *netns)
{
	/* Its DEL was read: what home lists still may be anybody's. */
	if (netns->nsid == watch->canary && !netns->unproved) {
		netns->canary = true;
		netns->lives = true;
		netns->life_seq = watch->seq;
	}
	if (netns->announced)
		netns->born_ns = watch->drained_ns;
	linger_born(watch, netns);
	watch->sync.numbered_seq = watch->seq;
	sync_want(watch, netns, watch->seq, WISH_URGENT);
	sync_want_scan(watch, false);
	watch->sync.self_wanted = true;
	watch->relearn = true;
}

/* Its table named others; their deaths lose a holder. */
static void excuse_all(struct netns *holder)
{
	struct generation *generation;
	struct entry *entry;

	for (entry = holder->entries.first; entry; entry = entry->next)
		for (generation = entry->open; generation;
		     generation = generation->next)
			if (generation->peer && generation->peer->death)
				(void)judge_excuse(generation->peer->death,
						   holder);
}

void watch_end_netns(struct watch *watch, struct netns *netns)
{
	if (netns->home || netns->off)
		return;
	netns->off = true;
	linger_end(watch, netns);
	audit_miss(watch, netns);
	judge_lost(watch, netns);
	excuse_all(netns);
	findings_forget(watch, netns);
	sightings_unbind(watch, netns);
	sync_forget(watch, netns);
	ledger_forget(&watch->ledger, netns);
	ledger_end(&watch->ledger, netns);
}

int watch_take_event(struct watch *watch, struct netns *holder,
		     const struct event *event, bool in_order)
{
	struct netns *peer;
	struct change change;
	int r;

	if (event->type == EVENT_NEW &&
	    tables_leave_out(watch, holder, event->nsid))
		return ledger_leave_out(&watch->ledger, holder, event->nsid,
					watch->seq);
	r = ledger_apply(&watch->ledger, holder, event, watch->seq, &change);
	if (r < 0)
		return r;
	peer = change.generation ? change.generation->peer : NULL;
	if (event->type == EVENT_DEL && !change.generation &&
	    holder->n_beyond > 0)
		holder->n_beyond--;
	if (event->type == EVENT_DEL && in_order)
		passes_removal(watch->passes, &event->at, holder->serial,
			       peer && !change.blind ? peer->serial : 0);
	r = verify_change(watch, &change, event);
	if (holder->home)
		inherit_touched(watch, event->nsid);
	if (event->type == EVENT_DEL && change.generation)
		ledger_drop(&watch->ledger, change.generation);
	return r;
}

static int step_event(struct watch *watch, const struct event *event)
{
	struct netns *holder;

	if (event->nsid < 0 || event->holder < TAG_HOME ||
	    (unsigned int)event->type > EVENT_DEL) {
		watch->counters.ignored++;
		watch->sync.self_wanted = true;
		return 0;
	}
	watch->ring[watch->seq++ % watch->ring_size] = *event;
	watch->counters.seq = watch->seq;
	watch->counters.news += event->type == EVENT_NEW;
	watch->counters.dels += event->type == EVENT_DEL;
	if (event->type == EVENT_DEL)
		linger_removal(watch, event->at.mono_ns);
	holder = ledger_holder(&watch->ledger, event->holder);
	if (!holder)
		return alias_keep(watch, event);
	if (event->type == EVENT_NEW)
		alias_announced(watch, holder, event);
	return watch_take_event(watch, holder, event, true);
}

/* The first audit has ended: what was there at the start is known. */
static bool audited_first(const struct watch *watch)
{
	const struct netns *netns;

	if (watch->ledger.home->trust != TRUST_LIVE || !watch->sync.scan_done ||
	    watch->sync.waiting_first)
		return false;
	for (netns = watch->ledger.netnses; netns; netns = netns->next)
		if ((netns->trust == TRUST_COLD ||
		     netns->trust == TRUST_SETTLING) &&
		    (netns->inflight || netns->wish != WISH_NONE))
			return false;
	return true;
}

static int step_drained(struct watch *watch)
{
	uint64_t *deadline_ns = &watch->deadline_ns;
	int r;

	watch->drained_ns = watch->now.mono_ns;
	*deadline_ns = UINT64_MAX;
	r = answers_drained(watch, deadline_ns);
	if (r == 0)
		r = sightings_drained(watch, deadline_ns);
	if (r == 0)
		r = findings_drained(watch, deadline_ns);
	if (r < 0)
		return r;
	verify_drained(watch, deadline_ns);
	accounts_drained(watch, deadline_ns);
	if (!watch->ready && audited_first(watch)) {
		watch->ready = true;
		watch->counters.audits++;
		watch->sync.housekeeping_ns = watch->now.mono_ns;
	}
	rounds_drained(watch, deadline_ns);
	linger_drained(watch);
	if (watch->ledger.n_idle > watch->ledger.max_idle)
		revise_forget(watch);
	passes_drained(watch->passes, &watch->now);
	if (passes_deadline(watch->passes) < *deadline_ns)
		*deadline_ns = passes_deadline(watch->passes);
	return 0;
}

int watch_gap(struct watch *watch, enum gap_cause cause)
{
	struct netns *netns;
	struct entry *entry;
	uint64_t total = 0;
	bool was_known;
	size_t i;

	if ((unsigned int)cause >= GAP_CAUSES) {
		watch->counters.ignored++;
		return 0;
	}
	watch->counters.gaps[cause]++;
	for (i = 0; i < GAP_CAUSES; i++)
		total += watch->counters.gaps[i];
	was_known = watch->ledger.home->trust == TRUST_LIVE ||
		    watch->ledger.home->trust == TRUST_GAP;
	for (netns = watch->ledger.netnses; netns; netns = netns->next) {
		netns->gap_seq = watch->seq;
		if (netns->trust == TRUST_REFUSED)
			continue;
		netns->trust = TRUST_GAP;
		netns->complete = false;
		odds_add(netns);
		netns->stale = was_known && !netns->home;
	}
	for (entry = watch->ledger.home->entries.first; entry;
	     entry = entry->next)
		entry->known = false;
	alias_distrust(watch);
	sync_gap(watch);
	findings_gap(watch);
	verify_gap(watch);
	sync_demand(watch, watch->ledger.home);
	watch_notice(watch, NOTICE_GAP, total);
	return 0;
}

static int step_sighting(struct watch *watch, const struct sighting *sighting)
{
	const struct asked *asked = &watch->sync.asked;

	if (!asked->open || asked->question.kind != QUESTION_SCAN) {
		watch->counters.ignored++;
		return 0;
	}
	return sightings_note(watch, sighting, watch->seq);
}

static int step_command(struct watch *watch, const struct command *command)
{
	struct netns *netns;

	switch (command->type) {
	case COMMAND_AUDIT:
		audit_start(watch);
		break;
	case COMMAND_SCAN:
		sync_want_scan(watch, true);
		break;
	case COMMAND_LOOK:
		sync_want_scan(watch, false);
		break;
	case COMMAND_BEGIN:
		verify_begin(watch);
		break;
	case COMMAND_CANARY:
		watch->canary = command->nsid;
		netns = command->nsid < 0 ?
				NULL :
				ledger_holder(&watch->ledger, command->nsid);
		if (netns && !netns->home) {
			netns->canary = true;
			netns->lives = true;
			netns->life_seq = watch->seq;
		}
		break;
	case COMMAND_JUDGE:
		accounts_judge(watch);
		break;
	case COMMAND_FINISH:
		passes_end(watch->passes);
		verify_finish(watch);
		return findings_finish(watch);
	}
	return 0;
}

int watch_step(struct watch *watch, const struct stamp *now,
	       const struct input *input)
{
	if (now->mono_ns > watch->now.mono_ns)
		watch->now = *now;
	switch (input->type) {
	case INPUT_EVENT:
		watch_soon(watch, 0);
		return step_event(watch, &input->event);
	case INPUT_DRAINED:
		return step_drained(watch);
	case INPUT_GAP:
		return watch_gap(watch, input->gap);
	case INPUT_ANSWER:
		watch_soon(watch, 0);
		return answers_take(watch, input->answer);
	case INPUT_SIGHTING:
		return step_sighting(watch, input->sighting);
	case INPUT_COMMAND:
		watch_soon(watch, 0);
		return step_command(watch, &input->command);
	case INPUT_INHERITED:
		return inherit_death(watch, input->inherited);
	}
	watch->counters.ignored++;
	return 0;
}

bool watch_next_question(struct watch *watch, struct question *ret_question)
{
	return sync_next_question(watch, ret_question);
}

uint64_t watch_deadline(const struct watch *watch)
{
	return watch->deadline_ns;
}

void watch_reload(struct watch *watch, const struct settings *settings)
{
	watch->settings = *settings;
	watch->settings.history = watch->ring_size;
	linger_reload(watch);
}

bool watch_ready(const struct watch *watch)
{
	return watch->ready;
}

/* Its baseline is in effect, and whom it named up to event seq is known. */
static bool known(const struct netns *netns, uint64_t seq)
{
	const struct generation *generation = netns->unknown;

	if (netns->ended_seq || netns->born_seq > seq ||
	    netns->trust == TRUST_REFUSED)
		return true;
	if (netns->trust != TRUST_LIVE)
		return false;
	while (generation && (generation->knowledge != PEER_UNKNOWN ||
			      generation->opened_seq > seq))
		generation = generation->peer_next;
	return !generation;
}

bool watch_knows(const struct watch *watch, uint64_t seq)
{
	const struct netns *netns = watch->ledger.netnses;

	while (netns && known(netns, seq))
		netns = netns->next;
	return watch->ready && !netns;
}

bool watch_learned(const struct watch *watch)
{
	return sync_quiet(watch) && watch_knows(watch, watch->seq);
}

bool watch_judged(const struct watch *watch)
{
	return watch->accounts.judged;
}

bool watch_gone(const struct watch *watch, int32_t nsid)
{
	return !ledger_holder(&watch->ledger, nsid);
}

const struct event *watch_event(const struct watch *watch, uint64_t seq,
				uint64_t *ret_oldest)
{
	uint64_t kept = watch->seq - watch->ring_from;

	if (kept > watch->ring_size)
		kept = watch->ring_size;
	*ret_oldest = watch->seq - kept + 1;
	if (seq < *ret_oldest || seq > watch->seq)
		return NULL;
	return &watch->ring[(seq - 1) % watch->ring_size];
}

struct stamp watch_now(const struct watch *watch)
{
	return watch->now;
}

const struct counters *watch_counters(const struct watch *watch)
{
	return &watch->counters;
}

const struct audit *watch_audit(const struct watch *watch)
{
	return &watch->audit;
}

const struct start *watch_start(const struct watch *watch)
{
	return &watch->start;
}

const struct settings *watch_settings(const struct watch *watch)
{
	return &watch->settings;
}

const struct ledger *watch_ledger(const struct watch *watch)
{
	return &watch->ledger;
}

const struct names *watch_names(const struct watch *watch)
{
	return &watch->names;
}

const struct passes *watch_passes(const struct watch *watch)
{
	return watch->passes;
}

const struct verify *watch_verify(const struct watch *watch)
{
	return &watch->verify;
}

const struct sync *watch_sync(const struct watch *watch)
{
	return &watch->sync;
}
