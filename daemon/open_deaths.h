/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The deaths that are open, in a file of their own, for whoever comes after a
 * daemon that was killed: it leaves nothing else. What changes within a wake-up
 * is written at its end, a slot for each death (open_record.h), straight into
 * the page cache: that outlives the process, and with the boot all of them end.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/engine/event.h"
#include "daemon/state_head.h"

struct inherited;
struct open_death;
struct watch;

struct open_deaths {
	const char *dir;	   /* borrowed; "": there is no file */
	char boot[STATE_BOOT_MAX]; /* its id */
	struct identity home;
	int fd;			   /* owned; -1: there is no file as yet */
	struct open_death *deaths; /* owned: those in the file, by id */
	uint32_t n_deaths, cap_deaths;
	uint32_t *free_slots; /* owned */
	uint32_t n_free;
	uint32_t n_slots;  /* of the file */
	int lock_fd;	   /* owned: the folder, locked; -1 */
	bool begun;	   /* until then nothing is written */
	bool inherited;	   /* what an earlier one left stands there still */
	bool warned;	   /* that it cannot be written */
	uint64_t again_ns; /* until then nothing is tried */
	/* of the engine, when it was looked at last */
	uint64_t next_death, dels;
	uint32_t n_open;
};

enum open_deaths_past {
	OPEN_DEATHS_KNOWN, /* what was open is open still, or nobody asks */
	OPEN_DEATHS_HEARD, /* that is lost, and no event since then */
	OPEN_DEATHS_LOST,  /* that is lost, and perhaps events as well */
};

/* open_deaths_init - dir is borrowed; "" for none. */
void open_deaths_init(struct open_deaths *list, const char *dir);

/* open_deaths_deinit - the file stays. */
void open_deaths_deinit(struct open_deaths *list);

/* Who is to know of them. */
struct open_deaths_heir {
	const char *boot; /* id of this one; borrowed, for the call */
	const struct identity *home; /* likewise */
	int (*tell)(void *userdata, const struct inherited *inherited);
	void *userdata;
};

/*
 * open_deaths_begin - tell what an earlier daemon left open, oldest first, as
 * the past wants it. The file stays until the first look has put ours in its
 * place, or nobody would know it were this one killed by then; where tell()
 * fails it stays for the next one. What is wrong with it is said in the log, and
 * stops nothing; so is that another daemon keeps its own in the same folder,
 * and then nothing is read or written. 0, or what tell() said below zero.
 */
int open_deaths_begin(struct open_deaths *list, enum open_deaths_past past,
		      const struct open_deaths_heir *heir);

/* open_deaths_look - after each step: write down what has changed. now_ns is
 * CLOCK_MONOTONIC. */
void open_deaths_look(struct open_deaths *list, const struct watch *watch,
		      uint64_t now_ns);

/* open_deaths_drop - nobody needs the file any more. */
void open_deaths_drop(struct open_deaths *list);
