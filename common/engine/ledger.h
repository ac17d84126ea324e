/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The ledger: who holds which nsid for whom, as the events tell it.
 *
 * A netns is one generation of a number in home: holder and peer at once. An
 * entry is one (holder, nsid); its balance is NEW minus DEL since a baseline,
 * never clamped: settled it is 0 or 1, unsettled it may be 2 (a number freed
 * and announced anew before the removal of its last owner) or -1 (a removal
 * announced before its entry). A generation is one owner of an entry's number,
 * oldest first, because a DEL closes the oldest.
 */

#include "common/engine/delta.h"
#include "common/engine/odds.h"

struct ledger {
	struct netns *home;    /* owned reference */
	struct netns *netnses; /* list: home, then as they came */
	struct netns *last;    /* of that list */
	struct netns **owners; /* owned: of home's numbers, as last looked up */
	struct odds odds;      /* see odds.h */
	struct delta delta;    /* see delta.h */
	int32_t self_nsid;     /* home's number for itself, or NSID_NONE */
	uint64_t next_serial;
	uint32_t n_netnses; /* home included */
	uint32_t n_entries; /* open generations in all tables */
	uint32_t n_idle;
	struct entry *idle_first, *idle_last;
	uint32_t max_idle;
};

/* What an event did to its entry. */
enum change_kind {
	CHANGE_OPENED,	     /* a NEW on an entry that was absent */
	CHANGE_OVER,	     /* a NEW on an entry that is present */
	CHANGE_CLOSED,	     /* a DEL closed the only generation */
	CHANGE_CLOSED_OLDER, /* a DEL closed the older of several */
	CHANGE_UNDER,	     /* a DEL on an entry that was absent */
	CHANGE_REFILLED,     /* a NEW for an entry that was below zero */
};

struct change {
	enum change_kind kind;
	struct netns *holder;	       /* borrowed */
	struct entry *entry;	       /* borrowed */
	struct generation *generation; /* opened, or closed; may be NULL */
	bool blind; /* the entry has no baseline: this proves nothing */
};

/* ledger_init - home alone. 0 or -ENOMEM. */
int ledger_init(struct ledger *ledger, const struct stamp *at,
		const struct identity *home, int32_t self_nsid,
		uint32_t max_idle);
void ledger_deinit(struct ledger *ledger);
/* ledger_empty - forget all tables, so that nothing refers to anything. */
void ledger_empty(struct ledger *ledger);

/*
 * ledger_holder - the netns that a tag names: home for TAG_HOME and for home's
 * own number, else the youngest generation of that number, or NULL; never one
 * that is known to be dead.
 */
struct netns *ledger_holder(const struct ledger *ledger, int32_t tag);

/* ledger_owner - whom home's number names, were it dead beyond doubt. */
struct netns *ledger_owner(const struct ledger *ledger, int32_t nsid);

/* ledger_entry - the entry of holder under nsid, or NULL. */
struct entry *ledger_entry(const struct netns *holder, int32_t nsid);

/*
 * ledger_apply - count one event of holder.
 *
 * A NEW in home makes a netns. A DEL detaches the generation that it closes:
 * ret_change->generation is then owned by the caller, who gives it back with
 * ledger_drop(). 0 or -ENOMEM.
 */
int ledger_apply(struct ledger *ledger, struct netns *holder,
		 const struct event *event, uint64_t seq,
		 struct change *ret_change);

/* ledger_leave_out - a NEW is beyond a ceiling: what is counted of the number
 * counts from nowhere, until a table shows it. 0 or -ENOMEM. */
int ledger_leave_out(struct ledger *ledger, struct netns *holder, int32_t nsid,
		     uint64_t seq);

/* ledger_drop - release a generation, attached or not. */
void ledger_drop(struct ledger *ledger, struct generation *generation);

/*
 * ledger_open - a generation that a table showed and no event announced.
 * seq is the question's. In home it makes a netns. 0 or -ENOMEM.
 */
int ledger_open(struct ledger *ledger, struct entry *entry,
		const struct stamp *at, uint64_t seq,
		struct generation **ret_generation);

/* ledger_hold - somebody refers to the entry: it is not forgotten. */
void ledger_hold(struct ledger *ledger, struct entry *entry);

/* ledger_rest - the entry may be remembered as closed, or be forgotten. */
void ledger_rest(struct ledger *ledger, struct entry *entry);

/*
 * ledger_prune - forget the oldest closed entries beyond their number, but none
 * that an event touched after seq: an answer to a question of that moment is
 * still on its way, and must find that it was touched.
 * They stand in the order of their events, but for what ledger_rest() put
 * there later: the first one that has to stay ends it.
 */
void ledger_prune(struct ledger *ledger, uint64_t seq);

/* ledger_make_entry - find or make; balance 0 and no baseline. */
int ledger_make_entry(struct netns *holder, int32_t nsid,
		      struct entry **ret_entry);

/* ledger_know - the generation names peer (PEER_KNOWN), or nobody of ours. */
void ledger_know(struct generation *generation, enum knowledge knowledge,
		 struct netns *peer, uint64_t seq);

/* ledger_youngest - the generation that owns the number now, or NULL. */
struct generation *ledger_youngest(const struct entry *entry);

/* ledger_forget - drop a holder's whole table: it has ended. */
void ledger_forget(struct ledger *ledger, struct netns *holder);

/* ledger_end - the netns has ended: off the list of the living. */
void ledger_end(struct ledger *ledger, struct netns *netns);

/*
 * ledger_stray - one that is dead, and was never on the list. ret_netns is a
 * reference that the caller owns. 0 or -ENOMEM.
 */
int ledger_stray(struct ledger *ledger, int32_t nsid, const struct stamp *at,
		 struct netns **ret_netns);

/* ledger_alias_home - home's number for itself is nsid (or NSID_NONE). */
void ledger_alias_home(struct ledger *ledger, int32_t nsid);

/* ledger_number_touched - an event on this number of home's came after seq. */
bool ledger_number_touched(const struct ledger *ledger, int32_t nsid,
			   uint64_t seq);

/* ledger_touched - an event touched netns's number in home after seq. Home
 * itself is never touched. */
bool ledger_touched(const struct ledger *ledger, const struct netns *netns,
		    uint64_t seq);
