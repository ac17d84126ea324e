/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Broadcast, and the one socket that listens for all namespaces. */
#include <errno.h>
#include <stdlib.h>

#include "tests/lib/model_inner.h"

static void push(struct model *model, const struct model_message *message)
{
	uint32_t count = model->queue_tail - model->queue_head, i;
	struct model_message *queue;

	if (count == model->cap_queue) {
		queue = malloc((size_t)(count * 2 + 64) * sizeof(*queue));
		if (!queue)
			abort();
		for (i = 0; i < count; i++)
			queue[i] = model->queue[(model->queue_head + i) %
						model->cap_queue];
		free(model->queue);
		model->queue = queue;
		model->cap_queue = count * 2 + 64;
		model->queue_head = 0;
		model->queue_tail = count;
	}
	model->queue[model->queue_tail++ % model->cap_queue] = *message;
}

/* H11: home's number changed hands, and nobody heard it. */
static void note_hidden(struct model *model,
			const struct model_message *message)
{
	const struct model_generation *of =
		&model->generations[message->generation];
	const struct model_generation *other;

	if (message->is_del || of->holder != MODEL_HOME)
		return;
	for (int i = message->generation - 1; i >= 0; i--) {
		other = &model->generations[i];
		if (other->holder != MODEL_HOME || other->nsid != of->nsid)
			continue;
		model->cases[11] += other->dels && !other->dels_heard;
		return;
	}
}

/* netlink_broadcast_deliver(), netlink_overrun(): 3-kernel, section 5. */
static bool deliver(struct model *model, const struct model_message *message)
{
	uint32_t count = model_queued(model);

	if (model->congested || (count && count >= model->config.queue_max)) {
		model->drops++;
		if (!model->congested)
			model->error = ENOBUFS;
		model->congested = true;
		note_hidden(model, message);
		return false;
	}
	push(model, message);
	return true;
}

/* The sender's number in home at this very moment; home's own have no tag. */
static bool tag_of(const struct model *model, int holder, int32_t *ret_tag)
{
	int32_t number = model_number_of(model, MODEL_HOME, holder);

	if (holder == MODEL_HOME)
		number = model->config.tags_self && number != NSID_NONE ?
				 number :
				 TAG_HOME;
	else if (number == NSID_NONE)
		return false;
	*ret_tag = number;
	return true;
}

/* An older owner of the same number, gone and not yet announced so. */
static bool overtakes(const struct model *model, int generation)
{
	const struct model_generation *of = &model->generations[generation];
	const struct model_generation *other;

	for (int i = generation - 1; i >= 0 && i > generation - 64; i--) {
		other = &model->generations[i];
		if (other->holder == of->holder && other->nsid == of->nsid)
			return other->removed_ns && !other->dels;
	}
	return false;
}

static void count(struct model *model, const struct model_action *action)
{
	struct model_generation *generation =
		&model->generations[action->generation];

	if (action->del) {
		generation->dels++;
		generation->last_del_ns = model->now_ns;
		return;
	}
	model->phantoms += generation->dels > 0;
	model->inversions += overtakes(model, action->generation);
	model->cases[25] += generation->dels > 0 &&
			    model->now_ns > generation->last_del_ns + MODEL_S;
}

/*
 * An allocation fails: elsewhere nobody learns of it, home gets an error. A DEL
 * that is lost elsewhere is what FAULT_SILENT is, for all that can be seen.
 */
static bool swallowed(struct model *model, const struct model_action *action)
{
	bool home = action->holder == MODEL_HOME;

	if (!model->lose_next || (action->del && !home))
		return false;
	model->lose_next--;
	if (home)
		model->error = model->error ? model->error : ENOMEM;
	model->generations[action->generation].lost_new = !home;
	model->silent_losses += !home;
	return true;
}

/* H10: its number's last owner has not been announced as gone. */
static void note_next_owner(struct model *model, int holder)
{
	int32_t nsid = model_number_of(model, MODEL_HOME, holder);
	const struct model_entry *entry =
		nsid < 0 ? NULL : model_entry(model, MODEL_HOME, nsid);

	if (entry && overtakes(model, entry->generation))
		model->cases[10]++;
}

void model_broadcast(struct model *model, const struct model_action *action)
{
	struct model_message message = {
		.event = { .nsid = action->nsid,
			   .type = action->del ? EVENT_DEL : EVENT_NEW },
		.generation = action->generation,
		.is_del = action->del,
	};

	count(model, action);
	if (model->listening && action->holder != MODEL_HOME)
		note_next_owner(model, action->holder);
	if (model->listening &&
	    tag_of(model, action->holder, &message.event.holder) &&
	    !swallowed(model, action) && deliver(model, &message) &&
	    action->del)
		model->generations[action->generation].dels_heard++;
	if (action->unref_peer)
		model_unref(model, model->generations[action->generation].peer);
	if (action->unref_holder)
		model_unref(model, action->holder);
}

uint32_t model_queued(const struct model *model)
{
	return model->queue_tail - model->queue_head;
}

bool model_read(struct model *model, struct model_message *ret_message)
{
	if (!model_queued(model)) {
		model->congested = false;
		return false;
	}
	*ret_message = model->queue[model->queue_head++ % model->cap_queue];
	return true;
}

int model_take_error(struct model *model)
{
	int error = model->error;

	model->error = 0;
	return error;
}
