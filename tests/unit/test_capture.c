/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings as files: whole, cut at every byte, and as a ring.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/kernel/capture.h"

static char folder[] = "/tmp/nsidwatch-capture-XXXXXX";
static char path[64], other[64];

static const struct start start = { .at = { 1000, 1700000000000000000 },
				    .self_nsid = NSID_NONE };

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/r", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
	return 0;
}

static int drop_folder(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static struct capture *begin(uint64_t file_bytes, uint32_t files)
{
	const struct capture_options options = {
		.path = path,
		.file_bytes = file_bytes,
		.files = files,
		.release = "7.0",
		.built_batched = 1,
	};
	const struct settings settings = settings_default();
	struct capture *capture;

	assert_int_equal(capture_open(&options, &capture), 0);
	capture_begin(capture, &settings, &start);
	return capture;
}

/* n drained moments, each a millisecond after the one before. */
static void record_some(struct capture *capture, unsigned int n)
{
	struct trace_record record = { .type = TRACE_INPUT, .at = start.at };

	record.input.type = INPUT_DRAINED;
	for (; n > 0; n--) {
		record.at.mono_ns += 1000000;
		record.at.real_ns += 1000000;
		capture_record(capture, &record);
		capture_flush(capture);
		if (capture_full(capture))
			capture_turn(capture, 5);
	}
}

/* How many records are in it; *ret_end tells what comes behind them. */
static unsigned int count(const char *file_path, int *ret_end,
			  struct trace_record *ret_last)
{
	struct capture_file *file;
	struct trace_frame frame;
	struct trace trace;
	unsigned int n = 0;
	bool foreign;
	int r;

	*ret_end = capture_file_open(file_path, &foreign, &file);
	if (*ret_end != 0)
		return 0;
	assert_false(foreign);
	assert_int_equal(trace_init(&trace, false), 0);
	for (;; n++) {
		r = capture_file_next(file, &frame);
		if (r == 0)
			r = trace_read(&trace, &frame, ret_last);
		if (r != 0)
			break;
	}
	*ret_end = r;
	trace_deinit(&trace);
	assert_null(capture_file_close(file));
	return n;
}

static off_t size_of(const char *file_path)
{
	struct stat info;

	return stat(file_path, &info) == 0 ? info.st_size : -1;
}

static void test_one_file(void **state)
{
	struct capture *capture = begin(0, 0);
	struct trace_record last;
	int end;

	(void)state;
	record_some(capture, 10);
	assert_string_equal(capture_path(capture), path);
	assert_int_equal(capture_error(capture), 0);
	assert_int_equal(capture_counters(capture)->frames, 21);
	assert_int_equal(capture_counters(capture)->bytes, size_of(path));
	assert_int_equal(capture_close(capture), 0);
	assert_int_equal(count(path, &end, &last), 22);
	assert_int_equal(end, CAPTURE_END);
	assert_int_equal(last.type, TRACE_END);
	assert_false(last.goes_on);
	assert_int_equal(last.at.mono_ns, 1000 + 10 * 1000000);
}

static void test_killed_behind_a_flush(void **state)
{
	struct capture *capture = begin(0, 0);
	struct trace_record last;
	int end;

	(void)state;
	record_some(capture, 10);
	assert_int_equal(count(path, &end, &last), 21);
	assert_int_equal(end, CAPTURE_END);
	assert_int_equal(last.type, TRACE_INPUT);
	capture_close(capture);
}

static void test_cut_at_every_byte(void **state)
{
	struct trace_record last;
	struct capture *capture = begin(0, 0);
	unsigned int n, before = 0;
	off_t size, at;
	int end;

	(void)state;
	record_some(capture, 3);
	assert_int_equal(capture_close(capture), 0);
	size = size_of(path);
	for (at = size - 1; at >= 0; at--) {
		assert_int_equal(truncate(path, at), 0);
		n = count(path, &end, &last);
		if (at < 24)
			assert_true(end == CAPTURE_CUT);
		else
			assert_true(end == CAPTURE_CUT || end == CAPTURE_END);
		assert_true(at == size - 1 || n <= before);
		before = n;
	}
	assert_int_equal(before, 0);
}

static void test_foreign_files(void **state)
{
	static const char text[] = "this is no recording at all, whatever else";
	struct capture_file *file;
	bool foreign;
	int fd = open(other, O_WRONLY | O_CREAT, 0600);

	(void)state;
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	close(fd);
	assert_int_equal(capture_file_open(other, &foreign, &file),
			 CAPTURE_FOREIGN);
	assert_int_equal(capture_file_open("/nonexistent", &foreign, &file),
			 -ENOENT);
	assert_int_equal(capture_file_open(folder, &foreign, &file) == 0, 0);
}

static void test_ring(void **state)
{
	struct capture *capture = begin(2000, 3);
	struct trace_record last;
	uint64_t *numbers;
	char file[96];
	ssize_t n, i;
	int end;

	(void)state;
	record_some(capture, 100);
	assert_int_equal(capture_close(capture), 0);
	n = capture_ring(path, &numbers);
	assert_int_equal(n, 3);
	for (i = 0; i < n; i++) {
		assert_int_equal(numbers[i], numbers[0] + (uint64_t)i);
		snprintf(file, sizeof(file), "%s.%" PRIu64, path, numbers[i]);
		assert_true(count(file, &end, &last) > 2);
		assert_int_equal(end, CAPTURE_END);
		assert_int_equal(last.type, TRACE_END);
		assert_int_equal(last.goes_on, i < n - 1);
	}
	assert_true(numbers[0] > 1);
	free(numbers);
	assert_int_equal(access(path, F_OK), -1);
}

/* A ring goes on behind what an earlier process left. */
static void test_ring_again(void **state)
{
	uint64_t *numbers;
	ssize_t n;
	int i;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_int_equal(capture_close(begin(1u << 20, 3)), 0);
	n = capture_ring(path, &numbers);
	assert_int_equal(n, 3);
	assert_int_equal(numbers[0], 2);
	assert_int_equal(numbers[2], 4);
	free(numbers);
}

static void test_names_that_are_no_ring(void **state)
{
	static const char *const names[] = { "r.",   "r.0", "r.01", "r.1x",
					     "r.-1", "q.1", "r1",   "r.1.1" };
	uint64_t *numbers;
	char file[96];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(file, sizeof(file), "%s/%s", folder, names[i]);
		close(open(file, O_WRONLY | O_CREAT, 0600));
	}
	assert_int_equal(capture_ring(path, &numbers), 0);
	free(numbers);
	assert_int_equal(capture_ring("/nonexistent/r", &numbers), -ENOENT);
}

static void test_full_disk(void **state)
{
	struct capture *capture;
	const struct capture_options options = { .path = "/dev/full",
						 .release = "x" };
	const struct settings settings = settings_default();

	(void)state;
	assert_int_equal(capture_open(&options, &capture), 0);
	capture_begin(capture, &settings, &start);
	capture_flush(capture);
	assert_int_equal(capture_error(capture), -ENOSPC);
	record_some(capture, 3);
	assert_int_equal(capture_close(capture), -ENOSPC);
}

static void test_no_folder(void **state)
{
	const struct capture_options options = { .path = "/nonexistent/r",
						 .release = "x" };
	struct capture *capture;

	(void)state;
	assert_int_equal(capture_open(&options, &capture), -ENOENT);
	assert_int_equal(capture_close(NULL), 0);
}

#define FOLDER_CASE(name) \
	cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_CASE(test_one_file),
		FOLDER_CASE(test_killed_behind_a_flush),
		FOLDER_CASE(test_cut_at_every_byte),
		FOLDER_CASE(test_foreign_files),
		FOLDER_CASE(test_ring),
		FOLDER_CASE(test_ring_again),
		FOLDER_CASE(test_names_that_are_no_ring),
		FOLDER_CASE(test_full_disk),
		FOLDER_CASE(test_no_folder),
	};
	struct capture *capture;
	const struct capture_options options = { .path = "/dev/null",
						 .release = "x" };

	if (capture_open(&options, &capture) == CAPTURE_UNSUPPORTED) {
		puts("SKIP: built without libpcap");
		return 77;
	}
	capture_close(capture);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
