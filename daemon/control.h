/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The Varlink server: lets clients in, within limits, and gives each a turn
 * once a wake-up, behind the events. No tick: one timer stands at the earliest
 * moment that any client waits for.
 */

struct control;
struct ev_loop;
struct listener;
struct methods;

#define CONTROL_CLIENTS_MAX 64
#define CONTROL_CLIENTS_OF_USER_MAX 16

/*
 * control_new - serve on listener with methods, both borrowed until
 * control_free(). ret_control is owned by the caller. 0 or -ENOMEM.
 */
int control_new(struct ev_loop *loop, const struct listener *listener,
		const struct methods *methods, struct control **ret_control);

/*
 * control_free - what waits is told that the daemon ends. Takes NULL, returns
 * NULL.
 */
struct control *control_free(struct control *control);

/* control_news - the engine was stepped: those that wait get a turn. */
void control_news(struct control *control);
