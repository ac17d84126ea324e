/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An engine as bytes: nothing that is not an image becomes one, and what is
 * kept follows the settings. That it goes on as if it had never ended is shown
 * by tests/property/prove.c.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine/image.h"
#include "common/engine/passes.h"
#include "common/engine/verify.h"
#include "common/engine/watch.h"
#include "tests/lib/chaos.h"

#define VERSION_AT 16

/* An engine that has seen much, with these settings, and its image. */
struct seen_much {
	struct settings settings;
	struct chaos chaos;
	uint8_t *bytes; /* owned */
	size_t len;
};

static int setup(void **state)
{
	struct seen_much *seen = calloc(1, sizeof(*seen));
	void *bytes;

	if (!seen)
		return -1;
	seen->settings = chaos_settings();
	chaos_init(&seen->chaos, &seen->settings, NULL, 0, 4711, 1000000000);
	for (int i = 0; i < 3000; i++)
		chaos_step(&seen->chaos);
	if (image_write(seen->chaos.watch, &bytes, &seen->len) < 0)
		return -1;
	seen->bytes = bytes;
	*state = seen;
	return 0;
}

static int teardown(void **state)
{
	struct seen_much *seen = *state;

	chaos_deinit(&seen->chaos);
	free(seen->bytes);
	free(seen);
	return 0;
}

static int take(const struct seen_much *seen, const void *bytes, size_t len)
{
	struct watch *watch;
	int r = image_read(&seen->settings, bytes, len, &watch);

	if (r == 0)
		watch_free(watch);
	return r;
}

static void test_back(void **state)
{
	struct seen_much *seen = *state;

	assert_true(seen->len > 1000);
	assert_int_equal(take(seen, seen->bytes, seen->len), 0);
}

/* Every byte, and every bit of the head. */
static void test_flips(void **state)
{
	struct seen_much *seen = *state;

	for (size_t i = 0; i < seen->len; i++) {
		uint8_t flip = (uint8_t)(1u << i % 8);

		seen->bytes[i] ^= flip;
		assert_int_equal(take(seen, seen->bytes, seen->len),
				 i >= VERSION_AT && i < VERSION_AT + 4 ?
					 IMAGE_FOREIGN :
					 IMAGE_DAMAGED);
		seen->bytes[i] ^= flip;
	}
}

static void test_cuts(void **state)
{
	struct seen_much *seen = *state;
	uint8_t *cut;

	for (size_t len = 0; len < seen->len; len++) {
		/* of just that size, so that a sanitizer sees its end */
		cut = malloc(len ? len : 1);
		assert_non_null(cut);
		memcpy(cut, seen->bytes, len);
		assert_int_equal(take(seen, cut, len), IMAGE_DAMAGED);
		free(cut);
	}
}

static void test_longer(void **state)
{
	struct seen_much *seen = *state;
	uint8_t *longer = calloc(1, seen->len + 1);

	assert_non_null(longer);
	memcpy(longer, seen->bytes, seen->len);
	assert_int_equal(take(seen, longer, seen->len + 1), IMAGE_DAMAGED);
	free(longer);
}

static void test_foreign(void **state)
{
	struct seen_much *seen = *state;

	seen->bytes[VERSION_AT]++;
	assert_int_equal(take(seen, seen->bytes, seen->len), IMAGE_FOREIGN);
	seen->bytes[VERSION_AT]--;
	assert_int_equal(take(seen, "", 0), IMAGE_DAMAGED);
	assert_int_equal(take(seen, "nsidwatch image\n", 16), IMAGE_DAMAGED);
}

static void compare_events(const struct watch *a, const struct watch *b,
			   uint64_t from)
{
	uint64_t seq, oldest, last = watch_counters(a)->seq;

	assert_int_equal(watch_counters(b)->seq, last);
	for (seq = from; seq <= last; seq++) {
		const struct event *left = watch_event(a, seq, &oldest);
		const struct event *right = watch_event(b, seq, &oldest);

		assert_non_null(left);
		assert_non_null(right);
		assert_int_equal(left->nsid, right->nsid);
		assert_int_equal(left->at.real_ns, right->at.real_ns);
	}
	assert_null(watch_event(b, from - 1, &oldest));
	assert_int_equal(oldest, from);
}

/* History= may be another one at a restart: less is kept, or no more. */
static void test_history(void **state)
{
	static const uint32_t histories[] = { 1, 7, 64, 100000 };
	struct seen_much *seen = *state;
	struct settings settings = seen->settings;
	uint64_t oldest, last = watch_counters(seen->chaos.watch)->seq;
	struct watch *watch;

	watch_event(seen->chaos.watch, last, &oldest);
	assert_true(last - oldest + 1 == settings.history);
	for (size_t i = 0; i < sizeof(histories) / sizeof(*histories); i++) {
		uint32_t kept = histories[i] < settings.history ?
					histories[i] :
					seen->settings.history;

		settings.history = histories[i];
		assert_int_equal(image_read(&settings, seen->bytes, seen->len,
					    &watch),
				 0);
		compare_events(seen->chaos.watch, watch, last - kept + 1);
		assert_null(passes_get(watch_passes(watch), histories[i]));
		watch_free(watch);
		settings.history = seen->settings.history;
	}
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_back),   CASE(test_flips),   CASE(test_cuts),
		CASE(test_longer), CASE(test_foreign), CASE(test_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
