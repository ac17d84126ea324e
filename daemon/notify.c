/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/notify.h"

#ifdef HAVE_LIBSYSTEMD

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define NS_PER_US 1000u

#define NAME_CLIENTS "varlink"
#define NAME_EVENTS "events"

static void assign(struct notify_fds *fds, const char *name, int fd, int *other)
{
	int *place = other;

	if (strcmp(name, NAME_CLIENTS) == 0)
		place = &fds->clients;
	else if (strcmp(name, NAME_EVENTS) == 0)
		place = &fds->events;
	if (*place < 0)
		*place = fd;
	else
		close(fd);
}

int notify_take_fds(struct notify_fds *ret_fds)
{
	struct notify_fds fds = { .clients = -1, .events = -1 };
	int n, i, others = 0, other = -1;
	char **names = NULL;

	n = sd_listen_fds_with_names(1, &names);
	if (n < 0)
		return n;
	for (i = 0; i < n; i++) {
		others += strcmp(names[i], NAME_CLIENTS) != 0 &&
			  strcmp(names[i], NAME_EVENTS) != 0;
		assign(&fds, names[i], SD_LISTEN_FDS_START + i, &other);
		free(names[i]);
	}
	free(names);
	/* without FileDescriptorName= the name is that of the unit */
	if (fds.clients < 0 && others == 1) {
		fds.clients = other;
		other = -1;
	}
	if (other >= 0)
		close(other);
	if (fds.clients < 0 && others > 1) {
		if (fds.events >= 0)
			close(fds.events);
		return -ENOENT;
	}
	*ret_fds = fds;
	return 0;
}

bool notify_store(int event_fd)
{
	/* Polled, it would be thrown away as soon as it overran. */
	return sd_pid_notify_with_fds(0, 0,
				      "FDSTORE=1\nFDNAME=" NAME_EVENTS
				      "\nFDPOLL=0",
				      &event_fd, 1) > 0;
}

void notify_forget(void)
{
	sd_notify(0, "FDSTOREREMOVE=1\nFDNAME=" NAME_EVENTS);
}

void notify_ready(const char *status)
{
	sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void notify_status(const char *status)
{
	sd_notifyf(0, "STATUS=%s", status);
}

void notify_reloading(uint64_t mono_ns)
{
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		   mono_ns / NS_PER_US);
}

void notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void notify_extend(uint64_t span_ns)
{
	sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%" PRIu64, span_ns / NS_PER_US);
}

uint64_t notify_watchdog_ns(void)
{
	uint64_t span_us = 0;

	return sd_watchdog_enabled(0, &span_us) > 0 ? span_us * NS_PER_US : 0;
}

void notify_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}

#else

int notify_take_fds(struct notify_fds *ret_fds)
{
	*ret_fds = (struct notify_fds){ .clients = -1, .events = -1 };
	return 0;
}

bool notify_store(int event_fd)
{
	(void)event_fd;
	return false;
}

void notify_forget(void)
{
}

void notify_ready(const char *status)
{
	(void)status;
}

void notify_status(const char *status)
{
	(void)status;
}

void notify_reloading(uint64_t mono_ns)
{
	(void)mono_ns;
}

void notify_stopping(void)
{
}

void notify_extend(uint64_t span_ns)
{
	(void)span_ns;
}

uint64_t notify_watchdog_ns(void)
{
	return 0;
}

void notify_alive(void)
{
}

#endif
