/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/load.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/canary.h"
#include "client/verbs.h"
#include "common/engine/event.h"
#include "common/kernel/nsfile.h"
#include "common/kernel/queries.h"

/* Descriptors that are none of the load's namespaces, with room to spare. */
#define DESCRIPTORS 64

struct report {
	int32_t status;
	uint32_t count;
};

/* What the child knows. */
struct child {
	struct load_size size;
	int home_fd;		 /* owned */
	struct queries *queries; /* owned; in home */
	int *survivors;		 /* owned; descriptors, owned too */
	uint32_t n_survivors;
	int *dying; /* likewise */
	uint32_t n_dying;
};

static int failed(const char *what, int error)
{
	fprintf(stderr, "nsidwatch: selftest: %s: %s\n", what, strerror(error));
	return STATUS_FAILURE;
}

/* Every namespace costs a descriptor: for root the ceiling can be lifted. */
static int raise_limit(rlim_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return failed("getrlimit", errno);
	if (limit.rlim_cur >= wanted)
		return STATUS_WELL;
	limit.rlim_cur = wanted;
	if (limit.rlim_max < wanted)
		limit.rlim_max = wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return STATUS_WELL;
	fprintf(stderr,
		"nsidwatch: selftest: %llu descriptors are needed, one for "
		"each namespace, and the limit cannot be raised: %s\n",
		(unsigned long long)wanted, strerror(errno));
	return errno == EPERM ? STATUS_NO_PERMISSION : STATUS_FAILURE;
}

/* ---- the child ------------------------------------------------------------ */

static int forbidden(void)
{
	fprintf(stderr, "nsidwatch: no permission to make network namespaces: "
			"CAP_SYS_ADMIN and CAP_NET_ADMIN are needed\n");
	return STATUS_NO_PERMISSION;
}

static int number(struct queries *queries, int fd)
{
	int32_t nsid;
	int r;

	r = queries_adopt_fd(queries, fd, NSID_NONE, &nsid);
	if (r == QUERIES_REFUSED)
		return forbidden();
	if (r != 0)
		return failed("cannot give a namespace a number",
			      r < 0 ? -r : EEXIST);
	return STATUS_WELL;
}

/*
 * Namespaces with a number in home. All are made before the first is given
 * one, so that whoever watches beside us sees one short burst of births.
 */
static int make(const struct child *child, uint32_t wanted, int *fds,
		uint32_t *n)
{
	int status = STATUS_WELL, r;
	uint32_t i;

	while (*n < wanted) {
		r = canary_make(child->home_fd, &fds[*n]);
		if (r == CANARY_FORBIDDEN)
			return forbidden();
		if (r < 0)
			return failed("cannot make a namespace", -r);
		(*n)++;
	}
	for (i = 0; !status && i < wanted; i++)
		status = number(child->queries, fds[i]);
	return status;
}

/* In the survivor's namespace: a number there for all that will die. */
static int number_dying(const struct child *child, int survivor)
{
	struct queries *queries;
	struct identity identity;
	int status = STATUS_WELL, r;
	uint32_t i;

	nsfile_identity(survivor, &identity);
	r = queries_open(&identity, 1, &queries);
	if (r < 0)
		return failed("cannot ask in a survivor", -r);
	for (i = 0; !status && i < child->n_dying; i++)
		status = number(queries, child->dying[i]);
	queries_free(queries);
	return status;
}

static int go(int fd)
{
	int r = canary_enter(fd);

	if (r)
		return failed("cannot enter a namespace", r > 0 ? EPERM : -r);
	return STATUS_WELL;
}

static int birth(struct child *child)
{
	int status;
	uint32_t i;

	status = make(child, child->size.dying, child->dying, &child->n_dying);
	for (i = 0; !status && i < child->n_survivors; i++) {
		status = go(child->survivors[i]);
		if (!status)
			status = number_dying(child, child->survivors[i]);
		if (!status)
			status = go(child->home_fd);
	}
	return status;
}

static uint32_t death(struct child *child)
{
	uint32_t count = child->n_dying;

	while (child->n_dying > 0)
		close(child->dying[--child->n_dying]);
	return count;
}

static struct report stage(struct child *child, enum load_stage stage)
{
	struct report report = { .status = STATUS_WELL };

	switch (stage) {
	case LOAD_SURVIVE:
		report.status = make(child, child->size.survivors,
				     child->survivors, &child->n_survivors);
		report.count = child->n_survivors;
		break;
	case LOAD_BIRTH:
		report.status = birth(child);
		report.count = child->n_dying;
		break;
	case LOAD_DEATH:
		report.count = death(child);
		break;
	}
	return report;
}

static int open_child(struct child *child)
{
	struct identity home;
	bool first;
	int r;

	child->survivors = calloc(child->size.survivors, sizeof(int));
	child->dying = calloc(child->size.dying, sizeof(int));
	if (!child->survivors || !child->dying)
		return failed("memory", ENOMEM);
	r = canary_home(&child->home_fd);
	if (r == 0)
		r = nsfile_home(&home, &first);
	if (r == 0)
		r = queries_open(&home, 1, &child->queries);
	return r < 0 ? failed("cannot ask the kernel", -r) : STATUS_WELL;
}

/* Until the parent closes its end, or a stage fails. */
static int serve(struct child *child, int command_fd, int report_fd)
{
	struct report report = { .status = open_child(child) };
	unsigned char told;

	while (report.status == STATUS_WELL &&
	       read(command_fd, &told, 1) == 1) {
		report = stage(child, (enum load_stage)told);
		if (write(report_fd, &report, sizeof(report)) < 0)
			return STATUS_FAILURE;
	}
	return report.status;
}

static void run_child(const struct load_size *size, pid_t parent,
		      int command_fd, int report_fd)
{
	struct child child = { .size = *size };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Interrupts are for the parent; it tells us by ending. */
	signal(SIGINT, SIG_IGN);
	if (getppid() != parent)
		_exit(STATUS_FAILURE);
	/* The kernel closes the descriptors, whatever the end. */
	_exit(serve(&child, command_fd, report_fd));
}

/* ---- the parent ----------------------------------------------------------- */

int load_start(const struct load_size *size, struct load *ret_load)
{
	int commands[2], reports[2], status;
	pid_t parent = getpid(), pid;

	status = raise_limit((rlim_t)size->survivors + size->dying +
			     DESCRIPTORS);
	if (status)
		return status;
	if (pipe2(commands, O_CLOEXEC) < 0)
		return failed("pipe", errno);
	if (pipe2(reports, O_CLOEXEC) < 0) {
		status = failed("pipe", errno);
		close(commands[0]);
		close(commands[1]);
		return status;
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(commands[1]);
		close(reports[0]);
		run_child(size, parent, commands[0], reports[1]);
	}
	close(commands[0]);
	close(reports[1]);
	*ret_load = (struct load){ .pid = pid,
				   .command_fd = commands[1],
				   .report_fd = reports[0] };
	if (pid > 0)
		return STATUS_WELL;
	status = failed("fork", errno);
	load_end(ret_load);
	return status;
}

int load_tell(const struct load *load, enum load_stage stage)
{
	unsigned char told = (unsigned char)stage;

	return write(load->command_fd, &told, 1) == 1 ? 0 : -errno;
}

int load_told(const struct load *load, uint32_t *ret_count)
{
	struct report report;

	if (read(load->report_fd, &report, sizeof(report)) != sizeof(report)) {
		fprintf(stderr, "nsidwatch: selftest: the load has ended\n");
		return STATUS_FAILURE;
	}
	if (report.status == STATUS_WELL)
		*ret_count = report.count;
	return report.status;
}

void load_end(struct load *load)
{
	close(load->command_fd);
	close(load->report_fd);
	if (load->pid <= 0)
		return;
	kill(load->pid, SIGKILL);
	while (waitpid(load->pid, NULL, 0) < 0 && errno == EINTR)
		;
	load->pid = 0;
}
