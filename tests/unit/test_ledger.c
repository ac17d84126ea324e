/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger by itself, rule by rule as its header has them: what an event does
 * to an entry, who is on which list, what is remembered and what is forgotten.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine/ledger.h"

#define IDLE 3

struct book {
	struct ledger ledger;
	struct stamp now;
	uint64_t seq;
};

static void book_init(struct book *book, int32_t self_nsid)
{
	const struct identity identity = { .id = 11, .dev = 4, .ino = 5 };

	*book = (struct book){ .now = { 100, 9000 } };
	assert_int_equal(ledger_init(&book->ledger, &book->now, &identity,
				     self_nsid, IDLE),
			 0);
}

/* Nothing is on any list any more, and every count is zero. */
static void book_deinit(struct book *book)
{
	ledger_deinit(&book->ledger);
	assert_null(book->ledger.home);
	assert_null(book->ledger.netnses);
	assert_null(book->ledger.last);
	assert_null(book->ledger.idle_first);
	assert_null(book->ledger.idle_last);
	assert_int_equal(book->ledger.n_netnses, 0);
	assert_int_equal(book->ledger.n_entries, 0);
	assert_int_equal(book->ledger.n_idle, 0);
}

/* The generation of a DEL is then the caller's. */
static struct change tell(struct book *book, struct netns *holder,
			  enum event_type type, int32_t nsid)
{
	struct event event = { .nsid = nsid, .type = type };
	struct change change = { 0 };

	book->now.mono_ns += 10;
	book->now.real_ns += 10;
	event.at = book->now;
	assert_int_equal(ledger_apply(&book->ledger, holder, &event,
				      ++book->seq, &change),
			 0);
	assert_ptr_equal(change.holder, holder);
	assert_ptr_equal(change.entry, ledger_entry(holder, nsid));
	return change;
}

static struct change number(struct book *book, struct netns *holder,
			    int32_t nsid)
{
	return tell(book, holder, EVENT_NEW, nsid);
}

/* A DEL whose generation nobody wants. */
static enum change_kind removed(struct book *book, struct netns *holder,
				int32_t nsid)
{
	struct change change = tell(book, holder, EVENT_DEL, nsid);

	if (change.generation) {
		assert_null(change.generation->entry);
		assert_null(change.generation->next);
		ledger_drop(&book->ledger, change.generation);
	}
	return change.kind;
}

/* A number in home, and the netns that it made. */
static struct netns *newcomer(struct book *book, int32_t nsid)
{
	return number(book, book->ledger.home, nsid).generation->peer;
}

/* A number that nobody can tell whom it names, and now it can. */
static struct generation *named(struct book *book, struct netns *holder,
				int32_t nsid, struct netns *peer)
{
	struct generation *generation = number(book, holder, nsid).generation;

	ledger_know(generation, PEER_KNOWN, peer, book->seq);
	return generation;
}

/* The list is these, in this order, and both directions agree. */
static void assert_list(struct generation *first, uint32_t count,
			struct generation *const *wanted, uint32_t n)
{
	struct generation *before = NULL;

	assert_int_equal(count, n);
	for (uint32_t i = 0; i < n; i++) {
		assert_ptr_equal(first, wanted[i]);
		assert_ptr_equal(first->peer_prev, before);
		before = first;
		first = first->peer_next;
	}
	assert_null(first);
}

static void assert_living(const struct ledger *ledger,
			  struct netns *const *wanted, uint32_t n)
{
	struct netns *netns = ledger->netnses, *before = NULL;

	assert_int_equal(ledger->n_netnses, n);
	for (uint32_t i = 0; i < n; i++) {
		assert_ptr_equal(netns, wanted[i]);
		assert_ptr_equal(netns->prev, before);
		before = netns;
		netns = netns->next;
	}
	assert_null(netns);
	assert_ptr_equal(ledger->last, before);
}

static void test_home_alone(void **state)
{
	struct book book;
	struct netns *home;

	(void)state;
	book_init(&book, NSID_NONE);
	home = book.ledger.home;
	assert_living(&book.ledger, &home, 1);
	assert_true(home->home);
	assert_int_equal(home->nsid, TAG_HOME);
	assert_int_equal(home->generation, 1);
	assert_int_equal(home->identity.id, 11);
	assert_int_equal(home->identity.ino, 5);
	assert_int_equal(home->since.mono_ns, 100);
	assert_int_equal(home->since.real_ns, 9000);
	assert_true(home->serial > 0);
	assert_ptr_equal(ledger_holder(&book.ledger, TAG_HOME), home);
	assert_null(ledger_holder(&book.ledger, TAG_UNKNOWN));
	assert_null(ledger_holder(&book.ledger, 0));
	assert_null(ledger_owner(&book.ledger, 0));
	assert_null(ledger_entry(home, 0));
	book_deinit(&book);
	assert_null(netns_unref(NULL));
}

static void test_home_has_a_number_of_its_own(void **state)
{
	struct book book;
	struct change change;

	(void)state;
	book_init(&book, 0);
	assert_ptr_equal(ledger_holder(&book.ledger, 0), book.ledger.home);
	assert_null(ledger_holder(&book.ledger, 1));
	/* It names home, and so no other netns: it expects no removal. */
	change = number(&book, book.ledger.home, 0);
	assert_int_equal(change.kind, CHANGE_OPENED);
	assert_int_equal(change.generation->knowledge, PEER_SELF);
	assert_null(change.generation->peer);
	assert_int_equal(book.ledger.n_netnses, 1);
	assert_int_equal(book.ledger.home->n_unknown, 0);
	assert_null(book.ledger.home->unknown);
	/* The same number elsewhere is anybody's. */
	assert_int_equal(
		number(&book, newcomer(&book, 1), 0).generation->knowledge,
		PEER_UNKNOWN);
	assert_int_equal(removed(&book, book.ledger.home, 0), CHANGE_CLOSED);

	ledger_alias_home(&book.ledger, 5);
	assert_ptr_equal(ledger_holder(&book.ledger, 5), book.ledger.home);
	assert_null(ledger_holder(&book.ledger, 0));
	ledger_alias_home(&book.ledger, NSID_NONE);
	assert_null(ledger_holder(&book.ledger, 5));
	book_deinit(&book);
}

static void test_a_number_in_home_makes_a_netns(void **state)
{
	struct book book;
	struct change change;
	struct netns *living[3], *home;

	(void)state;
	book_init(&book, NSID_NONE);
	home = book.ledger.home;
	change = number(&book, home, 7);
	living[0] = home;
	living[1] = change.generation->peer;
	assert_int_equal(change.kind, CHANGE_OPENED);
	assert_int_equal(change.generation->knowledge, PEER_KNOWN);
	assert_int_equal(change.generation->opened_seq, 1);
	assert_int_equal(change.generation->since_ns, 9010);
	assert_false(living[1]->home);
	assert_int_equal(living[1]->nsid, 7);
	assert_int_equal(living[1]->generation, 1);
	assert_int_equal(living[1]->born_seq, 1);
	assert_true(living[1]->announced);
	assert_int_equal(living[1]->since.mono_ns, 110);
	assert_list(living[1]->named_by, living[1]->n_named_by,
		    &change.generation, 1);
	assert_int_equal(home->n_unknown, 0);
	assert_ptr_equal(ledger_holder(&book.ledger, 7), living[1]);
	assert_ptr_equal(ledger_owner(&book.ledger, 7), living[1]);

	living[2] = newcomer(&book, 3);
	assert_living(&book.ledger, living, 3);
	assert_true(living[1]->serial > home->serial);
	assert_true(living[2]->serial > living[1]->serial);
	assert_int_equal(book.ledger.n_entries, 2);
	assert_int_equal(home->n_entries, 2);
	book_deinit(&book);
}

static void test_a_table_shows_what_no_event_announced(void **state)
{
	struct book book;
	struct generation *generation;
	struct entry *entry, *again;
	struct netns *peer;

	(void)state;
	book_init(&book, NSID_NONE);
	assert_int_equal(ledger_make_entry(book.ledger.home, 4, &entry), 0);
	assert_int_equal(entry->balance, 0);
	assert_false(entry->known);
	assert_ptr_equal(entry->holder, book.ledger.home);
	assert_int_equal(ledger_make_entry(book.ledger.home, 4, &again), 0);
	assert_ptr_equal(again, entry);
	assert_null(ledger_youngest(entry));
	assert_null(ledger_owner(&book.ledger, 4));
	ledger_rest(&book.ledger, entry);
	assert_int_equal(book.ledger.n_idle, 1);

	assert_int_equal(ledger_open(&book.ledger, entry, &book.now, 42,
				     &generation),
			 0);
	assert_int_equal(book.ledger.n_idle, 0);
	peer = generation->peer;
	assert_int_equal(generation->opened_seq, 42);
	assert_false(peer->announced);
	assert_int_equal(peer->born_seq, 0);
	assert_ptr_equal(ledger_owner(&book.ledger, 4), peer);

	/* Of another holder's entries it makes none. */
	assert_int_equal(ledger_make_entry(peer, 0, &entry), 0);
	assert_int_equal(ledger_open(&book.ledger, entry, &book.now, 43,
				     &generation),
			 0);
	assert_int_equal(generation->knowledge, PEER_UNKNOWN);
	assert_list(peer->unknown, peer->n_unknown, &generation, 1);
	assert_int_equal(book.ledger.n_netnses, 2);
	book_deinit(&book);
}

static void test_removal_hands_over_the_generation(void **state)
{
	struct book book;
	struct change opened, closed;
	struct netns *peer;

	(void)state;
	book_init(&book, NSID_NONE);
	opened = number(&book, book.ledger.home, 1);
	peer = opened.generation->peer;
	closed = tell(&book, book.ledger.home, EVENT_DEL, 1);
	assert_int_equal(closed.kind, CHANGE_CLOSED);
	assert_ptr_equal(closed.generation, opened.generation);
	assert_null(closed.generation->entry);
	/* Whom it named is still said, and it is on nobody's list. */
	assert_ptr_equal(closed.generation->peer, peer);
	assert_null(peer->named_by);
	assert_int_equal(peer->n_named_by, 0);
	assert_null(closed.entry->open);
	assert_int_equal(closed.entry->balance, 0);
	assert_int_equal(book.ledger.n_entries, 0);
	assert_int_equal(book.ledger.home->n_entries, 0);
	/* The number names nobody now; the netns ends when it is told so. */
	assert_null(ledger_holder(&book.ledger, 1));
	assert_int_equal(book.ledger.n_netnses, 2);
	ledger_drop(&book.ledger, closed.generation);
	book_deinit(&book);
}

/* A death looks at those that may name anybody, and at no others. */
static void test_who_is_odd(void **state)
{
	struct netns *holder, *peer;
	struct book book;

	(void)state;
	book_init(&book, NSID_NONE);
	holder = newcomer(&book, 1);
	peer = newcomer(&book, 2);
	odds_remove(holder);
	named(&book, holder, 7, peer);
	assert_true(holder->odd);
	odds_remove(holder);
	ledger_know(ledger_entry(holder, 7)->open, PEER_KNOWN, peer, 9);
	assert_false(holder->odd);
	ledger_know(ledger_entry(holder, 7)->open, PEER_UNKNOWN, NULL, 9);
	assert_true(holder->odd);
	book_deinit(&book);
}

/* The last reference may be the one that goes: nobody may look there again. */
static void test_a_number_that_is_nobodys_any_more(void **state)
{
	struct generation *generation;
	struct netns *netns;
	struct book book;

	(void)state;
	book_init(&book, NSID_NONE);
	generation = number(&book, book.ledger.home, 1).generation;
	netns = generation->peer;
	assert_ptr_equal(ledger_owner(&book.ledger, 1), netns);
	netns_ref(netns);
	ledger_know(generation, PEER_UNKNOWN, NULL, book.seq);
	assert_null(ledger_owner(&book.ledger, 1));
	ledger_end(&book.ledger, netns);
	netns_unref(netns);
	assert_null(ledger_owner(&book.ledger, 1));
	assert_null(ledger_holder(&book.ledger, 1));
	book_deinit(&book);
}

/* A number freed and announced anew before the removal of its last owner. */
static void test_removal_closes_the_oldest(void **state)
{
	struct generation *generations[3];
	struct book book;
	struct change change;

	(void)state;
	book_init(&book, NSID_NONE);
	for (int i = 0; i < 3; i++) {
		change = number(&book, book.ledger.home, 1);
		generations[i] = change.generation;
		assert_int_equal(change.kind, i ? CHANGE_OVER : CHANGE_OPENED);
		assert_int_equal(generations[i]->peer->generation, i + 1);
		assert_ptr_equal(ledger_youngest(change.entry), generations[i]);
		assert_ptr_equal(ledger_owner(&book.ledger, 1),
				 generations[i]->peer);
	}
	assert_int_equal(change.entry->balance, 3);
	assert_int_equal(book.ledger.n_entries, 3);
	assert_ptr_equal(generations[0]->next, generations[1]);
	assert_ptr_equal(generations[1]->next, generations[2]);
	for (int i = 0; i < 3; i++) {
		change = tell(&book, book.ledger.home, EVENT_DEL, 1);
		assert_ptr_equal(change.generation, generations[i]);
		assert_int_equal(change.kind,
				 i < 2 ? CHANGE_CLOSED_OLDER : CHANGE_CLOSED);
		ledger_drop(&book.ledger, change.generation);
	}
	assert_int_equal(book.ledger.n_entries, 0);
	book_deinit(&book);
}

/* Any one may be dropped, attached as it is. */
static void test_drop_from_the_middle(void **state)
{
	struct generation *generations[3];
	struct book book;
	struct entry *entry;

	(void)state;
	book_init(&book, NSID_NONE);
	for (int i = 0; i < 3; i++)
		generations[i] = number(&book, book.ledger.home, 1).generation;
	entry = generations[0]->entry;
	ledger_drop(&book.ledger, generations[1]);
	assert_ptr_equal(entry->open, generations[0]);
	assert_ptr_equal(generations[0]->next, generations[2]);
	ledger_drop(&book.ledger, generations[2]);
	assert_ptr_equal(ledger_youngest(entry), generations[0]);
	assert_int_equal(book.ledger.n_entries, 1);
	assert_int_equal(book.ledger.home->n_entries, 1);
	book_deinit(&book);
}

/* Removals announced before their entry: counted, never clamped. */
static void test_balance_goes_below_zero(void **state)
{
	struct book book;
	struct change change;

	(void)state;
	book_init(&book, NSID_NONE);
	for (int i = 1; i <= 2; i++) {
		change = tell(&book, book.ledger.home, EVENT_DEL, 1);
		assert_int_equal(change.kind, CHANGE_UNDER);
		assert_null(change.generation);
		assert_int_equal(change.entry->balance, -i);
		assert_int_equal(book.ledger.n_idle, 0);
	}
	for (int i = 1; i >= 0; i--) {
		change = number(&book, book.ledger.home, 1);
		assert_int_equal(change.kind, CHANGE_REFILLED);
		assert_null(change.generation);
		assert_null(change.entry->open);
		assert_int_equal(change.entry->balance, -i);
	}
	assert_int_equal(book.ledger.n_netnses, 1);
	/* Somebody has it, whom no table has shown. */
	assert_int_equal(book.ledger.n_idle, 0);
	change.entry->known = true;
	ledger_rest(&book.ledger, change.entry);
	assert_int_equal(book.ledger.n_idle, 1);
	assert_int_equal(number(&book, book.ledger.home, 1).kind,
			 CHANGE_OPENED);
	book_deinit(&book);
}

/* Present by its count, and nobody open: a DEL closes nobody then. */
static void test_removal_of_an_entry_without_an_owner(void **state)
{
	struct book book;
	struct change change;
	struct entry *entry;

	(void)state;
	book_init(&book, NSID_NONE);
	assert_int_equal(ledger_make_entry(book.ledger.home, 1, &entry), 0);
	entry->balance = 1;
	change = tell(&book, book.ledger.home, EVENT_DEL, 1);
	assert_int_equal(change.kind, CHANGE_CLOSED);
	assert_null(change.generation);
	assert_int_equal(entry->balance, 0);
	assert_int_equal(book.ledger.n_entries, 0);
	book_deinit(&book);
}

static void test_when_an_event_touched(void **state)
{
	struct book book;
	struct change change;
	struct netns *peer;

	(void)state;
	book_init(&book, NSID_NONE);
	peer = newcomer(&book, 1);
	change = number(&book, peer, 0);
	assert_int_equal(change.entry->touched_seq, 2);
	assert_int_equal(change.entry->before_seq, 0);
	assert_int_equal(removed(&book, peer, 0), CHANGE_CLOSED);
	assert_int_equal(change.entry->touched_seq, 3);
	assert_int_equal(change.entry->before_seq, 2);

	/* Its number in home was touched by event 1, and by none after. */
	assert_true(ledger_touched(&book.ledger, peer, 0));
	assert_false(ledger_touched(&book.ledger, peer, 1));
	assert_int_equal(removed(&book, book.ledger.home, 1), CHANGE_CLOSED);
	assert_true(ledger_touched(&book.ledger, peer, 3));
	assert_false(ledger_touched(&book.ledger, peer, 4));
	/* Nobody remembers: then it may have been. Home never is. */
	ledger_forget(&book.ledger, book.ledger.home);
	assert_true(ledger_touched(&book.ledger, peer, 4));
	assert_false(ledger_touched(&book.ledger, book.ledger.home, 0));
	book_deinit(&book);
}

static bool blind(struct book *book, struct netns *holder, enum event_type type,
		  int32_t nsid)
{
	struct change change = tell(book, holder, type, nsid);

	if (type == EVENT_DEL && change.generation)
		ledger_drop(&book->ledger, change.generation);
	return change.blind;
}

/* What proves nothing: events of an entry that has no baseline. */
static void test_an_entry_without_baseline_is_blind(void **state)
{
	struct book book;
	struct netns *holder;

	(void)state;
	book_init(&book, NSID_NONE);
	holder = newcomer(&book, 1);
	assert_int_equal(holder->trust, TRUST_COLD);
	assert_true(blind(&book, holder, EVENT_NEW, 0));
	assert_true(blind(&book, holder, EVENT_DEL, 9));
	holder->complete = true;
	assert_true(blind(&book, holder, EVENT_NEW, 2));

	/* A complete table did not hold what nobody has heard of. */
	holder->trust = TRUST_LIVE;
	assert_false(blind(&book, holder, EVENT_DEL, 3));
	assert_false(blind(&book, holder, EVENT_NEW, 4));
	/* A part says nothing of it, but a NEW is a beginning. */
	holder->complete = false;
	assert_true(blind(&book, holder, EVENT_DEL, 5));
	assert_false(blind(&book, holder, EVENT_NEW, 6));
	assert_false(blind(&book, holder, EVENT_DEL, 6));
	/* What began blind is so until a baseline says otherwise. */
	holder->complete = true;
	assert_true(blind(&book, holder, EVENT_NEW, 5));
	assert_true(blind(&book, holder, EVENT_DEL, 0));
	ledger_entry(holder, 0)->known = true;
	assert_false(blind(&book, holder, EVENT_NEW, 0));

	/* After a gap all of it is. */
	holder->trust = TRUST_GAP;
	assert_true(blind(&book, holder, EVENT_NEW, 4));
	book_deinit(&book);
}

static void test_whom_a_generation_names(void **state)
{
	struct generation *generation[3], *order[3];
	struct netns *holder, *one, *two;
	struct book book;

	(void)state;
	book_init(&book, NSID_NONE);
	holder = newcomer(&book, 1);
	one = newcomer(&book, 2);
	two = newcomer(&book, 3);
	for (int i = 0; i < 3; i++)
		generation[i] = number(&book, holder, i).generation;
	order[0] = generation[2];
	order[1] = generation[1];
	order[2] = generation[0];
	assert_list(holder->unknown, holder->n_unknown, order, 3);

	/* From the middle, the beginning and the end of the list. */
	ledger_know(generation[1], PEER_KNOWN, one, 50);
	assert_ptr_equal(generation[1]->peer, one);
	assert_int_equal(generation[1]->knowledge, PEER_KNOWN);
	assert_int_equal(generation[1]->known_seq, 50);
	order[1] = generation[0];
	assert_list(holder->unknown, holder->n_unknown, order, 2);
	assert_int_equal(one->n_named_by, 2);
	assert_ptr_equal(one->named_by, generation[1]);
	ledger_know(generation[2], PEER_KNOWN, two, 51);
	assert_list(holder->unknown, holder->n_unknown, &generation[0], 1);
	/* The holder itself: on no list. */
	ledger_know(generation[0], PEER_SELF, NULL, 52);
	assert_list(holder->unknown, holder->n_unknown, NULL, 0);

	/* Nobody of ours: it may yet turn out to be. */
	ledger_know(generation[1], PEER_NONE, NULL, 53);
	assert_null(generation[1]->peer);
	assert_list(holder->unknown, holder->n_unknown, &generation[1], 1);
	assert_int_equal(one->n_named_by, 1);
	/* From one peer to the other. */
	ledger_know(generation[2], PEER_KNOWN, one, 54);
	assert_int_equal(two->n_named_by, 1);
	assert_int_equal(one->n_named_by, 2);
	assert_ptr_equal(one->named_by, generation[2]);
	ledger_know(generation[0], PEER_UNKNOWN, NULL, 55);
	order[0] = generation[0];
	order[1] = generation[1];
	assert_list(holder->unknown, holder->n_unknown, order, 2);
	book_deinit(&book);
}

/* The last of the list, and then one that came after it. */
static void test_lists_after_a_removal(void **state)
{
	struct generation *generation[3], *order[3];
	struct netns *holder, *peer;
	struct book book;

	(void)state;
	book_init(&book, NSID_NONE);
	holder = newcomer(&book, 1);
	peer = newcomer(&book, 2);
	order[2] = peer->named_by; /* home's */
	for (int i = 0; i < 2; i++)
		generation[i] = named(&book, holder, i, peer);
	assert_int_equal(removed(&book, book.ledger.home, 2), CHANGE_CLOSED);
	order[0] = generation[1];
	order[1] = generation[0];
	assert_list(peer->named_by, peer->n_named_by, order, 2);
	assert_int_equal(removed(&book, holder, 1), CHANGE_CLOSED);
	generation[2] = named(&book, holder, 7, peer);
	order[0] = generation[2];
	assert_list(peer->named_by, peer->n_named_by, order, 2);
	book_deinit(&book);
}

/* One that is known to be dead hears nothing, though its number is listed. */
static void test_the_dead_are_no_holders(void **state)
{
	struct book book;
	struct netns *peer;

	(void)state;
	book_init(&book, NSID_NONE);
	peer = newcomer(&book, 1);
	assert_ptr_equal(ledger_holder(&book.ledger, 1), peer);
	peer->off = true;
	assert_null(ledger_holder(&book.ledger, 1));
	assert_ptr_equal(ledger_owner(&book.ledger, 1), peer);
	book_deinit(&book);
}

static void test_the_end_of_a_netns(void **state)
{
	struct netns *living[5], *home, *kept;
	struct book book;

	(void)state;
	book_init(&book, NSID_NONE);
	home = book.ledger.home;
	living[0] = home;
	for (int i = 1; i < 5; i++)
		living[i] = newcomer(&book, i);
	kept = netns_ref(living[2]);
	number(&book, living[2], 0);
	named(&book, living[2], 1, living[1]);
	named(&book, living[1], 1, living[2]);
	assert_int_equal(living[1]->n_named_by, 2);

	/* Its table goes first, with all that refers to anybody. */
	ledger_forget(&book.ledger, living[2]);
	assert_null(ledger_entry(living[2], 0));
	assert_int_equal(living[2]->n_entries, 0);
	assert_int_equal(living[2]->n_unknown, 0);
	assert_int_equal(living[1]->n_named_by, 1);
	assert_int_equal(book.ledger.n_entries, 5);

	/* From the middle, then the last one. */
	ledger_end(&book.ledger, living[2]);
	living[2] = living[3];
	living[3] = living[4];
	assert_living(&book.ledger, living, 4);
	/* References keep it, and so what others hold for it stays. */
	assert_int_equal(kept->n_named_by, 2);
	assert_null(kept->prev);
	assert_null(kept->next);
	ledger_end(&book.ledger, living[3]);
	assert_living(&book.ledger, living, 3);
	living[3] = newcomer(&book, 9);
	assert_living(&book.ledger, living, 4);
	assert_true(living[3]->serial > kept->serial);
	ledger_empty(&book.ledger);
	assert_int_equal(kept->n_named_by, 0);
	netns_unref(kept);
	book_deinit(&book);
}

/* Numbers 0, 1, ... of holder come and go: closed, in this order. */
static void close_some(struct book *book, struct netns *holder, int32_t n)
{
	for (int32_t nsid = 0; nsid < n; nsid++) {
		number(book, holder, nsid);
		assert_int_equal(removed(book, holder, nsid), CHANGE_CLOSED);
	}
}

/* Which of the numbers below n are remembered, a bit each. */
static unsigned int remembered(const struct netns *holder, int32_t n)
{
	unsigned int bits = 0;

	for (int32_t nsid = 0; nsid < n; nsid++)
		bits |= (ledger_entry(holder, nsid) ? 1u : 0u) << nsid;
	return bits;
}

static void test_only_so_many_closed_entries_are_remembered(void **state)
{
	struct book book;
	struct netns *holder;

	(void)state;
	book_init(&book, NSID_NONE);
	holder = newcomer(&book, 1);  /* event 1 */
	close_some(&book, holder, 6); /* closed by events 3, 5, ... 13 */
	assert_int_equal(book.ledger.n_idle, 6);
	/* An answer to a question of event 2 is on its way: all must stay. */
	ledger_prune(&book.ledger, 2);
	assert_int_equal(remembered(holder, 6), 0x3f);
	/* The oldest goes alone: what was touched after event 3 stays. */
	ledger_prune(&book.ledger, 3);
	assert_int_equal(remembered(holder, 6), 0x3e);
	assert_int_equal(book.ledger.n_idle, 5);
	/* Of all others the oldest, and no more than there are too many. */
	ledger_prune(&book.ledger, book.seq);
	assert_int_equal(remembered(holder, 6), 0x38);
	assert_int_equal(book.ledger.n_idle, IDLE);
	ledger_prune(&book.ledger, book.seq);
	assert_int_equal(remembered(holder, 6), 0x38);
	book_deinit(&book);
}

/* A newer one that was put to rest before: it does not hide older ones. */
static void test_prune_ends_at_what_was_touched(void **state)
{
	struct book book;
	struct netns *holder;

	(void)state;
	book_init(&book, NSID_NONE);
	holder = newcomer(&book, 1);
	close_some(&book, holder, 5);
	ledger_rest(&book.ledger, ledger_entry(holder, 0));
	assert_int_equal(book.ledger.n_idle, 5);
	ledger_rest(&book.ledger, ledger_entry(holder, 2));
	/* 1, 3, 4, 0, 2; events up to the one that closed 0 are over. */
	ledger_prune(&book.ledger, 3);
	assert_int_equal(remembered(holder, 5), 0x1f);
	ledger_prune(&book.ledger, book.seq);
	assert_true(book.ledger.n_idle <= book.ledger.max_idle);
	book_deinit(&book);
}

static void test_what_is_not_forgotten(void **state)
{
	struct book book;
	struct suspicion *somebody = (struct suspicion *)&book;
	struct netns *holder;

	(void)state;
	book_init(&book, NSID_NONE);
	holder = newcomer(&book, 1);
	close_some(&book, holder, 6);
	/* Somebody refers to it. */
	ledger_hold(&book.ledger, ledger_entry(holder, 0));
	ledger_hold(&book.ledger, ledger_entry(holder, 0));
	assert_int_equal(book.ledger.n_idle, 5);
	/* Its number is in use again, or was removed once too often. */
	number(&book, holder, 2);
	assert_int_equal(removed(&book, holder, 5), CHANGE_UNDER);
	assert_int_equal(book.ledger.n_idle, 3);
	ledger_rest(&book.ledger, ledger_entry(holder, 2));
	ledger_rest(&book.ledger, ledger_entry(holder, 5));
	assert_int_equal(book.ledger.n_idle, 3);
	/* A suspicion of it is not decided. */
	ledger_entry(holder, 1)->suspicion = somebody;
	ledger_rest(&book.ledger, ledger_entry(holder, 1));
	assert_int_equal(book.ledger.n_idle, 2);
	book.ledger.max_idle = 1;
	ledger_prune(&book.ledger, book.seq);
	assert_int_equal(remembered(holder, 6), 0x37);

	/* It may rest now, as the youngest: the other one goes. */
	ledger_rest(&book.ledger, ledger_entry(holder, 0));
	assert_int_equal(book.ledger.n_idle, 2);
	ledger_prune(&book.ledger, book.seq);
	assert_int_equal(remembered(holder, 6), 0x27);
	ledger_entry(holder, 1)->suspicion = NULL;
	book_deinit(&book);
}

/* A balance of 0 with a generation open, or the other way round. */
static void test_only_what_is_closed_rests(void **state)
{
	struct book book;
	struct generation *generation;
	struct entry *entry;
	struct netns *holder;

	(void)state;
	book_init(&book, NSID_NONE);
	holder = newcomer(&book, 1);
	assert_int_equal(ledger_make_entry(holder, 0, &entry), 0);
	assert_int_equal(
		ledger_open(&book.ledger, entry, &book.now, 1, &generation), 0);
	ledger_rest(&book.ledger, entry);
	assert_int_equal(book.ledger.n_idle, 0);
	ledger_drop(&book.ledger, generation);
	entry->balance = 1;
	ledger_rest(&book.ledger, entry);
	assert_int_equal(book.ledger.n_idle, 0);
	entry->balance = 0;
	ledger_rest(&book.ledger, entry);
	assert_int_equal(book.ledger.n_idle, 1);
	book_deinit(&book);
}

/* A limit of none would forget what a second DEL is told from a stray by. */
static void test_one_is_remembered_at_least(void **state)
{
	const struct identity nobody = { 0 };
	struct netns *home;
	struct book book = { .now = { 100, 9000 } };

	(void)state;
	for (uint32_t limit = 0; limit < 3; limit++) {
		assert_int_equal(ledger_init(&book.ledger, &book.now, &nobody,
					     NSID_NONE, limit),
				 0);
		home = book.ledger.home;
		close_some(&book, home, 4);
		ledger_prune(&book.ledger, book.seq);
		assert_int_equal(remembered(home, 4), limit < 2 ? 0x8 : 0xc);
		book_deinit(&book);
	}
}

/* Taken out of the list at each end and in the middle, and put back. */
static void test_rest_keeps_its_order(void **state)
{
	struct book book;
	struct netns *holder;

	(void)state;
	for (int32_t which = 0; which < 3; which++) {
		book_init(&book, NSID_NONE);
		holder = newcomer(&book, 1);
		close_some(&book, holder, 3);
		/* It becomes the youngest: the others go before it. */
		number(&book, holder, which);
		assert_int_equal(book.ledger.n_idle, 2);
		assert_int_equal(removed(&book, holder, which), CHANGE_CLOSED);
		assert_ptr_equal(book.ledger.idle_last,
				 ledger_entry(holder, which));
		book.ledger.max_idle = 1;
		ledger_prune(&book.ledger, book.seq);
		assert_int_equal(remembered(holder, 3), 1u << which);
		assert_ptr_equal(book.ledger.idle_first, book.ledger.idle_last);
		book_deinit(&book);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_home_alone),
		cmocka_unit_test(test_home_has_a_number_of_its_own),
		cmocka_unit_test(test_a_number_in_home_makes_a_netns),
		cmocka_unit_test(test_a_table_shows_what_no_event_announced),
		cmocka_unit_test(test_removal_hands_over_the_generation),
		cmocka_unit_test(test_who_is_odd),
		cmocka_unit_test(test_a_number_that_is_nobodys_any_more),
		cmocka_unit_test(test_removal_closes_the_oldest),
		cmocka_unit_test(test_drop_from_the_middle),
		cmocka_unit_test(test_balance_goes_below_zero),
		cmocka_unit_test(test_removal_of_an_entry_without_an_owner),
		cmocka_unit_test(test_when_an_event_touched),
		cmocka_unit_test(test_an_entry_without_baseline_is_blind),
		cmocka_unit_test(test_whom_a_generation_names),
		cmocka_unit_test(test_lists_after_a_removal),
		cmocka_unit_test(test_the_dead_are_no_holders),
		cmocka_unit_test(test_the_end_of_a_netns),
		cmocka_unit_test(
			test_only_so_many_closed_entries_are_remembered),
		cmocka_unit_test(test_prune_ends_at_what_was_touched),
		cmocka_unit_test(test_what_is_not_forgotten),
		cmocka_unit_test(test_only_what_is_closed_rests),
		cmocka_unit_test(test_one_is_remembered_at_least),
		cmocka_unit_test(test_rest_keeps_its_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
