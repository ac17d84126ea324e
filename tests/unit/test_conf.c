/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every setting, every way to get one wrong, and which file wins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/wire/conf.h"

#define MS 1000000ull
#define S (1000 * MS)

/* The faults, one a line: "FILE:LINE: REASON". */
struct faults {
	char text[16384];
	unsigned int n;
};

static void on_fault(void *userdata, const char *file, unsigned int line,
		     const char *reason)
{
	struct faults *faults = userdata;
	size_t used = strlen(faults->text);

	faults->n++;
	snprintf(faults->text + used, sizeof(faults->text) - used,
		 "%s:%u: %s\n", file, line, reason);
}

static int parse(struct conf *conf, const char *text, struct faults *faults)
{
	*faults = (struct faults){ 0 };
	return conf_parse(conf, "f", text, strlen(text), on_fault, faults);
}

static void is_fault(const char *text, const char *expected)
{
	struct conf conf, before;
	struct faults faults;

	memset(&before, 0, sizeof(before));
	conf_default(&before);
	conf = before;
	assert_int_equal(parse(&conf, text, &faults), CONF_FAULTS);
	assert_string_equal(faults.text, expected);
	assert_memory_equal(&conf, &before, sizeof(conf));
}

/* The manual's defaults are the engine's. */
static void test_defaults(void **state)
{
	const struct settings settings = settings_default();
	struct conf conf;

	(void)state;
	conf_default(&conf);
	assert_int_equal(conf.settings.settle_ns, settings.settle_ns);
	assert_int_equal(conf.settings.overdue_ns, settings.overdue_ns);
	assert_int_equal(conf.settings.history_ns, settings.history_ns);
	assert_int_equal(conf.settings.audit_round_ns, settings.audit_round_ns);
	assert_int_equal(conf.settings.housekeeping_ns,
			 settings.housekeeping_ns);
	assert_int_equal(conf.settings.history, settings.history);
	assert_int_equal(conf.settings.max_holders, settings.max_holders);
	assert_int_equal(conf.settings.max_entries, settings.max_entries);
	assert_int_equal(conf.settings.max_names, settings.max_names);
	assert_int_equal(conf.settings.adopt, settings.adopt);
	assert_int_equal(conf.receive_buffer, CONF_RECEIVE_BUFFER);
	assert_string_equal(conf.socket, "/run/nsidwatch/io.nsidwatch");
	assert_string_equal(conf.record, "");
	assert_int_equal(conf.record_size, 64u << 20);
	assert_int_equal(conf.record_files, 8);
	assert_string_equal(conf.metrics_file, "");
	assert_int_equal(conf.metrics_interval_ns, 15 * S);
	assert_string_equal(conf.on_finding, "");
	assert_int_equal(conf.on_finding_ns, 10 * S);
}

static void test_every_setting(void **state)
{
	struct faults faults;
	struct conf conf;

	(void)state;
	conf_default(&conf);
	assert_int_equal(parse(&conf,
			       "SettleTime=250ms\n"
			       "OverdueTime=1h\n"
			       "HistoryTime=2d\n"
			       "AuditRound=30s\n"
			       "HousekeepingTime=1min 30s\n"
			       "History=16\n"
			       "MaxHolders=17\n"
			       "MaxEntries=18\n"
			       "MaxNames=19\n"
			       "Adopt=named\n"
			       "ReceiveBuffer=4K\n"
			       "Socket=/tmp/x y\n"
			       "Record=/var/log/r\n"
			       "RecordSize=3M\n"
			       "RecordFiles=2\n"
			       "MetricsFile=/run/m.prom\n"
			       "MetricsInterval=5s\n"
			       "OnFinding=/usr/bin/mail me\n"
			       "OnFindingTime=1min\n",
			       &faults),
			 0);
	assert_int_equal(conf.settings.settle_ns, 250 * MS);
	assert_int_equal(conf.settings.overdue_ns, 3600 * S);
	assert_int_equal(conf.settings.history_ns, 172800 * S);
	assert_int_equal(conf.settings.audit_round_ns, 30 * S);
	assert_int_equal(conf.settings.housekeeping_ns, 90 * S);
	assert_int_equal(conf.settings.history, 16);
	assert_int_equal(conf.settings.max_holders, 17);
	assert_int_equal(conf.settings.max_entries, 18);
	assert_int_equal(conf.settings.max_names, 19);
	assert_int_equal(conf.settings.adopt, ADOPT_NAMED);
	assert_int_equal(conf.receive_buffer, 4096);
	assert_string_equal(conf.socket, "/tmp/x y");
	assert_string_equal(conf.record, "/var/log/r");
	assert_int_equal(conf.record_size, 3u << 20);
	assert_int_equal(conf.record_files, 2);
	assert_string_equal(conf.metrics_file, "/run/m.prom");
	assert_int_equal(conf.metrics_interval_ns, 5 * S);
	assert_string_equal(conf.on_finding, "/usr/bin/mail me");
	assert_int_equal(conf.on_finding_ns, 60 * S);
	assert_int_equal(parse(&conf, "Record=/x\nRecord=\n", &faults), 0);
	assert_string_equal(conf.record, "");
	assert_int_equal(parse(&conf, "Adopt=all", &faults), 0);
	assert_int_equal(conf.settings.adopt, ADOPT_ALL);
	assert_int_equal(parse(&conf, "Adopt=no", &faults), 0);
	assert_int_equal(conf.settings.adopt, ADOPT_NO);
}

/* No key was left out above, and each default is one that can be written. */
static void test_keys(void **state)
{
	struct conf conf, normal;
	const char *key, *text;
	struct faults faults;
	char line[256];
	size_t n;

	(void)state;
	memset(&conf, 0, sizeof(conf));
	memset(&normal, 0, sizeof(normal));
	conf_default(&normal);
	conf = normal;
	for (n = 0; (key = conf_key(n, &text)); n++) {
		snprintf(line, sizeof(line), "%s=%s", key, text);
		assert_int_equal(parse(&conf, line, &faults), 0);
		assert_memory_equal(&conf, &normal, sizeof(conf));
	}
	assert_int_equal(n, 21);
}

static void test_form(void **state)
{
	struct faults faults;
	struct conf conf;

	(void)state;
	conf_default(&conf);
	assert_int_equal(parse(&conf,
			       "# a comment\n"
			       "; another\n"
			       "\n"
			       "   \t\r\n"
			       "  History \t=  20  \r\n"
			       "History=21\n"
			       "MaxNames=5\n"
			       "MaxNames=\n"
			       "MaxHolders=9",
			       &faults),
			 0);
	assert_int_equal(conf.settings.history, 21);
	assert_int_equal(conf.settings.max_names, 65536);
	assert_int_equal(conf.settings.max_holders, 9);
}

#define SPANS ", in whole numbers with us, ms, s, min, h or d\n"

static void test_faults(void **state)
{
	(void)state;
	is_fault("\n\nSettelTime=1s\n",
		 "f:3: there is no setting SettelTime=\n");
	is_fault("history=20\n", "f:1: there is no setting history=\n");
	is_fault("[Nsidwatch]\n",
		 "f:1: the line is not of the form Key=Value\n");
	is_fault("=5\n", "f:1: the line is not of the form Key=Value\n");
	is_fault("SettleTime=1fortnight",
		 "f:1: SettleTime=1fortnight is not 10ms to 1min" SPANS);
	is_fault("SettleTime=-1s",
		 "f:1: SettleTime=-1s is not 10ms to 1min" SPANS);
	is_fault("SettleTime=0.5min",
		 "f:1: SettleTime=0.5min is not 10ms to 1min" SPANS);
	is_fault("SettleTime=9ms", "f:1: SettleTime=9ms is not 10ms to 1min\n");
	is_fault("SettleTime=61s", "f:1: SettleTime=61s is not 10ms to 1min\n");
	is_fault("History=15", "f:1: History=15 is not 16 to 1000000\n");
	is_fault("History=20x", "f:1: History=20x is not 16 to 1000000\n");
	is_fault("History=0x20", "f:1: History=0x20 is not 16 to 1000000\n");
	is_fault("History=99999999999999999999",
		 "f:1: History=99999999999999999999 is not 16 to 1000000\n");
	is_fault("Adopt=yes", "f:1: Adopt=yes is not no, named or all\n");
	is_fault("ReceiveBuffer=2G", "f:1: ReceiveBuffer=2G is not 2K to 1G\n");
	is_fault("ReceiveBuffer=1.5M",
		 "f:1: ReceiveBuffer=1.5M is not 2K to 1G, in a whole number "
		 "with K, M or G\n");
	is_fault("Record=x",
		 "f:1: Record=x is not an absolute path of at most 4095 "
		 "bytes, or nothing\n");
	is_fault("RecordFiles=1", "f:1: RecordFiles=1 is not 2 to 10000\n");
	is_fault("Socket=x",
		 "f:1: Socket=x is not an absolute path of at most 107 "
		 "bytes\n");
	is_fault("MetricsFile=/x.txt",
		 "f:1: MetricsFile=/x.txt is not an absolute path of at most "
		 "4095 bytes that ends in .prom, or nothing\n");
	is_fault("MetricsFile=x.prom",
		 "f:1: MetricsFile=x.prom is not an absolute path of at most "
		 "4095 bytes that ends in .prom, or nothing\n");
	/* 4294967312 is 16 in 32 bits */
	is_fault("MaxNames=4294967312",
		 "f:1: MaxNames=4294967312 is not 1 to 1000000\n");
}

static void test_socket_length(void **state)
{
	char text[256] = "Socket=/";
	struct faults faults;
	struct conf conf;

	(void)state;
	memset(text + strlen(text), 'x', 106);
	conf_default(&conf);
	assert_int_equal(parse(&conf, text, &faults), 0);
	assert_int_equal(strlen(conf.socket), 107);
	strcat(text, "x");
	assert_int_equal(parse(&conf, text, &faults), CONF_FAULTS);
}

/* All of them are named, and the good lines between them hold. */
static void test_several_faults(void **state)
{
	struct faults faults;
	struct conf conf;

	(void)state;
	conf_default(&conf);
	assert_int_equal(parse(&conf, "A=1\nHistory=30\nB=2\n", &faults),
			 CONF_FAULTS);
	assert_string_equal(faults.text, "f:1: there is no setting A=\n"
					 "f:3: there is no setting B=\n");
	assert_int_equal(conf.settings.history, 30);
}

static void test_many_faults(void **state)
{
	static char text[4000];
	struct faults faults;
	struct conf conf;

	(void)state;
	memset(text, '\n', sizeof(text));
	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 1; i < sizeof(text); i += 2)
		text[i] = '\n';
	conf_default(&conf);
	faults = (struct faults){ 0 };
	assert_int_equal(conf_parse(&conf, "f", text, sizeof(text), on_fault,
				    &faults),
			 CONF_FAULTS);
	assert_int_equal(faults.n, 21);
	assert_non_null(strstr(faults.text, "f:0: more faults are not shown"));
}

static void test_hostile_lines(void **state)
{
	static char text[20000];
	struct faults faults = { 0 };
	struct conf conf;

	(void)state;
	conf_default(&conf);
	memset(text, 'x', sizeof(text));
	assert_int_equal(conf_parse(&conf, "f", text, sizeof(text), on_fault,
				    &faults),
			 CONF_FAULTS);
	assert_int_equal(faults.n, 1);
	faults = (struct faults){ 0 };
	assert_int_equal(conf_parse(&conf, "f", "History=20\0x", 12, on_fault,
				    &faults),
			 CONF_FAULTS);
	assert_string_equal(faults.text, "f:1: the line holds a NUL byte\n");
	assert_int_equal(conf_parse(&conf, "f", "", 0, on_fault, &faults), 0);
}

static void test_spans(void **state)
{
	static const char *const wrong[] = {
		"",    " ",    "s",  "1.5s", "1 s",
		"1ss", "1sec", "1m", "+1s",  "18446744073709551615s"
	};
	uint64_t ns;
	size_t i;

	(void)state;
	assert_int_equal(conf_span("5", &ns), 0);
	assert_int_equal(ns, 5 * S);
	assert_int_equal(conf_span("2min 30s", &ns), 0);
	assert_int_equal(ns, 150 * S);
	assert_int_equal(conf_span("1d1h1min1s1ms1us", &ns), 0);
	assert_int_equal(ns, 90061 * S + 1001000);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(conf_span(wrong[i], &ns), CONF_FAULTS);
	assert_int_equal(ns, 90061 * S + 1001000);
}

static void test_sizes(void **state)
{
	static const char *const wrong[] = { "",      "K",
					     "1k",    "1KB",
					     "1 ",    "-1",
					     "1M 1K", "18446744073709551615G" };
	uint64_t bytes;
	size_t i;

	(void)state;
	assert_int_equal(conf_size("4096", &bytes), 0);
	assert_int_equal(bytes, 4096);
	assert_int_equal(conf_size("64M", &bytes), 0);
	assert_int_equal(bytes, 64u << 20);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(conf_size(wrong[i], &bytes), CONF_FAULTS);
}

static void test_reload(void **state)
{
	struct conf before, after;
	struct faults faults;
	size_t index = 0;

	(void)state;
	conf_default(&before);
	after = before;
	assert_null(conf_changed(&before, &after, &index));
	assert_int_equal(parse(&after,
			       "History=20\nSettleTime=2s\nAdopt=all\n"
			       "ReceiveBuffer=1M\nSocket=/x\n"
			       "Record=/y\nRecordSize=2M\n",
			       &faults),
			 0);
	index = 0;
	assert_string_equal(conf_changed(&before, &after, &index), "History");
	assert_string_equal(conf_changed(&before, &after, &index),
			    "ReceiveBuffer");
	assert_string_equal(conf_changed(&before, &after, &index), "Socket");
	assert_string_equal(conf_changed(&before, &after, &index), "Record");
	assert_string_equal(conf_changed(&before, &after, &index),
			    "RecordSize");
	assert_null(conf_changed(&before, &after, &index));
	conf_keep(&before, &after);
	assert_int_equal(before.settings.settle_ns, 2 * S);
	assert_int_equal(before.settings.adopt, ADOPT_ALL);
	assert_int_equal(before.settings.history, 4096);
	assert_int_equal(before.receive_buffer, CONF_RECEIVE_BUFFER);
	assert_string_equal(before.socket, "/run/nsidwatch/io.nsidwatch");
}

/* ---- files ---------------------------------------------------------------- */

struct tree {
	char root[64];
	char folders[3][96];
	const char *list[3];
};

static void put(const struct tree *tree, const char *path, const char *text)
{
	char full[256];
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", tree->root, path);
	file = fopen(full, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int make_tree(void **state)
{
	static const char *const names[] = { "etc", "run", "lib" };
	struct tree *tree = calloc(1, sizeof(*tree));
	char path[128];
	size_t i;

	strcpy(tree->root, "/tmp/nsidwatch-conf-XXXXXX");
	if (!mkdtemp(tree->root))
		return -1;
	for (i = 0; i < 3; i++) {
		snprintf(tree->folders[i], sizeof(tree->folders[i]), "%s/%s",
			 tree->root, names[i]);
		tree->list[i] = tree->folders[i];
		snprintf(path, sizeof(path), "%s/conf.d", tree->folders[i]);
		if (mkdir(tree->folders[i], 0700) < 0 || mkdir(path, 0700) < 0)
			return -1;
	}
	*state = tree;
	return 0;
}

static int drop_tree(void **state)
{
	struct tree *tree = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", tree->root);
	free(tree);
	return system(command);
}

static int read_tree(const struct tree *tree, struct conf *conf,
		     struct faults *faults)
{
	conf_default(conf);
	*faults = (struct faults){ 0 };
	return conf_read_folders(conf, tree->list, 3, on_fault, faults);
}

static void test_files_none(void **state)
{
	struct tree *tree = *state;
	struct faults faults;
	struct conf conf;

	assert_int_equal(read_tree(tree, &conf, &faults), 0);
	assert_int_equal(conf.settings.history, 4096);
}

static void test_files_first_wins(void **state)
{
	struct tree *tree = *state;
	struct faults faults;
	struct conf conf;

	put(tree, "lib/nsidwatch.conf", "History=100\nMaxNames=100\n");
	assert_int_equal(read_tree(tree, &conf, &faults), 0);
	assert_int_equal(conf.settings.history, 100);
	put(tree, "etc/nsidwatch.conf", "History=200\n");
	assert_int_equal(read_tree(tree, &conf, &faults), 0);
	assert_int_equal(conf.settings.history, 200);
	assert_int_equal(conf.settings.max_names, 65536);
}

static void test_files_dropins(void **state)
{
	struct tree *tree = *state;
	struct faults faults;
	struct conf conf;

	put(tree, "etc/nsidwatch.conf", "History=200\nMaxNames=1\n");
	put(tree, "lib/conf.d/20-a.conf", "History=300\n");
	put(tree, "run/conf.d/10-b.conf", "History=400\nMaxHolders=4\n");
	put(tree, "lib/conf.d/30-c.conf", "MaxEntries=30\n");
	put(tree, "etc/conf.d/30-c.conf", "");
	put(tree, "etc/conf.d/99-no", "History=999\n");
	put(tree, "etc/conf.d/.hidden.conf", "History=999\n");
	assert_int_equal(read_tree(tree, &conf, &faults), 0);
	/* by file name over all folders, and the empty one hides the other */
	assert_int_equal(conf.settings.history, 300);
	assert_int_equal(conf.settings.max_names, 1);
	assert_int_equal(conf.settings.max_holders, 4);
	assert_int_equal(conf.settings.max_entries, 262144);
}

static void test_files_faults(void **state)
{
	struct tree *tree = *state;
	char expected[256], path[128];
	struct faults faults;
	struct conf conf;

	put(tree, "run/conf.d/x.conf", "\nNo=1\n");
	assert_int_equal(read_tree(tree, &conf, &faults), CONF_FAULTS);
	snprintf(expected, sizeof(expected),
		 "%s/run/conf.d/x.conf:2: there is no setting No=\n",
		 tree->root);
	assert_string_equal(faults.text, expected);
	/* a folder in place of a file cannot be read */
	snprintf(path, sizeof(path), "%s/etc/nsidwatch.conf", tree->root);
	assert_int_equal(mkdir(path, 0700), 0);
	put(tree, "run/conf.d/x.conf", "");
	assert_int_equal(read_tree(tree, &conf, &faults), CONF_FAULTS);
	assert_non_null(strstr(faults.text, "cannot be read: Is a directory"));
	/* nor can a link that leads nowhere: it hides nothing */
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("nowhere", path), 0);
	assert_int_equal(read_tree(tree, &conf, &faults), CONF_FAULTS);
	assert_non_null(strstr(faults.text, "cannot be read: No such file"));
	assert_int_equal(unlink(path), 0);
}

static void test_file_alone(void **state)
{
	struct tree *tree = *state;
	struct faults faults = { 0 };
	struct conf conf;
	char path[128];

	conf_default(&conf);
	snprintf(path, sizeof(path), "%s/etc/own.conf", tree->root);
	assert_int_equal(conf_read(&conf, path, on_fault, &faults),
			 CONF_FAULTS);
	assert_non_null(strstr(faults.text, "No such file"));
	put(tree, "etc/own.conf", "History=77\n");
	assert_int_equal(conf_read(&conf, path, on_fault, &faults), 0);
	assert_int_equal(conf.settings.history, 77);
	snprintf(path, sizeof(path), "%s/etc/fifo", tree->root);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(conf_read(&conf, path, on_fault, &faults), 0);
	assert_int_equal(conf_read(&conf, "/dev/zero", on_fault, &faults),
			 CONF_FAULTS);
	assert_non_null(strstr(faults.text, "File too large"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_setting),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_socket_length),
		cmocka_unit_test(test_several_faults),
		cmocka_unit_test(test_many_faults),
		cmocka_unit_test(test_hostile_lines),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_reload),
		cmocka_unit_test_setup_teardown(test_files_none, make_tree,
						drop_tree),
		cmocka_unit_test_setup_teardown(test_files_first_wins,
						make_tree, drop_tree),
		cmocka_unit_test_setup_teardown(test_files_dropins, make_tree,
						drop_tree),
		cmocka_unit_test_setup_teardown(test_files_faults, make_tree,
						drop_tree),
		cmocka_unit_test_setup_teardown(test_file_alone, make_tree,
						drop_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
