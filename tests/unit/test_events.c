/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/engine/rtnl.h"
#include "common/kernel/events.h"
#include "tests/lib/namespaces.h"

static bool privileged;
static const struct stamp at = { .mono_ns = 7, .real_ns = 8 };

#define NEED_ROOT()                                                   \
	do {                                                          \
		if (!privileged) {                                    \
			print_message("needs root and namespaces\n"); \
			skip();                                       \
		}                                                     \
	} while (0)

/* Gives the namespace of fd the number nsid in the caller's. */
static void give_number(int fd, int32_t nsid)
{
	uint32_t words[1024];
	struct rtnl_reply reply;
	ssize_t n;
	int sock;

	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	assert_true(sock >= 0);
	n = (ssize_t)rtnl_ask_adopt(words, 1, RTNL_KEY_FD, fd, nsid);
	assert_int_equal(send(sock, words, (size_t)n, 0), n);
	n = recv(sock, words, sizeof(words), 0);
	assert_true(n > 0);
	assert_int_equal(rtnl_parse_reply(words, (size_t)n, 1, &reply), 0);
	assert_int_equal(reply.error, 0);
	close(sock);
}

/* The next event, however long it takes. */
static struct event next_event(struct events *events)
{
	struct events_batch batch;
	int r;

	do {
		assert_true(namespaces_wait(events_fd(events)));
		r = events_read(events, &at, &batch);
	} while (r == EVENTS_EMPTY);
	assert_int_equal(r, 0);
	assert_int_equal(batch.n_events, 1);
	assert_false(batch.truncated);
	return batch.events[0];
}

static void assert_event(const struct event *event, enum event_type type,
			 int32_t holder, int32_t nsid)
{
	assert_int_equal(event->type, type);
	assert_int_equal(event->holder, holder);
	assert_int_equal(event->nsid, nsid);
	assert_int_equal(event->at.mono_ns, 7);
	assert_int_equal(event->at.real_ns, 8);
}

static struct events *open_events(size_t bytes)
{
	struct events *events;

	assert_int_equal(events_open(bytes, &events), 0);
	return events;
}

static void hears_home_and_holders(void **state)
{
	struct events_batch batch;
	struct events *events;
	struct event event;
	int home, holder, peer;

	(void)state;
	NEED_ROOT();
	events = open_events(1 << 20);
	assert_int_equal(events_read(events, &at, &batch), EVENTS_EMPTY);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	holder = namespaces_make();
	peer = namespaces_make();

	give_number(holder, 5);
	event = next_event(events);
	assert_event(&event, EVENT_NEW, TAG_HOME, 5);
	give_number(peer, 2147483646);
	event = next_event(events);
	assert_event(&event, EVENT_NEW, TAG_HOME, 2147483646);

	namespaces_enter(holder);
	give_number(peer, 3);
	namespaces_enter(home);
	event = next_event(events);
	assert_event(&event, EVENT_NEW, 5, 3);

	/* The holder dies: its table is dropped in silence. */
	close(holder);
	event = next_event(events);
	assert_event(&event, EVENT_DEL, TAG_HOME, 5);
	close(peer);
	event = next_event(events);
	assert_event(&event, EVENT_DEL, TAG_HOME, 2147483646);
	assert_int_equal(events_read(events, &at, &batch), EVENTS_EMPTY);
	close(home);
	events_free(events);
}

static uint32_t port_of(const struct events *events)
{
	struct sockaddr_nl address = { 0 };
	socklen_t len = sizeof(address);

	assert_int_equal(getsockname(events_fd(events),
				     (struct sockaddr *)&address, &len),
			 0);
	return address.nl_pid;
}

static void port_is_high_and_random(void **state)
{
	struct events *a, *b;

	(void)state;
	NEED_ROOT();
	a = open_events(65536);
	b = open_events(65536);
	assert_true(port_of(a) >= 0x40000000u && port_of(a) < 0x80000000u);
	assert_int_not_equal(port_of(a), port_of(b));
	assert_int_equal(fcntl(events_fd(a), F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(events_fd(a), F_GETFL) & O_NONBLOCK);
	events_free(a);
	events_free(b);
}

static void buffer_is_told(void **state)
{
	struct events *events;

	(void)state;
	NEED_ROOT();
	events = open_events(8 << 20);
	assert_int_equal(events_buffer_bytes(events), 16 << 20);
	events_free(events);
}

static bool is_forbidden(void)
{
	struct events *events;

	return events_open(65536, &events) == EVENTS_FORBIDDEN;
}

static void without_capability_it_is_forbidden(void **state)
{
	(void)state;
	NEED_ROOT();
	assert_true(namespaces_as_nobody(is_forbidden));
}

/* Enough events for any buffer that was asked for with a few bytes. */
static void flood(int holder, int home)
{
	int peers[64], i;

	namespaces_enter(holder);
	for (i = 0; i < 64; i++) {
		peers[i] = namespaces_make();
		give_number(peers[i], i);
	}
	namespaces_enter(home);
	for (i = 0; i < 64; i++)
		close(peers[i]);
}

/* Until home has lost its number nsid: its namespace says nothing any more. */
static void await_end(struct events *events, int32_t nsid)
{
	struct events_batch batch = { 0 };
	const struct event *last = NULL;
	int r;

	do {
		assert_true(namespaces_wait(events_fd(events)));
		r = events_read(events, &at, &batch);
		assert_true(r == 0 || r == EVENTS_EMPTY);
		if (r == 0 && batch.n_events > 0)
			last = &batch.events[batch.n_events - 1];
	} while (!last || last->holder != TAG_HOME || last->nsid != nsid ||
		 last->type != EVENT_DEL);
}

static void loss_is_reported_and_counted(void **state)
{
	struct events_batch batch;
	struct events *events, *witness;
	size_t heard = 0;
	uint32_t drops;
	int home, holder, r;

	(void)state;
	NEED_ROOT();
	events = open_events(1);
	witness = open_events(1 << 20);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	holder = namespaces_make();
	give_number(holder, 0);
	flood(holder, home);

	assert_int_equal(events_read(events, &at, &batch), EVENTS_LOST);
	assert_int_equal(batch.cause, GAP_OVERRUN);
	assert_int_equal(batch.n_events, 0);
	while ((r = events_read(events, &at, &batch)) != EVENTS_EMPTY) {
		assert_int_equal(r == 0 || r == EVENTS_LOST, 1);
		heard += batch.n_events;
	}
	assert_true(heard > 0);
	assert_int_equal(events_drops(events, &drops), 0);
	assert_true(drops > 0);
	close(holder);
	await_end(witness, 0);
	events_free(witness);
	close(home);
	events_free(events);
}

static void send_lie(uint32_t port)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_pid = port,
	};
	uint32_t words[7] = { 28, RTM_DELNSID, 0, 0, 0, 0x00010008, 5 };
	int sock;

	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	assert_true(sock >= 0);
	assert_int_equal(sendto(sock, words, sizeof(words), 0,
				(struct sockaddr *)&address, sizeof(address)),
			 sizeof(words));
	close(sock);
}

static void senders_but_the_kernel_are_ignored(void **state)
{
	struct events_batch batch;
	struct events *events;

	(void)state;
	NEED_ROOT();
	events = open_events(65536);
	send_lie(port_of(events));
	assert_true(namespaces_wait(events_fd(events)));
	assert_int_equal(events_read(events, &at, &batch), 0);
	assert_int_equal(batch.n_events, 0);
	assert_int_equal(batch.ignored, 1);
	events_free(events);
}

static void adopts_what_it_made(void **state)
{
	struct events *events;
	struct event event;
	int fd, peer;

	(void)state;
	NEED_ROOT();
	events = open_events(65536);
	fd = fcntl(events_fd(events), F_DUPFD_CLOEXEC, 0);
	peer = namespaces_make();
	give_number(peer, 9);
	events = events_free(events);

	/* What was queued for the earlier owner is there. */
	assert_int_equal(events_adopt(fd, 65536, &events), 0);
	assert_int_equal(events_fd(events), fd);
	event = next_event(events);
	assert_event(&event, EVENT_NEW, TAG_HOME, 9);
	close(peer);
	event = next_event(events);
	assert_event(&event, EVENT_DEL, TAG_HOME, 9);
	events_free(events);
}

static void adopts_nothing_else(void **state)
{
	struct events *events;
	int fd;

	(void)state;
	assert_int_equal(events_adopt(0, 65536, &events), EVENTS_UNFIT);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(events_adopt(fd, 65536, &events), EVENTS_UNFIT);
	close(fd);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	assert_int_equal(events_adopt(fd, 65536, &events), EVENTS_UNFIT);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC); /* still open */
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hears_home_and_holders),
		cmocka_unit_test(port_is_high_and_random),
		cmocka_unit_test(buffer_is_told),
		cmocka_unit_test(without_capability_it_is_forbidden),
		cmocka_unit_test(loss_is_reported_and_counted),
		cmocka_unit_test(senders_but_the_kernel_are_ignored),
		cmocka_unit_test(adopts_what_it_made),
		cmocka_unit_test(adopts_nothing_else),
	};

	privileged = namespaces_private();
	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
