/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The metrics as text: what the engine knows, one series a row and label, and
 * no series more whatever is watched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/wire/metrics.h"
#include "common/wire/shapes.h"
#include "tests/lib/world.h"

static const struct shapes_daemon about = { .receive_buffer = 4096 };

static char *text_of(const struct watch *watch)
{
	char *text = metrics_text(watch, &about);

	assert_non_null(text);
	return text;
}

/* The value of the series, which has to be there once. */
static double value(const char *text, const char *series)
{
	char line[256];
	const char *at;

	snprintf(line, sizeof(line), "\n%s ", series);
	at = strstr(text, line);
	if (!at)
		fail_msg("no series %s", series);
	assert_null(strstr(at + 1, line));
	return strtod(at + strlen(line), NULL);
}

static double value_now(struct world *world, const char *series)
{
	char *text = text_of(world->script->watch);
	double is = value(text, series);

	free(text);
	return is;
}

#define IS(world, series, wanted) \
	assert_float_equal(value_now(world, series), wanted, 1e-9)

static unsigned int series(const char *text)
{
	unsigned int n = 0;

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		n += *text && *text != '#';
		if (!*text)
			break;
	}
	return n;
}

static void test_at_rest(void **state)
{
	struct world *world = *state;

	IS(world, "nsidwatch_namespaces{state=\"live\"}", 6);
	IS(world, "nsidwatch_namespaces{state=\"dying\"}", 0);
	IS(world, "nsidwatch_entries", 14);
	IS(world, "nsidwatch_coverage_ratio{kind=\"holders\"}", 1);
	IS(world, "nsidwatch_coverage_ratio{kind=\"entries\"}", 1);
	IS(world, "nsidwatch_beyond{ceiling=\"holders\"}", 0);
	IS(world, "nsidwatch_beyond{ceiling=\"entries\"}", 0);
	IS(world, "nsidwatch_beyond{ceiling=\"names\"}", 0);
	IS(world, "nsidwatch_degraded", 0);
	IS(world, "nsidwatch_receive_buffer_bytes", 4096);
	IS(world, "nsidwatch_audits_total", 1);
	IS(world, "nsidwatch_open_deaths", 0);
	IS(world, "nsidwatch_oldest_open_death_timestamp_seconds", 0);
	IS(world,
	   "nsidwatch_build_info{version=\"" PACKAGE_VERSION
	   "\",source=\"kernel\"}",
	   1);
}

/* What is beyond a ceiling is known, and not heard. */
static void test_beyond(void **state)
{
	struct world *world = *state;

	world->script->settings.max_holders = 5;
	watch_reload(world->script->watch, &world->script->settings);
	world_newborn(world, 9, "/run/netns/new");
	IS(world, "nsidwatch_beyond{ceiling=\"holders\"}", 1);
	IS(world, "nsidwatch_namespaces{state=\"live\"}", 6);
	IS(world, "nsidwatch_coverage_ratio{kind=\"holders\"}", 6.0 / 7);
}

static void test_dying(void **state)
{
	struct world *world = *state;

	script_die(world->script, world->p);
	script_remove(world->script, world->a, 10);
	IS(world, "nsidwatch_namespaces{state=\"dying\"}", 1);
	IS(world, "nsidwatch_namespaces{state=\"live\"}", 5);
}

static void test_a_death(void **state)
{
	struct world *world = *state;
	double opened = (double)world->script->now.real_ns / 1e9;

	script_die(world->script, world->p);
	script_remove(world->script, SCRIPT_HOME, 4);
	script_advance(world->script, 100 * SCRIPT_MS);
	IS(world, "nsidwatch_open_deaths", 1);
	assert_true(
		value_now(world,
			  "nsidwatch_oldest_open_death_timestamp_seconds") >=
		opened);
	script_remove(world->script, world->a, 10);
	script_remove(world->script, world->b, 20);
	IS(world, "nsidwatch_events_total{type=\"del\"}", 3);
	script_barrier(world->script);
	script_advance(world->script, 10 * SCRIPT_S);
	IS(world, "nsidwatch_deaths_total{verdict=\"verified\"}", 1);
	IS(world, "nsidwatch_removal_duration_seconds_count", 1);
	IS(world, "nsidwatch_removal_duration_seconds_bucket{le=\"0.1\"}", 1);
	IS(world, "nsidwatch_removal_duration_seconds_bucket{le=\"0.05\"}", 0);
	IS(world, "nsidwatch_removal_duration_seconds_bucket{le=\"+Inf\"}", 1);
	script_advance(world->script, 200 * SCRIPT_S);
	/* the barrier's own death has none */
	IS(world, "nsidwatch_open_deaths", 1);
	IS(world, "nsidwatch_overdue_deaths", 1);
}

/* All of p's tables but that of a lose it. */
static void leak(struct world *world)
{
	struct script *script = world->script;

	script_die(script, world->p);
	script_remove(script, SCRIPT_HOME, 4);
	script_remove(script, world->b, 20);
	script_advance(script, 2 * SCRIPT_S);
	script_barrier(script);
	script_advance(script, 10 * SCRIPT_S);
}

static void test_missing_until_it_comes(void **state)
{
	struct world *world = *state;

	leak(world);
	IS(world, "nsidwatch_findings_total{kind=\"missing\"}", 1);
	IS(world, "nsidwatch_missing_removals", 1);
	IS(world, "nsidwatch_deaths_total{verdict=\"violated\"}", 1);
	script_remove(world->script, world->a, 10);
	script_advance(world->script, 5 * SCRIPT_S);
	IS(world, "nsidwatch_missing_removals", 0);
	/* no figure goes back */
	IS(world, "nsidwatch_findings_total{kind=\"missing\"}", 1);
	IS(world, "nsidwatch_findings_total{kind=\"late\"}", 1);
	IS(world, "nsidwatch_deaths_total{verdict=\"violated\"}", 1);
}

/* What was left behind in a table goes with the table. */
static void test_missing_until_the_holder_goes(void **state)
{
	struct world *world = *state;

	leak(world);
	IS(world, "nsidwatch_missing_removals", 1);
	script_kill(world->script, world->a);
	script_advance(world->script, 10 * SCRIPT_S);
	IS(world, "nsidwatch_missing_removals", 0);
	IS(world, "nsidwatch_findings_total{kind=\"missing\"}", 1);
}

/* Its owner has gone, and nothing visible holds it. */
static void test_lingering(void **state)
{
	struct world *world = *state;

	script_unname(world->script, "/run/netns/p");
	script_advance(world->script, 200 * SCRIPT_S);
	IS(world, "nsidwatch_namespaces{state=\"lingering\"}", 1);
	IS(world, "nsidwatch_namespaces{state=\"live\"}", 5);
	IS(world, "nsidwatch_cleanup_state{state=\"done\"}", 1);
	IS(world, "nsidwatch_cleanup_state{state=\"unknown\"}", 0);
	IS(world, "nsidwatch_cleanup_waiting", 0);
	/* Now it is dead, and the cleanup does not come. */
	script_die(world->script, world->q);
	script_advance(world->script, 200 * SCRIPT_S);
	IS(world, "nsidwatch_cleanup_state{state=\"done\"}", 0);
	IS(world, "nsidwatch_cleanup_state{state=\"stuck\"}", 1);
	IS(world, "nsidwatch_cleanup_waiting", 1);
}

static void test_gaps(void **state)
{
	struct world *world = *state;

	script_gap(world->script, GAP_OVERRUN);
	script_gap(world->script, GAP_DROPS);
	script_gap(world->script, GAP_OVERRUN);
	IS(world, "nsidwatch_gaps_total{cause=\"overrun\"}", 2);
	IS(world, "nsidwatch_gaps_total{cause=\"drops\"}", 1);
	IS(world, "nsidwatch_gaps_total{cause=\"memory\"}", 0);
}

static unsigned int series_with(int32_t n)
{
	struct settings settings = settings_default();
	struct start start = { .at = { 1000, 1700000000000000000 },
			       .self_nsid = NSID_NONE };
	struct input input = { .type = INPUT_EVENT };
	struct watch *watch;
	unsigned int is;
	char *text;
	int32_t i;

	assert_int_equal(watch_new(&settings, &start, &watch), 0);
	for (i = 0; i < n; i++) {
		input.event = (struct event){ start.at, TAG_HOME, i,
					      EVENT_NEW };
		assert_int_equal(watch_step(watch, &start.at, &input), 0);
	}
	text = text_of(watch);
	assert_float_equal(value(text, "nsidwatch_namespaces{state=\"live\"}"),
			   n + 1, 0);
	is = series(text);
	free(text);
	watch_free(watch);
	return is;
}

static void test_as_many_series_whatever_there_is(void **state)
{
	unsigned int few = series_with(10), many = series_with(10000);

	(void)state;
	print_message("%u series at 10 namespaces, %u at 10000\n", few, many);
	assert_int_equal(few, many);
	assert_in_range(few, 30, 100);
}

static void test_a_replay_says_so(void **state)
{
	struct world *world = *state;
	const struct shapes_replay replay = { .file = "x" };
	const struct shapes_daemon replayed = { .replay = &replay };
	char *text = metrics_text(world->script->watch, &replayed);

	assert_non_null(text);
	assert_float_equal(value(text, "nsidwatch_build_info{version=\"" //
				 PACKAGE_VERSION "\",source=\"recording\"}"),
			   1, 0);
	assert_null(strstr(text, "source=\"kernel\""));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_CASE(test_at_rest),
		WORLD_CASE(test_beyond),
		WORLD_CASE(test_dying),
		WORLD_CASE(test_a_death),
		WORLD_CASE(test_missing_until_it_comes),
		WORLD_CASE(test_missing_until_the_holder_goes),
		WORLD_CASE(test_lingering),
		WORLD_CASE(test_gaps),
		WORLD_CASE(test_a_replay_says_so),
		cmocka_unit_test(test_as_many_series_whatever_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
