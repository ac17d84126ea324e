/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The only user of sd-daemon(3): sockets from the service manager, and what it
 * wants to hear. Without libsystemd, or without a service manager, nothing
 * happens and nothing is given.
 */

#include <stdbool.h>
#include <stdint.h>

/* Descriptors that were given; the caller's; -1: none. */
struct notify_fds {
	int clients; /* by the name varlink, or any where it is the only one */
	int events;  /* notify_store() of an earlier process */
};

/*
 * notify_take_fds - what was given; others are closed.
 * To be called once, before any other descriptor is opened. Returns 0, -ENOENT
 * where sockets were given and none can be the one for clients, or -errno.
 */
int notify_take_fds(struct notify_fds *ret_fds);

/*
 * notify_store - let the service manager keep the event socket, and give it to
 * the next process. It does not look at it: what overran stays. False where
 * there is nobody to keep it.
 */
bool notify_store(int event_fd);

/* notify_forget - it is not to be kept any longer. */
void notify_forget(void);

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
