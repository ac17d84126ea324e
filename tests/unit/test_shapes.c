/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON that programs build on: the contract's shape, and its safety. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/wire/shapes.h"
#include "tests/lib/world.h"

static const struct shapes_kernel unpatched = { .release = "6.18.44",
						.built_batched = 0 };

typedef json_t *list_chunk(const struct watch *watch,
			   struct shapes_cursor *cursor);

/* ---- reading what was made ------------------------------------------------ */

static json_t *at(json_t *document, const char *path)
{
	char key[32];
	size_t length;

	while (*path) {
		length = strcspn(path, ".");
		assert_true(length < sizeof(key));
		memcpy(key, path, length);
		key[length] = '\0';
		document = json_object_get(document, key);
		if (!document)
			fail_msg("no '%s'", path);
		path += length + (path[length] == '.');
	}
	return document;
}

static json_int_t number(json_t *document, const char *path)
{
	json_t *value = at(document, path);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static const char *string(json_t *document, const char *path)
{
	json_t *value = at(document, path);

	assert_true(json_is_string(value));
	return json_string_value(value);
}

/* Every document can be written, read again, and is then the same. */
static json_t *sound(json_t *document)
{
	json_t *again;
	char *text;

	assert_non_null(document);
	text = json_dumps(document, JSON_COMPACT);
	assert_non_null(text);
	again = json_loads(text, 0, NULL);
	assert_true(json_equal(document, again));
	json_decref(again);
	free(text);
	return document;
}

/* All chunks of a list as one array. */
static json_t *whole(const struct watch *watch, list_chunk *chunk,
		     const char *key, uint64_t limit)
{
	struct shapes_cursor cursor = { .limit = limit };
	json_t *all = json_array(), *document;

	while (!cursor.ended) {
		document = sound(chunk(watch, &cursor));
		assert_true(json_array_size(at(document, key)) <=
			    SHAPES_CHUNK + 1);
		json_array_extend(all, at(document, key));
		json_decref(document);
	}
	return all;
}

static json_t *row(json_t *rows, size_t index)
{
	json_t *value = json_array_get(rows, index);

	assert_non_null(value);
	return value;
}

/* ---- the summary ---------------------------------------------------------- */

static void test_summary_is_the_contracts(void **state)
{
	static const char *const numbers[] = {
		"coverage.holders",
		"coverage.holders_heard",
		"coverage.entries",
		"coverage.entries_resolved",
		"events.new",
		"events.del",
		"gaps",
		"audits",
		"deaths.total",
		"deaths.verified",
		"deaths.by_accounts",
		"deaths.excused",
		"deaths.violated",
		"deaths.indeterminate",
		"deaths.open",
		"inversions",
		"passes.total",
		"passes.per_holder",
		"passes.per_peer",
		"passes.unknown",
	};
	struct world *world = *state;
	json_t *summary;
	size_t i;

	summary =
		sound(shapes_summary(world->script->watch, &unpatched, false));
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_true(number(summary, numbers[i]) >= 0);
	assert_string_equal(string(summary, "version"), PACKAGE_VERSION);
	assert_string_equal(string(summary, "kernel.release"), "6.18.44");
	assert_true(json_is_false(at(summary, "kernel.built_batched")));
	assert_string_equal(string(summary, "kernel.order"), "unknown");
	assert_true(json_is_object(at(summary, "deaths.reasons")));
	assert_true(json_is_array(at(summary, "findings")));
	/* home and five namespaces; five, four, three and two entries */
	assert_int_equal(number(summary, "coverage.holders"), 6);
	assert_int_equal(number(summary, "coverage.holders_heard"), 6);
	assert_int_equal(number(summary, "coverage.entries"), 14);
	assert_int_equal(number(summary, "coverage.entries_resolved"), 14);
	json_decref(summary);
}

static void test_built_batched_has_three_values(void **state)
{
	struct world *world = *state;
	struct shapes_kernel kernel = unpatched;
	json_t *summary;

	kernel.built_batched = -1;
	summary = shapes_summary(world->script->watch, &kernel, false);
	assert_true(json_is_null(at(summary, "kernel.built_batched")));
	json_decref(summary);
	kernel.built_batched = 1;
	summary = shapes_summary(world->script->watch, &kernel, false);
	assert_true(json_is_true(at(summary, "kernel.built_batched")));
	json_decref(summary);
}

static void test_unheard_namespaces_count_once(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;
	int space = script_space(script);
	json_t *summary, *rows, *last;

	script_name(script, "/run/netns/unheard", space);
	script_name(script, "pid:7:70", space);
	script_command(script, COMMAND_SCAN, NSID_NONE);
	script_advance(script, 5 * SCRIPT_S);
	summary = sound(shapes_summary(script->watch, &unpatched, false));
	assert_int_equal(number(summary, "coverage.holders"), 7);
	assert_int_equal(number(summary, "coverage.holders_heard"), 6);
	json_decref(summary);
	rows = whole(script->watch, shapes_namespaces, "namespaces", 0);
	assert_int_equal(json_array_size(rows), 7);
	last = row(rows, 6);
	assert_true(json_is_false(at(last, "heard")));
	assert_true(json_is_null(at(last, "nsid")));
	assert_string_equal(string(last, "name"), "/run/netns/unheard");
	json_decref(rows);
}

#define STRANGERS 600

/* All that is known of them is the name: each is a row, in whatever chunk. */
static void test_unheard_that_nothing_tells_apart(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;
	char name[32];
	json_t *rows;
	int i;

	script->strangers = true;
	for (i = 0; i < STRANGERS; i++) {
		snprintf(name, sizeof(name), "pid:%d:1", 1000 + i);
		script_name(script, name, script_space(script));
	}
	script_command(script, COMMAND_SCAN, NSID_NONE);
	script_advance(script, 5 * SCRIPT_S);
	rows = whole(script->watch, shapes_namespaces, "namespaces", 0);
	assert_int_equal(json_array_size(rows), 6 + STRANGERS);
	json_decref(rows);
}

static json_int_t holders(struct script *script)
{
	json_t *summary = shapes_summary(script->watch, &unpatched, false);
	json_int_t count = number(summary, "coverage.holders");

	json_decref(summary);
	return count;
}

static void test_a_name_of_home_is_home(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;

	script_name(script, "pid:1:10", SCRIPT_HOME);
	script_command(script, COMMAND_SCAN, NSID_NONE);
	script_advance(script, 5 * SCRIPT_S);
	assert_int_equal(holders(script), 6);
}

static void test_a_name_asked_too_early_is_heard(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;
	int early = script_space(script), other = script_space(script);

	script_name(script, "pid:7:70", early);
	script_name(script, "/run/netns/other", other);
	script_command(script, COMMAND_SCAN, NSID_NONE);
	script_advance(script, 5 * SCRIPT_S);
	assert_int_equal(holders(script), 8);
	/* It gets a number and a path; nobody asks the process again. */
	script_number(script, SCRIPT_HOME, 9, early);
	script_name(script, "/run/netns/early", early);
	script_unname(script, "pid:7:70");
	script_command(script, COMMAND_SCAN, NSID_NONE);
	script_drained(script);
	script_ask(script);
	assert_int_equal(holders(script), 8);
	script_advance(script, 5 * SCRIPT_S);
	assert_int_equal(holders(script), 8);
}

static void test_deaths_are_counted(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;
	json_t *summary;

	script_kill(script, world->p);
	script_barrier(script);
	script_command(script, COMMAND_BEGIN, NSID_NONE);
	script_kill(script, world->q);
	script_advance(script, SCRIPT_S);
	/* p and the barrier were before the span; q is open in it. */
	summary = sound(shapes_summary(script->watch, &unpatched, false));
	assert_int_equal(number(summary, "deaths.total"), 3);
	assert_int_equal(number(summary, "deaths.verified"), 1);
	assert_int_equal(number(summary, "deaths.open"), 2);
	json_decref(summary);
	summary = sound(shapes_summary(script->watch, &unpatched, true));
	assert_int_equal(number(summary, "deaths.total"), 1);
	assert_int_equal(number(summary, "deaths.open"), 1);
	json_decref(summary);
}

static void test_reasons_are_named(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;
	json_t *summary;

	script_kill(script, world->p);
	script_gap(script, GAP_OVERRUN);
	script_advance(script, 20 * SCRIPT_S);
	summary = sound(shapes_summary(script->watch, &unpatched, false));
	assert_int_equal(number(summary, "deaths.indeterminate"), 1);
	assert_int_equal(number(summary, "deaths.reasons.gap"), 1);
	assert_int_equal(json_object_size(at(summary, "deaths.reasons")), 1);
	assert_int_equal(number(summary, "gaps"), 1);
	json_decref(summary);
}

/* ---- namespaces ----------------------------------------------------------- */

static void test_home_is_told_apart(void **state)
{
	struct world *world = *state;
	json_t *rows, *home;

	rows = whole(world->script->watch, shapes_namespaces, "namespaces", 0);
	home = row(rows, 0);
	assert_true(json_is_true(at(home, "home")));
	assert_true(json_is_null(at(home, "nsid")));
	assert_int_equal(number(home, "table.entries"), 5);
	assert_string_equal(string(home, "table.trust"), "live");
	assert_null(json_object_get(row(rows, 1), "home"));
	assert_int_equal(number(row(rows, 1), "nsid"), 1);
	assert_int_equal(number(row(rows, 1), "generation"), 1);
	assert_string_equal(string(row(rows, 1), "name"), "/run/netns/a");
	assert_string_equal(string(row(rows, 1), "state"), "live");
	json_decref(rows);
}

static void test_states(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;
	json_t *rows;

	/* Its name is gone, and still it has its number. */
	script_unname(script, "/run/netns/c");
	script_command(script, COMMAND_SCAN, NSID_NONE);
	/* One holder dropped it: dying, as far as anybody can see. */
	script_die(script, world->p);
	script_remove(script, world->a, 10);
	script_advance(script, 125 * SCRIPT_S);
	rows = whole(script->watch, shapes_namespaces, "namespaces", 0);
	assert_string_equal(string(row(rows, 3), "state"), "lingering");
	assert_string_equal(string(row(rows, 3), "owner"), "/run/netns/c");
	assert_non_null(string(row(rows, 3), "lingering_since"));
	assert_non_null(strstr(string(row(rows, 3), "hint"), "socket"));
	assert_null(json_object_get(row(rows, 4), "hint"));
	assert_null(json_object_get(row(rows, 4), "lingering_since"));
	assert_string_equal(json_string_value(json_array_get(
				    at(row(rows, 3), "held_by"), 0)),
			    "unknown");
	assert_string_equal(string(row(rows, 4), "state"), "dying");
	json_decref(rows);
}

static void test_rows_without_their_names(void **state)
{
	struct world *world = *state;
	struct shapes_cursor cursor = { .nameless = true };
	json_t *list = shapes_namespaces(world->script->watch, &cursor);
	json_t *rows = json_object_get(list, "namespaces");

	assert_true(cursor.ended);
	assert_string_equal(string(row(rows, 1), "name"), "/run/netns/a");
	assert_null(json_object_get(row(rows, 1), "names"));
	json_decref(list);
	rows = list = whole(world->script->watch, shapes_namespaces,
			    "namespaces", 0);
	assert_int_equal(json_array_size(at(row(rows, 1), "names")), 1);
	json_decref(list);
}

static void test_hostile_names_are_harmless(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;
	int space = script_space(script);
	json_t *rows, *last;

	script_number(script, SCRIPT_HOME, 9, space);
	script_name(script, "/run/netns/\xff\x1b[2J\"\\", space);
	script_command(script, COMMAND_SCAN, NSID_NONE);
	script_advance(script, 5 * SCRIPT_S);
	rows = whole(script->watch, shapes_namespaces, "namespaces", 0);
	last = row(rows, json_array_size(rows) - 1);
	assert_string_equal(string(last, "name"),
			    "/run/netns/\\xff\\x1b[2J\"\\x5c");
	json_decref(rows);
}

static void test_find(void **state)
{
	struct world *world = *state;
	const struct watch *watch = world->script->watch;

	assert_true(shapes_find(watch, "home")->home);
	assert_int_equal(shapes_find(watch, "2")->nsid, 2);
	assert_int_equal(shapes_find(watch, "/run/netns/b")->nsid, 2);
	assert_int_equal(shapes_find(watch, "b")->nsid, 2);
	assert_null(shapes_find(watch, "77"));
	assert_null(shapes_find(watch, "-1"));
	assert_null(shapes_find(watch, "2x"));
	assert_null(shapes_find(watch, "/run/netns"));
	assert_null(shapes_find(watch, ""));
}

/* ---- entries -------------------------------------------------------------- */

static json_t *chunk_all(const struct watch *watch,
			 struct shapes_cursor *cursor)
{
	return shapes_nsids(watch, NULL, cursor);
}

static void test_entries(void **state)
{
	struct world *world = *state;
	const struct watch *watch = world->script->watch;
	struct shapes_cursor cursor = { 0 };
	json_t *rows, *one;

	rows = whole(watch, chunk_all, "entries", 0);
	assert_int_equal(json_array_size(rows), 14);
	assert_true(json_is_true(at(row(rows, 0), "holder.home")));
	assert_int_equal(number(row(rows, 0), "nsid"), 1);
	assert_string_equal(string(row(rows, 0), "peer.name"), "/run/netns/a");
	json_decref(rows);
	one = sound(shapes_nsids(watch, shapes_find(watch, "c"), &cursor));
	rows = at(one, "entries");
	assert_int_equal(json_array_size(rows), 2);
	assert_int_equal(number(row(rows, 0), "nsid"), 31);
	assert_int_equal(number(row(rows, 1), "nsid"), 35);
	assert_string_equal(string(row(rows, 1), "holder.name"),
			    "/run/netns/c");
	json_decref(one);
}

static void test_long_lists_come_in_chunks(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;
	json_t *rows;
	int32_t nsid;
	size_t i;

	for (nsid = 100; nsid < 1500; nsid++)
		script_number(script, SCRIPT_HOME, nsid, script_space(script));
	script_advance(script, SCRIPT_S);
	rows = whole(script->watch, chunk_all, "entries", 0);
	assert_int_equal(json_array_size(rows), 1400 + 14);
	for (i = 5; i < 1405; i++)
		assert_int_equal(number(row(rows, i), "nsid"), 100 + i - 5);
	json_decref(rows);
	rows = whole(script->watch, shapes_namespaces, "namespaces", 0);
	assert_int_equal(json_array_size(rows), 1400 + 6);
	json_decref(rows);
}

static void test_what_ends_between_chunks(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;
	struct shapes_cursor cursor = { 0 };
	json_t *first, *rest;
	int32_t nsid;

	for (nsid = 100; nsid < 800; nsid++)
		script_number(script, SCRIPT_HOME, nsid, script_space(script));
	script_advance(script, SCRIPT_S);
	first = shapes_nsids(script->watch, shapes_find(script->watch, "home"),
			     &cursor);
	assert_false(cursor.ended);
	nsid = (int32_t)number(row(at(first, "entries"), SHAPES_CHUNK - 1),
			       "nsid");
	script_remove(script, SCRIPT_HOME, nsid);
	script_remove(script, SCRIPT_HOME, nsid + 1);
	rest = shapes_nsids(script->watch, shapes_find(script->watch, "home"),
			    &cursor);
	assert_true(cursor.ended);
	assert_int_equal(number(row(at(rest, "entries"), 0), "nsid"), nsid + 2);
	json_decref(first);
	json_decref(rest);
}

/* ---- deaths, passes, findings, events ------------------------------------- */

static void test_deaths(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;
	json_t *rows;

	script_kill(script, world->p);
	script_barrier(script);
	rows = whole(script->watch, shapes_deaths, "deaths", 0);
	assert_int_equal(json_array_size(rows), 2);
	assert_string_equal(string(row(rows, 0), "verdict"), "verified");
	assert_string_equal(string(row(rows, 0), "proof"), "attribution");
	assert_true(json_is_null(at(row(rows, 0), "reason")));
	assert_string_equal(string(row(rows, 0), "peer.name"), "/run/netns/p");
	assert_int_equal(number(row(rows, 0), "expected"), 3);
	assert_int_equal(number(row(rows, 0), "removals"), 3);
	assert_true(number(row(rows, 0), "duration_us") >= 0);
	assert_string_equal(string(row(rows, 1), "verdict"), "open");
	assert_true(json_is_null(at(row(rows, 1), "closed")));
	json_decref(rows);
	rows = whole(script->watch, shapes_deaths, "deaths", 1);
	assert_int_equal(json_array_size(rows), 1);
	assert_string_equal(string(row(rows, 0), "verdict"), "open");
	json_decref(rows);
}

static void test_passes(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;
	json_t *rows, *pass;

	script_kill(script, world->p);
	script_advance(script, 20 * SCRIPT_S);
	rows = whole(script->watch, shapes_passes, "passes", 0);
	assert_int_equal(json_array_size(rows), 1);
	pass = row(rows, 0);
	assert_string_equal(string(pass, "order"), "unknown");
	assert_int_equal(number(pass, "peers"), 1);
	assert_int_equal(number(pass, "holders"), 3);
	assert_int_equal(number(pass, "removals"), 3);
	assert_true(number(pass, "span_us") >= 0);
	json_decref(rows);
}

static void test_findings(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;
	json_t *rows, *summary, *finding;

	/* A number that a's complete table never held. */
	script_event(script, world->a, EVENT_DEL, 99);
	script_advance(script, 20 * SCRIPT_S);
	rows = whole(script->watch, shapes_findings, "findings", 0);
	assert_int_equal(json_array_size(rows), 1);
	finding = row(rows, 0);
	assert_string_equal(string(finding, "kind"), "stray");
	assert_string_equal(string(finding, "state"), "stands");
	assert_int_equal(number(finding, "nsid"), 99);
	assert_string_equal(string(finding, "holder.name"), "/run/netns/a");
	assert_true(strlen(string(finding, "evidence")) > 0);
	summary = sound(shapes_summary(script->watch, &unpatched, false));
	assert_true(json_equal(row(at(summary, "findings"), 0), finding));
	json_decref(summary);
	summary = shapes_finding(script->watch, string(finding, "id"));
	assert_true(json_equal(summary, finding));
	json_decref(summary);
	assert_true(json_is_null(shapes_finding(script->watch, "4711")));
	assert_true(json_is_null(shapes_finding(script->watch, "")));
	assert_true(json_is_null(shapes_finding(script->watch, "x")));
	json_decref(rows);
}

static void test_events(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;
	json_t *rows, *event;

	script_number(script, world->a, 50, world->q);
	script_kill(script, world->p);
	rows = whole(script->watch, shapes_events, "events", 0);
	assert_int_equal(json_array_size(rows), 4);
	event = row(rows, 0);
	assert_int_equal(number(event, "seq"), 1);
	assert_string_equal(string(event, "type"), "new");
	assert_string_equal(string(event, "holder.name"), "/run/netns/a");
	assert_int_equal(number(event, "nsid"), 50);
	assert_string_equal(string(row(rows, 3), "type"), "del");
	json_decref(rows);
	rows = whole(script->watch, shapes_events, "events", 2);
	assert_int_equal(json_array_size(rows), 2);
	assert_int_equal(number(row(rows, 0), "seq"), 3);
	json_decref(rows);
	assert_true(json_is_null(shapes_event(script->watch, 5)));
	assert_true(json_is_null(shapes_event(script->watch, 0)));
}

static void test_overwritten_events_are_counted(void **state)
{
	struct world *world = *state;
	struct script *script = world->script;
	struct shapes_cursor cursor = { 0 };
	uint32_t i;
	json_t *part;

	script_number(script, world->a, 50, world->q);
	part = shapes_events(script->watch, &cursor);
	assert_int_equal(json_array_size(at(part, "events")), 1);
	json_decref(part);
	for (i = 0; i < script->settings.history / 2 + 10; i++) {
		script_raw(script, TAG_HOME, EVENT_NEW, 700);
		script_raw(script, TAG_HOME, EVENT_DEL, 700);
	}
	part = sound(shapes_events(script->watch, &cursor));
	assert_int_equal(number(part, "lost"), 20);
	assert_int_equal(number(row(at(part, "events"), 0), "seq"), 22);
	json_decref(part);
}

static void test_moments(void **state)
{
	const struct stamp moment = { .mono_ns = 1,
				      .real_ns = 1772368496123456789u };
	const struct stamp never = { 0 };
	json_t *text;

	(void)state;
	text = shapes_moment(&moment);
	assert_string_equal(json_string_value(text),
			    "2026-03-01T12:34:56.123456Z");
	json_decref(text);
	assert_true(json_is_null(shapes_moment(&never)));
	assert_true(json_is_null(shapes_span(&never, &moment)));
	assert_true(json_is_null(shapes_text("")));
	assert_true(json_is_null(shapes_text(NULL)));
}

/* A unit is called as systemd calls it; all else is escaped. */
static void test_units(void **state)
{
	json_t *party = shapes_party(false, 3, 1, 0, "pid:1:2",
				     "my\\x2dapp.service");

	(void)state;
	assert_string_equal(json_string_value(at(party, "unit")),
			    "my\\x2dapp.service");
	assert_string_equal(json_string_value(at(party, "label")),
			    "my\\x5cx2dapp.service");
	json_decref(party);
}

/* ---- status --------------------------------------------------------------- */

static json_t *status_of(struct world *world,
			 const struct shapes_kernel *kernel)
{
	static const char *const degraded[] = { "no tables", NULL };
	const struct shapes_daemon daemon = { .socket = "/run/x",
					      .uptime_ns = 1500,
					      .receive_buffer = 4096,
					      .degraded = degraded };

	return sound(shapes_status(world->script->watch, kernel, &daemon));
}

static void test_status(void **state)
{
	struct world *world = *state;
	json_t *status = status_of(world, &unpatched);

	assert_string_equal(string(status, "socket"), "/run/x");
	assert_int_equal(number(status, "uptime_us"), 1);
	assert_non_null(string(status, "counted_since"));
	assert_int_equal(number(status, "receive_buffer"), 4096);
	assert_true(json_is_true(at(status, "ready")));
	assert_string_equal(string(status, "home.table"), "complete");
	assert_int_equal(number(status, "home.entries"), 5);
	assert_int_equal(json_array_size(at(status, "degraded")), 1);
	assert_int_equal(json_array_size(at(status, "warnings")), 0);
	assert_true(json_is_null(at(status, "recording")));
	assert_true(json_is_null(at(status, "waiting.oldest_open")));
	assert_int_equal(number(status, "deaths.total"), 0);
	json_decref(status);
}

static void test_status_of_a_recording(void **state)
{
	const struct shapes_recording recording = { .file = "/var/log/x.1",
						    .bytes = 77,
						    .error = "no space" };
	const struct shapes_daemon daemon = { .recording = &recording };
	struct world *world = *state;
	json_t *status =
		sound(shapes_status(world->script->watch, &unpatched, &daemon));

	assert_string_equal(string(status, "recording.file"), "/var/log/x.1");
	assert_int_equal(number(status, "recording.bytes"), 77);
	assert_string_equal(string(status, "recording.error"), "no space");
	json_decref(status);
}

static void test_highest_number_is_a_warning(void **state)
{
	struct world *world = *state;
	json_t *status;

	script_number(world->script, world->a, 2147483647, world->q);
	script_advance(world->script, 5 * SCRIPT_S);
	status = status_of(world, &unpatched);
	assert_int_equal(json_array_size(at(status, "warnings")), 1);
	json_decref(status);
}

/* Eight peers, each dropped by two holders in turn, within a millisecond. */
static void see_per_peer(struct script *script, struct world *world)
{
	int peers[8];
	size_t i;

	for (i = 0; i < 8; i++) {
		peers[i] = script_space(script);
		script_number(script, SCRIPT_HOME, (int32_t)(200 + i),
			      peers[i]);
		script_number(script, world->a, (int32_t)(200 + i), peers[i]);
		script_number(script, world->b, (int32_t)(200 + i), peers[i]);
	}
	script_advance(script, 20 * SCRIPT_S);
	script_pass(script, peers, 8);
	script_advance(script, 20 * SCRIPT_S);
}

static void test_order_against_the_build_is_a_warning(void **state)
{
	struct world *world = *state;
	struct shapes_kernel batched = unpatched;
	json_t *status;

	see_per_peer(world->script, world);
	batched.built_batched = 1;
	status = status_of(world, &batched);
	assert_string_equal(string(status, "kernel.order"), "per-peer");
	assert_int_equal(json_array_size(at(status, "warnings")), 1);
	json_decref(status);
	status = status_of(world, &unpatched);
	assert_int_equal(json_array_size(at(status, "warnings")), 0);
	json_decref(status);
}

static void test_audit(void **state)
{
	struct world *world = *state;
	json_t *audit;

	script_command(world->script, COMMAND_AUDIT, NSID_NONE);
	script_advance(world->script, 20 * SCRIPT_S);
	audit = sound(shapes_audit(world->script->watch));
	assert_true(json_is_false(at(audit, "running")));
	assert_int_equal(number(audit, "mismatches"), 0);
	assert_int_equal(number(audit, "holders"), 6);
	assert_int_equal(number(audit, "entries"), 14);
	json_decref(audit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_CASE(test_summary_is_the_contracts),
		WORLD_CASE(test_built_batched_has_three_values),
		WORLD_CASE(test_unheard_namespaces_count_once),
		WORLD_CASE(test_unheard_that_nothing_tells_apart),
		WORLD_CASE(test_a_name_of_home_is_home),
		WORLD_CASE(test_a_name_asked_too_early_is_heard),
		WORLD_CASE(test_deaths_are_counted),
		WORLD_CASE(test_reasons_are_named),
		WORLD_CASE(test_home_is_told_apart),
		WORLD_CASE(test_states),
		WORLD_CASE(test_hostile_names_are_harmless),
		WORLD_CASE(test_rows_without_their_names),
		WORLD_CASE(test_find),
		WORLD_CASE(test_entries),
		WORLD_CASE(test_long_lists_come_in_chunks),
		WORLD_CASE(test_what_ends_between_chunks),
		WORLD_CASE(test_deaths),
		WORLD_CASE(test_passes),
		WORLD_CASE(test_findings),
		WORLD_CASE(test_events),
		WORLD_CASE(test_overwritten_events_are_counted),
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_units),
		WORLD_CASE(test_status),
		WORLD_CASE(test_status_of_a_recording),
		WORLD_CASE(test_highest_number_is_a_warning),
		WORLD_CASE(test_order_against_the_build_is_a_warning),
		WORLD_CASE(test_audit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
