/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cleanup worker. Before Linux 7.0: for each dying namespace one walk over
 * the survivors, each of whom is searched for it. Since then: one walk, in
 * which each survivor drops all its dying peers. Both give up their lock
 * before they announce, and find their place again afterwards.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/lib/model_inner.h"

static void wake_at(struct model *model, uint64_t at_ns)
{
	model_action_at(model, at_ns,
			&(struct model_action){ .kind = ACTION_WORKER });
}

/* It may start at once, or late, and then finds more than one. */
static void schedule(struct model *model)
{
	struct rng rng = model_rng(model, PURPOSE_WORKER);
	uint64_t late_ns = 0;

	if (model->config.late_max_ns && rng_permille(&rng, 500))
		late_ns = rng_range(&rng, MODEL_US, model->config.late_max_ns);
	model->worker.busy = true;
	wake_at(model, model->now_ns + late_ns);
}

void model_queue_dead(struct model *model, int id)
{
	struct model_space *space = &model->spaces[id];

	space->state = SPACE_QUEUED;
	space->died_ns = model->now_ns;
	space->next_dead = model->dead_first;
	model->dead_first = id;
	if (!model->worker.busy)
		schedule(model);
}

static void unlist(struct model *model, int id)
{
	int i = 0;

	while (model->list[i] != id)
		i++;
	model->n_list--;
	memmove(&model->list[i], &model->list[i + 1],
		(size_t)(model->n_list - i) * sizeof(*model->list));
}

static struct model_pass *pass_new(struct model *model)
{
	if (model->n_passes == model->cap_passes) {
		model->cap_passes = model->cap_passes * 2 + 16;
		model->passes = realloc(model->passes,
					(size_t)model->cap_passes *
						sizeof(*model->passes));
		if (!model->passes)
			abort();
	}
	model->splits += model->n_passes &&
			 model->passes[model->n_passes - 1].end_ns ==
				 model->now_ns;
	model->passes[model->n_passes] = (struct model_pass){
		.begin_ns = model->now_ns,
		.dels_from = (uint64_t)model->n_sent,
	};
	return &model->passes[model->n_passes++];
}

static void begin(struct model *model)
{
	struct model_worker *worker = &model->worker;
	struct model_pass *pass = pass_new(model);
	int id;

	*worker = (struct model_worker){ .busy = true,
					 .walking = true,
					 .dying = worker->dying,
					 .cursor = -1 };
	while ((id = model->dead_first) != MODEL_NOBODY) {
		model->dead_first = model->spaces[id].next_dead;
		model->spaces[id].state = SPACE_DYING;
		model->spaces[id].pass = model->n_passes;
		worker->dying[worker->n_dying++] = id;
		unlist(model, id);
	}
	pass->n_dying = worker->n_dying;
	worker->n_list = model->n_list;
	if (model_fault_last(model))
		worker->n_list--;
}

/* Its memory says so, also when its own pass is over, until it is freed. */
static bool is_dying(const struct model *model, int slot)
{
	const struct model_space *space = &model->spaces[model->slots[slot]];

	return !model->slot_free[slot] &&
	       (space->state == SPACE_DYING || space->state == SPACE_GONE);
}

/* unhash_nsid() of 7.0 and later: the next dying peer of this survivor. */
static struct model_entry *next_batched(struct model *model, int holder)
{
	struct model_worker *worker = &model->worker;
	struct model_space *space = &model->spaces[holder];
	struct model_entry *entry;

	for (int i = 0; i < space->n_entries; i++) {
		entry = &space->entries[i];
		if (entry->nsid <= worker->cursor)
			continue;
		model->steps++;
		worker->cursor = entry->nsid;
		if (is_dying(model, entry->slot))
			return entry;
	}
	return NULL;
}

/* __peernet2id() before: a linear search for one pointer. */
static struct model_entry *next_per_peer(struct model *model, int holder)
{
	struct model_worker *worker = &model->worker;
	struct model_space *space = &model->spaces[holder];
	int slot = model->spaces[worker->dying[worker->at_peer]].slot;

	if (worker->cursor >= 0)
		return NULL; /* this survivor was searched */
	for (int i = 0; i < space->n_entries; i++) {
		model->steps++;
		if (space->entries[i].slot != slot)
			continue;
		worker->cursor = 0;
		return &space->entries[i];
	}
	return NULL;
}

/* The next removal of the walk; false: the walk is over. */
static bool next_removal(struct model *model, int *ret_holder,
			 struct model_entry **ret_entry)
{
	struct model_worker *worker = &model->worker;
	int rounds = model->config.batched ? 1 : worker->n_dying;

	for (; worker->at_peer < rounds; worker->at_peer++) {
		for (; worker->at_list < worker->n_list; worker->at_list++) {
			*ret_holder = model->list[worker->at_list];
			*ret_entry = model->config.batched ?
					     next_batched(model, *ret_holder) :
					     next_per_peer(model, *ret_holder);
			if (*ret_entry)
				return true;
			worker->cursor = -1;
		}
		worker->at_list = 0;
	}
	return false;
}

/* What the last pass left is freed when this one's walk is over. */
static void walked(struct model *model)
{
	struct model_pass *pass = &model->passes[model->n_passes - 1];
	struct rng rng = model_rng(model, PURPOSE_WORKER);
	int i;

	pass->walked_ns = model->now_ns;
	model->cases[1] += pass->walked_ns - pass->begin_ns >= 3 * MODEL_S;
	pass->dels_to = (uint64_t)model->n_sent;
	model_fault_walked(model);
	for (i = 0; i < model->worker.n_dying; i++)
		model->spaces[model->worker.dying[i]].n_entries = 0;
	for (i = 0; i < model->n_waiting_free; i++)
		model->slot_free[model->spaces[model->waiting_free[i]].slot] =
			true;
	model->n_waiting_free = 0;
	wake_at(model, model->now_ns + rng_range(&rng, 10 * MODEL_US,
						 model->config.tail_max_ns));
}

static void end(struct model *model)
{
	struct model_worker *worker = &model->worker;

	model->passes[model->n_passes - 1].end_ns = model->now_ns;
	for (int i = 0; i < worker->n_dying; i++) {
		model->spaces[worker->dying[i]].state = SPACE_GONE;
		model->waiting_free[model->n_waiting_free++] = worker->dying[i];
	}
	worker->walking = worker->busy = false;
	if (model->dead_first == MODEL_NOBODY)
		return;
	worker->busy = true;
	wake_at(model, model->now_ns);
}

static void note_sent(struct model *model, int generation)
{
	if (model->n_sent == model->cap_sent) {
		model->cap_sent = model->cap_sent * 2 + 64;
		model->sent =
			realloc(model->sent,
				(size_t)model->cap_sent * sizeof(*model->sent));
		if (!model->sent)
			abort();
	}
	model->sent[model->n_sent++] = generation;
}

/* Between two removals anything may take the processor away. */
static uint64_t pause_ns(struct model *model, struct rng *rng)
{
	uint64_t forced_ns = model->force_pause_ns;

	model->force_pause_ns = 0;
	if (forced_ns)
		return forced_ns;
	if (!rng_permille(rng, model->config.pause_permille))
		return 0;
	return rng_range(rng, MODEL_MS, model->config.pause_max_ns);
}

/* The peer died in an earlier pass, which left this behind. */
static void note_swept(struct model *model, int generation)
{
	const struct model_generation *of = &model->generations[generation];

	if (model->spaces[of->peer].pass == model->n_passes)
		return;
	model->cases[19]++;
	if (of->fault)
		model->faults[of->fault - 1].swept = true;
}

/* One removal: out of the table, and some time later announced. */
static void removal(struct model *model, int holder, struct model_entry *entry,
		    struct rng *rng)
{
	uint64_t cost_ns = MODEL_US + rng_below(rng, 4000), window_ns;
	int generation = entry->generation;
	int32_t nsid = entry->nsid;

	model->passes[model->n_passes - 1].removals++;
	if (model_fault_removal(model, holder, entry)) {
		wake_at(model, model->now_ns + cost_ns);
		return;
	}
	note_swept(model, generation);
	window_ns = model_window(model);
	cost_ns += pause_ns(model, rng);
	model_erase(model, holder, nsid, model->n_passes);
	model_send(model, model->now_ns + window_ns, holder, nsid, generation,
		   true);
	note_sent(model, generation);
	wake_at(model, model->now_ns + window_ns + cost_ns);
}

void model_worker_step(struct model *model)
{
	struct model_worker *worker = &model->worker;
	struct model_entry *entry;
	struct rng rng;
	int holder;

	if (!worker->walking) {
		begin(model);
	} else if (model->passes[model->n_passes - 1].walked_ns) {
		end(model);
		return;
	}
	if (!next_removal(model, &holder, &entry)) {
		walked(model);
		return;
	}
	rng = model_rng(model, PURPOSE_WORKER);
	removal(model, holder, entry, &rng);
}
