/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Deaths and what may be said of them. A death is opened by the first DEL of
 * an entry that names the peer; it is certain by a DEL of the peer's number in
 * home, or by DELs in two holders. Its pass is over at a barrier: a DEL for a
 * namespace that was proved alive after the peer's first DEL, because one
 * kernel worker (cleanup_net() on the workqueue "netns") runs one pass at a
 * time. What then must hold for `verified` is a list of conditions in verify.c;
 * whatever is neither verified nor violated is indeterminate, with a reason.
 */

#include "common/engine/death.h"
#include "common/engine/evidence.h"
#include "common/engine/finding.h"
#include "common/engine/ledger.h"
#include "common/engine/settings.h"
#include "common/engine/tally.h"

struct watch;

struct verify {
	struct death *open_first, *open_last;	  /* owned, by first_seq */
	struct death *closed_first, *closed_last; /* owned, by closing */
	uint32_t n_open, n_closed;
	struct death *no_barrier; /* borrowed: first open one without */
	struct death *not_named;  /* borrowed: first whose names wait */
	uint64_t next_death;
	struct death_counts counts, span;
	bool spanning;
	struct evidences evidences;
	uint64_t evidence_ns;	   /* when the last of it was read */
	uint64_t barrier_life_seq; /* of the best barrier so far */
	struct netns *barrier;	   /* referenced: whose DEL that was */
	uint64_t barrier_seq;	   /* of that DEL */
	uint64_t barrier_ns;	   /* when it was read */
	struct finding *finding_first, *finding_last; /* owned, oldest first */
	uint32_t n_findings;
	/* borrowed: since watch_reported(), the first one made of each kind and
	 * the first that got into each state; these are kept */
	struct finding *heralds[FINDING_KINDS + FINDING_STATES];
	uint64_t finding_changes;
	uint64_t next_finding;
	uint64_t finding_totals[FINDING_KINDS];
	struct tally tally;
	uint64_t walk; /* see netns.mark */
};

int verify_init(struct verify *verify);
void verify_deinit(struct watch *watch);

/* verify_pass_seq - an event of the death's own pass: the latest such that is
 * known. Whoever is proved alive after it can be its barrier. */
uint64_t verify_pass_seq(const struct death *death);

/* verify_change - one event as the ledger took it. 0 or -ENOMEM. */
int verify_change(struct watch *watch, const struct change *change,
		  const struct event *event);

/* verify_dead_peer - of the open death with this id, or NULL. */
struct netns *verify_dead_peer(struct watch *watch, uint64_t death);

/*
 * verify_told - whom the entry that was closed last had named is known after
 * all. Nothing happens unless the peer's death is open and began before that.
 * 0 or -ENOMEM.
 */
int verify_told(struct watch *watch, struct netns *holder, struct entry *entry,
		struct netns *peer);

/* verify_alive - netns answered a question asked after event seq. */
void verify_alive(struct watch *watch, struct netns *netns, uint64_t seq);

/*
 * verify_vanished - netns left home's table unseen, in a gap or, as a finding
 * of the entry says, unannounced. 0 or -ENOMEM.
 */
int verify_vanished(struct watch *watch, struct netns *netns,
		    const struct entry *entry);

/*
 * verify_lost - a table shows that the generation is gone, and no DEL took it:
 * whosever it was, that death cannot be verified.
 */
void verify_lost(struct watch *watch, struct generation *generation);

/*
 * verify_inherited - an entry names a peer that got its number in home only
 * after the entry was announced: one without a number until then, or one that
 * got the memory of somebody who died meanwhile.
 */
void verify_inherited(struct watch *watch, const struct generation *generation,
		      const struct netns *peer);

/* verify_gap - events may have been lost: no open death can be verified. */
void verify_gap(struct watch *watch);
/* verify_gap_over - home is known anew: what the gap touched is closed. */
void verify_gap_over(struct watch *watch);

/* verify_drained - let deaths go on whose time has come. */
void verify_drained(struct watch *watch, uint64_t *deadline_ns);

/* verify_begin - a span begins. */
void verify_begin(struct watch *watch);

/* verify_finish - close whatever is open. */
void verify_finish(struct watch *watch);

/* verify_barrier_after - a pass that ran at event seq is over, for sure. */
bool verify_barrier_after(const struct watch *watch, uint64_t seq);

/* verify_find - a death by its id, open or closed; NULL when it is not kept. */
struct death *verify_find(struct verify *verify, uint64_t id);

/* verify_close - give the verdict; reason REASON_NONE means: work it out. */
void verify_close(struct watch *watch, struct death *death,
		  enum verdict verdict, enum reason reason);

/* Of everything since the start, and of the span (COMMAND_BEGIN). */
const struct death_counts *verify_counts(const struct verify *verify);
const struct death_counts *verify_span_counts(const struct verify *verify);

/* verify_findings_total - ever made of one kind, withdrawn ones taken off. */
uint64_t verify_findings_total(const struct verify *verify,
			       enum finding_kind kind);

/* Lists, oldest first; NULL where empty. Borrowed until the next step. */
const struct death *verify_open_deaths(const struct verify *verify);
const struct death *verify_closed_deaths(const struct verify *verify);
const struct finding *verify_findings(const struct verify *verify);
const struct death *verify_death(const struct verify *verify, uint64_t id);
const struct finding *verify_finding(const struct verify *verify, uint64_t id);
