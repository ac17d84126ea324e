/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "common/engine/names.h"
#include "common/kernel/nsfile.h"
#include "common/kernel/queries.h"
#include "common/kernel/talk.h"
#include "tests/lib/namespaces.h"

#define FOLDER "/tmp" /* an empty one of our own, once it is mounted */

static bool privileged;
static struct settings settings;
static struct talk *talk;
static int home_fd;

#define NEED_ROOT()                                                   \
	do {                                                          \
		if (!privileged) {                                    \
			print_message("needs root and namespaces\n"); \
			skip();                                       \
		}                                                     \
	} while (0)

static int open_talk(size_t receive_bytes)
{
	const struct talk_options options = {
		.receive_buffer_bytes = receive_bytes,
		.settings = &settings,
		.event_fd = -1,
	};

	return talk_open(&options, &talk);
}

/* As any shell does, until there is what is waited for; at most a minute. */
static bool run_until(bool (*condition)(void))
{
	struct pollfd fds[] = {
		{ .fd = talk_event_fd(talk), .events = POLLIN },
		{ .fd = talk_hint_fd(talk), .events = POLLIN },
	};
	bool more = false;
	int turns, ms;

	for (turns = 0; turns < 6000 && !condition(); turns++) {
		ms = more || talk_wait_ns(talk) < 1000000 ? 0 : 10;
		if (poll(fds, 2, ms) < 0)
			return false;
		if (fds[1].revents && talk_hint(talk) != 0)
			return false;
		if (talk_step(talk, &more) != 0)
			return false;
	}
	return condition();
}

static int setup(void **state)
{
	(void)state;
	settings = settings_default();
	settings.settle_ns = 20000000;
	if (!privileged)
		return 0;
	if (unshare(CLONE_NEWNET) < 0 ||
	    mount("none", FOLDER, "tmpfs", 0, NULL) < 0)
		return -1;
	home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return home_fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	if (!privileged)
		return 0;
	talk = talk_free(talk);
	close(home_fd);
	return umount2(FOLDER, MNT_DETACH);
}

static bool is_ready(void)
{
	return watch_ready(talk_watch(talk));
}

static bool heard_two(void)
{
	const struct counters *counters = watch_counters(talk_watch(talk));

	return counters->news == 1 && counters->dels == 1;
}

static void events_reach_the_engine(void **state)
{
	int32_t nsid;
	int fd;

	(void)state;
	NEED_ROOT();
	assert_int_equal(open_talk(1 << 20), 0);
	assert_int_equal(talk_counters(talk)->buffer_bytes, 2 << 20);
	assert_true(run_until(is_ready));
	fd = namespaces_make();
	assert_int_equal(
		queries_adopt_fd(talk_queries(talk), fd, NSID_NONE, &nsid), 0);
	close(fd);
	assert_true(run_until(heard_two));
	assert_int_equal(talk_counters(talk)->drops, 0);
	assert_int_equal(talk_counters(talk)->failures, 0);
	assert_false(talk_counters(talk)->admin_missing);
}

static bool has_gap(void)
{
	return watch_counters(talk_watch(talk))->gaps[GAP_OVERRUN] > 0;
}

/* One loss is one gap, though it shows as an error and in the counter. */
static void loss_is_one_gap(void **state)
{
	const struct counters *counters;
	struct identity identity;
	struct queries *others;
	int holder, peers[40], i;
	int32_t nsid;

	(void)state;
	NEED_ROOT();
	assert_int_equal(open_talk(1), 0);
	assert_true(run_until(is_ready));
	holder = namespaces_make();
	nsfile_identity(home_fd, &identity);
	assert_int_equal(queries_adopt_fd(talk_queries(talk), holder, 0, &nsid),
			 0);
	namespaces_enter(holder);
	assert_int_equal(queries_open(&identity, 16, &others), 0);
	for (i = 0; i < 40; i++) {
		peers[i] = namespaces_make();
		assert_int_equal(queries_adopt_fd(others, peers[i], i, &nsid),
				 0);
	}
	queries_free(others);
	namespaces_enter(home_fd);

	assert_true(run_until(has_gap));
	counters = watch_counters(talk_watch(talk));
	assert_int_equal(counters->gaps[GAP_OVERRUN], 1);
	assert_int_equal(counters->gaps[GAP_DROPS], 0);
	assert_true(talk_counters(talk)->drops > 0);
	for (i = 0; i < 40; i++)
		close(peers[i]);
	close(holder);
}

/* All of it, and a socket that outlives its owner. */
static struct talk_options end_talk(struct talk_state *state)
{
	struct talk_options options = {
		.receive_buffer_bytes = 1 << 20,
		.settings = &settings,
		.state = state,
	};

	assert_int_equal(talk_save(talk, state), 0);
	options.event_fd = fcntl(talk_event_fd(talk), F_DUPFD_CLOEXEC, 0);
	assert_true(options.event_fd >= 0);
	talk = talk_free(talk);
	return options;
}

/* What came while nobody was there is heard, and nothing else has changed. */
static void goes_on_after_its_end(void **state)
{
	struct talk_options options;
	struct talk_state left;
	int32_t nsid;
	int fd;

	(void)state;
	NEED_ROOT();
	assert_int_equal(open_talk(1 << 20), 0);
	assert_true(run_until(is_ready));
	fd = namespaces_make();
	assert_int_equal(
		queries_adopt_fd(talk_queries(talk), fd, NSID_NONE, &nsid), 0);
	options = end_talk(&left);
	close(fd);
	assert_int_equal(talk_open(&options, &talk), 0);
	free(left.image);
	assert_true(is_ready());
	assert_true(run_until(heard_two));
	assert_int_equal(watch_counters(talk_watch(talk))->gaps[GAP_DROPS], 0);
	assert_int_equal(watch_counters(talk_watch(talk))->gaps[GAP_RESTART],
			 0);
}

static bool has_dropped(void)
{
	return watch_counters(talk_watch(talk))->gaps[GAP_DROPS] > 0;
}

/* A drop counter that nobody remembers is a loss. */
static void drops_make_a_gap(void **state)
{
	struct talk_options options;
	struct talk_state left;

	(void)state;
	NEED_ROOT();
	assert_int_equal(open_talk(1 << 20), 0);
	assert_true(run_until(is_ready));
	options = end_talk(&left);
	left.drops++;
	assert_int_equal(talk_open(&options, &talk), 0);
	free(left.image);
	assert_true(run_until(has_dropped));
}

/* Each time the socket is as it was, and the caller's. */
static void takes_no_state_that_does_not_fit(void **state)
{
	struct talk_options options;
	struct talk_state left;

	(void)state;
	NEED_ROOT();
	assert_int_equal(open_talk(1 << 20), 0);
	options = end_talk(&left);
	left.socket++;
	assert_int_equal(talk_open(&options, &talk), TALK_STATE_OTHER);
	left.socket--;
	left.len--;
	assert_int_equal(talk_open(&options, &talk), TALK_STATE_DAMAGED);
	left.len++;
	((char *)left.image)[16]++; /* its version (image.h) */
	assert_int_equal(talk_open(&options, &talk), TALK_STATE_FOREIGN);
	((char *)left.image)[16]--;
	/* another home, which no socket leaves */
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(talk_open(&options, &talk), TALK_STATE_OTHER);
	namespaces_enter(home_fd);
	assert_int_equal(talk_open(&options, &talk), 0);
	free(left.image);
}

static bool has_name(void)
{
	return names_find(watch_names(talk_watch(talk)), FOLDER "/new") != NULL;
}

static void hint_leads_to_a_scan(void **state)
{
	char from[32];
	int fd;

	(void)state;
	NEED_ROOT();
	/* Nothing but the hint may cause it. */
	settings.housekeeping_ns = UINT64_MAX / 2;
	assert_int_equal(open_talk(1 << 20), 0);
	assert_true(run_until(is_ready));
	assert_false(has_name());
	fd = namespaces_make();
	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	close(open(FOLDER "/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(mount(from, FOLDER "/new", NULL, MS_BIND, NULL), 0);
	close(fd);
	assert_true(run_until(has_name));
}

static bool is_forbidden(void)
{
	return open_talk(65536) == TALK_FORBIDDEN;
}

static void without_capability_it_is_forbidden(void **state)
{
	(void)state;
	NEED_ROOT();
	assert_true(namespaces_as_nobody(is_forbidden));
}

static void takes_no_descriptor_but_ours(void **state)
{
	struct talk_options options = { .settings = &settings };

	(void)state;
	options.event_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(talk_open(&options, &talk), TALK_UNFIT);
	assert_int_equal(fcntl(options.event_fd, F_GETFD), FD_CLOEXEC);
	close(options.event_fd);
}

#define TALK_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TALK_TEST(events_reach_the_engine),
		TALK_TEST(loss_is_one_gap),
		TALK_TEST(goes_on_after_its_end),
		TALK_TEST(drops_make_a_gap),
		TALK_TEST(takes_no_state_that_does_not_fit),
		TALK_TEST(hint_leads_to_a_scan),
		TALK_TEST(without_capability_it_is_forbidden),
		TALK_TEST(takes_no_descriptor_but_ours),
	};

	privileged = namespaces_private();
	return cmocka_run_group_tests_name("talk", tests, NULL, NULL);
}
