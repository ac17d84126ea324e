/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/kernel/clock.h"
#include "common/kernel/procfs.h"
#include "common/kernel/scan.h"

/* How long a slice takes, about; and a round begins no sooner than so many
 * times what the last one took, after it has ended. */
#define SLICE_NS 20000000ull
#define REST 128u

static uint64_t now_ns(void)
{
	struct stamp now;

	clock_now(&now);
	return now.mono_ns;
}

/* ---- one process ----------------------------------------------------- */

/*
 * The inode of the namespace, of whatever type, that a descriptor is of; 0: of
 * none. The link of one that was opened by its mount shows that mount's path,
 * so it is asked itself, as far as that waits for no other machine.
 */
static uint64_t namespace_inode(const struct descriptors *descriptors,
				int dir_fd, const char *fd)
{
	struct statx st;

	if (statx(dir_fd, fd, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO,
		  &st) < 0 ||
	    makedev(st.stx_dev_major, st.stx_dev_minor) != descriptors->dev ||
	    st.stx_ino == descriptors->home_ino)
		return 0;
	return st.stx_ino;
}

static int tell(struct scan *scan, pid_t pid, int fd, uint64_t ino)
{
	char name[NAME_MAX_BYTES], label[NAME_MAX_BYTES], key[32];
	struct process process;

	snprintf(key, sizeof(key), "%d/%d", (int)pid, fd);
	if (scan_knows(scan, key, ino) || procfs_process(pid, &process) != 0)
		return 0;
	procfs_write_descriptor(&process, fd, name);
	procfs_label(pid, label);
	return scan_tell(scan, NAME_DESCRIPTOR, key, ino, name, label);
}

static int look_into(struct scan *scan, const struct descriptors *descriptors,
		     pid_t pid)
{
	struct dirent *entry;
	char path[64];
	uint64_t ino;
	DIR *dir;
	int r = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir) /* it has gone, or is none of our business */
		return 0;
	while (r >= 0 && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		ino = namespace_inode(descriptors, dirfd(dir), entry->d_name);
		if (ino && !scan_is_held(scan, ino))
			r = tell(scan, pid, atoi(entry->d_name), ino);
	}
	closedir(dir);
	return r < 0 ? r : 0;
}

/* ---- all of them ----------------------------------------------------- */

/* /proc lists processes by their numbers. */
static int look_around(struct scan *scan, struct descriptors *descriptors,
		       uint64_t until_ns)
{
	struct dirent *entry;
	int pid, r = 0;
	DIR *proc;

	proc = opendir("/proc");
	if (!proc)
		return -errno;
	while (r == 0 && (entry = readdir(proc))) {
		pid = atoi(entry->d_name);
		if (pid < descriptors->next_pid || pid <= 0 || pid == getpid())
			continue;
		r = scan_threads(scan, pid);
		if (r == 0)
			r = look_into(scan, descriptors, pid);
		descriptors->next_pid = pid + 1;
		if (r == 0 && now_ns() >= until_ns)
			r = DISCOVERY_MORE;
	}
	closedir(proc);
	return r;
}

int scan_descriptors(struct scan *scan, struct descriptors *descriptors)
{
	uint64_t begun_ns = now_ns(), ended_ns;
	struct stat st;
	int r;

	if (!descriptors->dev && stat("/proc/self/ns/net", &st) == 0) {
		descriptors->dev = st.st_dev;
		descriptors->home_ino = st.st_ino;
	}
	if (!descriptors->next_pid &&
	    begun_ns < descriptors->ended_ns + REST * descriptors->round_ns)
		return 0;
	r = look_around(scan, descriptors, begun_ns + SLICE_NS);
	ended_ns = now_ns();
	descriptors->spent_ns += ended_ns - begun_ns;
	if (r != 0)
		return r;
	descriptors->round_ns = descriptors->spent_ns;
	descriptors->ended_ns = ended_ns;
	descriptors->spent_ns = 0;
	descriptors->next_pid = 0;
	return 0;
}
