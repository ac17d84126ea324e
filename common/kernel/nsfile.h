/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files that name a network namespace: bind mounts of nsfs. An open one keeps
 * the namespace alive: ask, and close at once.
 *
 * Sources: fs/nsfs.c, ioctl_ns(2), openat2(2).
 */

#include <sys/types.h>

#include "common/engine/event.h"

enum nsfile_outcome {
	NSFILE_NONE = 1,  /* there is no network namespace under that path */
	NSFILE_FORBIDDEN, /* EACCES or EPERM on the way */
};

/*
 * nsfile_open - open the network namespace that path names.
 *
 * Symbolic links are not followed, anywhere in the path (only in the last
 * component before Linux 5.6), and nothing is opened before it is known to be
 * of nsfs: a device or a FIFO under a stranger's name is left alone. ret_fd is
 * owned by the caller, close-on-exec. Returns 0, an outcome, or -errno.
 */
int nsfile_open(const char *path, int *ret_fd);

/*
 * nsfile_open_descriptor - the same for a descriptor of another process, which
 * takes ptrace(2) access to it (CAP_SYS_PTRACE).
 */
int nsfile_open_descriptor(pid_t pid, int fd, int *ret_fd);

/* nsfile_identity - of an open namespace; what is not known stays zero. */
void nsfile_identity(int fd, struct identity *ret_identity);

/*
 * nsfile_identity_at - the same for a link of /proc (ns/net), without opening
 * it. Returns 0, NSFILE_NONE, NSFILE_FORBIDDEN (ptrace(2) access to the
 * process is needed), or -errno.
 */
int nsfile_identity_at(const char *link, struct identity *ret_identity);

/*
 * nsfile_home - identity of the caller's own namespace, and whether it is the
 * machine's first one, as far as its inode or its cookie show (init_net in
 * net/core/net_namespace.c; `false` may be ignorance). Returns 0 or -errno.
 */
int nsfile_home(struct identity *ret_identity, bool *ret_first);
