/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/judging.h"
#include "client/options.h"
#include "client/session.h"
#include "client/verbs.h"
#include "common/engine/watch.h"

/* The first audit asks every table once; it is over in seconds. */
#define READY_NS 120000000000u

static bool is_ready(const struct watch *watch, int32_t number)
{
	(void)number;
	return watch_ready(watch);
}

/* In the child. What goes wrong is told through report_fd. */
static void run_command(const struct session *session, char *const *command,
			int report_fd)
{
	int error;

	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &session->mask, NULL);
	execvp(command[0], command);
	error = errno;
	if (write(report_fd, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* STATUS_WELL once the command runs, with *ret_pid. */
static int start_command(const struct session *session, char *const *command,
			 pid_t *ret_pid)
{
	int fds[2], error = 0;
	ssize_t n;
	pid_t pid;

	fflush(NULL);
	if (pipe2(fds, O_CLOEXEC) < 0) {
		fprintf(stderr, "nsidwatch: pipe: %s\n", strerror(errno));
		return STATUS_FAILURE;
	}
	pid = fork();
	if (pid == 0)
		run_command(session, command, fds[1]);
	close(fds[1]);
	if (pid < 0)
		error = errno;
	do
		n = pid < 0 ? 0 : read(fds[0], &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	close(fds[0]);
	if (!error) {
		*ret_pid = pid;
		return STATUS_WELL;
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
	fprintf(stderr, "nsidwatch: cannot run '%s': %s\n", command[0],
		strerror(error));
	return STATUS_FAILURE;
}

/* Has it ended? Signals that mean the command are passed on. */
static bool reap(const struct session *session, pid_t pid, int *ret_ended)
{
	bool own;
	int signal;

	/* What a terminal sent, the command has got as well. */
	while ((signal = session_signal(session, &own)))
		if (signal != SIGCHLD && own)
			kill(pid, signal);
	return waitpid(pid, ret_ended, WNOHANG) == pid;
}

static int watch_command(struct session *session, pid_t pid, int *ret_ended)
{
	enum session_outcome outcome;

	session->scanning = true;
	while (!reap(session, pid, ret_ended)) {
		outcome = session_until(session, NULL, 0, UINT64_MAX, -1);
		if (outcome != SESSION_FAILED)
			continue;
		/* Blind as we are now, it may go on without us. */
		waitpid(pid, ret_ended, 0);
		return STATUS_FAILURE;
	}
	return STATUS_WELL;
}

static int get_ready(struct session *session)
{
	switch (session_until(session, is_ready, 0, session_now_ns() + READY_NS,
			      -1)) {
	case SESSION_DONE:
	case SESSION_READABLE:
		return STATUS_WELL;
	case SESSION_TIMED_OUT:
		fprintf(stderr, "nsidwatch: the tables could not be learned "
				"in two minutes\n");
		return STATUS_FAILURE;
	case SESSION_SIGNAL:
		fprintf(stderr, "nsidwatch: interrupted before COMMAND was "
				"started\n");
		return STATUS_FAILURE;
	case SESSION_FAILED:
		break;
	}
	return STATUS_FAILURE;
}

static json_t *shape_command(int ended)
{
	if (WIFSIGNALED(ended))
		return SHAPES_OBJECT({ "exit", json_null() },
				     { "signal",
				       json_integer(WTERMSIG(ended)) });
	return SHAPES_OBJECT({ "exit", json_integer(WEXITSTATUS(ended)) },
			     { "signal", json_null() });
}

static int report(struct session *session, const struct options *options,
		  int ended)
{
	const struct judging_result result = {
		.allow_none = options->allow_none,
		.list = true,
	};
	int status;

	if (WIFSIGNALED(ended))
		session_note(session, "COMMAND was ended by signal %d",
			     WTERMSIG(ended));
	else if (WEXITSTATUS(ended))
		session_note(session, "COMMAND ended with status %d",
			     WEXITSTATUS(ended));
	status = judging_report(session, options, &result,
				SHAPES_OBJECT(
					{ "command", shape_command(ended) }));
	return status == STATUS_WELL && ended ? STATUS_FAILURE : status;
}

int check_run(const struct options *options)
{
	struct session session;
	int status, ended;
	pid_t pid;

	status = session_open(options, options->adopt, &session);
	if (status)
		return status;
	status = get_ready(&session);
	if (!status)
		status = session_begin(&session);
	if (!status)
		status = start_command(&session, options->arguments, &pid);
	if (!status)
		status = watch_command(&session, pid, &ended);
	if (!status)
		status = judging_run(&session, options->timeout_ns);
	if (!status)
		status = report(&session, options, ended);
	session_close(&session);
	return status;
}
