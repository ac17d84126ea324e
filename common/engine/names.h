/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names: paths and processes that lead to namespaces, and what they prove. A
 * name that was asked and answered proves life; a name that stopped leading to
 * a namespace proves nothing but that.
 *
 * A name is bound to a netns when its answer took effect (sync.h), never by
 * the answer alone.
 */

/* Out of memory is an error, not an end: hh.tbl then stays NULL. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "common/engine/netns.h"

struct name {
	UT_hash_handle hh; /* by text */
	char *text;	   /* owned */
	char *label;	   /* owned; NULL where text is all there is */
	enum name_kind kind;
	struct netns *netns; /* borrowed; NULL: unheard, or leads nowhere */
	struct name *prev, *next; /* of the same netns */
	/* the last answer, in effect after its settle time */
	bool leads;
	bool home;    /* it leads to home */
	int32_t nsid; /* home's number, NSID_NONE for none */
	struct identity identity;
	uint64_t asked_seq;
	uint64_t came_ns;
	uint64_t effect_seq; /* the last answer in effect was asked then */
	uint64_t bare_seq;   /* asked then, it led to one without a number */
	bool initial;	     /* it was there when the watch began */
	bool adopt;	     /* a number is wanted for it */
	bool adopted;	     /* and was asked for */
	uint64_t scan;	     /* the last scan that saw it */
	uint64_t wanted_seq; /* asked again is wanted, at or after this */
	bool queued;	     /* to be asked */
	bool failed;	     /* nobody could ask where it leads, since it led */
	bool waiting;	     /* an answer waits for its settle time */
	struct name *queue_next;
	struct name *waiting_next;
};

struct names {
	struct name *by_text; /* owned */
	uint32_t count;
};

void names_init(struct names *names);
void names_deinit(struct names *names);

/* names_find - by text; NULL where unknown. */
struct name *names_find(const struct names *names, const char *text);

/*
 * names_note - keep what a sighting says; its answer is not yet in effect.
 *
 * ret_name is borrowed. Returns 0, NAMES_FULL, or -ENOMEM.
 */
int names_note(struct names *names, const struct sighting *sighting,
	       uint32_t max_names, struct name **ret_name);
enum names_outcome {
	NAMES_FULL = 1, /* the ceiling: not kept */
};

/* names_bind - name leads to netns (NULL: to none that is watched). */
void names_bind(struct name *name, struct netns *netns);

/*
 * names_guested - a path in NameFolders= that no runtime made for a container
 * leads to netns, and such a one did before any container was there: whatever
 * container lives in it is a guest, and the path stands for the owner.
 */
bool names_guested(const struct netns *netns);

/* names_rank - label_rank() of a name, where a guest's is that of a unit. */
enum label_rank names_rank(const struct name *name, bool guested);

/*
 * names_called - what people call netns: a path that leads to it, else one that
 * did, else a process; NULL where it never had a name. The label is the one of
 * the best rank (label.h) that it has or had, of processes the oldest one's,
 * also after that one has gone: who joins it later is not its owner. A
 * container in a namespace that somebody had named before ranks as a guest.
 * Both borrowed.
 */
const char *names_called(const struct netns *netns, const char **ret_label);

/*
 * names_mean - somebody who says `wanted` means this name: its text, its
 * label (label_means()), or the last part of its path, each as it is or as it
 * is shown (label_spells()). text and label may be NULL.
 */
bool names_mean(const char *text, const char *label, const char *wanted);

/* names_remove - forget a name; it must neither be queued nor waiting. */
void names_remove(struct names *names, struct name *name);

/*
 * identity_same - both are known and name the same namespace. Without the
 * kernel's id the inode decides, which is re-used: then `true` is a maybe and
 * *ret_sure is false.
 */
bool identity_same(const struct identity *a, const struct identity *b,
		   bool *ret_sure);

/* identity_known - anything is known of it. */
bool identity_known(const struct identity *identity);
