/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/script.h"

/* More drained moments than that at one point of time are a busy loop. */
#define MAX_ROUNDS 200
/* More questions than that in one go are one too. */
#define MAX_QUESTIONS 20000

struct script *script_new(void)
{
	struct script *script = calloc(1, sizeof(*script));

	assert_non_null(script);
	script->settings = settings_default();
	script->now = (struct stamp){ 100 * SCRIPT_S, 1700000000 * SCRIPT_S };
	script->next_canary = 1000000;
	assert_int_equal(script_space(script), SCRIPT_HOME);
	script->spaces[SCRIPT_HOME].number = TAG_HOME;
	return script;
}

struct script *script_free(struct script *script)
{
	if (!script)
		return NULL;
	script->watch = watch_free(script->watch);
	for (int i = 0; i < script->n_spaces; i++)
		free(script->spaces[i].entries);
	free(script->held_events);
	free(script->rows);
	free(script);
	return NULL;
}

int32_t script_number_of(struct script *script, int holder, int peer)
{
	const struct script_namespace *space = &script->spaces[holder];

	for (size_t i = 0; i < space->n_entries && peer >= 0; i++)
		if (space->entries[i].peer == peer)
			return space->entries[i].nsid;
	return NSID_NONE;
}

void script_start(struct script *script)
{
	struct start start = {
		.at = script->now,
		.home = script->spaces[SCRIPT_HOME].identity,
		.home_is_first = true,
		.self_nsid = script_number_of(script, SCRIPT_HOME, SCRIPT_HOME),
	};

	if (script->only_inodes)
		start.home.id = 0;
	assert_int_equal(watch_new(&script->settings, &start, &script->watch),
			 0);
}

void script_learn(struct script *script)
{
	script_start(script);
	script_advance(script, 10 * SCRIPT_S);
	assert_true(watch_ready(script->watch));
	assert_true(watch_learned(script->watch));
}

/* ---- the world ---------------------------------------------------------- */

int script_space(struct script *script)
{
	int space = script->n_spaces++;

	assert_true(space < SCRIPT_NAMESPACES);
	script->spaces[space].number = NSID_NONE;
	script->spaces[space].identity = (struct identity){
		.id = 7 + (uint64_t)space,
		.dev = 4,
		.ino = 4026531840u + (uint64_t)space,
	};
	return space;
}

struct script_name *script_find_name(struct script *script, const char *text)
{
	for (size_t i = 0; i < script->n_names; i++)
		if (!strcmp(script->names[i].text, text))
			return &script->names[i];
	return NULL;
}

void script_name(struct script *script, const char *text, int space)
{
	struct script_name *name = script_find_name(script, text);

	if (!name) {
		assert_true(script->n_names < SCRIPT_NAMES);
		name = &script->names[script->n_names++];
		assert_true(strlen(text) < sizeof(name->text));
		strcpy(name->text, text);
		name->kind = strncmp(text, "pid:", 4) ? NAME_PATH :
							NAME_PROCESS;
	}
	name->leads = space;
	name->gone = false;
	if (!script->spaces[space].name[0])
		strcpy(script->spaces[space].name, text);
	if (script->watch)
		script_command(script, COMMAND_SCAN, NSID_NONE);
}

void script_unname(struct script *script, const char *text)
{
	struct script_name *name = script_find_name(script, text);

	assert_non_null(name);
	name->leads = SCRIPT_NOBODY;
	name->gone = true;
}

struct script_entry *script_entry(struct script *script, int holder,
				  int32_t nsid)
{
	struct script_namespace *space = &script->spaces[holder];

	for (size_t i = 0; i < space->n_entries; i++)
		if (space->entries[i].nsid == nsid)
			return &space->entries[i];
	return NULL;
}

/* How many namespaces had home's number nsid before. */
uint32_t script_generations(struct script *script, int32_t nsid)
{
	uint32_t count = 0;

	for (int i = 0; i < script->n_spaces; i++)
		count += script->spaces[i].number == nsid;
	return count;
}

void script_insert(struct script *script, int holder, int32_t nsid, int peer)
{
	struct script_namespace *space = &script->spaces[holder];
	size_t at = space->n_entries;

	assert_null(script_entry(script, holder, nsid));
	if (space->n_entries == space->cap_entries) {
		space->cap_entries = space->cap_entries * 2 + 8;
		space->entries =
			realloc(space->entries,
				space->cap_entries * sizeof(*space->entries));
		assert_non_null(space->entries);
	}
	for (; at && space->entries[at - 1].nsid > nsid; at--)
		space->entries[at] = space->entries[at - 1];
	space->entries[at] = (struct script_entry){ .nsid = nsid,
						    .peer = peer };
	space->n_entries++;
	if (holder == SCRIPT_HOME && peer > SCRIPT_HOME) {
		script->spaces[peer].number = NSID_NONE;
		script->spaces[peer].generation =
			script_generations(script, nsid) + 1;
		script->spaces[peer].number = nsid;
	}
}

void script_erase(struct script *script, int holder, int32_t nsid)
{
	struct script_namespace *space = &script->spaces[holder];
	struct script_entry *entry = script_entry(script, holder, nsid);
	size_t at;

	assert_non_null(entry);
	at = (size_t)(entry - space->entries);
	space->n_entries--;
	memmove(entry, entry + 1, (space->n_entries - at) * sizeof(*entry));
}

void script_repoint(struct script *script, int holder, int32_t nsid, int peer)
{
	struct script_entry *entry = script_entry(script, holder, nsid);

	assert_non_null(entry);
	*entry = (struct script_entry){ .nsid = nsid, .peer = peer };
}

void script_die(struct script *script, int space)
{
	script->spaces[space].dying = true;
	for (size_t i = 0; i < script->n_names; i++) {
		if (script->names[i].leads != space)
			continue;
		script->names[i].leads = SCRIPT_NOBODY;
		script->names[i].gone = true;
	}
}

/* ---- events ------------------------------------------------------------- */

void script_step(struct script *script, const struct input *input)
{
	assert_int_equal(watch_step(script->watch, &script->now, input), 0);
}

static bool home_is(struct script *script, int32_t tag)
{
	return tag == TAG_HOME ||
	       (script->tags_self &&
		tag == script_number_of(script, SCRIPT_HOME, SCRIPT_HOME));
}

/* The engine reads that home lost a number: its oldest owner is meant. */
static void suspect(struct script *script, int32_t nsid)
{
	struct script_namespace *oldest = NULL;

	for (int i = 1; i < script->n_spaces; i++) {
		struct script_namespace *space = &script->spaces[i];

		if (space->number == nsid && !space->suspect &&
		    (!oldest || space->generation < oldest->generation))
			oldest = space;
	}
	if (oldest)
		oldest->suspect = true;
}

static void read_event(struct script *script, struct event event)
{
	event.at = script->now;
	if (event.type == EVENT_DEL && home_is(script, event.holder))
		suspect(script, event.nsid);
	script_step(script,
		    &(struct input){ .type = INPUT_EVENT, .event = event });
}

void script_raw(struct script *script, int32_t tag, enum event_type type,
		int32_t nsid)
{
	struct event event = { .holder = tag, .type = type, .nsid = nsid };

	if (!script->held) {
		read_event(script, event);
		return;
	}
	if (script->n_held == script->cap_held) {
		script->cap_held = script->cap_held * 2 + 64;
		script->held_events = realloc(script->held_events,
					      script->cap_held * sizeof(event));
		assert_non_null(script->held_events);
	}
	script->held_events[script->n_held++] = event;
}

void script_event(struct script *script, int holder, enum event_type type,
		  int32_t nsid)
{
	int32_t tag = script_number_of(script, SCRIPT_HOME, holder);

	if (script->deaf)
		return;
	if (holder == SCRIPT_HOME && (!script->tags_self || tag == NSID_NONE))
		tag = TAG_HOME;
	else if (tag == NSID_NONE)
		return;
	script_raw(script, tag, type, nsid);
}

void script_number(struct script *script, int holder, int32_t nsid, int peer)
{
	script_insert(script, holder, nsid, peer);
	script_event(script, holder, EVENT_NEW, nsid);
}

void script_remove(struct script *script, int holder, int32_t nsid)
{
	struct script_entry *entry = script_entry(script, holder, nsid);
	int peer;

	assert_non_null(entry);
	peer = entry->peer;
	/* Only where the engine could know whom the number named. */
	if (peer > SCRIPT_HOME && holder != SCRIPT_HOME && !script->held &&
	    !script->deaf && entry->shown &&
	    script->last_drained_ns >
		    entry->shown_ns + 2 * script->settings.settle_ns)
		script->spaces[peer].suspect = true;
	script_erase(script, holder, nsid);
	script_event(script, holder, EVENT_DEL, nsid);
}

/* One peer goes from all tables, home's first, and is removed from each. */
static void walk(struct script *script, int peer)
{
	int32_t nsid;

	for (int holder = 0; holder < script->n_spaces; holder++) {
		if (script->spaces[holder].dying)
			continue;
		nsid = script_number_of(script, holder, peer);
		if (nsid != NSID_NONE)
			script_remove(script, holder, nsid);
	}
}

void script_pass(struct script *script, const int *peers, size_t n_peers)
{
	for (size_t i = 0; i < n_peers; i++)
		script_die(script, peers[i]);
	for (size_t i = 0; i < n_peers; i++)
		walk(script, peers[i]);
}

void script_kill(struct script *script, int peer)
{
	script_pass(script, &peer, 1);
}

void script_hold(struct script *script)
{
	script->held = true;
}

void script_release(struct script *script)
{
	script->held = false;
	for (size_t i = 0; i < script->n_held; i++)
		read_event(script, script->held_events[i]);
	script->n_held = 0;
}

/* ---- time --------------------------------------------------------------- */

static void script_notice(struct script *script, const struct notice *notice)
{
	assert_in_range(notice->type, 0, SCRIPT_NOTICES - 1);
	script->notices[notice->type]++;
	script->noticed[notice->type] = notice->id;
}

void script_ask(struct script *script)
{
	struct question question;
	struct notice notice;
	unsigned int count = 0;

	while (watch_next_question(script->watch, &question)) {
		if (++count > MAX_QUESTIONS)
			fail_msg("the engine asks without end: question %d "
				 "about (%d, %d) %s (seed %" PRIu64 ")",
				 (int)question.kind, question.holder,
				 question.nsid,
				 question.name ? question.name : "",
				 script->seed);
		script_answer(script, &question);
	}
	while (!script->leaves_notices &&
	       watch_next_notice(script->watch, &notice))
		script_notice(script, &notice);
}

void script_drained(struct script *script)
{
	script->last_drained_ns = script->now.mono_ns;
	script_step(script, &(struct input){ .type = INPUT_DRAINED });
}

void script_wait(struct script *script, uint64_t ns)
{
	script->now.mono_ns += ns;
	script->now.real_ns += ns;
}

/* What is due now, until nothing is. A stopped reader does nothing. */
static void settle(struct script *script)
{
	for (unsigned int round = 0; round < MAX_ROUNDS; round++) {
		script_drained(script);
		script_ask(script);
		if (watch_deadline(script->watch) > script->now.mono_ns)
			return;
	}
	fail_msg("the engine wants drained moments without end (seed %" PRIu64
		 ")",
		 script->seed);
}

void script_advance(struct script *script, uint64_t ns)
{
	uint64_t end_ns = script->now.mono_ns + ns;
	uint64_t next_ns;

	if (script->held) {
		script_wait(script, ns);
		return;
	}
	for (;;) {
		settle(script);
		if (script->now.mono_ns >= end_ns)
			return;
		next_ns = watch_deadline(script->watch);
		if (next_ns > end_ns)
			next_ns = end_ns;
		script_wait(script, next_ns - script->now.mono_ns);
	}
}

void script_gap(struct script *script, enum gap_cause cause)
{
	script_step(script, &(struct input){ .type = INPUT_GAP, .gap = cause });
}

void script_command(struct script *script, enum command_type type, int32_t nsid)
{
	script_step(script, &(struct input){ .type = INPUT_COMMAND,
					     .command = { type, nsid } });
}

int script_canary(struct script *script)
{
	int32_t nsid = script->next_canary++;
	int space = script_space(script);

	script_number(script, SCRIPT_HOME, nsid, space);
	script_drained(script);
	script_command(script, COMMAND_CANARY, nsid);
	return space;
}

void script_judge(struct script *script)
{
	for (unsigned int i = 0; i < 2; i++) {
		int canary = script_canary(script);

		script_advance(script, 20 * SCRIPT_MS);
		script_kill(script, canary);
		script_advance(script, 20 * SCRIPT_MS);
	}
	script_command(script, COMMAND_JUDGE, NSID_NONE);
	for (unsigned int i = 0; i < 120 && !watch_judged(script->watch); i++)
		script_advance(script, SCRIPT_S / 2);
	assert_true(watch_judged(script->watch));
}

/* One that home can hear, other than this one. */
static int living(const struct script *script, int but)
{
	for (int i = 1; i < script->n_spaces; i++)
		if (i != but && !script->spaces[i].dying &&
		    script->spaces[i].number != NSID_NONE)
			return i;
	return SCRIPT_NOBODY;
}

void script_barrier(struct script *script)
{
	int witness;
	char text[32];
	int space = script_space(script);
	int32_t nsid = script->next_canary++;

	/* Who is born within a settle time may have held what died. */
	script_advance(script, 1100 * SCRIPT_MS);
	snprintf(text, sizeof(text), "/run/netns/barrier%d", space);
	script_name(script, text, space);
	script_number(script, SCRIPT_HOME, nsid, space);
	/* Two tables see its death: one alone may be wrong. */
	witness = living(script, space);
	if (witness != SCRIPT_NOBODY)
		script_number(script, witness, nsid, space);
	script_advance(script, 6 * SCRIPT_S);
	script_kill(script, space);
	script_advance(script, 8 * SCRIPT_S);
}
