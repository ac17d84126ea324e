/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The engine's parts side by side: private to the engine. Each part changes
 * its own and asks the others through their headers.
 */

#include "common/engine/accounts.h"
#include "common/engine/findings.h"
#include "common/engine/ledger.h"
#include "common/engine/linger.h"
#include "common/engine/names.h"
#include "common/engine/passes.h"
#include "common/engine/sightings.h"
#include "common/engine/sync.h"
#include "common/engine/tables.h"
#include "common/engine/verify.h"
#include "common/engine/watch.h"

#define NOTICES 1024
#define UNTOLD 65536

struct untold {
	struct event event;
	uint64_t seq;
};

struct watch {
	struct settings settings;
	struct start start;
	struct stamp now;
	uint64_t seq;	     /* events read */
	uint64_t drained_ns; /* the last drained moment */
	uint64_t deadline_ns;
	struct ledger ledger;
	struct names names;
	struct passes *passes; /* owned */
	struct sync sync;
	struct verify verify;
	struct findings findings;
	struct accounts accounts;
	struct linger linger;
	struct counters counters;
	uint64_t beyond[CEILINGS]; /* how often there was one too many */
	struct audit audit;
	uint32_t audit_left; /* holders that it still waits for */
	uint64_t audit_question;
	int32_t canary;	       /* home's number for it, NSID_NONE: none named */
	bool relearn;	       /* a new number: whom nobody knew may have it */
	struct untold *untold; /* owned: of tags that nobody knows yet */
	uint32_t n_untold, cap_untold;
	bool ready;
	struct event *ring; /* owned: the last settings.history events */
	uint32_t ring_size;
	uint64_t ring_from; /* this event and those before it are not there */
	struct notice notices[NOTICES];
	uint64_t notice_head, notice_tail;
};

/* watch_notice - tell the shell; the oldest is lost when nobody listens. */
void watch_notice(struct watch *watch, enum notice_type type, uint64_t id);

/* watch_beyond - there is one too many: it is counted, and not watched. */
void watch_beyond(struct watch *watch, enum ceiling ceiling);

/* watch_soon - a drained input is wanted in_ns from now at the latest. */
void watch_soon(struct watch *watch, uint64_t in_ns);

/* watch_settled - a settle time has passed since then_ns, over drained queues. */
bool watch_settled(const struct watch *watch, uint64_t then_ns);

/* watch_new_netns - a number in home appeared: ask whose it is, and more. */
void watch_new_netns(struct watch *watch, struct netns *netns);

/*
 * watch_take_event - one event of a known holder. One that could be placed only
 * later (not in_order) says nothing of the order in which the kernel walked.
 */
int watch_take_event(struct watch *watch, struct netns *holder,
		     const struct event *event, bool in_order);

/* watch_gap - events may have been lost: all is to be known anew. */
int watch_gap(struct watch *watch, enum gap_cause cause);

/* watch_end_netns - it has ended and nothing waits for it: forget its table. */
void watch_end_netns(struct watch *watch, struct netns *netns);
