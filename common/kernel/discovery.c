/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/discovery.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/kernel/mountinfo.h"
#include "common/kernel/procfs.h"
#include "common/kernel/queries.h"

struct discovery {
	int mounts_fd;	 /* owned: changes of the mount table */
	int hint_fd;	 /* owned: an epoll that turns them into "readable" */
	uint64_t digest; /* of the mounts of namespaces, at the last ack */
};

/* ---- the mount table ------------------------------------------------- */

/* The paths in it. */
struct paths {
	char **texts; /* owned, and what they point to */
	size_t n;
	size_t cap;
	bool part; /* some are too long to be named */
	uint64_t digest;
};

static void paths_deinit(struct paths *paths)
{
	size_t i;

	for (i = 0; i < paths->n; i++)
		free(paths->texts[i]);
	free(paths->texts);
}

static int paths_add(struct paths *paths, const char *path)
{
	char **texts;
	size_t cap;

	if (paths->n == paths->cap) {
		cap = paths->cap == 0 ? 64 : paths->cap * 2;
		texts = reallocarray(paths->texts, cap, sizeof(*texts));
		if (!texts)
			return -ENOMEM;
		paths->texts = texts;
		paths->cap = cap;
	}
	paths->texts[paths->n] = strdup(path);
	if (!paths->texts[paths->n])
		return -ENOMEM;
	paths->n++;
	return 0;
}

/* FNV-1a, 64 bits (datatracker.ietf.org, draft-eastlake-fnv). */
static uint64_t digest_add(uint64_t digest, const char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		digest = (digest ^ (unsigned char)bytes[i]) * 0x100000001b3u;
	return digest;
}

static int paths_line(struct paths *paths, const char *line, size_t len)
{
	char path[NAME_MAX_BYTES];
	int r;

	r = mountinfo_parse(line, len, path);
	if (r == MOUNTINFO_OTHER)
		return 0;
	paths->digest = digest_add(paths->digest, line, len);
	if (r == MOUNTINFO_LONG) {
		paths->part = true;
		return 0;
	}
	return paths_add(paths, path);
}

/* Whatever it returns, deinit is the caller's. */
static int paths_read(struct paths *paths)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *file;
	int r = 0;

	*paths = (struct paths){ .digest = 0xcbf29ce484222325u };
	file = fopen("/proc/self/mountinfo", "re");
	if (!file)
		return -errno;
	errno = 0;
	while (r == 0 && (len = getline(&line, &size, file)) >= 0)
		r = paths_line(paths, line, (size_t)len);
	if (r == 0 && !feof(file))
		r = errno != 0 ? -errno : -EIO;
	free(line);
	fclose(file);
	return r;
}

/* ---- sightings ------------------------------------------------------- */

struct scan {
	struct queries *queries; /* borrowed */
	discovery_fn fn;
	void *userdata;
	bool part;
};

/* Returns 1 where the name leads to a namespace and was reported. */
static int scan_name(struct scan *scan, enum name_kind kind, const char *text,
		     const char *label)
{
	struct sighting sighting;
	enum answer_outcome outcome;
	int error, r;

	outcome = queries_sight(scan->queries, kind, text, &sighting, &error);
	if (outcome != ANSWER_WHOLE) {
		scan->part = true;
		return 0;
	}
	if (!sighting.leads)
		return 0;
	if (label && label[0] != '\0')
		sighting.label = label;
	r = scan->fn(scan->userdata, &sighting);
	return r < 0 ? r : 1;
}

/* "ip netns", docker and podman keep their files in folders of that name, and
 * people call a namespace what its file is called there. */
static const char *path_label(const char *path)
{
	static const char folder[] = "/netns";
	const char *slash = strrchr(path, '/');
	size_t n = strlen(folder);

	if (!slash || (size_t)(slash - path) < n ||
	    memcmp(slash - n, folder, n) != 0)
		return NULL;
	return slash + 1;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int scan_mounts(struct scan *scan)
{
	struct paths paths;
	size_t i;
	int r;

	r = paths_read(&paths);
	scan->part = scan->part || paths.part;
	if (r == 0 && paths.n > 0)
		qsort(paths.texts, paths.n, sizeof(*paths.texts),
		      compare_texts);
	/* Mounts may lie on top of each other. */
	for (i = 0; r >= 0 && i < paths.n; i++) {
		if (i == 0 || strcmp(paths.texts[i], paths.texts[i - 1]) != 0)
			r = scan_name(scan, NAME_PATH, paths.texts[i],
				      path_label(paths.texts[i]));
	}
	paths_deinit(&paths);
	return r < 0 ? r : 0;
}

/* ---- processes ------------------------------------------------------- */

struct candidate {
	uint64_t key; /* of its namespace */
	pid_t pid;
};

struct candidates {
	struct candidate *items; /* owned */
	size_t n;
	size_t cap;
};

static int candidates_add(struct candidates *candidates, uint64_t key,
			  pid_t pid)
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

static int candidates_read(struct candidates *candidates, uint64_t home_key)
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
		r = candidates_add(candidates, key, atoi(entry->d_name));
	}
	closedir(proc);
	return r;
}

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int scan_process(struct scan *scan, pid_t pid)
{
	char name[NAME_MAX_BYTES], label[NAME_MAX_BYTES];
	struct process process;

	if (procfs_process(pid, &process) != 0 || process.kernel_thread)
		return 0;
	procfs_write_name(&process, name);
	procfs_label(pid, label);
	return scan_name(scan, NAME_PROCESS, name, label);
}

static int scan_candidates(struct scan *scan,
			   const struct candidates *candidates)
{
	const struct candidate *item;
	size_t i;
	int r, named = 0;

	for (i = 0; i < candidates->n; i++) {
		item = &candidates->items[i];
		if (i > 0 && item->key != item[-1].key)
			named = 0;
		if (named == DISCOVERY_PROCESSES)
			continue;
		r = scan_process(scan, item->pid);
		if (r < 0)
			return r;
		named += r;
	}
	return 0;
}

static int scan_processes(struct scan *scan)
{
	struct candidates candidates = { 0 };
	uint64_t home_key;
	int r;

	r = procfs_netns_key(getpid(), &home_key);
	if (r != 0)
		return r < 0 ? r : -ENOENT;
	r = candidates_read(&candidates, home_key);
	if (r == 0 && candidates.n > 0) {
		qsort(candidates.items, candidates.n, sizeof(*candidates.items),
		      compare_candidates);
		r = scan_candidates(scan, &candidates);
	}
	free(candidates.items);
	return r;
}

int discovery_scan(struct queries *queries, bool processes, discovery_fn fn,
		   void *userdata)
{
	struct scan scan = {
		.queries = queries,
		.fn = fn,
		.userdata = userdata,
	};
	int r;

	r = scan_mounts(&scan);
	if (r == 0 && processes)
		r = scan_processes(&scan);
	if (r < 0)
		return r;
	return scan.part ? DISCOVERY_PART : 0;
}

/* ---- hints ----------------------------------------------------------- */

/*
 * A change of the mount table shows as an exceptional condition (proc(5)),
 * which event loops do not watch for: an epoll set becomes readable by it. One
 * poll takes it (mounts_poll()), so nobody may poll mounts_fd but the set.
 */
static int open_hints(struct discovery *discovery)
{
	struct epoll_event event = { .events = EPOLLPRI | EPOLLET };

	discovery->mounts_fd = open("/proc/self/mountinfo",
				    O_RDONLY | O_CLOEXEC);
	if (discovery->mounts_fd < 0)
		return -errno;
	discovery->hint_fd = epoll_create1(EPOLL_CLOEXEC);
	if (discovery->hint_fd < 0 ||
	    epoll_ctl(discovery->hint_fd, EPOLL_CTL_ADD, discovery->mounts_fd,
		      &event) < 0)
		return -errno;
	return 0;
}

int discovery_open(struct discovery **ret_discovery)
{
	struct discovery *discovery;
	int r;

	discovery = calloc(1, sizeof(*discovery));
	if (!discovery)
		return -ENOMEM;
	discovery->mounts_fd = -1;
	discovery->hint_fd = -1;
	r = open_hints(discovery);
	if (r == 0)
		r = discovery_ack(discovery);
	if (r < 0) {
		discovery_free(discovery);
		return r;
	}
	*ret_discovery = discovery;
	return 0;
}

struct discovery *discovery_free(struct discovery *discovery)
{
	if (!discovery)
		return NULL;
	if (discovery->hint_fd >= 0)
		close(discovery->hint_fd);
	if (discovery->mounts_fd >= 0)
		close(discovery->mounts_fd);
	free(discovery);
	return NULL;
}

int discovery_fd(const struct discovery *discovery)
{
	return discovery->hint_fd;
}

int discovery_ack(struct discovery *discovery)
{
	struct epoll_event event;
	struct paths paths;
	int r;

	/* First the hint, then the table: a change in between hints again. */
	while (epoll_wait(discovery->hint_fd, &event, 1, 0) < 0 &&
	       errno == EINTR)
		;
	r = paths_read(&paths);
	if (r == 0) {
		r = paths.digest != discovery->digest;
		discovery->digest = paths.digest;
	}
	paths_deinit(&paths);
	return r;
}
