/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel answers at this moment: rtnl_net_getid(), _dumpid(). */
#include <errno.h>

#include "tests/lib/model_inner.h"

/* Whom home's number names, if it can be referenced; home for TAG_HOME. */
static int reachable(const struct model *model, int32_t nsid)
{
	const struct model_entry *entry;
	int space;

	if (nsid == TAG_HOME)
		return MODEL_HOME;
	entry = model_entry(model, MODEL_HOME, nsid);
	if (!entry)
		return MODEL_NOBODY;
	space = model->slots[entry->slot];
	return !model->slot_free[entry->slot] && model->spaces[space].refs ?
		       space :
		       MODEL_NOBODY;
}

/* Home's number for whatever an entry points to. */
static int32_t home_number(const struct model *model, int slot)
{
	const struct model_space *home = &model->spaces[MODEL_HOME];

	for (int i = 0; i < home->n_entries; i++)
		if (home->entries[i].slot == slot)
			return home->entries[i].nsid;
	return NSID_NONE;
}

/* A dump that counts goes on behind the cut, and misses some there. */
static bool skips(const struct model *model, int32_t nsid)
{
	struct rng rng = rng_of(model->config.seed ^ model->now_ns,
				PURPOSE_SKIPPED, (uint64_t)nsid);

	return !model->config.counting || rng_permille(&rng, 300);
}

static void answer_table(struct model *model, int32_t number, struct row *rows,
			 struct answer *answer)
{
	int holder = reachable(model, number);
	const struct model_space *space;

	if (holder < 0) {
		answer->outcome = ANSWER_ABSENT;
		return;
	}
	space = &model->spaces[holder];
	if (space->refuses) {
		answer->outcome = ANSWER_REFUSED;
		return;
	}
	answer->rows = rows;
	for (int i = 0; i < space->n_entries; i++) {
		if (space->cut && i == space->cut) {
			answer->outcome = ANSWER_PART;
			answer->last = rows[i - 1].nsid;
		}
		if (answer->outcome == ANSWER_PART &&
		    skips(model, space->entries[i].nsid))
			continue;
		rows[answer->n_rows++] = (struct row){
			.nsid = space->entries[i].nsid,
			.peer = holder == MODEL_HOME ?
					space->entries[i].nsid :
					home_number(model,
						    space->entries[i].slot),
		};
	}
}

static void answer_number(struct model *model, int32_t target, int32_t number,
			  struct answer *answer)
{
	int holder = reachable(model, target), peer = reachable(model, number);

	if (holder < 0 || peer < 0) {
		answer->outcome = ANSWER_ABSENT;
		return;
	}
	if (model->spaces[holder].refuses) {
		answer->outcome = ANSWER_REFUSED;
		return;
	}
	answer->nsid = model_number_of(model, holder, peer);
}

static const struct model_name *find_name(const struct model *model,
					  const char *text)
{
	for (int i = 0; i < model->n_names; i++) {
		const char *a = model->names[i].text, *b = text;

		while (*a && *a == *b)
			a++, b++;
		if (*a == *b)
			return &model->names[i];
	}
	return NULL;
}

void model_sighting(const struct model *model, const struct model_name *name,
		    struct sighting *ret_sighting)
{
	*ret_sighting = (struct sighting){
		.kind = name->kind,
		.text = name->text,
		.label = name->label[0] ? name->label : NULL,
		.leads = name->leads >= 0,
		.nsid = NSID_NONE,
		.is_home = name->leads == MODEL_HOME,
	};
	if (name->leads < 0)
		return;
	ret_sighting->nsid = model_number_of(model, MODEL_HOME, name->leads);
	ret_sighting->identity = model->spaces[name->leads].identity;
}

static void answer_name(struct model *model, const char *text,
			struct answer *answer)
{
	const struct model_name *name = find_name(model, text);

	if (!name) {
		answer->outcome = ANSWER_FAILED;
		answer->error = ENOENT;
		return;
	}
	model_sighting(model, name, &answer->sighting);
	answer->sighting.label = NULL;
}

static void answer_adopt(struct model *model, const char *text,
			 struct answer *answer)
{
	const struct model_name *name = find_name(model, text);

	if (!name || name->leads < 0) {
		answer->outcome = ANSWER_ABSENT;
		return;
	}
	model_number(model, MODEL_HOME, name->leads, NSID_NONE, true);
	answer->nsid = model_number_of(model, MODEL_HOME, name->leads);
}

void model_answer(struct model *model, const struct question *question,
		  struct row *rows, struct answer *ret_answer)
{
	struct answer answer = { .question = question->id,
				 .kind = question->kind,
				 .outcome = ANSWER_WHOLE,
				 .last = -1,
				 .nsid = NSID_NONE };

	switch (question->kind) {
	case QUESTION_TABLE:
		answer_table(model, question->holder, rows, &answer);
		break;
	case QUESTION_PROBE:
		answer_number(model, TAG_HOME, question->nsid, &answer);
		break;
	case QUESTION_ENTRY:
		answer_number(model, question->holder, question->nsid, &answer);
		break;
	case QUESTION_NAME:
		answer_name(model, question->name, &answer);
		break;
	case QUESTION_SELF:
		answer.nsid = model_number_of(model, MODEL_HOME, MODEL_HOME);
		break;
	case QUESTION_ADOPT:
		answer_adopt(model, question->name, &answer);
		break;
	case QUESTION_SCAN: /* the shell looks at the names itself */
	case QUESTION_KINDS:
		break;
	}
	*ret_answer = answer;
}
