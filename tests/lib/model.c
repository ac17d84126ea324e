/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Namespaces, tables, names and the time line. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/model_inner.h"

static void *grow(void *items, int count, int *cap, size_t size)
{
	if (count < *cap)
		return items;
	*cap = *cap ? *cap * 2 : 64;
	items = realloc(items, (size_t)*cap * size);
	if (!items)
		abort();
	return items;
}

/* ---- the time line -------------------------------------------------------- */

static bool earlier(const struct model_action *a, const struct model_action *b)
{
	return a->at_ns < b->at_ns ||
	       (a->at_ns == b->at_ns && a->order < b->order);
}

void model_action_at(struct model *model, uint64_t at_ns,
		     const struct model_action *action)
{
	struct model_action *heap;
	int i;

	model->heap = grow(model->heap, model->n_heap, &model->cap_heap,
			   sizeof(*model->heap));
	heap = model->heap;
	i = model->n_heap++;
	heap[i] = *action;
	heap[i].at_ns = at_ns;
	heap[i].order = model->next_order++;
	for (; i > 0 && earlier(&heap[i], &heap[(i - 1) / 2]);
	     i = (i - 1) / 2) {
		struct model_action other = heap[i];

		heap[i] = heap[(i - 1) / 2];
		heap[(i - 1) / 2] = other;
	}
}

static struct model_action heap_pop(struct model *model)
{
	struct model_action *heap = model->heap, first = heap[0], other;
	int i = 0, child;

	heap[0] = heap[--model->n_heap];
	for (;;) {
		child = 2 * i + 1;
		if (child >= model->n_heap)
			return first;
		if (child + 1 < model->n_heap &&
		    earlier(&heap[child + 1], &heap[child]))
			child++;
		if (!earlier(&heap[child], &heap[i]))
			return first;
		other = heap[i];
		heap[i] = heap[child];
		heap[child] = other;
		i = child;
	}
}

static void perform(struct model *model, const struct model_action *action)
{
	switch (action->kind) {
	case ACTION_WORKER:
		model_worker_step(model);
		break;
	case ACTION_SEND:
		model_broadcast(model, action);
		break;
	case ACTION_LATE:
		model_fault_late(model, action);
		break;
	case ACTION_CALLBACK:
		model->on_callback(model->userdata, action->what);
		break;
	}
}

uint64_t model_next_ns(const struct model *model)
{
	return model->n_heap ? model->heap[0].at_ns : UINT64_MAX;
}

void model_advance(struct model *model, uint64_t until_ns)
{
	struct model_action action;

	while (model_next_ns(model) <= until_ns) {
		action = heap_pop(model);
		if (action.at_ns > model->now_ns)
			model->now_ns = action.at_ns;
		perform(model, &action);
	}
	if (until_ns > model->now_ns)
		model->now_ns = until_ns;
}

void model_call_at(struct model *model, uint64_t at_ns, int what)
{
	model_action_at(model, at_ns,
			&(struct model_action){ .kind = ACTION_CALLBACK,
						.what = what });
}

struct rng model_rng(struct model *model, uint64_t purpose)
{
	return rng_of(model->config.seed, purpose, ++model->drawn);
}

uint64_t model_window(struct model *model)
{
	struct rng rng = model_rng(model, PURPOSE_WINDOW);
	uint64_t forced_ns = model->force_window_ns;

	model->force_window_ns = 0;
	if (forced_ns)
		return forced_ns;
	if (!rng_permille(&rng, model->config.window_permille))
		return 0;
	return rng_range(&rng, MODEL_US, model->config.window_max_ns);
}

/* ---- namespaces ----------------------------------------------------------- */

/* Memory that became free last is taken first, as the slab does. */
static int take_slot(struct model *model, int space)
{
	int slot;

	for (slot = model->n_slots - 1; slot >= 0; slot--)
		if (model->slot_free[slot])
			break;
	if (model->stale_slot >= 0 && model->slot_free[model->stale_slot]) {
		slot = model->stale_slot;
		model->stale_slot = -1;
		model->cases[4]++;
	}
	if (slot < 0)
		slot = model->n_slots++;
	model->slot_free[slot] = false;
	model->slots[slot] = space;
	return slot;
}

int model_birth(struct model *model)
{
	struct model_space *space;
	int id = model->n_spaces;

	if (id == model->config.spaces_max)
		return MODEL_NOBODY;
	model->n_spaces++;
	space = &model->spaces[id];
	*space = (struct model_space){
		.state = SPACE_ALIVE,
		.slot = take_slot(model, id),
		.refs = 1,
		.next_dead = MODEL_NOBODY,
	};
	/* An inode is re-used with the memory, an id never. */
	space->identity = (struct identity){
		.id = model->config.only_inodes ? 0 : 7 + (uint64_t)id,
		.dev = 4,
		.ino = 4026531840u + (uint64_t)space->slot,
	};
	model->list[model->n_list++] = id;
	return id;
}

static void *room(const struct model_config *config, size_t size)
{
	void *items = calloc((size_t)config->spaces_max, size);

	if (!items)
		abort();
	return items;
}

void model_init(struct model *model, const struct model_config *config)
{
	*model = (struct model){ .config = *config,
				 .now_ns = 100 * MODEL_S,
				 .dead_first = MODEL_NOBODY,
				 .stale_slot = -1 };
	model->spaces = room(config, sizeof(*model->spaces));
	model->slots = room(config, sizeof(*model->slots));
	model->slot_free = room(config, sizeof(*model->slot_free));
	model->list = room(config, sizeof(*model->list));
	model->waiting_free = room(config, sizeof(*model->waiting_free));
	model->worker.dying = room(config, sizeof(*model->worker.dying));
	model_birth(model);
	if (config->home_first)
		return;
	/* The machine's first namespace is another one, and stays. */
	model_birth(model);
	model->list[0] = 1;
	model->list[1] = MODEL_HOME;
}

void model_deinit(struct model *model)
{
	for (int i = 0; i < model->n_spaces; i++)
		free(model->spaces[i].entries);
	free(model->spaces);
	free(model->slots);
	free(model->slot_free);
	free(model->list);
	free(model->waiting_free);
	free(model->worker.dying);
	free(model->generations);
	free(model->passes);
	free(model->sent);
	free(model->heap);
	free(model->queue);
}

void model_unref(struct model *model, int space)
{
	assert(model->spaces[space].refs > 0);
	if (--model->spaces[space].refs == 0)
		model_queue_dead(model, space);
}

/* ---- tables --------------------------------------------------------------- */

struct model_entry *model_entry(const struct model *model, int holder,
				int32_t nsid)
{
	const struct model_space *space = &model->spaces[holder];

	for (int i = 0; i < space->n_entries; i++)
		if (space->entries[i].nsid == nsid)
			return &space->entries[i];
	return NULL;
}

/* As __peernet2id(): the first entry that points there. */
int32_t model_number_of(const struct model *model, int holder, int peer)
{
	const struct model_space *space = &model->spaces[holder];
	int slot = model->spaces[peer].slot;

	if (model->slots[slot] != peer)
		return NSID_NONE;
	for (int i = 0; i < space->n_entries; i++)
		if (space->entries[i].slot == slot)
			return space->entries[i].nsid;
	return NSID_NONE;
}

bool model_heard(const struct model *model, int holder)
{
	return holder == MODEL_HOME ||
	       model_number_of(model, MODEL_HOME, holder) != NSID_NONE;
}

static int new_generation(struct model *model, int holder, int32_t nsid,
			  int peer)
{
	model->generations = grow(model->generations, model->n_generations,
				  &model->cap_generations,
				  sizeof(*model->generations));
	model->generations[model->n_generations] =
		(struct model_generation){ .holder = holder,
					   .peer = peer,
					   .nsid = nsid,
					   .inserted_ns = model->now_ns };
	return model->n_generations++;
}

/* A number that a fault touched has a new owner. */
static void note_reuse(struct model *model, int generation)
{
	const struct model_generation *of = &model->generations[generation];
	const struct model_generation *other;
	struct model_fault *fault;

	for (int i = 0; i < model->n_faults; i++) {
		fault = &model->faults[i];
		other = &model->generations[fault->generation];
		if (other->holder != of->holder || other->nsid != of->nsid)
			continue;
		fault->reused = true;
		model->cases[22] += fault->kind == FAULT_SILENT;
		model->cases[8] += fault->kind == FAULT_DUPLICATE;
	}
}

void model_insert(struct model *model, int holder, int32_t nsid, int peer,
		  int *ret_generation)
{
	struct model_space *space = &model->spaces[holder];
	int at;

	space->entries = grow(space->entries, space->n_entries,
			      &space->cap_entries, sizeof(*space->entries));
	for (at = space->n_entries; at && space->entries[at - 1].nsid > nsid;
	     at--)
		space->entries[at] = space->entries[at - 1];
	*ret_generation = new_generation(model, holder, nsid, peer);
	space->entries[at] = (struct model_entry){
		.nsid = nsid,
		.slot = model->spaces[peer].slot,
		.generation = *ret_generation,
	};
	space->n_entries++;
	note_reuse(model, *ret_generation);
	if (holder == MODEL_HOME) {
		model->spaces[peer].numbered_ns = model->now_ns;
		model->spaces[peer].unnumbered_ns = 0;
	}
}

void model_erase(struct model *model, int holder, int32_t nsid, int pass)
{
	struct model_space *space = &model->spaces[holder];
	struct model_entry *entry = model_entry(model, holder, nsid);
	struct model_generation *generation;
	int at;

	assert(entry);
	generation = &model->generations[entry->generation];
	generation->removed_ns = model->now_ns;
	generation->removed_pass = pass;
	generation->removed_as = model->slots[entry->slot];
	if (holder == MODEL_HOME)
		model->spaces[generation->peer].unnumbered_ns = model->now_ns;
	at = (int)(entry - space->entries);
	space->n_entries--;
	memmove(entry, entry + 1,
		(size_t)(space->n_entries - at) * sizeof(*entry));
}

static int32_t lowest_free(const struct model_space *space)
{
	int32_t nsid = 0;

	for (int i = 0; i < space->n_entries; i++) {
		if (space->entries[i].nsid > nsid)
			break;
		nsid = space->entries[i].nsid + 1;
	}
	return nsid;
}

void model_send(struct model *model, uint64_t at_ns, int holder, int32_t nsid,
		int generation, bool del)
{
	model_action_at(model, at_ns,
			&(struct model_action){ .kind = ACTION_SEND,
						.holder = holder,
						.generation = generation,
						.nsid = nsid,
						.del = del });
}

bool model_number(struct model *model, int holder, int peer, int32_t nsid,
		  bool explicitly)
{
	struct model_action send = { .kind = ACTION_SEND,
				     .holder = holder,
				     .unref_peer = explicitly,
				     .unref_holder = explicitly };

	if (!model->spaces[holder].refs || !model->spaces[peer].refs ||
	    model_number_of(model, holder, peer) != NSID_NONE)
		return false;
	if (nsid < 0)
		nsid = lowest_free(&model->spaces[holder]);
	else if (model_entry(model, holder, nsid))
		return false;
	model_insert(model, holder, nsid, peer, &send.generation);
	send.nsid = nsid;
	if (explicitly) {
		model->spaces[holder].refs++;
		model->spaces[peer].refs++;
	}
	model_action_at(model, model->now_ns + model_window(model), &send);
	return true;
}

/* ---- names ---------------------------------------------------------------- */

bool model_name(struct model *model, enum name_kind kind, const char *text,
		const char *label, int space)
{
	struct model_name *name = NULL;

	for (int i = 0; i < model->n_names && !name; i++)
		if (!strcmp(model->names[i].text, text))
			name = &model->names[i];
	if (!name) {
		if (model->n_names == MODEL_NAMES)
			return false;
		name = &model->names[model->n_names++];
		*name = (struct model_name){ .leads = MODEL_NOBODY };
		snprintf(name->text, sizeof(name->text), "%s", text);
	}
	if (name->leads >= 0)
		return false;
	snprintf(name->label, sizeof(name->label), "%s", label ? label : "");
	name->kind = kind;
	name->leads = space;
	model->spaces[space].refs++;
	model->hint = true;
	return true;
}

void model_unname(struct model *model, int name)
{
	int space = model->names[name].leads;

	model->names[name].leads = MODEL_NOBODY;
	model->hint = true;
	if (space >= 0)
		model_unref(model, space);
}

void model_move_name(struct model *model, int name, int space)
{
	int before = model->names[name].leads;

	model->spaces[space].refs++;
	model->names[name].leads = space;
	model->hint = true;
	if (before >= 0)
		model_unref(model, before);
}
