/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The end of one peer: opened by the first evidence, closed by a verdict, and
 * perhaps revised by what came later.
 */

#include "common/engine/entry.h"

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
	uint64_t drained_ns; /* the last drained moment before that */
	struct stamp closed;
	struct stamp last_removal;
	uint64_t first_seq; /* first DEL that was known to be the peer's */
	uint64_t home_seq;  /* DEL in home, 0 none */
	uint64_t revision;  /* 0: the first verdict stands */
	enum verdict verdict;
	enum proof proof;
	enum reason reason;
	bool certain;
	uint64_t certain_seq; /* the event that made it so */
	bool living;	      /* its peer answered after the first DEL */
	bool unsure;	      /* it may be another's, or its peer may live */
	bool in_span;	      /* it belongs to the span that is being judged */
	bool overdue;
	/* what speaks against verified */
	bool gap;
	bool hidden;	/* it may have begun in an earlier gap */
	bool inherited; /* it began under an earlier watch, which ended */
	bool holder_died;
	bool tainted;
	bool unattributed;
	bool partial;
	uint32_t expected; /* entries known to name the peer at the first DEL */
	uint32_t excused;
	uint32_t n_removals;	  /* also after the list below was given up */
	uint32_t findings;	  /* that concern it and stand */
	struct removal *removals; /* owned; given up when it is closed */
	uint32_t n_listed, cap_removals;
	uint32_t fair_removals; /* that closed no older generation */
	uint64_t *excusers; /* owned; serials of the holders that were excused */
	uint32_t n_excusers;
	uint32_t n_suspicions;	   /* that concern it and are not yet decided */
	uint64_t barrier_seq;	   /* 0: its pass may still run */
	struct netns *barrier;	   /* referenced: whose DEL it was */
	uint64_t barrier_ns;	   /* when that DEL was read */
	bool named;		   /* its names were asked early */
	bool asked;		   /* and tables and names after the barrier */
	char name[NAME_MAX_BYTES]; /* of the peer, while it had one */
	char label[NAME_MAX_BYTES];
	struct death *prev, *next; /* open: by first_seq; closed: by closing */
};

struct death_counts {
	uint64_t total; /* open ones included */
	uint64_t open;
	uint64_t verified;
	uint64_t by_accounts; /* of the verified */
	uint64_t excused;     /* entries, of the verified deaths */
	uint64_t violated;
	uint64_t indeterminate;
	uint64_t reasons[REASONS];
};

/* Words of the contract: "verified", "holder-died", "missing", ... */
const char *verdict_name(enum verdict verdict);
const char *proof_name(enum proof proof); /* "attribution", "accounts" */
const char *reason_name(enum reason reason);
