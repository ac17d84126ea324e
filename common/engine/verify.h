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

#include "common/engine/ledger.h"
#include "common/engine/settings.h"

enum verdict {
	VERDICT_OPEN,
	VERDICT_VERIFIED,
	VERDICT_VIOLATED,
	VERDICT_INDETERMINATE,
	VERDICTS,
};

enum proof {
	PROOF_NONE,
	PROOF_ATTRIBUTION, /* each entry was known to name the peer, or not */
	PROOF_ACCOUNTS,	   /* the whole span balances (accounts.h) */
};

enum reason {
	REASON_NONE,
	REASON_GAP,
	REASON_HOLDER_DIED,
	REASON_UNATTRIBUTED,
	REASON_PARTIAL_TABLE,
	REASON_NO_BARRIER,
	REASON_TAINTED,
	REASON_ENDED_OPEN,
	REASON_NO_DEATHS,
	REASONS,
};

/* One removal of the peer's nsid from one holder's table. */
struct removal {
	struct netns *holder; /* referenced */
	int32_t nsid;
	uint64_t seq;
};

struct death {
	uint64_t id;
	struct netns *peer; /* referenced */
	struct stamp opened;
	struct stamp closed;
	struct stamp last_removal;
	uint64_t first_seq;   /* first DEL that was known to be the peer's */
	uint64_t home_seq;    /* DEL in home, 0 none */
	uint64_t revision;    /* 0: the first verdict stands */
	enum verdict verdict;
	enum proof proof;
	enum reason reason;
	bool certain;
	bool living; /* its peer answered after the first DEL */
	bool in_span; /* it belongs to the span that is being judged */
	bool overdue;
	/* what speaks against verified */
	bool gap;
	bool holder_died;
	bool tainted;
	bool unattributed;
	bool partial;
	uint32_t expected; /* entries known to name the peer at the first DEL */
	uint32_t excused;
	uint32_t n_removals; /* also after the list below was given up */
	uint32_t findings;   /* that concern it and stand */
	struct removal *removals; /* owned; given up when it is closed */
	uint32_t n_listed, cap_removals;
	uint32_t fair_removals; /* that closed no older generation */
	uint64_t *excusers; /* owned; serials of the holders that were excused */
	uint32_t n_excusers;
	uint32_t n_suspicions; /* that concern it and are not yet decided */
	uint64_t barrier_seq;	  /* 0: its pass may still run */
	struct netns *barrier;	  /* referenced: whose DEL it was */
	uint64_t barrier_ns;	  /* when that DEL was read */
	bool named;		  /* its names were asked early */
	bool asked;		  /* and tables and names after the barrier */
	char name[NAME_MAX_BYTES]; /* of the peer, while it had one */
	char label[NAME_MAX_BYTES];
	struct death *prev, *next; /* open: by first_seq; closed: by closing */
};

enum finding_kind {
	FINDING_MISSING,
	FINDING_UNANNOUNCED,
	FINDING_DUPLICATE,
	FINDING_GHOST,
	FINDING_PREMATURE,
	FINDING_STRAY,
	FINDING_LATE,
	FINDING_RENEWED,
	FINDING_KINDS,
};

enum finding_state {
	FINDING_STANDS,
	FINDING_RESOLVED,  /* the late DEL came */
	FINDING_WITHDRAWN, /* what it rested on turned out otherwise */
};

/* A netns as a finding remembers it, after it may have gone. */
struct party {
	bool known;
	int32_t nsid; /* home's number; TAG_HOME for home */
	uint32_t generation;
	struct identity identity;
	char name[NAME_MAX_BYTES];
	char label[NAME_MAX_BYTES];
};

struct finding {
	uint64_t id;
	enum finding_kind kind;
	enum finding_state state;
	struct party holder;
	struct party peer;
	int32_t nsid;
	uint64_t death; /* id, 0 none */
	uint64_t holder_serial;
	struct stamp at;
	struct stamp changed; /* when its state last changed */
	uint64_t event_seq;   /* the event that gave rise to it, 0 none */
	char evidence[512];
	struct finding *prev, *next;
};

struct watch;

struct death_counts {
	uint64_t total; /* open ones included */
	uint64_t open;
	uint64_t verified;
	uint64_t by_accounts; /* of the verified */
	uint64_t excused;     /* entries, of the closed deaths */
	uint64_t violated;
	uint64_t indeterminate;
	uint64_t reasons[REASONS];
};

/* A DEL that nobody could attribute: it may have been anybody's. */
struct evidence {
	uint64_t seq;
	uint64_t opened_seq; /* when the entry was announced, 0 unknown */
	struct netns *holder; /* referenced */
	bool told;	      /* it turned out whose it was */
	bool none;	      /* home had no number for its peer ... */
	uint64_t none_seq;    /* ... when asked after this event */
};

#define EVIDENCE_MAX 65536

struct verify {
	struct death *open_first, *open_last;	  /* owned, by first_seq */
	struct death *closed_first, *closed_last; /* owned, by closing */
	uint32_t n_open, n_closed;
	struct death *no_barrier; /* borrowed: first open one without */
	struct death *not_named;  /* borrowed: first whose names wait */
	uint64_t next_death;
	struct death_counts counts, span;
	bool spanning;
	uint64_t span_seq; /* the span began after this event */
	struct evidence *evidence; /* owned, a ring by seq */
	uint64_t n_evidence;	   /* ever; the oldest may be gone */
	uint64_t evidence_lost_seq;
	uint64_t barrier_life_seq; /* of the best barrier so far */
	struct netns *barrier;	   /* referenced: whose DEL that was */
	uint64_t barrier_seq;	   /* of that DEL */
	uint64_t barrier_ns;	   /* when it was read */
	struct finding *finding_first, *finding_last; /* owned, oldest first */
	uint32_t n_findings;
	uint64_t next_finding;
	uint64_t finding_totals[FINDING_KINDS];
	uint64_t walk;		   /* see netns.mark */
};

int verify_init(struct verify *verify);
void verify_deinit(struct watch *watch);

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
int verify_told(struct watch *watch, struct netns *holder,
		const struct entry *entry, struct netns *peer);

/* verify_alive - netns answered a question asked after event seq. */
void verify_alive(struct watch *watch, struct netns *netns, uint64_t seq);

/*
 * verify_vanished - netns left home's table unseen, in a gap or, as a finding
 * of the entry says, unannounced. 0 or -ENOMEM.
 */
int verify_vanished(struct watch *watch, struct netns *netns,
		    const struct entry *entry);

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

/* verify_concern - a finding concerns the death: violated, now or anew. */
void verify_concern(struct watch *watch, uint64_t death, int by);

/* verify_find - a death by its id, open or closed; NULL when it is not kept. */
struct death *verify_find(struct verify *verify, uint64_t id);

/* verify_close - give the verdict; reason REASON_NONE means: work it out. */
void verify_close(struct watch *watch, struct death *death,
		  enum verdict verdict, enum reason reason);

/*
 * verify_revise_excused - an excuse is only as good as the holder's own death:
 * a finding on that one makes doubtful what it excused.
 */
void verify_revise_excused(struct watch *watch, const struct netns *holder);

/* verify_accounts - the span balances: its unattributed deaths are verified. */
void verify_accounts(struct watch *watch);

/*
 * verify_taint - a finding makes these doubtful: the deaths that closed a
 * generation of the entry lately, or, where nobody knows, all open ones.
 */
void verify_taint(struct watch *watch, const struct entry *entry,
		  uint64_t death);

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

/* Words of the contract: "verified", "holder-died", "missing", ... */
const char *verdict_name(enum verdict verdict);
const char *proof_name(enum proof proof);   /* "attribution", "accounts" */
const char *reason_name(enum reason reason);
const char *finding_name(enum finding_kind kind);
const char *finding_state_name(enum finding_state state);
/* finding_meaning - one paragraph for people: what happened, what it means. */
const char *finding_meaning(enum finding_kind kind);
