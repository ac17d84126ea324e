/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One scan of discovery.h, and what it remembers of the scans before: what was
 * told once is told again only when it has changed, or when its turn comes to
 * be asked anew. Private to discovery.
 */

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "common/kernel/discovery.h"

/* Where a name was found, and what would be different of another one there. */
struct seen {
	UT_hash_handle hh;
	char *key;	   /* owned: the path, "PID", or "PID/FD" */
	char *text;	   /* owned: the name */
	uint64_t digest;   /* the mount's line, the namespace's key or inode */
	uint64_t scan;	   /* the last one that met it */
	uint64_t ino;	   /* of the namespace that it led to, 0: not known */
	bool stale;	   /* whatever it is, tell it anew */
	uint64_t since_ns; /* when it was told first */
	bool young;	   /* not told since it was SCAN_YOUNG_NS old */
	enum name_kind kind;
};

/* How many paths and processes lead to the namespace with that inode. */
struct inode {
	UT_hash_handle hh;
	uint64_t ino;
	uint32_t n;
	uint64_t id;	/* what a path that leads to it was told, */
	int32_t nsid;	/* home's number for that id, */
	uint64_t asked; /* by the scan with that serial */
};

struct scan {
	struct queries *queries; /* borrowed, for one scan */
	discovery_fn *fn;
	void *userdata;
	bool part;
	struct seen *seen;    /* owned, by key */
	struct inode *inodes; /* owned, by ino */
	uint64_t serial;
	uint64_t now_ns; /* when it began */
};

/* Names are asked anew once in so many scans, each at its own turn. */
#define SCAN_TURNS 16u

/* So long a name is told by every scan: a process may be put into the cgroup
 * that names it after it has been found, and scans follow each other at once
 * while namespaces come. */
#define SCAN_YOUNG_NS 2000000000ull

enum scan_outcome {
	SCAN_SEEN = 1, /* the name leads to a namespace, and is remembered */
};

void scan_deinit(struct scan *scan);

/* scan_forget - all of it has to be told anew, or reported lost. */
void scan_forget(struct scan *scan);

/*
 * scan_knows - it was told before and is the same; now it has been met. False
 * where it has to be told: with scan_tell().
 */
bool scan_knows(struct scan *scan, const char *key, uint64_t digest);

/*
 * scan_tell - ask where a name leads, and report it if it leads somewhere.
 * label may be NULL or "". Returns 0, SCAN_SEEN, or below zero what fn
 * returned, or -ENOMEM.
 */
int scan_tell(struct scan *scan, enum name_kind kind, const char *key,
	      uint64_t digest, const char *text, const char *label);

/*
 * scan_ask - the same in two steps: where a name leads, without a word to fn.
 * True where it leads somewhere; its text and label stay the caller's, and are
 * to be set in ret_sighting.
 */
bool scan_ask(struct scan *scan, enum name_kind kind, const char *text,
	      struct sighting *ret_sighting);

/* scan_report - and report it: SCAN_SEEN, or below zero as scan_tell(). */
int scan_report(struct scan *scan, const char *key, uint64_t digest,
		const struct sighting *sighting);

/* scan_is_held - a path or process is known that leads to that inode. */
bool scan_is_held(const struct scan *scan, uint64_t ino);

/*
 * scan_number - home's number for a namespace whose path this scan has asked.
 *
 * False where it has to be asked: an inode is given to another namespace as
 * soon as it is free, so this wants the kernel's own id, which never is (Linux
 * 6.18).
 */
bool scan_number(const struct scan *scan, const struct identity *identity,
		 int32_t *ret_nsid);

/*
 * scan_lost - what is remembered of that kind and was not met by this scan: ask
 * once more, and report what leads nowhere. 0 or below zero.
 */
int scan_lost(struct scan *scan, enum name_kind kind);

/* scan_known - ask again, and report what leads nowhere; as scan_lost(). */
int scan_known(struct scan *scan, enum name_kind kind);

/* ---- what is looked for, each in its own file ----------------------------- */

/* scan_processes - one stat(2) a process; 0 or below zero. */
int scan_processes(struct scan *scan);

/*
 * scan_threads - those of that process that are elsewhere than its first one,
 * or live on after it: each is told as a process, by its own number, which the
 * kernel takes for one everywhere (find_task_by_vpid()). 0 or below zero.
 */
int scan_threads(struct scan *scan, pid_t pid);

/* A look at the threads and descriptors of all processes, in slices. */
struct descriptors {
	int next_pid;	   /* where it goes on; 0: from the beginning */
	uint64_t spent_ns; /* by this round */
	uint64_t round_ns; /* by the last whole round */
	uint64_t ended_ns; /* when that ended */
	uint64_t dev;	   /* of the file system that namespaces are in */
	uint64_t home_ino; /* which is nobody's business */
};

/*
 * scan_descriptors - go on for a slice. Those that are known are asked again,
 * and a new round is begun only when the last one was cheap enough. Returns 0,
 * DISCOVERY_MORE where the round has not ended, or below zero.
 */
int scan_descriptors(struct scan *scan, struct descriptors *descriptors);
