/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One violation with its evidence, and what became of it. */

#include "common/engine/event.h"

enum finding_kind {
	FINDING_MISSING,
	FINDING_UNANNOUNCED,
	FINDING_DUPLICATE,
	FINDING_GHOST,
	FINDING_PREMATURE,
	FINDING_STRAY,
	FINDING_LATE,
	FINDING_RENEWED,
	FINDING_KINDS,
};

enum finding_state {
	FINDING_STANDS,
	FINDING_RESOLVED,  /* the late DEL came */
	FINDING_WITHDRAWN, /* what it rested on turned out otherwise */
	FINDING_STATES,
};

/* A netns as a finding remembers it, after it may have gone. */
struct party {
	bool known;
	int32_t nsid; /* home's number; TAG_HOME for home */
	uint32_t generation;
	struct identity identity;
	char name[NAME_MAX_BYTES];
	char label[NAME_MAX_BYTES];
};

struct finding {
	uint64_t id;
	enum finding_kind kind;
	enum finding_kind made_as; /* a missing one may turn late */
	enum finding_state state;
	uint64_t change; /* the last one, of all that findings had; from 1 */
	struct party holder;
	struct party peer;
	int32_t nsid;
	uint64_t death; /* id, 0 none */
	uint64_t holder_serial;
	struct stamp at;
	struct stamp changed; /* when its state last changed */
	uint64_t event_seq;   /* the event that gave rise to it, 0 none */
	char evidence[512];
	struct finding *prev, *next;
};

/* finding_name - "missing", "unannounced", ... */
const char *finding_name(enum finding_kind kind);
const char *finding_state_name(enum finding_state state);
/* finding_meaning - one paragraph for people: what happened, what it means. */
const char *finding_meaning(enum finding_kind kind);
