/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of the deaths that are open: what one daemon writes is what the next
 * one is told, and nothing that stands there stops anybody.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/engine/deaths.h"
#include "common/engine/inherit.h"
#include "common/engine/state.h"
#include "daemon/open_deaths.h"
#include "daemon/open_record.h"
#include "tests/lib/world.h"

#define TOLD_MAX 32
#define SLOT ((long)OPEN_RECORD_BYTES)

static char folder[] = "/tmp/nsidwatch-open-XXXXXX";
static const struct identity home = { 1, 2, 3 };

/* What a daemon was told. */
static struct {
	struct inherited deaths[TOLD_MAX];
	char names[TOLD_MAX][NAME_MAX_BYTES];
	int n, error;
} told;

struct one {
	struct world *world; /* owned */
	struct watch *watch;
	struct open_deaths list;
};

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static bool there(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

static long size_of(const char *name)
{
	struct stat file;

	return stat(path_of(name), &file) < 0 ? -1 : (long)file.st_size;
}

static int on_tell(void *userdata, const struct inherited *inherited)
{
	(void)userdata;
	assert_in_range(told.n, 0, TOLD_MAX - 1);
	told.deaths[told.n] = *inherited;
	snprintf(told.names[told.n], NAME_MAX_BYTES, "%s",
		 inherited->name ? inherited->name : "(none)");
	told.n++;
	return told.error;
}

/* A daemon begins, in this boot and home; what it was told is in `told`. */
static int begin_in(struct open_deaths *list, enum open_deaths_past past,
		    const char *boot, const struct identity *at)
{
	const struct open_deaths_heir heir = {
		.boot = boot,
		.home = at,
		.tell = on_tell,
	};

	told.n = 0;
	open_deaths_init(list, folder);
	return open_deaths_begin(list, past, &heir);
}

static void begin(struct one *one, enum open_deaths_past past)
{
	assert_int_equal(begin_in(&one->list, past, "boot-1", &home), 0);
}

static void look(struct one *one)
{
	open_deaths_look(&one->list, one->watch, 1);
}

/* It is killed, and another one comes. */
static void killed(struct one *one, enum open_deaths_past past)
{
	open_deaths_deinit(&one->list);
	begin(one, past);
}

static struct death *die(struct one *one, int32_t nsid)
{
	struct netns *netns = ledger_holder(&one->watch->ledger, nsid);
	struct death *death = NULL;

	assert_int_equal(deaths_open(one->watch, netns, &death), 0);
	return death;
}

static void removed(struct one *one, struct death *death)
{
	struct watch *watch = one->watch;

	watch->counters.dels++;
	assert_int_equal(deaths_removed(watch, death, watch->ledger.home, 4, 9),
			 0);
}

static void close_death(struct one *one, struct death *death)
{
	deaths_close(one->watch, death, VERDICT_VERIFIED, REASON_NONE);
}

static int setup(void **state)
{
	struct one *one = calloc(1, sizeof(*one));

	assert_non_null(one);
	world_setup((void **)&one->world);
	one->watch = one->world->script->watch;
	begin(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 0);
	*state = one;
	return 0;
}

static int teardown(void **state)
{
	struct one *one = *state;

	open_deaths_drop(&one->list);
	open_deaths_deinit(&one->list);
	unlink(path_of("open-deaths.old"));
	world_teardown((void **)&one->world);
	free(one);
	told.error = 0;
	return 0;
}

/* ---- from one to the next ----------------------------------------------- */

static void test_what_was_open_is_told(void **state)
{
	struct one *one = *state;
	struct death *p = die(one, 4);

	p->opened = (struct stamp){ 11, 12 };
	p->expected = 6;
	p->certain = true;
	p->home_seq = 3;
	p->peer->identity = (struct identity){ 7, 8, 9 };
	strcpy(p->label, "box");
	removed(one, p);
	p->last_removal = (struct stamp){ 13, 14 };
	look(one);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 1);
	assert_string_equal(told.names[0], "/run/netns/p");
	assert_int_equal(told.deaths[0].opened.mono_ns, 11);
	assert_int_equal(told.deaths[0].opened.real_ns, 12);
	assert_int_equal(told.deaths[0].last_removal.mono_ns, 13);
	assert_int_equal(told.deaths[0].last_removal.real_ns, 14);
	assert_int_equal(told.deaths[0].nsid, 4);
	assert_int_equal(told.deaths[0].generation, 1);
	assert_int_equal(told.deaths[0].expected, 6);
	assert_int_equal(told.deaths[0].n_removals, 1);
	assert_int_equal(told.deaths[0].identity.id, 7);
	assert_int_equal(told.deaths[0].identity.dev, 8);
	assert_int_equal(told.deaths[0].identity.ino, 9);
	assert_true(told.deaths[0].certain);
	assert_true(told.deaths[0].left_home);
	assert_false(told.deaths[0].lost);
	assert_false(there("open-deaths.old"));
	/* until the first look nobody else knows of it */
	assert_true(there("open-deaths"));
	close_death(one, p);
	look(one);
	assert_false(there("open-deaths"));
}

static void test_who_is_killed_at_once_loses_nothing(void **state)
{
	struct one *one = *state;

	die(one, 4);
	look(one);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 1);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 1);
	killed(one, OPEN_DEATHS_KNOWN);
	assert_int_equal(told.n, 0);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 1);
}

/* Inherited, closed, and not over: the third one hears of it as well. */
static void test_what_was_inherited_is_handed_on(void **state)
{
	const struct inherited inherited = { .nsid = 77,
					     .name = "/run/netns/x" };
	struct one *one = *state;
	struct death *death;

	assert_int_equal(inherit_death(one->watch, &inherited), 0);
	death = one->watch->verify.closed_first;
	assert_non_null(death);
	death->gap = false;
	die(one, 4);
	look(one);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 2);
	assert_int_equal(told.deaths[0].nsid, 77);
	assert_string_equal(told.names[0], "/run/netns/x");
	assert_false(told.deaths[0].lost);
	/* lost is lost, also for those who come later */
	death->gap = true;
	look(one);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 2);
	assert_true(told.deaths[0].lost);
	/* now its number is another's: it is over */
	death->home_seq = 1;
	look(one);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.deaths[0].nsid, 4);
}

/* Two with one folder: the second keeps its hands off. */
static void test_another_ones_folder(void **state)
{
	struct one *one = *state;
	struct open_deaths other;

	die(one, 4);
	look(one);
	assert_int_equal(begin_in(&other, OPEN_DEATHS_HEARD, "boot-1", &home),
			 0);
	assert_int_equal(told.n, 0);
	open_deaths_look(&other, one->watch, 1);
	open_deaths_drop(&other);
	open_deaths_deinit(&other);
	assert_int_equal(size_of("open-deaths"), 2 * SLOT);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 1);
}

static void test_what_was_closed_is_not(void **state)
{
	struct one *one = *state;
	struct death *p = die(one, 4), *q;

	look(one);
	q = die(one, 5);
	look(one);
	close_death(one, p);
	look(one);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 1);
	assert_string_equal(told.names[0], "/run/netns/q");
	close_death(one, q);
}

static void test_what_changed_is_told(void **state)
{
	struct one *one = *state;
	struct death *p = die(one, 4);

	look(one);
	removed(one, p);
	p->home_seq = 1;
	look(one);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.deaths[0].n_removals, 1);
	assert_true(told.deaths[0].left_home);
}

static void test_the_oldest_is_told_first(void **state)
{
	struct one *one = *state;
	struct death *p = die(one, 4), *q = die(one, 5);

	look(one);
	close_death(one, p); /* whose place is free now */
	look(one);
	die(one, 1);
	look(one);
	assert_int_equal(size_of("open-deaths"), 3 * SLOT);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 2);
	assert_string_equal(told.names[0], "/run/netns/q");
	assert_string_equal(told.names[1], "/run/netns/a");
	close_death(one, q);
}

static void test_a_long_list_shrinks(void **state)
{
	struct death *deaths[5];
	struct one *one = *state;
	int32_t i;

	for (i = 0; i < 5; i++)
		deaths[i] = die(one, i + 1);
	look(one);
	assert_int_equal(size_of("open-deaths"), 6 * SLOT);
	for (i = 4; i >= 0; i--) {
		close_death(one, deaths[i]);
		look(one);
	}
	assert_int_equal(size_of("open-deaths"), SLOT);
	die(one, 3);
	look(one);
	assert_int_equal(size_of("open-deaths"), 2 * SLOT);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 1);
}

static void test_nothing_open_is_no_file(void **state)
{
	struct one *one = *state;

	one->watch->counters.dels++;
	look(one);
	assert_false(there("open-deaths"));
	open_deaths_drop(&one->list);
	die(one, 4);
	look(one);
	assert_false(there("open-deaths"));
}

/* As one that replays a recording. */
static void test_nobody_has_begun(void **state)
{
	struct one *one = *state;

	open_deaths_deinit(&one->list);
	open_deaths_init(&one->list, folder);
	die(one, 4);
	look(one);
	assert_false(there("open-deaths"));
}

/* The number may name anybody since then. */
static void test_events_were_lost_since(void **state)
{
	struct one *one = *state;

	die(one, 4);
	look(one);
	killed(one, OPEN_DEATHS_LOST);
	assert_int_equal(told.n, 1);
	assert_true(told.deaths[0].lost);
	assert_false(told.deaths[0].left_home);
}

static void test_who_knows_is_not_told(void **state)
{
	struct one *one = *state;

	die(one, 4);
	look(one);
	killed(one, OPEN_DEATHS_KNOWN);
	assert_int_equal(told.n, 0);
	/* It goes on with what it knew. */
	look(one);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 1);
}

static void test_who_cannot_be_told_ends(void **state)
{
	struct one *one = *state;

	die(one, 4);
	look(one);
	open_deaths_deinit(&one->list);
	told.error = -ENOMEM;
	assert_int_equal(begin_in(&one->list, OPEN_DEATHS_HEARD, "boot-1",
				  &home),
			 -ENOMEM);
	assert_true(there("open-deaths")); /* for whoever comes next */
}

/* ---- what does not fit -------------------------------------------------- */

static void test_another_boot_or_home(void **state)
{
	const struct identity other = { 1, 2, 4 };
	struct one *one = *state;

	die(one, 4);
	look(one);
	open_deaths_deinit(&one->list);
	assert_int_equal(
		begin_in(&one->list, OPEN_DEATHS_HEARD, "boot-2", &home), 0);
	assert_int_equal(told.n, 0);
	assert_false(there("open-deaths.old"));
	look(one);
	open_deaths_deinit(&one->list);
	assert_int_equal(
		begin_in(&one->list, OPEN_DEATHS_HEARD, "boot-2", &other), 0);
	assert_int_equal(told.n, 0);
	assert_true(there("open-deaths.old"));
}

static void spoil(long at, const void *bytes, size_t len)
{
	int fd = open(path_of("open-deaths"), O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, at), (ssize_t)len);
	close(fd);
}

static void test_damage_stays_where_it_is(void **state)
{
	struct one *one = *state;

	die(one, 4);
	die(one, 5);
	look(one);
	spoil(SLOT + 30, "x", 1);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 1);
	assert_string_equal(told.names[0], "/run/netns/q");
	assert_true(there("open-deaths.old"));
	look(one);
	spoil(0, "x", 1);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 0);
}

/* What was cut short tells of those before the cut. */
static void test_a_file_that_ends_early(void **state)
{
	const long ends[] = { 0,	1,	  SLOT - 1,	SLOT,
			      SLOT + 1, 2 * SLOT, 2 * SLOT + 50 };
	const bool odd[] = { false, true, false, false, true, false, true };
	const int n[] = { 0, 0, 0, 0, 0, 1, 1 };
	struct one *one = *state;

	die(one, 4);
	die(one, 5);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		look(one);
		assert_int_equal(size_of("open-deaths"), 3 * SLOT);
		assert_int_equal(truncate(path_of("open-deaths"), ends[i]), 0);
		killed(one, OPEN_DEATHS_HEARD);
		assert_int_equal(told.n, n[i]);
		assert_int_equal(there("open-deaths.old"), odd[i]);
		unlink(path_of("open-deaths.old"));
	}
}

static void test_what_is_no_file(void **state)
{
	struct one *one = *state;

	open_deaths_deinit(&one->list);
	assert_int_equal(symlink("/etc/passwd", path_of("open-deaths")), 0);
	begin(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 0);
	assert_false(there("open-deaths"));
	open_deaths_deinit(&one->list);
	assert_int_equal(mkfifo(path_of("open-deaths"), 0600), 0);
	begin(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 0);
}

/* Where there is no room nothing is left rather than what was so once; later
 * it is tried again. */
static void test_no_room(void **state)
{
	const struct rlimit none = { 2 * OPEN_RECORD_BYTES, RLIM_INFINITY };
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	struct one *one = *state;

	signal(SIGXFSZ, SIG_IGN);
	die(one, 4);
	look(one);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	die(one, 5);
	look(one);
	assert_false(there("open-deaths"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	look(one);
	assert_false(there("open-deaths"));
	open_deaths_look(&one->list, one->watch, UINT64_MAX);
	assert_int_equal(size_of("open-deaths"), 3 * SLOT);
	killed(one, OPEN_DEATHS_HEARD);
	assert_int_equal(told.n, 2);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_what_was_open_is_told),
		CASE(test_what_was_closed_is_not),
		CASE(test_what_changed_is_told),
		CASE(test_the_oldest_is_told_first),
		CASE(test_a_long_list_shrinks),
		CASE(test_nothing_open_is_no_file),
		CASE(test_nobody_has_begun),
		CASE(test_events_were_lost_since),
		CASE(test_who_is_killed_at_once_loses_nothing),
		CASE(test_what_was_inherited_is_handed_on),
		CASE(test_another_ones_folder),
		CASE(test_who_knows_is_not_told),
		CASE(test_who_cannot_be_told_ends),
		CASE(test_another_boot_or_home),
		CASE(test_damage_stays_where_it_is),
		CASE(test_a_file_that_ends_early),
		CASE(test_what_is_no_file),
		CASE(test_no_room),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
