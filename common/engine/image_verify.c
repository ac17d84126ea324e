/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "common/engine/image_codec.h"
#include "common/engine/image_parts.h"

#define FIELD_COUNTS(type, member)                                             \
	FIELD(type, member.total), FIELD(type, member.open),                   \
		FIELD(type, member.verified), FIELD(type, member.by_accounts), \
		FIELD(type, member.excused), FIELD(type, member.violated),     \
		FIELD(type, member.indeterminate),                             \
		FIELD_ARRAY(type, member.reasons)

#define FIELD_PARTY(type, member)                            \
	FIELD(type, member.known), FIELD(type, member.nsid), \
		FIELD(type, member.generation),              \
		FIELD_IDENTITY(type, member.identity),       \
		FIELD_TEXT(type, member.name), FIELD_TEXT(type, member.label)

#define FIELD_TALLY(type, member)                    \
	FIELD_ARRAY(type, member.verdicts),          \
		FIELD_ARRAY(type, member.findings),  \
		FIELD_ARRAY(type, member.states),    \
		FIELD_ARRAY(type, member.durations), \
		FIELD(type, member.duration_ns)

static const struct field verify_fields[] = {
	FIELD(verify, next_death),	    FIELD_COUNTS(verify, counts),
	FIELD_COUNTS(verify, span),	    FIELD(verify, spanning),
	FIELD(verify, evidence_ns),	    FIELD(verify, barrier_life_seq),
	FIELD(verify, barrier_seq),	    FIELD(verify, barrier_ns),
	FIELD(verify, next_finding),	    FIELD_ARRAY(verify, finding_totals),
	FIELD_TALLY(verify, tally),	    FIELD(verify, evidences.n),
	FIELD(verify, evidences.lost_ns),   FIELD(verify, evidences.lost_seq),
	FIELD_NONE(verify, evidences.ring), FIELD_NONE(verify, barrier),
	FIELD_NONE(verify, open_first),	    FIELD_NONE(verify, open_last),
	FIELD_NONE(verify, closed_first),   FIELD_NONE(verify, closed_last),
	FIELD_NONE(verify, n_open),	    FIELD_NONE(verify, n_closed),
	FIELD_NONE(verify, no_barrier),	    FIELD_NONE(verify, not_named),
	FIELD_NONE(verify, finding_first),  FIELD_NONE(verify, finding_last),
	FIELD_NONE(verify, n_findings),	    FIELD_NONE(verify, heralds),
	FIELD(verify, finding_changes),	    FIELD_NONE(verify, walk),
};

static const struct field death_fields[] = {
	FIELD(death, id),
	FIELD_STAMP(death, opened),
	FIELD(death, drained_ns),
	FIELD_STAMP(death, closed),
	FIELD_STAMP(death, last_removal),
	FIELD(death, first_seq),
	FIELD(death, home_seq),
	FIELD(death, revision),
	FIELD_ENUM(death, verdict, VERDICTS),
	FIELD_ENUM(death, proof, PROOF_ACCOUNTS + 1),
	FIELD_ENUM(death, reason, REASONS),
	FIELD(death, certain),
	FIELD(death, certain_seq),
	FIELD(death, living),
	FIELD(death, unsure),
	FIELD(death, in_span),
	FIELD(death, overdue),
	FIELD(death, gap),
	FIELD(death, hidden),
	FIELD(death, inherited),
	FIELD(death, holder_died),
	FIELD(death, tainted),
	FIELD(death, unattributed),
	FIELD(death, partial),
	FIELD(death, expected),
	FIELD(death, excused),
	FIELD(death, n_removals),
	FIELD(death, findings),
	FIELD(death, fair_removals),
	FIELD(death, n_excusers),
	FIELD(death, n_suspicions),
	FIELD(death, barrier_seq),
	FIELD(death, barrier_ns),
	FIELD(death, named),
	FIELD(death, asked),
	FIELD_TEXT(death, name),
	FIELD_TEXT(death, label),
	FIELD_NONE(death, peer),
	FIELD_NONE(death, removals),
	FIELD_NONE(death, n_listed),
	FIELD_NONE(death, cap_removals),
	FIELD_NONE(death, excusers),
	FIELD_NONE(death, barrier),
	FIELD_NONE(death, prev),
	FIELD_NONE(death, next),
};

static const struct field removal_fields[] = {
	FIELD(removal, nsid),
	FIELD(removal, seq),
	FIELD_NONE(removal, holder),
};

static const struct field evidence_fields[] = {
	FIELD(evidence, seq),	     FIELD(evidence, read_ns),
	FIELD(evidence, opened_seq), FIELD(evidence, told),
	FIELD(evidence, none),	     FIELD(evidence, none_ns),
	FIELD(evidence, none_seq),   FIELD_NONE(evidence, holder),
};

static const struct field finding_fields[] = {
	FIELD(finding, id),
	FIELD_ENUM(finding, kind, FINDING_KINDS),
	FIELD_ENUM(finding, made_as, FINDING_KINDS),
	FIELD(finding, change),
	FIELD_ENUM(finding, state, FINDING_STATES),
	FIELD_PARTY(finding, holder),
	FIELD_PARTY(finding, peer),
	FIELD(finding, nsid),
	FIELD(finding, death),
	FIELD(finding, holder_serial),
	FIELD_STAMP(finding, at),
	FIELD_STAMP(finding, changed),
	FIELD(finding, event_seq),
	FIELD_TEXT(finding, evidence),
	FIELD_NONE(finding, prev),
	FIELD_NONE(finding, next),
};

static const struct field suspicion_fields[] = {
	FIELD_ENUM(suspicion, doubt, DOUBTS),
	FIELD(suspicion, death),
	FIELD(suspicion, event_seq),
	FIELD(suspicion, since_seq),
	FIELD(suspicion, since_ns),
	FIELD(suspicion, tables),
	FIELD(suspicion, table_question),
	FIELD(suspicion, table_seq),
	FIELD(suspicion, table_ns),
	FIELD(suspicion, anew),
	FIELD(suspicion, demanded),
	FIELD(suspicion, listed),
	FIELD(suspicion, other),
	FIELD_NONE(suspicion, entry),
	FIELD_NONE(suspicion, peer),
	FIELD_NONE(suspicion, barrier),
	FIELD_NONE(suspicion, owner),
	FIELD_NONE(suspicion, prev),
	FIELD_NONE(suspicion, next),
};

static const struct field accounts_fields[] = {
	FIELD(accounts, running),	 FIELD(accounts, judged),
	FIELD(accounts, asked),		 FIELD(accounts, balanced),
	FIELD_ARRAY(accounts, barriers), FIELD(accounts, n_barriers),
	FIELD(accounts, since_ns),	 FIELD(accounts, asked_seq),
	FIELD(accounts, first_del_seq),	 FIELD(accounts, canary_seq),
	FIELD(accounts, drained_ns),	 FIELD(accounts, home_dels),
	FIELD(accounts, disorder),
};

/* ---- deaths --------------------------------------------------------------- */

static void removals(struct image *image, struct death *death)
{
	struct removal *more, removal = { 0 };
	uint32_t i;

	for (i = 0; image_more(image, i < death->n_listed); i++) {
		if (!image_reading(image)) {
			removal = death->removals[i];
		} else if (i == death->cap_removals) {
			death->cap_removals = i ? i * 2 : 4;
			more = reallocarray(death->removals,
					    death->cap_removals, sizeof(*more));
			if (!more) {
				image_failed(image, -ENOMEM);
				return;
			}
			death->removals = more;
		}
		IMAGE_FIELDS(image, &removal, removal_fields);
		image_netns(image, &removal.holder);
		if (image_reading(image))
			death->removals[death->n_listed++] = removal;
	}
}

static void excusers(struct image *image, struct death *death)
{
	uint32_t i;

	if (image_reading(image) && death->n_excusers) {
		/* Each one is a byte at least. */
		if (death->n_excusers > image->len - image->at)
			image_damaged(image);
		else
			death->excusers = calloc(death->n_excusers,
						 sizeof(*death->excusers));
		if (!death->excusers) {
			image_failed(image, -ENOMEM);
			return;
		}
	}
	for (i = 0; i < death->n_excusers; i++)
		image_number(image, &death->excusers[i], UINT64_MAX);
}

static void death(struct image *image, struct death *at, bool open)
{
	bool own;

	IMAGE_FIELDS(image, at, death_fields);
	image_netns(image, &at->peer);
	image_netns_or_none(image, &at->barrier);
	removals(image, at);
	excusers(image, at);
	/* The peer knows the one that is open. */
	own = open && image_more(image, at->peer->death == at);
	if (!own || !image_reading(image))
		return;
	if (at->peer->death || at->peer->home)
		image_damaged(image);
	else
		at->peer->death = at;
}

static void deaths(struct image *image, struct death **first,
		   struct death **last, uint32_t *count, bool open)
{
	struct death **link = first, *before = NULL, *at;
	uint32_t n = 0;

	while ((at = image_item(image, *link, sizeof(*at)))) {
		death(image, at, open);
		if (open != (at->verdict == VERDICT_OPEN))
			image_damaged(image);
		*link = at;
		at->prev = before;
		before = at;
		link = &at->next;
		n++;
	}
	*last = before;
	*count = n;
}

/* One of the open deaths, or none. */
static void open_death(struct image *image, struct death **place)
{
	uint64_t id = *place ? (*place)->id : 0;
	struct death *at = image->watch->verify.open_first;

	image_number(image, &id, UINT64_MAX);
	if (!image_reading(image))
		return;
	while (at && at->id != id)
		at = at->next;
	*place = id ? at : NULL;
	if (id && !at)
		image_damaged(image);
}

/* ---- what was found, and what is suspected -------------------------------- */

static void found(struct image *image, struct verify *verify)
{
	struct finding **link = &verify->finding_first, *before = NULL, *at;
	uint32_t n = 0;

	while ((at = image_item(image, *link, sizeof(*at)))) {
		IMAGE_FIELDS(image, at, finding_fields);
		*link = at;
		at->prev = before;
		before = at;
		link = &at->next;
		n++;
	}
	verify->finding_last = before;
	verify->n_findings = n;
}

/* False where it was given back: it is about nothing that is there. */
static bool suspicion(struct image *image, struct suspicion *at)
{
	struct entry *entry;

	IMAGE_FIELDS(image, at, suspicion_fields);
	entry = image_entry(image, at->entry);
	if (image_reading(image)) {
		if (!entry || entry->suspicion) {
			image_damaged(image);
			free(at);
			return false;
		}
		at->entry = entry;
		entry->suspicion = at;
	}
	image_netns_or_none(image, &at->peer);
	image_netns_or_none(image, &at->barrier);
	image_netns_or_none(image, &at->owner);
	return true;
}

static void suspected(struct image *image, struct findings *findings)
{
	struct suspicion **link = &findings->suspicions, *before = NULL, *at;
	uint32_t n = 0;

	while ((at = image_item(image, *link, sizeof(*at)))) {
		if (!suspicion(image, at))
			break;
		*link = at;
		at->prev = before;
		before = at;
		link = &at->next;
		n++;
	}
	findings->n_suspicions = n;
}

/* Those that are kept, the oldest first. */
static void evidence(struct image *image, struct evidences *evidences)
{
	uint64_t n = evidences->n < EVIDENCE_MAX ? evidences->n : EVIDENCE_MAX;
	uint64_t at = evidences->n - n;
	struct evidence *slot;

	for (; at < evidences->n && !image->error; at++) {
		slot = &evidences->ring[at % EVIDENCE_MAX];
		IMAGE_FIELDS(image, slot, evidence_fields);
		image_netns(image, &slot->holder);
	}
}

void image_verify(struct image *image)
{
	struct verify *verify = &image->watch->verify;

	IMAGE_FIELDS(image, verify, verify_fields);
	image_netns_or_none(image, &verify->barrier);
	deaths(image, &verify->open_first, &verify->open_last, &verify->n_open,
	       true);
	deaths(image, &verify->closed_first, &verify->closed_last,
	       &verify->n_closed, false);
	open_death(image, &verify->no_barrier);
	open_death(image, &verify->not_named);
	found(image, verify);
	suspected(image, &image->watch->findings);
	evidence(image, &verify->evidences);
	IMAGE_FIELDS(image, &image->watch->accounts, accounts_fields);
}
