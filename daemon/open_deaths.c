/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/open_deaths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/engine/verify.h"
#include "common/engine/watch.h"
#include "daemon/log.h"
#include "daemon/open_record.h"

#define PATH_MAX_BYTES (4096 + 32)

#define NAME "open-deaths"
#define NAME_NEW "open-deaths.new" /* until all stands in it */
#define NAME_OLD "open-deaths.old" /* set aside */

#define AGAIN_NS (60 * 1000000000ull) /* after a failure */
#define SLOTS_MAX (1u << 17)	      /* more were never open at once */

/* One that is in the file. */
struct open_death {
	uint64_t id;
	uint32_t slot;
	uint32_t n_removals; /* that it tells of */
};

void open_deaths_init(struct open_deaths *list, const char *dir)
{
	*list = (struct open_deaths){ .dir = dir, .fd = -1, .lock_fd = -1 };
}

/* Nothing is written any more, until somebody begins. */
static void forget(struct open_deaths *list)
{
	if (list->fd >= 0)
		close(list->fd);
	list->fd = -1;
	list->n_deaths = list->n_free = list->n_slots = 0;
	list->next_death = list->dels = 0;
	list->n_open = 0;
}

void open_deaths_deinit(struct open_deaths *list)
{
	forget(list);
	free(list->deaths);
	free(list->free_slots);
	if (list->lock_fd >= 0)
		close(list->lock_fd);
	open_deaths_init(list, "");
}

static const char *path_of(const struct open_deaths *list, const char *name,
			   char *path)
{
	snprintf(path, PATH_MAX_BYTES, "%s/%s", list->dir, name);
	return path;
}

/* Nobody else keeps such a file in this folder. */
static bool lock(struct open_deaths *list)
{
	if (list->lock_fd < 0)
		list->lock_fd = open(list->dir,
				     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (list->lock_fd < 0 || flock(list->lock_fd, LOCK_EX | LOCK_NB) == 0 ||
	    errno != EWOULDBLOCK)
		return true;
	log_line(LOG_LEVEL_WARNING,
		 "%s: another nsidwatchd keeps its open deaths there: were "
		 "this one killed, the next one would not know of its own",
		 list->dir);
	close(list->lock_fd);
	list->lock_fd = -1;
	return false;
}

void open_deaths_drop(struct open_deaths *list)
{
	char path[PATH_MAX_BYTES];

	forget(list);
	if (*list->dir && lock(list))
		unlink(path_of(list, NAME, path));
	list->begun = list->inherited = false;
}

/* ---- what an earlier one left --------------------------------------------- */

struct left {
	struct open_record *records; /* owned */
	size_t n, cap;
	size_t damaged;
};

/* What was cut off is no record either. False at the end of the file. */
static bool read_slot(FILE *file, uint8_t slot[OPEN_RECORD_BYTES])
{
	memset(slot, 0, OPEN_RECORD_BYTES);
	return fread(slot, 1, OPEN_RECORD_BYTES, file) > 0;
}

static int add_record(struct left *left, const struct open_record *record)
{
	size_t cap = left->cap ? left->cap * 2 : 16;
	struct open_record *records;

	if (left->n == left->cap) {
		records = reallocarray(left->records, cap, sizeof(*records));
		if (!records)
			return -ENOMEM;
		left->records = records;
		left->cap = cap;
	}
	left->records[left->n++] = *record;
	return 0;
}

static int read_records(FILE *file, struct left *left)
{
	uint8_t slot[OPEN_RECORD_BYTES];
	struct open_record record;
	uint32_t n;
	int r = 0;

	for (n = 0; r == 0 && n < SLOTS_MAX && read_slot(file, slot); n++) {
		switch (open_record_get(slot, &record)) {
		case 0:
			r = add_record(left, &record);
			break;
		case OPEN_RECORD_DAMAGED:
			left->damaged++;
			break;
		default:
			break;
		}
	}
	return r < 0 ? r : ferror(file) ? -EIO : 0;
}

/* NULL: all of it is in *left, as far as it can be read. */
static const char *read_file(const struct open_deaths *list, FILE *file,
			     struct left *left)
{
	uint8_t head[OPEN_RECORD_BYTES];
	int r;

	/* One that was killed before it wrote anything. */
	if (!read_slot(file, head))
		return ferror(file) ? "it cannot be read" : NULL;
	switch (open_record_fits(head, list->boot, &list->home)) {
	case OPEN_RECORD_DAMAGED:
		return "it is damaged, or of another version or home";
	case OPEN_RECORD_OTHER_BOOT:
		return NULL;
	default:
		break;
	}
	r = read_records(file, left);
	if (r < 0)
		return strerror(-r);
	return left->damaged ? "some of them are damaged" : NULL;
}

static int by_id(const void *one, const void *other)
{
	const struct open_record *a = one, *b = other;

	return a->id < b->id ? -1 : a->id > b->id;
}

static const char *text_of(const char *text)
{
	return *text ? text : NULL;
}

/* Oldest first. */
static int tell_all(struct left *left, bool lost,
		    const struct open_deaths_heir *heir)
{
	struct inherited *inherited;
	size_t i;
	int r = 0;

	if (left->n)
		qsort(left->records, left->n, sizeof(*left->records), by_id);
	for (i = 0; r == 0 && i < left->n; i++) {
		inherited = &left->records[i].inherited;
		inherited->name = text_of(left->records[i].name);
		inherited->label = text_of(left->records[i].label);
		inherited->lost |= lost;
		r = heir->tell(heir->userdata, inherited);
	}
	if (r == 0 && left->n)
		log_line(LOG_LEVEL_NOTICE,
			 "%zu deaths were open when an earlier nsidwatchd "
			 "ended, and are indeterminate (ended-open)",
			 left->n);
	return r;
}

static void set_aside(const struct open_deaths *list, const char *why)
{
	char path[PATH_MAX_BYTES], old[PATH_MAX_BYTES];

	log_line(LOG_LEVEL_WARNING,
		 "what an earlier nsidwatchd left of open deaths is set aside "
		 "in %s/" NAME_OLD ": %s",
		 list->dir, why);
	if (rename(path_of(list, NAME, path), path_of(list, NAME_OLD, old)) < 0)
		unlink(path);
}

static int inherit(struct open_deaths *list, bool lost,
		   const struct open_deaths_heir *heir)
{
	char path[PATH_MAX_BYTES];
	struct left left = { 0 };
	struct stat status;
	const char *why;
	FILE *file;
	int fd, r;

	fd = open(path_of(list, NAME, path),
		  O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return 0;
	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!file)
		why = strerror(errno);
	else if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		why = "it is no file";
	else
		why = read_file(list, file, &left);
	if (file)
		fclose(file);
	else if (fd >= 0)
		close(fd);
	r = tell_all(&left, lost, heir);
	free(left.records);
	if (r == 0 && why)
		set_aside(list, why);
	return r;
}

int open_deaths_begin(struct open_deaths *list, enum open_deaths_past past,
		      const struct open_deaths_heir *heir)
{
	int r = 0;

	if (!*list->dir || !lock(list))
		return 0;
	snprintf(list->boot, sizeof(list->boot), "%s", heir->boot);
	list->home = *heir->home;
	if (past != OPEN_DEATHS_KNOWN)
		r = inherit(list, past == OPEN_DEATHS_LOST, heir);
	if (r < 0)
		return r;
	list->begun = list->inherited = true;
	return 0;
}

/* ---- our own -------------------------------------------------------------- */

static int write_at(const struct open_deaths *list, const void *bytes,
		    size_t len, uint64_t at)
{
	ssize_t n;

	do
		n = pwrite(list->fd, bytes, len, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -ENOSPC;
}

static uint64_t place_of(uint32_t slot)
{
	return ((uint64_t)slot + 1) * OPEN_RECORD_BYTES;
}

static int make_file(struct open_deaths *list)
{
	uint8_t head[OPEN_RECORD_BYTES];
	char path[PATH_MAX_BYTES];

	list->fd = open(path_of(list, NAME_NEW, path),
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			0600);
	if (list->fd < 0)
		return -errno;
	open_record_head(head, list->boot, &list->home);
	return write_at(list, head, sizeof(head), 0);
}

static int write_death(const struct open_deaths *list, uint32_t slot,
		       const struct death *death)
{
	struct open_record record = {
		.id = death->id,
		.inherited = { .opened = death->opened,
			       .last_removal = death->last_removal,
			       .nsid = death->peer->nsid,
			       .generation = death->peer->generation,
			       .expected = death->expected,
			       .n_removals = death->n_removals,
			       .certain = death->certain,
			       .left_home = death->home_seq != 0,
			       .lost = death->inherited && death->gap,
			       .identity = death->peer->identity },
	};
	uint8_t bytes[OPEN_RECORD_BYTES];

	memcpy(record.name, death->name, sizeof(record.name));
	memcpy(record.label, death->label, sizeof(record.label));
	open_record_put(bytes, &record);
	return write_at(list, bytes, sizeof(bytes), place_of(slot));
}

/* Room for one more in each list, so that a slot can be given back. */
static int make_room(struct open_deaths *list)
{
	uint32_t cap = list->cap_deaths ? list->cap_deaths * 2 : 64;
	struct open_death *deaths;
	uint32_t *slots;

	if (list->n_deaths < list->cap_deaths)
		return 0;
	deaths = reallocarray(list->deaths, cap, sizeof(*deaths));
	if (!deaths)
		return -ENOMEM;
	list->deaths = deaths;
	slots = reallocarray(list->free_slots, cap, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	list->free_slots = slots;
	list->cap_deaths = cap;
	return 0;
}

static int add(struct open_deaths *list, const struct death *death)
{
	uint32_t slot;
	int r;

	r = make_room(list);
	if (r < 0)
		return r;
	slot = list->n_free ? list->free_slots[--list->n_free] :
			      list->n_slots++;
	list->deaths[list->n_deaths++] =
		(struct open_death){ .id = death->id,
				     .slot = slot,
				     .n_removals = death->n_removals };
	return write_death(list, slot, death);
}

static int give_back(struct open_deaths *list, uint32_t slot)
{
	static const uint8_t nobody[16];

	list->free_slots[list->n_free++] = slot;
	return write_at(list, nobody, sizeof(nobody), place_of(slot));
}

/* Whatever a DEL does to it is a removal more. */
static int keep(const struct open_deaths *list, struct open_death *at,
		const struct death *death)
{
	if (at->n_removals == death->n_removals)
		return 0;
	at->n_removals = death->n_removals;
	return write_death(list, at->slot, death);
}

/* From here on: one that was inherited, and that may go on yet. */
static const struct death *going_on(const struct death *death)
{
	while (death && death->inherited && death->home_seq)
		death = death->next;
	return death && death->inherited ? death : NULL;
}

/* Those that the next one has to know of: inherited ones, then the open. */
static const struct death *first_death(const struct verify *verify)
{
	const struct death *death = going_on(verify_closed_deaths(verify));

	return death ? death : verify_open_deaths(verify);
}

static const struct death *next_death(const struct verify *verify,
				      const struct death *death)
{
	if (death->verdict == VERDICT_OPEN)
		return death->next;
	death = going_on(death->next);
	return death ? death : verify_open_deaths(verify);
}

/* Ids rise in both lists, and what is new stands at the end. */
static int compare(struct open_deaths *list, const struct verify *verify)
{
	const struct death *death = first_death(verify);
	uint32_t i, n = list->n_deaths;
	int r = 0;

	list->n_deaths = 0;
	for (i = 0; r == 0 && i < n; i++) {
		if (!death || death->id != list->deaths[i].id) {
			r = give_back(list, list->deaths[i].slot);
			continue;
		}
		r = keep(list, &list->deaths[i], death);
		list->deaths[list->n_deaths++] = list->deaths[i];
		death = next_death(verify, death);
	}
	for (; r == 0 && death; death = next_death(verify, death))
		r = add(list, death);
	return r;
}

/* A long list was, and is no more. */
static int shorten(struct open_deaths *list)
{
	if (list->n_deaths || !list->n_slots)
		return 0;
	list->n_slots = list->n_free = 0;
	return ftruncate(list->fd, OPEN_RECORD_BYTES) < 0 ? -errno : 0;
}

/* What stands there is not what is so: better nothing, for a while, or what an
 * earlier one left. */
static void give_up(struct open_deaths *list, int error, uint64_t now_ns)
{
	char path[PATH_MAX_BYTES];

	if (!list->warned)
		log_line(LOG_LEVEL_WARNING,
			 "%s/" NAME ": %s: were this one killed, the next one "
			 "would not know which deaths were open",
			 list->dir, strerror(-error));
	list->warned = true;
	forget(list);
	unlink(path_of(list, NAME_NEW, path));
	if (!list->inherited)
		unlink(path_of(list, NAME, path));
	list->again_ns = now_ns + AGAIN_NS;
}

/* It takes the place of the one before once all stands in it. */
static int place(const struct open_deaths *list)
{
	char path[PATH_MAX_BYTES], path_new[PATH_MAX_BYTES];

	path_of(list, NAME, path);
	return rename(path_of(list, NAME_NEW, path_new), path) < 0 ? -errno : 0;
}

static int write_down(struct open_deaths *list, const struct verify *verify)
{
	bool begins = list->fd < 0;
	int r = begins ? make_file(list) : 0;

	if (r == 0)
		r = compare(list, verify);
	if (r == 0)
		r = shorten(list);
	return r == 0 && begins ? place(list) : r;
}

void open_deaths_look(struct open_deaths *list, const struct watch *watch,
		      uint64_t now_ns)
{
	const struct verify *verify = watch_verify(watch);
	uint64_t dels = watch_counters(watch)->dels;
	char path[PATH_MAX_BYTES];
	int r = 0;

	if (!list->begun || now_ns < list->again_ns ||
	    (!list->inherited && list->next_death == verify->next_death &&
	     list->dels == dels && list->n_open == verify->n_open))
		return;
	list->next_death = verify->next_death;
	list->dels = dels;
	list->n_open = verify->n_open;
	if (first_death(verify) || list->n_deaths)
		r = write_down(list, verify);
	else if (list->inherited)
		unlink(path_of(list, NAME, path));
	if (r < 0)
		give_up(list, r, now_ns);
	else
		list->inherited = false;
}
