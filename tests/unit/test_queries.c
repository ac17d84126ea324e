/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "common/kernel/nsfile.h"
#include "common/kernel/procfs.h"
#include "common/kernel/queries.h"
#include "tests/lib/namespaces.h"

#define FOLDER "/tmp" /* an empty one of our own, once it is mounted */

static bool privileged;
static struct queries *queries;
static struct identity home;
static int home_fd;

#define NEED_ROOT()                                                   \
	do {                                                          \
		if (!privileged) {                                    \
			print_message("needs root and namespaces\n"); \
			skip();                                       \
		}                                                     \
	} while (0)

static struct answer ask(struct question question)
{
	struct answer answer;

	question.id = 77;
	queries_ask(queries, &question, &answer);
	assert_int_equal(answer.question, 77);
	assert_int_equal(answer.kind, question.kind);
	return answer;
}

static struct answer ask_table(int32_t holder)
{
	return ask(
		(struct question){ .kind = QUESTION_TABLE, .holder = holder });
}

static struct answer ask_entry(int32_t holder, int32_t nsid)
{
	return ask((struct question){ .kind = QUESTION_ENTRY,
				      .holder = holder,
				      .nsid = nsid });
}

static struct answer ask_name(enum question_kind kind, enum name_kind name_kind,
			      const char *name)
{
	return ask((struct question){ .kind = kind,
				      .holder = TAG_HOME,
				      .nsid = NSID_NONE,
				      .name_kind = name_kind,
				      .name = name });
}

/* Gives fd's namespace the number nsid in home. */
static void number(int fd, int32_t nsid)
{
	int32_t given;

	assert_int_equal(queries_adopt_fd(queries, fd, nsid, &given), 0);
	assert_int_equal(given, nsid);
}

/* The same in the table of another holder. */
static void number_in(int holder, int fd, int32_t nsid)
{
	struct queries *others;
	int32_t given;

	namespaces_enter(holder);
	assert_int_equal(queries_open(&home, 16, &others), 0);
	assert_int_equal(queries_adopt_fd(others, fd, nsid, &given), 0);
	assert_int_equal(given, nsid);
	queries_free(others);
	namespaces_enter(home_fd);
}

/* A file that leads to fd's namespace. */
static void name(int fd, const char *path)
{
	char from[32];

	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	assert_int_equal(mount(from, path, NULL, MS_BIND, NULL), 0);
}

/* Each test has a home without numbers. */
static int setup(void **state)
{
	bool first;
	int r;

	(void)state;
	if (!privileged)
		return 0;
	if (unshare(CLONE_NEWNET) < 0 ||
	    mount("none", FOLDER, "tmpfs", 0, NULL) < 0)
		return -1;
	home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	r = nsfile_home(&home, &first);
	return r < 0 ? r : queries_open(&home, 1000, &queries);
}

static int teardown(void **state)
{
	(void)state;
	if (!privileged)
		return 0;
	queries = queries_free(queries);
	close(home_fd);
	return umount2(FOLDER, MNT_DETACH);
}

/* ---- tables ---------------------------------------------------------- */

static void table_of_home(void **state)
{
	struct answer answer;
	int a, b;

	(void)state;
	NEED_ROOT();
	answer = ask_table(TAG_HOME);
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_int_equal(answer.n_rows, 0);

	a = namespaces_make();
	b = namespaces_make();
	number(a, 2000000000);
	number(b, 4);
	answer = ask_table(TAG_HOME);
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_int_equal(answer.n_rows, 2);
	assert_int_equal(answer.rows[0].nsid, 4);
	assert_int_equal(answer.rows[1].nsid, 2000000000);
	assert_int_equal(answer.rows[1].peer, 2000000000);
	close(a);
	close(b);
}

static void table_beyond_the_first_cut(void **state)
{
	struct answer answer;
	int fds[150], i;

	(void)state;
	NEED_ROOT();
	for (i = 0; i < 150; i++) {
		fds[i] = namespaces_make();
		number(fds[i], i);
	}
	/* 134 is where the buffer of a socket that is not warm ends. */
	answer = ask_table(TAG_HOME);
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_int_equal(answer.n_rows, 150);
	for (i = 0; i < 150; i++)
		close(fds[i]);
}

static void table_of_holder(void **state)
{
	struct answer answer;
	int holder, known, unknown;

	(void)state;
	NEED_ROOT();
	holder = namespaces_make();
	known = namespaces_make();
	unknown = namespaces_make();
	number(holder, 1);
	number(known, 2);
	number_in(holder, known, 30);
	number_in(holder, unknown, 31);
	number_in(holder, home_fd, 32);

	answer = ask_table(1);
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_int_equal(answer.n_rows, 3);
	assert_int_equal(answer.rows[0].nsid, 30);
	assert_int_equal(answer.rows[0].peer, 2);
	assert_int_equal(answer.rows[1].nsid, 31);
	assert_int_equal(answer.rows[1].peer, NSID_NONE);
	assert_int_equal(answer.rows[2].peer, NSID_NONE);

	assert_int_equal(ask_table(99).outcome, ANSWER_ABSENT);
	assert_true(strlen(queries_last_text(queries)) > 0);
	close(holder);
	close(known);
	close(unknown);
}

static bool is_refused(void)
{
	return ask_table(1).outcome == ANSWER_REFUSED;
}

static void table_without_capability_is_refused(void **state)
{
	int holder;

	(void)state;
	NEED_ROOT();
	holder = namespaces_make();
	number(holder, 1);
	assert_true(namespaces_as_nobody(is_refused));
	close(holder);
}

/* ---- numbers --------------------------------------------------------- */

static void probes(void **state)
{
	struct question question = { .kind = QUESTION_PROBE,
				     .holder = TAG_HOME,
				     .nsid = 7 };
	struct answer answer;
	int fd;

	(void)state;
	NEED_ROOT();
	fd = namespaces_make();
	number(fd, 7);
	answer = ask(question);
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_int_equal(answer.nsid, 7);
	question.nsid = 8;
	answer = ask(question);
	assert_int_equal(answer.outcome, ANSWER_ABSENT);
	assert_int_equal(answer.nsid, NSID_NONE);
	close(fd);
}

static void entries(void **state)
{
	struct answer answer;
	int holder, peer;

	(void)state;
	NEED_ROOT();
	holder = namespaces_make();
	peer = namespaces_make();
	number(holder, 1);
	number(peer, 2);
	assert_int_equal(ask_entry(1, 2).outcome, ANSWER_WHOLE);
	assert_int_equal(ask_entry(1, 2).nsid, NSID_NONE);
	number_in(holder, peer, 44);
	assert_int_equal(ask_entry(1, 2).nsid, 44);
	assert_int_equal(ask_entry(1, 3).outcome, ANSWER_ABSENT);
	assert_int_equal(ask_entry(3, 2).outcome, ANSWER_ABSENT);

	/* Home, which has no number of its own. */
	answer = ask_entry(1, TAG_HOME);
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_int_equal(answer.nsid, NSID_NONE);
	number_in(holder, home_fd, 45);
	assert_int_equal(ask_entry(1, TAG_HOME).nsid, 45);
	close(holder);
	close(peer);
}

static void self(void **state)
{
	const struct question question = { .kind = QUESTION_SELF };

	(void)state;
	NEED_ROOT();
	assert_int_equal(ask(question).outcome, ANSWER_WHOLE);
	assert_int_equal(ask(question).nsid, NSID_NONE);
	number(home_fd, 12);
	assert_int_equal(ask(question).nsid, 12);
}

/* ---- names ----------------------------------------------------------- */

static void path_leads(void **state)
{
	struct answer answer;
	int fd;

	(void)state;
	NEED_ROOT();
	fd = namespaces_make();
	name(fd, FOLDER "/a");
	answer = ask_name(QUESTION_NAME, NAME_PATH, FOLDER "/a");
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_true(answer.sighting.leads);
	assert_false(answer.sighting.is_home);
	assert_int_equal(answer.sighting.nsid, NSID_NONE);
	assert_true(answer.sighting.identity.ino != 0);
	assert_string_equal(answer.sighting.text, FOLDER "/a");
	number(fd, 6);
	answer = ask_name(QUESTION_NAME, NAME_PATH, FOLDER "/a");
	assert_int_equal(answer.sighting.nsid, 6);
	close(fd);

	name(home_fd, FOLDER "/home");
	answer = ask_name(QUESTION_NAME, NAME_PATH, FOLDER "/home");
	assert_true(answer.sighting.leads);
	assert_true(answer.sighting.is_home);
	umount2(FOLDER "/home", MNT_DETACH);
}

static void assert_leads_nowhere(const char *path)
{
	struct answer answer = ask_name(QUESTION_NAME, NAME_PATH, path);

	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_false(answer.sighting.leads);
	assert_int_equal(answer.sighting.nsid, NSID_NONE);
	assert_int_equal(answer.sighting.identity.ino, 0);
}

static void path_leads_nowhere(void **state)
{
	int fd;

	(void)state;
	NEED_ROOT();
	assert_leads_nowhere(FOLDER "/missing");
	assert_leads_nowhere(FOLDER);
	assert_leads_nowhere("/dev/null");
	assert_int_equal(mkfifo(FOLDER "/fifo", 0600), 0);
	assert_leads_nowhere(FOLDER "/fifo"); /* and nobody waits for it */

	fd = namespaces_make();
	name(fd, FOLDER "/a");
	assert_int_equal(symlink(FOLDER "/a", FOLDER "/link"), 0);
	assert_leads_nowhere(FOLDER "/link");
	assert_int_equal(symlink("/proc/self/ns/net", FOLDER "/magic"), 0);
	assert_leads_nowhere(FOLDER "/magic");
	umount2(FOLDER "/a", MNT_DETACH);
	close(fd);

	/* A namespace of another kind. */
	fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	name(fd, FOLDER "/uts");
	assert_leads_nowhere(FOLDER "/uts");
	umount2(FOLDER "/uts", MNT_DETACH);
	close(fd);
}

static void process_name(pid_t pid, char ret_name[static NAME_MAX_BYTES])
{
	struct process process;

	assert_int_equal(procfs_process(pid, &process), 0);
	procfs_write_name(&process, ret_name);
}

static void process_leads(void **state)
{
	char text[NAME_MAX_BYTES];
	struct answer answer;
	pid_t pid;

	(void)state;
	NEED_ROOT();
	pid = namespaces_process(true);
	process_name(pid, text);
	answer = ask_name(QUESTION_NAME, NAME_PROCESS, text);
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_true(answer.sighting.leads);
	assert_false(answer.sighting.is_home);
	assert_true(answer.sighting.identity.ino != 0);

	/* Gone, and its number in another's hands. */
	namespaces_end(pid);
	answer = ask_name(QUESTION_NAME, NAME_PROCESS, text);
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_false(answer.sighting.leads);
	snprintf(text, sizeof(text), "pid:%d:1", (int)getpid());
	answer = ask_name(QUESTION_NAME, NAME_PROCESS, text);
	assert_false(answer.sighting.leads);
}

static pid_t stranger;

static bool strangers_are_told_apart(void)
{
	char text[NAME_MAX_BYTES];
	struct answer answer;

	process_name(stranger, text);
	answer = ask_name(QUESTION_NAME, NAME_PROCESS, text);
	if (answer.outcome != ANSWER_WHOLE || !answer.sighting.leads ||
	    answer.sighting.is_home)
		return false;
	process_name(getppid(), text);
	answer = ask_name(QUESTION_NAME, NAME_PROCESS, text);
	return answer.outcome == ANSWER_WHOLE && answer.sighting.leads &&
	       answer.sighting.is_home && answer.sighting.identity.ino == 0;
}

static void process_needs_no_privilege(void **state)
{
	(void)state;
	NEED_ROOT();
	stranger = namespaces_process(true);
	assert_true(namespaces_as_nobody(strangers_are_told_apart));
	namespaces_end(stranger);
}

static void canary_is_not_ours_to_ask(void **state)
{
	(void)state;
	NEED_ROOT();
	assert_int_equal(ask_name(QUESTION_NAME, NAME_CANARY, "x").outcome,
			 ANSWER_FAILED);
	assert_int_equal(ask_name(QUESTION_ADOPT, NAME_CANARY, "x").outcome,
			 ANSWER_FAILED);
}

/* ---- adoption -------------------------------------------------------- */

static void adopts_names(void **state)
{
	char text[NAME_MAX_BYTES];
	struct answer answer;
	pid_t pid;
	int fd;

	(void)state;
	NEED_ROOT();
	fd = namespaces_make();
	name(fd, FOLDER "/a");
	answer = ask_name(QUESTION_ADOPT, NAME_PATH, FOLDER "/a");
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_int_equal(answer.nsid, 0);
	answer = ask_name(QUESTION_ADOPT, NAME_PATH, FOLDER "/a");
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_int_equal(answer.nsid, 0);
	umount2(FOLDER "/a", MNT_DETACH);
	close(fd);

	pid = namespaces_process(true);
	process_name(pid, text);
	answer = ask_name(QUESTION_ADOPT, NAME_PROCESS, text);
	assert_int_equal(answer.outcome, ANSWER_WHOLE);
	assert_true(answer.nsid >= 0);
	namespaces_end(pid);
	answer = ask_name(QUESTION_ADOPT, NAME_PROCESS, text);
	assert_int_equal(answer.outcome, ANSWER_ABSENT);
	answer = ask_name(QUESTION_ADOPT, NAME_PATH, FOLDER "/missing");
	assert_int_equal(answer.outcome, ANSWER_ABSENT);
}

static void never_adopts_home(void **state)
{
	const struct question question = { .kind = QUESTION_SELF };
	char text[NAME_MAX_BYTES];

	(void)state;
	NEED_ROOT();
	process_name(getpid(), text);
	assert_int_equal(ask_name(QUESTION_ADOPT, NAME_PROCESS, text).outcome,
			 ANSWER_FAILED);
	name(home_fd, FOLDER "/home");
	assert_int_equal(
		ask_name(QUESTION_ADOPT, NAME_PATH, FOLDER "/home").outcome,
		ANSWER_FAILED);
	umount2(FOLDER "/home", MNT_DETACH);
	assert_int_equal(ask(question).nsid, NSID_NONE);
}

static bool adoption_is_refused(void)
{
	int32_t nsid;

	return queries_adopt_fd(queries, home_fd, 3, &nsid) == QUERIES_REFUSED;
}

static void adopts_with_a_chosen_number(void **state)
{
	int32_t nsid = -5;
	int a, b;

	(void)state;
	NEED_ROOT();
	a = namespaces_make();
	b = namespaces_make();
	number(a, 1000000);
	assert_int_equal(queries_adopt_fd(queries, b, 1000000, &nsid),
			 QUERIES_TAKEN);
	assert_int_equal(nsid, -5);
	/* It has one and keeps it. */
	assert_int_equal(queries_adopt_fd(queries, a, 5, &nsid), 0);
	assert_int_equal(nsid, 1000000);
	assert_true(namespaces_as_nobody(adoption_is_refused));
	close(a);
	close(b);
}

#define QUERIES_TEST(test) \
	cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUERIES_TEST(table_of_home),
		QUERIES_TEST(table_beyond_the_first_cut),
		QUERIES_TEST(table_of_holder),
		QUERIES_TEST(table_without_capability_is_refused),
		QUERIES_TEST(probes),
		QUERIES_TEST(entries),
		QUERIES_TEST(self),
		QUERIES_TEST(path_leads),
		QUERIES_TEST(path_leads_nowhere),
		QUERIES_TEST(process_leads),
		QUERIES_TEST(process_needs_no_privilege),
		QUERIES_TEST(canary_is_not_ours_to_ask),
		QUERIES_TEST(adopts_names),
		QUERIES_TEST(never_adopts_home),
		QUERIES_TEST(adopts_with_a_chosen_number),
	};

	privileged = namespaces_private();
	return cmocka_run_group_tests_name("queries", tests, NULL, NULL);
}
