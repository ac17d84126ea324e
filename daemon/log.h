/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Lines for people, on standard error. Under systemd each begins with its
 * priority (sd-daemon(3), "Logging"). What strangers named is made harmless
 * here, once for all.
 */

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR = 3, /* as in syslog(3) */
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
};

/*
 * log_open - find out who reads standard error: the journal, where
 * $JOURNAL_STREAM (systemd.exec(5)) names the file behind it.
 */
void log_open(void);

/* log_is_journal - it is. */
bool log_is_journal(void);

/* log_line - one line, escaped; without memory it is cut short. */
void log_line(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
