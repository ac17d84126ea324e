/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The values that enter and leave the engine. Nothing here has behaviour: a
 * descriptor, a clock or a log never comes near these types.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One reading of both clocks, made once a wake-up (common/kernel/clock.h). */
struct stamp {
	uint64_t mono_ns; /* CLOCK_MONOTONIC: every decision uses this one */
	uint64_t real_ns; /* CLOCK_REALTIME: for people only */
};

/*
 * The holder of an event as the kernel tags it: home's own messages carry no
 * tag. A negative tag is a kernel's slip (repaired with commit 88b126b39f97's
 * companion) and names nobody.
 */
#define TAG_HOME (-1)
#define TAG_UNKNOWN (-2)

/* What the kernel answers where a holder has no number for a peer. */
#define NSID_NONE (-1)

enum event_type {
	EVENT_NEW,
	EVENT_DEL,
};

/* One RTM_NEWNSID or RTM_DELNSID as it arrived. */
struct event {
	struct stamp at; /* of the wake-up that read it */
	int32_t holder;	 /* home's number for the holder, or a TAG_ above */
	int32_t nsid;	 /* never negative */
	enum event_type type;
};

/* Why events may have been lost. */
enum gap_cause {
	GAP_OVERRUN,	/* ENOBUFS: the receive buffer was full */
	GAP_DROPS,	/* the drop counter moved without an error */
	GAP_MEMORY,	/* ENOMEM: the kernel could not build a message */
	GAP_TRUNCATION, /* a datagram or its ancillary data was cut */
	GAP_RESTART,	/* nobody listened for a while */
	GAP_NUMBER,	/* home got a number: whose events were tagged so? */
	GAP_CAUSES,
};

/*
 * What tells one namespace from another beside its number: the kernel's 64-bit
 * id (NS_GET_ID, 6.18 on; never re-used in one boot) or, before that, device
 * and inode (re-used at once). Zero is "not known".
 */
struct identity {
	uint64_t id;
	uint64_t dev;
	uint64_t ino;
};

enum name_kind {
	NAME_PATH,    /* a bind mount or a runtime's file: text is the path */
	NAME_PROCESS, /* or a thread: text is "pid:PID:STARTTIME" */
	NAME_CANARY,  /* a namespace that the asker itself holds */
	NAME_DESCRIPTOR, /* of some process: text is "fd:PID:STARTTIME:FD" */
	NAME_KINDS,
};

/* The longest name kept, in bytes, with its NUL; names come from strangers. A
 * file's name may have 255 bytes, and stands in a folder. */
#define NAME_MAX_BYTES 384

/* A name and where it leads at the moment of asking. */
struct sighting {
	enum name_kind kind;
	const char *text;  /* borrowed; shorter than NAME_MAX_BYTES */
	const char *label; /* borrowed; what people call it, or NULL */
	bool leads;	   /* false: the name leads to no namespace now */
	int32_t nsid;	   /* home's number for it, or NSID_NONE */
	bool is_home;	   /* it leads to home itself */
	struct identity identity;
};

/*
 * Questions to the kernel. The asker performs one at once when it has taken it
 * from the engine, with no event read in between, and feeds the answer before
 * it reads the next event: that is how the engine knows the question's moment.
 */
enum question_kind {
	QUESTION_TABLE, /* the table of `holder`: RTM_GETNSID dump */
	QUESTION_PROBE, /* does home hold `nsid`: RTM_GETNSID by number */
	QUESTION_ENTRY, /* `holder`'s number for home's `nsid`; for home itself
			 * where nsid is TAG_HOME (NETNSA_PID of the asker) */
	QUESTION_NAME,	/* where `name` leads: NETNSA_FD or NETNSA_PID */
	QUESTION_SELF,	/* home's own number for itself */
	QUESTION_SCAN,	/* look for names: many sightings, then the answer */
	QUESTION_ADOPT, /* give the namespace of `name` a number in home */
	QUESTION_KINDS,
};

struct question {
	uint64_t id;
	enum question_kind kind;
	int32_t holder; /* home's number, or TAG_HOME */
	int32_t nsid;
	enum name_kind name_kind;
	const char *name; /* borrowed, until the next call into the engine */
	bool processes; /* QUESTION_SCAN: among processes too, not only paths */
};

enum answer_outcome {
	ANSWER_WHOLE,  /* everything there was to say */
	ANSWER_PART,   /* a table that was cut: nothing is known above `last` */
	ANSWER_ABSENT, /* ENOENT or EINVAL: absent, or dead but not removed */
	ANSWER_REFUSED, /* EPERM or EACCES */
	ANSWER_FAILED,	/* anything else, `error` says what */
	ANSWER_NEWS,	/* a scan that told only what came, went or had its turn
			 * since the last one */
};

/* What a scan could not look at, as bits. */
enum hidden {
	HIDDEN_PROCESSES = 1, /* some that nobody saw */
	HIDDEN_NAMES = 2,     /* some that could not be asked */
	HIDDEN_BEYOND = 4,    /* the engine's own: some that are not kept */
};

/* One line of a table: the holder's number and home's number for the peer. */
struct row {
	int32_t nsid;
	int32_t peer; /* NSID_NONE where home has none */
};

struct answer {
	uint64_t question; /* its id */
	enum question_kind kind;
	enum answer_outcome outcome;
	int error;		/* errno, where the outcome is ANSWER_FAILED */
	const struct row *rows; /* borrowed; QUESTION_TABLE, any order */
	size_t n_rows;
	int32_t last; /* ANSWER_PART: absence is proved up to here */
	int32_t nsid; /* PROBE, ENTRY, SELF, ADOPT: the number, or NSID_NONE */
	uint32_t names;	 /* QUESTION_SCAN: how many lead somewhere by now */
	uint32_t hidden; /* QUESTION_SCAN: bits of enum hidden */
	struct sighting sighting; /* QUESTION_NAME */
};
