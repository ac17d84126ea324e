/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A netns is one generation of a number in home: holder and peer at once. Its
 * table holds entries; an entry's owners, one after the other, are its
 * generations. What may be done with them is in ledger.h.
 */

/* Out of memory is an error, not an end: hh.tbl then stays NULL. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "common/engine/event.h"

struct death;
struct entry;
struct generation;
struct name;
struct suspicion;

/* How many questions of a holder are remembered, see attribution. */
#define TABLE_SEQS 8

/* How far a holder's table is known. */
enum trust {
	TRUST_COLD,	/* never asked */
	TRUST_SETTLING, /* asked; the answer is not yet in effect */
	TRUST_LIVE,	/* baseline in effect, every event since was heard */
	TRUST_GAP,	/* was live; events may have been lost since */
	TRUST_REFUSED,	/* the kernel lets nobody like us ask */
};

/* On which list of sync.h a holder stands. */
enum wish {
	WISH_NONE,
	WISH_LEARN,  /* whom do its new entries name: paced */
	WISH_URGENT, /* a baseline or a proof waits for it */
	WISHES,
};

struct netns {
	uint64_t serial;     /* never re-used: what identifies it */
	uint32_t generation; /* of its number in home, from 1 */
	uint32_t refs;
	int32_t nsid; /* home's number for it; TAG_HOME for home itself */
	bool home;
	bool canary;	/* ours: not counted among deaths */
	bool announced; /* its number was announced by a NEW that we heard */
	struct identity identity;
	struct stamp since; /* when its number was first seen */
	struct stamp until; /* of its DEL in home */
	uint64_t born_ns;   /* a drained moment before that was sent */
	uint64_t born_seq; /* event that announced it; 0: it was there before */
	uint64_t bare_seq; /* after this event it had no number yet */
	uint64_t ended_seq; /* DEL in home, 0 while there is none */
	uint64_t life_seq;  /* its last proof of life was asked after this */
	bool lives;	    /* there is such a proof */
	bool revived;	    /* it answered after its DEL in home */
	bool stale;	    /* known from before a gap */
	uint64_t gap_seq;   /* the last gap that it was there before; 0 none */
	bool off;	    /* forgotten: only references keep it */
	uint64_t mark;	    /* scratch: the last walk that met it */
	struct name *names; /* borrowed, list */
	char *former;	    /* owned: the last name that it lost, best a path */
	char *former_label; /* owned */
	uint64_t lost_seq;  /* asked then, a name led to it no more; 0 none */
	bool wronged;	    /* its own death was violated, or tainted */

	/* as holder */
	enum trust trust;
	struct entry *entries; /* owned, by nsid */
	uint32_t n_entries;    /* with a generation open */
	uint64_t baseline_seq; /* asked after this event */
	uint64_t table_seq;    /* its last answer in effect was asked then */
	uint64_t table_seqs[TABLE_SEQS]; /* the last ones, a ring */
	uint64_t table_ns[TABLE_SEQS];	 /* and when they were asked */
	uint32_t n_table_seqs;
	int32_t table_last;    /* highest number a cut answer reached */
	bool table_whole;      /* that answer was not cut */
	bool complete;	       /* from baseline_seq on, all of it is known */
	uint64_t last_del_seq; /* last DEL tagged with it */
	uint64_t span_dels;    /* of the span, unattributed (accounts.h) */
	struct generation *unknown; /* open, and nobody knows whom they name */
	uint32_t n_unknown;

	/* as peer */
	struct generation *named_by; /* open generations that name it */
	uint32_t n_named_by;
	struct death *death; /* borrowed; the open one, or NULL */

	/* for sync: when to ask for its table */
	uint64_t wanted_seq;	/* asked after this event at least */
	uint64_t asked_seq;	/* its last question */
	uint64_t asked_ns;	/* when that was */
	uint64_t audit_serial;	/* the audit that still waits for it */
	int32_t home_nsid;	/* its number for home, NSID_NONE: not known */
	uint64_t probed_serial; /* peers up to this one were probed for */
	bool absent;		/* it could not be asked: dying, perhaps */
	uint32_t inflight;	/* answers that wait for their settle time */
	enum wish wish;
	struct netns *wish_prev, *wish_next;
	struct netns *prev, *next; /* all that are not ended, home first */
};

struct netns *netns_ref(struct netns *netns);
/* netns_unref - takes NULL, returns NULL. */
struct netns *netns_unref(struct netns *netns);
