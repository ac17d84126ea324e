/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/answers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/alias.h"
#include "common/engine/audit.h"
#include "common/engine/effect.h"
#include "common/engine/state.h"

/* Rows without a number are no rows. */
static void rows_drop(struct watch *watch, struct pending *pending)
{
	size_t i, n = 0;

	for (i = 0; i < pending->n_rows; i++)
		if (pending->rows[i].nsid >= 0)
			pending->rows[n++] = pending->rows[i];
	watch->counters.ignored += pending->n_rows - n;
	pending->n_rows = n;
}

/* ret_anonymous: some name nobody. One sign tells of all of them. */
static int rows_copy(struct watch *watch, const struct answer *answer,
		     struct pending *pending, bool *ret_anonymous)
{
	int32_t numbers = 0, peers = 0;
	size_t i;
	int r;

	*ret_anonymous = false;
	if (answer->n_rows == 0)
		return 0;
	r = pending_reserve(pending, answer->n_rows);
	if (r < 0)
		return r;
	memcpy(pending->rows, answer->rows,
	       answer->n_rows * sizeof(*answer->rows));
	pending->n_rows = answer->n_rows;
	for (i = 0; i < pending->n_rows; i++)
		numbers |= pending->rows[i].nsid;
	if (numbers < 0)
		rows_drop(watch, pending);
	for (i = 0; i < pending->n_rows; i++)
		peers |= pending->rows[i].peer;
	*ret_anonymous = peers < 0;
	return 0;
}

static int take_rows(struct watch *watch, const struct answer *answer,
		     struct netns *holder)
{
	struct sync *sync = &watch->sync;
	bool part = answer->outcome == ANSWER_PART, anonymous;
	struct pending *pending;
	int r;

	pending = pending_new(holder, &sync->asked,
			      part ? EXTENT_PART : EXTENT_WHOLE);
	if (!pending)
		return -ENOMEM;
	pending->last = part ? answer->last : INT32_MAX;
	r = rows_copy(watch, answer, pending, &anonymous);
	if (r < 0) {
		pending_free(pending);
		return r;
	}
	/* The row for home looks like one for nobody: ask for its number. */
	if (!holder->home && anonymous && !sync->holding)
		sync->holding = pending;
	else
		pending_push(watch, pending);
	return 0;
}

static int take_table(struct watch *watch, const struct answer *answer)
{
	struct netns *holder = watch->sync.asked.holder;

	if (!holder || holder->ended_seq)
		return 0;
	holder->absent = answer->outcome != ANSWER_WHOLE &&
			 answer->outcome != ANSWER_PART;
	linger_answered(holder, answer->outcome, watch->sync.asked.drained_ns);
	if (!holder->absent)
		return take_rows(watch, answer, holder);
	if (answer->outcome == ANSWER_REFUSED && !holder->home) {
		holder->trust = TRUST_REFUSED;
		odds_add(holder);
	}
	audit_miss(watch, holder);
	/* Who is not known to be absent is asked again, in a while. */
	if (answer->outcome == ANSWER_FAILED && answer->error != EOPNOTSUPP)
		sync_want(watch, holder, watch->seq, WISH_LEARN);
	return 0;
}

static int take_probe(struct watch *watch, const struct answer *answer)
{
	return probe_number(watch, answer);
}

static int take_entry(struct watch *watch, const struct answer *answer)
{
	struct sync *sync = &watch->sync;
	bool good = answer->outcome == ANSWER_WHOLE && answer->nsid >= 0;

	if (sync->asked.question.nsid == TAG_HOME) {
		if (!sync->holding)
			return 0;
		sync->holding->home_nsid = good ? answer->nsid : NSID_NONE;
		pending_push(watch, sync->holding);
		sync->holding = NULL;
		return 0;
	}
	return probe_entry(watch, answer, sync->asked.question.nsid);
}

/*
 * Nobody could tell where a name of the dead leads: that is no word that it
 * leads to the dead no more, and asking on and on would not make it one.
 */
static bool is_given_up(const struct watch *watch, struct name *name)
{
	if (!name->netns || !name->netns->death)
		return false;
	if (watch->sync.asked.seq > name->effect_seq)
		name->effect_seq = watch->sync.asked.seq;
	return true;
}

static int take_name(struct watch *watch, const struct answer *answer)
{
	struct sync *sync = &watch->sync;
	struct name *name = names_find(&watch->names, sync->asked.name);
	struct netns *holder = sync->asked.holder;
	struct sighting sighting = answer->sighting;
	bool sure = false, same;

	if (name && answer->outcome != ANSWER_WHOLE) {
		if (is_given_up(watch, name))
			return 0;
		name->failed = true;
	}
	sighting.text = sync->asked.name;
	sighting.kind = sync->asked.question.name_kind;
	if (answer->outcome != ANSWER_WHOLE)
		sighting.leads = false;
	if (holder && sighting.leads && sighting.nsid == holder->nsid) {
		same = identity_same(&holder->identity, &sighting.identity,
				     &sure);
		if (same || !sure)
			sync->proved = netns_ref(holder);
	}
	if (holder && !sync->proved && !holder->ended_seq && !holder->death)
		sync_want(watch, holder, watch->seq, WISH_LEARN);
	return sightings_note(watch, &sighting, sync->asked.seq);
}

static int take_self(struct watch *watch, const struct answer *answer)
{
	if (answer->outcome != ANSWER_WHOLE)
		return 0;
	watch->sync.self_seq = watch->sync.asked.seq;
	watch->sync.self_ns = watch->sync.asked.drained_ns;
	return alias_home(watch, answer->nsid);
}

static int take_scan(struct watch *watch, const struct answer *answer)
{
	watch->sync.names = answer->names;
	linger_hidden(watch, answer->hidden |
				     (sync_beyond(watch) ? HIDDEN_BEYOND : 0));
	sightings_scanned(watch, answer->outcome == ANSWER_NEWS);
	return 0;
}

static int take_adopt(struct watch *watch, const struct answer *answer)
{
	struct name *name = names_find(&watch->names, watch->sync.asked.name);

	/* Its number is announced first; then the name shows which it is. */
	if (name && answer->outcome == ANSWER_WHOLE)
		sync_want_name(watch, name, watch->seq + 1);
	return 0;
}

static int (*const take[QUESTION_KINDS])(struct watch *,
					 const struct answer *) = {
	[QUESTION_TABLE] = take_table, [QUESTION_PROBE] = take_probe,
	[QUESTION_ENTRY] = take_entry, [QUESTION_NAME] = take_name,
	[QUESTION_SELF] = take_self,   [QUESTION_SCAN] = take_scan,
	[QUESTION_ADOPT] = take_adopt,
};

int answers_take(struct watch *watch, const struct answer *answer)
{
	struct asked *asked = &watch->sync.asked;

	if (!asked->open || answer->question != asked->question.id ||
	    answer->kind != asked->question.kind) {
		watch->counters.ignored++;
		return 0;
	}
	asked->open = false;
	return take[answer->kind](watch, answer);
}

int answers_drained(struct watch *watch, uint64_t *deadline_ns)
{
	struct sync *sync = &watch->sync;
	struct pending *pending;
	uint64_t due_ns;
	int r = 0;

	while ((pending = sync->first)) {
		due_ns = pending->came_ns + watch->settings.settle_ns;
		if (due_ns > watch->drained_ns) {
			if (due_ns < *deadline_ns)
				*deadline_ns = due_ns;
			break;
		}
		sync->first = pending->next;
		if (!sync->first)
			sync->last = NULL;
		r = effect_take(watch, pending);
		pending_free(pending);
		if (r < 0)
			break;
	}
	return r;
}
