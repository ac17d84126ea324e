/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A random history: a list of operations on the model kernel, and a shell that
 * lets the real engine watch it, as the daemon or `check` would. All of it
 * follows from a seed and from which operations are left in.
 */

#include "common/engine/trace.h"
#include "common/engine/watch.h"
#include "tests/lib/model.h"
#include "tests/lib/rng.h"

#define HISTORY_OPS 64

/* Purposes of random choices, beside those of model_inner.h. */
enum history_purpose {
	PURPOSE_ASKING = 77, /* how long an answer takes */
	PURPOSE_CANARY = 88,
	PURPOSE_RESTARTS = 99,
	PURPOSE_FAILING = 111, /* which questions do */
	PURPOSE_CEILINGS = 122,
};

enum history_op_kind {
	OP_BIRTH,     /* a namespace, named or not, known to some */
	OP_SHORT,     /* the same, and dead before anybody can ask */
	OP_UNKNOWN,   /* a namespace without a number in home, in three */
	OP_LINK,      /* a holder learns of a peer */
	OP_DEATH,     /* one dies */
	OP_DEATHS,    /* several die at once */
	OP_RENAME,    /* a path leads to a new namespace */
	OP_UNNAME,    /* one of several names goes */
	OP_SELF_HOME, /* home gets a number of its own */
	OP_SELF,      /* a holder gets a number for itself */
	OP_STALL,     /* the reader stops for a while */
	OP_SLOW,      /* one dies in a pass that takes long */
	OP_LOSE,      /* an allocation fails: messages are lost */
	OP_AUDIT,     /* somebody asks for an audit */
	OP_FAULT,     /* a fault: now, or at the next place that would do */
	OP_FORGET,    /* H3: a holder keeps a peer and dies in the next pass */
	OP_LATECOMER, /* H24: a holder is numbered in the middle of a pass */
	OP_PHANTOM,   /* a number is given to one that dies at once */
	OP_KINDS,
};

struct history_op {
	enum history_op_kind kind;
	uint64_t after_ns; /* since the one before */
	uint64_t seed;
	enum fault_kind fault;
	bool left_out; /* by the shrinker */
};

/* What a history is like, drawn from its seed. */
struct history_shape {
	bool calm;	  /* time enough to learn everything in between */
	bool check;	  /* judged by canaries and accounts, else a daemon */
	bool lossy;	  /* a small buffer, failing allocations */
	bool covered;	  /* every namespace has a number in home */
	bool cut;	  /* dumps stop early */
	uint32_t failing; /* so many of a thousand questions have no answer */
	bool ceilings;	  /* some of these are low; 0: as ever */
	uint32_t max_entries, max_holders, max_names;
	bool long_phantom; /* H25: a window beyond the settle time */
	bool prelude;	   /* H14: the socket is older than the watch */
	int n_faults;
	enum adopt adopt;
};

struct history {
	uint64_t seed;
	uint64_t start_ns; /* of the virtual clock: shifts all stamps */
	struct history_shape shape;
	struct history_op ops[HISTORY_OPS];
	int n_ops;

	struct model model;
	struct watch *watch; /* owned */
	struct stamp now;
	uint64_t stalled_until_ns;
	struct {
		uint64_t from_ns, to_ns;
	} stalls[HISTORY_OPS];
	int n_stalls;
	uint32_t drops_seen;
	bool lost, more, audit_wanted;
	enum gap_cause cause;
	struct row *rows; /* owned */

	/* what the engine read: the truth behind each event, by seq - 1 */
	struct model_message *meaning; /* owned */
	uint64_t n_meaning, cap_meaning;
	uint64_t gaps;
	uint64_t gap_total, gap_ns; /* the engine's own count, and when */
	uint64_t questions;
	uint64_t failed;     /* of them */
	uint64_t moments;    /* drained ones that the engine was told of */
	uint64_t started_ns; /* the engine's first moment */
	uint64_t begun_ns, ended_ns; /* of the operations */
	bool harmful; /* the engine asked about one it must suspect dead */
	bool stuck;   /* it wanted drained moments or questions without end */
	bool trace;   /* print what happens */
	/* hears all that the engine hears and is asked, where not NULL */
	void (*heard)(void *listener, const struct trace_record *record);
	void *listener; /* borrowed */

	/* after so many of a thousand inputs another engine goes on (restart.c) */
	uint32_t restart_permille;
	struct rng restart_rng;
	uint64_t restarts;
	bool torn;     /* an image was not what it should be */
	uint64_t told; /* a digest of the notices */
};

/* history_init - draw it from the seed, with every operation left in. */
void history_init(struct history *history, uint64_t seed);
void history_deinit(struct history *history);

/* history_run - from its first moment to the last verdict and a last audit. */
void history_run(struct history *history);

/*
 * restart_digest - all that the engine holds at the end, down to the last bit,
 * what it told and what it wanted: the same with restarts and without.
 */
uint64_t restart_digest(const struct history *history);

/* history_print - the operations that are left in. */
void history_print(const struct history *history);
/* history_print_faults - those that struck. */
void history_print_faults(const struct history *history);

/* ---- what its parts share -------------------------------------------------- */

/* history_op - perform operation number `index` on the model, now. */
void history_op(struct history *history, int index);
/* history_populate - the namespaces that are there at the beginning. */
void history_populate(struct history *history);
/* history_callback - something that an operation put off. */
void history_callback(void *userdata, int what);

/* shell_start - the engine begins to watch. */
void shell_start(struct history *history);
/* shell_run - kernel and engine live on until then. */
void shell_run(struct history *history, uint64_t until_ns);
/* shell_until - the same, but no longer than the condition is false. */
bool shell_until(struct history *history, uint64_t until_ns,
		 bool (*condition)(const struct history *history,
				   int32_t number),
		 int32_t number);
void shell_command(struct history *history, enum command_type type,
		   int32_t nsid);

/* restart_perhaps - between two inputs: does the engine end here? */
void restart_perhaps(struct history *history);
