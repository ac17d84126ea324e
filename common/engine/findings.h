/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From a doubt to a finding, or to nothing. A suspicion says what was seen;
 * each kind has one row in a table and one small function that decides, at a
 * drained moment, whether to wait, to drop it, or to name it. One fault, one
 * finding: an entry carries one suspicion at a time, and after a finding it is
 * taken anew from the kernel's table.
 */

#include "common/engine/sync.h"
#include "common/engine/verify.h"

enum doubt {
	DOUBT_SURPLUS_DEL, /* a DEL for an entry that was absent */
	DOUBT_SURPLUS_NEW, /* a NEW for an entry that is present */
	DOUBT_STILL_NAMED, /* after the barrier a survivor still names it */
	DOUBT_ALIVE,	   /* removed, and the peer answers */
	DOUBT_LISTED,	   /* a table lists what a DEL had taken away */
	DOUBT_ABSENT,	   /* a table lacks what nothing took away */
	DOUBT_REFILLED,	   /* a table lists what was gone twice and came once */
	DOUBT_LATE,	   /* removed after the barrier */
	DOUBTS,
};

struct suspicion {
	enum doubt doubt;
	struct entry *entry;   /* borrowed: it carries this one */
	struct netns *peer;    /* referenced, or NULL */
	struct netns *barrier; /* referenced: what DOUBT_LATE rests on */
	uint64_t death;	       /* id, 0 none */
	uint64_t event_seq;    /* the event that gave rise, 0 none */
	uint64_t since_seq;
	uint64_t since_ns;
	/* what the last table in effect, asked for it, said of the entry */
	uint32_t tables;	 /* how many that were */
	uint64_t table_question; /* only one with a later question counts */
	uint64_t table_seq;	 /* asked after this event */
	uint64_t table_ns;	 /* when it took effect */
	bool anew;		 /* a NEW came since */
	bool demanded;		 /* the next one was asked for */
	bool listed;
	bool other;	     /* it names somebody else */
	struct netns *owner; /* referenced: whom it names, or NULL */
	struct suspicion *prev, *next;
};

struct findings {
	struct suspicion *suspicions; /* owned */
	uint32_t n_suspicions;
};

void findings_deinit(struct watch *watch);

/* findings_suspect - look into it. 0 or -ENOMEM. */
int findings_suspect(struct watch *watch, enum doubt doubt, struct entry *entry,
		     struct netns *peer, struct death *death,
		     uint64_t event_seq);

/*
 * findings_event - an event touched the entry: what was suspected of it may be
 * over, and what was found may be explained. True where the event was the one
 * that had been missed: whoever it closed, it says nothing more.
 */
bool findings_event(struct watch *watch, const struct change *change,
		    const struct event *event);

/*
 * findings_listed, findings_absent - what a table in effect says of an entry
 * that is suspected, or whose settled balance says otherwise. 0 or -ENOMEM.
 */
int findings_listed(struct watch *watch, const struct pending *pending,
		    struct entry *entry, enum knowledge knowledge,
		    struct netns *peer);
int findings_absent(struct watch *watch, const struct pending *pending,
		    struct entry *entry);

/* findings_drained - decide what can be decided. 0 or -ENOMEM. */
int findings_drained(struct watch *watch, uint64_t *deadline_ns);

/* findings_finish - nobody waits any more: all is left in doubt. 0, -ENOMEM. */
int findings_finish(struct watch *watch);

/* findings_forget - the holder has ended, and its entries with it. */
void findings_forget(struct watch *watch, struct netns *holder);

/* findings_gap - what was suspected before a gap proves nothing. */
void findings_gap(struct watch *watch);
