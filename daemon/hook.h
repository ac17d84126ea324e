/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The program of OnFinding=: run once an alert, with its document on standard
 * input. At most HOOK_RUNS run at once and HOOK_WAITING wait; what is beyond is
 * dropped, and the log says how much. Two that are about the same finding or
 * namespace run one after the other, in the order in which they were told.
 * Whoever runs for longer than OnFindingTime= is killed with all that it
 * started. Nothing of the daemon's is handed down: no descriptor but standard
 * error, no capability, no variable. The loop never waits for it.
 */

struct alert;
struct conf;
struct ev_loop;
struct hook;

#define HOOK_RUNS 4
#define HOOK_WAITING 64
#define HOOK_GRACE_S 5 /* seconds, when the daemon ends */

/*
 * hook_new - loop, which has to be the default one, and conf are borrowed until
 * hook_free(); conf is looked at with every alert. 0 or -ENOMEM.
 */
int hook_new(struct ev_loop *loop, const struct conf *conf,
	     struct hook **ret_hook);

/*
 * hook_look - conf was read anew: the log says where its program cannot be run
 * as far as can be seen. hook_new() does so by itself.
 */
void hook_look(struct hook *hook);

/*
 * hook_free - whoever runs or waits has HOOK_GRACE_S together; what still runs
 * then is killed, and the log says how many alerts that and the waiting cost.
 * Blocks for so long at most. Takes NULL, returns NULL.
 */
struct hook *hook_free(struct hook *hook);

/* hook_tell - run it for this alert, now or when it is its turn. */
void hook_tell(struct hook *hook, const struct alert *alert);
