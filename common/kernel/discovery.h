/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Looks for names of network namespaces, and says when that is worthwhile.
 *
 * Paths come from the mount table: a file leads to a namespace only by being a
 * mount of it, in /run/netns as in the runtimes' folders, so that no folder
 * needs to be read. (A link into /proc is not followed: it names a process, and
 * those are found below.) Processes come from /proc: one stat(2) each tells who
 * shares a namespace (procfs_netns_key()), of each namespace but home only the
 * oldest few are named, and one is asked. Threads that have left their process
 * and descriptors are looked for where nothing else is known to hold a
 * namespace. No descriptor of a namespace is kept.
 *
 * The first scan tells all there is; later ones tell what came, went, or has
 * its turn to be asked anew, so that a scan costs what has changed, and one
 * look at the mount table and at /proc.
 */

#include "common/engine/event.h"
#include "common/kernel/procfs.h"

struct discovery;
struct queries;

/* Bits: one may come with others. */
enum discovery_outcome {
	DISCOVERY_PART = 1, /* some names could not be read or asked */
	DISCOVERY_NEWS = 2, /* only what is different was told */
	DISCOVERY_MORE = 4, /* there are processes left to look into: go on */
};

/* What is looked for beside paths. */
struct discovery_wish {
	bool processes; /* now, whatever it costs; else when it is cheap */
	/* and threads: a namespace lives that nothing is known to hold */
	bool descriptors;
};

/* Takes one sighting; below zero ends the scan. */
typedef int discovery_fn(void *userdata, const struct sighting *sighting);

/* discovery_open - ret_discovery is owned by the caller. 0 or -errno. */
int discovery_open(struct discovery **ret_discovery);

/* discovery_free - closes; takes NULL, returns NULL. */
struct discovery *discovery_free(struct discovery *discovery);

/*
 * discovery_folders - folders with blanks between, none until now: a mount in
 * one of them is called by its last part. `*` stands for any one folder.
 * Everything will be told anew. 0 or -ENOMEM.
 */
int discovery_folders(struct discovery *discovery, const char *folders);

/* discovery_forget - the next scan tells everything anew. */
void discovery_forget(struct discovery *discovery);

/*
 * discovery_scan - report the names that lead to a namespace now, and those
 * told before that lead nowhere any more (`leads` is false).
 *
 * Of processes at most DISCOVERY_PROCESSES of one namespace, lowest process ids
 * first, and never a kernel's thread. A sighting's texts are valid for the call
 * of fn only. A name may lead to home (is_home). Returns bits of enum
 * discovery_outcome, -errno, or what fn returned below zero.
 */
int discovery_scan(struct discovery *discovery, struct queries *queries,
		   const struct discovery_wish *wish, discovery_fn *fn,
		   void *userdata);
enum {
	DISCOVERY_PROCESSES = 2,
};

/* discovery_names - how many names lead to a namespace, as told so far. */
uint32_t discovery_names(const struct discovery *discovery);

/* discovery_view - which processes the last scan could see. */
enum procfs_view discovery_view(const struct discovery *discovery);

/*
 * discovery_fd - becomes readable when the mount table has changed. Borrowed.
 *
 * Whoever asks whether it is readable takes the hint: after poll(2) or
 * epoll_wait(2) have said so once, call discovery_ack(). Processes that come
 * and go give no hint.
 */
int discovery_fd(const struct discovery *discovery);

/*
 * discovery_ack - have mounts of network namespaces come or gone since the
 * last call? Returns 1 for yes, 0 for no (some other mount), or -errno.
 */
int discovery_ack(struct discovery *discovery);
