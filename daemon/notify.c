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

int notify_listen_fd(const char *name, int *ret_fd)
{
	char **names = NULL;
	int n, i, found = -1;

	n = sd_listen_fds_with_names(1, &names);
	if (n < 0)
		return n;
	for (i = 0; i < n; i++) {
		/* without FileDescriptorName= the name is that of the unit */
		if (found < 0 && (n == 1 || strcmp(names[i], name) == 0))
			found = SD_LISTEN_FDS_START + i;
		else
			close(SD_LISTEN_FDS_START + i);
	}
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	if (n > 0 && found < 0)
		return -ENOENT;
	*ret_fd = found;
	return 0;
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

int notify_listen_fd(const char *name, int *ret_fd)
{
	(void)name;
	*ret_fd = -1;
	return 0;
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
