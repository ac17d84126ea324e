/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A netns is one generation of a number in home: holder and peer at once. Its
 * table holds entries; an entry's owners, one after the other, are its
 * generations. What may be done with them is in ledger.h.
 */

#include "common/engine/event.h"
#include "common/engine/label.h"
#include "common/engine/numbers.h"

struct death;
struct entry;
struct generation;
struct odds;
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

/* The best name that a namespace has lost, and when it lost the last such. */
struct loss {
	enum label_rank rank; /* RANK_NONE: it lost none */
	struct stamp at;
	uint64_t seq; /* asked after this event, the last one that it lost, of
			 * any rank, led to it no more; without a loss the event
			 * after which it was first seen */
	uint64_t last_ns; /* when that was */
};

/* On which list of sync.h a holder stands. */
enum wish {
	WISH_NONE,
	WISH_LEARN,  /* whom do its new entries name: paced */
	WISH_URGENT, /* a baseline or a proof waits for it */
	WISHES,
};

/* What every event looks at comes first, and with it what stands close by. */
struct netns {
	int32_t nsid; /* home's number for it; TAG_HOME for home itself */
	uint32_t refs;
	uint64_t serial; /* never re-used: what identifies it */
	bool home;
	bool canary;	   /* ours: not counted among deaths */
	bool announced;	   /* its number was announced by a NEW that we heard */
	bool lives;	   /* there is a proof of its life */
	bool revived;	   /* it answered after its DEL in home */
	bool stale;	   /* known from before a gap */
	bool wronged;	   /* its own death was violated, or tainted */
	uint64_t gone_seq; /* two tables had dropped it, or verified; 0 never */
	bool unproved;	   /* home lists it after a DEL: asked when it lives */
	bool bereft;	   /* an entry that named it went without a DEL */
	bool off;	   /* forgotten: only references keep it */
	bool table_whole;  /* its last answer was not cut */
	bool complete;	   /* from baseline_seq on, all of it is known */
	bool absent;	   /* it could not be asked: dying, perhaps */
	bool paced;	   /* asked so lately that learning waits */
	bool odd;	   /* to be looked at for each death (odds.h) */
	enum trust trust;
	struct numbers entries; /* owns them */
	uint32_t n_entries;	/* with a generation open */
	uint32_t n_unknown;
	uint32_t n_beyond; /* that it has beyond its ceiling, as far as known */
	struct generation *unknown; /* open, and nobody knows whom they name */
	uint64_t last_del_seq;	    /* last DEL tagged with it */
	uint64_t ended_seq;	    /* DEL in home, 0 while there is none */
	uint64_t asked_seq;	    /* its last question */
	uint64_t table_seq;  /* its last answer in effect was asked then */
	struct death *death; /* borrowed; the open one, or NULL */
	struct name *names;  /* borrowed, list */
	/* for sync: when to ask for its table */
	enum wish wish;
	uint32_t inflight; /* answers that wait for their settle time */
	struct netns *wish_prev, *wish_next;
	struct odds *odds; /* borrowed; NULL once it is off the list */
	struct netns *odd_prev, *odd_next;
	struct netns *paced_prev, *paced_next;
	uint64_t turn;		/* of its wish */
	uint64_t asked_ns;	/* when its last question was */
	uint64_t audit_serial;	/* the audit that still waits for it */
	uint64_t probed_serial; /* peers up to this one were probed for */
	/* as peer */
	uint32_t n_named_by;
	struct generation *named_by; /* open generations that name it */
	/* as holder */
	uint64_t baseline_seq; /* asked after this event ... */
	uint64_t baseline_ns;  /* and answered then */
	uint64_t born_seq; /* event that announced it; 0: it was there before */
	uint64_t bare_seq; /* after this event it had no number yet */
	uint64_t gap_seq;  /* the last gap that it was there before; 0 none */
	uint64_t blind_seq; /* only a table asked after this event shows all */
	uint64_t mark;	    /* scratch: the last walk that met it */
	uint64_t life_seq;  /* its last proof of life was asked after this */
	uint64_t span_dels; /* of the span, unattributed (accounts.h) */
	uint64_t table_seqs[TABLE_SEQS]; /* the last ones, a ring */
	uint64_t table_ns[TABLE_SEQS];	 /* and when they were asked */
	uint32_t n_table_seqs;
	int32_t table_last;  /* highest number a cut answer reached */
	uint32_t generation; /* of its number in home, from 1 */
	uint64_t born_ns;    /* a drained moment before that was sent */
	struct stamp since;  /* when its number was first seen */
	struct stamp until;  /* of its DEL in home */
	struct identity identity;
	bool contained;	    /* a container or pod lives in it, or did */
	bool founded;	    /* somebody had named it before any did (names.h) */
	char *former;	    /* owned: the last name it lost, best a path */
	char *former_label; /* owned: the best that it lost */
	enum label_rank former_rank; /* of that label */
	uint64_t former_start; /* of the process that had it (label_start()) */
	struct loss lost;
	uint64_t lost_seq;    /* asked then, a name led to it no more; 0 none */
	uint64_t answered_ns; /* its last answer: asked after that; 0 none */
	bool unreachable; /* asked later, the kernel did not know its number */
	bool lingers;	  /* for longer than linger_ns (linger.h) */
	struct netns **remembered; /* borrowed: where the ledger has its owner */
	struct netns *prev, *next; /* all that are not ended, home first */
};

struct netns *netns_ref(struct netns *netns);
/* netns_unref - takes NULL, returns NULL. */
struct netns *netns_unref(struct netns *netns);
