/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: what is taken, what is refused, and with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/options.h"
#include "common/wire/interface.h"

static const struct verb verbs[] = {
	{ .name = "status", .arguments = "", .summary = "Show" },
	{ .name = "nsids",
	  .arguments = "[HOLDER]",
	  .summary = "List",
	  .max_arguments = 1 },
	{ .name = "findings",
	  .arguments = "[--explain ID]",
	  .summary = "List",
	  .options = OPTION_EXPLAIN },
	{ .name = "wait",
	  .arguments = "--gone NAME",
	  .summary = "Wait",
	  .options = OPTION_GONE | OPTION_TIMEOUT },
	{ .name = "check",
	  .arguments = "-- COMMAND...",
	  .summary = "Run",
	  .options = OPTION_TIMEOUT | OPTION_ADOPT | OPTION_ALLOW_NONE,
	  .min_arguments = 1,
	  .max_arguments = -1,
	  .command = true },
	{ .name = "selftest",
	  .arguments = "",
	  .summary = "Check",
	  .options = OPTION_LOAD | OPTION_RECORD },
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))
#define WORDS_MAX 16

struct parsed {
	char *argv[WORDS_MAX + 1];
	struct options options;
	char fault[OPTIONS_FAULT_MAX];
	int r;
};

/* parse - the words after the program's name, NULL at the end. */
static struct parsed *parse(const char *const words[])
{
	static struct parsed parsed;
	static char text[WORDS_MAX][256];
	int n;

	memset(&parsed, 0, sizeof(parsed));
	parsed.argv[0] = strcpy(text[0], "nsidwatch");
	for (n = 1; words[n - 1]; n++) {
		assert_true(n < WORDS_MAX);
		assert_true(strlen(words[n - 1]) < sizeof(text[n]));
		parsed.argv[n] = strcpy(text[n], words[n - 1]);
	}
	parsed.r = options_parse(verbs, N_VERBS, n, parsed.argv,
				 &parsed.options, parsed.fault);
	return &parsed;
}

#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

static struct options *good(struct parsed *parsed)
{
	if (parsed->r)
		fail_msg("refused: %s", parsed->fault);
	return &parsed->options;
}

static void bad(struct parsed *parsed, const char *words)
{
	assert_int_equal(parsed->r, OPTIONS_FAULT);
	if (!strstr(parsed->fault, words))
		fail_msg("'%s' does not say '%s'", parsed->fault, words);
	assert_null(strchr(parsed->fault, '\n'));
}

static void test_defaults(void **state)
{
	struct options *options = good(PARSE("status"));

	(void)state;
	assert_string_equal(options->verb->name, "status");
	assert_string_equal(options->socket, INTERFACE_SOCKET);
	assert_int_equal(options->receive_buffer, 64 << 20);
	assert_int_equal(options->adopt, ADOPT_BORN);
	assert_int_equal(options->timeout_ns, 60000000000);
	assert_false(options->timeout_given);
	assert_int_equal(options->survivors, 10);
	assert_int_equal(options->dying, 100);
	assert_int_equal(options->rounds, 1);
	assert_false(options->json || options->no_pager || options->help ||
		     options->version || options->follow ||
		     options->allow_none);
	assert_int_equal(options->n_arguments, 0);
	assert_null(options->arguments[0]);
}

static void test_global_options_stand_anywhere(void **state)
{
	struct options *options;

	(void)state;
	options = good(PARSE("-j", "--socket", "/a", "status", "--no-pager"));
	assert_true(options->json && options->no_pager);
	assert_string_equal(options->socket, "/a");
	options = good(PARSE("status", "--json", "--socket=/b"));
	assert_true(options->json);
	assert_string_equal(options->socket, "/b");
	options = good(PARSE("nsids", "web", "--receive-buffer", "4096"));
	assert_int_equal(options->receive_buffer, 4096);
	assert_string_equal(options->arguments[0], "web");
	options = good(PARSE("--receive-buffer=16M", "status"));
	assert_int_equal(options->receive_buffer, 16 << 20);
}

static void test_options_of_a_verb(void **state)
{
	struct options *options;

	(void)state;
	options = good(PARSE("wait", "--gone", "web", "--timeout", "1500ms"));
	assert_string_equal(options->gone, "web");
	assert_true(options->timeout_given);
	assert_int_equal(options->timeout_ns, 1500000000);
	options = good(PARSE("wait", "-t5", "--gone=web"));
	assert_int_equal(options->timeout_ns, 5000000000);
	options = good(PARSE("selftest", "--survivors", "50", "--dying=400",
			     "--rounds", "2"));
	assert_int_equal(options->survivors, 50);
	assert_int_equal(options->dying, 400);
	assert_int_equal(options->rounds, 2);
	assert_null(options->record);
	options = good(PARSE("selftest", "--record", "a file"));
	assert_string_equal(options->record, "a file");
	bad(PARSE("selftest", "--record="), "--record: '' will not do");
	bad(PARSE("status", "--record", "x"), "takes no --record");
	options = good(PARSE("findings", "--explain", "7"));
	assert_string_equal(options->explain, "7");
	bad(PARSE("--timeout", "5", "wait", "--gone", "x"), "behind a verb");
	bad(PARSE("status", "--follow"), "takes no --follow");
	bad(PARSE("selftest", "--timeout", "5"), "takes no --timeout");
}

static void test_command_is_left_alone(void **state)
{
	struct options *options;

	(void)state;
	options = good(PARSE("check", "--allow-none", "--", "sh", "-c", "true",
			     "--json"));
	assert_true(options->allow_none);
	assert_false(options->json);
	assert_int_equal(options->n_arguments, 4);
	assert_string_equal(options->arguments[0], "sh");
	assert_string_equal(options->arguments[3], "--json");
	assert_null(options->arguments[4]);
	/* Without "--", COMMAND begins at the first word. */
	options = good(PARSE("check", "-j", "ls", "--help", "-j"));
	assert_true(options->json);
	assert_false(options->help);
	assert_int_equal(options->n_arguments, 3);
	options = good(PARSE("check", "--", "--odd"));
	assert_string_equal(options->arguments[0], "--odd");
	bad(PARSE("check"), "usage: nsidwatch check -- COMMAND...");
	bad(PARSE("check", "--"), "usage: nsidwatch check");
}

static void test_adoption(void **state)
{
	(void)state;
	assert_int_equal(good(PARSE("check", "--no-adopt", "true"))->adopt,
			 ADOPT_NO);
	assert_int_equal(good(PARSE("check", "--adopt=all", "true"))->adopt,
			 ADOPT_ALL);
	bad(PARSE("check", "--adopt=some", "true"), "'some' will not do");
	bad(PARSE("check", "--adopt=", "true"), "will not do");
	bad(PARSE("check", "--no-adopt=x", "true"), "takes no value");
}

static void test_unknown_words_are_guessed(void **state)
{
	(void)state;
	bad(PARSE("statsu"), "did you mean 'status'?");
	bad(PARSE("find"), "did you mean 'findings'?");
	bad(PARSE("selftets"), "did you mean 'selftest'?");
	bad(PARSE("frobnicate"), "see nsidwatch --help");
	bad(PARSE("status", "--jsno"), "did you mean --json?");
	bad(PARSE("status", "--receive"), "did you mean --receive-buffer?");
	bad(PARSE("status", "--xyzzyxyzzy"), "unknown option --xyzzyxyzzy");
	bad(PARSE("status", "-x"), "unknown option -x");
	bad(PARSE("status", "--js=1"), "did you mean --json?");
}

static void test_values(void **state)
{
	(void)state;
	bad(PARSE("selftest", "--dying"), "--dying wants N");
	bad(PARSE("selftest", "--dying", "0"), "'0' will not do");
	bad(PARSE("selftest", "--dying", "-1"), "will not do");
	bad(PARSE("selftest", "--dying", "ten"), "will not do");
	bad(PARSE("selftest", "--dying", "99999999999999999999"),
	    "will not do");
	bad(PARSE("selftest", "--dying", ""), "will not do");
	bad(PARSE("status", "--receive-buffer", "1"), "will not do");
	bad(PARSE("status", "--receive-buffer", "9G"), "will not do");
	bad(PARSE("wait", "--gone", "x", "--timeout", "soon"), "will not do");
	bad(PARSE("wait", "--gone", "x", "--timeout", "-1"), "will not do");
	bad(PARSE("wait", "--gone", "x", "--timeout", "9999999999999"),
	    "will not do");
	bad(PARSE("wait", "--gone", ""), "will not do");
	bad(PARSE("status", "--socket="), "will not do");
	bad(PARSE("status", "--json=1"), "takes no value");
}

static void test_arguments(void **state)
{
	(void)state;
	bad(PARSE("status", "now"), "'status' does not take 'now'");
	bad(PARSE("nsids", "a", "b"), "'nsids' does not take 'b'");
	bad(PARSE("wait"), "usage: nsidwatch wait --gone NAME");
	assert_string_equal(good(PARSE("nsids", "--", "-1"))->arguments[0],
			    "-1");
	assert_string_equal(good(PARSE("--", "nsids", "x"))->verb->name,
			    "nsids");
}

static void test_help_and_version(void **state)
{
	struct options *options;

	(void)state;
	assert_null(good(PARSE("--help"))->verb);
	assert_true(good(PARSE("-h"))->help);
	assert_true(good(PARSE("-V"))->version);
	assert_true(good(PARSE("-jV"))->json);
	options = good(PARSE("check", "--help"));
	assert_true(options->help);
	assert_string_equal(options->verb->name, "check");
	options = good(PARSE("help", "check"));
	assert_true(options->help);
	assert_string_equal(options->verb->name, "check");
	bad(parse((const char *const[]){ NULL }), "--help");
}

static void test_long_and_hostile_words(void **state)
{
	static char word[200];

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	bad(PARSE(word), "unknown verb");
	bad(PARSE("status", word), "does not take");
	word[0] = word[1] = '-';
	bad(PARSE(word), "unknown option");
	word[100] = '=';
	bad(PARSE(word), "unknown option");
	bad(PARSE("-"), "unknown verb '-'");
	bad(PARSE(""), "unknown verb ''");
}

static char *help_of(const struct verb *verb)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	options_help(stream, verbs, N_VERBS, verb);
	fclose(stream);
	return text;
}

static void test_help_names_all(void **state)
{
	char *text = help_of(NULL);
	size_t i;

	(void)state;
	for (i = 0; i < N_VERBS; i++)
		assert_non_null(strstr(text, verbs[i].name));
	assert_non_null(strstr(text, "--receive-buffer BYTES"));
	assert_null(strstr(text, "--survivors N "));
	free(text);
	text = help_of(&verbs[5]);
	assert_non_null(strstr(text, "--survivors N"));
	assert_non_null(strstr(text, "--socket PATH"));
	assert_null(strstr(text, "--follow"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_global_options_stand_anywhere),
		cmocka_unit_test(test_options_of_a_verb),
		cmocka_unit_test(test_command_is_left_alone),
		cmocka_unit_test(test_adoption),
		cmocka_unit_test(test_unknown_words_are_guessed),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_help_and_version),
		cmocka_unit_test(test_long_and_hostile_words),
		cmocka_unit_test(test_help_names_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
