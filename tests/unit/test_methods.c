/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's side of the socket, without a loop: a connection over a pair of
 * sockets, the methods behind it, and an engine that a script drives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/engine/names.h"
#include "common/engine/watch.h"
#include "common/wire/interface.h"
#include "daemon/connection.h"
#include "daemon/methods.h"
#include "tests/lib/script.h"

#define MINUTE (60 * SCRIPT_S)

struct bench {
	struct script *script;
	struct shapes_kernel kernel;
	struct shapes_daemon about;
	struct methods methods;
	struct connection *connection; /* NULL: it was closed */
	int fd;			       /* the client's end */
	struct varlink_buffer in;      /* what the client read */
};

/* ---- a client ------------------------------------------------------------- */

static void on_command(void *userdata, enum command_type type)
{
	struct bench *bench = userdata;

	script_command(bench->script, type, NSID_NONE);
}

static void dial(struct bench *bench)
{
	int fds[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	bench->fd = fds[0];
	assert_int_equal(connection_new(fds[1], 1000, &bench->script->now,
					&bench->connection),
			 0);
}

static void hang_up(struct bench *bench)
{
	bench->connection = connection_free(bench->connection);
	if (bench->fd >= 0)
		close(bench->fd);
	bench->fd = -1;
	varlink_buffer_deinit(&bench->in);
}

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	bench->script = script_new();
	bench->fd = -1;
	bench->kernel = (struct shapes_kernel){ .release = "6.18" };
	bench->about.socket = "/run/x";
	varlink_buffer_init(&bench->in, VARLINK_REPLY_MAX);
	*state = bench;
	return 0;
}

/* The engine is there and has learnt what the script holds. */
static void begin(struct bench *bench)
{
	script_learn(bench->script);
	bench->methods = (struct methods){
		.watch = bench->script->watch,
		.kernel = &bench->kernel,
		.daemon = &bench->about,
		.started_ns = bench->script->now.mono_ns,
		.command = on_command,
		.userdata = bench,
	};
	dial(bench);
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	hang_up(bench);
	script_free(bench->script);
	free(bench);
	return 0;
}

static void take_bytes(struct bench *bench)
{
	size_t size = 1;
	char *space;
	ssize_t n = 1;

	while (n > 0 && size > 0) {
		assert_int_equal(varlink_buffer_space(&bench->in, 65536, &space,
						      &size),
				 0);
		n = recv(bench->fd, space, size, MSG_DONTWAIT);
		if (n > 0)
			varlink_buffer_filled(&bench->in, (size_t)n);
	}
}

/* Turns until nothing is left to do; returns whether it is still there. */
static bool pump(struct bench *bench)
{
	int r = CONNECTION_MORE;

	if (!bench->connection)
		return false;
	if (connection_wants_read(bench->connection))
		r = connection_read(bench->connection) ? CONNECTION_CLOSED : r;
	while (r == CONNECTION_MORE)
		r = connection_turn(bench->connection, &bench->methods,
				    &bench->script->now);
	if (r == CONNECTION_CLOSED)
		bench->connection = connection_free(bench->connection);
	return bench->connection;
}

/* What a loop does when the engine was stepped. */
static bool news(struct bench *bench)
{
	if (bench->connection)
		connection_news(bench->connection);
	return pump(bench);
}

static void ask_raw(struct bench *bench, const char *bytes, size_t size)
{
	assert_int_equal(send(bench->fd, bytes, size, MSG_NOSIGNAL),
			 (ssize_t)size);
	pump(bench);
}

static void ask(struct bench *bench, const char *method, json_t *parameters,
		bool more)
{
	struct varlink_buffer out;

	varlink_buffer_init(&out, VARLINK_REQUEST_MAX);
	assert_int_equal(varlink_put_call(&out, method, parameters, more), 0);
	ask_raw(bench, varlink_buffer_bytes(&out), varlink_buffer_size(&out));
	varlink_buffer_deinit(&out);
}

/* The next reply; false where none is there. */
static bool hear(struct bench *bench, struct varlink_reply *ret_reply)
{
	const char *reason;
	int r;

	do {
		take_bytes(bench);
		r = varlink_take_reply(&bench->in, &reason, ret_reply);
	} while (r == VARLINK_NONE && bench->connection &&
		 connection_wants_write(bench->connection) && pump(bench));
	assert_true(r == 0 || r == VARLINK_NONE);
	return r == 0;
}

static void hear_error(struct bench *bench, const char *error, const char *key,
		       const char *value)
{
	struct varlink_reply reply;
	json_t *parameter;

	assert_true(hear(bench, &reply));
	assert_non_null(reply.error);
	assert_string_equal(reply.error, error);
	assert_false(reply.continues);
	if (key) {
		parameter = json_object_get(reply.parameters, key);
		assert_string_equal(json_string_value(parameter), value);
	}
	varlink_reply_deinit(&reply);
}

static void hear_name(struct bench *bench, const char *name)
{
	struct varlink_reply reply;
	json_t *parameter;

	assert_true(hear(bench, &reply));
	assert_null(reply.error);
	parameter = json_object_get(reply.parameters, "name");
	assert_string_equal(json_string_value(parameter), name);
	varlink_reply_deinit(&reply);
}

static void hear_nothing(struct bench *bench)
{
	struct varlink_reply reply;

	assert_false(hear(bench, &reply));
}

/* All replies to one call: how many, and how many rows they hold. */
static size_t hear_rows(struct bench *bench, const char *array,
			size_t *ret_replies)
{
	struct varlink_reply reply;
	bool continues = true;
	size_t rows = 0, replies;

	for (replies = 0; continues; replies++) {
		assert_true(hear(bench, &reply));
		assert_null(reply.error);
		rows += json_array_size(
			json_object_get(reply.parameters, array));
		continues = reply.continues;
		varlink_reply_deinit(&reply);
	}
	*ret_replies = replies;
	return rows;
}

static size_t count_rows(struct bench *bench, const char *method,
			 json_t *parameters, const char *array)
{
	size_t replies, rows;

	ask(bench, method, parameters, false);
	rows = hear_rows(bench, array, &replies);
	assert_int_equal(replies, 1);
	return rows;
}

/* ---- what is there -------------------------------------------------------- */

static void test_table_and_definition(void **state)
{
	const char *text = interface_description(INTERFACE_NAME), *name, *at;
	char line[128];
	size_t i, ours = 0, defined = 0;

	(void)state;
	for (i = 0; (name = methods_name(i)); i++) {
		if (strncmp(name, INTERFACE_NAME ".", 13) != 0)
			continue;
		snprintf(line, sizeof(line), "\nmethod %s(", name + 13);
		assert_non_null(strstr(text, line));
		ours++;
	}
	for (at = text; (at = strstr(at, "\nmethod ")); at++)
		defined++;
	assert_int_equal(ours, defined);
	assert_null(interface_description("io.nsidwatc"));
}

/* Each field that is sent stands in the definition. */
static void check_fields(const json_t *value, const char *text)
{
	char line[64];
	const char *key;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member)
		check_fields(member, text);
	json_object_foreach((json_t *)value, key, member) {
		snprintf(line, sizeof(line), "%s: ", key);
		if (!strstr(text, line))
			fail_msg("%s is not defined", key);
		/* these are maps: their keys are values */
		if (strcmp(key, "reasons") != 0 &&
		    strcmp(key, "gap_causes") != 0)
			check_fields(member, text);
	}
}

static void populate(struct bench *bench, int n);

static void test_fields_are_defined(void **state)
{
	static const char *const lists[] = {
		INTERFACE_STATUS, INTERFACE_NAMESPACES, INTERFACE_NSIDS,
		INTERFACE_DEATHS, INTERFACE_PASSES,	INTERFACE_EVENTS,
	};
	const char *text = interface_description(INTERFACE_NAME);
	struct bench *bench = *state;
	struct varlink_reply reply;
	size_t i;

	populate(bench, 5);
	begin(bench);
	script_kill(bench->script, 2);
	script_advance(bench->script, 5 * SCRIPT_S);
	script_gap(bench->script, GAP_OVERRUN);
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		ask(bench, lists[i], NULL, false);
		assert_true(hear(bench, &reply));
		assert_null(reply.error);
		check_fields(reply.parameters, text);
		/* a list that is empty would prove nothing */
		if (i > 0)
			assert_int_not_equal(
				json_array_size(json_object_iter_value(
					json_object_iter(reply.parameters))),
				0);
		varlink_reply_deinit(&reply);
	}
}

static void test_service(void **state)
{
	struct bench *bench = *state;
	struct varlink_reply reply;

	begin(bench);
	ask(bench, INTERFACE_GET_INFO, NULL, false);
	assert_true(hear(bench, &reply));
	assert_int_equal(json_array_size(json_object_get(reply.parameters,
							 "interfaces")),
			 2);
	varlink_reply_deinit(&reply);
	ask(bench, INTERFACE_GET_DESCRIPTION,
	    json_pack("{s:s}", "interface", "org.varlink.service"), false);
	assert_true(hear(bench, &reply));
	assert_null(reply.error);
	varlink_reply_deinit(&reply);
	ask(bench, INTERFACE_GET_DESCRIPTION,
	    json_pack("{s:s}", "interface", "a.b"), false);
	hear_error(bench, VARLINK_INTERFACE_NOT_FOUND, "interface", "a.b");
	ask(bench, "a.b.C", NULL, false);
	hear_error(bench, VARLINK_INTERFACE_NOT_FOUND, "interface", "a.b");
	ask(bench, "nodot", NULL, false);
	hear_error(bench, VARLINK_INTERFACE_NOT_FOUND, "interface", "");
	ask(bench, INTERFACE_NAME ".Nothing", NULL, true);
	hear_error(bench, VARLINK_METHOD_NOT_FOUND, "method",
		   INTERFACE_NAME ".Nothing");
}

static void test_parameters(void **state)
{
	static const struct {
		const char *method;
		const char *parameters;
		const char *bad;
	} cases[] = {
		{ INTERFACE_STATUS, "{\"x\":1}", "x" },
		{ INTERFACE_DEATHS, "{\"limit\":0}", "limit" },
		{ INTERFACE_DEATHS, "{\"limit\":-1}", "limit" },
		{ INTERFACE_DEATHS, "{\"limit\":1000001}", "limit" },
		{ INTERFACE_DEATHS, "{\"limit\":1.0}", "limit" },
		{ INTERFACE_DEATHS, "{\"limit\":true}", "limit" },
		{ INTERFACE_PASSES, "{\"follow\":true}", "follow" },
		{ INTERFACE_EVENTS, "{\"follow\":1}", "follow" },
		{ INTERFACE_NSIDS, "{\"holder\":7}", "holder" },
		{ INTERFACE_NSIDS, "{\"holder\":\"\"}", "holder" },
		{ INTERFACE_FINDINGS, "{\"id\":7}", "id" },
		{ INTERFACE_WAIT_GONE, "{}", "name" },
		{ INTERFACE_WAIT_GONE, "{\"name\":null}", "name" },
		{ INTERFACE_WAIT_GONE, "{\"name\":\"x\",\"timeout_ms\":-5}",
		  "timeout_ms" },
		{ INTERFACE_GET_DESCRIPTION, "{}", "interface" },
	};
	struct bench *bench = *state;
	char long_name[INTERFACE_TEXT_MAX + 1];
	size_t i;

	begin(bench);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask(bench, cases[i].method,
		    json_loads(cases[i].parameters, 0, NULL), false);
		hear_error(bench, VARLINK_INVALID_PARAMETER, "parameter",
			   cases[i].bad);
	}
	memset(long_name, 'x', INTERFACE_TEXT_MAX);
	long_name[INTERFACE_TEXT_MAX] = 0;
	ask(bench, INTERFACE_WAIT_GONE, json_pack("{s:s}", "name", long_name),
	    false);
	hear_error(bench, VARLINK_INVALID_PARAMETER, "parameter", "name");
	/* null is the same as nothing */
	assert_int_equal(count_rows(bench, INTERFACE_DEATHS,
				    json_pack("{s:n}", "limit"), "deaths"),
			 0);
}

static void test_status(void **state)
{
	struct bench *bench = *state;
	struct varlink_reply reply;

	begin(bench);
	script_wait(bench->script, 5 * SCRIPT_S);
	ask(bench, INTERFACE_STATUS, NULL, false);
	assert_true(hear(bench, &reply));
	assert_true(json_is_true(json_object_get(reply.parameters, "ready")));
	assert_int_equal(json_integer_value(json_object_get(reply.parameters,
							    "uptime_us")),
			 5000000);
	varlink_reply_deinit(&reply);
}

/* ---- lists ---------------------------------------------------------------- */

/* Namespaces in home, numbered from 0, named /run/netns/n0 and so on. */
static void populate(struct bench *bench, int n)
{
	char name[32];
	int i, space;

	for (i = 0; i < n; i++) {
		space = script_space(bench->script);
		script_insert(bench->script, SCRIPT_HOME, i, space);
		if (i >= 200)
			continue;
		snprintf(name, sizeof(name), "/run/netns/n%d", i);
		script_name(bench->script, name, space);
	}
}

static void test_lists(void **state)
{
	struct bench *bench = *state;
	size_t replies;

	populate(bench, 1300);
	begin(bench);
	assert_int_equal(count_rows(bench, INTERFACE_NAMESPACES, NULL,
				    "namespaces"),
			 1301);
	ask(bench, INTERFACE_NAMESPACES, NULL, true);
	assert_int_equal(hear_rows(bench, "namespaces", &replies), 1301);
	assert_in_range(replies, 2, 1301);
	assert_int_equal(count_rows(bench, INTERFACE_NSIDS, NULL, "entries"),
			 1300);
	assert_int_equal(count_rows(bench, INTERFACE_NSIDS,
				    json_pack("{s:s}", "holder", "home"),
				    "entries"),
			 1300);
	assert_int_equal(count_rows(bench, INTERFACE_NSIDS,
				    json_pack("{s:s}", "holder", "n7"),
				    "entries"),
			 0);
	ask(bench, INTERFACE_NSIDS, json_pack("{s:s}", "holder", "nobody"),
	    true);
	hear_error(bench, INTERFACE_NO_SUCH_NAMESPACE, "name", "nobody");
	assert_int_equal(count_rows(bench, INTERFACE_PASSES, NULL, "passes"),
			 0);
	assert_int_equal(
		count_rows(bench, INTERFACE_FINDINGS, NULL, "findings"), 0);
	ask(bench, INTERFACE_FINDINGS, json_pack("{s:s}", "id", "1"), false);
	hear_error(bench, INTERFACE_NO_SUCH_FINDING, "id", "1");
}

/* What cannot be one reply is refused as one, and comes in parts. */
static void test_too_much_for_one(void **state)
{
	struct bench *bench = *state;
	size_t replies;
	int i;

	bench->script->settings.history = 40000;
	begin(bench);
	for (i = 0; i < 40000; i++)
		script_raw(bench->script, TAG_HOME,
			   i % 2 ? EVENT_DEL : EVENT_NEW, 5);
	ask(bench, INTERFACE_EVENTS, NULL, false);
	hear_error(bench, VARLINK_EXPECTED_MORE, NULL, NULL);
	ask(bench, INTERFACE_EVENTS, NULL, true);
	assert_int_equal(hear_rows(bench, "events", &replies), 40000);
	assert_int_equal(count_rows(bench, INTERFACE_EVENTS,
				    json_pack("{s:i}", "limit", 3), "events"),
			 3);
}

/* Rows that do not fit one reply together are divided, none is lost. */
static void test_rows_divided(void **state)
{
	static const struct varlink_call request = {
		.method = INTERFACE_NAMESPACES,
		.more = true,
	};
	struct bench *bench = *state;
	struct varlink_buffer out;
	struct varlink_reply reply;
	struct call *call = NULL;
	const char *reason;
	size_t rows = 0;
	int r;

	populate(bench, 700);
	begin(bench);
	varlink_buffer_init(&out, 20000);
	r = methods_begin(&bench->methods, &request, &bench->script->now, &out,
			  &call);
	while (r == METHODS_MORE) {
		r = methods_step(&bench->methods, call, &bench->script->now,
				 &out);
		assert_int_equal(varlink_take_reply(&out, &reason, &reply), 0);
		assert_int_equal(reply.continues, r == METHODS_MORE);
		rows += json_array_size(
			json_object_get(reply.parameters, "namespaces"));
		varlink_reply_deinit(&reply);
	}
	assert_int_equal(r, 0);
	assert_int_equal(rows, 701);
	methods_call_free(call);
	varlink_buffer_deinit(&out);
}

static void hear_events(struct bench *bench, size_t events, json_int_t lost)
{
	struct varlink_reply reply;
	json_int_t said = 0;
	size_t rows = 0;

	while (hear(bench, &reply)) {
		assert_null(reply.error);
		assert_true(reply.continues);
		rows += json_array_size(
			json_object_get(reply.parameters, "events"));
		said += json_integer_value(
			json_object_get(reply.parameters, "lost"));
		varlink_reply_deinit(&reply);
	}
	assert_int_equal(rows, events);
	assert_int_equal(said, lost);
}

static void test_follow(void **state)
{
	struct bench *bench = *state;
	int i;

	bench->script->settings.history = 16;
	begin(bench);
	ask(bench, INTERFACE_EVENTS, json_pack("{s:b}", "follow", 1), false);
	hear_error(bench, VARLINK_EXPECTED_MORE, NULL, NULL);
	ask(bench, INTERFACE_EVENTS, json_pack("{s:b}", "follow", 1), true);
	hear_events(bench, 0, 0);
	assert_true(news(bench));
	hear_nothing(bench);
	for (i = 0; i < 10; i++)
		script_raw(bench->script, TAG_HOME, EVENT_NEW, i);
	assert_true(news(bench));
	hear_events(bench, 10, 0);
	/* more than is kept, before the next turn */
	for (i = 0; i < 100; i++)
		script_raw(bench->script, TAG_HOME, EVENT_NEW, i);
	assert_true(news(bench));
	hear_events(bench, 16, 84);
	assert_int_equal(connection_deadline(bench->connection), UINT64_MAX);
}

/* A reader that is slower than the events is told what it lost. */
static void test_follow_slowly(void **state)
{
	struct bench *bench = *state;
	size_t waiting = 0;
	int i;

	bench->script->settings.history = 1000;
	begin(bench);
	ask(bench, INTERFACE_EVENTS, json_pack("{s:b}", "follow", 1), true);
	for (i = 0; i < 100000; i++) {
		script_raw(bench->script, TAG_HOME,
			   i % 2 ? EVENT_DEL : EVENT_NEW, 5);
		if (i % 500 == 0)
			assert_true(news(bench));
	}
	assert_true(connection_wants_write(bench->connection));
	while (connection_wants_write(bench->connection)) {
		take_bytes(bench);
		waiting += varlink_buffer_size(&bench->in);
		varlink_buffer_consume(&bench->in,
				       varlink_buffer_size(&bench->in));
		assert_true(news(bench));
	}
	/* a queue of a bounded length, not all of the 100000 */
	assert_in_range(waiting, 1024 * 1024, VARLINK_REPLY_MAX);
}

/* ---- waiting -------------------------------------------------------------- */

static void wait_gone(struct bench *bench, const char *name, int timeout_ms)
{
	ask(bench, INTERFACE_WAIT_GONE,
	    timeout_ms < 0 ? json_pack("{s:s}", "name", name) :
			     json_pack("{s:s, s:i}", "name", name, "timeout_ms",
				       timeout_ms),
	    false);
}

static void test_wait_gone(void **state)
{
	struct bench *bench = *state;

	populate(bench, 5);
	begin(bench);
	wait_gone(bench, "n2", -1);
	script_advance(bench->script, 5 * SCRIPT_S);
	assert_true(news(bench));
	hear_nothing(bench);
	script_die(bench->script, 3);
	script_unname(bench->script, "/run/netns/n2");
	script_advance(bench->script, 5 * SCRIPT_S);
	assert_true(news(bench));
	hear_nothing(bench);
	script_remove(bench->script, SCRIPT_HOME, 2);
	assert_true(news(bench));
	hear_name(bench, "n2");
	/* and one that has gone, by its path */
	wait_gone(bench, "/run/netns/n2", -1);
	script_advance(bench->script, SCRIPT_S);
	assert_true(news(bench));
	hear_name(bench, "/run/netns/n2");
}

static void test_wait_gone_by_number(void **state)
{
	struct bench *bench = *state;

	populate(bench, 5);
	begin(bench);
	wait_gone(bench, "4", -1);
	script_advance(bench->script, SCRIPT_S);
	assert_true(news(bench));
	hear_nothing(bench);
	script_kill(bench->script, 5);
	/* the number has a new owner before anybody looks */
	script_number(bench->script, SCRIPT_HOME, 4,
		      script_space(bench->script));
	assert_true(news(bench));
	hear_name(bench, "4");
}

/* The name belongs to another one by the time of the request. */
static void test_wait_gone_name_reused(void **state)
{
	struct bench *bench = *state;
	int space;

	populate(bench, 3);
	begin(bench);
	script_kill(bench->script, 2);
	script_advance(bench->script, 5 * SCRIPT_S);
	space = script_space(bench->script);
	script_name(bench->script, "/run/netns/n1", space);
	script_number(bench->script, SCRIPT_HOME, 77, space);
	wait_gone(bench, "n1", -1);
	script_advance(bench->script, 5 * SCRIPT_S);
	assert_true(news(bench));
	hear_nothing(bench);
	script_kill(bench->script, space);
	assert_true(news(bench));
	hear_name(bench, "n1");
}

/* The name was moved to another one, and both live. */
static void test_wait_gone_name_moved(void **state)
{
	struct bench *bench = *state;
	int space;

	populate(bench, 3);
	begin(bench);
	space = script_space(bench->script);
	script_number(bench->script, SCRIPT_HOME, 77, space);
	script_advance(bench->script, 5 * SCRIPT_S);
	script_name(bench->script, "/run/netns/n1", space);
	wait_gone(bench, "n1", -1);
	script_advance(bench->script, SCRIPT_S / 2);
	assert_true(news(bench));
	script_kill(bench->script, 2);
	script_advance(bench->script, 5 * SCRIPT_S);
	assert_true(news(bench));
	hear_nothing(bench);
	script_kill(bench->script, space);
	assert_true(news(bench));
	hear_name(bench, "n1");
}

static void test_wait_gone_refused(void **state)
{
	struct bench *bench = *state;
	int space;

	populate(bench, 3);
	space = script_space(bench->script);
	script_name(bench->script, "/run/netns/unheard", space);
	begin(bench);
	wait_gone(bench, "nobody", -1);
	script_advance(bench->script, SCRIPT_S);
	assert_true(news(bench));
	hear_error(bench, INTERFACE_NO_SUCH_NAMESPACE, "name", "nobody");
	wait_gone(bench, "home", -1);
	script_advance(bench->script, SCRIPT_S);
	assert_true(news(bench));
	hear_error(bench, INTERFACE_IS_HOME, "name", "home");
	/* nothing is known of it at once, nor soon */
	wait_gone(bench, "nobody", 0);
	hear_error(bench, INTERFACE_NOT_KNOWN, "name", "nobody");
	wait_gone(bench, "unheard", 1000);
	script_advance(bench->script, SCRIPT_S);
	assert_true(news(bench));
	hear_error(bench, INTERFACE_NOT_KNOWN, "name", "unheard");
	wait_gone(bench, "unheard", -1);
	script_advance(bench->script, 5 * SCRIPT_S);
	assert_true(news(bench));
	hear_error(bench, INTERFACE_NOT_HEARD, "name", "unheard");
}

static void test_wait_gone_timeout(void **state)
{
	struct bench *bench = *state;
	uint64_t deadline_ns;

	populate(bench, 3);
	begin(bench);
	wait_gone(bench, "n1", 10000);
	script_advance(bench->script, SCRIPT_S);
	assert_true(news(bench));
	hear_nothing(bench);
	deadline_ns = connection_deadline(bench->connection);
	assert_in_range(deadline_ns, bench->script->now.mono_ns,
			bench->script->now.mono_ns + 10 * SCRIPT_S);
	script_wait(bench->script, deadline_ns - bench->script->now.mono_ns);
	assert_int_equal(connection_expire(bench->connection,
					   &bench->script->now),
			 CONNECTION_MORE);
	assert_true(pump(bench));
	hear_error(bench, INTERFACE_TIMED_OUT, "name", "n1");
	wait_gone(bench, "n1", 0);
	hear_error(bench, INTERFACE_TIMED_OUT, "name", "n1");
}

static void hear_audit(struct bench *bench, json_int_t serial)
{
	struct varlink_reply reply;

	assert_true(hear(bench, &reply));
	assert_null(reply.error);
	assert_true(
		json_is_false(json_object_get(reply.parameters, "running")));
	assert_int_equal(json_integer_value(
				 json_object_get(reply.parameters, "audit")),
			 serial);
	varlink_reply_deinit(&reply);
}

static void test_audit(void **state)
{
	struct bench *bench = *state;

	populate(bench, 5);
	begin(bench);
	ask(bench, INTERFACE_AUDIT, NULL, false);
	hear_nothing(bench);
	script_advance(bench->script, 5 * SCRIPT_S);
	assert_true(news(bench));
	hear_audit(bench, 1);
	/* one that runs already may have passed what the asker means */
	script_command(bench->script, COMMAND_AUDIT, NSID_NONE);
	ask(bench, INTERFACE_AUDIT, NULL, false);
	script_advance(bench->script, 5 * SCRIPT_S);
	assert_true(news(bench));
	hear_nothing(bench);
	script_advance(bench->script, 5 * SCRIPT_S);
	assert_true(news(bench));
	hear_audit(bench, 3);
}

/* What was made just before the request has its number and its name. */
static void test_audit_knows_what_is_new(void **state)
{
	struct bench *bench = *state;
	struct varlink_reply reply;
	const struct netns *netns;
	int turns = 0;

	bench->script->settings.adopt = ADOPT_ALL;
	populate(bench, 2);
	begin(bench);
	script_advance(bench->script, 20 * SCRIPT_S);
	script_name(bench->script, "/run/netns/new",
		    script_space(bench->script));
	ask(bench, INTERFACE_AUDIT, NULL, false);
	while (!hear(bench, &reply)) {
		assert_true(turns++ < 100);
		script_advance(bench->script, SCRIPT_S / 10);
		assert_true(news(bench));
	}
	assert_null(reply.error);
	varlink_reply_deinit(&reply);
	netns = shapes_find(bench->script->watch, "new");
	assert_non_null(netns);
	assert_true(identity_known(&netns->identity));
	assert_int_equal(netns->trust, TRUST_LIVE);
}

static void test_oneway(void **state)
{
	static const char request[] =
		"{\"method\":\"io.nsidwatch.Audit\",\"oneway\":true}";
	static const char unknown[] = "{\"method\":\"a.b\",\"oneway\":true}";
	struct bench *bench = *state;

	begin(bench);
	ask_raw(bench, unknown, sizeof(unknown));
	ask_raw(bench, request, sizeof(request));
	assert_true(watch_audit(bench->script->watch)->running);
	script_advance(bench->script, 5 * SCRIPT_S);
	assert_true(news(bench));
	hear_nothing(bench);
}

/* ---- connections ---------------------------------------------------------- */

static void test_junk(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} cases[] = {
		{ "hello", 6 },	   { "", 1 },
		{ "{}", 3 },	   { "[[[[[[[[[[[[[[[[[[[[[[[[[", 26 },
		{ "\xff\xfe", 3 },
	};
	struct bench *bench = *state;
	size_t i;

	begin(bench);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask_raw(bench, cases[i].bytes, cases[i].size);
		hear_error(bench, INTERFACE_INVALID_MESSAGE, NULL, NULL);
		assert_false(pump(bench));
		hang_up(bench);
		dial(bench);
	}
}

static void test_request_without_end(void **state)
{
	static char bytes[VARLINK_REQUEST_MAX];
	struct bench *bench = *state;

	begin(bench);
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(send(bench->fd, bytes, sizeof(bytes), 0),
			 (ssize_t)sizeof(bytes));
	while (pump(bench))
		;
	hear_error(bench, INTERFACE_INVALID_MESSAGE, "reason",
		   "the message is longer than 65536 bytes");
}

/* It sends no more, and still gets what it asked for. */
static void test_half_closed(void **state)
{
	static const char requests[] = "{\"method\":\"io.nsidwatch.Passes\"}\0"
				       "{\"method\":\"io.nsidwatch.Audit\"}\0"
				       "{\"method\":\"io.nsidwatch.Passes\"}\0"
				       "half";
	struct bench *bench = *state;
	size_t replies;

	begin(bench);
	assert_true(send(bench->fd, requests, sizeof(requests) - 1, 0) > 0);
	shutdown(bench->fd, SHUT_WR);
	assert_true(pump(bench));
	assert_true(pump(bench));
	hear_rows(bench, "passes", &replies);
	script_advance(bench->script, 5 * SCRIPT_S);
	news(bench);
	hear_audit(bench, 1);
	hear_rows(bench, "passes", &replies);
	hear_error(bench, INTERFACE_INVALID_MESSAGE, "reason",
		   "the message does not end in a NUL byte");
	assert_false(pump(bench));
}

static void test_hang_up(void **state)
{
	struct bench *bench = *state;

	populate(bench, 3);
	begin(bench);
	wait_gone(bench, "n1", -1);
	assert_true(pump(bench));
	close(bench->fd);
	bench->fd = -1;
	assert_false(pump(bench));
}

static void test_idle(void **state)
{
	struct bench *bench = *state;
	uint64_t now_ns;

	begin(bench);
	assert_true(pump(bench));
	now_ns = bench->script->now.mono_ns;
	assert_int_equal(connection_deadline(bench->connection),
			 now_ns + 5 * MINUTE);
	script_wait(bench->script, 5 * MINUTE);
	assert_int_equal(connection_expire(bench->connection,
					   &bench->script->now),
			 CONNECTION_CLOSED);
}

/* It reads nothing: requests wait, memory is bounded, and then it is over. */
static void test_never_reads(void **state)
{
	static const char request[] =
		"{\"method\":\"io.nsidwatch.Namespaces\",\"more\":true}";
	struct bench *bench = *state;
	int i;

	populate(bench, 1300);
	begin(bench);
	for (i = 0; i < 1000; i++)
		if (send(bench->fd, request, sizeof(request), 0) < 0)
			break;
	for (i = 0; i < 100; i++)
		assert_true(pump(bench));
	assert_true(connection_wants_write(bench->connection));
	assert_int_equal(connection_deadline(bench->connection),
			 bench->script->now.mono_ns + 30 * SCRIPT_S);
	script_wait(bench->script, 29 * SCRIPT_S);
	take_bytes(bench);
	assert_true(pump(bench));
	assert_int_equal(connection_deadline(bench->connection),
			 bench->script->now.mono_ns + 30 * SCRIPT_S);
	script_wait(bench->script, 30 * SCRIPT_S);
	assert_int_equal(connection_expire(bench->connection,
					   &bench->script->now),
			 CONNECTION_CLOSED);
}

static void test_ending(void **state)
{
	struct bench *bench = *state;

	populate(bench, 3);
	begin(bench);
	wait_gone(bench, "n1", -1);
	connection_end(bench->connection, &bench->script->now);
	bench->connection = connection_free(bench->connection);
	hear_error(bench, INTERFACE_ENDING, NULL, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_and_definition),
		TEST(test_fields_are_defined),
		TEST(test_service),
		TEST(test_parameters),
		TEST(test_status),
		TEST(test_lists),
		TEST(test_too_much_for_one),
		TEST(test_rows_divided),
		TEST(test_follow),
		TEST(test_follow_slowly),
		TEST(test_wait_gone),
		TEST(test_wait_gone_by_number),
		TEST(test_wait_gone_name_reused),
		TEST(test_wait_gone_name_moved),
		TEST(test_wait_gone_refused),
		TEST(test_wait_gone_timeout),
		TEST(test_audit),
		TEST(test_audit_knows_what_is_new),
		TEST(test_oneway),
		TEST(test_junk),
		TEST(test_request_without_end),
		TEST(test_half_closed),
		TEST(test_hang_up),
		TEST(test_idle),
		TEST(test_never_reads),
		TEST(test_ending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
