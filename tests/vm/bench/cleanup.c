// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel's cleanup costs: L namespaces die at once while M others
 * live on, each with N numbers in its table, none of them of the dying. One
 * survivor more, the youngest, has numbers for the dying and is the last that
 * a walk comes to. The time from the last close to the last removal from its
 * table is what one walk takes, or L walks, and a constant.
 *
 *   cleanup REPETITIONS L:M:N...
 *
 * M and N must not become smaller from one point to the next: the tables grow.
 * A line for each repetition, with tabs: L M N REPETITION PASSES NANOSECONDS.
 * PASSES is how many runs of rising numbers the removals came in: the numbers
 * rise within a pass of either kind, and fall from one to the next.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The dying have these descriptors, one behind the other: a single system
 * call closes all of them. */
#define DYING_FD 10000
#define DYING_MAX 8000u
#define LIVING_MAX 8000u
#define PATIENCE_MS 300000
#define BATCH 256u
#define REQUEST_SIZE 64

static int home;
/* Those that live on; the first survivors of them have tables, with as many
 * numbers each. */
static int living[LIVING_MAX];
static uint32_t n_living, n_survivors, n_numbers;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void enter(int fd)
{
	if (setns(fd, CLONE_NEWNET) < 0)
		err(1, "setns");
}

static int make(void)
{
	int fd;

	if (unshare(CLONE_NEWNET) < 0)
		err(1, "unshare");
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(1, "/proc/self/ns/net");
	enter(home);
	return fd;
}

/* ---- numbers ---------------------------------------------------------------- */

/* In that namespace. groups is RTNLGRP_NSID's bit, or none. */
static int rtnl_open(int namespace, uint32_t groups)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK,
				       .nl_groups = groups };
	const int size = 64 << 20;
	int fd;

	enter(namespace);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		err(1, "SO_RCVBUFFORCE");
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		err(1, "bind");
	enter(home);
	return fd;
}

/* An acknowledgement comes for the last; for the others only what failed. */
static size_t put_request(char *buffer, uint32_t nsid, int peer, bool last)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	message->nlmsg_type = RTM_NEWNSID;
	message->nlmsg_flags = NLM_F_REQUEST | (last ? NLM_F_ACK : 0);
	mnl_nlmsg_put_extra_header(message, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(message, NETNSA_NSID, nsid);
	mnl_attr_put_u32(message, NETNSA_FD, (uint32_t)peer);
	return message->nlmsg_len;
}

static void take_acknowledgement(int rtnl)
{
	const struct nlmsgerr *told;
	struct nlmsghdr *message;
	char buffer[4096];
	ssize_t len;

	len = recv(rtnl, buffer, sizeof(buffer), 0);
	message = (struct nlmsghdr *)buffer;
	if (len < 0 || !mnl_nlmsg_ok(message, (int)len) ||
	    message->nlmsg_type != NLMSG_ERROR)
		err(1, "no acknowledgement");
	told = mnl_nlmsg_get_payload(message);
	errno = -told->error;
	if (told->error)
		err(1, "RTM_NEWNSID");
}

/* Peer i of n gets first + i. */
static void number(int rtnl, const int *peers, uint32_t n, uint32_t first)
{
	char buffer[BATCH * REQUEST_SIZE];
	uint32_t i, end;
	size_t len;

	for (i = 0; i < n; i = end) {
		end = n - i > BATCH ? i + BATCH : n;
		for (len = 0; i < end; i++)
			len += put_request(buffer + len, first + i, peers[i],
					   i + 1 == end);
		if (send(rtnl, buffer, len, 0) != (ssize_t)len)
			err(1, "send");
		take_acknowledgement(rtnl);
	}
}

/* ---- what lives on ---------------------------------------------------------- */

static void fill(int survivor, uint32_t from, uint32_t to)
{
	int rtnl;

	if (from == to)
		return;
	rtnl = rtnl_open(survivor, 0);
	number(rtnl, living + from, to - from, from);
	close(rtnl);
}

static void grow(uint32_t survivors, uint32_t numbers)
{
	uint32_t wanted = survivors > numbers ? survivors : numbers, i;

	if (wanted > LIVING_MAX || survivors < n_survivors ||
	    numbers < n_numbers)
		errx(2, "M and N must not shrink, nor exceed %u", LIVING_MAX);
	while (n_living < wanted)
		living[n_living++] = make();
	for (i = 0; i < n_survivors; i++)
		fill(living[i], n_numbers, numbers);
	for (; n_survivors < survivors; n_survivors++)
		fill(living[n_survivors], 0, numbers);
	n_numbers = numbers;
}

/* ---- one measurement -------------------------------------------------------- */

struct removals {
	uint32_t n;
	uint32_t passes;
	int32_t last;
	uint64_t at_ns;
};

static void take_event(const struct nlmsghdr *message,
		       struct removals *removals)
{
	const struct nlattr *attr;
	int32_t nsid = -1;

	if (message->nlmsg_type != RTM_DELNSID)
		return;
	mnl_attr_for_each(attr, message, sizeof(struct rtgenmsg))
		if (mnl_attr_get_type(attr) == NETNSA_NSID)
			nsid = (int32_t)mnl_attr_get_u32(attr);
	removals->passes += removals->n == 0 || nsid < removals->last;
	removals->last = nsid;
	removals->n++;
}

/* Until so many removals were read. */
static void await(int events, uint32_t wanted, struct removals *removals)
{
	struct pollfd pollfd = { .fd = events, .events = POLLIN };
	struct nlmsghdr *message;
	char buffer[4096];
	int len;

	while (removals->n < wanted) {
		if (poll(&pollfd, 1, PATIENCE_MS) != 1)
			errx(1, "%u of %u removals came", removals->n, wanted);
		len = (int)recv(events, buffer, sizeof(buffer), 0);
		if (len < 0)
			err(1, "recv");
		for (message = (struct nlmsghdr *)buffer;
		     mnl_nlmsg_ok(message, len);
		     message = mnl_nlmsg_next(message, &len))
			take_event(message, removals);
	}
	removals->at_ns = now_ns();
}

static void make_dying(int rtnl, uint32_t n)
{
	static int dying[DYING_MAX];
	uint32_t i;
	int fd;

	for (i = 0; i < n; i++) {
		fd = make();
		dying[i] = dup3(fd, DYING_FD + (int)i, O_CLOEXEC);
		if (dying[i] < 0)
			err(1, "dup3");
		close(fd);
	}
	/* close_range() ends the last one first (task_work_run()), and the
	 * newest death comes first in its pass: the numbers rise there. */
	number(rtnl, dying, n, 1);
}

/*
 * The worker must be at rest before, and then busy with the end of another
 * pass, so that all that die now are in the next one together.
 */
static void decoy(int rtnl, int events)
{
	struct removals removals = { 0 };
	int fd = make();

	number(rtnl, &fd, 1, 1u << 20);
	close(fd);
	await(events, 1, &removals);
}

static void measure(uint32_t dying, uint32_t repetition)
{
	struct removals removals = { 0 };
	int last = make(), rtnl, events;
	uint64_t start_ns;

	events = rtnl_open(last, 1u << (RTNLGRP_NSID - 1));
	rtnl = rtnl_open(last, 0);
	make_dying(rtnl, dying);
	decoy(rtnl, events);
	if (syscall(SYS_close_range, DYING_FD, DYING_FD + dying - 1, 0) < 0)
		err(1, "close_range");
	start_ns = now_ns();
	await(events, dying, &removals);
	printf("%u\t%u\t%u\t%u\t%u\t%" PRIu64 "\n", dying, n_survivors,
	       n_numbers, repetition, removals.passes,
	       removals.at_ns - start_ns);
	fflush(stdout);
	close(events);
	close(rtnl);
	close(last);
}

static void point(const char *text, uint32_t repetitions)
{
	uint32_t dying, survivors, numbers, i;
	char end;

	if (sscanf(text, "%" SCNu32 ":%" SCNu32 ":%" SCNu32 "%c", &dying,
		   &survivors, &numbers, &end) != 3 ||
	    dying < 1 || dying > DYING_MAX)
		errx(2, "\"%s\" is not L:M:N", text);
	grow(survivors, numbers);
	for (i = 0; i < repetitions; i++)
		measure(dying, i);
}

int main(int argc, char **argv)
{
	struct rlimit limit = { .rlim_cur = DYING_FD + DYING_MAX,
				.rlim_max = DYING_FD + DYING_MAX };
	uint32_t repetitions;
	int i;

	if (argc < 3 || sscanf(argv[1], "%" SCNu32, &repetitions) != 1)
		errx(2, "usage: cleanup REPETITIONS L:M:N...");
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		err(1, "so many descriptors");
	/* A home of our own: what lives on outside does not count. */
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0)
		err(1, "/proc/self/ns/net");
	for (i = 2; i < argc; i++)
		point(argv[i], repetitions);
	return 0;
}
