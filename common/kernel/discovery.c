/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/discovery.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/kernel/clock.h"
#include "common/kernel/mountinfo.h"
#include "common/kernel/nsfile.h"
#include "common/kernel/scan.h"

struct discovery {
	int mounts_fd;	 /* owned: changes of the mount table */
	int hint_fd;	 /* owned: an epoll that turns them into "readable" */
	uint64_t digest; /* of the mounts of namespaces, at the last ack */
	char *folders;	 /* owned */
	struct scan scan;
	bool told;	    /* everything was told once */
	uint64_t looked_ns; /* when the last look at processes ended; 0: now */
	uint64_t look_ns;   /* how long it took */
	struct descriptors descriptors;
	bool first; /* home is the machine's first namespace */
	enum procfs_view view;
};

/* ---- the mount table ------------------------------------------------- */

struct path {
	char *text;	 /* owned */
	uint64_t digest; /* of its line */
};

/* The paths in it. */
struct paths {
	struct path *items; /* owned */
	size_t n;
	size_t cap;
	bool part; /* some are too long to be named */
	uint64_t digest;
};

static void paths_deinit(struct paths *paths)
{
	size_t i;

	for (i = 0; i < paths->n; i++)
		free(paths->items[i].text);
	free(paths->items);
}

static int paths_add(struct paths *paths, const char *path, uint64_t digest)
{
	struct path *items;
	size_t cap;

	if (paths->n == paths->cap) {
		cap = paths->cap == 0 ? 64 : paths->cap * 2;
		items = reallocarray(paths->items, cap, sizeof(*items));
		if (!items)
			return -ENOMEM;
		paths->items = items;
		paths->cap = cap;
	}
	paths->items[paths->n].digest = digest;
	paths->items[paths->n].text = strdup(path);
	if (!paths->items[paths->n].text)
		return -ENOMEM;
	paths->n++;
	return 0;
}

/* FNV-1a, 64 bits (datatracker.ietf.org, draft-eastlake-fnv). */
#define DIGEST 0xcbf29ce484222325u

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
	return paths_add(paths, path, digest_add(DIGEST, line, len));
}

/* Whatever it returns, deinit is the caller's. */
static int paths_read(struct paths *paths)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *file;
	int r = 0;

	*paths = (struct paths){ .digest = DIGEST };
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

/* ---- paths ----------------------------------------------------------- */

static bool is_folder(const char *folder, size_t len, const char *pattern,
		      size_t pattern_len)
{
	char path[NAME_MAX_BYTES], glob[NAME_MAX_BYTES];

	if (len >= sizeof(path) || pattern_len >= sizeof(glob))
		return false;
	memcpy(path, folder, len);
	path[len] = '\0';
	memcpy(glob, pattern, pattern_len);
	glob[pattern_len] = '\0';
	return fnmatch(glob, path, FNM_PATHNAME | FNM_NOESCAPE) == 0;
}

/* People call a namespace what its file is called in the runtimes' folders. */
static const char *path_label(const char *folders, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len;

	for (; slash && *folders; folders += len) {
		folders += strspn(folders, " \t");
		len = strcspn(folders, " \t");
		if (len > 0 &&
		    is_folder(path, (size_t)(slash - path), folders, len))
			return slash + 1;
	}
	return NULL;
}

static int by_path(const void *a, const void *b)
{
	const struct path *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	/* Of mounts on top of each other one is looked at. */
	return order ? order :
		       (x->digest > y->digest) - (x->digest < y->digest);
}

static int scan_path(struct discovery *discovery, const struct path *path)
{
	struct scan *scan = &discovery->scan;
	int r;

	if (scan_knows(scan, path->text, path->digest))
		return 0;
	r = scan_tell(scan, NAME_PATH, path->text, path->digest, path->text,
		      path_label(discovery->folders, path->text));
	return r < 0 ? r : 0;
}

static int scan_mounts(struct discovery *discovery)
{
	struct scan *scan = &discovery->scan;
	struct paths paths;
	size_t i;
	int r;

	r = paths_read(&paths);
	scan->part = scan->part || paths.part;
	if (r == 0 && paths.n > 0)
		qsort(paths.items, paths.n, sizeof(*paths.items), by_path);
	for (i = 0; r == 0 && i < paths.n; i++)
		if (i == 0 ||
		    strcmp(paths.items[i].text, paths.items[i - 1].text) != 0)
			r = scan_path(discovery, &paths.items[i]);
	paths_deinit(&paths);
	return r < 0 ? r : scan_lost(scan, NAME_PATH);
}

/* ---- scans ----------------------------------------------------------- */

/* A look at all processes may take so small a part of the time. */
#define PROCESSES_REST 50u

static uint64_t now_ns(void)
{
	struct stamp now;

	clock_now(&now);
	return now.mono_ns;
}

static int look_at_processes(struct discovery *discovery, bool wanted)
{
	uint64_t begun_ns = now_ns();
	int r;

	if (!wanted && begun_ns < discovery->looked_ns +
					  PROCESSES_REST * discovery->look_ns)
		return 0;
	r = scan_processes(&discovery->scan);
	if (r == 0)
		r = scan_known(&discovery->scan, NAME_DESCRIPTOR);
	discovery->looked_ns = now_ns();
	discovery->look_ns = discovery->looked_ns - begun_ns;
	return r;
}

static int scan_all(struct discovery *discovery,
		    const struct discovery_wish *wish)
{
	int r;

	r = scan_mounts(discovery);
	if (r == 0)
		r = look_at_processes(discovery, wish->processes);
	if (r == 0 && (wish->descriptors || discovery->descriptors.next_pid))
		r = scan_descriptors(&discovery->scan, &discovery->descriptors);
	return r;
}

int discovery_scan(struct discovery *discovery, struct queries *queries,
		   const struct discovery_wish *wish, discovery_fn *fn,
		   void *userdata)
{
	struct scan *scan = &discovery->scan;
	bool news = discovery->told;
	int r;

	scan->queries = queries;
	scan->fn = fn;
	scan->userdata = userdata;
	scan->part = false;
	scan->serial++;
	scan->now_ns = now_ns();
	discovery->view = procfs_view(discovery->first);
	r = scan_all(discovery, wish);
	/* What was not told is not known to be told. */
	if (r < 0)
		discovery_forget(discovery);
	if (r < 0)
		return r;
	discovery->told = true;
	return r | (news ? DISCOVERY_NEWS : 0) |
	       (scan->part ? DISCOVERY_PART : 0);
}

void discovery_forget(struct discovery *discovery)
{
	scan_forget(&discovery->scan);
	discovery->looked_ns = 0;
}

int discovery_folders(struct discovery *discovery, const char *folders)
{
	char *copy = strdup(folders);

	if (!copy)
		return -ENOMEM;
	free(discovery->folders);
	discovery->folders = copy;
	discovery_forget(discovery);
	return 0;
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
	struct identity home;
	int r;

	discovery = calloc(1, sizeof(*discovery));
	if (!discovery)
		return -ENOMEM;
	discovery->mounts_fd = -1;
	discovery->hint_fd = -1;
	r = nsfile_home(&home, &discovery->first);
	if (r == 0)
		r = discovery_folders(discovery, "");
	if (r == 0)
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
	scan_deinit(&discovery->scan);
	free(discovery->folders);
	free(discovery);
	return NULL;
}

uint32_t discovery_names(const struct discovery *discovery)
{
	return HASH_COUNT(discovery->scan.seen);
}

enum procfs_view discovery_view(const struct discovery *discovery)
{
	return discovery->view;
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
