/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a shell feeds: the start, events, answers, moments, commands. */

#include "common/engine/event.h"

/* What is known before the first event. */
struct start {
	struct stamp at;
	struct identity home;
	bool home_is_first; /* home is the machine's first namespace */
	int32_t self_nsid;  /* home's number for itself, or NSID_NONE */
};

enum command_type {
	COMMAND_AUDIT,	/* ask every table and compare */
	COMMAND_SCAN,	/* there is reason to look for names now */
	COMMAND_BEGIN,	/* a span begins: what died before is not its own */
	COMMAND_CANARY, /* `nsid`, used by nobody before, is home's number for
			 * a namespace that the asker made, named and holds */
	COMMAND_JUDGE,	/* the second canary has gone: judge the span */
	COMMAND_FINISH, /* close what is open: there will be no more inputs */
	COMMAND_LOOK,	/* mounts came or went: look for paths */
};

struct command {
	enum command_type type;
	int32_t nsid; /* COMMAND_CANARY */
};

/*
 * A death that was open when an earlier watch ended and left no more than this:
 * what people are told of it.
 */
struct inherited {
	struct stamp opened;
	struct stamp last_removal;
	int32_t nsid;	     /* of the peer, in home */
	uint32_t generation; /* of that number, as the earlier watch counted */
	uint32_t expected;
	uint32_t n_removals;
	bool certain;
	bool left_home; /* home's DEL was read: since then it is another's */
	bool lost;	/* so may events since then be, and a new owner's NEW */
	struct identity identity;
	const char *name;  /* borrowed; shorter than NAME_MAX_BYTES, or NULL */
	const char *label; /* likewise */
};

enum input_type {
	INPUT_EVENT,
	INPUT_DRAINED, /* the queue was seen empty, the drop counter still */
	INPUT_GAP,
	INPUT_ANSWER,
	INPUT_SIGHTING, /* part of the answer to QUESTION_SCAN */
	INPUT_COMMAND,
	INPUT_INHERITED, /* before the first event */
};

struct input {
	enum input_type type;
	union {
		struct event event;
		enum gap_cause gap;
		const struct answer *answer;	 /* borrowed, for the call */
		const struct sighting *sighting; /* borrowed, for the call */
		struct command command;
		const struct inherited *inherited; /* borrowed, likewise */
	};
};
