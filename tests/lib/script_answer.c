/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the scripted kernel answers, from its tables. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/lib/script.h"

/* Home's entry under a number that must not belong to the dead. */
static int owner_of(struct script *script, const struct question *question,
		    int32_t nsid)
{
	struct script_entry *entry;

	if (nsid == TAG_HOME)
		return SCRIPT_HOME;
	for (int i = 1; i < script->n_spaces; i++) {
		if (script->spaces[i].number != nsid ||
		    !script->spaces[i].suspect ||
		    script_generations(script, nsid) !=
			    script->spaces[i].generation)
			continue;
		fail_msg("question %d about home's %d (table of %d), whose "
			 "owner is suspected dead (seed %" PRIu64 ")",
			 (int)question->kind, nsid, question->holder,
			 script->seed);
	}
	entry = script_entry(script, SCRIPT_HOME, nsid);
	return entry ? entry->peer : SCRIPT_NOBODY;
}

static bool reachable(struct script *script, int space)
{
	return space >= 0 && !script->spaces[space].dying;
}

static void answer_table(struct script *script, const struct question *question,
			 struct answer *answer)
{
	int holder = owner_of(script, question, question->holder);
	struct script_namespace *space;
	struct script_entry *entry;

	if (!reachable(script, holder)) {
		answer->outcome = ANSWER_ABSENT;
		return;
	}
	space = &script->spaces[holder];
	if (space->fails) {
		answer->outcome = ANSWER_FAILED;
		return;
	}
	if (space->refuses) {
		answer->outcome = ANSWER_REFUSED;
		return;
	}
	script->rows = realloc(script->rows,
			       (space->n_entries + 1) * sizeof(*script->rows));
	assert_non_null(script->rows);
	for (size_t i = 0; i < space->n_entries; i++) {
		entry = &space->entries[i];
		if (space->cut && i == space->cut) {
			answer->outcome = ANSWER_PART;
			answer->last = entry[-1].nsid;
			break;
		}
		script->rows[answer->n_rows++] = (struct row){
			.nsid = entry->nsid,
			.peer = holder == SCRIPT_HOME ?
					entry->nsid :
					script_number_of(script, SCRIPT_HOME,
							 entry->peer),
		};
		if (!entry->shown)
			entry->shown_ns = script->now.mono_ns;
		entry->shown = true;
	}
	answer->rows = script->rows;
}

static void answer_number(struct script *script,
			  const struct question *question,
			  struct answer *answer)
{
	int target = question->kind == QUESTION_ENTRY ?
			     owner_of(script, question, question->holder) :
			     SCRIPT_HOME;
	int peer = owner_of(script, question, question->nsid);

	if (!reachable(script, target) || !reachable(script, peer)) {
		answer->outcome = ANSWER_ABSENT;
		return;
	}
	if (script->spaces[target].refuses)
		answer->outcome = ANSWER_REFUSED;
	answer->nsid = script_number_of(script, target, peer);
}

static struct sighting sighting_of(struct script *script,
				   const struct script_name *name)
{
	struct sighting sighting = {
		.kind = name->kind,
		.text = name->text,
		.label = name->label[0] ? name->label : NULL,
		.leads = name->leads >= 0,
		.nsid = NSID_NONE,
		.is_home = name->leads == SCRIPT_HOME,
	};

	if (!sighting.leads)
		return sighting;
	sighting.nsid = script_number_of(script, SCRIPT_HOME, name->leads);
	if (!script->strangers)
		sighting.identity = script->spaces[name->leads].identity;
	if (script->only_inodes)
		sighting.identity.id = 0;
	script->spaces[name->leads].suspect = false;
	return sighting;
}

static void answer_name(struct script *script, const struct question *question,
			struct answer *answer)
{
	struct script_name *name;

	assert_non_null(question->name);
	name = script_find_name(script, question->name);
	if (!name || name->fails) {
		answer->outcome = ANSWER_FAILED;
		return;
	}
	answer->sighting = sighting_of(script, name);
	answer->sighting.label = NULL;
}

static void answer_scan(struct script *script, const struct question *question,
			struct answer *answer)
{
	struct sighting sighting;

	if (script->scan_fails) {
		answer->outcome = ANSWER_FAILED;
		return;
	}
	if (script->no_news) {
		answer->outcome = ANSWER_NEWS;
		return;
	}
	for (size_t i = 0; i < script->n_names; i++) {
		if (script->names[i].gone || script->names[i].fails ||
		    script->names[i].kind == NAME_CANARY ||
		    (script->names[i].kind == NAME_PROCESS &&
		     !question->processes))
			continue;
		sighting = sighting_of(script, &script->names[i]);
		script_step(script, &(struct input){ .type = INPUT_SIGHTING,
						     .sighting = &sighting });
	}
}

static void answer_adopt(struct script *script, const struct question *question,
			 struct answer *answer, bool *ret_new)
{
	struct script_name *name = script_find_name(script, question->name);
	int32_t nsid = 0;

	if (!name || !reachable(script, name->leads)) {
		answer->outcome = ANSWER_ABSENT;
		return;
	}
	answer->nsid = script_number_of(script, SCRIPT_HOME, name->leads);
	if (answer->nsid != NSID_NONE)
		return;
	while (script_entry(script, SCRIPT_HOME, nsid))
		nsid++;
	script_insert(script, SCRIPT_HOME, nsid, name->leads);
	answer->nsid = nsid;
	*ret_new = true;
}

void script_answer(struct script *script, const struct question *question)
{
	struct answer answer = { .question = question->id,
				 .kind = question->kind,
				 .outcome = ANSWER_WHOLE,
				 .nsid = NSID_NONE };
	bool numbered = false;

	assert_in_range(question->kind, 0, QUESTION_KINDS - 1);
	script->questions[question->kind]++;
	switch (question->kind) {
	case QUESTION_TABLE:
		answer_table(script, question, &answer);
		break;
	case QUESTION_PROBE:
	case QUESTION_ENTRY:
		answer_number(script, question, &answer);
		break;
	case QUESTION_NAME:
		answer_name(script, question, &answer);
		break;
	case QUESTION_SELF:
		answer.nsid = script_number_of(script, SCRIPT_HOME,
					       SCRIPT_HOME);
		break;
	case QUESTION_SCAN:
		answer_scan(script, question, &answer);
		answer.hidden = script->hidden;
		answer.names = script->told;
		break;
	case QUESTION_ADOPT:
		answer_adopt(script, question, &answer, &numbered);
		break;
	case QUESTION_KINDS:
		break;
	}
	script_step(script,
		    &(struct input){ .type = INPUT_ANSWER, .answer = &answer });
	if (numbered)
		script_event(script, SCRIPT_HOME, EVENT_NEW, answer.nsid);
}
