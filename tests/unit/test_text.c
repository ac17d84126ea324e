/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names made harmless, moments, durations, columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/wire/text.h"

static void escapes_to(const char *text, const char *expected)
{
	char *escaped = text_escape(text);

	assert_string_equal(escaped, expected);
	free(escaped);
}

static void test_escape_plain(void **state)
{
	(void)state;
	escapes_to("", "");
	escapes_to("/run/netns/web-1 (x)", "/run/netns/web-1 (x)");
	escapes_to("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7",
		   "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7");
}

static void test_escape_controls(void **state)
{
	(void)state;
	escapes_to("a\nb\tc", "a\\x0ab\\x09c");
	escapes_to("\x1b[31mred\x7f", "\\x1b[31mred\\x7f");
	escapes_to("back\\slash", "back\\x5cslash");
	/* C1: CSI in one character */
	escapes_to("\xc2\x9b", "\\xc2\\x9b");
}

static void test_escape_invisible(void **state)
{
	(void)state;
	/* right-to-left override, zero width space, line separator, BOM */
	escapes_to("a\xe2\x80\xae"
		   "b",
		   "a\\xe2\\x80\\xaeb");
	escapes_to("\xe2\x80\x8b", "\\xe2\\x80\\x8b");
	escapes_to("\xe2\x80\xa8", "\\xe2\\x80\\xa8");
	escapes_to("\xef\xbb\xbf", "\\xef\\xbb\\xbf");
}

static void test_escape_no_utf8(void **state)
{
	(void)state;
	escapes_to("\xff", "\\xff");
	escapes_to("\x80"
		   "a",
		   "\\x80a");
	/* cut, overlong, surrogate, above U+10FFFF */
	escapes_to("\xe2\x82", "\\xe2\\x82");
	escapes_to("\xc0\xaf", "\\xc0\\xaf");
	escapes_to("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
	escapes_to("\xed\xa0\x80", "\\xed\\xa0\\x80");
	escapes_to("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	/* the good one behind a bad one is seen again */
	escapes_to("\xe2\xc3\xa9", "\\xe2\xc3\xa9");
}

static void test_stamp(void **state)
{
	char text[TEXT_STAMP_MAX];

	(void)state;
	text_stamp(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000000Z");
	text_stamp(951782400123456789u, text);
	assert_string_equal(text, "2000-02-29T00:00:00.123456Z");
	text_stamp(UINT64_MAX, text);
	assert_string_equal(text, "2554-07-21T23:34:33.709551Z");
}

static void test_duration(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0s" },
		{ 7, "7ns" },
		{ 120000, "120us" },
		{ 3200000, "3.2ms" },
		{ 3000000, "3ms" },
		{ 1500000000, "1.5s" },
		{ 59999999999, "59.9s" },
		{ 125000000000, "2min 5s" },
		{ 3600000000000, "1h" },
		{ 90061000000000, "1d 1h" },
		{ UINT64_MAX, "213503d 23h" },
	};
	char text[TEXT_DURATION_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text_duration(cases[i].ns, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_table(void **state)
{
	static const char *const headings[] = { "NAME", ">NSID", "STATE" };
	struct text_table *table;
	char *text;

	(void)state;
	assert_int_equal(text_table_new(headings, 3, &table), 0);
	assert_int_equal(text_table_cell(table, "caf\xc3\xa9"), 0);
	assert_int_equal(text_table_cell(table, "7"), 0);
	assert_int_equal(text_table_cell(table, "live"), 0);
	assert_int_equal(text_table_rows(table), 1);
	assert_int_equal(text_table_cell(table, "a\nb\\x0a"), 0);
	assert_int_equal(text_table_cell(table, NULL), 0);
	assert_int_equal(text_table_cell(table, "dying"), 0);
	assert_int_equal(text_table_render(table, "<", ">", &text), 0);
	assert_string_equal(text, "<NAME        NSID  STATE>\n"
				  "caf\xc3\xa9           7  live\n"
				  "a\\x0ab\\x0a     -  dying\n");
	free(text);
	text_table_free(table);
}

/* A row that is not whole is not shown, and nothing is no row. */
static void test_table_edges(void **state)
{
	static const char *const headings[] = { "A", ">B" };
	struct text_table *table;
	char *text;

	(void)state;
	assert_int_equal(text_table_new(headings, 2, &table), 0);
	assert_int_equal(text_table_render(table, NULL, NULL, &text), 0);
	assert_string_equal(text, "A  B\n");
	free(text);
	assert_int_equal(text_table_cell(table, "half a row"), 0);
	assert_int_equal(text_table_rows(table), 0);
	assert_int_equal(text_table_render(table, NULL, NULL, &text), 0);
	assert_string_equal(text, "A           B\n");
	free(text);
	text_table_free(table);
}

static void test_table_large(void **state)
{
	static const char *const headings[] = { ">N", "TEXT" };
	struct text_table *table;
	char number[100], *text;
	int i;

	(void)state;
	assert_int_equal(text_table_new(headings, 2, &table), 0);
	for (i = 0; i < 2000; i++) {
		snprintf(number, sizeof(number), "%d", i);
		assert_int_equal(text_table_cell(table, number), 0);
		snprintf(number, sizeof(number), "%0*d", i % 90 + 1, 0);
		assert_int_equal(text_table_cell(table, number), 0);
	}
	assert_int_equal(text_table_rows(table), 2000);
	assert_int_equal(text_table_render(table, "", "", &text), 0);
	assert_non_null(strstr(text, "\n1999  "));
	free(text);
	text_table_free(table);
	assert_null(text_table_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape_plain),
		cmocka_unit_test(test_escape_controls),
		cmocka_unit_test(test_escape_invisible),
		cmocka_unit_test(test_escape_no_utf8),
		cmocka_unit_test(test_stamp),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_table_edges),
		cmocka_unit_test(test_table_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
