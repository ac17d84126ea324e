/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Namespaces that this program makes itself, held by one descriptor each: the
 * canaries of check, and the load of selftest. The caller's thread is in the
 * new namespace for the time of a system call or two; there must be no second
 * thread.
 */

#include <stdint.h>

enum canary_outcome {
	CANARY_FORBIDDEN = 1, /* CAP_SYS_ADMIN is missing (unshare(2)) */
};

/* canary_home - open the caller's own namespace, to come back to it. 0 or
 * -errno; ret_fd is owned by the caller. It keeps home alive, nothing else. */
int canary_home(int *ret_fd);

/*
 * canary_make - make a namespace and come back to home_fd (borrowed).
 *
 * The namespace lives as long as *ret_fd, which is owned by the caller and
 * close-on-exec. Returns 0, CANARY_FORBIDDEN, or -errno; a process that cannot
 * come back is ended, for nothing that it did then would be where it should.
 */
int canary_make(int home_fd, int *ret_fd);

/* canary_enter - be in the namespace of fd from now on. 0, CANARY_FORBIDDEN,
 * or -errno. */
int canary_enter(int fd);

/*
 * canary_number - a number that is unlikely to be taken, in [2^30, 2^31 - 3]:
 * above all that a kernel gives on its own, below 2147483647, which no kernel
 * from 7.0 to 7.3 walks past without a warning. 0 or -errno.
 */
int canary_number(int32_t *ret_nsid);
