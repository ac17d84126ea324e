/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An entry is one (holder, nsid); its owners, one after the other, are its
 * generations. What may be done with them is in ledger.h.
 */

#include "common/engine/netns.h"

/* What is known of a generation's peer. */
enum knowledge {
	PEER_UNKNOWN, /* nobody could ask yet */
	PEER_KNOWN,   /* `peer` is it */
	PEER_NONE, /* asked, and home had no number for it: not one of ours */
	PEER_SELF, /* the holder itself, which expects no removal */
};

struct generation {
	struct entry *entry;	 /* borrowed */
	struct netns *peer;	 /* referenced, with PEER_KNOWN */
	struct generation *next; /* younger, of the entry */
	struct generation *peer_prev, *peer_next; /* of named_by or unknown */
	enum knowledge knowledge;
	bool announced;	 /* a NEW opened it, no table */
	bool listed;	 /* a table in effect showed it */
	uint64_t judged; /* serial of the peer of whom all is said; 0: none */
	bool doubted;	 /* one that nobody could decide */
	uint64_t opened_seq; /* the NEW, or the question that showed it */
	uint64_t opened_ns;  /* and when that was */
	uint64_t known_seq;  /* asked after this event: for PEER_NONE */
	uint64_t known_ns;   /* and when that was */
	uint64_t since_ns;   /* real time, for people */
};

struct entry {
	struct entry *prev, *next; /* of the holder */
	struct netns *holder;	   /* borrowed */
	int32_t nsid;
	int32_t balance;
	struct generation *open;     /* owned, oldest first */
	uint64_t touched_seq;	     /* last event on it */
	struct suspicion *suspicion; /* borrowed (findings.h) */
	uint32_t generations;	     /* that it ever had */
	bool known;    /* balance counts from a baseline, not from nowhere */
	bool rebase;   /* after a finding: the next table is taken as it is */
	bool lacked;   /* a table asked after its last event did not list it */
	bool refilled; /* its last event was a NEW that made up for a DEL */
	bool gone;     /* its last event was a DEL, and no gap since */
	bool gapped;   /* its balance counts over a gap */
	bool doubted;  /* what its next table shows was in doubt before */
	bool changed;  /* since home's last table: see delta.h */
	bool idle;
	struct entry *idle_prev, *idle_next; /* closed and kept for a while */
	uint64_t before_seq; /* the event before the last one on it */
	/* the last generation that closed: for what comes too late */
	uint64_t closed_seq;
	uint64_t closed_death; /* death id, 0 none */
	uint64_t closed_peer;  /* serial, 0 unknown */
	uint64_t finding;      /* the last one made of it: it may change yet */
	uint64_t seen; /* serial of the last table in effect that listed it */
};
