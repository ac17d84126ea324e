/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "common/kernel/discovery.h"
#include "common/kernel/mountinfo.h"
#include "common/kernel/nsfile.h"
#include "common/kernel/procfs.h"
#include "common/kernel/queries.h"
#include "tests/lib/namespaces.h"

#define FOLDER "/tmp" /* an empty one of our own, once it is mounted */

static bool privileged;

#define NEED_ROOT()                                                   \
	do {                                                          \
		if (!privileged) {                                    \
			print_message("needs root and namespaces\n"); \
			skip();                                       \
		}                                                     \
	} while (0)

/* ---- the mount table ------------------------------------------------- */

static void assert_mount(const char *line, const char *path)
{
	char found[NAME_MAX_BYTES];

	assert_int_equal(mountinfo_parse(line, strlen(line), found), 0);
	assert_string_equal(found, path);
}

static void assert_no_mount(const char *line, int outcome)
{
	char found[NAME_MAX_BYTES] = "untouched";

	assert_int_equal(mountinfo_parse(line, strlen(line), found), outcome);
	assert_string_equal(found, "untouched");
}

static void mounts_of_namespaces(void **state)
{
	(void)state;
	assert_mount("43 42 0:4 net:[4026532177] /run/netns/a rw shared:2"
		     " - nsfs nsfs rw\n",
		     "/run/netns/a");
	assert_mount("43 42 0:4 net:[1] /a rw - nsfs nsfs rw", "/a");
	assert_mount("43 42 0:4 net:[1] /a rw shared:2 master:3 - nsfs", "/a");
	assert_mount("43 42 0:4 net:[1] /a\\040b\\134\\012\\377 rw - nsfs x y",
		     "/a b\\\n\377");
	assert_mount("43 42 0:4 net:[1] /a\\04\\900\\ rw - nsfs x y",
		     "/a\\04\\900\\");
}

static void mounts_of_others(void **state)
{
	(void)state;
	assert_no_mount("", MOUNTINFO_OTHER);
	assert_no_mount("\n", MOUNTINFO_OTHER);
	assert_no_mount("27 1 254:0 / / rw - ext4 /dev/vda rw\n",
			MOUNTINFO_OTHER);
	assert_no_mount("43 42 0:4 mnt:[1] /a rw - nsfs nsfs rw",
			MOUNTINFO_OTHER);
	assert_no_mount("43 42 0:4 net:[1] /a rw - ext4 net:[1] rw",
			MOUNTINFO_OTHER);
	assert_no_mount("43 42 0:4 net:[1] /a rw nsfs nsfs rw",
			MOUNTINFO_OTHER);
	assert_no_mount("43 42 0:4 net:[1] /a rw -", MOUNTINFO_OTHER);
	assert_no_mount("43 42 0:4 net:[1] a rw - nsfs x y", MOUNTINFO_OTHER);
	assert_no_mount("43 42 0:4 net:[1]", MOUNTINFO_OTHER);
	assert_no_mount("43 42 0:4 net:[1] /a\\000b rw - nsfs x y",
			MOUNTINFO_OTHER);
}

static void mounts_with_long_paths(void **state)
{
	char line[900] = "43 42 0:4 net:[1] ", path[NAME_MAX_BYTES + 8];
	size_t head = strlen(line);

	(void)state;
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[NAME_MAX_BYTES - 1] = '\0';
	snprintf(line + head, sizeof(line) - head, "%s rw - nsfs x y", path);
	assert_mount(line, path);
	path[NAME_MAX_BYTES - 1] = 'x';
	path[NAME_MAX_BYTES] = '\0';
	snprintf(line + head, sizeof(line) - head, "%s rw - nsfs x y", path);
	assert_no_mount(line, MOUNTINFO_LONG);
}

/* ---- /proc ----------------------------------------------------------- */

static void stat_of_processes(void **state)
{
	struct process process;

	(void)state;
	assert_int_equal(
		procfs_parse_stat("42 (a) R 1 (b) S 1 2 3 0 -1 4194560 1 2 3 4"
				  " 5 6 -7 8 20 0 1 0 987654321 100 7\n",
				  &process),
		0);
	assert_int_equal(process.pid, 42);
	assert_int_equal(process.start_ticks, 987654321);
	assert_false(process.kernel_thread);
	assert_int_equal(
		procfs_parse_stat("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0"
				  " 6 0 0 20 0 1 0 3 0 0",
				  &process),
		0);
	assert_true(process.kernel_thread);
	assert_int_equal(procfs_parse_stat("", &process), PROCFS_OTHER);
	assert_int_equal(procfs_parse_stat("1 (x", &process), PROCFS_OTHER);
	assert_int_equal(procfs_parse_stat("1 (x) R 1 2", &process),
			 PROCFS_OTHER);
}

static void names_of_processes(void **state)
{
	static const char *const bad[] = {
		"",
		"pid:",
		"pid:1",
		"pid:1:",
		"pid:0:5",
		"pid:-1:5",
		"pid: 1:5",
		"pid:1:5x",
		"pid:01:5",
		"PID:1:5",
		"/run/netns/x",
		"pid:1:-5",
		"pid:1e3:10",
		"pid:99999999999:5",
	};
	struct process process;
	char text[NAME_MAX_BYTES];
	size_t i;

	(void)state;
	assert_int_equal(procfs_parse_name("pid:123:456", &process), 0);
	assert_int_equal(process.pid, 123);
	assert_int_equal(process.start_ticks, 456);
	procfs_write_name(&process, text);
	assert_string_equal(text, "pid:123:456");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(procfs_parse_name(bad[i], &process),
				 PROCFS_OTHER);
}

static void keys_of_namespaces(void **state)
{
	uint64_t mine, same, other;
	pid_t near, far;

	(void)state;
	NEED_ROOT();
	near = namespaces_process(false);
	far = namespaces_process(true);
	assert_int_equal(procfs_netns_key(getpid(), &mine), 0);
	assert_int_equal(procfs_netns_key(near, &same), 0);
	assert_int_equal(procfs_netns_key(far, &other), 0);
	assert_true(mine == same);
	assert_true(mine != other);
	namespaces_end(near);
	namespaces_end(far);
	assert_int_equal(procfs_netns_key(far, &other), PROCFS_GONE);
}

/* Another process-id namespace, where home is the machine's first or not. */
static void view_from_inside(void **state)
{
	enum procfs_view view = procfs_view(false);
	int status;
	pid_t pid;

	(void)state;
	NEED_ROOT();
	assert_int_equal(view, PROCFS_VIEW_ALL);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWPID) < 0)
			_exit(99);
		pid = fork();
		if (pid == 0)
			_exit(procfs_view(true) == PROCFS_VIEW_INNER &&
					      procfs_view(false) ==
						      PROCFS_VIEW_ALL ?
				      0 :
				      1);
		waitpid(pid, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* ---- scans ----------------------------------------------------------- */

/* What else runs on this machine may lose as many names at once. */
#define SEEN_MAX 8192

static struct queries *queries;
static struct discovery *discovery;
static struct seen {
	struct sighting sighting;
	char text[NAME_MAX_BYTES];
	char label[NAME_MAX_BYTES];
} seen[SEEN_MAX];
static size_t n_seen;
static bool accept_all; /* what leads nowhere has no number either */

static int on_sighting(void *userdata, const struct sighting *sighting)
{
	struct seen *item = &seen[n_seen];

	(void)userdata;
	/* Whatever else runs on this machine has no number in our home. */
	if (!accept_all && sighting->nsid == NSID_NONE && !sighting->is_home)
		return 0;
	if (n_seen == SEEN_MAX)
		return -E2BIG;
	item->sighting = *sighting;
	snprintf(item->text, sizeof(item->text), "%s", sighting->text);
	snprintf(item->label, sizeof(item->label), "%s",
		 sighting->label ? sighting->label : "");
	n_seen++;
	return 0;
}

static const struct seen *find_seen(const char *text)
{
	size_t i;

	for (i = 0; i < n_seen; i++) {
		if (strcmp(seen[i].text, text) == 0)
			return &seen[i];
	}
	return NULL;
}

static const struct seen *must_see(const char *text)
{
	const struct seen *item = find_seen(text);

	if (!item)
		fail_msg("not seen: %s", text);
	return item ? item : seen;
}

static size_t count_seen(enum name_kind kind, int32_t nsid)
{
	size_t i, n = 0;

	for (i = 0; i < n_seen; i++)
		n += seen[i].sighting.kind == kind &&
		     seen[i].sighting.nsid == nsid;
	return n;
}

static int scan_for(bool processes, bool descriptors)
{
	const struct discovery_wish wish = { processes, descriptors };

	n_seen = 0;
	return discovery_scan(discovery, queries, &wish, on_sighting, NULL);
}

/* Everything there is, and nothing of what was before. */
static void scan(bool processes)
{
	discovery_free(discovery);
	assert_int_equal(discovery_open(&discovery), 0);
	assert_int_equal(discovery_folders(discovery, FOLDER "/netns"), 0);
	assert_in_range(scan_for(processes, false), 0, DISCOVERY_PART);
}

/* What is different since the last one. */
static void scan_on(bool processes, bool descriptors)
{
	int r;

	do {
		r = scan_for(processes, descriptors);
		assert_true(r >= 0 && (r & DISCOVERY_NEWS));
	} while (r & DISCOVERY_MORE);
}

static void name(int fd, const char *path)
{
	char from[32];

	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	assert_int_equal(mount(from, path, NULL, MS_BIND, NULL), 0);
}

static int setup(void **state)
{
	struct identity home;
	bool first;
	int r;

	(void)state;
	if (!privileged)
		return 0;
	if (unshare(CLONE_NEWNET) < 0 ||
	    mount("none", FOLDER, "tmpfs", 0, NULL) < 0 ||
	    mkdir(FOLDER "/netns", 0700) < 0)
		return -1;
	r = nsfile_home(&home, &first);
	return r < 0 ? r : queries_open(&home, 1000, &queries);
}

static int teardown(void **state)
{
	(void)state;
	if (!privileged)
		return 0;
	discovery = discovery_free(discovery);
	queries = queries_free(queries);
	return umount2(FOLDER, MNT_DETACH);
}

static void scan_finds_mounts(void **state)
{
	const struct seen *item;
	int32_t nsid;
	int fd;

	(void)state;
	NEED_ROOT();
	fd = namespaces_make();
	name(fd, FOLDER "/netns/blue");
	name(fd, FOLDER "/a file\twith\\blanks");
	name(fd, FOLDER "/netns/blue"); /* once more, on top */
	assert_int_equal(queries_adopt_fd(queries, fd, 5, &nsid), 0);
	close(fd);
	scan(false);
	assert_int_equal(count_seen(NAME_PATH, 5), 2);
	item = must_see(FOLDER "/netns/blue");
	assert_string_equal(item->label, "blue");
	assert_true(item->sighting.leads);
	assert_false(item->sighting.is_home);
	item = must_see(FOLDER "/a file\twith\\blanks");
	assert_string_equal(item->label, "");
	assert_int_equal(count_seen(NAME_PROCESS, 5), 0);
}

static void scan_finds_processes(void **state)
{
	pid_t pids[DISCOVERY_PROCESSES + 2], near;
	const struct seen *item;
	char text[NAME_MAX_BYTES];
	struct process process;
	int32_t nsid;
	int fd, i;

	(void)state;
	NEED_ROOT();
	near = namespaces_process(false);
	fd = namespaces_make();
	assert_int_equal(queries_adopt_fd(queries, fd, 6, &nsid), 0);
	close(fd);
	for (i = 0; i < DISCOVERY_PROCESSES + 2; i++)
		pids[i] = namespaces_process(true);
	snprintf(text, sizeof(text), "/proc/%d/ns/net", (int)pids[0]);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	assert_int_equal(queries_adopt_fd(queries, fd, 7, &nsid), 0);
	close(fd);

	scan(true);
	assert_int_equal(count_seen(NAME_PROCESS, 7), 1);
	assert_int_equal(procfs_process(pids[0], &process), 0);
	procfs_write_name(&process, text);
	item = must_see(text);
	assert_true(strlen(item->label) > 0);
	assert_true(item->sighting.identity.ino != 0);

	/* Nobody in home is worth a name. */
	assert_int_equal(procfs_process(near, &process), 0);
	procfs_write_name(&process, text);
	assert_null(find_seen(text));
	for (i = 0; i < DISCOVERY_PROCESSES + 2; i++)
		namespaces_end(pids[i]);
	namespaces_end(near);
}

/* Many in one namespace: only the oldest are named. */
static void scan_names_a_few_processes(void **state)
{
	pid_t pids[DISCOVERY_PROCESSES + 2];
	int home_fd, fd, i;
	int32_t nsid;

	(void)state;
	NEED_ROOT();
	home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	fd = namespaces_make();
	assert_int_equal(queries_adopt_fd(queries, fd, 9, &nsid), 0);
	namespaces_enter(fd);
	for (i = 0; i < DISCOVERY_PROCESSES + 2; i++)
		pids[i] = namespaces_process(false);
	namespaces_enter(home_fd);
	close(fd);
	scan(true);
	assert_int_equal(count_seen(NAME_PROCESS, 9), DISCOVERY_PROCESSES);
	for (i = 0; i < DISCOVERY_PROCESSES + 2; i++)
		namespaces_end(pids[i]);
	close(home_fd);
}

static pid_t asked[SEEN_MAX];
static size_t n_asked;

/* The process of a question by NETNSA_PID (rtnetlink.h), the only attribute. */
static void on_talk(void *userdata, bool is_question, const void *bytes,
		    size_t len)
{
	struct {
		struct nlmsghdr header;
		uint32_t body; /* struct rtgenmsg, with what fills it up */
		struct nlattr attribute;
		uint32_t pid;
	} question;

	(void)userdata;
	if (!is_question || len != sizeof(question))
		return;
	memcpy(&question, bytes, len);
	if (question.header.nlmsg_type == RTM_GETNSID &&
	    question.attribute.nla_type == NETNSA_PID && n_asked < SEEN_MAX)
		asked[n_asked++] = (pid_t)question.pid;
}

/* How many of both are asked by a scan that names both, and says the same of
 * them as of anybody. */
static size_t count_questions(const pid_t pids[2], int32_t nsid)
{
	struct sighting sightings[2];
	char text[NAME_MAX_BYTES];
	struct process process;
	size_t i, n = 0;

	n_asked = 0;
	queries_tap(queries, on_talk, NULL);
	scan(true);
	queries_tap(queries, NULL, NULL);
	for (i = 0; i < 2; i++) {
		assert_int_equal(procfs_process(pids[i], &process), 0);
		procfs_write_name(&process, text);
		sightings[i] = must_see(text)->sighting;
		assert_int_equal(sightings[i].nsid, nsid);
		assert_int_equal(sightings[i].kind, NAME_PROCESS);
		assert_true(strlen(must_see(text)->label) > 0);
		assert_true(sightings[i].leads && !sightings[i].is_home);
		assert_true(sightings[i].identity.ino != 0);
	}
	assert_true(sightings[0].identity.ino == sightings[1].identity.ino);
	for (i = 0; i < n_asked; i++)
		n += asked[i] == pids[0] || asked[i] == pids[1];
	return n;
}

/* A question costs the kernel a walk over home's numbers: one a namespace, and
 * none where its path has been asked and the kernel's ids tell it for sure. */
static void scan_asks_a_namespace_once(void **state)
{
	struct identity identity;
	int home_fd, fd, i;
	pid_t pids[2];
	int32_t nsid;

	(void)state;
	NEED_ROOT();
	home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	fd = namespaces_make();
	assert_int_equal(queries_adopt_fd(queries, fd, 13, &nsid), 0);
	namespaces_enter(fd);
	for (i = 0; i < 2; i++)
		pids[i] = namespaces_process(false);
	namespaces_enter(home_fd);
	assert_int_equal(count_questions(pids, 13), 1);
	name(fd, FOLDER "/netns/asked");
	nsfile_identity(fd, &identity);
	assert_int_equal(count_questions(pids, 13), identity.id ? 0 : 1);
	assert_int_equal(umount(FOLDER "/netns/asked"), 0);
	close(fd);
	assert_int_equal(count_questions(pids, 13), 1);
	for (i = 0; i < 2; i++)
		namespaces_end(pids[i]);
	close(home_fd);
}

static bool finds_stranger(void)
{
	return scan_for(true, false) >= 0 && count_seen(NAME_PROCESS, 11) == 1;
}

static void scan_needs_no_privilege(void **state)
{
	char link[64];
	int32_t nsid;
	pid_t pid;
	int fd;

	(void)state;
	NEED_ROOT();
	pid = namespaces_process(true);
	snprintf(link, sizeof(link), "/proc/%d/ns/net", (int)pid);
	fd = open(link, O_RDONLY | O_CLOEXEC);
	assert_int_equal(queries_adopt_fd(queries, fd, 11, &nsid), 0);
	close(fd);
	assert_int_equal(discovery_open(&discovery), 0);
	assert_true(namespaces_as_nobody(finds_stranger));
	namespaces_end(pid);
}

static int refuse(void *userdata, const struct sighting *sighting)
{
	(void)userdata;
	(void)sighting;
	return -ECANCELED;
}

static void scan_can_be_ended(void **state)
{
	const struct discovery_wish wish = { 0 };
	int fd;

	(void)state;
	NEED_ROOT();
	fd = namespaces_make();
	name(fd, FOLDER "/netns/x");
	close(fd);
	assert_int_equal(discovery_open(&discovery), 0);
	assert_int_equal(discovery_scan(discovery, queries, &wish, refuse,
					NULL),
			 -ECANCELED);
}

static void number(int fd, int32_t nsid)
{
	int32_t got;

	assert_int_equal(queries_adopt_fd(queries, fd, nsid, &got), 0);
	assert_int_equal(got, nsid);
}

/* How often of that many scans the name was told, one after the other. */
static unsigned int told_in(unsigned int scans, const char *text)
{
	unsigned int told = 0;

	while (scans-- > 0) {
		scan_on(true, false);
		told += find_seen(text) != NULL;
	}
	return told;
}

static void scans_tell_what_is_new(void **state)
{
	static const char blue[] = FOLDER "/netns/blue";
	static const char green[] = FOLDER "/netns/green";
	char text[NAME_MAX_BYTES];
	struct process process;
	pid_t pid;
	int fd;

	(void)state;
	NEED_ROOT();
	fd = namespaces_make();
	name(fd, blue);
	number(fd, 5);
	scan(true);
	assert_non_null(find_seen(blue));

	/* The same again only at its turn, which comes. */
	assert_int_equal(told_in(16, blue), 1);
	assert_int_equal(told_in(16, blue), 1);

	/* What comes is told at once, */
	name(fd, green);
	pid = namespaces_process(true);
	assert_int_equal(procfs_process(pid, &process), 0);
	procfs_write_name(&process, text);
	n_seen = 0;
	scan_on(true, false);
	assert_true(must_see(green)->sighting.leads);

	/* and so is what goes. */
	namespaces_end(pid);
	assert_int_equal(umount2(green, MNT_DETACH), 0);
	accept_all = true;
	scan_on(true, false);
	accept_all = false;
	assert_false(must_see(green)->sighting.leads);
	assert_false(must_see(text)->sighting.leads);
	scan_on(true, false);
	assert_null(find_seen(green));

	/* Another one under the same name is new. */
	assert_int_equal(umount2(blue, MNT_DETACH), 0);
	close(fd);
	fd = namespaces_make();
	name(fd, blue);
	number(fd, 6);
	scan_on(false, false);
	assert_int_equal(must_see(blue)->sighting.nsid, 6);

	/* Forgotten, all is told anew, and what is lost meanwhile as well. */
	discovery_forget(discovery);
	scan_on(false, false);
	assert_true(must_see(blue)->sighting.leads);
	discovery_forget(discovery);
	assert_int_equal(umount2(blue, MNT_DETACH), 0);
	accept_all = true;
	scan_on(false, false);
	accept_all = false;
	assert_false(must_see(blue)->sighting.leads);
	close(fd);
}

/*
 * What a process is called may be decided after it was found, so that it is
 * told by every scan while it is young, however fast they come, and at its turn
 * when it no longer is.
 */
static void scans_tell_the_young(void **state)
{
	int i, told = 0, quiet = 0;
	char text[NAME_MAX_BYTES];
	struct process process;
	pid_t pid;

	(void)state;
	NEED_ROOT();
	scan(true);
	pid = namespaces_process(true);
	assert_int_equal(procfs_process(pid, &process), 0);
	procfs_write_name(&process, text);
	accept_all = true;
	for (i = 0; i < 5; i++) {
		scan_on(true, false);
		told += find_seen(text) != NULL;
	}
	assert_int_equal(told, 5);
	for (i = 0; quiet < 3 && i < 600; i++) {
		scan_on(true, false);
		quiet = find_seen(text) ? 0 : quiet + 1;
		usleep(100000);
	}
	accept_all = false;
	assert_int_equal(quiet, 3);
	namespaces_end(pid);
}

/* A process outside has it open, and nothing else leads to it. */
static void descriptors_are_found(void **state)
{
	char text[NAME_MAX_BYTES];
	struct process process;
	int fd, found;
	pid_t pid;

	(void)state;
	NEED_ROOT();
	scan(true);
	fd = namespaces_make();
	number(fd, 8);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	close(fd);
	assert_int_equal(procfs_process(pid, &process), 0);
	procfs_write_descriptor(&process, fd, text);

	scan_on(true, false);
	assert_int_equal(count_seen(NAME_DESCRIPTOR, 8), 0);
	scan_on(true, true);
	assert_int_equal(count_seen(NAME_DESCRIPTOR, 8), 1);
	assert_true(must_see(text)->sighting.leads);
	assert_true(must_see(text)->sighting.identity.ino != 0);
	assert_int_equal(procfs_parse_descriptor(text, &process, &found), 0);
	assert_int_equal(found, fd);

	namespaces_end(pid);
	accept_all = true;
	scan_on(true, false);
	accept_all = false;
	assert_false(must_see(text)->sighting.leads);
}

struct elsewhere {
	int fd;
	int ready; /* where it says that it is there */
};

static void *go_elsewhere(void *userdata)
{
	const struct elsewhere *elsewhere = userdata;

	if (setns(elsewhere->fd, CLONE_NEWNET) < 0)
		_exit(1);
	close(elsewhere->fd);
	if (write(elsewhere->ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
	return NULL;
}

/* A process of which one thread is in the namespace, and the first one is not,
 * or has ended. */
static pid_t thread_elsewhere(int fd, bool alone)
{
	struct elsewhere elsewhere = { .fd = fd };
	int ready[2];
	pthread_t thread;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	elsewhere.ready = ready[1];
	pid = fork();
	if (pid == 0) {
		if (pthread_create(&thread, NULL, go_elsewhere, &elsewhere))
			_exit(1);
		if (alone)
			pthread_exit(NULL);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void one_thread_is_found(int32_t nsid, bool alone)
{
	const struct seen *found = seen;
	char text[NAME_MAX_BYTES];
	struct process process;
	pid_t pid;
	size_t i;
	int fd;

	scan(true);
	fd = namespaces_make();
	number(fd, nsid);
	pid = thread_elsewhere(fd, alone);
	close(fd);
	scan_on(true, false);
	assert_int_equal(count_seen(NAME_PROCESS, nsid), 0);
	scan_on(true, true);
	assert_int_equal(count_seen(NAME_PROCESS, nsid), 1);
	for (i = 0; i < n_seen; i++)
		if (seen[i].sighting.nsid == nsid)
			found = &seen[i];
	snprintf(text, sizeof(text), "%s", found->text);
	assert_int_equal(procfs_parse_name(text, &process), 0);
	assert_int_not_equal(process.pid, pid);
	/* No later look at processes takes it for one that has gone. */
	accept_all = true;
	for (i = 0; i < 20; i++) {
		scan_on(true, false);
		assert_true(!find_seen(text) || must_see(text)->sighting.leads);
	}
	namespaces_end(pid);
	scan_on(true, false);
	accept_all = false;
	assert_false(must_see(text)->sighting.leads);
}

static void threads_are_found(void **state)
{
	(void)state;
	NEED_ROOT();
	one_thread_is_found(21, false);
	one_thread_is_found(22, true);
}

static void folders_give_labels(void **state)
{
	int fd;

	(void)state;
	NEED_ROOT();
	fd = namespaces_make();
	number(fd, 5);
	assert_int_equal(mkdir(FOLDER "/user", 0700), 0);
	assert_int_equal(mkdir(FOLDER "/user/7", 0700), 0);
	assert_int_equal(mkdir(FOLDER "/user/7/netns", 0700), 0);
	name(fd, FOLDER "/netns/a");
	name(fd, FOLDER "/user/7/netns/b");
	scan(false);
	assert_string_equal(must_see(FOLDER "/netns/a")->label, "a");
	assert_string_equal(must_see(FOLDER "/user/7/netns/b")->label, "");
	assert_int_equal(discovery_folders(discovery,
					   "  /x\t" FOLDER "/user/*/netns "),
			 0);
	scan_on(false, false);
	assert_string_equal(must_see(FOLDER "/netns/a")->label, "");
	assert_string_equal(must_see(FOLDER "/user/7/netns/b")->label, "b");
	close(fd);
}

/* ---- hints ----------------------------------------------------------- */

static void hints_tell_of_namespaces_only(void **state)
{
	struct pollfd pollfd = { .events = POLLIN };
	int fd;

	(void)state;
	NEED_ROOT();
	assert_int_equal(discovery_open(&discovery), 0);
	pollfd.fd = discovery_fd(discovery);
	assert_int_equal(poll(&pollfd, 1, 0), 0);
	assert_int_equal(discovery_ack(discovery), 0);

	fd = namespaces_make();
	name(fd, FOLDER "/netns/x");
	close(fd);
	assert_int_equal(poll(&pollfd, 1, 0), 1);
	assert_int_equal(discovery_ack(discovery), 1);
	assert_int_equal(poll(&pollfd, 1, 0), 0);

	assert_int_equal(mkdir(FOLDER "/other", 0700), 0);
	assert_int_equal(mount("none", FOLDER "/other", "tmpfs", 0, NULL), 0);
	assert_int_equal(poll(&pollfd, 1, 0), 1);
	assert_int_equal(discovery_ack(discovery), 0);

	assert_int_equal(umount2(FOLDER "/netns/x", MNT_DETACH), 0);
	assert_int_equal(poll(&pollfd, 1, 0), 1);
	assert_int_equal(discovery_ack(discovery), 1);
}

#define SCAN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mounts_of_namespaces),
		cmocka_unit_test(mounts_of_others),
		cmocka_unit_test(mounts_with_long_paths),
		cmocka_unit_test(stat_of_processes),
		cmocka_unit_test(names_of_processes),
		cmocka_unit_test(keys_of_namespaces),
		cmocka_unit_test(view_from_inside),
		SCAN_TEST(scan_finds_mounts),
		SCAN_TEST(scan_finds_processes),
		SCAN_TEST(scan_names_a_few_processes),
		SCAN_TEST(scan_asks_a_namespace_once),
		SCAN_TEST(scan_needs_no_privilege),
		SCAN_TEST(scan_can_be_ended),
		SCAN_TEST(scans_tell_what_is_new),
		SCAN_TEST(scans_tell_the_young),
		SCAN_TEST(descriptors_are_found),
		SCAN_TEST(threads_are_found),
		SCAN_TEST(folders_give_labels),
		SCAN_TEST(hints_tell_of_namespaces_only),
	};

	privileged = namespaces_private();
	return cmocka_run_group_tests_name("discovery", tests, NULL, NULL);
}
