/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/wire/text.h"

/* Set once, before the first line; a log is the one thing all may reach. */
static bool log_to_journal;

void log_open(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat file;

	log_to_journal = stream &&
			 sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
			 fstat(2, &file) == 0 && file.st_dev == device &&
			 file.st_ino == inode;
}

bool log_is_journal(void)
{
	return log_to_journal;
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[2048], *escaped;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	escaped = text_escape(line);
	if (log_to_journal)
		fprintf(stderr, "<%d>%s\n", (int)level, escaped ? escaped : "");
	else
		fprintf(stderr, "nsidwatchd: %s\n", escaped ? escaped : "");
	free(escaped);
}
