/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A line of /proc/PID/mountinfo (first byte even), or the text of
 * /proc/PID/stat, a process's name and a cgroup's path (odd). Each lies in a
 * buffer of exactly its size.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/kernel/mountinfo.h"
#include "common/kernel/procfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_line(const char *text, size_t size)
{
	char path[NAME_MAX_BYTES];

	if (mountinfo_parse(text, size, path) != 0)
		return;
	must(path[0] == '/');
	must(memchr(path, '\0', sizeof(path)) != NULL);
}

static void fuzz_process(const char *text)
{
	char written[NAME_MAX_BYTES];
	struct process process;

	(void)procfs_parse_stat(text, &process);
	if (procfs_parse_name(text, &process) == 0) {
		procfs_write_name(&process, written);
		must(strcmp(text, written) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	/* A line ends with its length, a text with a NUL. */
	text = malloc(size);
	must(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] % 2 == 0) {
		text = realloc(text, size > 1 ? size - 1 : 1);
		must(text != NULL);
		fuzz_line(text, size - 1);
	} else {
		fuzz_process(text);
	}
	free(text);
	return 0;
}
