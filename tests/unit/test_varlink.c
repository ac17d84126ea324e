/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Framing, the form of messages, and the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/wire/varlink.h"

struct wire {
	struct varlink_buffer buffer;
	const char *reason;
};

static int setup(void **state)
{
	struct wire *wire = calloc(1, sizeof(*wire));

	varlink_buffer_init(&wire->buffer, VARLINK_REQUEST_MAX);
	*state = wire;
	return 0;
}

static int teardown(void **state)
{
	struct wire *wire = *state;

	varlink_buffer_deinit(&wire->buffer);
	free(wire);
	return 0;
}

/* A text and its NUL. */
static void give(struct wire *wire, const char *text)
{
	assert_int_equal(varlink_buffer_append(&wire->buffer, text,
					       strlen(text) + 1),
			 0);
}

static int take(struct wire *wire, struct varlink_call *call)
{
	return varlink_take_call(&wire->buffer, &wire->reason, call);
}

static void test_call(void **state)
{
	struct wire *wire = *state;
	struct varlink_call call;

	give(wire, "{\"method\":\"a.b.C\",\"parameters\":{\"x\":1},"
		   "\"more\":true,\"unknown\":[]}");
	assert_int_equal(take(wire, &call), 0);
	assert_string_equal(call.method, "a.b.C");
	assert_int_equal(
		json_integer_value(json_object_get(call.parameters, "x")), 1);
	assert_true(call.more);
	assert_false(call.oneway);
	varlink_call_deinit(&call);
	assert_int_equal(take(wire, &call), VARLINK_NONE);
}

static void test_call_without_parameters(void **state)
{
	struct wire *wire = *state;
	struct varlink_call call;

	give(wire, "{\"method\":\"a.b.C\",\"oneway\":true}");
	give(wire, "{\"method\":\"a.b.D\",\"parameters\":null,\"more\":null}");
	assert_int_equal(take(wire, &call), 0);
	assert_null(call.parameters);
	assert_true(call.oneway);
	varlink_call_deinit(&call);
	assert_int_equal(take(wire, &call), 0);
	assert_string_equal(call.method, "a.b.D");
	assert_null(call.parameters);
	varlink_call_deinit(&call);
}

static void test_byte_by_byte(void **state)
{
	static const char text[] = "{\"method\":\"a.b.C\"}";
	struct wire *wire = *state;
	struct varlink_call call;
	size_t i;

	for (i = 0; i < sizeof(text); i++) {
		assert_int_equal(take(wire, &call), VARLINK_NONE);
		assert_int_equal(
			varlink_buffer_append(&wire->buffer, text + i, 1), 0);
	}
	assert_int_equal(take(wire, &call), 0);
	varlink_call_deinit(&call);
	assert_int_equal(varlink_buffer_size(&wire->buffer), 0);
}

/* Each is refused with a reason, and the message after it is heard. */
static void test_malformed(void **state)
{
	static const char *const texts[] = {
		"",
		"hello",
		"[]",
		"7",
		"{}",
		"{\"method\":7}",
		"{\"method\":null}",
		"{\"method\":\"x\",\"method\":\"y\"}",
		"{\"method\":\"x\",\"parameters\":[]}",
		"{\"method\":\"x\",\"more\":1}",
		"{\"method\":\"x\",\"oneway\":\"yes\"}",
		"{\"method\":\"x\",\"more\":true,\"oneway\":true}",
		"{\"method\":\"x\",\"upgrade\":true}",
		"{\"method\":\"x\"} {\"method\":\"y\"}",
		"{\"method\":\"\\u0000\"}",
		"{\"method\":\"\xff\"}",
		"{\"method\":\"x\",\"parameters\":{\"n\":99999999999999999999}}",
	};
	struct wire *wire = *state;
	struct varlink_call call;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		give(wire, texts[i]);
		give(wire, "{\"method\":\"next\"}");
		wire->reason = NULL;
		assert_int_equal(take(wire, &call), VARLINK_MALFORMED);
		assert_non_null(wire->reason);
		assert_int_equal(take(wire, &call), 0);
		assert_string_equal(call.method, "next");
		varlink_call_deinit(&call);
	}
}

/* {"method":"x","parameters":{"a":[[...]]}} with so many levels in all. */
static void give_nested(struct wire *wire, size_t depth)
{
	char text[512] = "{\"method\":\"x\",\"parameters\":{\"a\":";
	size_t i;

	for (i = 2; i < depth; i++)
		strcat(text, "[");
	for (i = 2; i < depth; i++)
		strcat(text, "]");
	strcat(text, "}}");
	give(wire, text);
}

static void test_depth(void **state)
{
	struct wire *wire = *state;
	struct varlink_call call;

	give_nested(wire, VARLINK_DEPTH_MAX);
	assert_int_equal(take(wire, &call), 0);
	varlink_call_deinit(&call);
	give_nested(wire, VARLINK_DEPTH_MAX + 1);
	assert_int_equal(take(wire, &call), VARLINK_MALFORMED);
	/* brackets in a string are no levels */
	give(wire, "{\"method\":\"[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"}");
	assert_int_equal(take(wire, &call), 0);
	varlink_call_deinit(&call);
}

static void test_deep_beyond_any_stack(void **state)
{
	struct wire *wire = *state;
	struct varlink_call call;
	char *text = malloc(VARLINK_REQUEST_MAX);

	memset(text, '[', VARLINK_REQUEST_MAX - 1);
	text[VARLINK_REQUEST_MAX - 1] = 0;
	give(wire, text);
	assert_int_equal(take(wire, &call), VARLINK_MALFORMED);
	free(text);
}

static void test_too_long(void **state)
{
	struct wire *wire = *state;
	struct varlink_call call;
	char *space, *text = calloc(1, VARLINK_REQUEST_MAX);
	size_t size;

	memset(text, ' ', VARLINK_REQUEST_MAX - 1);
	memcpy(text, "{\"method\":\"x\"}", 14);
	give(wire, text);
	assert_int_equal(take(wire, &call), 0);
	varlink_call_deinit(&call);
	text[VARLINK_REQUEST_MAX - 1] = ' ';
	assert_int_equal(varlink_buffer_append(&wire->buffer, text,
					       VARLINK_REQUEST_MAX),
			 0);
	assert_int_equal(take(wire, &call), VARLINK_TOO_LONG);
	assert_int_equal(varlink_buffer_append(&wire->buffer, "", 1),
			 VARLINK_FULL);
	assert_int_equal(varlink_buffer_space(&wire->buffer, 1, &space, &size),
			 0);
	assert_int_equal(size, 0);
	free(text);
}

static void test_replies(void **state)
{
	struct wire *wire = *state;
	struct varlink_reply reply;

	assert_int_equal(varlink_put_reply(&wire->buffer, NULL, true), 0);
	assert_int_equal(varlink_put_error(&wire->buffer, "a.B",
					   json_pack("{s:s}", "k", "v")),
			 0);
	assert_int_equal(
		varlink_take_reply(&wire->buffer, &wire->reason, &reply), 0);
	assert_true(reply.continues);
	assert_null(reply.error);
	assert_int_equal(json_object_size(reply.parameters), 0);
	varlink_reply_deinit(&reply);
	assert_int_equal(
		varlink_take_reply(&wire->buffer, &wire->reason, &reply), 0);
	assert_false(reply.continues);
	assert_string_equal(reply.error, "a.B");
	assert_string_equal(
		json_string_value(json_object_get(reply.parameters, "k")), "v");
	varlink_reply_deinit(&reply);
}

static void test_malformed_replies(void **state)
{
	static const char *const texts[] = {
		"{\"error\":1}",
		"{\"parameters\":1}",
		"{\"continues\":\"no\"}",
		"nothing",
	};
	struct wire *wire = *state;
	struct varlink_reply reply;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		give(wire, texts[i]);
		assert_int_equal(varlink_take_reply(&wire->buffer,
						    &wire->reason, &reply),
				 VARLINK_MALFORMED);
	}
}

/* What was put is what the other side takes. */
static void test_put_call(void **state)
{
	struct wire *wire = *state;
	struct varlink_call call;

	assert_int_equal(varlink_put_call(&wire->buffer, "a.b.C",
					  json_pack("{s:b}", "follow", 1),
					  true),
			 0);
	assert_int_equal(varlink_put_call(&wire->buffer, "a.b.D", NULL, false),
			 0);
	assert_int_equal(take(wire, &call), 0);
	assert_true(call.more);
	assert_true(json_is_true(json_object_get(call.parameters, "follow")));
	varlink_call_deinit(&call);
	assert_int_equal(take(wire, &call), 0);
	assert_false(call.more);
	assert_null(call.parameters);
	varlink_call_deinit(&call);
}

/* A message that does not fit leaves what waited as it was. */
static void test_full(void **state)
{
	struct wire *wire = *state;
	struct varlink_reply reply;
	char *text = calloc(1, VARLINK_REQUEST_MAX);

	memset(text, 'x', VARLINK_REQUEST_MAX - 1);
	assert_int_equal(varlink_put_reply(&wire->buffer, NULL, false), 0);
	assert_int_equal(varlink_put_reply(&wire->buffer,
					   json_pack("{s:s}", "k", text),
					   false),
			 VARLINK_FULL);
	assert_int_equal(
		varlink_take_reply(&wire->buffer, &wire->reason, &reply), 0);
	varlink_reply_deinit(&reply);
	assert_int_equal(varlink_buffer_size(&wire->buffer), 0);
	free(text);
}

/* Bytes come out in order however they went in and out. */
static void test_buffer_order(void **state)
{
	struct wire *wire = *state;
	uint8_t next_in = 0, next_out = 0, bytes[700];
	unsigned int seed = 1, round;
	const char *waiting;
	size_t i, n;

	for (round = 0; round < 4000; round++) {
		seed = seed * 1103515245u + 12345u;
		n = seed / 65536u % sizeof(bytes);
		for (i = 0; i < n; i++)
			bytes[i] = (uint8_t)(next_in + i);
		if (varlink_buffer_append(&wire->buffer, bytes, n) == 0)
			next_in = (uint8_t)(next_in + n);
		waiting = varlink_buffer_bytes(&wire->buffer);
		n = seed / 65536u % (varlink_buffer_size(&wire->buffer) + 1);
		for (i = 0; i < n; i++)
			assert_int_equal((uint8_t)waiting[i], next_out++);
		varlink_buffer_consume(&wire->buffer, n);
		assert_true(wire->buffer.capacity <= 4 * VARLINK_REQUEST_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_call, setup, teardown),
		cmocka_unit_test_setup_teardown(test_call_without_parameters,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_byte_by_byte, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_malformed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_depth, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deep_beyond_any_stack,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_malformed_replies, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_put_call, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_buffer_order, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
