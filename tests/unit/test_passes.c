/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passes and their order. A sequence is written as text: "A1" is a removal by
 * holder A of peer 1 ("A0": nobody knows of whom), "." a drained moment, "+5"
 * lets 5 ms go by, "=" is a drained moment that ends the run: two drained
 * moments 50 ms apart.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine/passes.h"
#include "tests/lib/rng.h"

#define MS 1000000ull
#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

struct feed {
	struct passes *passes;
	struct stamp now;
};

static void feed_init(struct feed *feed, uint32_t history)
{
	*feed = (struct feed){ .now = { 1000 * MS, 77000 * MS } };
	assert_int_equal(passes_new(history, &feed->passes), 0);
}

static void feed_deinit(struct feed *feed)
{
	feed->passes = passes_free(feed->passes);
	assert_null(feed->passes);
}

static void feed_wait(struct feed *feed, uint64_t ns)
{
	feed->now.mono_ns += ns;
	feed->now.real_ns += ns;
}

static void feed_quiet(struct feed *feed)
{
	passes_drained(feed->passes, &feed->now);
	feed_wait(feed, 50 * MS);
	passes_drained(feed->passes, &feed->now);
}

static void feed_text(struct feed *feed, const char *text)
{
	char *end;

	for (; *text; text++) {
		if (isupper((unsigned char)*text)) {
			passes_removal(feed->passes, &feed->now,
				       (uint64_t)(*text - 'A' + 1),
				       strtoull(text + 1, &end, 10));
			text = end - 1;
		} else if (*text == '+') {
			feed_wait(feed, strtoull(text + 1, &end, 10) * MS);
			text = end - 1;
		} else if (*text == '.') {
			passes_drained(feed->passes, &feed->now);
		} else if (*text == '=') {
			feed_quiet(feed);
		} else {
			assert_int_equal(*text, ' ');
		}
	}
}

/* `peers` peers from number `first` on, peer by peer, known to A, B, ... */
static void feed_per_peer(struct feed *feed, unsigned int first,
			  unsigned int peers, unsigned int holders)
{
	for (unsigned int peer = first; peer < first + peers; peer++)
		for (unsigned int holder = 1; holder <= holders; holder++)
			passes_removal(feed->passes, &feed->now, holder, peer);
}

static void feed_per_holder(struct feed *feed, unsigned int first,
			    unsigned int peers, unsigned int holders)
{
	for (unsigned int holder = 1; holder <= holders; holder++)
		for (unsigned int peer = first; peer < first + peers; peer++)
			passes_removal(feed->passes, &feed->now, holder, peer);
}

static const struct order_case {
	const char *text;
	enum order order;
} order_cases[] = {
	/* One block is the proof. */
	{ ". A1 A2 B1 B2", ORDER_PER_HOLDER },
	{ ". A1 A2 B2 B1", ORDER_PER_HOLDER },
	{ ". A1 A2 A3 B1 B4 B3", ORDER_PER_HOLDER },
	{ ". C9 A1 A2 B1 B2 C9", ORDER_PER_HOLDER },
	/* Measured on 7.0.4 and 7.2.13: home first, ids ascending. */
	{ ". A1 A2 A3 A4 B1 B2 B3 B4 C1 C2 C3 C4 D1 D2 D3 D4",
	  ORDER_PER_HOLDER },
	/* Measured on 7.2.13: three in one pass, the fourth 70 ms later. */
	{ ". A1 A2 A3 B1 B2 B3 C1 C2 C3 +70 A4 B4 C4 .", ORDER_PER_HOLDER },
	/* Drained moments between make no difference to a block. */
	{ ". A1 . +10 A2 . +10 B1 . +10 B2 .", ORDER_PER_HOLDER },

	/* Measured on 6.12 and 6.18: four peers are too few to be sure. */
	{ ". A4 B4 C4 A3 B3 C3 A2 B2 C2 A1 B1 C1", ORDER_UNKNOWN },
	/* Measured on 7.2.13: three one-peer passes, 30 ms apart. */
	{ ". A1 B1 C1 +30 . A2 B2 C2 +30 . A3 B3 C3", ORDER_UNKNOWN },
	/* Nothing can be said of one peer, or of one holder. */
	{ ". A1", ORDER_UNKNOWN },
	{ ". A1 B1 C1 D1", ORDER_UNKNOWN },
	{ ". A1 A2 A3 A4 A5 A6 A7 A8 A9 A10", ORDER_UNKNOWN },
	/* One common peer makes no block; nor do two blocks without one. */
	{ ". A1 A2 B2 B3", ORDER_UNKNOWN },
	{ ". A1 A2 B3 B4", ORDER_UNKNOWN },
	/* Somebody else between them: not in turn. */
	{ ". A1 A2 C3 B1 B2", ORDER_UNKNOWN },
	/* The same (holder, peer) twice counts once. */
	{ ". A1 A1 B1 B1", ORDER_UNKNOWN },
	{ ". A1 A2 B1 B1", ORDER_UNKNOWN },
	{ ". A1 A1 A2 B1 B2 B2", ORDER_PER_HOLDER },

	/* Removals of nobody knows whom break a block. */
	{ ". A0 A0 B0 B0", ORDER_UNKNOWN },
	{ ". A1 A0 A2 B1 B2", ORDER_UNKNOWN },
	{ ". A1 A2 B1 B0 B2", ORDER_UNKNOWN },
	{ ". A1 A2 A0 B1 B2", ORDER_UNKNOWN },
	{ ". A1 A2 B0 B1 B2", ORDER_UNKNOWN },
	{ ". A0 A1 A2 B1 B2 B0", ORDER_PER_HOLDER },

	/* Eight peers in turn, all read at the drained moment. */
	{ ". A1 B1 A2 B2 A3 B3 A4 B4 A5 B5 A6 B6 A7 B7 A8 B8", ORDER_PER_PEER },
	{ ". A1 B1 A2 B2 A3 B3 A4 B4 A5 B5 A6 B6 A7 B7 A8", ORDER_UNKNOWN },
	{ ". A1 B1 A2 B2 A3 B3 A4 B4 A5 B5 A6 B6 A7 B7", ORDER_UNKNOWN },
	/* 8 ms after the drained moment, and 9. */
	{ ". A1 B1 A2 B2 A3 B3 A4 B4 +8 A5 B5 A6 B6 A7 B7 A8 B8",
	  ORDER_PER_PEER },
	{ ". A1 B1 A2 B2 A3 B3 A4 B4 +9 A5 B5 A6 B6 A7 B7 A8 B8",
	  ORDER_UNKNOWN },
	/* A drained moment between shows that the later ones were later. */
	{ ". +20 A1 B1 A2 B2 . +1 A3 B3 A4 B4 A5 B5 A6 B6 A7 B7 A8 B8",
	  ORDER_UNKNOWN },
	{ ". +20 A1 B1 A2 B2 . +1 A3 B3 A4 B4 A5 B5 A6 B6 A7 B7 A8 B8 A9 B9 "
	  "A10 B10",
	  ORDER_PER_PEER },
	/* Nobody saw the queue empty before: they may be of any age. */
	{ "A1 B1 A2 B2 A3 B3 A4 B4 A5 B5 A6 B6 A7 B7 A8 B8", ORDER_UNKNOWN },
	/* Read in one go after a pause: they may be 12 s apart. */
	{ ". +12000 A1 B1 A2 B2 A3 B3 A4 B4 A5 B5 A6 B6 A7 B7 A8 B8",
	  ORDER_UNKNOWN },
	/* One-peer passes on a batched kernel, 30 ms and 2 ms apart. */
	{ ". A1 B1 C1 +30 . A2 B2 C2 +30 . A3 B3 C3 +30 . A4 B4 C4 +30 . "
	  "A5 B5 C5 +30 . A6 B6 C6 +30 . A7 B7 C7 +30 . A8 B8 C8 +30 . A9 B9",
	  ORDER_UNKNOWN },
	{ ". A1 B1 +2 . A2 B2 +2 . A3 B3 +2 . A4 B4 +2 . A5 B5 +2 . A6 B6 +2 "
	  ". A7 B7 +2 . A8 B8 +2 . A9 B9 +2 . A10 B10",
	  ORDER_UNKNOWN },
	/*
	 * One batched pass over tables that overlap in one peer each: eight
	 * peers, each removed by two holders in turn, but none comes back.
	 */
	{ ". A1 B1 B2 C2 C3 D3 D4 E4 E5 F5 F6 G6 G7 H7 H8 I8 I9 J9",
	  ORDER_UNKNOWN },
	/* Peers known to one holder only say nothing, and hinder nothing. */
	{ ". A1 B1 A11 A2 B2 A12 A3 B3 A4 B4 A5 B5 A13 A6 B6 A7 B7 A8 B8",
	  ORDER_PER_PEER },
	{ ". A1 A2 A3 A4 A5 A6 A7 A8 A9", ORDER_UNKNOWN },
	/* Unknown ones between: those that are known still are in turn. */
	{ ". A1 B1 A0 B0 A2 B2 A3 B3 A4 B4 A5 B5 A0 A6 B6 A7 B7 A8 B8",
	  ORDER_PER_PEER },
	/* ... but a peer that was broken is not two. */
	{ ". A1 A0 B1 A2 A0 B2 A3 A0 B3 A4 A0 B4 A5 A0 B5 A6 A0 B6 A7 A0 B7 "
	  "A8 A0 B8",
	  ORDER_UNKNOWN },
	/* A peer that comes back: peer by peer it was not. */
	{ ". A1 B1 A2 B2 A3 B3 A4 B4 A1 C1 A5 B5 A6 B6 A7 B7 A8 B8",
	  ORDER_UNKNOWN },
	/* ... nor does it count as one of eight; those after it do. */
	{ ". A1 B1 A2 B2 A1 C1 A3 B3 A4 B4 A5 B5 A6 B6 A7 B7 A8 B8 A9 B9",
	  ORDER_UNKNOWN },
	{ ". A1 B1 A2 B2 C1 D3 E3 A4 B4 A5 B5 A6 B6 A7 B7 A8 B8 A9 B9 A10 B10",
	  ORDER_PER_PEER },
	/* Eight that were slow, it breaks off, and seven that were not. */
	{ ". A1 B1 +2 . A2 B2 +2 . A3 B3 +2 . A4 B4 +2 . A5 B5 +2 . A6 B6 +2 "
	  ". A7 B7 +2 . A8 B8 A1 C1 A9 B9 A10 B10 A11 B11 A12 B12 A13 B13 "
	  "A14 B14 A15 B15",
	  ORDER_UNKNOWN },
	/* One peer over and over is not eight. */
	{ ". A1 B1 A1 B1 A1 B1 A1 B1 A1 B1 A1 B1 A1 B1 A1 B1 A1 B1",
	  ORDER_UNKNOWN },
	/* Twice by the same holder is not by two. */
	{ ". A1 A1 B2 B2 A3 A3 B4 B4 A5 A5 B6 B6 A7 A7 B8 B8 A9 A9 B10 B10 "
	  "A11 A11 B12 B12 A13 A13 B14 B14 A15 A15 B16 B16 A17 A17 B18 B18",
	  ORDER_UNKNOWN },
	/* Both proofs at once can only be a fault: nothing is said. */
	{ ". A1 B1 A2 B2 A3 B3 A4 B4 A5 B5 A6 B6 A7 B7 A8 B8 C20 C21 D20 D21",
	  ORDER_UNKNOWN },
};

/* With a clock that begins at start_ns. */
static void check_orders(uint64_t start_ns)
{
	for (size_t i = 0; i < LENGTH(order_cases); i++) {
		struct feed feed;
		const struct pass *pass;

		feed_init(&feed, 4);
		feed.now.mono_ns = start_ns;
		feed_text(&feed, order_cases[i].text);
		passes_end(feed.passes);
		pass = passes_get(feed.passes, 0);
		assert_non_null(pass);
		if (pass->order != order_cases[i].order)
			fail_msg("%s: %s, not %s", order_cases[i].text,
				 order_name(pass->order),
				 order_name(order_cases[i].order));
		assert_null(passes_get(feed.passes, 1));
		feed_deinit(&feed);
	}
}

static void test_order_of_sequences(void **state)
{
	(void)state;
	check_orders(1000 * MS);
	/* A moment that never was is not close to the beginning of time. */
	check_orders(0);
}

/* Eight peers in turn, the last of them read so long after a drained moment. */
static void test_eight_milliseconds_to_the_nanosecond(void **state)
{
	struct feed feed;

	(void)state;
	for (uint64_t late_ns = 0; late_ns < 2; late_ns++) {
		feed_init(&feed, 1);
		feed_text(&feed, ".");
		feed_per_peer(&feed, 1, 7, 2);
		feed_wait(&feed, 8 * MS + late_ns);
		feed_per_peer(&feed, 8, 1, 2);
		passes_end(feed.passes);
		assert_int_equal(passes_get(feed.passes, 0)->order,
				 late_ns ? ORDER_UNKNOWN : ORDER_PER_PEER);
		feed_deinit(&feed);
	}
}

/*
 * Peer by peer, in any number of passes, with holders that know any of the
 * peers: never per-holder. All 4,096 ways in which three peers can be known to
 * four holders, one pass after the other.
 */
static void test_per_peer_kernel_never_gives_a_block(void **state)
{
	struct feed feed;

	(void)state;
	for (unsigned int tables = 0; tables < 1u << 12; tables++) {
		feed_init(&feed, 1);
		for (unsigned int bit = 0; bit < 12; bit++)
			if (tables & 1u << bit)
				passes_removal(feed.passes, &feed.now,
					       bit % 4 + 1, bit / 4 + 1);
		passes_end(feed.passes);
		assert_int_equal(passes_count(feed.passes, ORDER_PER_HOLDER),
				 0);
		feed_deinit(&feed);
	}
}

/*
 * Holder by holder, all 4,096 tables of four peers and three holders, twice in
 * one run and with no time between: never per-peer.
 */
static void test_batched_pass_is_never_per_peer(void **state)
{
	struct feed feed;

	(void)state;
	for (unsigned int tables = 0; tables < 1u << 12; tables++) {
		feed_init(&feed, 1);
		passes_drained(feed.passes, &feed.now);
		for (unsigned int pass = 0; pass < 2; pass++)
			for (unsigned int bit = 0; bit < 12; bit++)
				if (tables & 1u << bit)
					passes_removal(feed.passes, &feed.now,
						       bit / 4 + 1,
						       bit % 4 + 1 + 4 * pass);
		passes_end(feed.passes);
		assert_int_equal(passes_count(feed.passes, ORDER_PER_PEER), 0);
		feed_deinit(&feed);
	}
}

static void test_counts_of_a_pass(void **state)
{
	const struct pass *pass;
	struct feed feed;

	(void)state;
	feed_init(&feed, 4);
	feed_text(&feed, ". +3 A1 A2 +4 B1 B2 B0 C0 +5 . =");
	pass = passes_get(feed.passes, 0);
	assert_non_null(pass);
	assert_int_equal(pass->id, 1);
	assert_int_equal(pass->peers, 2);
	assert_int_equal(pass->holders, 3);
	assert_int_equal(pass->removals, 6);
	assert_int_equal(pass->begin.mono_ns, 1003 * MS);
	assert_int_equal(pass->begin.real_ns, 77003 * MS);
	assert_int_equal(pass->end.mono_ns, 1007 * MS);
	assert_int_equal(pass->end.real_ns, 77007 * MS);
	feed_deinit(&feed);
}

static void test_quiet_ends_a_pass(void **state)
{
	struct feed feed;

	(void)state;
	feed_init(&feed, 4);
	assert_int_equal(passes_deadline(feed.passes), UINT64_MAX);
	passes_drained(feed.passes, &feed.now);
	assert_int_equal(passes_deadline(feed.passes), UINT64_MAX);

	/* As if it were drained at once, as long as nobody saw it so. */
	feed_text(&feed, "A1");
	assert_int_equal(passes_deadline(feed.passes), 1050 * MS);
	feed_text(&feed, "+2 .");
	assert_int_equal(passes_deadline(feed.passes), 1052 * MS);
	feed_wait(&feed, 50 * MS - 1);
	feed_text(&feed, ".");
	assert_null(passes_get(feed.passes, 0));
	assert_int_equal(passes_deadline(feed.passes), 1052 * MS);
	feed_wait(&feed, 1);
	feed_text(&feed, ".");
	assert_non_null(passes_get(feed.passes, 0));
	assert_int_equal(passes_deadline(feed.passes), UINT64_MAX);

	feed_text(&feed, "A2 =");
	assert_int_equal(passes_get(feed.passes, 1)->id, 2);
	assert_int_equal(passes_count(feed.passes, ORDER_UNKNOWN), 2);
	feed_deinit(&feed);
}

/* Time over an unread queue is nobody's quiet. */
static void test_unread_time_is_not_quiet(void **state)
{
	struct feed feed;

	(void)state;
	feed_init(&feed, 4);
	feed_text(&feed, ". A1 . +12000 A2 +12000 B1 B2 .");
	assert_null(passes_get(feed.passes, 0));
	feed_text(&feed, "+50 .");
	assert_int_equal(passes_get(feed.passes, 0)->removals, 4);
	assert_null(passes_get(feed.passes, 1));

	/* The first drained moment after a removal only begins the quiet. */
	feed_text(&feed, "A3 +900 .");
	assert_null(passes_get(feed.passes, 1));
	assert_int_equal(passes_deadline(feed.passes),
			 feed.now.mono_ns + 50 * MS);
	feed_text(&feed, "+50 .");
	assert_non_null(passes_get(feed.passes, 1));
	feed_deinit(&feed);
}

static void test_end_without_a_run(void **state)
{
	struct feed feed;

	(void)state;
	feed_init(&feed, 2);
	passes_end(feed.passes);
	passes_end(feed.passes);
	assert_null(passes_get(feed.passes, 0));
	assert_int_equal(passes_count(feed.passes, ORDER_UNKNOWN), 0);
	feed_deinit(&feed);
	assert_null(passes_free(NULL));
}

static void test_history_is_a_ring(void **state)
{
	struct feed feed;

	(void)state;
	feed_init(&feed, 3);
	for (unsigned int i = 1; i <= 8; i++) {
		feed_text(&feed, "A1 =");
		assert_non_null(passes_get(feed.passes, (i < 3 ? i : 3) - 1));
		assert_null(passes_get(feed.passes, i < 3 ? i : 3));
	}
	assert_int_equal(passes_get(feed.passes, 0)->id, 6);
	assert_int_equal(passes_get(feed.passes, 1)->id, 7);
	assert_int_equal(passes_get(feed.passes, 2)->id, 8);
	assert_int_equal(passes_count(feed.passes, ORDER_UNKNOWN), 8);
	feed_deinit(&feed);

	feed_init(&feed, 0);
	feed_text(&feed, ". A1 A2 B1 B2 =");
	assert_null(passes_get(feed.passes, 0));
	assert_int_equal(passes_order(feed.passes), ORDER_PER_HOLDER);
	feed_deinit(&feed);
}

static void test_order_over_all_passes(void **state)
{
	struct feed feed;

	(void)state;
	feed_init(&feed, 2);
	assert_int_equal(passes_order(feed.passes), ORDER_UNKNOWN);
	feed_text(&feed, ". A1 B1 =");
	assert_int_equal(passes_order(feed.passes), ORDER_UNKNOWN);
	feed_text(&feed, "A1 A2 B1 B2");
	assert_int_equal(passes_order(feed.passes), ORDER_UNKNOWN);
	feed_text(&feed, "=");
	assert_int_equal(passes_order(feed.passes), ORDER_PER_HOLDER);
	feed_per_peer(&feed, 10, 8, 3);
	feed_text(&feed, "=");
	assert_int_equal(passes_order(feed.passes), ORDER_MIXED);
	assert_int_equal(passes_count(feed.passes, ORDER_PER_HOLDER), 1);
	assert_int_equal(passes_count(feed.passes, ORDER_PER_PEER), 1);
	assert_int_equal(passes_count(feed.passes, ORDER_UNKNOWN), 1);
	assert_int_equal(passes_count(feed.passes, ORDER_MIXED), 0);
	assert_int_equal(passes_count(feed.passes, ORDERS), 0);
	feed_deinit(&feed);

	feed_init(&feed, 2);
	feed_text(&feed, ".");
	feed_per_peer(&feed, 1, 400, 51);
	feed_text(&feed, "=");
	assert_int_equal(passes_order(feed.passes), ORDER_PER_PEER);
	assert_int_equal(passes_get(feed.passes, 0)->removals, 20400);
	assert_int_equal(passes_get(feed.passes, 0)->peers, 400);
	assert_int_equal(passes_get(feed.passes, 0)->holders, 51);
	feed_per_holder(&feed, 500, 400, 51);
	feed_text(&feed, "=");
	assert_int_equal(passes_get(feed.passes, 1)->order, ORDER_PER_HOLDER);
	feed_deinit(&feed);
}

/* The distinct counts stop growing; the removals and the order do not. */
static void test_counts_have_a_ceiling(void **state)
{
	const struct pass *pass;
	struct feed feed;

	(void)state;
	feed_init(&feed, 1);
	feed_text(&feed, ". A1 A2 B1 B2");
	for (uint64_t peer = 3; peer <= 100000; peer++)
		passes_removal(feed.passes, &feed.now, peer, peer);
	feed_text(&feed, "=");
	pass = passes_get(feed.passes, 0);
	assert_int_equal(pass->order, ORDER_PER_HOLDER);
	assert_int_equal(pass->removals, 100002);
	assert_int_equal(pass->peers, 65536);
	assert_int_equal(pass->holders, 65536);
	feed_deinit(&feed);
}

static void test_order_names(void **state)
{
	(void)state;
	assert_string_equal(order_name(ORDER_UNKNOWN), "unknown");
	assert_string_equal(order_name(ORDER_PER_HOLDER), "per-holder");
	assert_string_equal(order_name(ORDER_PER_PEER), "per-peer");
	assert_string_equal(order_name(ORDER_MIXED), "mixed");
}

/* Whatever their serials are, and wherever they collide, each counts once. */
static void test_each_is_counted_once(void **state)
{
	const struct pass *pass;
	struct feed feed;

	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		feed_init(&feed, 4);
		for (uint64_t at = 0; at < 3 * 250; at++) {
			uint64_t serial = rng_mix(seed * 250 + at % 250 + 1);

			passes_removal(feed.passes, &feed.now, serial, serial);
		}
		feed_text(&feed, "=");
		pass = passes_get(feed.passes, 0);
		assert_int_equal(pass->removals, 750);
		assert_int_equal(pass->peers, 250);
		assert_int_equal(pass->holders, 250);
		feed_deinit(&feed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_of_sequences),
		cmocka_unit_test(test_eight_milliseconds_to_the_nanosecond),
		cmocka_unit_test(test_per_peer_kernel_never_gives_a_block),
		cmocka_unit_test(test_batched_pass_is_never_per_peer),
		cmocka_unit_test(test_counts_of_a_pass),
		cmocka_unit_test(test_quiet_ends_a_pass),
		cmocka_unit_test(test_unread_time_is_not_quiet),
		cmocka_unit_test(test_end_without_a_run),
		cmocka_unit_test(test_history_is_a_ring),
		cmocka_unit_test(test_order_over_all_passes),
		cmocka_unit_test(test_counts_have_a_ceiling),
		cmocka_unit_test(test_each_is_counted_once),
		cmocka_unit_test(test_order_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
