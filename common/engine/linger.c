/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/linger.h"

#include "common/engine/state.h"

/* Looks at all namespaces are at least so far apart. */
#define LOOK_NS 1000000000ull

const char *held_name(enum held held)
{
	switch (held) {
	case HELD_PROCESS:
		return "process";
	case HELD_MOUNT:
		return "mount";
	case HELD_DESCRIPTOR:
		return "descriptor";
	case HELD_UNKNOWN:
		return "unknown";
	case HELD_KINDS:
		break;
	}
	return NULL;
}

const char *cleanup_name(enum cleanup cleanup)
{
	switch (cleanup) {
	case CLEANUP_DONE:
		return "done";
	case CLEANUP_BACKLOG:
		return "backlog";
	case CLEANUP_STUCK:
		return "stuck";
	case CLEANUP_UNKNOWN:
		return "unknown";
	}
	return NULL;
}

static void look_at(struct watch *watch, uint64_t at_ns)
{
	struct linger *linger = &watch->linger;

	if (at_ns < linger->due_ns)
		linger->due_ns = at_ns;
}

/* Nobody can tell that what has no name is without one: no such begins to. */
static bool unknowable(const struct watch *watch, const struct netns *netns)
{
	return (watch->sync.hidden & HIDDEN_PROCESSES) ||
	       (watch->sync.hidden && !netns->lingers);
}

/*
 * What never had a name may get one: processes are looked for at intervals, and
 * a scan takes its time.
 */
static uint64_t due_ns(const struct watch *watch, const struct netns *netns)
{
	const struct settings *settings = &watch->settings;

	if (netns->lost.rank != RANK_NONE)
		return netns->lost.at.mono_ns + settings->linger_ns;
	if (unknowable(watch, netns))
		return UINT64_MAX;
	return netns->since.mono_ns + settings->linger_ns +
	       2 * settings->housekeeping_ns;
}

void linger_born(struct watch *watch, struct netns *netns)
{
	netns->lost.seq = watch->seq;
	netns->lost.last_ns = watch->now.mono_ns;
	look_at(watch, due_ns(watch, netns));
}

void linger_lost(struct watch *watch, const struct name *name)
{
	struct netns *netns = name->netns;
	enum label_rank rank = names_rank(name, names_guested(netns));

	if (netns->ended_seq ||
	    (name->kind != NAME_PATH &&
	     (watch->sync.hidden & (HIDDEN_PROCESSES | HIDDEN_BEYOND))))
		return;
	if (name->asked_seq > netns->lost.seq)
		netns->lost.seq = name->asked_seq;
	netns->lost.last_ns = watch->now.mono_ns;
	if (rank < netns->lost.rank)
		return;
	netns->lost.rank = rank;
	netns->lost.at = watch->now;
	look_at(watch, due_ns(watch, netns));
}

void linger_found(struct watch *watch, const struct netns *netns)
{
	if (netns->lingers)
		look_at(watch, watch->now.mono_ns);
}

void linger_hidden(struct watch *watch, uint32_t hidden)
{
	if (watch->sync.hidden == hidden)
		return;
	watch->sync.hidden = hidden;
	look_at(watch, watch->now.mono_ns);
}

void linger_removal(struct watch *watch, uint64_t at_ns)
{
	watch->linger.del_ns = at_ns;
	if (watch->linger.n > 0)
		look_at(watch, at_ns + LOOK_NS);
}

void linger_reload(struct watch *watch)
{
	look_at(watch, watch->now.mono_ns);
}

static void change(struct watch *watch, struct netns *netns, bool lingers)
{
	if (netns->lingers == lingers)
		return;
	netns->lingers = lingers;
	watch->linger.n += lingers ? 1 : -1u;
	watch_notice(watch, lingers ? NOTICE_LINGERING : NOTICE_LINGERED,
		     netns->serial);
}

void linger_end(struct watch *watch, struct netns *netns)
{
	change(watch, netns, false);
}

unsigned int linger_held(const struct netns *netns)
{
	static const enum held kinds[NAME_KINDS] = {
		[NAME_PATH] = HELD_MOUNT,
		[NAME_PROCESS] = HELD_PROCESS,
		[NAME_CANARY] = HELD_DESCRIPTOR,
		[NAME_DESCRIPTOR] = HELD_DESCRIPTOR,
	};
	unsigned int held = netns->home ? 1u << HELD_PROCESS : 0;
	const struct name *name;

	for (name = netns->names; name; name = name->next)
		if (name->leads)
			held |= 1u << kinds[name->kind];
	return held ? held : 1u << HELD_UNKNOWN;
}

static enum label_rank best_rank(const struct netns *netns)
{
	enum label_rank best = RANK_NONE, rank;
	bool guested = names_guested(netns);
	const struct name *name;

	for (name = netns->names; name; name = name->next) {
		rank = names_rank(name, guested);
		if (rank > best)
			best = rank;
	}
	return best;
}

bool linger_orphaned(const struct netns *netns)
{
	const unsigned int used = 1u << HELD_PROCESS | 1u << HELD_MOUNT;
	enum label_rank best = best_rank(netns);

	if (netns->home || netns->canary || netns->death || netns->ended_seq)
		return false;
	/* One that a path names and somebody lives in is in use. */
	return best == RANK_NONE ||
	       (best < netns->lost.rank && (linger_held(netns) & used) != used);
}

bool linger_owned(const struct netns *netns)
{
	return netns->lost.rank > RANK_DESCRIPTOR;
}

const char *linger_owner(const struct netns *netns)
{
	if (!linger_owned(netns))
		return NULL;
	return netns->former_label && netns->former_rank >= netns->lost.rank ?
		       netns->former_label :
		       netns->former;
}

struct stamp linger_since(const struct netns *netns)
{
	if (!linger_orphaned(netns))
		return (struct stamp){ 0 };
	return linger_owned(netns) ? netns->lost.at : netns->since;
}

bool linger_passed_over(const struct watch *watch, const struct netns *netns)
{
	return linger_orphaned(netns) &&
	       verify_barrier_after(watch, netns->lost.seq);
}

enum fate linger_fate(const struct watch *watch, const struct netns *netns)
{
	if (netns->unreachable)
		return FATE_DEAD;
	if (netns->answered_ns > netns->lost.last_ns)
		return FATE_ANSWERED;
	return linger_passed_over(watch, netns) ? FATE_PASSED : FATE_UNKNOWN;
}

void linger_answered(struct netns *netns, enum answer_outcome outcome,
		     uint64_t then_ns)
{
	switch (outcome) {
	case ANSWER_WHOLE:
	case ANSWER_PART:
		netns->answered_ns = then_ns;
		netns->unreachable = false;
		break;
	case ANSWER_ABSENT:
		netns->unreachable = true;
		break;
	case ANSWER_REFUSED:
	case ANSWER_FAILED:
	case ANSWER_NEWS:
		break;
	}
}

static void look_into(struct watch *watch, struct netns *netns, bool lingers)
{
	change(watch, netns, lingers);
	if (lingers && linger_held(netns) == 1u << HELD_UNKNOWN &&
	    linger_fate(watch, netns) == FATE_UNKNOWN &&
	    netns->trust != TRUST_REFUSED)
		sync_wish(watch, netns, WISH_LEARN);
}

void linger_drained(struct watch *watch)
{
	struct linger *linger = &watch->linger;
	uint64_t now_ns = watch->now.mono_ns, due;
	struct netns *netns;

	if (!watch->ready || now_ns < linger->due_ns)
		return;
	linger->due_ns = UINT64_MAX;
	for (netns = watch->ledger.netnses; netns; netns = netns->next) {
		due = due_ns(watch, netns);
		look_into(watch, netns,
			  linger_orphaned(netns) && now_ns >= due);
		if (now_ns < due && due < linger->due_ns)
			linger->due_ns = due;
	}
	if (linger->due_ns < now_ns + LOOK_NS)
		linger->due_ns = now_ns + LOOK_NS;
}

static uint64_t nameless_ns(const struct watch *watch,
			    const struct netns *netns)
{
	if (netns->lost.rank != RANK_NONE)
		return netns->lost.at.mono_ns + watch->settings.settle_ns;
	return netns->since.mono_ns + watch->settings.housekeeping_ns;
}

bool linger_unheld(const struct watch *watch)
{
	const struct netns *netns = watch->ledger.netnses;

	/* One that is new, or has just lost a name, may get one by itself. */
	while (netns && (netns->names || !linger_orphaned(netns) ||
			 watch->now.mono_ns < nameless_ns(watch, netns)))
		netns = netns->next;
	return netns;
}

static enum held first_held(const struct netns *netns)
{
	unsigned int bits = linger_held(netns), kind = 0;

	while (!(bits & 1u << kind))
		kind++;
	return kind;
}

static void count_unheld(const struct watch *watch, const struct netns *netns,
			 struct linger_counts *counts)
{
	enum fate fate = linger_fate(watch, netns);

	counts->waiting += fate == FATE_DEAD;
	if (netns->lost.rank == RANK_NONE)
		return;
	counts->gone++;
	counts->unknown += fate == FATE_UNKNOWN;
}

static void count_netns(const struct watch *watch, const struct netns *netns,
			struct linger_counts *counts)
{
	struct stamp since = linger_since(netns);
	enum held held = first_held(netns);

	if (netns->ended_seq)
		return;
	if (netns->death || !netns->lingers || !since.real_ns) {
		counts->dying += netns->death != NULL;
		counts->live += netns->death == NULL;
		return;
	}
	counts->lingering[held]++;
	if (!counts->oldest.real_ns || since.mono_ns < counts->oldest.mono_ns)
		counts->oldest = since;
	if (held == HELD_UNKNOWN && !(watch->sync.hidden & HIDDEN_PROCESSES))
		count_unheld(watch, netns, counts);
}

static enum cleanup judge_cleanup(const struct watch *watch,
				  const struct linger_counts *counts)
{
	uint64_t moved_ns = watch->linger.del_ns + watch->settings.linger_ns;

	if (counts->waiting)
		return moved_ns >= watch->now.mono_ns ? CLEANUP_BACKLOG :
							CLEANUP_STUCK;
	return counts->unknown ? CLEANUP_UNKNOWN : CLEANUP_DONE;
}

/* Begun and not done: who went in the same pass announces nothing any more. */
static bool awaits(const struct death *death)
{
	const struct generation *generation = death->peer->named_by;

	while (generation && generation->entry->holder->ended_seq)
		generation = generation->peer_next;
	return death->overdue && generation;
}

void linger_count(const struct watch *watch, struct linger_counts *ret_counts)
{
	const struct death *death = verify_open_deaths(&watch->verify);
	const struct netns *netns = watch->ledger.netnses;
	struct linger_counts counts = { 0 };

	for (; netns; netns = netns->next)
		count_netns(watch, netns, &counts);
	for (; death; death = death->next)
		counts.waiting += awaits(death);
	counts.cleanup = judge_cleanup(watch, &counts);
	*ret_counts = counts;
}

static const struct netns *find_dead(const struct death *death, uint64_t serial)
{
	for (; death; death = death->next)
		if (death->peer && death->peer->serial == serial)
			return death->peer;
	return NULL;
}

const struct netns *linger_find(const struct watch *watch, uint64_t serial)
{
	const struct netns *netns = watch->ledger.netnses;

	while (netns && netns->serial != serial)
		netns = netns->next;
	if (!netns)
		netns = find_dead(verify_open_deaths(&watch->verify), serial);
	return netns ? netns :
		       find_dead(verify_closed_deaths(&watch->verify), serial);
}
