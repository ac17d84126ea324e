/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is told, and how much of it: each finding and its end in full while they
 * are few, and of a burst the first ones and exact numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/alert.h"
#include "daemon/reports.h"
#include "tests/lib/world.h"

#define KEPT 256
#define BURST 10000

struct told {
	enum alert_kind kind;
	char what[32]; /* of a finding, or of a number */
	uint64_t more, total;
	char text[ALERT_TEXT_MAX];
	json_t *lingering; /* owned */
};

static struct {
	struct world *world;
	struct reports reports;
	struct told list[KEPT];
	size_t n;
} bench;

static const char *string_of(const json_t *document, const char *key)
{
	const char *text = json_string_value(json_object_get(document, key));

	return text ? text : "";
}

static void on_alert(void *userdata, const struct alert *alert)
{
	struct told *told = &bench.list[bench.n++];

	assert_ptr_equal(userdata, &bench);
	assert_in_range(bench.n, 1, KEPT);
	assert_non_null(alert->document);
	told->kind = alert->kind;
	told->more = (uint64_t)json_integer_value(
		json_object_get(alert->document, "more"));
	told->total = (uint64_t)json_integer_value(
		json_object_get(alert->document, "total"));
	snprintf(told->what, sizeof(told->what), "%s",
		 string_of(alert->document, "kind"));
	strcpy(told->text, alert->text);
	json_decref(told->lingering);
	told->lingering =
		json_incref(json_object_get(alert->document, "lingering"));
	assert_string_not_equal(string_of(alert->document, "message_id"), "");
	assert_string_equal(string_of(alert->document, "source"), "kernel");
}

static int setup(void **state)
{
	int r = world_setup(state);
	size_t i;

	for (i = 0; i < bench.n; i++)
		json_decref(bench.list[i].lingering);
	memset(&bench, 0, sizeof(bench));
	bench.world = *state;
	bench.world->script->leaves_notices = true;
	bench.reports.tell = on_alert;
	bench.reports.userdata = &bench;
	reports_begin(&bench.reports, bench.world->script->watch);
	return r;
}

static void take(void)
{
	reports_take(&bench.reports, bench.world->script->watch,
		     &bench.world->script->now);
}

static unsigned int count(enum alert_kind kind, const char *what)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < bench.n; i++)
		n += bench.list[i].kind == kind &&
		     (!what || strcmp(bench.list[i].what, what) == 0);
	return n;
}

static const struct told *last(enum alert_kind kind, const char *what)
{
	size_t i;

	for (i = bench.n; i > 0; i--)
		if (bench.list[i - 1].kind == kind &&
		    strcmp(bench.list[i - 1].what, what) == 0)
			return &bench.list[i - 1];
	fail_msg("nothing was told of %s", what);
	return NULL;
}

/* A DEL each for n numbers that a never held. */
static void strays(int32_t from, int32_t n)
{
	struct script *script = bench.world->script;
	int32_t i;

	for (i = 0; i < n; i++)
		script_event(script, bench.world->a, EVENT_DEL, from + i);
	script_advance(script, 3 * SCRIPT_S);
}

static void test_one_of_each(void **state)
{
	struct world *world = bench.world;

	(void)state;
	script_die(world->script, world->p);
	script_remove(world->script, SCRIPT_HOME, 4);
	script_remove(world->script, world->b, 20);
	script_advance(world->script, 2 * SCRIPT_S);
	script_barrier(world->script);
	script_advance(world->script, 10 * SCRIPT_S);
	take();
	assert_int_equal(bench.n, 1);
	assert_int_equal(count(ALERT_FINDING, "missing"), 1);
	assert_non_null(strstr(bench.list[0].text, "nsid 10 of "));
	take();
	assert_int_equal(bench.n, 1);
	script_remove(world->script, world->a, 10);
	script_advance(world->script, 5 * SCRIPT_S);
	take();
	assert_int_equal(bench.n, 2);
	assert_int_equal(count(ALERT_RESOLVED, "late"), 1);
	script_advance(world->script, 200 * SCRIPT_S);
	take();
	assert_int_equal(count(ALERT_MORE, NULL), 0);
	assert_int_equal(reports_deadline(&bench.reports, world->script->watch),
			 UINT64_MAX);
}

/* Nobody looked until both had happened: both are told, in their order. */
static void test_made_and_resolved_between_two_looks(void **state)
{
	struct world *world = bench.world;

	(void)state;
	script_die(world->script, world->p);
	script_remove(world->script, SCRIPT_HOME, 4);
	script_remove(world->script, world->b, 20);
	script_advance(world->script, 2 * SCRIPT_S);
	script_barrier(world->script);
	script_advance(world->script, 10 * SCRIPT_S);
	script_remove(world->script, world->a, 10);
	script_advance(world->script, 5 * SCRIPT_S);
	take();
	assert_int_equal(bench.n, 2);
	assert_int_equal(bench.list[0].kind, ALERT_FINDING);
	assert_string_equal(bench.list[0].what, "missing");
	assert_int_equal(bench.list[1].kind, ALERT_RESOLVED);
	assert_string_equal(bench.list[1].what, "late");
}

static void test_a_burst(void **state)
{
	struct script *script = bench.world->script;
	const struct told *more;
	uint64_t deadline_ns;

	(void)state;
	strays(1000, BURST);
	take();
	assert_int_equal(count(ALERT_FINDING, "stray"), REPORTS_IN_FULL);
	assert_int_equal(count(ALERT_MORE, NULL), 0);
	deadline_ns = reports_deadline(&bench.reports, script->watch);
	assert_true(deadline_ns != UINT64_MAX);
	/* within the interval: not a word more */
	strays(20000, 50);
	take();
	assert_int_equal(bench.n, REPORTS_IN_FULL);
	script->now.mono_ns = deadline_ns;
	take();
	assert_int_equal(count(ALERT_MORE, "stray"), 1);
	more = last(ALERT_MORE, "stray");
	assert_int_equal(more->more, BURST + 50 - REPORTS_IN_FULL);
	assert_int_equal(more->total, BURST + 50);
	assert_non_null(strstr(more->text, "stray: 10040 more"));
	/* the next interval begins with one in full again */
	strays(30000, 1);
	take();
	assert_int_equal(count(ALERT_FINDING, "stray"), REPORTS_IN_FULL + 1);
	assert_in_range(bench.n, 1, 2 * REPORTS_IN_FULL);
}

/* However many come of one kind, the first of another is told in full. */
static void test_the_first_of_a_kind_is_not_lost(void **state)
{
	struct world *world = bench.world;
	struct script *script = world->script;

	(void)state;
	/* missing, as above, and then 10,000 others before anybody looks */
	script_die(script, world->p);
	script_remove(script, SCRIPT_HOME, 4);
	script_remove(script, world->b, 20);
	script_advance(script, 2 * SCRIPT_S);
	script_barrier(script);
	script_advance(script, 10 * SCRIPT_S);
	strays(1000, BURST);
	take();
	assert_int_equal(count(ALERT_FINDING, "missing"), 1);
	assert_int_equal(bench.list[0].kind, ALERT_FINDING);
	assert_string_equal(bench.list[0].what, "missing");
	assert_int_equal(count(ALERT_FINDING, "stray"), REPORTS_IN_FULL);
	/* whoever was called for it is told of its end as well */
	script_remove(script, world->a, 10);
	script_advance(script, 5 * SCRIPT_S);
	take();
	assert_int_equal(count(ALERT_RESOLVED, "late"), 1);
	/* and nothing is kept for ever */
	strays(50000, 1);
	take();
	assert_in_range(watch_verify(script->watch)->n_findings, 1,
			watch_settings(script->watch)->history);
}

static void test_the_end_tells_the_rest(void **state)
{
	struct script *script = bench.world->script;

	(void)state;
	strays(1000, 100);
	take();
	reports_end(&bench.reports, script->watch, &script->now);
	assert_int_equal(last(ALERT_MORE, "stray")->more,
			 100 - REPORTS_IN_FULL);
	assert_int_equal(count(ALERT_MORE, NULL), 1);
}

static void test_gaps(void **state)
{
	struct script *script = bench.world->script;

	(void)state;
	script_gap(script, GAP_OVERRUN);
	take();
	assert_int_equal(count(ALERT_GAP, NULL), 1);
	assert_int_equal(bench.list[0].more, 1);
	script_gap(script, GAP_OVERRUN);
	script_gap(script, GAP_DROPS);
	take();
	assert_int_equal(bench.n, 1);
	script->now.mono_ns = reports_deadline(&bench.reports, script->watch);
	take();
	assert_int_equal(count(ALERT_GAP, NULL), 2);
	assert_int_equal(bench.list[1].more, 2);
	assert_int_equal(bench.list[1].total, 3);
	assert_non_null(strstr(bench.list[1].text,
			       "2 gaps (in all: overrun 2, drops 1): "));
}

/* What programs are told of it. */
static void assert_loss(const char *owner, bool at_least)
{
	const json_t *loss = bench.list[bench.n - 1].lingering;

	assert_true(json_is_object(loss));
	assert_string_equal(string_of(loss, "owner"), owner);
	assert_string_not_equal(string_of(loss, "since"), "");
	assert_int_equal(json_is_true(json_object_get(loss, "at_least")),
			 at_least);
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(loss, "held_by"), 0)),
			    "unknown");
	assert_string_not_equal(string_of(loss, "hint"), "");
}

static void test_lingering_without_an_owner(void **state)
{
	struct script *script = bench.world->script;

	(void)state;
	world_newborn(bench.world, 9, NULL);
	script_advance(script, 200 * SCRIPT_S);
	take();
	assert_int_equal(count(ALERT_LINGERING, NULL), 1);
	assert_non_null(
		strstr(bench.list[0].text,
		       "namespace 9 lingers: no owner was seen since it "
		       "was first seen at "));
	assert_loss("", true);
}

static void test_lingering(void **state)
{
	struct script *script = bench.world->script;

	(void)state;
	script_unname(script, "/run/netns/p");
	script_advance(script, 200 * SCRIPT_S);
	take();
	assert_int_equal(count(ALERT_LINGERING, NULL), 1);
	assert_non_null(strstr(bench.list[0].text, "lingers: its owner "
						   "/run/netns/p is gone "
						   "since "));
	assert_loss("/run/netns/p", false);
	script_kill(script, bench.world->p);
	script_advance(script, 2 * SCRIPT_S);
	script_barrier(script);
	script_advance(script, 10 * SCRIPT_S);
	take();
	assert_int_equal(count(ALERT_RELEASED, NULL), 1);
	assert_non_null(strstr(bench.list[1].text, "lingers no more"));
}

/* Nobody took it up: there is only more patience with it. */
static void test_a_longer_linger_time(void **state)
{
	struct script *script = bench.world->script;
	struct settings settings = *watch_settings(script->watch);

	(void)state;
	script_unname(script, "/run/netns/p");
	script_advance(script, 200 * SCRIPT_S);
	take();
	assert_int_equal(count(ALERT_LINGERING, NULL), 1);
	settings.linger_ns = 1000 * SCRIPT_S;
	watch_reload(script->watch, &settings);
	script_advance(script, 100 * SCRIPT_S);
	take();
	assert_int_equal(count(ALERT_RELEASED, NULL), 1);
	assert_non_null(strstr(bench.list[1].text, "nobody owns it still"));
	/* Its owner comes back when that has passed as well. */
	script_advance(script, 1000 * SCRIPT_S);
	script_name(script, "/run/netns/p", bench.world->p);
	script_command(script, COMMAND_SCAN, NSID_NONE);
	script_advance(script, 100 * SCRIPT_S);
	take();
	assert_int_equal(count(ALERT_RELEASED, NULL), 2);
	assert_non_null(strstr(bench.list[3].text, "it has an owner"));
}

/* Who has it open is no owner of it. */
static void test_a_descriptor_is_seen(void **state)
{
	struct script *script = bench.world->script;
	int space;

	(void)state;
	space = world_newborn(bench.world, 9, NULL);
	script_advance(script, 200 * SCRIPT_S);
	take();
	assert_int_equal(count(ALERT_LINGERING, NULL), 1);
	script_name(script, "fd:9:90:3", space);
	script_find_name(script, "fd:9:90:3")->kind = NAME_DESCRIPTOR;
	script_command(script, COMMAND_SCAN, NSID_NONE);
	script_advance(script, 100 * SCRIPT_S);
	take();
	assert_int_equal(count(ALERT_RELEASED, NULL), 1);
	assert_non_null(strstr(bench.list[1].text, "a descriptor is seen"));
}

/* /proc was mounted anew meanwhile. */
static void test_processes_are_hidden_by_now(void **state)
{
	struct script *script = bench.world->script;

	(void)state;
	world_newborn(bench.world, 9, NULL);
	script_advance(script, 200 * SCRIPT_S);
	take();
	assert_int_equal(count(ALERT_LINGERING, NULL), 1);
	script->hidden = HIDDEN_PROCESSES;
	script_command(script, COMMAND_SCAN, NSID_NONE);
	script_advance(script, 100 * SCRIPT_S);
	take();
	assert_int_equal(count(ALERT_RELEASED, NULL), 1);
	assert_non_null(
		strstr(bench.list[1].text, "processes are hidden by now"));
}

#define MANY 1500

/* More than there is room for between two looks: the number is exact. */
static void test_many_linger_at_once(void **state)
{
	struct script *script = bench.world->script;
	const struct told *more;
	int32_t i;

	(void)state;
	for (i = 0; i < MANY; i++)
		world_newborn(bench.world, 100 + i, NULL);
	script_advance(script, 300 * SCRIPT_S);
	take();
	assert_int_equal(count(ALERT_LINGERING, NULL), REPORTS_IN_FULL);
	script->now.mono_ns = reports_deadline(&bench.reports, script->watch);
	take();
	more = last(ALERT_MORE, "lingering");
	assert_int_equal(more->more, MANY - REPORTS_IN_FULL);
	assert_int_equal(more->total, MANY);
}

/* Too much else came after it: that there is one is told all the same. */
static void test_lingering_before_many_others(void **state)
{
	struct script *script = bench.world->script;
	unsigned int i;

	(void)state;
	script_unname(script, "/run/netns/p");
	script_advance(script, 200 * SCRIPT_S);
	for (i = 0; i < MANY; i++)
		script_gap(script, GAP_OVERRUN);
	take();
	assert_int_equal(count(ALERT_LINGERING, NULL), 0);
	assert_int_equal(last(ALERT_MORE, "lingering")->more, 1);
	assert_int_equal(last(ALERT_MORE, "lingering")->total, 1);
	take();
	assert_int_equal(count(ALERT_MORE, NULL), 1);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_one_of_each),
		CASE(test_made_and_resolved_between_two_looks),
		CASE(test_a_burst),
		CASE(test_the_first_of_a_kind_is_not_lost),
		CASE(test_the_end_tells_the_rest),
		CASE(test_gaps),
		CASE(test_lingering),
		CASE(test_lingering_without_an_owner),
		CASE(test_a_longer_linger_time),
		CASE(test_a_descriptor_is_seen),
		CASE(test_processes_are_hidden_by_now),
		CASE(test_many_linger_at_once),
		CASE(test_lingering_before_many_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
