/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A model of the kernel's nsid life: namespaces and their tables, the cleanup
 * list with its one worker and both of its algorithms, the notifications with
 * the window between a table change and its message, one listening socket, and
 * the answers to questions. It plays in virtual time and knows no engine.
 *
 * Everything happens as actions on a time line. A table changes at one moment
 * and is announced at another, so that several processors interleave as they
 * do in net/core/net_namespace.c: a number freed here is given away there and
 * announced before the removal of its last owner.
 *
 * Each namespace lives in a slot, its memory. A table points to slots, so an
 * entry that was left behind names whoever gets the slot next.
 *
 * Random choices hang on the seed and on what they are made for, never on
 * their order, so that a history that is made shorter keeps its shape.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/engine/event.h"
#include "tests/lib/faults.h"
#include "tests/lib/rng.h"

#define MODEL_US 1000ull
#define MODEL_MS 1000000ull
#define MODEL_S 1000000000ull
#define MODEL_HOME 0
#define MODEL_SPACES 160 /* of a history */
#define MODEL_NAMES 160
#define MODEL_NOBODY (-1)
#define MODEL_CASES 26 /* H1 to H25 of the verification rules; 0 is none */

enum model_state {
	SPACE_ALIVE,  /* referenced */
	SPACE_QUEUED, /* dead, on the cleanup list: still walked as a survivor */
	SPACE_DYING,  /* taken by the running pass */
	SPACE_GONE,   /* its pass is over; its memory may not be free yet */
};

struct model_entry {
	int32_t nsid;
	int slot;
	int generation; /* index into model.generations */
};

struct model_space {
	enum model_state state;
	int slot;
	uint32_t refs;
	struct identity identity;
	struct model_entry *entries; /* owned, by nsid */
	int n_entries, cap_entries;
	int cut;      /* a dump stops after so many; 0: never */
	bool refuses; /* its table is not for us */
	bool canary;
	bool held;	  /* by something without a name */
	uint64_t died_ns; /* the last reference went */
	int pass;	  /* that took it, from 1; 0 none */
	int next_dead;	  /* the cleanup list */
	/* what could be heard of it */
	uint64_t numbered_ns;	/* it got its last number in home; 0: never */
	uint64_t unnumbered_ns; /* when that left home's table */
	uint64_t home_del_seq;	/* its DEL in home was read as this event */
};

/* One owner of one number of one table: the truth of an entry. */
struct model_generation {
	int holder, peer;
	int32_t nsid;
	uint64_t inserted_ns;
	uint64_t removed_ns; /* 0: still there */
	int removed_pass;    /* 0: by nobody's pass */
	int removed_as;	     /* whose memory it pointed to when it went */
	int dels;	     /* messages sent that it is gone */
	int dels_heard;	     /* of those, that reached the socket */
	bool new_read;
	int dels_read;
	bool read_in_gap;  /* the last one, before home was known (anew) */
	uint64_t shown_ns; /* an answer first told whom it names */
	bool lost_new;	   /* an allocation failed, and nobody was told */
	uint64_t last_del_ns;
	uint64_t last_del_seq; /* of those read */
	bool before;	       /* it was there when the watch began */
	int fault;	       /* index + 1 of what hit it; 0 none */
};

struct model_name {
	enum name_kind kind;
	char text[24];
	char label[16];
	int leads; /* MODEL_NOBODY: to no namespace */
};

/* A message in the socket's queue, and what it truly was about. */
struct model_message {
	struct event event;
	int generation;
	bool is_del;
};

enum model_action_kind {
	ACTION_WORKER,	 /* the worker goes on */
	ACTION_SEND,	 /* a message is broadcast */
	ACTION_LATE,	 /* a fault: remove now and announce */
	ACTION_CALLBACK, /* the history's own */
};

struct model_action {
	uint64_t at_ns;
	uint64_t order;
	enum model_action_kind kind;
	int holder, generation;
	int32_t nsid;
	bool del;
	bool unref_peer, unref_holder;
	int what; /* of a callback */
};

/* What went wrong, and where: seeded, or made by the history. */
struct model_fault {
	enum fault_kind kind;
	int generation; /* what it hit */
	/* a second place where it shows: another number, another table */
	int other_holder;
	int32_t other_nsid;
	uint64_t at_ns;
	bool heard;  /* the holder had a number in home */
	bool named;  /* a name led to the peer */
	bool swept;  /* a later pass took what this one left */
	bool reused; /* the number had a new owner when it showed */
};

/* A fault that waits for its moment. */
struct model_armed {
	enum fault_kind kind;
	uint64_t from_ns;
	uint32_t permille; /* of the places that would do */
	bool done;
};

struct model_config {
	uint64_t seed;
	int spaces_max;	  /* MODEL_SPACES, but for a bench */
	bool batched;	  /* Linux 7.0's cleanup; else the one before it */
	bool home_first;  /* home is the machine's first namespace */
	bool counting;	  /* a dump counts to find its place, as up to 6.9 */
	bool tags_self;	  /* home's events carry its own number, if any */
	bool only_inodes; /* no 64-bit ids, and inodes re-used */
	uint32_t window_permille; /* of messages come later than their change */
	uint64_t window_max_ns;
	uint32_t queue_max;	 /* messages that the receive buffer holds */
	uint64_t late_max_ns;	 /* how late the worker may start */
	uint32_t pause_permille; /* of removals before which it pauses */
	uint64_t pause_max_ns;
	uint64_t tail_max_ns; /* grace periods, devices: after the walk */
};

struct model_pass {
	uint64_t begin_ns, walked_ns, end_ns;
	int n_dying;
	uint32_t removals;
	uint64_t dels_from, dels_to; /* into model.sent, for a second round */
};

/* The cleanup worker, stopped between two steps. */
struct model_worker {
	bool busy;    /* scheduled or in a pass */
	bool walking; /* in a pass */
	int *dying;   /* owned, newest death first */
	int n_dying;
	int n_list; /* the walk ends there: the list as it was */
	int at_peer, at_list;
	int64_t cursor; /* the next number of the survivor's table */
};

struct model {
	struct model_config config;
	uint64_t now_ns;
	uint64_t drawn; /* streams of random choices that were given out */

	/* owned; each has room for config.spaces_max */
	struct model_space *spaces;
	int n_spaces;
	int *slots; /* whose memory, also after its end */
	bool *slot_free;
	int n_slots;
	int *list; /* net_namespace_list */
	int n_list;
	int *waiting_free; /* their passes are over */
	int n_waiting_free;
	int dead_first; /* the cleanup list, newest first */
	struct model_worker worker;

	struct model_name names[MODEL_NAMES];
	int n_names;
	bool hint; /* a name came, went or moved: inotify would tell */

	struct model_generation *generations; /* owned */
	int n_generations, cap_generations;
	struct model_pass *passes; /* owned; number 1 is the first */
	int n_passes, cap_passes;
	int *sent; /* owned: generations whose DEL a pass sent */
	int n_sent, cap_sent;

	struct model_action *heap; /* owned */
	int n_heap, cap_heap;
	uint64_t next_order;
	void (*on_callback)(void *userdata, int what);
	void *userdata;

	/* the listening socket */
	bool listening;
	struct model_message *queue; /* owned, a ring */
	uint32_t queue_head, queue_tail, cap_queue;
	bool congested;
	int error; /* what the next read reports: ENOBUFS, ENOMEM or 0 */
	uint32_t drops;
	uint32_t lose_next; /* messages that a failed allocation swallows */
	uint64_t force_window_ns; /* of the next message; 0: none */
	uint64_t force_pause_ns;  /* of the worker, after its next removal */
	int stale_slot;		  /* to be re-used first; -1 none */

	struct model_armed armed[4];
	int n_armed;
	struct model_fault faults[4];
	int n_faults;

	/* counted: what the walks cost, and what happened */
	uint64_t steps;
	uint64_t inversions, phantoms, splits, silent_losses;
	uint64_t cases[MODEL_CASES]; /* how often H1 to H25 were met */
};

/* model_init - home alone, unless another one is the machine's first. */
void model_init(struct model *model, const struct model_config *config);
void model_deinit(struct model *model);

/* model_advance - play until then; every action due by then has happened. */
void model_advance(struct model *model, uint64_t until_ns);
/* model_next_ns - when the next action is due; UINT64_MAX: never. */
uint64_t model_next_ns(const struct model *model);
/* model_call_at - on_callback(what) at that moment. */
void model_call_at(struct model *model, uint64_t at_ns, int what);
/* model_rng - a stream for one purpose, new with each call. */
struct rng model_rng(struct model *model, uint64_t purpose);

/* model_birth - a namespace with one reference; MODEL_NOBODY: no room. */
int model_birth(struct model *model);
/* model_unref - the last one queues it for the worker. */
void model_unref(struct model *model, int space);
/*
 * model_number - holder gives peer a number: the lowest free one, or nsid where
 * that is not negative. Explicit requests keep both ends referenced until the
 * NEW was sent. False where either is dead, or there is nothing to give.
 */
bool model_number(struct model *model, int holder, int peer, int32_t nsid,
		  bool explicitly);
/* model_number_of - holder's number for peer, or NSID_NONE. */
int32_t model_number_of(const struct model *model, int holder, int peer);
struct model_entry *model_entry(const struct model *model, int holder,
				int32_t nsid);

/* model_name - text leads to space, and holds it. False: no room. */
bool model_name(struct model *model, enum name_kind kind, const char *text,
		const char *label, int space);
/* model_unname - the name is gone, and its reference. */
void model_unname(struct model *model, int name);
/* model_move_name - it leads to another space now. */
void model_move_name(struct model *model, int name, int space);

/* model_read - one message off the queue; false: it was empty. */
bool model_read(struct model *model, struct model_message *ret_message);
/* model_take_error - what the next read would report first; 0 nothing. */
int model_take_error(struct model *model);
uint32_t model_queued(const struct model *model);

/* model_answer - this moment's answer; rows (room for 4096) back it. */
void model_answer(struct model *model, const struct question *question,
		  struct row *rows, struct answer *ret_answer);
/* model_sighting - where this name leads now. */
void model_sighting(const struct model *model, const struct model_name *name,
		    struct sighting *ret_sighting);

/*
 * model_fault_live - a ghost, a premature removal or a NEW twice, at once, at
 * some entry whose peer lives. False: no entry would do, or enough has struck.
 */
bool model_fault_live(struct model *model, enum fault_kind kind,
		      struct rng *rng);
