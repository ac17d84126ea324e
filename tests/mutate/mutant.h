/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What every mutated source begins with. All mutants of all files are in one
 * program; NSIDWATCH_MUTANT in the environment says which of them lives (0 or
 * nothing: none), NSIDWATCH_REACHED names a file with a byte for each, which
 * is set when the program comes by.
 *
 * The symbols are weak, since each mutated file brings them and one stays.
 */

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((weak)) unsigned int mutant_alive;
__attribute__((weak)) unsigned char *mutant_reached;

/* A shared mapping: what was reached is known though the test ended badly. */
__attribute__((weak, constructor)) void mutant_begin(void)
{
	const char *text = getenv("NSIDWATCH_MUTANT");
	const char *path = getenv("NSIDWATCH_REACHED");
	struct stat st;
	void *map;
	int fd;

	if (text)
		mutant_alive = (unsigned int)strtoul(text, NULL, 10);
	if (!path || mutant_reached)
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		abort();
	map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   fd, 0);
	if (map == MAP_FAILED)
		abort();
	close(fd);
	mutant_reached = map;
}

/* mutant - whether this one lives. */
static inline bool mutant(unsigned int id)
{
	if (mutant_reached)
		mutant_reached[id] = 1;
	return id == mutant_alive;
}
