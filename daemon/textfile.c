/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/textfile.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/kernel/clock.h"
#include "common/wire/conf.h"
#include "common/wire/metrics.h"
#include "daemon/log.h"

#define SECOND_NS 1000000000ull
#define AGE_NS (60 * SECOND_NS) /* an older file says that nobody writes */

struct textfile {
	struct ev_loop *loop; /* borrowed, as the next two */
	const struct watch *watch;
	const struct shapes_daemon *about;
	char path[CONF_PATH_MAX];
	char next[CONF_PATH_MAX + 8]; /* the collector reads *.prom alone */
	char *text;		      /* owned: what the file holds */
	uint64_t written_ns;
	int error;	 /* as it was last said; 0: it could be written */
	double interval; /* seconds, as libev has them */
	ev_timer timer;
};

static int write_whole(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	while (left > 0) {
		n = write(fd, text, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		left -= (size_t)n;
	}
	return 0;
}

/* A reader sees the old file or the new one, also after a power cut. */
static int replace(const struct textfile *textfile, const char *text)
{
	int fd, r;

	fd = open(textfile->next,
		  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	r = write_whole(fd, text);
	/* whatever the umask says: another user's collector reads it */
	if (r == 0 && (fchmod(fd, 0644) < 0 || fsync(fd) < 0))
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(textfile->next, textfile->path) < 0)
		r = -errno;
	if (r < 0)
		unlink(textfile->next);
	return r;
}

static void tell(struct textfile *textfile, int error)
{
	if (error && error != textfile->error)
		log_line(LOG_LEVEL_ERROR, "no metrics in %s: %s",
			 textfile->path, strerror(error));
	else if (!error && textfile->error)
		log_line(LOG_LEVEL_NOTICE, "metrics in %s again",
			 textfile->path);
	textfile->error = error;
}

static void update(struct textfile *textfile)
{
	char *text = metrics_text(textfile->watch, textfile->about);
	struct stamp now;
	bool same;
	int r;

	if (!text) {
		tell(textfile, ENOMEM);
		return;
	}
	clock_now(&now);
	same = textfile->text && strcmp(text, textfile->text) == 0;
	if (same && now.mono_ns - textfile->written_ns < AGE_NS) {
		free(text);
		return;
	}
	r = replace(textfile, text);
	tell(textfile, -r);
	free(textfile->text);
	textfile->text = r < 0 ? NULL : text;
	if (r < 0)
		free(text);
	textfile->written_ns = now.mono_ns;
}

/* A whole interval from now, however late the last one was. */
static void arm(struct textfile *textfile)
{
	ev_now_update(textfile->loop);
	ev_timer_set(&textfile->timer, textfile->interval, 0.);
	ev_timer_start(textfile->loop, &textfile->timer);
}

static void on_interval_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop, (void)events;
	update(timer->data);
	arm(timer->data);
}

int textfile_new(struct ev_loop *loop, const struct conf *conf,
		 const struct watch *watch, const struct shapes_daemon *about,
		 struct textfile **ret_textfile)
{
	struct textfile *textfile;

	if (!*conf->metrics_file) {
		*ret_textfile = NULL;
		return 0;
	}
	textfile = calloc(1, sizeof(*textfile));
	if (!textfile)
		return -ENOMEM;
	textfile->loop = loop;
	textfile->watch = watch;
	textfile->about = about;
	strcpy(textfile->path, conf->metrics_file);
	snprintf(textfile->next, sizeof(textfile->next), "%s.new",
		 textfile->path);
	textfile->interval = (double)conf->metrics_interval_ns / 1e9;
	ev_init(&textfile->timer, on_interval_timer);
	textfile->timer.data = textfile;
	update(textfile);
	arm(textfile);
	*ret_textfile = textfile;
	return 0;
}

struct textfile *textfile_free(struct textfile *textfile)
{
	if (!textfile)
		return NULL;
	ev_timer_stop(textfile->loop, &textfile->timer);
	update(textfile);
	free(textfile->text);
	free(textfile);
	return NULL;
}
