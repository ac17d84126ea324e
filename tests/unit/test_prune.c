/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is remembered of closed entries has a ceiling; an answer on its way must
 * not take one that was forgotten for one that was never touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/engine/ledger.h"
#include "tests/lib/script.h"

#define PEERS 60

static struct script *few_remembered(int *peers)
{
	struct script *s = script_new();

	s->settings.history = 1;
	for (int i = 0; i < PEERS; i++) {
		peers[i] = script_space(s);
		script_insert(s, SCRIPT_HOME, i, peers[i]);
	}
	script_learn(s);
	return s;
}

static void test_answer_overtaken_by_many_removals(void **state)
{
	int peers[PEERS];
	struct script *s = few_remembered(peers);

	(void)state;
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_drained(s);
	script_ask(s); /* the tables as they are now, in effect in a second */
	script_pass(s, peers, PEERS - 5);
	script_advance(s, 10 * SCRIPT_S);
	assert_true(script_agrees(s));
	script_barrier(s);
	script_barrier(s);
	assert_int_equal(script_findings(s), 0);
	assert_true(script_agrees(s));
	script_free(s);
}

static void test_forgotten_when_nothing_is_on_its_way(void **state)
{
	int peers[PEERS];
	struct script *s = few_remembered(peers);
	const struct ledger *ledger = watch_ledger(s->watch);

	(void)state;
	script_pass(s, peers, PEERS - 5);
	script_advance(s, 40 * SCRIPT_S);
	script_command(s, COMMAND_AUDIT, NSID_NONE);
	script_advance(s, 10 * SCRIPT_S);
	assert_true(ledger->n_idle <= ledger->max_idle);
	script_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_overtaken_by_many_removals),
		cmocka_unit_test(test_forgotten_when_nothing_is_on_its_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
