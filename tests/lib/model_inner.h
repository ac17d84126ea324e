/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the model's files share, and nobody else uses. */

#include "tests/lib/model.h"

/* Purposes of random choices (model_rng). */
enum model_purpose {
	PURPOSE_WINDOW = 1,
	PURPOSE_WORKER,
	PURPOSE_SLOT,
	PURPOSE_FAULT,
	PURPOSE_SKIPPED,
};

/* model_action_at - put an action on the time line. */
void model_action_at(struct model *model, uint64_t at_ns,
		     const struct model_action *action);
/* model_window - how long after its change a message comes. */
uint64_t model_window(struct model *model);

void model_insert(struct model *model, int holder, int32_t nsid, int peer,
		  int *ret_generation);
/* model_erase - out of the table; its generation is marked removed. */
void model_erase(struct model *model, int holder, int32_t nsid, int pass);
/* model_send - at that moment, about this generation. */
void model_send(struct model *model, uint64_t at_ns, int holder, int32_t nsid,
		int generation, bool del);

/* model_queue_dead - its last reference went. */
void model_queue_dead(struct model *model, int space);
/* model_worker_step - the worker goes on. */
void model_worker_step(struct model *model);
/* model_broadcast - an ACTION_SEND whose moment has come. */
void model_broadcast(struct model *model, const struct model_action *action);
/* model_heard - the holder has a number in home now, or is home. */
bool model_heard(const struct model *model, int holder);

/* model_fault_removal - did an armed fault take the place of this removal? */
bool model_fault_removal(struct model *model, int holder,
			 struct model_entry *entry);
/* model_fault_last - the last survivor is to be skipped in this pass. */
bool model_fault_last(struct model *model);
/* model_fault_walked - the walk is over: announce it once more? */
void model_fault_walked(struct model *model);
/* model_fault_late - a removal that was put off. */
void model_fault_late(struct model *model, const struct model_action *action);
