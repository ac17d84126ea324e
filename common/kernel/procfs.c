/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/procfs.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/kernel/cgroup.h"

/* PF_KTHREAD of include/linux/sched.h, shown in the field "flags". */
#define FLAG_KERNEL_THREAD 0x00200000u

/* Reads a small file whole, or as much as fits; always ends with NUL. */
static int read_file(pid_t pid, const char *file, char *buf, size_t size)
{
	char path[64];
	size_t len = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	do {
		n = read(fd, buf + len, size - 1 - len);
		if (n > 0)
			len += (size_t)n;
	} while ((n > 0 && len < size - 1) || (n < 0 && errno == EINTR));
	n = n < 0 ? -errno : 0;
	close(fd);
	buf[len] = '\0';
	return (int)n;
}

/* PROC_PID_INIT_INO of include/linux/proc_ns.h: the machine's first one. */
#define FIRST_PID_NAMESPACE 0xEFFFFFFCu

enum procfs_view procfs_view(bool home_is_first)
{
	struct stat st;

	if (stat("/proc/1/stat", &st) < 0)
		return PROCFS_VIEW_OWN;
	if (home_is_first && (stat("/proc/self/ns/pid", &st) < 0 ||
			      st.st_ino != FIRST_PID_NAMESPACE))
		return PROCFS_VIEW_INNER;
	return PROCFS_VIEW_ALL;
}

static int gone(int error)
{
	if (error == -ENOENT || error == -ESRCH || error == -EACCES ||
	    error == -EPERM)
		return PROCFS_GONE;
	return error;
}

/* A number in decimal, and what follows it; false: none is there. */
static bool read_number(const char **text, uint64_t *ret_number)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	*ret_number = strtoull(*text, &end, 10);
	*text = end;
	return true;
}

/* The beginning of the field that is n further on, or the end. */
static const char *skip_fields(const char *text, unsigned int n)
{
	for (; n > 0; n--) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return text;
}

int procfs_parse_stat(const char *text, struct process *ret_process)
{
	uint64_t pid, flags, start_ticks;
	const char *rest;

	/* The name in parentheses may hold anything, also parentheses. */
	rest = strrchr(text, ')');
	if (!rest || !read_number(&text, &pid) || strncmp(text, " (", 2) != 0)
		return PROCFS_OTHER;
	/* state ppid pgrp session tty tpgid FLAGS, then 12 more, STARTTIME */
	rest = skip_fields(rest, 7);
	if (!read_number(&rest, &flags))
		return PROCFS_OTHER;
	rest = skip_fields(rest, 13);
	if (!read_number(&rest, &start_ticks))
		return PROCFS_OTHER;
	ret_process->pid = (pid_t)pid;
	ret_process->start_ticks = start_ticks;
	ret_process->kernel_thread = flags & FLAG_KERNEL_THREAD;
	return 0;
}

int procfs_process(pid_t pid, struct process *ret_process)
{
	char text[1024];
	int r;

	r = read_file(pid, "stat", text, sizeof(text));
	if (r < 0)
		return gone(r);
	r = procfs_parse_stat(text, ret_process);
	return r == 0 ? 0 : -EPROTO;
}

bool procfs_still_there(const struct process *process)
{
	struct process now;

	return procfs_process(process->pid, &now) == 0 &&
	       now.start_ticks == process->start_ticks;
}

void procfs_write_name(const struct process *process,
		       char ret_name[static NAME_MAX_BYTES])
{
	snprintf(ret_name, NAME_MAX_BYTES, "pid:%d:%" PRIu64, (int)process->pid,
		 process->start_ticks);
}

int procfs_parse_name(const char *name, struct process *ret_process)
{
	struct process process = { 0 };
	char again[NAME_MAX_BYTES];

	if (sscanf(name, "pid:%d:%" SCNu64, &process.pid,
		   &process.start_ticks) != 2 ||
	    process.pid <= 0)
		return PROCFS_OTHER;
	/* Only what we would write ourselves: no blanks, signs, overflow. */
	procfs_write_name(&process, again);
	if (strcmp(name, again) != 0)
		return PROCFS_OTHER;
	*ret_process = process;
	return 0;
}

void procfs_write_descriptor(const struct process *process, int fd,
			     char ret_name[static NAME_MAX_BYTES])
{
	snprintf(ret_name, NAME_MAX_BYTES, "fd:%d:%" PRIu64 ":%d",
		 (int)process->pid, process->start_ticks, fd);
}

int procfs_parse_descriptor(const char *name, struct process *ret_process,
			    int *ret_fd)
{
	struct process process = { 0 };
	char again[NAME_MAX_BYTES];
	int fd;

	if (sscanf(name, "fd:%d:%" SCNu64 ":%d", &process.pid,
		   &process.start_ticks, &fd) != 3 ||
	    process.pid <= 0 || fd < 0)
		return PROCFS_OTHER;
	procfs_write_descriptor(&process, fd, again);
	if (strcmp(name, again) != 0)
		return PROCFS_OTHER;
	*ret_process = process;
	*ret_fd = fd;
	return 0;
}

int procfs_netns_key(pid_t pid, uint64_t *ret_key)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/net/dev", (int)pid);
	if (stat(path, &st) < 0)
		return gone(errno == EINVAL ? -ENOENT : -errno);
	*ret_key = st.st_ino;
	return 0;
}

/* ---- labels ---------------------------------------------------------- */

void procfs_label(pid_t pid, char ret_label[static NAME_MAX_BYTES])
{
	char text[4096];

	ret_label[0] = '\0';
	if (read_file(pid, "cgroup", text, sizeof(text)) == 0 &&
	    cgroup_label(text, ret_label) == 0)
		return;
	if (read_file(pid, "comm", text, sizeof(text)) == 0) {
		text[strcspn(text, "\n")] = '\0';
		snprintf(ret_label, NAME_MAX_BYTES, "%.64s[%d]", text,
			 (int)pid);
	}
}
