/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The listening socket: given by the service manager, or bound here. A lock
 * beside the path keeps two daemons from taking it from each other, and only
 * a socket at which nobody answers is replaced.
 */

struct listener;

/*
 * listener_new - make it, mode 0660, for the group nsidwatch where there is
 * one. Why it cannot be made is said in the log.
 *
 * path is bound unless fd, which is owned by ret_listener from then on, is not
 * negative. ret_listener is owned by the caller. Returns 0 or -errno.
 */
int listener_new(const char *path, int fd, struct listener **ret_listener);

/*
 * listener_free - closes, and removes from the file system what was made.
 * Takes NULL, returns NULL.
 */
struct listener *listener_free(struct listener *listener);

/* listener_fd - borrowed; does not block. */
int listener_fd(const struct listener *listener);

/* listener_path - where clients find it; "" for an unnamed socket. */
const char *listener_path(const struct listener *listener);
