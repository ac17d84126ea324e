/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program of OnFinding=, bounded in number: so many run, so many wait, and
 * what is beyond is counted. And what becomes of them in the end.
 */
#include <ev.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/wire/conf.h"
#include "daemon/alert.h"
#include "daemon/hook.h"

#define ALERTS 100

static char folder[] = "/tmp/nsidwatch-hook-XXXXXX";
static struct conf conf;

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static unsigned int lines(const char *name)
{
	unsigned int n = 0;
	char path[128];
	FILE *file;
	int c;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "r");
	if (!file)
		return 0;
	while ((c = fgetc(file)) != EOF)
		n += c == '\n';
	fclose(file);
	return n;
}

static void on_tick(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)timer, (void)events;
	ev_break(loop, EVBREAK_ONE);
}

/* The loop runs until so many lines are there; half a minute at most. */
static void until(struct ev_loop *loop, const char *name, unsigned int wanted)
{
	ev_timer tick;
	int i;

	ev_timer_init(&tick, on_tick, 0.02, 0.02);
	ev_timer_start(loop, &tick);
	for (i = 0; i < 1500 && lines(name) < wanted; i++)
		ev_run(loop, 0);
	ev_timer_stop(loop, &tick);
	assert_int_equal(lines(name), wanted);
}

/* finding: the id of the one that it is about, or NULL. */
static void tell_of(struct hook *hook, const char *finding, int number)
{
	struct alert alert = {
		.document = finding ? json_pack("{s:{s:s}, s:s, s:i}",
						"finding", "id", finding,
						"alert", "a", "n", number) :
				      json_pack("{s:i}", "n", number),
	};

	assert_non_null(alert.document);
	hook_tell(hook, &alert);
	alert_deinit(&alert);
}

static void tell(struct hook *hook, int number)
{
	tell_of(hook, NULL, number);
}

/* What is logged goes to the folder's log, until log_back(). */
static int log_to_folder(void)
{
	int log, normal = dup(STDERR_FILENO);
	char path[128];

	snprintf(path, sizeof(path), "%s/log", folder);
	log = creat(path, 0644);
	assert_true(normal >= 0 && log >= 0);
	dup2(log, STDERR_FILENO);
	close(log);
	return normal;
}

static void log_back(int normal)
{
	dup2(normal, STDERR_FILENO);
	close(normal);
}

static void test_bounded(void **state)
{
	struct ev_loop *loop = ev_default_loop(EVFLAG_NOENV);
	int i, normal;
	struct hook *hook;
	char path[128];

	(void)state;
	write_file("hook", "#!/bin/sh\n"
			   "cd \"${0%/*}\" || exit\n"
			   "cat >>started\n"
			   "while [ ! -e go ]; do sleep 0.02; done\n");
	conf_default(&conf);
	snprintf(conf.on_finding, sizeof(conf.on_finding), "%s/hook", folder);
	normal = log_to_folder();
	assert_int_equal(hook_new(loop, &conf, &hook), 0);
	for (i = 0; i < ALERTS; i++)
		tell(hook, i);
	until(loop, "started", HOOK_RUNS);
	/* nobody follows while these run */
	until(loop, "started", HOOK_RUNS);
	assert_int_equal(lines("log"), 0);
	write_file("go", "");
	until(loop, "started", HOOK_RUNS + HOOK_WAITING);
	until(loop, "log", 1);
	/* the places are free again */
	tell(hook, ALERTS);
	until(loop, "started", HOOK_RUNS + HOOK_WAITING + 1);
	hook_free(hook);
	log_back(normal);
	snprintf(path, sizeof(path), "grep -q 'not run for %d alerts' %s/log",
		 ALERTS - HOOK_RUNS - HOOK_WAITING, folder);
	assert_int_equal(system(path), 0);
}

/* The end comes while more came than can wait: those are told of as well. */
static void test_end_with_too_many(void **state)
{
	struct ev_loop *loop = ev_default_loop(EVFLAG_NOENV);
	int i, normal;
	struct hook *hook;
	char path[128];

	(void)state;
	write_file("hook", "#!/bin/sh\nexec sleep 1000\n");
	snprintf(conf.on_finding, sizeof(conf.on_finding), "%s/hook", folder);
	normal = log_to_folder();
	assert_int_equal(hook_new(loop, &conf, &hook), 0);
	for (i = 0; i < ALERTS; i++)
		tell(hook, i);
	hook_free(hook);
	log_back(normal);
	snprintf(path, sizeof(path),
		 "grep -q 'not run for %d alerts, and killed .* for %d$' "
		 "%s/log",
		 ALERTS - HOOK_RUNS, HOOK_RUNS, folder);
	assert_int_equal(system(path), 0);
}

/*
 * The end comes while some run or wait: all are told, and those about one
 * finding in their order, though the first one takes the longest.
 */
static void test_end(void **state)
{
	struct ev_loop *loop = ev_default_loop(EVFLAG_NOENV);
	struct hook *hook;
	char command[256];
	int i;

	(void)state;
	write_file("hook", "#!/bin/sh\n"
			   "cd \"${0%/*}\" || exit\n"
			   "read -r line\n"
			   "case $line in *'\"n\":0'*) sleep 0.3 ;; esac\n"
			   "echo \"$line\" >>told\n");
	snprintf(conf.on_finding, sizeof(conf.on_finding), "%s/hook", folder);
	assert_int_equal(hook_new(loop, &conf, &hook), 0);
	for (i = 0; i < 3; i++)
		tell_of(hook, "1", i);
	for (; i < HOOK_RUNS + 8; i++)
		tell_of(hook, NULL, i);
	hook_free(hook);
	assert_int_equal(lines("told"), HOOK_RUNS + 8);
	snprintf(command, sizeof(command),
		 "test \"$(grep finding %s/told | tr -dc '012\\n' | "
		 "tr '\\n' ' ')\" = '10 11 12 '",
		 folder);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_end_with_too_many),
		cmocka_unit_test(test_end),
	};

	return mkdtemp(folder) ? cmocka_run_group_tests(tests, NULL, NULL) : 99;
}
