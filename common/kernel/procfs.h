/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What /proc tells of a process, as far as namespaces go. Nothing here needs a
 * privilege but the identity of a stranger's namespace (nsfile.h).
 *
 * Sources: proc(5), cgroups(7), fs/proc/array.c, fs/proc/proc_net.c.
 */

#include <sys/types.h>

#include "common/engine/event.h"

enum procfs_outcome {
	PROCFS_GONE = 1, /* no such process, or it is hidden from us */
	PROCFS_OTHER,	 /* not of the form that was expected */
};

/* A process, and what tells it from the next one with its number. */
struct process {
	pid_t pid;
	uint64_t start_ticks; /* since boot */
	bool kernel_thread;
};

/* Which processes can be seen. */
enum procfs_view {
	PROCFS_VIEW_ALL,
	PROCFS_VIEW_OWN,   /* those of other users are hidden (hidepid=) */
	PROCFS_VIEW_INNER, /* those of our own process-id namespace only */
};

/*
 * procfs_view - as things are now; home_is_first as nsfile_home() has it.
 *
 * A process-id namespace of one's own matters only in the machine's first
 * network namespace: in another one it is the container's, as home is. Others
 * are taken for hidden where process 1 is, which every process may look at
 * otherwise (has_pid_permissions() in fs/proc/base.c).
 */
enum procfs_view procfs_view(bool home_is_first);

/* procfs_process - look at a process. 0, PROCFS_GONE, or -errno. */
int procfs_process(pid_t pid, struct process *ret_process);

/* procfs_still_there - this process, and no later one with its number. */
bool procfs_still_there(const struct process *process);

/* procfs_parse_stat - the text of /proc/PID/stat, whose second field is the
 * process's own choice. 0 or PROCFS_OTHER. */
int procfs_parse_stat(const char *text, struct process *ret_process);

/* procfs_write_name - "pid:PID:STARTTIME", as event.h has it. */
void procfs_write_name(const struct process *process,
		       char ret_name[static NAME_MAX_BYTES]);

/* procfs_parse_name - the way back. 0 or PROCFS_OTHER. */
int procfs_parse_name(const char *name, struct process *ret_process);

/* The same for one of its descriptors: "fd:PID:STARTTIME:FD". */
void procfs_write_descriptor(const struct process *process, int fd,
			     char ret_name[static NAME_MAX_BYTES]);
int procfs_parse_descriptor(const char *name, struct process *ret_process,
			    int *ret_fd);

/*
 * procfs_netns_key - tells whether two processes are in the same network
 * namespace, now: only then their keys are the same.
 *
 * It is the inode of /proc/PID/net/dev. Each namespace has a tree of its own
 * there with inodes that nothing else has (proc_register()), and who may see a
 * process may look into it (get_proc_task_net() checks nothing), which cannot
 * be said of /proc/PID/ns/net. 0, PROCFS_GONE, or -errno.
 */
int procfs_netns_key(pid_t pid, uint64_t *ret_key);

/*
 * procfs_label - what people call a process's surroundings: what its cgroup
 * names (cgroup.h), else its own name and id, "COMM[PID]". Never fails; "" if
 * the process has gone. The text is a stranger's: any bytes but NUL.
 */
void procfs_label(pid_t pid, char ret_label[static NAME_MAX_BYTES]);
