/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/canary.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Of a single thread /proc/self and /proc/thread-self are the same. */
#define OWN_NAMESPACE "/proc/thread-self/ns/net"

#define NUMBER_MIN (1u << 30)
#define NUMBER_MAX 2147483645u

static int open_own(int *ret_fd)
{
	int fd = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int canary_home(int *ret_fd)
{
	return open_own(ret_fd);
}

int canary_enter(int fd)
{
	if (setns(fd, CLONE_NEWNET) == 0)
		return 0;
	return errno == EPERM ? CANARY_FORBIDDEN : -errno;
}

int canary_make(int home_fd, int *ret_fd)
{
	int fd = -1, r;

	if (unshare(CLONE_NEWNET) < 0)
		return errno == EPERM ? CANARY_FORBIDDEN : -errno;
	r = open_own(&fd);
	if (setns(home_fd, CLONE_NEWNET) < 0) {
		fprintf(stderr, "nsidwatch: cannot come back home: %s\n",
			strerror(errno));
		abort();
	}
	if (r < 0)
		return r;
	*ret_fd = fd;
	return 0;
}

int canary_number(int32_t *ret_nsid)
{
	uint32_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	*ret_nsid =
		(int32_t)(NUMBER_MIN + random % (NUMBER_MAX - NUMBER_MIN + 1));
	return 0;
}
