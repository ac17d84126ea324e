/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seeded faults: what the kernel does instead of what it should. */
#include <stdlib.h>

#include "tests/lib/model_inner.h"

/* Takes one of the armed ones of this kind that may strike now. */
static bool strikes(struct model *model, enum fault_kind kind, struct rng *rng)
{
	struct model_armed *armed;

	for (int i = 0; i < model->n_armed; i++) {
		armed = &model->armed[i];
		if (armed->done || armed->kind != kind ||
		    armed->from_ns > model->now_ns ||
		    !rng_permille(rng, armed->permille))
			continue;
		armed->done = true;
		return true;
	}
	return false;
}

/* The cases that a fault in home's own table makes. */
static void note_home(struct model *model, enum fault_kind kind)
{
	model->cases[13] += kind == FAULT_LEAK || kind == FAULT_KEPT ||
			    kind == FAULT_STALE;
	model->cases[21] += kind == FAULT_GHOST || kind == FAULT_PREMATURE;
	model->cases[23] += kind == FAULT_WRONG_SPACE;
}

/* Somebody could ask whether it lives. */
static bool is_named(const struct model *model, int space)
{
	for (int i = 0; i < model->n_names; i++)
		if (model->names[i].leads == space)
			return true;
	return false;
}

static struct model_fault *record(struct model *model, enum fault_kind kind,
				  int generation)
{
	struct model_generation *of = &model->generations[generation];
	struct model_fault *fault = &model->faults[model->n_faults++];

	*fault = (struct model_fault){
		.kind = kind,
		.generation = generation,
		.other_holder = MODEL_NOBODY,
		.at_ns = model->now_ns,
		.heard = model_heard(model, of->holder),
		.named = is_named(model, of->peer),
	};
	of->fault = model->n_faults;
	if (of->holder == MODEL_HOME)
		note_home(model, kind);
	model->cases[20] += kind == FAULT_KEPT;
	if (kind == FAULT_STALE)
		model->stale_slot = model->spaces[of->peer].slot;
	return fault;
}

static void announce(struct model *model, uint64_t in_ns, int generation)
{
	const struct model_generation *of = &model->generations[generation];

	model_send(model, model->now_ns + in_ns, of->holder, of->nsid,
		   generation, true);
}

static void wrong_number(struct model *model, struct model_fault *fault,
			 struct rng *rng)
{
	const struct model_generation *of =
		&model->generations[fault->generation];
	const struct model_space *holder = &model->spaces[of->holder];
	int32_t other = (int32_t)rng_below(rng, 40);

	if (holder->n_entries && rng_permille(rng, 600))
		other = holder->entries[rng_below(rng,
						  (uint32_t)holder->n_entries)]
				.nsid;
	if (other == of->nsid)
		other++;
	fault->other_holder = of->holder;
	fault->other_nsid = other;
	model_send(model, model->now_ns, of->holder, other, fault->generation,
		   true);
}

/* Another namespace that is heard; home for want of a better one. */
static void wrong_space(struct model *model, struct model_fault *fault,
			struct rng *rng)
{
	const struct model_generation *of =
		&model->generations[fault->generation];
	int other = MODEL_HOME, tries = 16, id;

	while (tries-- > 0) {
		id = (int)rng_below(rng, (uint32_t)model->n_spaces);
		if (id != of->holder && model->spaces[id].refs &&
		    model_heard(model, id)) {
			other = id;
			break;
		}
	}
	if (other == of->holder)
		other = model->n_spaces - 1;
	fault->other_holder = other;
	fault->other_nsid = of->nsid;
	model_send(model, model->now_ns, other, of->nsid, fault->generation,
		   true);
}

static void put_off(struct model *model, int generation, bool message_only,
		    struct rng *rng)
{
	struct model_action late = { .kind = ACTION_LATE,
				     .generation = generation,
				     .del = message_only,
				     .what = model->n_passes };

	model_action_at(model,
			model->now_ns +
				(rng_permille(rng, 500) ?
					 rng_range(rng, 5 * MODEL_MS,
						   12 * MODEL_S) :
					 8 * MODEL_S + rng_below(rng, 52000) *
							       MODEL_MS),
			&late);
}

void model_fault_late(struct model *model, const struct model_action *action)
{
	struct model_generation *of = &model->generations[action->generation];
	struct model_entry *entry;

	if (model->worker.walking && model->n_passes == action->what) {
		/* Not late yet: the pass is slow. */
		model_action_at(model, model->now_ns + 50 * MODEL_MS, action);
		return;
	}
	if (!action->del) {
		entry = model_entry(model, of->holder, of->nsid);
		if (!entry || entry->generation != action->generation)
			return; /* a later pass took it, or its holder died */
		model_erase(model, of->holder, of->nsid, 0);
	}
	if (model->spaces[of->holder].state <= SPACE_QUEUED)
		announce(model, 0, action->generation);
}

/* At once, soon, or (H7) when its death is closed. */
static uint64_t again_ns(struct model *model, struct rng *rng)
{
	uint32_t pick = rng_below(rng, 10);

	if (pick < 4)
		return rng_below(rng, 10000) * MODEL_US;
	if (pick < 7)
		return rng_range(rng, MODEL_MS, 6 * MODEL_S);
	model->cases[7]++;
	return 3 * MODEL_S + rng_below(rng, 6000) * MODEL_MS;
}

/* Every kind that replaces one removal: what is done in its place. */
static void strike(struct model *model, struct model_fault *fault,
		   struct rng *rng)
{
	int generation = fault->generation;
	struct model_generation of = model->generations[generation];
	bool keeps = fault->kind == FAULT_LEAK || fault->kind == FAULT_KEPT ||
		     fault->kind == FAULT_STALE || fault->kind == FAULT_LATE;

	if (!keeps)
		model_erase(model, of.holder, of.nsid, model->n_passes);
	switch (fault->kind) {
	case FAULT_DUPLICATE:
		announce(model, 0, generation);
		announce(model, again_ns(model, rng), generation);
		break;
	case FAULT_KEPT:
		announce(model, 0, generation);
		break;
	case FAULT_WRONG_NUMBER:
		wrong_number(model, fault, rng);
		break;
	case FAULT_WRONG_SPACE:
		wrong_space(model, fault, rng);
		break;
	case FAULT_LATE:
	case FAULT_LATE_MESSAGE:
		put_off(model, generation, fault->kind == FAULT_LATE_MESSAGE,
			rng);
		break;
	case FAULT_SILENT:
	case FAULT_LEAK:
	case FAULT_STALE:
	case FAULT_GHOST:
	case FAULT_PREMATURE:
	case FAULT_PASS_TWICE:
	case FAULT_SKIP_LAST:
	case FAULT_NEW_TWICE:
	case FAULT_KINDS:
		break;
	}
}

bool model_fault_removal(struct model *model, int holder,
			 struct model_entry *entry)
{
	static const enum fault_kind kinds[] = {
		FAULT_DUPLICATE,   FAULT_SILENT,       FAULT_LEAK,
		FAULT_KEPT,	   FAULT_WRONG_NUMBER, FAULT_LATE,
		FAULT_WRONG_SPACE, FAULT_LATE_MESSAGE, FAULT_STALE,
	};
	int generation = entry->generation;
	struct model_fault *fault;
	struct rng rng;

	if (!model->n_armed || model->generations[generation].fault)
		return false;
	rng = model_rng(model, PURPOSE_FAULT);
	if (!model_heard(model, holder) && !rng_permille(&rng, 50))
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (model->n_faults == 4 || !strikes(model, kinds[i], &rng))
			continue;
		fault = record(model, kinds[i], generation);
		strike(model, fault, &rng);
		return true;
	}
	return false;
}

/* What it would leave was hit before: of two, nobody could tell which it is. */
static bool any_hit_before(const struct model *model,
			   const struct model_space *last)
{
	for (int i = 0; i < last->n_entries; i++)
		if (model->spaces[model->slots[last->entries[i].slot]].state ==
			    SPACE_DYING &&
		    model->generations[last->entries[i].generation].fault)
			return true;
	return false;
}

bool model_fault_last(struct model *model)
{
	struct model_worker *worker = &model->worker;
	struct rng rng = model_rng(model, PURPOSE_FAULT);
	const struct model_space *last;
	bool hit = false;

	if (!model->n_armed || !worker->n_list)
		return false;
	last = &model->spaces[model->list[worker->n_list - 1]];
	if (any_hit_before(model, last))
		return false;
	for (int i = 0; i < last->n_entries; i++) {
		int peer = model->slots[last->entries[i].slot];
		int generation = last->entries[i].generation;

		if (model->spaces[peer].state != SPACE_DYING)
			continue;
		if (!hit && !strikes(model, FAULT_SKIP_LAST, &rng))
			return false;
		if (!hit)
			record(model, FAULT_SKIP_LAST, generation);
		hit = true;
		model->generations[generation].fault = model->n_faults;
	}
	return hit;
}

void model_fault_walked(struct model *model)
{
	struct model_pass *pass = &model->passes[model->n_passes - 1];
	struct rng rng = model_rng(model, PURPOSE_FAULT);
	bool hit = false;

	if (!model->n_armed)
		return;
	for (uint64_t i = pass->dels_from; i < pass->dels_to; i++) {
		int generation = model->sent[i];

		if (model->generations[generation].fault)
			continue;
		if (!hit && !strikes(model, FAULT_PASS_TWICE, &rng))
			return;
		if (!hit)
			record(model, FAULT_PASS_TWICE, generation);
		hit = true;
		model->generations[generation].fault = model->n_faults;
		announce(model, 100 * MODEL_US, generation);
	}
}

/* A live entry of a heard holder, whose peer lives. */
static int live_generation(struct model *model, struct rng *rng)
{
	const struct model_space *holder;
	const struct model_entry *entry;

	for (int tries = 32; tries > 0; tries--) {
		int id = (int)rng_below(rng, (uint32_t)model->n_spaces);

		holder = &model->spaces[id];
		if (!holder->refs || !holder->n_entries ||
		    !model_heard(model, id))
			continue;
		entry = &holder->entries[rng_below(
			rng, (uint32_t)holder->n_entries)];
		if (model->spaces[model->slots[entry->slot]].refs &&
		    model->slots[entry->slot] != MODEL_HOME &&
		    model->slots[entry->slot] != id &&
		    !model->generations[entry->generation].fault)
			return entry->generation;
	}
	return -1;
}

bool model_fault_live(struct model *model, enum fault_kind kind,
		      struct rng *rng)
{
	int generation = live_generation(model, rng);
	struct model_generation of;

	if (generation < 0 || model->n_faults == 4)
		return false;
	record(model, kind, generation);
	of = model->generations[generation];
	if (kind == FAULT_PREMATURE)
		model_erase(model, of.holder, of.nsid, 0);
	model_send(model, model->now_ns, of.holder, of.nsid, generation,
		   kind != FAULT_NEW_TWICE);
	return true;
}
