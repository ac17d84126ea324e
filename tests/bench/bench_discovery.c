/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What looking for names costs on a crowded machine: 5,000 namespaces with a
 * path and a number in home, and 10,000 processes, two in each. In a network
 * and a mount namespace of its own; needs root, and some minutes to build.
 *
 * Printed are: a full scan, which asks every name; scans of a machine at rest,
 * as they come every HousekeepingTime=, and from them the share of one
 * processor; the parts of a scan; and what the names cost by themselves. Then
 * a daemon watches, and its client asks: how long that takes, and what the
 * daemon used of a processor while it had nothing to do.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "common/engine/settings.h"
#include "common/kernel/discovery.h"
#include "common/kernel/nsfile.h"
#include "common/kernel/procfs.h"
#include "common/kernel/queries.h"
#include "tests/lib/namespaces.h"

#define FOLDER "/run/netns"
#define REST_SCANS 64

static int n_namespaces = 5000, n_processes = 10000;

static double now_s(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "bench discovery: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* ---- the crowd ------------------------------------------------------------ */

static void make_namespace(struct queries *queries, int i, pid_t *pids)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd, per, j;
	char path[64], from[32];
	int32_t nsid;

	fd = namespaces_make();
	snprintf(path, sizeof(path), FOLDER "/bench-%d", i);
	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	must(mount(from, path, NULL, MS_BIND, NULL) == 0, "mount");
	must(queries_adopt_fd(queries, fd, NSID_NONE, &nsid) == 0, "adopt");
	namespaces_enter(fd);
	per = n_processes / n_namespaces;
	for (j = 0; j < per; j++)
		pids[i * per + j] = namespaces_process(false);
	namespaces_enter(home);
	close(fd);
	close(home);
}

static pid_t *make_crowd(struct queries *queries)
{
	pid_t *pids = calloc((size_t)n_processes, sizeof(*pids));
	int i;

	must(pids != NULL, "memory");
	must(mount("none", "/run", "tmpfs", 0, NULL) == 0, "mount /run");
	must(mkdir(FOLDER, 0755) == 0, FOLDER);
	for (i = 0; i < n_namespaces; i++) {
		make_namespace(queries, i, pids);
		if (i % 500 == 499)
			fprintf(stderr, "%d namespaces are there\n", i + 1);
	}
	return pids;
}

static void end_crowd(pid_t *pids)
{
	int i;

	for (i = 0; i < n_processes; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	free(pids);
}

/* ---- scans ---------------------------------------------------------------- */

static int on_sighting(void *userdata, const struct sighting *sighting)
{
	(void)sighting;
	++*(unsigned long *)userdata;
	return 0;
}

static double scan(struct discovery *discovery, struct queries *queries,
		   bool processes, unsigned long *ret_told)
{
	const struct discovery_wish wish = { .processes = processes };
	double begin = now_s(CLOCK_PROCESS_CPUTIME_ID);

	*ret_told = 0;
	must(discovery_scan(discovery, queries, &wish, on_sighting, ret_told) >=
		     0,
	     "scan");
	return now_s(CLOCK_PROCESS_CPUTIME_ID) - begin;
}

static void bench_scans(struct queries *queries)
{
	double full, rest = 0, begin = now_s(CLOCK_MONOTONIC), took;
	double interval_s = (double)settings_default().housekeeping_ns / 1e9;
	struct discovery *discovery;
	unsigned long told, sum = 0;
	int i;

	must(discovery_open(&discovery) == 0, "discovery");
	must(discovery_folders(discovery, FOLDER) == 0, "folders");
	full = scan(discovery, queries, true, &told);
	took = now_s(CLOCK_MONOTONIC) - begin;
	printf("full scan:     %7.1f ms, %.1f ms of a processor, %lu names\n",
	       took * 1e3, full * 1e3, told);
	for (i = 0; i < REST_SCANS; i++) {
		rest += scan(discovery, queries, true, &told);
		sum += told;
	}
	rest /= REST_SCANS;
	printf("scan at rest:  %7.1f ms of a processor, %lu names asked anew\n",
	       rest * 1e3, sum / REST_SCANS);
	printf("at rest:       %7.2f %% of a processor, every %.0f s\n",
	       rest / interval_s * 100, interval_s);
	discovery_free(discovery);
}

/* ---- one name ------------------------------------------------------------- */

/* What the kernel takes for the namespace of a process, by NETNSA_PID. */
static void bench_names(struct queries *queries, const pid_t *pids)
{
	char name[NAME_MAX_BYTES], label[NAME_MAX_BYTES];
	double stats = 0, sights = 0, labels = 0, begin;
	struct process process;
	struct sighting sighting;
	uint64_t key;
	int i, error, n = n_processes < 2000 ? n_processes : 2000;

	for (i = 0; i < n; i++) {
		begin = now_s(CLOCK_MONOTONIC);
		must(procfs_netns_key(pids[i], &key) == 0, "key");
		stats += now_s(CLOCK_MONOTONIC) - begin;
		must(procfs_process(pids[i], &process) == 0, "process");
		procfs_write_name(&process, name);
		begin = now_s(CLOCK_MONOTONIC);
		queries_sight(queries, NAME_PROCESS, name, &sighting, &error);
		sights += now_s(CLOCK_MONOTONIC) - begin;
		begin = now_s(CLOCK_MONOTONIC);
		procfs_label(pids[i], label);
		labels += now_s(CLOCK_MONOTONIC) - begin;
	}
	printf("a process:     %7.1f us to tell its namespace from others', "
	       "%.1f us to ask\n               for its number (NETNSA_PID, and "
	       "that it is still the same process),\n               %.1f us for "
	       "its cgroup\n",
	       stats / n * 1e6, sights / n * 1e6, labels / n * 1e6);
}

/* ---- the daemon and its client -------------------------------------------- */

static pid_t start_daemon(const char *program, const char *socket)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(program, program, "--socket", socket, "--config",
		      "/dev/null", NULL);
		_exit(127);
	}
	return pid;
}

static double ask(const char *client, const char *socket, const char *verb,
		  bool *ret_well)
{
	char command[512];
	double begin = now_s(CLOCK_MONOTONIC);

	snprintf(command, sizeof(command), "%s --socket %s %s >/dev/null 2>&1",
		 client, socket, verb);
	*ret_well = system(command) == 0;
	return now_s(CLOCK_MONOTONIC) - begin;
}

static double processor_s(pid_t pid)
{
	char path[64], text[1024];
	unsigned long user, system;
	const char *rest;
	size_t n;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	must(file != NULL, path);
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	rest = strrchr(text, ')');
	must(rest && sscanf(rest + 1,
			    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu "
			    "%lu",
			    &user, &system) == 2,
	     path);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* The best of some, in milliseconds. */
static double answer_ms(const char *client, const char *socket,
			const char *verb)
{
	double best = 1e9, took;
	bool well;
	int i;

	for (i = 0; i < 9; i++) {
		took = ask(client, socket, verb, &well);
		must(well, verb);
		if (took < best)
			best = took;
	}
	return best * 1e3;
}

static void bench_answers(const char *client, const char *socket)
{
	static const char *const verbs[] = { "status", "namespaces",
					     "namespaces --names", "deaths" };
	char json[32];
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		snprintf(json, sizeof(json), "--json %s", verbs[i]);
		printf("%-18s %7.1f ms to ask and print, %.1f ms as JSON\n",
		       verbs[i], answer_ms(client, socket, verbs[i]),
		       answer_ms(client, socket, json));
	}
}

static void bench_daemon(const char *client, const char *program)
{
	static const char socket[] = "/run/bench-socket";
	double before, begin, ready = now_s(CLOCK_MONOTONIC);
	int seconds = 120;
	bool well = false;
	pid_t pid;

	if (!client || !program) {
		puts("daemon:        not measured: NSIDWATCH and NSIDWATCHD "
		     "name no programs");
		return;
	}
	pid = start_daemon(program, socket);
	while (!well && now_s(CLOCK_MONOTONIC) - ready < 120) {
		ask(client, socket, "status", &well);
		usleep(100000);
	}
	must(well, "the daemon does not answer");
	/* Until the first audit and all that follows from it are over. */
	sleep(60);
	bench_answers(client, socket);
	before = processor_s(pid);
	begin = now_s(CLOCK_MONOTONIC);
	sleep((unsigned int)seconds);
	printf("daemon at rest:%7.2f %% of a processor over %d s, audit and "
	       "all\n",
	       (processor_s(pid) - before) / (now_s(CLOCK_MONOTONIC) - begin) *
		       100,
	       seconds);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

int main(int argc, char *argv[])
{
	struct identity home;
	struct queries *queries;
	pid_t *pids;
	bool first;

	if (argc == 3) {
		n_namespaces = atoi(argv[1]);
		n_processes = atoi(argv[2]);
	}
	must(n_namespaces > 0 && n_processes >= n_namespaces, "the sizes");
	if (!namespaces_private()) {
		puts("discovery: needs root and namespaces");
		return EXIT_SUCCESS;
	}
	must(nsfile_home(&home, &first) == 0, "home");
	must(queries_open(&home, 1000000, &queries) == 0, "queries");
	pids = make_crowd(queries);
	printf("discovery, %d namespaces and %d processes\n", n_namespaces,
	       n_processes);
	bench_scans(queries);
	bench_names(queries, pids);
	queries_free(queries);
	fflush(stdout);
	bench_daemon(getenv("NSIDWATCH"), getenv("NSIDWATCHD"));
	end_crowd(pids);
	return EXIT_SUCCESS;
}
