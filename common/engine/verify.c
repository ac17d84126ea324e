/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/deaths.h"
#include "common/engine/inherit.h"
#include "common/engine/judge.h"
#include "common/engine/records.h"
#include "common/engine/revise.h"
#include "common/engine/state.h"

int verify_init(struct verify *verify)
{
	*verify = (struct verify){ 0 };
	return evidences_init(&verify->evidences);
}

void verify_deinit(struct watch *watch)
{
	struct verify *verify = &watch->verify;
	struct finding *finding;

	deaths_free(verify->open_first);
	deaths_free(verify->closed_first);
	evidences_deinit(&verify->evidences);
	while ((finding = verify->finding_first)) {
		verify->finding_first = finding->next;
		free(finding);
	}
	netns_unref(verify->barrier);
	*verify = (struct verify){ 0 };
}

static void unattributed(struct watch *watch, struct netns *holder,
			 const struct generation *generation)
{
	watch->counters.unattributed++;
	watch->verify.evidence_ns = watch->now.mono_ns;
	evidences_add(&watch->verify.evidences, watch->seq, watch->now.mono_ns,
		      holder, generation);
}

uint64_t verify_pass_seq(const struct death *death)
{
	return death->certain ? death->certain_seq : death->first_seq;
}

/*
 * One DEL alone may have been premature, and no part of the peer's pass: what
 * stood for a barrier until now proves nothing then.
 */
static void make_certain(struct watch *watch, struct death *death)
{
	if (death->certain)
		return;
	death->certain = true;
	death->certain_seq = watch->seq;
	if (death->barrier && death->barrier->life_seq < death->certain_seq) {
		death->tainted = true;
		judge_later(watch, death);
	}
}

/* A DEL took away the peer's nsid; `fair`: it closed no older generation. */
static int removed(struct watch *watch, const struct change *change, bool fair)
{
	struct netns *peer = change->generation->peer;
	struct death *death = peer->death;
	int r;

	if (!death) {
		r = deaths_open(watch, peer, &death);
		if (r < 0)
			return r;
		inherit_claim(watch, death);
		death->expected++;
	}
	change->entry->closed_death = death->id;
	if (change->holder->home)
		death->home_seq = watch->seq;
	else if (watch->start.home_is_first && !death->home_seq)
		death->tainted = true; /* home is the first of every walk */
	if (change->holder->home || (fair && death->fair_removals > 0))
		make_certain(watch, death);
	death->fair_removals += fair;
	if (change->blind)
		death->unattributed = true;
	if (change->generation->doubted)
		death->tainted = true;
	/* A holder that dies before the barrier was then asked in time. */
	sync_want(watch, change->holder, watch->seq, WISH_LEARN);
	r = deaths_removed(watch, death, change->holder, change->entry->nsid,
			   watch->seq);
	if (r < 0 || !death->barrier_seq || change->blind)
		return r;
	return findings_suspect(watch, DOUBT_LATE, change->entry, peer, death,
				watch->seq);
}

/* A DEL in home: the netns can be a barrier, and is no holder any more. */
static void left_home(struct watch *watch, struct netns *netns, bool blind)
{
	struct verify *verify = &watch->verify;
	struct death *death = verify->no_barrier;

	netns->ended_seq = watch->seq;
	netns->until = watch->now;
	if (netns->canary) {
		accounts_canary(watch, netns);
		watch_end_netns(watch, netns);
	}
	if (!netns->lives || blind)
		return;
	if (netns->life_seq >= verify->barrier_life_seq) {
		netns_unref(verify->barrier);
		verify->barrier = netns_ref(netns);
		verify->barrier_life_seq = netns->life_seq;
		verify->barrier_seq = watch->seq;
		verify->barrier_ns = watch->now.mono_ns;
	}
	for (; death && death->first_seq <= netns->life_seq;
	     death = death->next) {
		if (death->barrier_seq || death->peer == netns ||
		    verify_pass_seq(death) > netns->life_seq)
			continue;
		death->barrier_seq = watch->seq;
		death->barrier_ns = watch->now.mono_ns;
		death->barrier = netns_ref(netns);
	}
	while (verify->no_barrier && verify->no_barrier->barrier_seq)
		verify->no_barrier = verify->no_barrier->next;
}

/*
 * Over a gap a number of home's may be counted twice: the DEL may be of whoever
 * seems to have it still.
 */
static void doubt_heirs(const struct change *change)
{
	struct generation *heir = change->entry->gapped ? change->entry->open :
							  NULL;

	for (; heir; heir = heir->next)
		if (heir->peer)
			heir->peer->unproved = true;
}

static int take_del(struct watch *watch, const struct change *change)
{
	struct generation *generation = change->generation;
	struct netns *peer = generation ? generation->peer : NULL;
	bool nobody;
	int r = 0;

	change->holder->last_del_seq = watch->seq;
	change->entry->closed_seq = generation ? watch->seq :
						 change->entry->closed_seq;
	change->entry->closed_peer = peer ? peer->serial : 0;
	change->entry->closed_death = 0;
	nobody = !generation || generation->knowledge == PEER_UNKNOWN ||
		 generation->knowledge == PEER_NONE;
	accounts_removal(watch, change->holder,
			 generation && generation->knowledge != PEER_UNKNOWN);
	if (nobody)
		unattributed(watch, change->holder, generation);
	else if (generation->knowledge == PEER_SELF || peer->home)
		r = change->blind ?
			    0 :
			    findings_suspect(watch, DOUBT_ALIVE, change->entry,
					     peer ? peer : change->holder, NULL,
					     watch->seq);
	else if (!peer->canary && !peer->off)
		r = removed(watch, change, change->kind == CHANGE_CLOSED);
	if (change->holder->home)
		doubt_heirs(change);
	if (r == 0 && peer && change->holder->home && !peer->off)
		left_home(watch, peer, change->blind);
	return r;
}

int verify_change(struct watch *watch, const struct change *change,
		  const struct event *event)
{
	struct netns *holder = change->holder;

	if (findings_event(watch, change, event)) {
		holder->last_del_seq = watch->seq;
		if (!change->generation)
			change->entry->balance++;
		return 0;
	}
	if (event->type == EVENT_DEL) {
		if (change->kind != CHANGE_UNDER || change->blind)
			return take_del(watch, change);
		holder->last_del_seq = watch->seq;
		unattributed(watch, holder, NULL);
		return findings_suspect(watch, DOUBT_SURPLUS_DEL, change->entry,
					NULL, NULL, watch->seq);
	}
	if (change->kind == CHANGE_REFILLED) {
		watch->counters.phantoms += !change->blind;
		if (change->blind && !holder->home)
			judge_unseen(watch, holder);
		return 0;
	}
	/* Only home's numbers name somebody from the first moment. */
	if (change->generation->peer)
		watch_new_netns(watch, change->generation->peer);
	else
		sync_want(watch, holder, watch->seq, WISH_LEARN);
	if (change->kind != CHANGE_OVER || change->blind)
		return 0;
	watch->counters.inversions++;
	return findings_suspect(watch, DOUBT_SURPLUS_NEW, change->entry,
				change->entry->open->peer, NULL, watch->seq);
}

struct netns *verify_dead_peer(struct watch *watch, uint64_t id)
{
	struct death *death = verify_find(&watch->verify, id);

	return death && death->verdict == VERDICT_OPEN ? death->peer : NULL;
}

int verify_told(struct watch *watch, struct netns *holder, struct entry *entry,
		struct netns *peer)
{
	struct death *death = peer ? peer->death : NULL;
	uint64_t seq = entry->closed_seq;
	struct evidence *evidence;

	if (!death || seq < death->first_seq ||
	    (death->barrier_seq && seq > death->barrier_seq))
		return 0;
	evidence = evidences_find(&watch->verify.evidences, holder, seq);
	/* An entry that is older may have named who had the memory before. */
	if (!evidence || evidence->told ||
	    peer->born_seq > evidence->opened_seq)
		return 0;
	evidence->told = true;
	entry->closed_peer = peer->serial;
	entry->closed_death = death->id;
	watch->counters.unattributed--;
	death->expected++;
	if (death->fair_removals > 0)
		make_certain(watch, death);
	death->fair_removals++;
	return deaths_removed(watch, death, holder, entry->nsid, seq);
}

void verify_alive(struct watch *watch, struct netns *netns, uint64_t seq)
{
	struct death *death = netns->death;
	struct netns *holder;
	struct entry *entry;
	uint32_t i;

	if (netns->ended_seq && seq >= netns->ended_seq)
		netns->revived = true;
	if (!death || seq < death->first_seq || death->living)
		return;
	death->living = true;
	for (i = 0; i < death->n_listed; i++) {
		holder = death->removals[i].holder;
		entry = holder->ended_seq ?
				NULL :
				ledger_entry(holder, death->removals[i].nsid);
		if (entry && entry->closed_death == death->id)
			(void)findings_suspect(watch, DOUBT_ALIVE, entry, netns,
					       death, death->removals[i].seq);
	}
}

int verify_vanished(struct watch *watch, struct netns *netns,
		    const struct entry *entry)
{
	struct death *death = netns->death;
	int r;

	if (netns->canary)
		watch_end_netns(watch, netns);
	if (netns->off)
		return 0;
	if (!death) {
		r = deaths_open(watch, netns, &death);
		if (r < 0)
			return r;
		inherit_claim(watch, death);
	}
	if (watch->ledger.home->trust != TRUST_LIVE) {
		death->gap = true; /* closed with the gap */
		return 0;
	}
	records_attach(watch, entry, death);
	verify_close(watch, death, VERDICT_INDETERMINATE, REASON_TAINTED);
	return 0;
}

void verify_lost(struct watch *watch, struct generation *generation)
{
	struct netns *holder = generation->entry->holder;
	struct netns *peer = generation->peer;

	if (holder->home || holder->trust != TRUST_LIVE)
		return;
	if (!peer)
		unattributed(watch, holder, generation);
	else if (peer->death)
		peer->death->tainted = true;
	else
		peer->bereft = true;
}

void verify_inherited(struct watch *watch, const struct generation *generation,
		      const struct netns *peer)
{
	uint64_t settle_ns = watch->settings.settle_ns;
	struct death *death = watch->verify.open_first;

	if (generation->opened_seq >= peer->born_seq)
		return;
	/* An allocator that stalls announces an entry that is older yet. */
	for (; death && death->first_seq < peer->born_seq; death = death->next)
		death->unattributed |= !generation->announced ||
				       death->opened.mono_ns + settle_ns >
					       generation->opened_ns;
}

void verify_gap(struct watch *watch)
{
	struct death *death;

	inherit_gap(watch);
	for (death = watch->verify.open_first; death; death = death->next)
		death->gap = true;
}

void verify_gap_over(struct watch *watch)
{
	struct death *death, *next;

	for (death = watch->verify.open_first; death; death = next) {
		next = death->next;
		if (death->gap)
			verify_close(watch, death, VERDICT_INDETERMINATE,
				     REASON_GAP);
	}
}

void verify_begin(struct watch *watch)
{
	watch->verify.spanning = true;
	watch->verify.span = (struct death_counts){ 0 };
}

bool verify_barrier_after(const struct watch *watch, uint64_t seq)
{
	const struct verify *verify = &watch->verify;

	return verify->barrier && verify->barrier_life_seq >= seq &&
	       !verify->barrier->revived && !verify->barrier->names &&
	       watch_settled(watch, verify->barrier_ns);
}

void verify_close(struct watch *watch, struct death *death,
		  enum verdict verdict, enum reason reason)
{
	struct netns *peer = death->peer;
	bool death_sure = death->certain && !death->living && death->asked;

	if (death->findings)
		verdict = VERDICT_VIOLATED;
	if (verdict == VERDICT_VIOLATED)
		reason = REASON_NONE;
	death->proof = verdict == VERDICT_VERIFIED ? PROOF_ATTRIBUTION :
						     PROOF_NONE;
	netns_ref(peer);
	peer->wronged |= verdict == VERDICT_VIOLATED || death->tainted;
	if (peer->wronged)
		revise_excused(watch, peer);
	if (!peer->gone_seq)
		peer->gone_seq = deaths_gone(death, verdict);
	deaths_close(watch, death, verdict, reason);
	/* Dead beyond doubt, though home may list its number for ever. */
	if (death_sure && !peer->ended_seq)
		peer->ended_seq = watch->seq;
	if (peer->ended_seq && verdict != VERDICT_VERIFIED)
		sync_relearn(watch, peer);
	if (peer->ended_seq)
		watch_end_netns(watch, peer);
	netns_unref(peer);
}

/* Every name of the peer was asked after event seq; none may lead to it. */
static bool names_asked(struct watch *watch, struct netns *netns, uint64_t seq)
{
	struct name *name;
	bool all = true;

	for (name = netns->names; name; name = name->next) {
		if (name->effect_seq >= seq)
			continue;
		sync_want_name(watch, name, seq);
		all = false;
	}
	return all;
}

/* A barrier is only as good as the death that made it. */
static bool barrier_holds(struct watch *watch, struct death *death)
{
	struct netns *barrier = death->barrier;

	if (barrier->revived) {
		judge_later(watch, death);
		return false;
	}
	return barrier->canary ||
	       names_asked(watch, barrier, death->barrier_seq);
}

/* Those who dropped it: do their tables agree? */
static void ask_holders(struct watch *watch, struct death *death)
{
	uint32_t i;

	for (i = 0; i < death->n_listed; i++)
		sync_want(watch, death->removals[i].holder, death->barrier_seq,
			  WISH_URGENT);
}

/* What a death with a settled barrier still waits for. */
static bool decided(struct watch *watch, struct death *death,
		    enum verdict *ret_verdict, enum reason *ret_reason)
{
	struct netns *peer = death->peer;

	*ret_verdict = VERDICT_INDETERMINATE;
	*ret_reason = REASON_TAINTED;
	if (!death->asked)
		ask_holders(watch, death);
	death->asked = true;
	if (!barrier_holds(watch, death) ||
	    !names_asked(watch, peer, death->barrier_seq))
		return false;
	if (death->living || !death->certain || peer->names)
		return death->n_suspicions == 0;
	if (judge_named(watch, death) < 0 || death->n_suspicions ||
	    !judge_tables(watch, death))
		return false;
	if (!judge_attribution(watch, death))
		return false;
	*ret_reason = judge_reason(death);
	if (*ret_reason == REASON_NONE)
		*ret_verdict = VERDICT_VERIFIED;
	return true;
}

/* A death whose pass is over; one that waits too long is left in doubt. */
static void progress(struct watch *watch, struct death *death)
{
	uint64_t patience_ns = watch->settings.overdue_ns +
			       watch->settings.settle_ns;
	enum verdict verdict;
	enum reason reason;

	if (!watch_settled(watch, death->barrier_ns) || death->gap)
		return;
	if (decided(watch, death, &verdict, &reason)) {
		verify_close(watch, death, verdict, reason);
		return;
	}
	if (watch->drained_ns < death->barrier_ns + patience_ns)
		return;
	reason = judge_reason(death);
	verify_close(watch, death, VERDICT_INDETERMINATE,
		     reason ? reason : REASON_PARTIAL_TABLE);
}

/* A living peer shows early, long before any barrier. */
static void name_early(struct watch *watch)
{
	struct verify *verify = &watch->verify;
	struct death *death;

	while ((death = verify->not_named) &&
	       watch_settled(watch, death->opened.mono_ns)) {
		names_asked(watch, death->peer, death->first_seq);
		verify->not_named = death->next;
	}
}

static void overdue(struct watch *watch)
{
	struct verify *verify = &watch->verify;
	struct death *death = verify->open_first;

	for (; death && death->opened.mono_ns + watch->settings.overdue_ns <=
				watch->drained_ns;
	     death = death->next)
		death->overdue = true;
	while (verify->n_open > watch->settings.history)
		verify_close(watch, verify->open_first, VERDICT_INDETERMINATE,
			     REASON_NO_BARRIER);
}

void verify_drained(struct watch *watch, uint64_t *deadline_ns)
{
	struct verify *verify = &watch->verify;
	uint64_t settle_ns = watch->settings.settle_ns, due_ns;
	struct death *death, *next;

	/* Whoever is born after this moment is not whom the evidence means. */
	due_ns = verify->evidence_ns + settle_ns;
	if (verify->evidence_ns && due_ns > watch->drained_ns &&
	    due_ns < *deadline_ns)
		*deadline_ns = due_ns;
	name_early(watch);
	for (death = verify->open_first; death && death != verify->no_barrier;
	     death = next) {
		next = death->next;
		if (!death->barrier_seq)
			continue;
		due_ns = death->barrier_ns + settle_ns;
		if (due_ns > watch->drained_ns && due_ns < *deadline_ns)
			*deadline_ns = due_ns;
		progress(watch, death);
	}
	if (verify->not_named &&
	    verify->not_named->opened.mono_ns + settle_ns < *deadline_ns)
		*deadline_ns = verify->not_named->opened.mono_ns + settle_ns;
	overdue(watch);
}

void verify_finish(struct watch *watch)
{
	struct verify *verify = &watch->verify;
	struct death *death;
	enum reason reason;

	while ((death = verify->open_first)) {
		reason = judge_reason(death);
		if (!reason)
			reason = death->barrier_seq ? REASON_ENDED_OPEN :
						      REASON_NO_BARRIER;
		verify_close(watch, death, VERDICT_INDETERMINATE, reason);
	}
}

const struct death_counts *verify_counts(const struct verify *verify)
{
	return &verify->counts;
}

const struct death_counts *verify_span_counts(const struct verify *verify)
{
	return &verify->span;
}

uint64_t verify_findings_total(const struct verify *verify,
			       enum finding_kind kind)
{
	return verify->finding_totals[kind];
}

const struct death *verify_open_deaths(const struct verify *verify)
{
	return verify->open_first;
}

const struct death *verify_closed_deaths(const struct verify *verify)
{
	return verify->closed_first;
}

const struct finding *verify_findings(const struct verify *verify)
{
	return verify->finding_first;
}

const struct death *verify_death(const struct verify *verify, uint64_t id)
{
	return verify_find((struct verify *)verify, id);
}

const struct finding *verify_finding(const struct verify *verify, uint64_t id)
{
	const struct finding *finding = verify->finding_last;

	while (finding && finding->id != id)
		finding = finding->prev;
	return finding;
}
