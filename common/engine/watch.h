/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The facade: all that a shell drives. A shell feeds inputs in the order in
 * which they happened, takes the questions that the engine wants asked, and
 * reads what it concluded. The same inputs give the same conclusions.
 */

#include "common/engine/input.h"
#include "common/engine/report.h"
#include "common/engine/settings.h"

struct ledger;
struct names;
struct passes;
struct sync;
struct verify;
struct watch;

/*
 * watch_new - make an engine.
 *
 * ret_watch is owned by the caller. Returns 0 or -ENOMEM.
 */
int watch_new(const struct settings *settings, const struct start *start,
	      struct watch **ret_watch);

/* watch_free - takes NULL, returns NULL. */
struct watch *watch_free(struct watch *watch);

/*
 * watch_step - take one input at the moment `now`, which must not go back.
 *
 * Every input is legal at any time: what cannot be true is counted and
 * ignored. Returns 0, or -ENOMEM, after which the engine can only be freed.
 */
int watch_step(struct watch *watch, const struct stamp *now,
	       const struct input *input);

/*
 * watch_next_question - take the next question, as asked at this moment.
 *
 * Taking one promises that it is performed before the next event is fed, and
 * that an answer follows, be it ANSWER_FAILED. Returns false where there is
 * none. Questions are paced by the engine; a shell may take fewer at a time.
 */
bool watch_next_question(struct watch *watch, struct question *ret_question);

/* watch_next_notice - take the next notice; false where there is none. */
bool watch_next_notice(struct watch *watch, struct notice *ret_notice);

/*
 * watch_reported - whoever tells people has looked at the findings: those after
 * verify.finding_changes are news from now on. Until then the first one of each
 * kind, and of each change, is kept, however many come.
 */
void watch_reported(struct watch *watch);

/*
 * watch_deadline - when the engine next wants INPUT_DRAINED, in nanoseconds of
 * CLOCK_MONOTONIC; UINT64_MAX where only an event can bring news.
 */
uint64_t watch_deadline(const struct watch *watch);

/*
 * watch_reload - take new settings; numbers already given stay.
 * Ceilings hold for what comes after.
 */
void watch_reload(struct watch *watch, const struct settings *settings);

/* watch_ready - the first audit has ended: READY=1. */
bool watch_ready(const struct watch *watch);

/*
 * watch_learned - every watched table has its baseline, no question is under
 * way or wanted, and every entry's peer is known as far as it can be.
 */
bool watch_learned(const struct watch *watch);

/*
 * watch_knows - the same, but only of what was there when event seq was read:
 * what came since may still be unknown.
 */
bool watch_knows(const struct watch *watch, uint64_t seq);

/* watch_judged - COMMAND_JUDGE has been carried out to the end. */
bool watch_judged(const struct watch *watch);

/* watch_gone - home's number nsid named a namespace, and no longer does. */
bool watch_gone(const struct watch *watch, int32_t nsid);

/*
 * watch_event - the event with number seq (1 is the first) from the kept ones.
 *
 * Returns NULL where it is no longer kept, or not yet there; watch_counters()
 * tells the newest number, *ret_oldest the oldest kept one.
 */
const struct event *watch_event(const struct watch *watch, uint64_t seq,
				uint64_t *ret_oldest);

/* watch_now - the moment of the last input. */
struct stamp watch_now(const struct watch *watch);

/* Read access, valid until the next step. */
const struct counters *watch_counters(const struct watch *watch);
const struct audit *watch_audit(const struct watch *watch);
const struct start *watch_start(const struct watch *watch);
const struct settings *watch_settings(const struct watch *watch);
const struct ledger *watch_ledger(const struct watch *watch);
const struct names *watch_names(const struct watch *watch);
/* how often there was one too many for that ceiling */
uint64_t watch_beyond_times(const struct watch *watch, enum ceiling ceiling);
const struct passes *watch_passes(const struct watch *watch);
const struct verify *watch_verify(const struct watch *watch);
const struct sync *watch_sync(const struct watch *watch);
