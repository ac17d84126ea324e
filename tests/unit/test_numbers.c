/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries by number, and the holders that a death has to look at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/engine/entry.h"
#include "common/engine/odds.h"

#define ENTRIES 4096

/* Dense numbers, spaced ones and ones that share their low bits. */
static int32_t number(int i)
{
	switch (i % 3) {
	case 0:
		return i;
	case 1:
		return i << 12;
	}
	return INT32_MAX - i;
}

static void assert_held(const struct numbers *numbers, struct entry *entries,
			int from)
{
	const struct entry *entry = numbers->first;

	for (int i = 0; i < ENTRIES; i++)
		assert_ptr_equal(numbers_find(numbers, number(i)),
				 i < from ? NULL : &entries[i]);
	for (int i = from; i < ENTRIES; i++, entry = entry->next)
		assert_ptr_equal(entry, &entries[i]);
	assert_null(entry);
	assert_int_equal(numbers->count, ENTRIES - from);
}

static void test_entries_are_found_until_removed(void **state)
{
	static struct entry entries[ENTRIES];
	struct numbers numbers = { 0 };

	(void)state;
	assert_null(numbers_find(&numbers, 0));
	for (int i = 0; i < ENTRIES; i++) {
		entries[i].nsid = number(i);
		assert_int_equal(numbers_add(&numbers, &entries[i]), 0);
	}
	for (int i = 0; i < ENTRIES; i++) {
		if (i % 512 == 0)
			assert_held(&numbers, entries, i);
		numbers_remove(&numbers, &entries[i]);
		assert_null(numbers_find(&numbers, number(i)));
	}
	/* What is empty owns nothing. */
	assert_null(numbers.slots);
	assert_null(numbers.first);
	assert_null(numbers.last);
}

static void test_odd_ones_are_walked_by_birth(void **state)
{
	static struct netns netnses[100];
	struct odds odds = { 0 };
	struct netns *netns;
	uint64_t serial = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		netns = &netnses[i * 37 % 100];
		netns->serial = 1 + (uint64_t)i * 37 % 100;
		netns->odds = &odds;
		odds_add(netns);
		odds_add(netns); /* once is enough */
	}
	odds_remove(&netnses[0]);
	odds_remove(&netnses[99]);
	odds_remove(&netnses[99]);
	for (netns = odds_walk(&odds); netns; netns = netns->odd_next) {
		assert_int_equal(netns->serial, serial ? serial + 1 : 2);
		serial = netns->serial;
	}
	assert_int_equal(serial, 99);
	assert_ptr_equal(odds.last, &netnses[98]);
	assert_ptr_equal(odds.last->odd_prev, &netnses[97]);
	/* Who is off the list is not put on it again. */
	netnses[0].odds = NULL;
	odds_add(&netnses[0]);
	assert_false(netnses[0].odd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries_are_found_until_removed),
		cmocka_unit_test(test_odd_ones_are_walked_by_birth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
