/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Namespaces that will not die: those that nothing visible holds, or whose
 * owner has gone. The owner is the best of the names that led to it (label.h):
 * a container before a path before a unit before a process. A container in a
 * namespace that somebody had named before is a guest there (names.h), and for
 * as long as such a path leads to it, no owner. One whose owner has gone for
 * longer than linger_ns lingers. Where processes are hidden, nobody can tell that
 * one has gone, nor that none ever held it. No verdict rests on any of this.
 */

#include "common/engine/event.h"

struct death;
struct name;
struct netns;
struct watch;

/* What holds a namespace, as far as its names show. */
enum held {
	HELD_PROCESS,
	HELD_MOUNT,
	HELD_DESCRIPTOR,
	HELD_UNKNOWN, /* nothing that can be seen: a socket, perhaps */
	HELD_KINDS,
};

/* What is known of a namespace that nothing visible holds. */
enum fate {
	FATE_UNKNOWN,  /* held by what nobody sees, or dead: nothing tells */
	FATE_ANSWERED, /* it answered since its last name led to it: it lives */
	FATE_PASSED,   /* the cleanup passed it over since: it lived then */
	FATE_DEAD,     /* the kernel does not know its number: it waits */
};

/* What is known of the kernel's cleanup, from namespaces that wait for it. */
enum cleanup {
	CLEANUP_DONE,	 /* nothing is known to wait for it */
	CLEANUP_BACKLOG, /* some wait, and removals go on */
	CLEANUP_STUCK,	 /* some wait, and no removal came for linger_ns */
	CLEANUP_UNKNOWN, /* of some nothing tells whether they wait */
};
#define CLEANUPS (CLEANUP_UNKNOWN + 1)

struct linger {
	uint64_t due_ns; /* look again then; 0: at the next drained moment */
	uint64_t del_ns; /* when the last removal was read; 0: none was */
	uint32_t n;	 /* that linger */
};

struct linger_counts {
	uint32_t live; /* home included */
	uint32_t dying;
	uint32_t lingering[HELD_KINDS]; /* by the first kind that holds it */
	struct stamp oldest; /* since when the first of these; zero: none */
	/* had an owner, nothing visible holds them, no death; none are counted
	 * where processes are hidden */
	uint32_t gone;
	uint32_t unknown; /* of these, of a FATE_UNKNOWN */
	/* for the cleanup: those of a FATE_DEAD, and deaths that are overdue
	 * and named in tables of those who live */
	uint32_t waiting;
	enum cleanup cleanup;
};

/* linger_born - netns is new. */
void linger_born(struct watch *watch, struct netns *netns);

/* linger_lost - name leads to its netns no more, and is still bound to it. */
void linger_lost(struct watch *watch, const struct name *name);

/* linger_found - a name leads to netns that did not before. */
void linger_found(struct watch *watch, const struct netns *netns);

/* linger_hidden - a look for names has ended, and could not look at these. */
void linger_hidden(struct watch *watch, uint32_t hidden);

/* linger_removal - a removal was read at that moment: somebody dies. */
void linger_removal(struct watch *watch, uint64_t at_ns);

/* linger_reload - linger_ns may be another one. */
void linger_reload(struct watch *watch);

/* linger_end - netns has ended. */
void linger_end(struct watch *watch, struct netns *netns);

/*
 * linger_answered - netns was asked for its table after a drained moment then_ns.
 *
 * A question to a number whose namespace has no reference left finds nobody
 * (get_net_ns_by_id() in net/core/net_namespace.c), be the cleanup stuck or not;
 * one that a socket holds answers.
 */
void linger_answered(struct netns *netns, enum answer_outcome outcome,
		     uint64_t then_ns);

/*
 * linger_drained - who is lingering now? Notices tell of each change. Of one that
 * nothing visible holds the table is wanted, to learn its fate. It asks for no
 * moment of its own: there is one each housekeeping_ns at least.
 */
void linger_drained(struct watch *watch);

/* linger_held - the kinds that hold netns as bits, 1 << enum held. */
unsigned int linger_held(const struct netns *netns);

/* linger_orphaned - its owner has gone, or nothing visible ever held it. */
bool linger_orphaned(const struct netns *netns);

/*
 * linger_owned - it had an owner, as far as anybody saw: a name, though not a
 * descriptor. linger_owner - what that one was called, after linger_lost();
 * NULL where it had none. Borrowed.
 */
bool linger_owned(const struct netns *netns);
const char *linger_owner(const struct netns *netns);

/*
 * linger_since - since when it is orphaned; zero where it is not. Where it never
 * had an owner that is when it was first seen: it may be so for longer.
 */
struct stamp linger_since(const struct netns *netns);

/*
 * linger_passed_over - the kernel's cleanup is known to have run since the last
 * of its names led to netns, or since it was first seen where it had none:
 * something that nobody sees holds it.
 */
bool linger_passed_over(const struct watch *watch, const struct netns *netns);

/* linger_fate - what is known of one that is orphaned and that nothing visible
 * holds. */
enum fate linger_fate(const struct watch *watch, const struct netns *netns);

/* linger_unheld - a namespace lives that no name leads to, for a while. */
bool linger_unheld(const struct watch *watch);

/* linger_count - all of it, over all namespaces with a number in home. */
void linger_count(const struct watch *watch, struct linger_counts *ret_counts);

/*
 * linger_find - the namespace with that serial, as NOTICE_LINGERING has it,
 * also after its death while that is kept; NULL where there is none.
 */
const struct netns *linger_find(const struct watch *watch, uint64_t serial);

const char *held_name(enum held held); /* "process", "mount", ... */
const char *cleanup_name(enum cleanup cleanup);
