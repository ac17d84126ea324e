/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The only user of sd-daemon(3): sockets from the service manager, and what it
 * wants to hear. Without libsystemd, or without a service manager, nothing
 * happens and nothing is given.
 */

#include <stdint.h>

/*
 * notify_listen_fd - the socket that was given under `name` (or under any,
 * where it is the only one); *ret_fd is -1 where there is none, and the
 * caller's else. Others are closed.
 * To be called once, before any other descriptor is opened. Returns 0, -ENOENT
 * where sockets were given and none has that name, or -errno.
 */
int notify_listen_fd(const char *name, int *ret_fd);

/* notify_ready - ready, with one line of status; also at a reload's end. */
void notify_ready(const char *status);

/* notify_status - the line of status alone. */
void notify_status(const char *status);

/* notify_reloading - at this moment of CLOCK_MONOTONIC (Type=notify-reload). */
void notify_reloading(uint64_t mono_ns);

void notify_stopping(void);

/* notify_extend - the start takes at least this much longer from now. */
void notify_extend(uint64_t span_ns);

/* notify_watchdog_ns - how often a sign of life is wanted; 0: never. */
uint64_t notify_watchdog_ns(void);

/* notify_alive - the sign of life. */
void notify_alive(void);
