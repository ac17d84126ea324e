/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Looks for names of network namespaces, and says when that is worthwhile.
 *
 * Paths come from the mount table: a file leads to a namespace only by being a
 * mount of it, in /run/netns as in the runtimes' folders, so that no folder
 * needs to be known or read. (A link into /proc is not followed: it names a
 * process, and those are found below.) Processes come from /proc: one stat(2)
 * each tells who shares a namespace (procfs_netns_key()), and of each
 * namespace but home only the oldest few are asked. No descriptor of a
 * namespace is kept.
 */

#include "common/engine/event.h"

struct discovery;
struct queries;

enum discovery_outcome {
	DISCOVERY_PART = 1, /* some names could not be read or asked */
};

/* Takes one sighting; below zero ends the scan. */
typedef int (*discovery_fn)(void *userdata, const struct sighting *sighting);

/* discovery_open - ret_discovery is owned by the caller. 0 or -errno. */
int discovery_open(struct discovery **ret_discovery);

/* discovery_free - closes; takes NULL, returns NULL. */
struct discovery *discovery_free(struct discovery *discovery);

/*
 * discovery_scan - report each name that leads to a namespace now.
 *
 * Among processes too where asked to: at most DISCOVERY_PROCESSES of one
 * namespace, lowest process ids first, and never a kernel's thread. A
 * sighting's texts are valid for the call of fn only. A name may lead to home
 * (is_home). Returns 0, DISCOVERY_PART, -errno, or what fn returned below
 * zero.
 */
int discovery_scan(struct queries *queries, bool processes, discovery_fn fn,
		   void *userdata);
enum {
	DISCOVERY_PROCESSES = 2,
};

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
