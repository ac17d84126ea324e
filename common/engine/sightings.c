/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/sightings.h"

#include <errno.h>
#include <string.h>

#include "common/engine/state.h"

static bool wants_adoption(const struct watch *watch, const struct name *name)
{
	if (!name->leads || name->home || name->nsid >= 0)
		return false;
	switch (watch->settings.adopt) {
	case ADOPT_NO:
		return false;
	case ADOPT_NAMED:
		return name->kind == NAME_PATH;
	case ADOPT_ALL:
		return true;
	case ADOPT_BORN:
		return !name->initial;
	}
	return false;
}

static bool sane(const struct sighting *sighting)
{
	return sighting->text && *sighting->text &&
	       strnlen(sighting->text, NAME_MAX_BYTES) < NAME_MAX_BYTES &&
	       (unsigned int)sighting->kind < NAME_KINDS;
}

/* The answer that waits says the same: it need not wait all over again. */
static bool repeats(const struct name *name, const struct sighting *sighting)
{
	bool sure;

	if (!name->waiting || name->leads != sighting->leads)
		return false;
	if (!sighting->leads)
		return true;
	return name->nsid == sighting->nsid &&
	       name->home == sighting->is_home &&
	       identity_same(&name->identity, &sighting->identity, &sure);
}

static void take(struct watch *watch, struct name *name,
		 const struct sighting *sighting, uint64_t asked_seq)
{
	bool sure;

	if (!identity_same(&name->identity, &sighting->identity, &sure)) {
		name->adopt = name->adopted = false;
		/* Of another one it says nothing that this had no number. */
		if (sighting->leads)
			name->bare_seq = 0;
	}
	name->leads = sighting->leads;
	name->failed &= !sighting->leads;
	name->home = sighting->leads && sighting->is_home;
	name->nsid = sighting->leads && sighting->nsid >= 0 ? sighting->nsid :
							      NSID_NONE;
	name->identity = sighting->identity;
	name->asked_seq = asked_seq;
	if (name->leads && name->nsid < 0 && !name->home)
		name->bare_seq = asked_seq;
	if (wants_adoption(watch, name) && !name->adopted) {
		name->adopt = true;
		sync_queue_name(watch, name);
	}
	sync_name_waits(watch, name);
}

int sightings_note(struct watch *watch, const struct sighting *sighting,
		   uint64_t asked_seq)
{
	struct name *name;
	bool fresh;
	int r;

	if (!sane(sighting)) {
		watch->counters.ignored++;
		return 0;
	}
	fresh = !names_find(&watch->names, sighting->text);
	if (fresh && !sighting->leads)
		return 0;
	r = names_note(&watch->names, sighting, watch->settings.max_names,
		       &name);
	if (r == NAMES_FULL) {
		watch_beyond(watch, CEILING_NAMES);
		return 0;
	}
	if (r < 0)
		return r;
	if (fresh)
		name->initial = !watch->ready;
	name->scan = watch->sync.scan_serial;
	if (!repeats(name, sighting))
		take(watch, name, sighting, asked_seq);
	return 0;
}

/*
 * A name that led to no namespace that is watched may do so by now: one that
 * had no number when it was asked may have got one since.
 */
static void ask_unbound(struct watch *watch, struct name *name)
{
	/*
	 * Until home's table is known nothing can be bound: asking would only
	 * keep the questions waiting that make it known.
	 */
	if (!name->leads || name->home || name->netns ||
	    watch->ledger.home->trust != TRUST_LIVE)
		return;
	if (name->nsid >= 0 && !name->waiting)
		sync_queue_name(watch, name);
	else if (watch->sync.numbered_seq > name->asked_seq)
		sync_want_name(watch, name, watch->sync.numbered_seq);
}

void sightings_scanned(struct watch *watch, bool news)
{
	struct sync *sync = &watch->sync;
	bool processes = sync->asked.question.processes;
	struct name *name;

	for (name = watch->names.by_text; name; name = name->hh.next) {
		if (name->scan == sync->scan_serial)
			continue;
		if (news)
			ask_unbound(watch, name);
		else if (name->kind == NAME_PATH ||
			 (name->kind == NAME_PROCESS && processes))
			sync_queue_name(watch, name);
	}
	sync->scan_ns = watch->now.mono_ns;
	sync->scan_done = true;
}

void sightings_home_known(struct watch *watch)
{
	struct name *name;

	for (name = watch->names.by_text; name; name = name->hh.next)
		ask_unbound(watch, name);
}

/* The name leads to netns now, and no more to whom it led. */
static void rebind(struct watch *watch, struct name *name, struct netns *netns)
{
	if (name->netns && name->netns != netns)
		linger_lost(watch, name);
	names_bind(name, netns);
	if (netns)
		linger_found(watch, netns);
}

static void alive(struct watch *watch, struct netns *netns,
		  const struct name *name)
{
	netns->lives = true;
	if (name->asked_seq > netns->life_seq)
		netns->life_seq = name->asked_seq;
	verify_alive(watch, netns, name->asked_seq);
}

/* Whoever had its number when asked lived then, whoever has it by now. */
static void alive_before(struct watch *watch, const struct name *name)
{
	struct netns *netns = name->netns;
	bool sure;

	if (netns && netns->nsid == name->nsid &&
	    identity_same(&netns->identity, &name->identity, &sure) && sure)
		alive(watch, netns, name);
}

/*
 * The name led to one that lost its number, and now leads to one that has
 * another. If that is the same namespace, it did not die.
 */
static void numbered_anew(struct watch *watch, const struct name *name,
			  const struct netns *now)
{
	struct netns *before = name->netns;
	bool sure;

	if (!before || before == now ||
	    !identity_same(&before->identity, &name->identity, &sure))
		return;
	if (sure)
		alive(watch, before, name);
	else if (before->death)
		before->death->tainted = before->death->unsure = true;
}

/*
 * Home's number names two namespaces, by what tells them apart: one of them is
 * dead, and home's table points to memory that the other one got.
 */
static bool is_another(const struct watch *watch, const struct netns *netns,
		       const struct name *name)
{
	bool sure;

	/* In a gap the number may have changed hands. */
	return watch->ledger.home->trust == TRUST_LIVE && !netns->stale &&
	       identity_known(&netns->identity) &&
	       identity_known(&name->identity) &&
	       !identity_same(&netns->identity, &name->identity, &sure);
}

/*
 * Somebody answers under a number whose DEL was heard, and nothing since: its
 * last owner did not die, or home's table names memory that another one got.
 */
static void answers_still(struct watch *watch, const struct entry *entry)
{
	struct netns *last =
		entry ? verify_dead_peer(watch, entry->closed_death) : NULL;

	if (last)
		last->death->tainted = last->death->unsure = true;
}

/* The name leads to a namespace that has the number name->nsid in home. */
static int effect_number(struct watch *watch, struct name *name)
{
	struct generation *generation = NULL;
	struct entry *entry;
	int r;

	entry = ledger_entry(watch->ledger.home, name->nsid);
	if (entry)
		generation = ledger_youngest(entry);
	if (!generation && name->netns && name->netns->nsid == name->nsid &&
	    !is_another(watch, name->netns, name)) {
		/* Its DEL was heard, and nothing since: still it answers. */
		alive(watch, name->netns, name);
		return 0;
	}
	if (!generation && watch->ledger.home->trust == TRUST_LIVE) {
		answers_still(watch, entry);
		r = tables_appear(watch, name->nsid, name->asked_seq,
				  &generation);
		if (r < 0)
			return r;
	}
	if (!generation || !generation->peer || generation->peer->off)
		return 0;
	if (is_another(watch, generation->peer, name)) {
		rebind(watch, name, NULL);
		tables_misnamed(watch, generation->peer);
		return 0;
	}
	numbered_anew(watch, name, generation->peer);
	rebind(watch, name, generation->peer);
	if (name->bare_seq > generation->peer->bare_seq)
		generation->peer->bare_seq = name->bare_seq;
	if (identity_known(&name->identity))
		generation->peer->identity = name->identity;
	alive(watch, generation->peer, name);
	return 0;
}

/* It leads to a namespace without a number in home. */
static void effect_unnumbered(struct watch *watch, struct name *name)
{
	struct netns *netns = name->netns;
	bool sure;

	if (!netns)
		return;
	if (!identity_same(&netns->identity, &name->identity, &sure))
		rebind(watch, name, NULL);
	else if (sure)
		alive(watch, netns, name);
	/* The inode may have been re-used; the name stays a doubt. */
	else if (netns->death && name->asked_seq >= netns->death->first_seq)
		netns->death->tainted = netns->death->unsure = true;
}

/* What came since may be what gave the number to another one. */
static bool number_touched(const struct watch *watch, const struct name *name)
{
	return name->leads && !name->home && name->nsid >= 0 &&
	       ledger_number_touched(&watch->ledger, name->nsid,
				     name->asked_seq);
}

static int effect(struct watch *watch, struct name *name)
{
	if (number_touched(watch, name)) {
		alive_before(watch, name);
		sync_want_name(watch, name, watch->seq);
		return 0;
	}
	if (name->asked_seq > name->effect_seq)
		name->effect_seq = name->asked_seq;
	if (name->leads && name->wanted_seq > name->asked_seq)
		sync_queue_name(watch, name);
	if (!name->leads) {
		/* One that lost its number first tells nothing by its name. */
		if (name->netns && !name->failed && !name->netns->lost_seq &&
		    name->bare_seq <= name->netns->born_seq)
			name->netns->lost_seq = name->asked_seq;
		rebind(watch, name, NULL);
		if (!name->queued)
			names_remove(&watch->names, name);
		return 0;
	}
	if (name->home) {
		rebind(watch, name, NULL);
		return 0;
	}
	if (name->nsid >= 0)
		return effect_number(watch, name);
	effect_unnumbered(watch, name);
	return 0;
}

int sightings_drained(struct watch *watch, uint64_t *deadline_ns)
{
	struct sync *sync = &watch->sync;
	struct name *name, *first_late = NULL;
	uint64_t due_ns = sync->waiting_ns + watch->settings.settle_ns;
	int r = 0;

	/* Thousands may wait, and drained moments are many. */
	if (sync->waiting_first && sync->waiting_ns &&
	    due_ns > watch->drained_ns) {
		if (due_ns < *deadline_ns)
			*deadline_ns = due_ns;
		return 0;
	}
	sync->waiting_ns = 0;
	while (r == 0 && (name = sync->waiting_first) && name != first_late) {
		sync->waiting_first = name->waiting_next;
		if (!sync->waiting_first)
			sync->waiting_last = NULL;
		name->waiting = false;
		due_ns = name->came_ns + watch->settings.settle_ns;
		if (due_ns <= watch->drained_ns) {
			r = effect(watch, name);
			continue;
		}
		if (due_ns < *deadline_ns)
			*deadline_ns = due_ns;
		if (!sync->waiting_ns || name->came_ns < sync->waiting_ns)
			sync->waiting_ns = name->came_ns;
		sync_name_rest(sync, name);
		if (!first_late)
			first_late = name;
	}
	return r;
}

void sightings_unbind(struct watch *watch, struct netns *netns)
{
	struct name *name;

	while ((name = netns->names)) {
		names_bind(name, NULL);
		sync_queue_name(watch, name);
	}
}
