/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is asked, and when: sync.h rule by rule, in the small world. A question
 * is taken here without being performed where only the order matters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine/rounds.h"
#include "common/engine/state.h"
#include "tests/lib/world.h"

static struct watch *watch_of(void **state)
{
	struct world *w = *state;

	return w->script->watch;
}

static struct netns *netns_of(struct watch *watch, int32_t nsid)
{
	struct netns *netns = ledger_holder(&watch->ledger, nsid);

	assert_non_null(netns);
	return netns;
}

static struct name *name_of(struct watch *watch, const char *text)
{
	struct name *name = names_find(&watch->names, text);

	assert_non_null(name);
	return name;
}

/* The next question, or one of a kind that there is not. */
static struct question next(struct watch *watch)
{
	struct question question = { .kind = QUESTION_KINDS };

	sync_next_question(watch, &question);
	return question;
}

static void assert_asks(struct watch *watch, enum question_kind kind)
{
	assert_int_equal(next(watch).kind, kind);
}

static void assert_silent(struct watch *watch)
{
	assert_asks(watch, QUESTION_KINDS);
}

/* The next question is about this path. */
static void assert_asks_name(struct watch *watch, const char *text)
{
	struct question question = next(watch);

	assert_int_equal(question.kind, QUESTION_NAME);
	assert_string_equal(question.name, text);
}

static void move_to(struct watch *watch, uint64_t mono_ns)
{
	watch->now.mono_ns = mono_ns;
}

/* ---- home's table ---------------------------------------------------------- */

static void test_home_is_known_by_a_whole_table(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *home = watch->ledger.home;

	assert_true(sync_home_complete(watch));
	home->trust = TRUST_GAP;
	assert_false(sync_home_complete(watch));
	home->trust = TRUST_LIVE;
	home->table_whole = false;
	home->table_last = 5;
	watch->sync.home_probed = false;
	assert_false(sync_home_complete(watch));
}

/* Above the cut all have names, so that discovery sees what a dump cannot. */
static void test_home_is_known_beyond_the_cut(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *home = watch->ledger.home, *nameless;

	home->table_whole = false;
	home->table_last = 3;
	watch->sync.home_probed = true;
	assert_true(sync_home_complete(watch));
	watch->sync.scan_done = false;
	assert_false(sync_home_complete(watch));
	watch->sync.scan_done = true;
	watch->sync.home_probed = false;
	assert_false(sync_home_complete(watch));
	watch->sync.home_probed = true;

	world_newborn(w, 6, NULL);
	nameless = netns_of(watch, 6);
	assert_false(sync_home_complete(watch));
	home->table_last = 5;
	assert_false(sync_home_complete(watch));
	home->table_last = 6;
	assert_true(sync_home_complete(watch));
	home->table_last = 3;
	nameless->ended_seq = watch->seq + 1;
	assert_true(sync_home_complete(watch));
}

/* ---- questions under way ---------------------------------------------------- */

/* Nothing of it is seen as the oldest where something older is under way. */
static void test_the_oldest_question(void **state)
{
	struct watch *watch = watch_of(state);
	struct sync *sync = &watch->sync;
	struct pending first = { .asked_seq = 0 }, held = first, points = first;
	struct name near = { .asked_seq = 0 }, far = { .waiting_next = &near };

	watch->seq = 50;
	assert_int_equal(sync_oldest(watch), 50);
	sync->first = &first;
	sync->holding = &held;
	sync->probe.points = &points;
	sync->waiting_first = &far;
	sync->asked.open = true;
	first.asked_seq = held.asked_seq = points.asked_seq = 50;
	near.asked_seq = far.asked_seq = sync->asked.seq = 50;
	assert_int_equal(sync_oldest(watch), 50);
	uint64_t *each[] = { &first.asked_seq,	&held.asked_seq,
			     &points.asked_seq, &near.asked_seq,
			     &far.asked_seq,	&sync->asked.seq };
	for (size_t i = 0; i < sizeof(each) / sizeof(*each); i++) {
		*each[i] = 49;
		assert_int_equal(sync_oldest(watch), 49);
		*each[i] = 50;
	}
	first.asked_seq = 41;
	held.asked_seq = 42;
	points.asked_seq = 43;
	far.asked_seq = 44;
	near.asked_seq = 45;
	sync->asked.seq = 46;
	assert_int_equal(sync_oldest(watch), 41);
	/* One that was answered is under way no more. */
	first.asked_seq = held.asked_seq = points.asked_seq = 50;
	near.asked_seq = far.asked_seq = 50;
	sync->asked.open = false;
	assert_int_equal(sync_oldest(watch), 50);
	sync->first = sync->holding = sync->probe.points = NULL;
	sync->waiting_first = NULL;
}

static void test_quiet(void **state)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	struct sync *sync = &watch->sync;
	struct pending pending = { 0 };
	struct netns netns = { 0 };
	struct name name = { 0 };

	(void)state;
	assert_non_null(watch);
	sync_init(sync);
	assert_true(sync_quiet(watch));
	sync->first = &pending;
	assert_false(sync_quiet(watch));
	*sync = (struct sync){ .holding = &pending };
	assert_false(sync_quiet(watch));
	*sync = (struct sync){ .proved = &netns };
	assert_false(sync_quiet(watch));
	*sync = (struct sync){ .name_first = &name };
	assert_false(sync_quiet(watch));
	*sync = (struct sync){ .waiting_first = &name };
	assert_false(sync_quiet(watch));
	*sync = (struct sync){ .n_learn = 1 };
	assert_false(sync_quiet(watch));
	*sync = (struct sync){ .wish_first[WISH_URGENT] = &netns };
	assert_false(sync_quiet(watch));
	*sync = (struct sync){ .probe.holder = &netns };
	assert_false(sync_quiet(watch));
	*sync = (struct sync){ .scan_wanted = true };
	assert_false(sync_quiet(watch));
	*sync = (struct sync){ .self_wanted = true };
	assert_false(sync_quiet(watch));
	free(watch);
}

/* What is wanted of an ended holder is forgotten, and of no other. */
static void test_forget(void **state)
{
	struct watch *watch = watch_of(state);
	struct sync *sync = &watch->sync;
	struct netns *a = netns_of(watch, 1), *b = netns_of(watch, 2);

	sync->proved = netns_ref(a);
	assert_int_equal(probe_start(watch, a, 13), 0);
	sync->audit_next = a;
	sync_demand(watch, a);
	sync_forget(watch, b);
	assert_ptr_equal(sync->proved, a);
	assert_ptr_equal(sync->probe.holder, a);
	assert_ptr_equal(sync->audit_next, a);
	assert_ptr_equal(sync->wish_first[WISH_URGENT], a);
	sync_forget(watch, a);
	assert_null(sync->proved);
	assert_null(sync->probe.holder);
	assert_ptr_equal(sync->audit_next, b);
	assert_int_equal(a->wish, WISH_NONE);
	assert_true(sync_quiet(watch));
}

/* ---- whom not to ask --------------------------------------------------------- */

static void test_suspected(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct netns other = { .nsid = 1 }, unheard = { .nsid = 99 };
	struct entry *entry = ledger_entry(watch->ledger.home, 1);
	struct death death = { 0 };

	assert_false(sync_suspect(watch, watch->ledger.home));
	assert_false(sync_suspect(watch, a));
	a->ended_seq = 1;
	assert_true(sync_suspect(watch, a));
	a->ended_seq = 0;
	a->death = &death;
	assert_true(sync_suspect(watch, a));
	a->death = NULL;
	entry->balance = 2;
	assert_true(sync_suspect(watch, a));
	entry->balance = 1;
	/* The number is another's by now, or was never given. */
	assert_true(sync_suspect(watch, &other));
	assert_true(sync_suspect(watch, &unheard));
}

/* Its life was proved, and by the time of the next question it is in doubt. */
static void test_a_proof_that_came_too_late(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);

	watch->sync.proved = netns_ref(a);
	assert_asks(watch, QUESTION_TABLE);
	watch->sync.proved = netns_ref(a);
	a->ended_seq = watch->seq + 1;
	assert_silent(watch);
	assert_null(watch->sync.proved);
}

/* The same, where its table is there and its number for home is wanted. */
static void test_a_table_that_waits_for_homes_number(void **state)
{
	struct watch *watch = watch_of(state);
	struct asked asked = { .seq = watch->seq };
	struct netns *a = netns_of(watch, 1);
	struct question question;

	watch->sync.holding = pending_new(a, &asked, EXTENT_WHOLE);
	question = next(watch);
	assert_int_equal(question.kind, QUESTION_ENTRY);
	assert_int_equal(question.holder, 1);
	assert_int_equal(question.nsid, TAG_HOME);
	a->ended_seq = watch->seq + 1;
	assert_silent(watch);
	/* It takes effect without. */
	assert_null(watch->sync.holding);
	assert_non_null(watch->sync.first);
	assert_ptr_equal(watch->sync.first->holder, a);
}

/* Its name leads elsewhere, as an answer says that is not in effect yet. */
static void test_a_name_on_its_way_elsewhere(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	struct name *name = name_of(watch, "/run/netns/a");

	/* What was true before is in effect, and says nothing of now. */
	name->nsid = 7;
	sync_demand(watch, a);
	assert_int_equal(a->wish, WISH_URGENT);
	assert_asks(watch, QUESTION_NAME);
	name->waiting = true;
	sync_demand(watch, a);
	assert_int_equal(a->wish, WISH_LEARN);
	sync_forget(watch, a);
	name->nsid = 1;
	name->leads = false;
	sync_demand(watch, a);
	assert_int_equal(a->wish, WISH_LEARN);
	sync_forget(watch, a);
	name->leads = true;
	sync_demand(watch, a);
	assert_int_equal(a->wish, WISH_URGENT);
	name->waiting = false;
}

static void test_nothing_is_wanted_of_those(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1), *b = netns_of(watch, 2);
	uint64_t seq = watch->seq + 1;

	a->trust = TRUST_REFUSED;
	sync_want(watch, a, seq, WISH_URGENT);
	sync_demand(watch, a);
	assert_int_equal(a->wish, WISH_NONE);
	b->ended_seq = watch->seq + 1;
	sync_want(watch, b, seq, WISH_URGENT);
	sync_demand(watch, b);
	assert_int_equal(b->wish, WISH_NONE);
}

/* A wish was there, and then it ended. */
static void test_ended_while_it_was_wished_for(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);

	sync_demand(watch, a);
	a->ended_seq = watch->seq + 1;
	assert_silent(watch);
	assert_int_equal(a->wish, WISH_NONE);
}

/* ---- wishes ------------------------------------------------------------------ */

static void test_asked_once_for_one_wish(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	uint64_t seq;

	watch->seq += 10; /* events of others */
	seq = watch->seq;
	a->table_seq = seq;
	sync_want(watch, a, seq, WISH_LEARN);
	assert_int_equal(a->wish, WISH_NONE);
	/* A table from before its baseline proves nothing. */
	a->trust = TRUST_SETTLING;
	sync_want(watch, a, seq, WISH_LEARN);
	assert_int_equal(a->wish, WISH_LEARN);
	sync_forget(watch, a);
	a->inflight = 1;
	a->asked_seq = seq;
	sync_want(watch, a, seq, WISH_LEARN);
	assert_int_equal(a->wish, WISH_NONE);
	a->asked_seq = seq - 1;
	sync_want(watch, a, seq, WISH_LEARN);
	assert_int_equal(a->wish, WISH_LEARN);
	a->inflight = 0;
}

static void test_a_wish_keeps_its_turn(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1), *b = netns_of(watch, 2);

	sync_demand(watch, a);
	sync_demand(watch, b);
	sync_demand(watch, a);
	sync_wish(watch, b, WISH_LEARN);
	assert_ptr_equal(watch->sync.wish_first[WISH_URGENT], a);
	assert_ptr_equal(a->wish_next, b);
	assert_null(b->wish_next);
	assert_int_equal(watch->sync.n_learn, 0);
	assert_asks_name(watch, "/run/netns/a");
	assert_asks_name(watch, "/run/netns/b");
}

static void test_when_a_wish_wants_its_moment(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t now_ns = watch->now.mono_ns;

	watch->deadline_ns = UINT64_MAX;
	sync_wish(watch, netns_of(watch, 1), WISH_LEARN);
	assert_int_equal(watch_deadline(watch), now_ns + LEARN_NS);
	sync_wish(watch, netns_of(watch, 2), WISH_URGENT);
	assert_int_equal(watch_deadline(watch), now_ns);
}

/* Learning is paced per holder: to the nanosecond. */
static void test_learning_is_paced(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	uint64_t asked_ns;

	sync_demand(watch, a);
	assert_asks(watch, QUESTION_NAME);
	asked_ns = watch->now.mono_ns;
	sync_wish(watch, a, WISH_LEARN);
	move_to(watch, asked_ns + LEARN_NS - 1);
	assert_silent(watch);
	move_to(watch, asked_ns + LEARN_NS);
	assert_asks_name(watch, "/run/netns/a");
	assert_silent(watch);
}

/* Asked out of turn, while it waits on the list: it leaves that. */
static void test_asked_while_it_waits_to_be_learned(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1), *b = netns_of(watch, 2);
	uint64_t now_ns = watch->now.mono_ns + SCRIPT_S;

	move_to(watch, now_ns);
	next(watch); /* none is paced any more */
	sync_wish(watch, a, WISH_LEARN);
	sync_wish(watch, b, WISH_LEARN);
	watch->sync.proved = netns_ref(a);
	assert_asks(watch, QUESTION_TABLE);
	assert_ptr_equal(watch->sync.wish_first[WISH_LEARN], b);
	assert_null(b->wish_prev);
	assert_asks_name(watch, "/run/netns/b");
	assert_silent(watch);
	move_to(watch, now_ns + LEARN_NS);
	assert_asks_name(watch, "/run/netns/a");
	assert_silent(watch);
}

static void test_the_absent_are_asked_rarely(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);
	uint64_t asked_ns;

	sync_demand(watch, a);
	assert_asks(watch, QUESTION_NAME);
	asked_ns = watch->now.mono_ns;
	a->absent = true;
	sync_demand(watch, a);
	assert_int_equal(a->wish, WISH_LEARN);
	move_to(watch, asked_ns + ABSENT_NS - 1);
	assert_silent(watch);
	move_to(watch, asked_ns + ABSENT_NS);
	assert_asks(watch, QUESTION_NAME);
}

/* What a proof waits for is asked at once, whatever became of it since. */
static void test_the_absent_that_are_urgent(void **state)
{
	struct watch *watch = watch_of(state);
	struct netns *a = netns_of(watch, 1);

	sync_demand(watch, a);
	assert_int_equal(a->wish, WISH_URGENT);
	a->absent = true;
	a->asked_ns = watch->now.mono_ns;
	assert_asks(watch, QUESTION_NAME);
}

static void test_a_first_question_settles(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	struct netns *netns;

	world_newborn(w, 6, NULL);
	netns = netns_of(watch, 6);
	assert_int_equal(netns->trust, TRUST_COLD);
	watch->sync.self_wanted = watch->sync.scan_wanted = false;
	assert_asks(watch, QUESTION_TABLE);
	assert_int_equal(netns->trust, TRUST_SETTLING);
	/* And a live one stays so. */
	netns = netns_of(watch, 1);
	watch->sync.proved = netns_ref(netns);
	assert_asks(watch, QUESTION_TABLE);
	assert_int_equal(netns->trust, TRUST_LIVE);
}

/* ---- names ------------------------------------------------------------------- */

static void test_a_name_is_asked_at_or_after(void **state)
{
	struct watch *watch = watch_of(state);
	struct name *name = name_of(watch, "/run/netns/a");

	watch->seq = 100;
	name->effect_seq = name->asked_seq = 60;
	sync_want_name(watch, name, 60);
	assert_false(name->queued);
	/* Under way, and asked late enough: nothing more is wanted. */
	name->waiting = true;
	name->wanted_seq = 50;
	name->asked_seq = 70;
	sync_want_name(watch, name, 70);
	sync_want_name(watch, name, 65);
	assert_false(name->queued);
	assert_int_equal(name->wanted_seq, 50);
	/* Too early: it is asked again when that is in effect. */
	sync_want_name(watch, name, 71);
	assert_false(name->queued);
	assert_int_equal(name->wanted_seq, 71);
	sync_want_name(watch, name, 70 + 0);
	assert_int_equal(name->wanted_seq, 71);
	name->waiting = false;
	/* Its last answer failed: it says nothing. */
	sync_want_name(watch, name, 68);
	assert_true(name->queued);
	assert_int_equal(name->wanted_seq, 71);
	assert_asks_name(watch, "/run/netns/a");
	assert_silent(watch);
}

/* Before the first event there is no answer that would be in time. */
static void test_a_name_that_was_never_answered(void **state)
{
	struct watch *watch = watch_of(state);
	struct name *name = name_of(watch, "/run/netns/a");

	name->effect_seq = 0;
	sync_want_name(watch, name, 0);
	assert_true(name->queued);
}

static void test_names_in_their_order(void **state)
{
	struct watch *watch = watch_of(state);
	struct name *a = name_of(watch, "/run/netns/a");
	struct name *b = name_of(watch, "/run/netns/b");
	struct name *c = name_of(watch, "/run/netns/c");

	watch->seq += 5;
	sync_queue_name(watch, a);
	sync_queue_name(watch, b);
	assert_asks_name(watch, "/run/netns/a");
	sync_queue_name(watch, c);
	sync_queue_name(watch, a);
	assert_asks_name(watch, "/run/netns/b");
	/* One that waits for an event is passed over, and loses nobody. */
	c->wanted_seq = watch->seq + 1;
	assert_true(sync_names_askable(watch));
	assert_asks_name(watch, "/run/netns/a");
	assert_false(sync_names_askable(watch));
	assert_silent(watch);
	sync_queue_name(watch, b);
	assert_asks_name(watch, "/run/netns/b");
	c->wanted_seq = watch->seq;
	assert_true(sync_names_askable(watch));
	assert_asks_name(watch, "/run/netns/c");
	assert_false(sync_names_askable(watch));
}

/* A number is asked for once, and not by a question that asks for none. */
static void test_a_name_is_adopted_once(void **state)
{
	struct watch *watch = watch_of(state);
	struct name *name = name_of(watch, "/run/netns/a");

	sync_queue_name(watch, name);
	assert_asks(watch, QUESTION_NAME);
	name->adopt = true;
	sync_queue_name(watch, name);
	assert_asks(watch, QUESTION_ADOPT);
	sync_queue_name(watch, name);
	assert_asks(watch, QUESTION_NAME);
}

/* The first of those that wait came at waiting_ns: asked again, it did not. */
static void test_the_one_that_waits_longest(void **state)
{
	struct watch *watch = watch_of(state);
	struct name *a = name_of(watch, "/run/netns/a");
	struct name *b = name_of(watch, "/run/netns/b");

	move_to(watch, watch->now.mono_ns + SCRIPT_S);
	watch->deadline_ns = UINT64_MAX;
	sync_name_waits(watch, a);
	assert_int_equal(watch_deadline(watch),
			 watch->now.mono_ns + watch->settings.settle_ns);
	assert_true(a->waiting);
	assert_ptr_equal(watch->sync.waiting_first, a);
	watch->sync.waiting_ns = a->came_ns;
	move_to(watch, watch->now.mono_ns + 5);
	/* Others do not matter to that, whenever their last answer came. */
	b->came_ns = a->came_ns;
	sync_name_waits(watch, b);
	assert_int_equal(watch->sync.waiting_ns, a->came_ns);
	sync_name_waits(watch, b);
	assert_int_equal(watch->sync.waiting_ns, a->came_ns);
	sync_name_waits(watch, a);
	assert_int_equal(watch->sync.waiting_ns, 0);
	assert_int_equal(a->came_ns, watch->now.mono_ns);
	assert_ptr_equal(a->waiting_next, b);
	assert_ptr_equal(watch->sync.waiting_last, b);
}

/* ---- a gap ------------------------------------------------------------------- */

static void test_gap(void **state)
{
	struct watch *watch = watch_of(state);
	struct sync *sync = &watch->sync;
	struct name *a = name_of(watch, "/run/netns/a");
	struct name *b = name_of(watch, "/run/netns/b");
	struct name *c = name_of(watch, "/run/netns/c");

	watch->seq += 5;
	sync->home_probed = true;
	sync_queue_name(watch, a);
	sync_queue_name(watch, b);
	a->wanted_seq = watch->seq + 1;
	b->wanted_seq = watch->seq - 1;
	sync_name_waits(watch, c);
	sync_gap(watch);
	assert_false(sync->home_probed);
	/* The event that it waited for may be the one that was lost. */
	assert_int_equal(a->wanted_seq, watch->seq);
	assert_int_equal(b->wanted_seq, watch->seq - 1);
	assert_false(c->waiting);
	assert_null(sync->waiting_first);
	assert_null(sync->waiting_last);
	assert_asks_name(watch, "/run/netns/a");
	assert_asks_name(watch, "/run/netns/b");
	assert_asks_name(watch, "/run/netns/c");
}

/* ---- scans ------------------------------------------------------------------- */

static struct question until_scan(struct watch *watch)
{
	struct question question;

	do
		question = next(watch);
	while (question.kind != QUESTION_SCAN &&
	       question.kind != QUESTION_KINDS);
	return question;
}

static void test_the_first_scan_sees_processes(void **state)
{
	struct world *w = *state;
	struct question question;

	script_start(w->script);
	question = until_scan(w->script->watch);
	assert_int_equal(question.kind, QUESTION_SCAN);
	assert_true(question.processes);
}

static void test_scans_are_paced(void **state)
{
	struct watch *watch = watch_of(state);
	uint64_t now_ns = watch->now.mono_ns + SCRIPT_S;

	move_to(watch, now_ns);
	sync_want_scan(watch, false);
	watch->sync.scan_ns = now_ns - SCAN_NS + 1;
	assert_silent(watch);
	watch->sync.scan_ns = now_ns - SCAN_NS;
	assert_asks(watch, QUESTION_SCAN);
	assert_silent(watch);
	/* Where none has ended yet, there is nothing to wait for. */
	watch->sync.scan_done = false;
	watch->sync.scan_ns = now_ns;
	sync_want_scan(watch, true);
	assert_asks(watch, QUESTION_SCAN);
}

/* ---- scans that tell the news ------------------------------------------------ */

/* What a scan did not tell has not changed: nothing is asked. */
static void test_no_news_are_no_questions(void **state)
{
	struct world *w = *state;
	uint64_t asked;

	w->script->no_news = true;
	script_command(w->script, COMMAND_SCAN, NSID_NONE);
	script_advance(w->script, 2 * SCRIPT_S);
	asked = w->script->questions[QUESTION_NAME];
	script_command(w->script, COMMAND_LOOK, NSID_NONE);
	script_advance(w->script, 2 * SCRIPT_S);
	assert_int_equal(w->script->questions[QUESTION_NAME], asked);
	assert_true(w->script->questions[QUESTION_SCAN] >= 3);
}

/* But a name without a namespace may have got one with a new number. */
static void test_a_new_number_may_have_an_old_name(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	int space = script_space(w->script);
	uint64_t asked;

	script_name(w->script, "/run/netns/x", space);
	script_command(w->script, COMMAND_LOOK, NSID_NONE);
	script_advance(w->script, 3 * SCRIPT_S);
	assert_null(name_of(watch, "/run/netns/x")->netns);

	w->script->no_news = true;
	asked = w->script->questions[QUESTION_NAME];
	script_command(w->script, COMMAND_LOOK, NSID_NONE);
	script_advance(w->script, 3 * SCRIPT_S);
	assert_int_equal(w->script->questions[QUESTION_NAME], asked);

	script_number(w->script, SCRIPT_HOME, 9, space);
	script_advance(w->script, 3 * SCRIPT_S);
	assert_ptr_equal(name_of(watch, "/run/netns/x")->netns,
			 netns_of(watch, 9));
}

/* Not even while its answer, that it has none, waits for its settle time. */
static void test_a_new_number_may_have_a_waiting_name(void **state)
{
	struct world *w = *state;
	struct watch *watch = watch_of(state);
	int space = script_space(w->script);

	script_name(w->script, "/run/netns/x", space);
	script_command(w->script, COMMAND_LOOK, NSID_NONE);
	script_advance(w->script, SCRIPT_S / 2);
	assert_true(name_of(watch, "/run/netns/x")->waiting);
	w->script->no_news = true;
	script_number(w->script, SCRIPT_HOME, 9, space);
	script_advance(w->script, 4 * SCRIPT_S);
	assert_ptr_equal(name_of(watch, "/run/netns/x")->netns,
			 netns_of(watch, 9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_CASE(test_home_is_known_by_a_whole_table),
		WORLD_CASE(test_home_is_known_beyond_the_cut),
		WORLD_CASE(test_the_oldest_question),
		cmocka_unit_test(test_quiet),
		WORLD_CASE(test_forget),
		WORLD_CASE(test_suspected),
		WORLD_CASE(test_a_proof_that_came_too_late),
		WORLD_CASE(test_a_table_that_waits_for_homes_number),
		WORLD_CASE(test_a_name_on_its_way_elsewhere),
		WORLD_CASE(test_nothing_is_wanted_of_those),
		WORLD_CASE(test_ended_while_it_was_wished_for),
		WORLD_CASE(test_asked_once_for_one_wish),
		WORLD_CASE(test_a_wish_keeps_its_turn),
		WORLD_CASE(test_when_a_wish_wants_its_moment),
		WORLD_CASE(test_learning_is_paced),
		WORLD_CASE(test_asked_while_it_waits_to_be_learned),
		WORLD_CASE(test_the_absent_are_asked_rarely),
		WORLD_CASE(test_the_absent_that_are_urgent),
		WORLD_CASE(test_a_first_question_settles),
		WORLD_CASE(test_a_name_is_asked_at_or_after),
		WORLD_CASE(test_a_name_that_was_never_answered),
		WORLD_CASE(test_names_in_their_order),
		WORLD_CASE(test_a_name_is_adopted_once),
		WORLD_CASE(test_the_one_that_waits_longest),
		WORLD_CASE(test_gap),
		WORLD_FRESH(test_the_first_scan_sees_processes),
		WORLD_CASE(test_scans_are_paced),
		WORLD_CASE(test_no_news_are_no_questions),
		WORLD_CASE(test_a_new_number_may_have_an_old_name),
		WORLD_CASE(test_a_new_number_may_have_a_waiting_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
