/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seeded random histories of the scripted kernel. Without a fault nothing is
 * ever found, however the messages fall; with one fault its death is never
 * verified, and at most one finding names it.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/lib/world.h"

#define HISTORIES 60
#define STEPS 40
#define MAX_BATCH 4

enum fault {
	FAULT_NONE,
	FAULT_FORGET, /* neither removed nor announced */
	FAULT_KEEP,   /* announced and not removed */
	FAULT_SILENT, /* removed and not announced */
	FAULT_TWICE,  /* announced twice */
	FAULTS,
};

struct history {
	struct script *script;
	uint64_t seed;
	enum fault fault; /* FAULT_NONE again once it was done */
	bool calm;	  /* no loss, no re-use, no unnamed ones */
	int victim;	  /* the peer whose removal went wrong */
};

static uint32_t below(struct history *h, uint32_t limit)
{
	/* xorshift64* */
	h->seed ^= h->seed >> 12;
	h->seed ^= h->seed << 25;
	h->seed ^= h->seed >> 27;
	return (uint32_t)((h->seed * 0x2545f4914f6cdd1dull) >> 33) % limit;
}

static bool one_in(struct history *h, uint32_t n)
{
	return below(h, n) == 0;
}

static bool alive(const struct script *s, int space)
{
	return !s->spaces[space].dying;
}

static int pick_alive(struct history *h)
{
	struct script *s = h->script;

	for (unsigned int i = 0; i < 64; i++) {
		int space = (int)below(h, (uint32_t)s->n_spaces);

		if (space != SCRIPT_HOME && alive(s, space))
			return space;
	}
	return SCRIPT_NOBODY;
}

static int32_t lowest_free(struct script *s, int holder)
{
	int32_t nsid = 0;

	while (script_entry(s, holder, nsid))
		nsid++;
	return nsid;
}

/* holder learns of peer: the lowest free number, as the kernel does it. */
static void learn(struct history *h, int holder, int peer)
{
	struct script *s = h->script;
	int32_t nsid = lowest_free(s, holder);

	if (holder == peer || !alive(s, holder) || !alive(s, peer) ||
	    script_number_of(s, holder, peer) != NSID_NONE)
		return;
	script_insert(s, holder, nsid, peer);
	/* The message may come later than the change, within the window. */
	if (!s->held && !s->deaf && one_in(h, 6))
		script_advance(s, below(h, 900) * SCRIPT_MS);
	script_event(s, holder, EVENT_NEW, nsid);
}

static int bear(struct history *h)
{
	struct script *s = h->script;
	int space = script_space(s);
	char text[32];

	if (h->calm || !one_in(h, 6))
		learn(h, SCRIPT_HOME, space);
	if (h->calm || !one_in(h, 3)) {
		snprintf(text, sizeof(text), "/run/netns/n%d", space);
		script_name(s, text, space);
	}
	for (unsigned int i = below(h, 4); i; i--) {
		int other = pick_alive(h);

		if (other == SCRIPT_NOBODY)
			break;
		learn(h, other, space);
		if (one_in(h, 2))
			learn(h, space, other);
	}
	return space;
}

/* Somebody takes a number that was just freed, before its DEL is sent. */
static void reuse(struct history *h, int holder, int32_t nsid)
{
	struct script *s = h->script;
	int peer = holder == SCRIPT_HOME ? script_space(s) : pick_alive(h);

	if (peer == SCRIPT_NOBODY || peer == holder ||
	    script_number_of(s, holder, peer) != NSID_NONE)
		return;
	script_number(s, holder, nsid, peer);
}

static bool go_wrong(struct history *h, int holder, int32_t nsid)
{
	struct script *s = h->script;
	enum fault fault = h->fault;

	/* Of holders that survive: of the others nothing can be told. */
	if (fault == FAULT_NONE || holder == SCRIPT_HOME || !alive(s, holder) ||
	    !one_in(h, 2))
		return false;
	h->victim = script_entry(s, holder, nsid)->peer;
	h->fault = FAULT_NONE;
	if (fault == FAULT_TWICE || fault == FAULT_SILENT)
		script_erase(s, holder, nsid);
	if (fault == FAULT_TWICE || fault == FAULT_KEEP)
		script_event(s, holder, EVENT_DEL, nsid);
	if (fault == FAULT_TWICE)
		script_event(s, holder, EVENT_DEL, nsid);
	return true;
}

static void remove_one(struct history *h, int holder, int peer)
{
	struct script *s = h->script;
	int32_t nsid = script_number_of(s, holder, peer);

	if (nsid == NSID_NONE || go_wrong(h, holder, nsid))
		return;
	if (h->calm || !one_in(h, 5)) {
		script_remove(s, holder, nsid);
	} else {
		script_erase(s, holder, nsid);
		if (one_in(h, 2))
			reuse(h, holder, nsid);
		if (!s->held && !s->deaf && one_in(h, 3))
			script_advance(s, below(h, 900) * SCRIPT_MS);
		script_event(s, holder, EVENT_DEL, nsid);
	}
	if (!s->held && !s->deaf && one_in(h, 12))
		script_advance(s, below(h, 3000) * SCRIPT_MS);
}

/* One pass takes these; those that died since are still walked. */
static void pass(struct history *h, const int *peers, size_t n_peers,
		 const bool *gone, bool batched)
{
	struct script *s = h->script;
	int spaces = s->n_spaces;

	for (int i = 0; batched && i < spaces; i++)
		for (size_t j = 0; j < n_peers && !gone[i]; j++)
			remove_one(h, i, peers[j]);
	for (size_t j = 0; j < n_peers && !batched; j++)
		for (int i = 0; i < spaces; i++)
			if (!gone[i])
				remove_one(h, i, peers[j]);
}

static void die_some(struct history *h)
{
	struct script *s = h->script;
	static bool gone[SCRIPT_NAMESPACES];
	int peers[MAX_BATCH], peer;
	size_t n_peers = 0, first;

	for (unsigned int i = 1 + below(h, MAX_BATCH); i; i--) {
		peer = pick_alive(h);
		if (peer == SCRIPT_NOBODY)
			break;
		script_die(s, peer);
		peers[n_peers++] = peer;
	}
	/* Some form this pass, the rest the next. */
	first = one_in(h, 3) ? below(h, (uint32_t)n_peers + 1) : n_peers;
	for (int i = 0; i < SCRIPT_NAMESPACES; i++)
		gone[i] = i < s->n_spaces && s->spaces[i].dying;
	for (size_t i = first; i < n_peers; i++)
		gone[peers[i]] = false;
	pass(h, peers, first, gone, one_in(h, 2));
	for (size_t i = first; i < n_peers; i++)
		gone[peers[i]] = true;
	pass(h, peers + first, n_peers - first, gone, one_in(h, 2));
}

static void lose_some(struct history *h)
{
	struct script *s = h->script;

	s->deaf = true;
	die_some(h);
	bear(h);
	s->deaf = false;
	script_gap(s, below(h, GAP_CAUSES));
}

static void stop_reading(struct history *h)
{
	struct script *s = h->script;

	script_hold(s);
	die_some(h);
	script_wait(s, below(h, 12000) * SCRIPT_MS);
	die_some(h);
	script_release(s);
}

/* An allocation that raced with the death: DEL first, its NEW soon after. */
static void phantom(struct history *h)
{
	struct script *s = h->script;
	int holder = pick_alive(h);
	int32_t nsid;

	if (holder == SCRIPT_NOBODY ||
	    script_number_of(s, SCRIPT_HOME, holder) == NSID_NONE)
		return;
	nsid = lowest_free(s, holder);
	script_event(s, holder, EVENT_DEL, nsid);
	script_advance(s, below(h, 800) * SCRIPT_MS);
	script_event(s, holder, EVENT_NEW, nsid);
	/* Nobody else gets the number while the message is on its way. */
	script_advance(s, 1200 * SCRIPT_MS);
}

static void step(struct history *h)
{
	struct script *s = h->script;
	uint32_t what = below(h, 20);

	if (what < 8)
		bear(h);
	else if (what < 12)
		die_some(h);
	else if (what < 16)
		script_advance(s, below(h, 4000) * SCRIPT_MS);
	else if (what == 16)
		script_command(s, COMMAND_AUDIT, NSID_NONE);
	else if (h->calm)
		script_advance(s, below(h, 200) * SCRIPT_MS);
	else if (what == 17 && one_in(h, 4))
		lose_some(h);
	else if (what == 18)
		stop_reading(h);
	else
		phantom(h);
}

static void history_end(struct history *h)
{
	struct script *s = h->script;

	script_barrier(s);
	script_barrier(s);
	script_advance(s, 20 * SCRIPT_S);
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 20 * SCRIPT_S);
}

static uint64_t first_seed(void)
{
	const char *text = getenv("NSIDWATCH_SEED");

	return text ? strtoull(text, NULL, 0) : 1;
}

/* What is said of a history without a fault, or NULL where all is well. */
static const char *complaint(struct history *h)
{
	struct script *s = h->script;

	if (script_findings(s))
		return "a finding where there is no fault";
	if (verify_counts(watch_verify(s->watch))->violated)
		return "a violated death where there is no fault";
	if (!script_agrees(s))
		return "the ledger is not what the kernel holds";
	return NULL;
}

static void play(struct history *h, uint64_t seed, unsigned int steps)
{
	h->script = script_new();
	h->script->seed = seed;
	h->seed = seed * 0x9e3779b97f4a7c15ull + 1;
	for (unsigned int i = 0; i < 8; i++) {
		int space = script_space(h->script);
		char text[32];

		script_insert(h->script, SCRIPT_HOME, (int32_t)i, space);
		snprintf(text, sizeof(text), "/run/netns/first%u", i);
		script_name(h->script, text, space);
	}
	script_learn(h->script);
	for (unsigned int i = 0; i < steps; i++)
		step(h);
}

static void test_no_fault_no_finding(void **state)
{
	uint64_t seed = first_seed();

	(void)state;
	for (unsigned int i = 0; i < HISTORIES; i++, seed++) {
		struct history h = { .victim = SCRIPT_NOBODY };
		const char *said;

		play(&h, seed, STEPS);
		history_end(&h);
		said = complaint(&h);
		if (said)
			script_tell(h.script);
		h.script = script_free(h.script);
		if (said)
			fail_msg("NSIDWATCH_SEED=%" PRIu64 ": %s", seed, said);
	}
}

/* Calm, all named, time to learn: of such deaths nearly all are verified. */
static void test_calm_deaths_are_verified(void **state)
{
	uint64_t seed = first_seed(), total = 0, verified = 0;

	(void)state;
	for (unsigned int i = 0; i < HISTORIES / 3; i++, seed++) {
		struct history h = { .victim = SCRIPT_NOBODY, .calm = true };
		const struct death_counts *counts;
		const char *said;

		play(&h, seed, 0);
		for (unsigned int j = 0; j < STEPS / 2; j++) {
			bear(&h);
			script_advance(h.script, 4 * SCRIPT_S);
			if (one_in(&h, 2))
				die_some(&h);
			script_advance(h.script, 4 * SCRIPT_S);
		}
		history_end(&h);
		said = complaint(&h);
		counts = verify_counts(watch_verify(h.script->watch));
		total += counts->total - 1; /* the last barrier stays open */
		verified += counts->verified;
		h.script = script_free(h.script);
		if (said)
			fail_msg("NSIDWATCH_SEED=%" PRIu64 ": %s", seed, said);
	}
	print_message("%" PRIu64 " of %" PRIu64 " verified\n", verified, total);
	assert_true(verified * 100 >= total * 99);
}

static void test_one_fault(void **state)
{
	uint64_t seed = first_seed(), faults = 0, found = 0;

	(void)state;
	for (unsigned int i = 0; i < HISTORIES * 2; i++, seed++) {
		struct history h = { .victim = SCRIPT_NOBODY, .calm = true };
		unsigned int findings;
		enum verdict verdict;

		play(&h, seed, STEPS / 2);
		script_advance(h.script, 10 * SCRIPT_S);
		h.fault = 1 + seed % (FAULTS - 1);
		for (unsigned int j = 0; j < 10 && h.fault; j++) {
			bear(&h);
			script_advance(h.script, 8 * SCRIPT_S);
			die_some(&h);
		}
		history_end(&h);
		findings = script_findings(h.script);
		verdict = h.victim == SCRIPT_NOBODY ?
				  VERDICT_OPEN :
				  script_verdict(h.script, h.victim);
		faults += h.victim != SCRIPT_NOBODY;
		found += findings > 0;
		if (findings > 1 || verdict == VERDICT_VERIFIED)
			script_tell(h.script);
		h.script = script_free(h.script);
		if (findings > 1)
			fail_msg("NSIDWATCH_SEED=%" PRIu64 ": %u findings",
				 seed, findings);
		if (verdict == VERDICT_VERIFIED)
			fail_msg("NSIDWATCH_SEED=%" PRIu64 ": verified", seed);
	}
	print_message("%" PRIu64 " of %" PRIu64 " faults found\n", found,
		      faults);
	assert_true(faults > 0);
	assert_true(found * 2 > faults);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_fault_no_finding),
		cmocka_unit_test(test_calm_deaths_are_verified),
		cmocka_unit_test(test_one_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
