/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The load of selftest: a child process that holds namespaces by descriptors,
 * gives them numbers and lets them die when it is told to. It dies with its
 * parent, and its namespaces with it.
 */

#include <stdint.h>
#include <sys/types.h>

struct load {
	pid_t pid;
	int command_fd; /* owned; tells the child */
	int report_fd;	/* owned; readable when a stage is over */
};

enum load_stage {
	LOAD_SURVIVE, /* make the survivors, give each a number in home */
	LOAD_BIRTH,   /* make those that will die: a number in home, and one
		       * in every survivor */
	LOAD_DEATH,   /* close all of them at once */
};

struct load_size {
	uint32_t survivors;
	uint32_t dying; /* a round */
};

/*
 * load_start - make the child, which waits. There must be no second thread,
 * and nothing of the parent may be open that must not be inherited. Returns
 * an enum status, having said what went wrong.
 */
int load_start(const struct load_size *size, struct load *ret_load);

/* load_tell - begin a stage. 0 or -errno. */
int load_tell(const struct load *load, enum load_stage stage);

/*
 * load_told - take a report off report_fd, after it became readable: how many
 * namespaces the stage has made or let die. Returns an enum status: what went
 * wrong in the child was said by the child.
 */
int load_told(const struct load *load, uint32_t *ret_count);

/* load_end - end the child and wait for it; its namespaces die. */
void load_end(struct load *load);
