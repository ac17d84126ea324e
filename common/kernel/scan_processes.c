/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/kernel/nsfile.h"
#include "common/kernel/procfs.h"
#include "common/kernel/scan.h"

struct candidate {
	uint64_t key; /* of its namespace */
	pid_t pid;
};

struct candidates {
	struct candidate *items; /* owned */
	size_t n;
	size_t cap;
};

static int add(struct candidates *candidates, uint64_t key, pid_t pid)
{
	struct candidate *items;
	size_t cap;

	if (candidates->n == candidates->cap) {
		cap = candidates->cap == 0 ? 256 : candidates->cap * 2;
		items = reallocarray(candidates->items, cap, sizeof(*items));
		if (!items)
			return -ENOMEM;
		candidates->items = items;
		candidates->cap = cap;
	}
	candidates->items[candidates->n++] = (struct candidate){ key, pid };
	return 0;
}

static int read_all(struct candidates *candidates, uint64_t home_key)
{
	struct dirent *entry;
	uint64_t key;
	int r = 0;
	DIR *proc;

	proc = opendir("/proc");
	if (!proc)
		return -errno;
	while (r == 0 && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    procfs_netns_key(atoi(entry->d_name), &key) != 0 ||
		    key == home_key)
			continue;
		r = add(candidates, key, atoi(entry->d_name));
	}
	closedir(proc);
	return r;
}

static int by_namespace(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void write_key(pid_t pid, char ret_key[static 16])
{
	snprintf(ret_key, 16, "%d", (int)pid);
}

/*
 * A question by process makes the kernel walk home's numbers, a look into /proc
 * does not: so nobody is asked whose answer is there already. The first one of
 * a namespace whose answer is known is the witness for the others.
 */
struct witness {
	pid_t pid; /* 0: nobody yet */
	struct sighting sighting;
};

static bool is_in(pid_t pid, uint64_t netns_key)
{
	uint64_t key;

	return procfs_netns_key(pid, &key) == 0 && key == netns_key;
}

/* Between two looks that find the witness in the namespace with that key, the
 * other one is found there. */
static bool is_with(const struct candidate *item, const struct witness *witness)
{
	return witness->pid && is_in(item->pid, item->key) &&
	       is_in(witness->pid, item->key);
}

/* It is in a namespace whose path has been asked. */
static bool has_path(const struct scan *scan, const struct candidate *item,
		     struct sighting *ret_sighting)
{
	struct sighting sighting = { .kind = NAME_PROCESS, .leads = true };
	char link[64];

	snprintf(link, sizeof(link), "/proc/%d/ns/net", (int)item->pid);
	if (nsfile_identity_at(link, &sighting.identity) != 0 ||
	    !scan_number(scan, &sighting.identity, &sighting.nsid))
		return false;
	*ret_sighting = sighting;
	return true;
}

/* Where it leads, if it leads somewhere. */
static bool look(struct scan *scan, const struct candidate *item,
		 const char *name, struct witness *witness,
		 struct sighting *ret_sighting)
{
	if (is_with(item, witness)) {
		*ret_sighting = witness->sighting;
		return true;
	}
	if (!has_path(scan, item, ret_sighting) &&
	    !scan_ask(scan, NAME_PROCESS, name, ret_sighting))
		return false;
	witness->pid = is_in(item->pid, item->key) ? item->pid : 0;
	witness->sighting = *ret_sighting;
	return true;
}

/* Without a number and where not even the inode can be seen, two names would
 * look like two namespaces. */
static bool is_stranger(const struct sighting *sighting)
{
	return sighting->nsid == NSID_NONE && !sighting->identity.id &&
	       !sighting->identity.ino;
}

enum tell_outcome {
	TELL_ENOUGH = SCAN_SEEN + 1, /* no second name is wanted */
};

static int tell(struct scan *scan, const struct candidate *item, bool first,
		struct witness *witness)
{
	char name[NAME_MAX_BYTES], label[NAME_MAX_BYTES], key[16];
	struct sighting sighting;
	struct process process;

	if (procfs_process(item->pid, &process) != 0 || process.kernel_thread)
		return 0;
	procfs_write_name(&process, name);
	if (!look(scan, item, name, witness, &sighting))
		return 0;
	if (!first && is_stranger(&sighting))
		return TELL_ENOUGH;
	procfs_label(item->pid, label);
	if (!procfs_still_there(&process))
		return 0;
	sighting.text = name;
	sighting.label = label[0] != '\0' ? label : NULL;
	write_key(item->pid, key);
	return scan_report(scan, key, item->key, &sighting);
}

/* Those of one namespace: the ones that are known stay, the oldest join. */
static int tell_namespace(struct scan *scan, struct candidate *items, size_t n)
{
	struct witness witness = { 0 };
	size_t i, named = 0;
	char key[16];
	int r;

	for (i = 0; i < n; i++) {
		write_key(items[i].pid, key);
		if (!scan_knows(scan, key, items[i].key))
			continue;
		items[i].pid = 0;
		named++;
	}
	for (i = 0; i < n && named < DISCOVERY_PROCESSES; i++) {
		if (!items[i].pid)
			continue;
		r = tell(scan, &items[i], named == 0, &witness);
		if (r < 0)
			return r;
		if (r == TELL_ENOUGH)
			break;
		named += r == SCAN_SEEN;
	}
	return 0;
}

static int tell_all(struct scan *scan, const struct candidates *candidates)
{
	size_t i = 0, n;
	int r = 0;

	while (r == 0 && i < candidates->n) {
		n = 1;
		while (i + n < candidates->n &&
		       candidates->items[i + n].key == candidates->items[i].key)
			n++;
		r = tell_namespace(scan, candidates->items + i, n);
		i += n;
	}
	return r;
}

static int home(uint64_t *ret_key)
{
	int r = procfs_netns_key(getpid(), ret_key);

	return r > 0 ? -ENOENT : r;
}

static int sort_and_tell(struct scan *scan, struct candidates *candidates)
{
	if (candidates->n == 0)
		return 0;
	qsort(candidates->items, candidates->n, sizeof(*candidates->items),
	      by_namespace);
	return tell_all(scan, candidates);
}

/* /proc does not list threads: those known are met where they still are. */
static void meet_threads(struct scan *scan)
{
	struct seen *seen;
	uint64_t key;

	for (seen = scan->seen; seen; seen = seen->hh.next)
		if (seen->kind == NAME_PROCESS && seen->scan != scan->serial &&
		    procfs_netns_key(atoi(seen->key), &key) == 0)
			scan_knows(scan, seen->key, key);
}

int scan_processes(struct scan *scan)
{
	struct candidates candidates = { 0 };
	uint64_t home_key;
	int r;

	r = home(&home_key);
	if (r < 0)
		return r;
	r = read_all(&candidates, home_key);
	if (r == 0)
		r = sort_and_tell(scan, &candidates);
	free(candidates.items);
	if (r < 0)
		return r;
	meet_threads(scan);
	return scan_lost(scan, NAME_PROCESS);
}

/* ---- threads --------------------------------------------------------- */

/* A link each for the folder itself and what is above, and one a thread
 * (proc_task_getattr() in fs/proc/base.c). */
static bool has_threads(const char *folder)
{
	struct stat st;

	return stat(folder, &st) == 0 && st.st_nlink > 3;
}

/* The main thread may have ended: then it is nowhere. */
static int read_threads(const char *folder, pid_t pid, uint64_t home_key,
			struct candidates *candidates)
{
	uint64_t main_key = home_key, key;
	struct dirent *entry;
	DIR *tasks;
	int r = 0;

	procfs_netns_key(pid, &main_key);
	tasks = opendir(folder);
	if (!tasks) /* it has gone */
		return 0;
	while (r == 0 && (entry = readdir(tasks))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    procfs_netns_key(atoi(entry->d_name), &key) != 0 ||
		    key == main_key || key == home_key)
			continue;
		r = add(candidates, key, atoi(entry->d_name));
	}
	closedir(tasks);
	return r;
}

int scan_threads(struct scan *scan, pid_t pid)
{
	struct candidates candidates = { 0 };
	uint64_t home_key;
	char folder[64];
	int r;

	snprintf(folder, sizeof(folder), "/proc/%d/task", (int)pid);
	if (!has_threads(folder))
		return 0;
	r = home(&home_key);
	if (r == 0)
		r = read_threads(folder, pid, home_key, &candidates);
	if (r == 0)
		r = sort_and_tell(scan, &candidates);
	free(candidates.items);
	return r;
}
