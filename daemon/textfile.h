/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The metrics as a file (MetricsFile=) for node_exporter's textfile collector:
 * a new file takes the place of the old one when something has changed, at most
 * once an interval, and once a minute in any case: its age tells that somebody
 * writes it.
 */

struct conf;
struct ev_loop;
struct shapes_daemon;
struct textfile;
struct watch;

/*
 * textfile_new - write the file that conf names, from now on.
 *
 * watch and about are borrowed until textfile_free(). *ret_textfile, which is
 * owned by the caller, is NULL where conf names none. 0 or -ENOMEM. What cannot
 * be written is in the log, once, until it can be again.
 */
int textfile_new(struct ev_loop *loop, const struct conf *conf,
		 const struct watch *watch, const struct shapes_daemon *about,
		 struct textfile **ret_textfile);

/* textfile_free - writes it for the last time, and leaves it: it grows old, and
 * that is what a daemon that is gone should look like. Takes NULL. */
struct textfile *textfile_free(struct textfile *textfile);
