/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/records.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/revise.h"
#include "common/engine/state.h"

static void party_fill(struct party *party, const struct netns *netns)
{
	const char *name, *label;

	if (!netns)
		return;
	name = names_called(netns, &label);
	party->known = true;
	party->nsid = netns->nsid;
	party->generation = netns->generation;
	party->identity = netns->identity;
	if (name)
		strncpy(party->name, name, sizeof(party->name) - 1);
	if (label)
		strncpy(party->label, label, sizeof(party->label) - 1);
}

/* The peer may have lost its names by now; its death remembers one. */
static void party_remember(struct party *party, const struct death *death)
{
	if (!death || party->name[0])
		return;
	memcpy(party->name, death->name, sizeof(party->name));
	memcpy(party->label, death->label, sizeof(party->label));
}

static void evidence_write(struct finding *finding,
			   const struct suspicion *suspicion,
			   const struct death *death)
{
	char *at = finding->evidence;
	size_t left = sizeof(finding->evidence);
	const char *table = "no table was needed";
	int n;

	if (suspicion->tables)
		table = !suspicion->listed ?
				"the holder's table lacks it" :
			suspicion->other ?
				"the holder's table lists it for another peer" :
				"the holder's table lists it";
	n = snprintf(at, left, "%s",
		     suspicion->event_seq ?
			     "RTM_DELNSID or RTM_NEWNSID was event " :
			     "no RTM_DELNSID came");
	if (n > 0 && suspicion->event_seq) {
		at += n;
		left -= n;
		n = snprintf(at, left, "%" PRIu64, suspicion->event_seq);
	}
	at += n;
	left -= n;
	if (death)
		n = snprintf(at, left,
			     "; the peer's first removal was event %" PRIu64
			     ", its number in home went with event %" PRIu64
			     ", the barrier was event %" PRIu64,
			     death->first_seq, death->home_seq,
			     death->barrier_seq);
	else
		n = snprintf(at, left, "; no death is known for it");
	at += n;
	left -= n;
	if (suspicion->tables)
		snprintf(at, left,
			 "; %s (table %" PRIu32 ", asked after event %" PRIu64
			 "); balance %" PRId32,
			 table, suspicion->tables, suspicion->table_seq,
			 suspicion->entry->balance);
	else
		snprintf(at, left, "; balance %" PRId32 " by the ledger",
			 suspicion->entry->balance);
}

/* Nobody has been told of it: its kind or its state is news. */
static void record_herald(struct verify *verify, struct finding *finding)
{
	struct finding **made = &verify->heralds[finding->kind];
	struct finding **changed =
		&verify->heralds[FINDING_KINDS + (int)finding->state];
	struct finding **first = finding->state == FINDING_STANDS ? made :
								    changed;

	finding->change = ++verify->finding_changes;
	if (!*first)
		*first = finding;
}

static bool is_herald(const struct verify *verify,
		      const struct finding *finding)
{
	size_t i, n = sizeof(verify->heralds) / sizeof(verify->heralds[0]);

	for (i = 0; i < n; i++)
		if (verify->heralds[i] == finding)
			return true;
	return false;
}

static void record_unlink(struct verify *verify, struct finding *finding)
{
	*(finding->prev ? &finding->prev->next :
			  &verify->finding_first) = finding->next;
	*(finding->next ? &finding->next->prev :
			  &verify->finding_last) = finding->prev;
	verify->n_findings--;
}

/*
 * Which to forget: the oldest one, but for news, for the newest, and, as long as
 * there are others, for what is still missing: whoever was called for it waits
 * for its end.
 */
static struct finding *record_least(const struct verify *verify)
{
	struct finding *finding = verify->finding_first, *missing = NULL;

	for (; finding != verify->finding_last; finding = finding->next) {
		if (is_herald(verify, finding))
			continue;
		if (finding->kind != FINDING_MISSING ||
		    finding->state != FINDING_STANDS)
			return finding;
		if (!missing)
			missing = finding;
	}
	return missing;
}

static void record_link(struct watch *watch, struct finding *finding)
{
	struct verify *verify = &watch->verify;
	struct finding *least;

	finding->prev = verify->finding_last;
	if (verify->finding_last)
		verify->finding_last->next = finding;
	else
		verify->finding_first = finding;
	verify->finding_last = finding;
	verify->n_findings++;
	while (verify->n_findings > watch->settings.history &&
	       (least = record_least(verify))) {
		record_unlink(verify, least);
		free(least);
	}
}

/* The peer may have died since the suspicion arose. */
static uint64_t death_of(const struct verify *verify, const struct netns *peer)
{
	const struct death *death;

	if (!peer)
		return 0;
	if (peer->death)
		return peer->death->id;
	for (death = verify->closed_last; death; death = death->prev)
		if (death->peer == peer)
			return death->id;
	return 0;
}

int records_make(struct watch *watch, const struct suspicion *suspicion,
		 enum finding_kind kind)
{
	struct verify *verify = &watch->verify;
	struct entry *entry = suspicion->entry;
	struct finding *finding = calloc(1, sizeof(*finding));
	uint64_t id = suspicion->death;
	struct death *death;

	if (!finding)
		return -ENOMEM;
	if (!id && kind == FINDING_DUPLICATE)
		id = entry->closed_death;
	if (!id)
		id = death_of(verify, suspicion->peer);
	death = verify_find(verify, id);
	finding->id = ++verify->next_finding;
	finding->kind = finding->made_as = kind;
	finding->state = FINDING_STANDS;
	finding->nsid = entry->nsid;
	finding->holder_serial = entry->holder->serial;
	finding->death = id;
	finding->at = watch->now;
	finding->changed = watch->now;
	finding->event_seq = suspicion->event_seq;
	party_fill(&finding->holder, entry->holder);
	party_fill(&finding->peer, suspicion->peer ? suspicion->peer :
				   death	   ? death->peer :
						     NULL);
	party_remember(&finding->peer, death);
	evidence_write(finding, suspicion, death);
	verify->finding_totals[kind]++;
	entry->finding = finding->id;
	record_herald(verify, finding);
	record_link(watch, finding);
	tally_finding(&verify->tally, finding);
	watch_notice(watch, NOTICE_FINDING, finding->id);
	if (death) {
		revise_concern(watch, id, 1);
		if (death->peer)
			revise_excused(watch, death->peer);
	}
	return 0;
}

static struct finding *standing(struct watch *watch, const struct entry *entry)
{
	struct finding *finding = watch->verify.finding_last;

	while (finding && finding->id != entry->finding)
		finding = finding->prev;
	return finding && finding->state == FINDING_STANDS ? finding : NULL;
}

static void change(struct watch *watch, struct finding *finding,
		   enum finding_state state)
{
	finding->state = state;
	finding->changed = watch->now;
	record_herald(&watch->verify, finding);
	tally_finding(&watch->verify.tally, finding);
	watch_notice(watch, NOTICE_FINDING, finding->id);
}

static bool turn_late(struct watch *watch, struct entry *entry,
		      enum finding_kind kind)
{
	struct finding *finding = standing(watch, entry);

	if (!finding || finding->kind != kind)
		return false;
	watch->verify.finding_totals[kind]--;
	watch->verify.finding_totals[FINDING_LATE]++;
	finding->kind = FINDING_LATE;
	finding->event_seq = entry->touched_seq;
	entry->finding = 0;
	change(watch, finding, FINDING_RESOLVED);
	return true;
}

bool records_late(struct watch *watch, struct entry *entry, bool closed)
{
	return turn_late(watch, entry,
			 closed ? FINDING_MISSING : FINDING_UNANNOUNCED);
}

bool records_explain(struct watch *watch, struct entry *entry)
{
	return turn_late(watch, entry, FINDING_UNANNOUNCED);
}

bool records_withdraw(struct watch *watch, struct entry *entry)
{
	struct finding *finding = standing(watch, entry);

	if (!finding || (finding->kind != FINDING_DUPLICATE &&
			 finding->kind != FINDING_STRAY))
		return false;
	watch->verify.finding_totals[finding->kind]--;
	entry->finding = 0;
	if (finding->death)
		revise_concern(watch, finding->death, -1);
	change(watch, finding, FINDING_WITHDRAWN);
	return true;
}

bool records_stands(struct watch *watch, const struct entry *entry,
		    enum finding_kind kind)
{
	const struct finding *finding = standing(watch, entry);

	return finding && finding->kind == kind;
}

bool records_other(struct watch *watch, uint64_t death, enum finding_kind kind)
{
	const struct finding *finding = watch->verify.finding_last;

	while (finding && (finding->death != death || finding->kind == kind ||
			   finding->state != FINDING_STANDS))
		finding = finding->prev;
	return finding;
}

void records_attach(struct watch *watch, const struct entry *entry,
		    struct death *death)
{
	struct finding *finding = standing(watch, entry);

	if (!finding || finding->death)
		return;
	finding->death = death->id;
	death->findings++;
}

void records_unsure(struct watch *watch, uint64_t id)
{
	struct death *death = verify_find(&watch->verify, id);

	if (death)
		death->unsure = true;
}
