/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A scripted kernel for unit tests: namespaces and their tables, names that
 * lead to them, a virtual clock, and a shell that drives an engine through
 * watch.h alone. A test writes the history line by line; nothing happens by
 * itself but what script_advance() does: it feeds drained moments when the
 * engine wants them and answers its questions from the tables, each at the
 * moment at which it is taken.
 *
 * A namespace is a small number, home is 0. It is LIVE, or DYING (dead and not
 * yet removed from the tables: a question by number fails, a dump still lists
 * it), and stays so: its entries go when the script takes them out.
 *
 * Each question is checked: a number whose owner the engine must suspect dead
 * is never asked about nor used as a target. The test fails on the first one.
 */

#include "common/engine/ledger.h"
#include "common/engine/passes.h"
#include "common/engine/verify.h"
#include "common/engine/watch.h"

#define SCRIPT_MS 1000000ull
#define SCRIPT_S 1000000000ull
#define SCRIPT_HOME 0
#define SCRIPT_NOBODY (-1)
#define SCRIPT_NAMESPACES 2048
#define SCRIPT_NAMES 1024
#define SCRIPT_NOTICES (NOTICE_LINGERED + 1)

struct script_entry {
	int32_t nsid;
	int peer;   /* SCRIPT_NOBODY: memory that is nobody's any more */
	bool shown; /* an answer showed whom it names, at shown_ns */
	uint64_t shown_ns;
};

struct script_namespace {
	bool dying;
	struct identity identity;
	struct script_entry *entries; /* owned, by nsid */
	size_t n_entries;
	size_t cap_entries;
	size_t cut;	     /* a dump stops after so many; 0: never */
	bool refuses;	     /* its table is not for us */
	bool fails;	     /* its table cannot be read now */
	int32_t number;	     /* home's number for it, also after its removal */
	uint32_t generation; /* of that number, from 1 */
	bool suspect;	     /* the engine read a DEL that names it */
	char name[64];	     /* the first name that led to it */
};

struct script_name {
	enum name_kind kind;
	char text[64];
	char label[64];
	int leads;  /* SCRIPT_NOBODY: to no namespace */
	bool gone;  /* not there to be seen at all */
	bool fails; /* nobody can tell where it leads */
};

struct script {
	struct watch *watch; /* owned */
	struct settings settings;
	struct stamp now;
	struct script_namespace spaces[SCRIPT_NAMESPACES];
	int n_spaces;
	struct script_name names[SCRIPT_NAMES];
	size_t n_names;

	bool tags_self;	  /* home's events carry home's own number, if any */
	bool only_inodes; /* no 64-bit ids */
	bool deaf;	  /* the next messages are lost, without a sign */
	bool scan_fails;
	bool leaves_notices; /* somebody else takes them */
	bool no_news;	     /* a scan tells the news, and there are none */
	uint32_t hidden;     /* what it could not look at: enum hidden */
	uint32_t told;	     /* so many names it knew; 0: it does not say */
	bool strangers;	     /* nobody can look at what tells them apart */

	bool held;		   /* the reader is stopped */
	struct event *held_events; /* owned */
	size_t n_held, cap_held;
	int32_t next_canary;
	uint64_t last_drained_ns;
	uint64_t questions[QUESTION_KINDS];
	unsigned int notices[SCRIPT_NOTICES]; /* of each type */
	uint64_t noticed[SCRIPT_NOTICES];     /* id of the last one */
	uint64_t seed;	  /* of a random history: its failures tell it */
	struct row *rows; /* owned: of the last answer */
};

/* script_new - home alone, nothing running; script_free takes NULL. */
struct script *script_new(void);
struct script *script_free(struct script *script);

/* script_start - the engine begins to watch; settings may be set before. */
void script_start(struct script *script);
/* script_learn - start, and give it the time to know all that is there. */
void script_learn(struct script *script);

/* ---- the world ---------------------------------------------------------- */

/* script_space - a namespace that nobody knows yet. */
int script_space(struct script *script);
/* script_name - text leads to space; "pid:..." is a process. */
void script_name(struct script *script, const char *text, int space);
/* script_unname - text is gone. */
void script_unname(struct script *script, const char *text);

/* script_insert, script_erase - the tables alone, nothing is announced. */
void script_insert(struct script *script, int holder, int32_t nsid, int peer);
void script_erase(struct script *script, int holder, int32_t nsid);
/* script_repoint - the entry's memory became another namespace's. */
void script_repoint(struct script *script, int holder, int32_t nsid, int peer);
/* script_entry - NULL where the holder has none. */
struct script_entry *script_entry(struct script *script, int holder,
				  int32_t nsid);

/* script_die - the last reference is gone: no name leads to it any more. */
void script_die(struct script *script, int space);

/* ---- events ------------------------------------------------------------- */

/*
 * script_event - the message alone, as the kernel tags it. It gets lost where
 * home has no number for the holder, and where the script is deaf.
 */
void script_event(struct script *script, int holder, enum event_type type,
		  int32_t nsid);
/* script_raw - any message at all. */
void script_raw(struct script *script, int32_t tag, enum event_type type,
		int32_t nsid);
/* script_number, script_remove - the table and then its message. */
void script_number(struct script *script, int holder, int32_t nsid, int peer);
void script_remove(struct script *script, int holder, int32_t nsid);
/* script_pass - peers die, and one pass takes them: per-peer order. */
void script_pass(struct script *script, const int *peers, size_t n_peers);
/* script_kill - script_pass of one. */
void script_kill(struct script *script, int peer);

/* script_hold, script_release - the reader stops, and reads on. */
void script_hold(struct script *script);
void script_release(struct script *script);

/* ---- time, questions, commands ------------------------------------------ */

void script_drained(struct script *script);
/* script_ask - answer what the engine asks now. */
void script_ask(struct script *script);
/* script_wait - the clock alone. */
void script_wait(struct script *script, uint64_t ns);
/* script_advance - live on for so long, as a shell would. */
void script_advance(struct script *script, uint64_t ns);
void script_gap(struct script *script, enum gap_cause cause);
void script_command(struct script *script, enum command_type type,
		    int32_t nsid);
/* script_canary - a canary namespace in home, held and told of. */
int script_canary(struct script *script);
/* script_judge - two canaries, one after the other, and the judgement. */
void script_judge(struct script *script);
/* script_barrier - a named namespace, known for a while, dies: a barrier. */
void script_barrier(struct script *script);

/* ---- what the parts of the script share ---------------------------------- */

void script_step(struct script *script, const struct input *input);
/* script_answer - one question, at this moment. */
void script_answer(struct script *script, const struct question *question);
/* script_number_of - the holder's number for peer, or NSID_NONE. */
int32_t script_number_of(struct script *script, int holder, int peer);
/* script_generations - how many namespaces had home's number nsid so far. */
uint32_t script_generations(struct script *script, int32_t nsid);
struct script_name *script_find_name(struct script *script, const char *text);

/* ---- what the engine concluded ------------------------------------------ */

/* script_death - of this space, or NULL. */
const struct death *script_death(struct script *script, int space);
/* script_verdict - VERDICT_OPEN where there is no death either. */
enum verdict script_verdict(struct script *script, int space);
enum reason script_reason(struct script *script, int space);
/* script_count - findings of one kind, but for those in that state. */
unsigned int script_count(struct script *script, enum finding_kind kind,
			  enum finding_state but);
/* script_standing - findings of all kinds that stand. */
unsigned int script_standing(struct script *script);
/* script_findings - of all kinds, in any state. */
unsigned int script_findings(struct script *script);
/* script_finding - the first of this kind, or NULL. */
const struct finding *script_finding(struct script *script,
				     enum finding_kind kind);
/* script_tell - all deaths and findings, on standard error: for failures. */
void script_tell(struct script *script);
/* script_agrees - the engine's ledger is the tables of all that it can hear. */
bool script_agrees(struct script *script);
