/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/engine/image.h"
#include "common/kernel/talk.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/state_head.h"

#define PATH_MAX_BYTES (STATE_DIR_MAX + 32)

#define NAME "state"
#define NAME_NEW "state.new" /* while it is written */
#define NAME_OLD "state.old" /* taken up, or set aside */

void state_init(struct state *state, const char *dir)
{
	const char *given = getenv("STATE_DIRECTORY");
	size_t len;

	*state = (struct state){ 0 };
	open_deaths_init(&state->deaths, state->dir);
	if (!dir)
		dir = given;
	if (!dir)
		return;
	len = dir == given ? strcspn(dir, ":") : strlen(dir);
	if (len >= sizeof(state->dir)) {
		log_line(LOG_LEVEL_ERROR,
			 "the folder for the state has a path that is too "
			 "long: a restart will begin anew");
		return;
	}
	memcpy(state->dir, dir, len);
}

void state_deinit(struct state *state)
{
	open_deaths_deinit(&state->deaths);
}

static const char *path_of(const struct state *state, const char *name,
			   char *path)
{
	snprintf(path, PATH_MAX_BYTES, "%s/%s", state->dir, name);
	return path;
}

static int boot_id(char *boot)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int r;

	if (fd < 0)
		return -errno;
	n = read(fd, boot, STATE_BOOT_MAX - 1);
	r = n < 0 ? -errno : 0;
	close(fd);
	boot[n < 0 ? 0 : n] = '\0';
	boot[strcspn(boot, "\n ")] = '\0';
	return r == 0 && !*boot ? -ENODATA : r;
}

/* ---- reading -------------------------------------------------------------- */

static int read_all(int fd, void *bytes, size_t len)
{
	char *at = bytes;
	ssize_t n;

	for (; len > 0; len -= (size_t)n, at += n) {
		n = read(fd, at, len);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return -errno;
		else if (n == 0)
			return -ENODATA;
	}
	return 0;
}

/* Its first line, with the NUL; what stands behind it is read next. */
static int read_line(int fd, char *line, size_t *ret_len)
{
	ssize_t n = pread(fd, line, STATE_HEAD_MAX - 1, 0);
	char *end;

	if (n < 0)
		return -errno;
	line[n] = '\0';
	end = memchr(line, '\n', (size_t)n);
	if (!end)
		return -ENODATA;
	end[1] = '\0';
	*ret_len = (size_t)(end + 1 - line);
	return lseek(fd, (off_t)*ret_len, SEEK_SET) < 0 ? -errno : 0;
}

/* NULL: it fits, as far as the file can tell; else what is wrong with it. */
static const char *read_state(int fd, struct talk_state *state)
{
	char line[STATE_HEAD_MAX], boot[STATE_BOOT_MAX];
	struct state_head head;
	struct stat file;
	size_t len = 0;

	if (fstat(fd, &file) < 0 || !S_ISREG(file.st_mode))
		return "it is no file";
	if (read_line(fd, line, &len) < 0 ||
	    !state_head_parse(line, len, &head))
		return "it is damaged, or of another version";
	if (boot_id(boot) < 0 || strcmp(boot, head.boot) != 0)
		return "it is of an earlier boot";
	if (head.bytes > IMAGE_MAX ||
	    (uint64_t)file.st_size != len + head.bytes)
		return "it is not whole";
	state->image = malloc(head.bytes ? head.bytes : 1);
	if (!state->image)
		return "there is no memory for it";
	if (read_all(fd, state->image, head.bytes) < 0)
		return "it cannot be read";
	state->len = head.bytes;
	state->socket = head.socket;
	state->drops = head.drops;
	return NULL;
}

static void set_aside(const struct state *state, const char *why)
{
	log_line(LOG_LEVEL_WARNING,
		 "what an earlier nsidwatchd knew cannot be taken up, and is "
		 "set aside in %s/" NAME_OLD ": %s",
		 state->dir, why);
}

/* After a stop, or a boot, that is as it should be: true where there was one. */
static bool drop_outdated(struct state *state)
{
	char path[PATH_MAX_BYTES];
	bool dropped;

	dropped = *state->dir && unlink(path_of(state, NAME, path)) == 0;
	if (dropped)
		open_deaths_drop(&state->deaths);
	if (dropped)
		log_line(LOG_LEVEL_INFO,
			 "begins anew: nobody kept the event socket of the last "
			 "nsidwatchd");
	return dropped;
}

/*
 * It is moved out of the way first: whatever happens from now on, nobody takes
 * it up again. True where there is one.
 */
static bool take(const struct state *state, struct talk_state *ret_state)
{
	char path[PATH_MAX_BYTES], old[PATH_MAX_BYTES];
	const char *why = NULL;
	int fd;

	*ret_state = (struct talk_state){ 0 };
	if (!*state->dir)
		return false;
	path_of(state, NAME_OLD, old);
	if (rename(path_of(state, NAME, path), old) < 0) {
		if (errno != ENOENT)
			log_line(LOG_LEVEL_WARNING, "%s: %s", path,
				 strerror(errno));
		return false;
	}
	fd = open(old, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	why = fd < 0 ? strerror(errno) : read_state(fd, ret_state);
	if (fd >= 0)
		close(fd);
	if (!why)
		return true;
	set_aside(state, why);
	free(ret_state->image);
	*ret_state = (struct talk_state){ 0 };
	return false;
}

/* ---- opening -------------------------------------------------------------- */

static void taken_up(struct state *state, const struct talk_state *taken)
{
	char old[PATH_MAX_BYTES];

	state->goes_on = true;
	unlink(path_of(state, NAME_OLD, old));
	log_line(LOG_LEVEL_INFO,
		 "goes on where an earlier nsidwatchd ended (%zu bytes)",
		 taken->len);
}

/* Outcomes of talk_open() that concern the state alone. */
static const char *misfit(int outcome)
{
	switch (outcome) {
	case TALK_STATE_OTHER:
		return "it is of another socket or another home";
	case TALK_STATE_FOREIGN:
		return "it is of another version";
	case TALK_STATE_DAMAGED:
		return "it is damaged";
	default:
		return NULL;
	}
}

/* With the socket that was kept, and what was known by then, if it fits. */
static int open_kept(struct state *state, const struct talk_options *options,
		     struct talk **ret_talk)
{
	struct talk_options kept = *options;
	struct talk_state taken;
	const char *why;
	int r;

	if (take(state, &taken))
		kept.state = &taken;
	r = talk_open(&kept, ret_talk);
	why = misfit(r);
	if (why) {
		set_aside(state, why);
		kept.state = NULL;
		r = talk_open(&kept, ret_talk);
	}
	if (r == 0 && kept.state)
		taken_up(state, &taken);
	else if (r == 0)
		log_line(LOG_LEVEL_NOTICE,
			 "an earlier nsidwatchd left its socket alone: what "
			 "queued there is read, and an audit tells the rest");
	state->stored = r == 0;
	free(taken.image);
	return r;
}

static int open_any(struct state *state, const struct talk_options *options,
		    int event_fd, struct talk **ret_talk,
		    enum open_deaths_past *ret_past)
{
	struct talk_options fresh = *options;
	int r;

	*ret_past = OPEN_DEATHS_LOST;
	if (event_fd >= 0) {
		fresh.event_fd = event_fd;
		r = open_kept(state, &fresh, ret_talk);
		*ret_past = r != 0	   ? OPEN_DEATHS_LOST :
			    state->goes_on ? OPEN_DEATHS_KNOWN :
					     OPEN_DEATHS_HEARD;
		if (r == 0)
			return 0;
		log_line(LOG_LEVEL_WARNING,
			 "the socket that the service manager kept is of no "
			 "use: %s",
			 r < 0 ? strerror(-r) : "it hears no nsid events");
		close(event_fd);
		notify_forget();
		fresh.event_fd = -1;
	} else if (drop_outdated(state)) {
		*ret_past = OPEN_DEATHS_KNOWN;
	}
	r = talk_open(&fresh, ret_talk);
	if (r == 0)
		state->stored = notify_store(talk_event_fd(*ret_talk));
	return r;
}

static int on_open_deaths_tell(void *userdata,
			       const struct inherited *inherited)
{
	const struct input input = { .type = INPUT_INHERITED,
				     .inherited = inherited };

	return talk_tell(userdata, &input);
}

int state_open(struct state *state, const struct talk_options *options,
	       int event_fd, struct talk **ret_talk)
{
	struct open_deaths_heir heir = { .tell = on_open_deaths_tell };
	char boot[STATE_BOOT_MAX];
	enum open_deaths_past past;
	int r;

	r = open_any(state, options, event_fd, ret_talk, &past);
	if (r != 0)
		return r;
	if (boot_id(boot) < 0)
		return 0; /* nothing can be left, and nothing taken up */
	heir.boot = boot;
	heir.home = &watch_start(talk_watch(*ret_talk))->home;
	heir.userdata = *ret_talk;
	r = open_deaths_begin(&state->deaths, past, &heir);
	if (r < 0)
		*ret_talk = talk_free(*ret_talk);
	return r;
}

void state_look(struct state *state, const struct watch *watch,
		const struct stamp *now)
{
	open_deaths_look(&state->deaths, watch, now->mono_ns);
}

/* ---- leaving -------------------------------------------------------------- */

static int write_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;
	ssize_t n;

	for (; len > 0; len -= (size_t)n, at += n) {
		n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return -errno;
	}
	return 0;
}

static int write_state(int fd, const struct talk_state *left)
{
	struct state_head head = { .socket = left->socket,
				   .drops = left->drops,
				   .bytes = left->len };
	char line[STATE_HEAD_MAX];
	int r;

	r = boot_id(head.boot);
	if (r == 0)
		r = write_all(fd, line, state_head_write(line, &head));
	if (r == 0)
		r = write_all(fd, left->image, left->len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

/* The name is as safe as what it names. */
static int sync_dir(const struct state *state)
{
	int fd = open(state->dir, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		r = -errno;
	close(fd);
	return r;
}

static int put_state(const struct state *state, const struct talk_state *left)
{
	char anew[PATH_MAX_BYTES], path[PATH_MAX_BYTES];
	int fd, r;

	path_of(state, NAME_NEW, anew);
	if (unlink(anew) < 0 && errno != ENOENT)
		return -errno;
	fd = open(anew, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_state(fd, left);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(anew, path_of(state, NAME, path)) < 0)
		r = -errno;
	if (r < 0)
		unlink(anew);
	return r == 0 ? sync_dir(state) : r;
}

void state_leave(struct state *state, struct talk *talk)
{
	struct talk_state left;
	int r;

	if (!*state->dir)
		return;
	/* The open deaths stay beside it, for whoever cannot read it. */
	if (!state->stored) {
		open_deaths_drop(&state->deaths);
		return;
	}
	r = talk_save(talk, &left);
	if (r == 0) {
		r = put_state(state, &left);
		free(left.image);
	}
	if (r < 0)
		log_line(LOG_LEVEL_ERROR,
			 "what is known cannot be left in %s, and a restart "
			 "will begin anew: %s",
			 state->dir, strerror(-r));
}
