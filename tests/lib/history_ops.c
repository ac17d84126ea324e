/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operations of a history, each from its own seed. */
#include <stdio.h>

#include "tests/lib/history.h"

/* Callbacks that operations put off; below are operations themselves. */
enum {
	CALL_FORGET = 1000, /* has the peer been kept? then its holder dies */
	CALL_NUMBER = 2000, /* + the holder that home gives a number */
	CALL_KILL = 3000,   /* + the space that dies */
	CALL_MOVE = 4000,   /* + name * MODEL_SPACES + the space it leads to */
};

static struct model_space *space_of(struct history *history, int id)
{
	return &history->model.spaces[id];
}

/* One that may be linked and killed: neither home nor the machine's first. */
static bool ordinary(struct history *history, int id)
{
	const struct model_space *space = space_of(history, id);

	return id != MODEL_HOME && space->refs && !space->canary &&
	       (history->model.config.home_first || id != 1);
}

static int pick(struct history *history, struct rng *rng)
{
	int n = history->model.n_spaces, id;

	for (int tries = 64; tries > 0; tries--) {
		id = (int)rng_below(rng, (uint32_t)n);
		if (ordinary(history, id))
			return id;
	}
	return MODEL_NOBODY;
}

static int count_ordinary(struct history *history)
{
	int count = 0;

	for (int id = 0; id < history->model.n_spaces; id++)
		count += ordinary(history, id);
	return count;
}

static void kill_space(struct history *history, int id)
{
	struct model *model = &history->model;

	for (int i = 0; i < model->n_names; i++)
		if (model->names[i].leads == id)
			model_unname(model, i);
	if (!space_of(history, id)->held)
		return;
	space_of(history, id)->held = false;
	model_unref(model, id);
}

/* It is held by a path, a process, both, or by what nobody can see. */
static void hold(struct history *history, int id, struct rng *rng)
{
	struct model *model = &history->model;
	uint32_t how = rng_below(rng, 100);
	bool named = false;
	char text[24];

	if (how < 78) {
		snprintf(text, sizeof(text), "/run/netns/n%d", id);
		named |= model_name(model, NAME_PATH, text, "label", id);
	}
	if (how >= 70 && how < 92) {
		snprintf(text, sizeof(text), "pid:%d:1", id);
		named |= model_name(model, NAME_PROCESS, text, NULL, id);
	}
	if (named)
		model_unref(model, id);
	else
		space_of(history, id)->held = true;
}

static bool numbered(struct history *history, int id, struct rng *rng)
{
	bool random = rng_permille(rng, 60);
	int32_t nsid = random ? (int32_t)rng_range(rng, 40, 2147483646) : -1;

	return model_number(&history->model, MODEL_HOME, id, nsid,
			    rng_permille(rng, 700));
}

/* Some know it, and it knows some. */
static void acquaint(struct history *history, int id, struct rng *rng)
{
	struct model *model = &history->model;
	int known_to = 1 + (int)rng_below(rng, 4), other;
	int knows = (int)rng_below(rng, 4);

	while (known_to-- > 0) {
		other = pick(history, rng);
		if (other >= 0 && other != id)
			model_number(model, other, id, NSID_NONE,
				     rng_permille(rng, 500));
	}
	if (rng_permille(rng, 500))
		model_number(model, id, MODEL_HOME, NSID_NONE,
			     rng_permille(rng, 500));
	while (knows-- > 0) {
		other = pick(history, rng);
		if (other >= 0 && other != id)
			model_number(model, id, other, NSID_NONE,
				     rng_permille(rng, 500));
	}
}

static int birth(struct history *history, struct rng *rng, bool in_home)
{
	int id = model_birth(&history->model);

	if (id < 0)
		return id;
	if (history->shape.cut && rng_permille(rng, 500))
		space_of(history, id)->cut = 1 + (int)rng_below(rng, 4);
	hold(history, id, rng);
	if (in_home && rng_permille(rng, 800)) {
		numbered(history, id, rng);
		acquaint(history, id, rng);
	} else {
		acquaint(history, id, rng);
		if (in_home)
			numbered(history, id, rng);
	}
	return id;
}

static void op_birth(struct history *history, struct rng *rng)
{
	birth(history, rng, history->shape.covered || rng_permille(rng, 850));
}

static void op_short(struct history *history, struct rng *rng)
{
	int id = birth(history, rng, true);

	if (id >= 0)
		model_call_at(&history->model,
			      history->model.now_ns + rng_range(rng,
								10 * MODEL_US,
								50 * MODEL_MS),
			      CALL_KILL + id);
}

static void op_unknown(struct history *history, struct rng *rng)
{
	int id, other, known_to = 0;

	if (history->shape.covered)
		return op_birth(history, rng);
	id = model_birth(&history->model);
	if (id < 0)
		return;
	space_of(history, id)->held = true;
	for (int i = 0; i < 12 && known_to < 3; i++) {
		other = pick(history, rng);
		known_to += other >= 0 && other != id &&
			    model_number(&history->model, other, id, NSID_NONE,
					 false);
	}
	history->model.cases[16] += known_to == 3;
	model_call_at(&history->model,
		      history->model.now_ns +
			      rng_range(rng, 10 * MODEL_MS, 8 * MODEL_S),
		      CALL_KILL + id);
}

static void op_link(struct history *history, struct rng *rng)
{
	int holder = pick(history, rng), peer = pick(history, rng);

	if (rng_permille(rng, 100))
		holder = MODEL_HOME;
	if (holder >= 0 && peer >= 0 && holder != peer)
		model_number(&history->model, holder, peer, NSID_NONE,
			     rng_permille(rng, 300));
}

static void op_death(struct history *history, struct rng *rng)
{
	int id = pick(history, rng);

	if (id < 0 || count_ordinary(history) < 6)
		return op_birth(history, rng);
	kill_space(history, id);
}

static void op_deaths(struct history *history, struct rng *rng)
{
	int n = 2 + (int)rng_below(rng, 4), id;

	while (n-- > 0 && count_ordinary(history) >= 6) {
		id = pick(history, rng);
		if (id >= 0)
			kill_space(history, id);
	}
}

static void op_rename(struct history *history, struct rng *rng)
{
	struct model *model = &history->model;
	int name, id;

	if (!model->n_names)
		return;
	name = (int)rng_below(rng, (uint32_t)model->n_names);
	if (model->names[name].leads < 0 ||
	    !ordinary(history, model->names[name].leads))
		return op_birth(history, rng);
	id = model_birth(model);
	if (id < 0)
		return;
	numbered(history, id, rng);
	acquaint(history, id, rng);
	/* In calm the new one is known before the old one dies. */
	model_call_at(model,
		      model->now_ns +
			      (history->shape.calm ? 2500 * MODEL_MS : 0),
		      CALL_MOVE + name * MODEL_SPACES + id);
}

static void call_move(struct history *history, int name, int id)
{
	struct model *model = &history->model;
	int before = model->names[name].leads;

	if (before >= 0 && ordinary(history, before))
		model_move_name(model, name, id);
	else
		space_of(history, id)->held = true;
	if (!space_of(history, id)->held)
		model_unref(model, id);
}

static void op_unname(struct history *history, struct rng *rng)
{
	struct model *model = &history->model;
	int name, id;

	if (!model->n_names)
		return;
	name = (int)rng_below(rng, (uint32_t)model->n_names);
	id = model->names[name].leads;
	if (id >= 0 && space_of(history, id)->refs > 1)
		model_unname(model, name);
}

static void op_self_home(struct history *history)
{
	if (model_number(&history->model, MODEL_HOME, MODEL_HOME, NSID_NONE,
			 true))
		history->model.cases[17] += history->model.config.tags_self;
}

static void op_slow(struct history *history, struct rng *rng)
{
	bool longest = rng_permille(rng, 60);

	history->model.force_pause_ns =
		longest ? 130 * MODEL_S :
			  3 * MODEL_S + rng_below(rng, 9000) * MODEL_MS;
	op_death(history, rng);
}

static void op_stall(struct history *history, struct rng *rng)
{
	history->stalled_until_ns = history->model.now_ns + 12 * MODEL_S +
				    rng_below(rng, 3000) * MODEL_MS;
	history->stalls[history->n_stalls].from_ns = history->model.now_ns;
	history->stalls[history->n_stalls++].to_ns = history->stalled_until_ns;
	history->model.cases[2]++;
}

static void arm(struct history *history, enum fault_kind kind,
		uint32_t permille)
{
	struct model *model = &history->model;

	if (model->n_armed < 4)
		model->armed[model->n_armed++] = (struct model_armed){
			.kind = kind,
			.from_ns = model->now_ns,
			.permille = permille,
		};
}

static void op_fault(struct history *history, enum fault_kind kind,
		     struct rng *rng)
{
	bool live = kind == FAULT_GHOST || kind == FAULT_PREMATURE ||
		    kind == FAULT_NEW_TWICE;

	if (live)
		model_fault_live(&history->model, kind, rng);
	else
		arm(history, kind, 400);
}

/* H3: the kernel forgets a peer in a holder, which dies in the next pass. */
static void op_forget(struct history *history, struct rng *rng)
{
	arm(history, FAULT_LEAK, 400);
	op_death(history, rng);
	model_call_at(&history->model, history->model.now_ns + MODEL_MS,
		      CALL_FORGET);
}

static void call_forget(struct history *history)
{
	struct model *model = &history->model;
	const struct model_fault *fault;
	int holder;

	if (!model->n_faults)
		return;
	fault = &model->faults[model->n_faults - 1];
	holder = model->generations[fault->generation].holder;
	if (fault->kind != FAULT_LEAK || !ordinary(history, holder))
		return;
	model->cases[3]++;
	kill_space(history, holder);
}

/* H24: a holder that home never heard of gets a number in mid-pass. */
static void op_latecomer(struct history *history, struct rng *rng)
{
	struct model *model = &history->model;
	int peer = pick(history, rng), holder;

	if (peer < 0 || count_ordinary(history) < 6)
		return;
	holder = model_birth(model);
	if (holder < 0)
		return;
	hold(history, holder, rng);
	model_number(model, holder, peer, NSID_NONE, true);
	model_call_at(model, model->now_ns + 1100 * MODEL_MS, CALL_KILL + peer);
	model_call_at(model,
		      model->now_ns + 1100 * MODEL_MS +
			      rng_range(rng, 10 * MODEL_US, 200 * MODEL_MS),
		      CALL_NUMBER + holder);
	model->force_pause_ns = 300 * MODEL_MS;
}

static void call_number(struct history *history, int holder)
{
	struct model *model = &history->model;
	const struct model_space *space = space_of(history, holder);
	int peer;

	for (int i = 0; i < space->n_entries; i++) {
		peer = model->slots[space->entries[i].slot];
		if (model->spaces[peer].state == SPACE_DYING)
			model->cases[24]++;
	}
	model_number(model, MODEL_HOME, holder, NSID_NONE, true);
}

/* Announced, removed, and only then announced as new. */
static void op_phantom(struct history *history, struct rng *rng)
{
	struct model *model = &history->model;
	int holder = pick(history, rng), peer = pick(history, rng);

	if (holder < 0 || peer < 0 || holder == peer ||
	    count_ordinary(history) < 6)
		return;
	model->force_window_ns =
		history->shape.long_phantom ?
			1500 * MODEL_MS + rng_below(rng, 2500) * MODEL_MS :
			rng_range(rng, MODEL_MS, 900 * MODEL_MS);
	if (!model_number(model, holder, peer, NSID_NONE, false))
		model->force_window_ns = 0;
	kill_space(history, peer);
}

void history_op(struct history *history, int index)
{
	const struct history_op *op = &history->ops[index];
	struct rng rng = { op->seed };

	switch (op->kind) {
	case OP_BIRTH:
		return op_birth(history, &rng);
	case OP_SHORT:
		return op_short(history, &rng);
	case OP_UNKNOWN:
		return op_unknown(history, &rng);
	case OP_LINK:
		return op_link(history, &rng);
	case OP_DEATH:
		return op_death(history, &rng);
	case OP_DEATHS:
		return op_deaths(history, &rng);
	case OP_RENAME:
		return op_rename(history, &rng);
	case OP_UNNAME:
		return op_unname(history, &rng);
	case OP_SELF_HOME:
		return op_self_home(history);
	case OP_SELF: {
		int id = pick(history, &rng);

		if (id >= 0)
			model_number(&history->model, id, id, NSID_NONE, true);
		return;
	}
	case OP_STALL:
		return op_stall(history, &rng);
	case OP_SLOW:
		return op_slow(history, &rng);
	case OP_LOSE:
		history->model.lose_next = 1 + rng_below(&rng, 3);
		return;
	case OP_AUDIT:
		history->audit_wanted = true;
		return;
	case OP_FAULT:
		return op_fault(history, op->fault, &rng);
	case OP_FORGET:
		return op_forget(history, &rng);
	case OP_LATECOMER:
		return op_latecomer(history, &rng);
	case OP_PHANTOM:
		return op_phantom(history, &rng);
	case OP_KINDS:
		return;
	}
}

void history_callback(void *userdata, int what)
{
	struct history *history = userdata;

	if (what < CALL_FORGET)
		history_op(history, what);
	else if (what < CALL_NUMBER)
		call_forget(history);
	else if (what < CALL_KILL)
		call_number(history, what - CALL_NUMBER);
	else if (what >= CALL_MOVE)
		call_move(history, (what - CALL_MOVE) / MODEL_SPACES,
			  (what - CALL_MOVE) % MODEL_SPACES);
	else if (ordinary(history, what - CALL_KILL))
		kill_space(history, what - CALL_KILL);
}

void history_populate(struct history *history)
{
	struct rng rng = rng_of(history->seed, 2, 0);
	struct model *model = &history->model;
	int n = 8 + (int)rng_below(&rng, 6);

	if (rng_permille(&rng, 60))
		model_number(model, MODEL_HOME, MODEL_HOME, NSID_NONE, true);
	while (n-- > 0)
		birth(history, &rng,
		      history->shape.covered || rng_permille(&rng, 850));
	if (history->shape.cut && rng_permille(&rng, 500))
		model->spaces[MODEL_HOME].cut = 3 + (int)rng_below(&rng, 5);
	/* All of it has been announced long before anybody listens. */
	model_advance(model, model->now_ns + 2 * MODEL_S);
	for (int i = 0; i < model->n_generations; i++)
		model->generations[i].before = true;
}
