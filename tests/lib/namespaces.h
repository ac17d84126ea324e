/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Real namespaces for unit tests. The whole test program lives in a network
 * and a mount namespace of its own, which is "home" then: nothing that it
 * makes is seen outside, and all of it is gone when the program is.
 */

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * namespaces_private - move there; false where that is not permitted. Mounts
 * that others take away go from here too: a copy that stayed would keep their
 * namespaces alive.
 */
static inline bool namespaces_private(void)
{
	return geteuid() == 0 && unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 &&
	       mount("", "/", NULL, MS_REC | MS_SLAVE, NULL) == 0;
}

/* namespaces_make - a descriptor of a new network namespace. */
static inline int namespaces_make(void)
{
	int home, fd = -1;

	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0)
		abort();
	if (unshare(CLONE_NEWNET) == 0)
		fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(home, CLONE_NEWNET) < 0)
		abort();
	close(home);
	return fd;
}

/* namespaces_enter - the calling process moves into fd's namespace. */
static inline void namespaces_enter(int fd)
{
	if (setns(fd, CLONE_NEWNET) < 0)
		abort();
}

/*
 * namespaces_process - a process that waits to be ended, in a new network
 * namespace (fresh) or in the caller's. It does not outlive the program.
 */
static inline pid_t namespaces_process(bool fresh)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0)
		abort();
	pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
		    (fresh && unshare(CLONE_NEWNET) < 0) ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		abort();
	close(ready[0]);
	return pid;
}

/* namespaces_end - end a process made above. */
static inline void namespaces_end(pid_t pid)
{
	if (kill(pid, SIGKILL) < 0 || waitpid(pid, NULL, 0) != pid)
		abort();
}

/*
 * namespaces_as_nobody - run fn in a child without privileges; true where it
 * returned true.
 */
static inline bool namespaces_as_nobody(bool (*fn)(void))
{
	int status;
	pid_t pid;

	pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0) {
		if (setgid(65534) < 0 || setuid(65534) < 0)
			_exit(2);
		_exit(fn() ? 0 : 1);
	}
	if (waitpid(pid, &status, 0) != pid)
		abort();
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* namespaces_wait - until fd is readable; false after a minute. */
static inline bool namespaces_wait(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, 60000) == 1;
}
