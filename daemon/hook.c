/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/hook.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/kernel/clock.h"
#include "common/wire/conf.h"
#include "daemon/alert.h"
#include "daemon/log.h"

#define NOT_STARTED 127 /* as a shell says it */
#define REPORT_FILENO (STDERR_FILENO + 1)
#define GRACE_NS (HOOK_GRACE_S * 1000000000ull)
#define GRACE_STEP_MS 10

/* An alert on its way. */
struct errand {
	char *text;    /* owned; NULL: none */
	char *subject; /* owned; NULL: no other one is about the same */
};

struct run {
	struct hook *hook; /* borrowed */
	ev_child child;
	ev_timer overrun;
	int report;    /* owned: tells why it was not started, or nothing */
	char *subject; /* owned, or NULL */
	bool killed;
};

struct hook {
	struct ev_loop *loop;	 /* borrowed */
	const struct conf *conf; /* borrowed */
	struct run runs[HOOK_RUNS];
	struct errand waiting[HOOK_WAITING]; /* in the order of the alerts */
	unsigned int n_waiting;
	uint64_t dropped;
	bool failed; /* and the log says so */
};

/* ---- a run ------------------------------------------------------------------ */

/* In the child: errno goes to whoever will wait for it. */
static void give_up(int report)
{
	int error = errno;
	ssize_t n = write(report, &error, sizeof(error));

	(void)n; /* there is nobody to tell that this failed */
	_exit(NOT_STARTED);
}

/*
 * In the child. Nothing here allocates. The kernel closes the report when the
 * program is there; it is the one descriptor that is closed that late.
 */
static void become(const char *program, int input, int report)
{
	static char *const environment[] = {
		(char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
			"/usr/bin:/sbin:/bin",
		(char *)"LANG=C.UTF-8",
		NULL,
	};
	char *const arguments[] = { (char *)program, NULL };
	struct sigaction normal = { .sa_handler = SIG_DFL };
	sigset_t none;
	int signal;

	setpgid(0, 0);
	for (signal = 1; signal < NSIG; signal++)
		sigaction(signal, &normal, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (dup2(input, STDIN_FILENO) < 0 ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		give_up(report);
	if (report != REPORT_FILENO &&
	    dup3(report, REPORT_FILENO, O_CLOEXEC) < 0)
		give_up(report);
	report = REPORT_FILENO;
	/* exec closes ours by themselves, which before Linux 5.9 must do */
	if ((close_range(REPORT_FILENO + 1, ~0u, 0) < 0 && errno != ENOSYS) ||
	    chdir("/") < 0)
		give_up(report);
	execve(program, arguments, environment);
	give_up(report);
}

/* What it is to read, in memory: no pipe that could fill. -errno or it. */
static int input_of(const char *text)
{
	int fd = memfd_create("nsidwatch-alert", MFD_CLOEXEC);
	size_t length = strlen(text);

	if (fd < 0)
		return -errno;
	if (write(fd, text, length) != (ssize_t)length ||
	    lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return -EIO;
	}
	return fd;
}

static pid_t spawn(const char *program, const char *text, int *ret_report)
{
	int input = input_of(text), report[2];
	pid_t pid;

	if (input < 0)
		return input;
	if (pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0) {
		pid = -errno;
		close(input);
		return pid;
	}
	pid = fork();
	if (pid == 0)
		become(program, input, report[1]);
	if (pid < 0)
		pid = -errno;
	else
		setpgid(pid, pid); /* whoever of the two comes first */
	close(input);
	close(report[1]);
	if (pid < 0)
		close(report[0]);
	else
		*ret_report = report[0];
	return pid;
}

/* It has ended: why it was not even started, or 0. */
static int take_report(struct run *run)
{
	int error;

	if (read(run->report, &error, sizeof(error)) != sizeof(error))
		error = 0;
	close(run->report);
	run->report = -1;
	return error;
}

static void tell(struct hook *hook, bool failed, const char *how)
{
	if (failed && !hook->failed)
		log_line(LOG_LEVEL_WARNING, "OnFinding=%s %s",
			 hook->conf->on_finding, how);
	else if (!failed && hook->failed)
		log_line(LOG_LEVEL_NOTICE, "OnFinding=%s works again",
			 hook->conf->on_finding);
	hook->failed = failed;
}

static void tell_status(struct run *run, int status)
{
	int error = take_report(run);
	char how[128] = "";

	if (run->killed)
		snprintf(how, sizeof(how), "was killed: it ran for too long");
	else if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "ended by signal %d",
			 WTERMSIG(status));
	else if (error)
		snprintf(how, sizeof(how), "could not be started: %s",
			 strerror(error));
	else if (WEXITSTATUS(status) != 0)
		snprintf(how, sizeof(how), "ended with status %d",
			 WEXITSTATUS(status));
	tell(run->hook, *how, how);
}

static void take_next(struct hook *hook);

static void end_run(struct run *run, int status)
{
	ev_child_stop(run->hook->loop, &run->child);
	ev_timer_stop(run->hook->loop, &run->overrun);
	free(run->subject);
	run->subject = NULL;
	tell_status(run, status);
	take_next(run->hook);
}

static void on_run_exit(struct ev_loop *loop, ev_child *child, int events)
{
	(void)loop, (void)events;
	end_run(child->data, child->rstatus);
}

static void on_overrun_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct run *run = timer->data;

	(void)loop, (void)events;
	run->killed = true;
	kill(-run->child.pid, SIGKILL);
}

static struct run *free_run(struct hook *hook)
{
	size_t i;

	for (i = 0; i < HOOK_RUNS; i++)
		if (!ev_is_active(&hook->runs[i].child))
			return &hook->runs[i];
	return NULL;
}

/* The subject of the errand becomes that of the run. */
static void start(struct hook *hook, struct run *run, struct errand *errand)
{
	pid_t pid = spawn(hook->conf->on_finding, errand->text, &run->report);

	if (pid < 0) {
		tell(hook, true, strerror((int)-pid));
		return;
	}
	run->killed = false;
	run->subject = errand->subject;
	errand->subject = NULL;
	ev_child_set(&run->child, pid, 0);
	ev_child_start(hook->loop, &run->child);
	ev_now_update(hook->loop);
	ev_timer_set(&run->overrun, (double)hook->conf->on_finding_ns / 1e9,
		     0.);
	ev_timer_start(hook->loop, &run->overrun);
}

/* ---- those that wait --------------------------------------------------------- */

static void free_errand(struct errand *errand)
{
	free(errand->text);
	free(errand->subject);
	*errand = (struct errand){ 0 };
}

/*
 * What the alert is about, as text: of a finding its id, of a namespace its
 * number with the generation, else what is counted. NULL: nothing of that.
 */
static char *subject_of(const json_t *document)
{
	const json_t *netns = json_object_get(document, "namespace");
	const json_t *finding = json_object_get(document, "finding");
	const json_t *of[] = {
		json_object_get(finding, "id"),
		json_object_get(netns, "nsid"),
		json_object_get(netns, "generation"),
		json_object_get(document, "alert"),
	};
	json_t *subject;
	char *text;

	if (!of[3])
		return NULL;
	/* its end is another alert about the same */
	if (json_is_object(finding) || json_is_object(netns))
		of[3] = NULL;
	subject = json_pack("[O?, O?, O?, O?]", of[0], of[1], of[2], of[3]);
	text = json_dumps(subject, JSON_COMPACT);
	json_decref(subject);
	return text;
}

/* One about the same runs. */
static bool runs(const struct hook *hook, const char *subject)
{
	size_t i;

	for (i = 0; subject && i < HOOK_RUNS; i++)
		if (hook->runs[i].subject &&
		    strcmp(hook->runs[i].subject, subject) == 0)
			return true;
	return false;
}

/* The oldest that need not wait for an older one; false: none. */
static bool take_errand(struct hook *hook, struct errand *ret_errand)
{
	unsigned int i = 0;

	while (i < hook->n_waiting && runs(hook, hook->waiting[i].subject))
		i++;
	if (i == hook->n_waiting)
		return false;
	*ret_errand = hook->waiting[i];
	hook->n_waiting--;
	memmove(&hook->waiting[i], &hook->waiting[i + 1],
		(hook->n_waiting - i) * sizeof(hook->waiting[0]));
	return true;
}

static void take_next(struct hook *hook)
{
	struct errand errand;
	struct run *run;

	while ((run = free_run(hook)) && take_errand(hook, &errand)) {
		if (*hook->conf->on_finding)
			start(hook, run, &errand);
		free_errand(&errand);
	}
	if (hook->n_waiting == 0 && hook->dropped) {
		log_line(LOG_LEVEL_WARNING,
			 "OnFinding=%s was not run for %" PRIu64
			 " alerts: too many came",
			 hook->conf->on_finding, hook->dropped);
		hook->dropped = 0;
	}
}

void hook_tell(struct hook *hook, const struct alert *alert)
{
	struct errand *last = &hook->waiting[hook->n_waiting];
	char *text, *line;

	if (!*hook->conf->on_finding)
		return;
	text = json_dumps(alert->document, JSON_COMPACT);
	if (!text || hook->n_waiting == HOOK_WAITING ||
	    asprintf(&line, "%s\n", text) < 0) {
		hook->dropped++;
	} else {
		last->text = line;
		last->subject = subject_of(alert->document);
		hook->n_waiting++;
	}
	free(text);
	take_next(hook);
}

/* ---- the program ----------------------------------------------------------------- */

/* Why it cannot be run, as far as can be seen without running it; or 0. */
static int unrunnable(const char *program)
{
	struct stat st;

	if (stat(program, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (faccessat(AT_FDCWD, program, X_OK, AT_EACCESS) < 0)
		return errno;
	return 0;
}

void hook_look(struct hook *hook)
{
	char how[128];
	int error;

	hook->failed = false;
	if (!*hook->conf->on_finding)
		return;
	error = unrunnable(hook->conf->on_finding);
	if (!error)
		return;
	snprintf(how, sizeof(how), "cannot be started: %s", strerror(error));
	tell(hook, true, how);
}

/* ---- life ----------------------------------------------------------------------- */

int hook_new(struct ev_loop *loop, const struct conf *conf,
	     struct hook **ret_hook)
{
	struct hook *hook = calloc(1, sizeof(*hook));
	struct run *run;

	if (!hook)
		return -ENOMEM;
	hook->loop = loop;
	hook->conf = conf;
	for (run = hook->runs; run < hook->runs + HOOK_RUNS; run++) {
		run->hook = hook;
		run->report = -1;
		ev_init(&run->child, on_run_exit);
		ev_init(&run->overrun, on_overrun_timer);
		run->child.data = run->overrun.data = run;
	}
	hook_look(hook);
	*ret_hook = hook;
	return 0;
}

/* No loop turns any more. Those that have ended make room; how many run? */
static unsigned int reap(struct hook *hook)
{
	unsigned int running = 0;
	int status;
	size_t i;

	for (i = 0; i < HOOK_RUNS; i++)
		if (ev_is_active(&hook->runs[i].child) &&
		    waitpid(hook->runs[i].child.pid, &status, WNOHANG) > 0)
			end_run(&hook->runs[i], status);
	for (i = 0; i < HOOK_RUNS; i++)
		running += ev_is_active(&hook->runs[i].child);
	return running;
}

/* Returns how many runs were cut off. */
static unsigned int finish(struct hook *hook)
{
	unsigned int running = 0;
	struct stamp now, begin;
	struct run *run;

	clock_now(&begin);
	while ((running = reap(hook)) > 0) {
		clock_now(&now);
		if (now.mono_ns - begin.mono_ns >= GRACE_NS)
			break;
		poll(NULL, 0, GRACE_STEP_MS);
	}
	for (run = hook->runs; run < hook->runs + HOOK_RUNS; run++) {
		if (!ev_is_active(&run->child))
			continue;
		kill(-run->child.pid, SIGKILL);
		ev_child_stop(hook->loop, &run->child);
		ev_timer_stop(hook->loop, &run->overrun);
		close(run->report);
		free(run->subject);
	}
	return running;
}

struct hook *hook_free(struct hook *hook)
{
	unsigned int killed;
	uint64_t left;

	if (!hook)
		return NULL;
	killed = finish(hook);
	/* of those beyond that the log has not told yet as well */
	left = hook->n_waiting + hook->dropped;
	if (killed + left > 0)
		log_line(LOG_LEVEL_WARNING,
			 "OnFinding=%s: the daemon ends: it was not run for "
			 "%" PRIu64 " alerts, and killed while it ran for %u",
			 hook->conf->on_finding, left, killed);
	while (hook->n_waiting > 0)
		free_errand(&hook->waiting[--hook->n_waiting]);
	free(hook);
	return NULL;
}
