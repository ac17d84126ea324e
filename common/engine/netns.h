/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A netns is one generation of a number in home: holder and peer at once. Its
 * table holds entries; an entry's owners, one after the other, are its
 * generations. What may be done with them is in ledger.h.
 */

#include "common/engine/event.h"
#include "common/engine/numbers.h"

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
	uint64_t ended_seq; /* DEL in home, 0 while there is none */
	uint64_t life_seq;  /* its last proof of life was asked after this */
	bool lives;	    /* there is such a proof */
	bool revived;	    /* it answered after its DEL in home */
	bool early;	    /* it was heard before its own NEW */
	bool stale;	    /* known from before a gap */
	bool off;	    /* forgotten: only references keep it */
	uint64_t mark;	    /* scratch: the last walk that met it */
	struct name *names; /* borrowed, list */
	char *former;	    /* owned: the last name that it lost, best a path */
	char *former_label; /* owned */

	/* as holder */
	enum trust trust;
	struct numbers entries; /* owns them */
	uint32_t n_entries;	/* with a generation open */
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

/* What is known of a generation's peer. */
enum knowledge {
	PEER_UNKNOWN, /* nobody could ask yet */
	PEER_KNOWN,   /* `peer` is it */
	PEER_NONE, /* asked, and home had no number for it: not one of ours */
	PEER_SELF, /* the holder itself, which expects no removal */
};

struct generation {
	struct entry *entry; /* borrowed */
	struct netns *peer;  /* referenced, with PEER_KNOWN */
	enum knowledge knowledge;
	uint64_t opened_seq;	 /* the NEW, or the question that showed it */
	uint64_t known_seq;	 /* asked after this event: for PEER_NONE */
	uint64_t known_ns;	 /* and when that was */
	uint64_t since_ns;	 /* real time, for people */
	bool listed;		 /* a table in effect showed it */
	bool judged;		 /* a suspicion of it was decided */
	struct generation *next; /* younger, of the entry */
	struct generation *peer_prev, *peer_next; /* of named_by or unknown */
};

struct entry {
	struct entry *prev, *next; /* of the holder */
	struct netns *holder;	   /* borrowed */
	int32_t nsid;
	int32_t balance;
	uint32_t generations; /* that it ever had */
	bool known;  /* balance counts from a baseline, not from nowhere */
	bool rebase; /* after a finding: the next table is taken as it is */
	struct suspicion *suspicion; /* borrowed (findings.h) */
	uint64_t finding; /* the last one made of it: it may change yet */
	uint64_t seen; /* serial of the last table in effect that listed it */
	uint64_t touched_seq;	 /* last event on it */
	uint64_t before_seq;	 /* the event on it before that */
	uint64_t touched_ns;	 /* when the last one was read */
	struct generation *open; /* owned, oldest first */
	/* the last one that closed: for what comes too late */
	uint64_t closed_seq;
	uint64_t closed_death;		     /* death id, 0 none */
	uint64_t closed_peer;		     /* serial, 0 unknown */
	struct entry *idle_prev, *idle_next; /* closed and kept for a while */
	bool idle;
};

struct netns *netns_ref(struct netns *netns);
/* netns_unref - takes NULL, returns NULL. */
struct netns *netns_unref(struct netns *netns);
