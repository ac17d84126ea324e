/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What to ask the kernel, and when: trust per holder, as deadlines and never
 * as timers. An answer speaks of the moment of its question; it waits here
 * until a settle time has passed over a drained queue, and then takes effect
 * entry by entry (tables.h), and only where no event touched what it says.
 *
 * Two rules protect the kernel that is watched: a number whose owner is
 * suspected dead is never asked about nor used as a target (rtnl_net_getid()
 * follows the stored pointer), and learning is paced per holder.
 */

#include "common/engine/ledger.h"
#include "common/engine/names.h"
#include "common/engine/pending.h"
#include "common/engine/probe.h"

struct watch;

/* The question that was taken and not yet answered. */
struct asked {
	bool open;
	struct question question;
	struct netns *holder; /* referenced, or NULL */
	uint64_t seq;
	uint64_t drained_ns; /* the last such moment before it */
	char name[NAME_MAX_BYTES];
};

struct sync {
	uint64_t next_question;
	struct asked asked;
	struct netns *wish_first[WISHES], *wish_last[WISHES]; /* by turn */
	struct netns *paced_first, *paced_last; /* asked lately, by asked_ns */
	uint64_t turns;
	uint32_t n_learn; /* wishes to learn, of the paced ones as well */
	struct pending *first,
		*last; /* owned, in the order in which they came */
	struct name *name_first, *name_last;	   /* to be asked */
	struct name *waiting_first, *waiting_last; /* for their settle time */
	/* when the answer came that waits longest; 0: look at all of them */
	uint64_t waiting_ns;
	struct pending *holding; /* owned: wants the holder's number for home */
	/* a holder whose life was just proved, to be asked at once */
	struct netns *proved; /* referenced */
	bool self_wanted;
	uint64_t self_seq; /* home's own number was asked for after this */
	uint64_t self_ns;  /* and after this drained moment */
	bool scan_wanted;
	bool scan_processes;
	bool scan_done;	 /* one scan at least has ended */
	uint32_t hidden; /* what the last one could not look at: enum hidden */
	uint32_t names;	 /* that the last one knew */
	uint64_t scan_ns;
	uint64_t scan_serial;
	uint64_t numbered_seq; /* a number in home appeared after this event */
	struct probe probe;
	bool home_probed; /* beyond the cut of its table */
	/* the last round of life questions that ended, and the one that runs */
	uint64_t life_seq, life_from_seq;
	uint64_t life_ns;	 /* its last step */
	struct netns *life_next; /* borrowed: whom its next step begins with */
	uint64_t housekeeping_ns;
	struct netns *audit_next; /* borrowed: the background round */
	uint64_t rounds, scan_rounds;
	uint64_t table_serial;
};

void sync_init(struct sync *sync);
void sync_deinit(struct watch *watch);

/* sync_start - home's table, its own number and all names are wanted. */
void sync_start(struct watch *watch);

/*
 * sync_want - ask for holder's table, at or after event seq. Nothing is asked
 * twice for one wish; a wish for a holder that has ended is dropped.
 */
void sync_want(struct watch *watch, struct netns *holder, uint64_t seq,
	       enum wish wish);

/* sync_wish - put holder on this list, unless it stands on a higher one. */
void sync_wish(struct watch *watch, struct netns *holder, enum wish wish);

/*
 * sync_ask - the question is taken now, about holder or name (either may be
 * NULL): its answer will find them.
 */
void sync_ask(struct watch *watch, struct question *question,
	      struct netns *holder, const struct name *name);

/* sync_demand - ask for holder's table anew, whatever is known of it; with
 * home's for its own number too. */
void sync_demand(struct watch *watch, struct netns *holder);

/* sync_want_name - ask where a name leads, at or after event seq. */
void sync_want_name(struct watch *watch, struct name *name, uint64_t seq);

/* sync_queue_name - ask it in any case: the question may be an adoption. */
void sync_queue_name(struct watch *watch, struct name *name);

/* sync_names_askable - a queued name waits for no event that is to come. */
bool sync_names_askable(const struct watch *watch);

/* sync_want_scan - look for names soon. */
void sync_want_scan(struct watch *watch, bool processes);

/* sync_name_waits - a name's answer came: it takes effect when settled. */
void sync_name_waits(struct watch *watch, struct name *name);
/* sync_name_rest - it goes on waiting, since when it came. */
void sync_name_rest(struct sync *sync, struct name *name);

/*
 * sync_relearn - netns lost its number without dying, for all that is known:
 * whom the entries name that named it is asked anew.
 */
void sync_relearn(struct watch *watch, struct netns *netns);

/* sync_forget - holder has ended: no wish and no question for it any more. */
void sync_forget(struct watch *watch, struct netns *holder);

/* sync_gap - all answers under way speak of a time before the gap. */
void sync_gap(struct watch *watch);

/* sync_next_question - see watch_next_question(). */
bool sync_next_question(struct watch *watch, struct question *ret_question);

/* sync_oldest - the oldest question whose answer is not yet in effect. */
uint64_t sync_oldest(const struct watch *watch);

/* sync_quiet - nothing is wanted, under way or waiting. */
bool sync_quiet(const struct watch *watch);

/*
 * sync_suspect - the owner of home's number for netns may be dead: neither
 * asked about nor used as a target.
 */
bool sync_suspect(const struct watch *watch, const struct netns *netns);

/*
 * sync_home_complete - home's table is known whole: by a dump that was not
 * cut, or because every number above the cut leads to a name that discovery
 * found, so that discovery sees what the dump cannot.
 */
bool sync_home_complete(const struct watch *watch);

/* sync_beyond - so many names that the last scan knew are not kept. */
uint32_t sync_beyond(const struct watch *watch);
