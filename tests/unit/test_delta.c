/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of home's table is looked at: that two tables are compared rightly is
 * shown against a comparison number by number, that an entry counts as settled
 * only where it is, one condition after the other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine/delta.h"
#include "common/engine/pending.h"

#define MOST 300
#define ROUNDS 3000

/* A whole table of home's; its rows are on the heap, as delta takes them. */
static struct pending table_of(const struct row *rows, size_t n)
{
	struct pending pending = { .extent = EXTENT_WHOLE, .n_rows = n };

	pending.rows = malloc((n ? n : 1) * sizeof(*rows));
	assert_non_null(pending.rows);
	if (n)
		memcpy(pending.rows, rows, n * sizeof(*rows));
	return pending;
}

static struct pending numbered(size_t n)
{
	struct row rows[DELTA_NUMBERS * 3];
	size_t i;

	for (i = 0; i < n; i++)
		rows[i] = (struct row){ (int32_t)i * 2, (int32_t)i * 2 };
	return table_of(rows, n);
}

static void keep(struct delta *delta, struct pending pending)
{
	delta_keep(delta, &pending);
	free(pending.rows);
}

static int take(struct delta *delta, struct pending pending, int32_t *numbers)
{
	int n = delta_take(delta, &pending, numbers);

	free(pending.rows);
	return n;
}

/* ---- which numbers are taken ---------------------------------------------- */

static void test_the_first_table_is_looked_at_whole(void **state)
{
	int32_t numbers[DELTA_NUMBERS];
	struct delta delta = { 0 };

	(void)state;
	assert_int_equal(take(&delta, numbered(3), numbers), -1);
	keep(&delta, numbered(3));
	assert_int_equal(take(&delta, numbered(3), numbers), 0);
	delta_drop(&delta);
	assert_int_equal(take(&delta, numbered(3), numbers), -1);
}

static void test_a_cut_table_is_looked_at_whole(void **state)
{
	int32_t numbers[DELTA_NUMBERS];
	struct pending part = numbered(3);
	struct delta delta = { 0 };

	(void)state;
	keep(&delta, numbered(3));
	part.extent = EXTENT_PART;
	assert_int_equal(take(&delta, part, numbers), -1);
	delta_drop(&delta);
}

/* The kernel's order; nothing is compared with another one. */
static void test_rows_that_do_not_ascend_are_looked_at_whole(void **state)
{
	static const struct row up[] = { { 1, 1 }, { 4, 4 } },
				mixed[] = { { 1, 1 }, { 3, 3 }, { 2, 2 } },
				twice[] = { { 1, 1 }, { 1, 1 }, { 4, 4 } };
	int32_t numbers[DELTA_NUMBERS];
	struct delta delta = { 0 };

	(void)state;
	keep(&delta, table_of(mixed, 3));
	assert_null(delta.rows);
	keep(&delta, table_of(twice, 3));
	assert_null(delta.rows);
	keep(&delta, table_of(up, 2));
	assert_non_null(delta.rows);
	assert_int_equal(take(&delta, table_of(mixed, 3), numbers), -1);
	delta_drop(&delta);
	keep(&delta, table_of(up, 2));
	assert_int_equal(take(&delta, table_of(twice, 3), numbers), -1);
	delta_drop(&delta);
}

static const struct row *row_of(const struct row *rows, size_t n, int32_t nsid)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (rows[i].nsid == nsid)
			return &rows[i];
	return NULL;
}

/* Each number by itself, as slowly as can be. */
static int differing(const struct row *a, size_t n_a, const struct row *b,
		     size_t n_b, int32_t *ret_numbers)
{
	const struct row *old, *new;
	int32_t nsid;
	int n = 0;

	for (nsid = 0; nsid < 2 * MOST; nsid++) {
		old = row_of(a, n_a, nsid);
		new = row_of(b, n_b, nsid);
		if (!old != !new || (old && old->peer != new->peer))
			ret_numbers[n++] = nsid;
	}
	return n;
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* The old rows, some of them gone, others in between, a peer changed. */
static size_t change(const struct row *old, size_t n_old, uint32_t *seed,
		     struct row *new)
{
	uint32_t often = next(seed) % 4 ? 200 : 4;
	size_t n = 0, at = 0;
	int32_t nsid;

	for (nsid = 0; nsid < 2 * MOST; nsid++) {
		while (at < n_old && old[at].nsid < nsid)
			at++;
		if (at < n_old && old[at].nsid == nsid) {
			if (next(seed) % often == 0)
				continue;
			new[n] = old[at];
			new[n++].peer += next(seed) % often == 0;
		} else if (next(seed) % (2 * often) == 0) {
			new[n++] = (struct row){ nsid, nsid };
		}
	}
	return n;
}

static void test_two_tables_are_compared_rightly(void **state)
{
	static struct row old[2 * MOST], new[2 * MOST];
	int32_t numbers[DELTA_NUMBERS], expected[DELTA_NUMBERS];
	struct delta delta = { 0 };
	size_t n_old, n_new;
	uint32_t seed = 4711;
	int i, n, some = 0;

	(void)state;
	n_old = change(old, 0, &seed, old);
	for (i = 0; i < ROUNDS; i++) {
		n_new = change(old, n_old, &seed, new);
		delta_drop(&delta);
		keep(&delta, table_of(old, n_old));
		n = take(&delta, table_of(new, n_new), numbers);
		if (n_old == 0 || n_new == 0)
			assert_int_equal(n, -1);
		else
			assert_int_equal(n, differing(old, n_old, new, n_new,
						      expected));
		if (n > 0)
			assert_memory_equal(numbers, expected,
					    (size_t)n * sizeof(*numbers));
		some += n > 0 && n_old > 64;
		memcpy(old, new, sizeof(old));
		n_old = n_new;
	}
	assert_true(some > ROUNDS / 4);
	delta_drop(&delta);
}

static void test_a_touched_number_is_taken_once(void **state)
{
	static const struct row without[] = { { 0, 0 }, { 4, 4 } };
	struct netns home = { .home = true };
	struct entry entry = { .holder = &home, .nsid = 2 };
	struct entry another = { .holder = &home, .nsid = 2 };
	int32_t numbers[DELTA_NUMBERS];
	struct delta delta = { 0 };

	(void)state;
	keep(&delta, numbered(3));
	delta_touch(&delta, &entry);
	delta_touch(&delta, &entry);
	assert_int_equal(delta.n_numbers, 1);
	/* Forgotten and made anew; and its row is gone. */
	delta_touch(&delta, &another);
	assert_int_equal(take(&delta, table_of(without, 2), numbers), 1);
	assert_int_equal(numbers[0], 2);
	delta_drop(&delta);
}

/* Whatever the order in which things happened. */
static void test_the_numbers_ascend(void **state)
{
	static const int32_t order[] = { 9, 8, 4, 11, 5, 4, 7, 20, 10 },
			     ascending[] = { 4, 5, 7, 8, 9, 10, 11, 20 };
	struct netns home = { .home = true };
	int32_t numbers[DELTA_NUMBERS];
	struct delta delta = { 0 };
	size_t i;

	(void)state;
	keep(&delta, numbered(3));
	for (i = 0; i < sizeof(order) / sizeof(*order); i++)
		delta_touch(&delta, &(struct entry){ .holder = &home,
						     .nsid = order[i] });
	assert_int_equal(take(&delta, numbered(3), numbers), 8);
	assert_memory_equal(numbers, ascending, sizeof(ascending));
	delta_drop(&delta);
}

static void test_nothing_is_listed_where_all_is_looked_at(void **state)
{
	struct netns home = { .home = true };
	struct entry entry = { .holder = &home, .nsid = 2 };
	struct delta delta = { 0 };

	(void)state;
	delta_touch(&delta, &entry);
	assert_int_equal(delta.n_numbers, 0);
	assert_false(entry.changed);
}

static void test_other_holders_are_ignored(void **state)
{
	struct netns holder = { 0 };
	struct entry entry = { .holder = &holder, .nsid = 2 };
	struct delta delta = { 0 };

	(void)state;
	keep(&delta, numbered(3));
	delta_touch(&delta, &entry);
	assert_int_equal(delta.n_numbers, 0);
	assert_false(entry.changed);
	delta_drop(&delta);
}

static void touch_many(struct delta *delta, size_t n)
{
	struct netns home = { .home = true };
	size_t i;

	for (i = 0; i < n; i++)
		delta_touch(delta, &(struct entry){ .holder = &home,
						    .nsid = (int32_t)i });
}

static void test_too_many_numbers_are_all_of_them(void **state)
{
	static struct row odd[2 * DELTA_NUMBERS];
	int32_t numbers[DELTA_NUMBERS];
	struct delta delta = { 0 };
	size_t i;

	(void)state;
	keep(&delta, numbered(3));
	touch_many(&delta, DELTA_NUMBERS);
	assert_int_equal(take(&delta, numbered(3), numbers), DELTA_NUMBERS);
	touch_many(&delta, DELTA_NUMBERS + 1);
	assert_int_equal(take(&delta, numbered(3), numbers), -1);
	/* So where as many rows are new. */
	keep(&delta, numbered(3));
	assert_int_equal(take(&delta, numbered(DELTA_NUMBERS + 3), numbers),
			 DELTA_NUMBERS);
	assert_int_equal(take(&delta, numbered(DELTA_NUMBERS + 4), numbers),
			 -1);
	assert_null(delta.rows);
	/* Nothing more is compared then. */
	for (i = 0; i < 2 * DELTA_NUMBERS; i++)
		odd[i] = (struct row){ 2 * (int32_t)i + 1, 0 };
	keep(&delta, numbered(2 * DELTA_NUMBERS));
	assert_int_equal(
		take(&delta, table_of(odd, 2 * DELTA_NUMBERS), numbers), -1);
	assert_null(delta.rows);
}

/* ---- what is settled ------------------------------------------------------ */

/* An entry of home's as a table has shown it, asked after event 10. */
struct shown {
	struct delta delta;
	struct netns home;
	struct generation open;
	struct entry entry;
};

static void shown_init(struct shown *shown, bool listed)
{
	*shown = (struct shown){ .home = { .home = true } };
	shown->entry = (struct entry){ .holder = &shown->home,
				       .nsid = 2,
				       .balance = listed,
				       .known = true,
				       .lacked = !listed,
				       .touched_seq = 10,
				       .open = listed ? &shown->open : NULL };
	shown->open = (struct generation){ .entry = &shown->entry,
					   .knowledge = PEER_KNOWN,
					   .listed = true };
	keep(&shown->delta, numbered(3));
}

/* Whether the next table has to be looked at for it. */
static bool unsettled(struct shown *shown, bool listed)
{
	bool again;

	shown->entry.changed = true; /* whatever was before */
	delta_settle(&shown->delta, &shown->entry, listed, 10);
	again = shown->delta.n_numbers > 0;
	assert_int_equal(again, shown->entry.changed);
	delta_drop(&shown->delta);
	return again;
}

static void test_what_a_table_confirms_is_settled(void **state)
{
	struct shown shown;

	(void)state;
	shown_init(&shown, true);
	assert_false(unsettled(&shown, true));
	shown_init(&shown, false);
	assert_false(unsettled(&shown, false));
	shown_init(&shown, true);
	shown.open.knowledge = PEER_SELF;
	assert_false(unsettled(&shown, true));
}

static void test_what_a_table_denies_is_not(void **state)
{
	struct shown shown;

	(void)state;
	shown_init(&shown, true);
	assert_true(unsettled(&shown, false));
	shown_init(&shown, true);
	shown.entry.lacked = true;
	assert_true(unsettled(&shown, false));
	shown_init(&shown, false);
	assert_true(unsettled(&shown, true));
	/* Its DEL was heard, and no table has shown it yet. */
	shown_init(&shown, false);
	shown.entry.lacked = false;
	assert_true(unsettled(&shown, false));
}

static void test_an_entry_in_doubt_is_not(void **state)
{
	struct shown shown;
	int listed;

	(void)state;
	for (listed = 0; listed < 2; listed++) {
		shown_init(&shown, listed);
		shown.entry.known = false;
		assert_true(unsettled(&shown, listed));
		shown_init(&shown, listed);
		shown.entry.rebase = true;
		assert_true(unsettled(&shown, listed));
		shown_init(&shown, listed);
		shown.entry.suspicion = (struct suspicion *)&shown;
		assert_true(unsettled(&shown, listed));
		shown_init(&shown, listed);
		shown.entry.touched_seq = 11;
		assert_true(unsettled(&shown, listed));
	}
}

static void test_a_row_that_would_tell_more_is_not(void **state)
{
	struct generation younger = { 0 };
	struct shown shown;

	(void)state;
	shown_init(&shown, true);
	shown.open.listed = false;
	assert_true(unsettled(&shown, true));
	shown_init(&shown, true);
	shown.open.next = &younger;
	assert_true(unsettled(&shown, true));
	shown_init(&shown, true);
	shown.entry.balance = 2;
	assert_true(unsettled(&shown, true));
	shown_init(&shown, true);
	shown.open.knowledge = PEER_NONE;
	assert_true(unsettled(&shown, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_table_is_looked_at_whole),
		cmocka_unit_test(test_a_cut_table_is_looked_at_whole),
		cmocka_unit_test(
			test_rows_that_do_not_ascend_are_looked_at_whole),
		cmocka_unit_test(test_two_tables_are_compared_rightly),
		cmocka_unit_test(test_a_touched_number_is_taken_once),
		cmocka_unit_test(test_the_numbers_ascend),
		cmocka_unit_test(test_nothing_is_listed_where_all_is_looked_at),
		cmocka_unit_test(test_other_holders_are_ignored),
		cmocka_unit_test(test_too_many_numbers_are_all_of_them),
		cmocka_unit_test(test_what_a_table_confirms_is_settled),
		cmocka_unit_test(test_what_a_table_denies_is_not),
		cmocka_unit_test(test_an_entry_in_doubt_is_not),
		cmocka_unit_test(test_a_row_that_would_tell_more_is_not),
	};

	return cmocka_run_group_tests_name("delta", tests, NULL, NULL);
}
