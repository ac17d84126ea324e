/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Who lingers, since when, and what that says of the kernel's cleanup. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine/linger.h"
#include "common/engine/state.h"
#include "tests/lib/world.h"

#define LINGER (5 * SCRIPT_S)

static int setup(void **state)
{
	struct world *w;

	world_make(state);
	w = *state;
	w->script->settings.linger_ns = LINGER;
	w->script->settings.housekeeping_ns = 10 * SCRIPT_S;
	strcpy(script_find_name(w->script, "/run/netns/p")->label, "p");
	script_learn(w->script);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, world_teardown)

static struct netns *netns_of(struct world *w, int32_t nsid)
{
	struct netns *netns = ledger_holder(&w->script->watch->ledger, nsid);

	assert_non_null(netns);
	return netns;
}

static struct linger_counts counts_of(struct world *w)
{
	struct linger_counts counts;

	linger_count(w->script->watch, &counts);
	return counts;
}

/* One notice of that type so far, and of that netns. */
static void assert_notice(struct world *w, enum notice_type type,
			  uint64_t serial)
{
	assert_int_equal(w->script->notices[type], 1);
	assert_int_equal(w->script->noticed[type], serial);
}

/* A process of this container leads to space. */
static void process(struct world *w, const char *text, const char *label,
		    int space)
{
	script_name(w->script, text, space);
	strcpy(script_find_name(w->script, text)->label, label);
}

static void look(struct world *w, uint64_t ns)
{
	script_command(w->script, COMMAND_SCAN, NSID_NONE);
	script_advance(w->script, ns);
}

static void named_ones_do_not_linger(void **state)
{
	struct world *w = *state;
	struct linger_counts counts;

	script_advance(w->script, 10 * LINGER);
	counts = counts_of(w);
	assert_int_equal(counts.live, 6);
	assert_int_equal(counts.dying, 0);
	assert_int_equal(counts.waiting, 0);
	assert_int_equal(counts.cleanup, CLEANUP_DONE);
	assert_int_equal(counts.oldest.real_ns, 0);
	assert_int_equal(linger_held(netns_of(w, 4)), 1u << HELD_MOUNT);
	assert_int_equal(linger_held(w->script->watch->ledger.home),
			 1u << HELD_PROCESS);
	assert_int_equal(linger_since(netns_of(w, 4)).real_ns, 0);
}

/* Its path is taken away, and nothing visible holds it. */
static void nothing_visible_holds_it(void **state)
{
	struct world *w = *state;
	struct netns *p = netns_of(w, 4);
	struct linger_counts counts;
	uint64_t lost_ns;

	assert_int_equal(w->script->notices[NOTICE_LINGERING], 0);
	script_unname(w->script, "/run/netns/p");
	look(w, 3 * SCRIPT_S);
	assert_true(linger_orphaned(p));
	assert_false(p->lingers);
	assert_int_equal(counts_of(w).gone, 0);
	lost_ns = linger_since(p).mono_ns;
	assert_int_not_equal(lost_ns, 0);

	script_advance(w->script, LINGER + SCRIPT_S);
	assert_true(p->lingers);
	assert_notice(w, NOTICE_LINGERING, p->serial);
	assert_ptr_equal(linger_find(w->script->watch, p->serial), p);
	counts = counts_of(w);
	assert_int_equal(counts.lingering[HELD_UNKNOWN], 1);
	assert_int_equal(counts.live, 5);
	assert_int_equal(counts.gone, 1);
	assert_int_equal(counts.waiting, 0);
	assert_int_equal(counts.oldest.mono_ns, lost_ns);
	assert_int_equal(linger_since(p).mono_ns, lost_ns);

	/* Its owner comes back. */
	script_name(w->script, "/run/netns/p", w->p);
	look(w, 3 * SCRIPT_S);
	assert_false(p->lingers);
	assert_notice(w, NOTICE_LINGERED, p->serial);
	assert_int_equal(counts_of(w).live, 6);
}

static void it_dies_in_the_end(void **state)
{
	struct world *w = *state;
	uint64_t serial = netns_of(w, 4)->serial;

	script_unname(w->script, "/run/netns/p");
	look(w, LINGER + 3 * SCRIPT_S);
	assert_true(netns_of(w, 4)->lingers);
	script_kill(w->script, w->p);
	script_advance(w->script, 2 * SCRIPT_S);
	assert_int_equal(counts_of(w).lingering[HELD_UNKNOWN], 0);
	assert_notice(w, NOTICE_LINGERED, serial);
	script_barrier(w->script);
	script_advance(w->script, 5 * SCRIPT_S);
	world_verdict(w, w->p, VERDICT_VERIFIED);
	assert_non_null(linger_find(w->script->watch, serial));
	assert_null(linger_find(w->script->watch, 12345));
	world_clean(w);
}

/* "ip netns del" while a process lives in it. */
static void a_process_holds_it(void **state)
{
	struct world *w = *state;
	struct netns *p = netns_of(w, 4);

	process(w, "pid:7:70", "sleep[7]", w->p);
	look(w, 3 * SCRIPT_S);
	assert_int_equal(linger_held(p), 1u << HELD_MOUNT | 1u << HELD_PROCESS);
	assert_false(linger_orphaned(p));
	script_unname(w->script, "/run/netns/p");
	look(w, LINGER + 3 * SCRIPT_S);
	assert_true(p->lingers);
	assert_int_equal(linger_held(p), 1u << HELD_PROCESS);
	assert_int_equal(counts_of(w).lingering[HELD_PROCESS], 1);
	assert_int_equal(counts_of(w).gone, 0);
	assert_int_equal(counts_of(w).cleanup, CLEANUP_DONE);
}

/* Commands come and go in a named namespace: that is what it is for. */
static void a_path_outlives_processes(void **state)
{
	struct world *w = *state;
	struct netns *p = netns_of(w, 4);

	process(w, "pid:7:70", "sleep[7]", w->p);
	look(w, 3 * SCRIPT_S);
	script_unname(w->script, "pid:7:70");
	look(w, LINGER + 3 * SCRIPT_S);
	assert_false(linger_orphaned(p));
	assert_false(p->lingers);
}

/* A container has gone, and its runtime left the mount behind. */
static void a_mount_outlives_a_container(void **state)
{
	static const char *const mounts[] = {
		"/run/docker/netns/1a2b3c4d5e6f",
		"/run/netns/cni-4f0c3e7b-a5d1-11ee-9b59-3f1f0d1a2b3c",
		"/run/user/1000/netns/netns-4f0c3e7b-a5d1-11ee-9b59-3f1f0d1a2b3c",
		"/run/netns/4f0c3e7b-a5d1-11ee-9b59-3f1f0d1a2b3c",
	};
	struct world *w = *state;
	struct netns *netns;
	const char *label;
	unsigned int i;
	int space;

	for (i = 0; i < 4; i++) {
		space = world_newborn(w, 10 + (int32_t)i, mounts[i]);
		netns = netns_of(w, 10 + (int32_t)i);
		process(w, "pid:7:70", "docker:0123", space);
		process(w, "pid:8:80", "docker:0123", space);
		look(w, 3 * SCRIPT_S);
		script_unname(w->script, "pid:7:70");
		look(w, LINGER + 3 * SCRIPT_S);
		assert_false(linger_orphaned(netns));
		script_unname(w->script, "pid:8:80");
		look(w, LINGER + 3 * SCRIPT_S);
		assert_true(netns->lingers);
		assert_int_equal(linger_held(netns), 1u << HELD_MOUNT);
		assert_int_equal(counts_of(w).lingering[HELD_MOUNT], i + 1);
		/* It is still called by its container, and by the path. */
		assert_string_equal(names_called(netns, &label), mounts[i]);
		assert_string_equal(label, "docker:0123");
	}
}

/* Somebody names a container's namespace, and the name outlives it. */
static void a_later_path_is_no_owner(void **state)
{
	struct world *w = *state;
	int space = world_newborn(w, 9, NULL);
	struct netns *netns = netns_of(w, 9);
	const char *label;

	process(w, "pid:7:70", "docker:0123", space);
	look(w, 3 * SCRIPT_S);
	script_name(w->script, "/run/netns/look", space);
	look(w, 3 * SCRIPT_S);
	script_unname(w->script, "pid:7:70");
	look(w, LINGER + 3 * SCRIPT_S);
	assert_true(netns->lingers);
	assert_string_equal(names_called(netns, &label), "/run/netns/look");
	assert_string_equal(label, "docker:0123");
}

/* A container works in a namespace that has a name, and goes. */
static void a_guest_is_no_owner(void **state)
{
	struct world *w = *state;
	struct netns *p = netns_of(w, 4);
	const char *label;

	process(w, "pid:7:70", "nspawn:job", w->p);
	look(w, 3 * SCRIPT_S);
	assert_string_equal(names_called(p, &label), "/run/netns/p");
	assert_string_equal(label, "p");
	script_unname(w->script, "pid:7:70");
	look(w, LINGER + 3 * SCRIPT_S);
	assert_false(linger_orphaned(p));
	assert_false(p->lingers);
	names_called(p, &label);
	assert_string_equal(label, "p");
}

/* The name goes first: then the guest is all that there is, and owns it. */
static void a_guest_that_stays_is_the_owner(void **state)
{
	struct world *w = *state;
	struct netns *p = netns_of(w, 4);

	process(w, "pid:7:70", "nspawn:job", w->p);
	look(w, 3 * SCRIPT_S);
	script_unname(w->script, "/run/netns/p");
	look(w, LINGER + 3 * SCRIPT_S);
	assert_false(linger_orphaned(p));
	script_unname(w->script, "pid:7:70");
	look(w, LINGER + 3 * SCRIPT_S);
	assert_true(p->lingers);
}

/* Its container has gone, its mount stayed, and somebody lives in it. */
static void a_mount_and_a_process_use_it(void **state)
{
	struct world *w = *state;
	int space = world_newborn(w, 9, "/run/docker/netns/1a2b3c4d5e6f");
	struct netns *netns = netns_of(w, 9);

	process(w, "pid:7:70", "docker:0123", space);
	look(w, 3 * SCRIPT_S);
	script_unname(w->script, "pid:7:70");
	look(w, LINGER + 3 * SCRIPT_S);
	assert_true(netns->lingers);
	process(w, "pid:8:80", "sleep[8]", space);
	look(w, 3 * SCRIPT_S);
	assert_false(netns->lingers);
	assert_notice(w, NOTICE_LINGERED, netns->serial);
}

/* Nothing ever led to it: a socket, or a descriptor, from the start. */
static void never_named(void **state)
{
	struct world *w = *state;
	struct netns *netns;
	struct linger_counts counts;

	world_newborn(w, 9, NULL);
	netns = netns_of(w, 9);
	script_advance(w->script, LINGER + 10 * SCRIPT_S);
	assert_false(netns->lingers);
	script_advance(w->script, 12 * SCRIPT_S);
	assert_true(netns->lingers);
	assert_int_equal(linger_since(netns).mono_ns, netns->since.mono_ns);
	counts = counts_of(w);
	assert_int_equal(counts.lingering[HELD_UNKNOWN], 1);
	/* It never had an owner: it does not wait for the cleanup. */
	assert_int_equal(counts.gone, 0);
	assert_int_equal(counts.waiting, 0);
	assert_false(linger_owned(netns));
	assert_null(linger_owner(netns));
	/* The cleanup runs, and passes it over all the same. */
	assert_false(linger_passed_over(w->script->watch, netns));
	script_barrier(w->script);
	script_advance(w->script, 3 * SCRIPT_S);
	assert_true(linger_passed_over(w->script->watch, netns));
}

static void what_let_go_last_counts(void **state)
{
	struct world *w = *state;
	struct netns *p = netns_of(w, 4);

	process(w, "pid:7:70", "sleep[7]", w->p);
	script_unname(w->script, "/run/netns/p");
	look(w, 3 * SCRIPT_S);
	assert_string_equal(linger_owner(p), "p");
	/* The cleanup ran while the process held it. */
	script_barrier(w->script);
	script_advance(w->script, 3 * SCRIPT_S);
	assert_true(linger_passed_over(w->script->watch, p));
	script_unname(w->script, "pid:7:70");
	look(w, LINGER);
	assert_int_equal(linger_held(p), 1u << HELD_UNKNOWN);
	assert_false(linger_passed_over(w->script->watch, p));
	assert_string_equal(linger_owner(p), "p");
}

static void a_descriptor_is_no_owner(void **state)
{
	struct world *w = *state;
	int space = world_newborn(w, 9, NULL);
	struct netns *netns = netns_of(w, 9);

	script_name(w->script, "fd:9:90:3", space);
	script_find_name(w->script, "fd:9:90:3")->kind = NAME_DESCRIPTOR;
	look(w, 3 * SCRIPT_S);
	script_unname(w->script, "fd:9:90:3");
	sync_queue_name(w->script->watch,
			names_find(&w->script->watch->names, "fd:9:90:3"));
	look(w, 30 * SCRIPT_S);
	assert_int_equal(linger_held(netns), 1u << HELD_UNKNOWN);
	assert_true(netns->lingers);
	assert_null(linger_owner(netns));
	assert_int_equal(linger_since(netns).mono_ns, netns->since.mono_ns);
}

/* Where processes are hidden, one may be in it, and nobody can tell. */
static void never_named_where_processes_are_hidden(void **state)
{
	struct world *w = *state;
	struct netns *netns;

	w->script->hidden = true;
	look(w, 3 * SCRIPT_S);
	world_newborn(w, 9, NULL);
	netns = netns_of(w, 9);
	script_advance(w->script, 10 * LINGER);
	assert_false(netns->lingers);
	assert_int_equal(w->script->notices[NOTICE_LINGERING], 0);
	/* They can be seen again, and none is in it. */
	w->script->hidden = false;
	look(w, 3 * SCRIPT_S);
	assert_true(netns->lingers);
	w->script->hidden = true;
	look(w, 3 * SCRIPT_S);
	assert_false(netns->lingers);
}

/* A process that is hidden from one look on has not gone. */
static void processes_become_hidden(void **state)
{
	struct world *w = *state;
	struct netns *p = netns_of(w, 4);

	process(w, "pid:7:70", "web.service", w->p);
	look(w, 3 * SCRIPT_S);
	script_unname(w->script, "/run/netns/p");
	look(w, 3 * SCRIPT_S);
	assert_int_equal(linger_held(p), 1u << HELD_PROCESS);
	w->script->hidden = true;
	script_unname(w->script, "pid:7:70");
	look(w, LINGER + 3 * SCRIPT_S);
	/* Its path has gone, and people are told so; not of a cleanup. */
	assert_true(p->lingers);
	assert_int_equal(p->lost.rank, RANK_PATH);
	assert_int_equal(counts_of(w).gone, 0);
	assert_int_equal(counts_of(w).cleanup, CLEANUP_DONE);
}

/* A name that could not be asked may lead to what has none. */
static void never_named_where_names_were_not_asked(void **state)
{
	struct world *w = *state;
	struct netns *netns;

	w->script->hidden = HIDDEN_NAMES;
	look(w, 3 * SCRIPT_S);
	world_newborn(w, 9, NULL);
	netns = netns_of(w, 9);
	script_advance(w->script, 10 * LINGER);
	assert_false(netns->lingers);
	w->script->hidden = 0;
	look(w, 3 * SCRIPT_S);
	assert_true(netns->lingers);
	/* It goes on: a look that failed once is no news of it. */
	w->script->hidden = HIDDEN_NAMES;
	look(w, 3 * SCRIPT_S);
	assert_true(netns->lingers);
	assert_int_equal(w->script->notices[NOTICE_LINGERED], 0);
	/* Who had an owner is not in doubt. */
	process(w, "pid:7:70", "docker:0123", w->p);
	look(w, 3 * SCRIPT_S);
	script_unname(w->script, "/run/netns/p");
	script_unname(w->script, "pid:7:70");
	look(w, LINGER + 3 * SCRIPT_S);
	assert_true(netns_of(w, 4)->lingers);
}

/* Nor can be told who has a name where not all are kept. */
static void never_named_where_names_are_not_kept(void **state)
{
	struct world *w = *state;
	struct settings settings = w->script->settings;
	int space;

	settings.max_names = 6;
	watch_reload(w->script->watch, &settings);
	space = world_newborn(w, 10, NULL);
	process(w, "pid:7:70", "docker:0123", space);
	look(w, 3 * SCRIPT_S);
	space = world_newborn(w, 9, NULL);
	process(w, "pid:8:80", "docker:4567", space);
	process(w, "pid:8:81", "docker:4567", space);
	w->script->told = 8;
	look(w, 3 * SCRIPT_S);
	assert_null(netns_of(w, 9)->names);
	script_advance(w->script, 10 * LINGER);
	assert_false(netns_of(w, 9)->lingers);
	/* The next process of that container may be one too many. */
	script_unname(w->script, "pid:7:70");
	look(w, 10 * LINGER);
	assert_null(netns_of(w, 10)->names);
	assert_false(netns_of(w, 10)->lingers);
	settings.max_names = 100;
	watch_reload(w->script->watch, &settings);
	w->script->told = 7;
	look(w, 10 * LINGER);
	assert_non_null(netns_of(w, 9)->names);
	assert_false(netns_of(w, 9)->lingers);
	assert_true(netns_of(w, 10)->lingers);
}

/* A descriptor is the least that can hold it, and is no owner that it lost. */
static void a_descriptor_holds_it(void **state)
{
	struct world *w = *state;
	struct netns *p = netns_of(w, 4);

	script_unname(w->script, "/run/netns/p");
	script_name(w->script, "fd:9:90:3", w->p);
	script_find_name(w->script, "fd:9:90:3")->kind = NAME_DESCRIPTOR;
	look(w, LINGER + 3 * SCRIPT_S);
	assert_true(p->lingers);
	assert_int_equal(linger_held(p), 1u << HELD_DESCRIPTOR);
	assert_int_equal(counts_of(w).lingering[HELD_DESCRIPTOR], 1);
}

/* ---- what it is called ------------------------------------------------------ */

static void assert_label(struct world *w, int32_t nsid, const char *wanted)
{
	const char *label;

	names_called(netns_of(w, nsid), &label);
	assert_string_equal(label, wanted);
}

/* Whoever joins a container's namespace does not give it another name. */
static void the_oldest_gives_the_name(void **state)
{
	struct world *w = *state;
	int space = world_newborn(w, 9, NULL);

	process(w, "pid:80:800", "docker:b000", space);
	look(w, 3 * SCRIPT_S);
	process(w, "pid:9:801", "docker:a000", space);
	look(w, 3 * SCRIPT_S);
	assert_label(w, 9, "docker:b000");
	/* Whichever of them ends first. */
	script_unname(w->script, "pid:80:800");
	look(w, 3 * SCRIPT_S);
	assert_label(w, 9, "docker:b000");
	script_unname(w->script, "pid:9:801");
	look(w, 3 * SCRIPT_S);
	assert_label(w, 9, "docker:b000");
}

static void an_older_one_is_found_later(void **state)
{
	struct world *w = *state;
	int space = world_newborn(w, 9, NULL);

	process(w, "pid:9:801", "pod:u/cri-o:a000", space);
	look(w, 3 * SCRIPT_S);
	assert_label(w, 9, "pod:u/cri-o:a000");
	process(w, "pid:80:1000", "pod:u/cri-o:c000", space);
	process(w, "pid:81:99", "pod:u/cri-o:b000", space);
	look(w, 3 * SCRIPT_S);
	assert_label(w, 9, "pod:u/cri-o:b000");
	script_unname(w->script, "pid:9:801");
	script_unname(w->script, "pid:81:99");
	look(w, 3 * SCRIPT_S);
	assert_label(w, 9, "pod:u/cri-o:b000");
}

/* ---- the cleanup ----------------------------------------------------------- */

/* It is dead, and its removal does not come. */
static void stuck_where_nothing_moves(void **state)
{
	struct world *w = *state;
	struct netns *p = netns_of(w, 4);

	script_die(w->script, w->p);
	look(w, LINGER + 3 * SCRIPT_S);
	assert_true(p->lingers);
	assert_int_equal(linger_fate(w->script->watch, p), FATE_DEAD);
	assert_int_equal(counts_of(w).waiting, 1);
	assert_int_equal(counts_of(w).cleanup, CLEANUP_STUCK);
	assert_false(linger_passed_over(w->script->watch, p));
	/* It comes after all. */
	script_kill(w->script, w->p);
	script_advance(w->script, 2 * SCRIPT_S);
	assert_int_equal(counts_of(w).waiting, 0);
	assert_int_equal(counts_of(w).cleanup, CLEANUP_DONE);
}

/* Two that know each other go in one pass: neither drops the other, and on a
 * quiet host no later death tells that the pass is over. */
static void those_of_one_pass_do_not_wait(void **state)
{
	struct world *w = *state;
	const int both[] = { w->a, w->b };
	const struct death *death;

	script_pass(w->script, both, 2);
	script_advance(w->script, 200 * SCRIPT_S);
	death = verify_open_deaths(watch_verify(w->script->watch));
	assert_true(death && death->overdue && death->next->overdue);
	assert_true(death->n_removals < death->expected);
	assert_int_equal(counts_of(w).waiting, 0);
	assert_int_equal(counts_of(w).cleanup, CLEANUP_DONE);
}

/* A removal that does not come, in a table that is there, is waited for. */
static void one_that_is_half_removed_waits(void **state)
{
	struct world *w = *state;

	script_die(w->script, w->p);
	script_remove(w->script, SCRIPT_HOME, 4);
	script_advance(w->script, 200 * SCRIPT_S);
	assert_int_equal(counts_of(w).waiting, 1);
	assert_int_equal(counts_of(w).cleanup, CLEANUP_STUCK);
}

/* Others go, whose removals say nothing of a pass after its loss yet. */
static void a_backlog_moves(void **state)
{
	struct world *w = *state;

	script_die(w->script, w->p);
	look(w, LINGER + 3 * SCRIPT_S);
	script_raw(w->script, TAG_HOME, EVENT_DEL, 77);
	script_advance(w->script, SCRIPT_S);
	assert_int_equal(counts_of(w).cleanup, CLEANUP_BACKLOG);
	script_advance(w->script, LINGER);
	assert_int_equal(counts_of(w).cleanup, CLEANUP_STUCK);
}

/* A socket holds it, and nothing else ever dies on this host. */
static void one_that_answers_lives(void **state)
{
	struct world *w = *state;
	struct netns *p = netns_of(w, 4);

	script_unname(w->script, "/run/netns/p");
	look(w, LINGER + 3 * SCRIPT_S);
	assert_true(p->lingers);
	script_advance(w->script, SCRIPT_S);
	assert_int_equal(linger_fate(w->script->watch, p), FATE_ANSWERED);
	assert_int_equal(counts_of(w).gone, 1);
	assert_int_equal(counts_of(w).unknown, 0);
	assert_int_equal(counts_of(w).waiting, 0);
	assert_int_equal(counts_of(w).cleanup, CLEANUP_DONE);
}

/* It lets nobody ask, and nothing else dies: nobody knows. */
static void one_that_refuses_is_unknown(void **state)
{
	struct world *w = *state;
	struct netns *p = netns_of(w, 4);

	script_unname(w->script, "/run/netns/p");
	w->script->spaces[w->p].refuses = true;
	look(w, LINGER + 3 * SCRIPT_S);
	assert_true(p->lingers);
	assert_int_equal(linger_fate(w->script->watch, p), FATE_UNKNOWN);
	assert_int_equal(counts_of(w).unknown, 1);
	assert_int_equal(counts_of(w).waiting, 0);
	assert_int_equal(counts_of(w).cleanup, CLEANUP_UNKNOWN);
	/* Another one dies: the cleanup works. */
	script_barrier(w->script);
	script_advance(w->script, 3 * SCRIPT_S);
	assert_int_equal(linger_fate(w->script->watch, p), FATE_PASSED);
	assert_int_equal(counts_of(w).cleanup, CLEANUP_DONE);
}

/* One that was alive later has died: p was passed over, so a socket holds it. */
static void held_where_the_cleanup_ran(void **state)
{
	struct world *w = *state;

	script_unname(w->script, "/run/netns/p");
	look(w, LINGER + 3 * SCRIPT_S);
	script_barrier(w->script);
	script_advance(w->script, 3 * SCRIPT_S);
	assert_true(linger_passed_over(w->script->watch, netns_of(w, 4)));
	assert_int_equal(counts_of(w).gone, 1);
	assert_int_equal(counts_of(w).waiting, 0);
	assert_int_equal(counts_of(w).cleanup, CLEANUP_DONE);
}

static void words(void **state)
{
	(void)state;
	assert_string_equal(held_name(HELD_PROCESS), "process");
	assert_string_equal(held_name(HELD_MOUNT), "mount");
	assert_string_equal(held_name(HELD_DESCRIPTOR), "descriptor");
	assert_string_equal(held_name(HELD_UNKNOWN), "unknown");
	assert_null(held_name(HELD_KINDS));
	assert_string_equal(cleanup_name(CLEANUP_DONE), "done");
	assert_string_equal(cleanup_name(CLEANUP_BACKLOG), "backlog");
	assert_string_equal(cleanup_name(CLEANUP_STUCK), "stuck");
	assert_string_equal(cleanup_name(CLEANUP_UNKNOWN), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(named_ones_do_not_linger),
		CASE(nothing_visible_holds_it),
		CASE(it_dies_in_the_end),
		CASE(a_process_holds_it),
		CASE(a_path_outlives_processes),
		CASE(a_mount_outlives_a_container),
		CASE(a_later_path_is_no_owner),
		CASE(a_guest_is_no_owner),
		CASE(a_guest_that_stays_is_the_owner),
		CASE(a_mount_and_a_process_use_it),
		CASE(never_named),
		CASE(never_named_where_processes_are_hidden),
		CASE(processes_become_hidden),
		CASE(never_named_where_names_were_not_asked),
		CASE(never_named_where_names_are_not_kept),
		CASE(a_descriptor_holds_it),
		CASE(what_let_go_last_counts),
		CASE(a_descriptor_is_no_owner),
		CASE(the_oldest_gives_the_name),
		CASE(an_older_one_is_found_later),
		CASE(stuck_where_nothing_moves),
		CASE(those_of_one_pass_do_not_wait),
		CASE(one_that_is_half_removed_waits),
		CASE(a_backlog_moves),
		CASE(one_that_answers_lives),
		CASE(one_that_refuses_is_unknown),
		CASE(held_where_the_cleanup_ran),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests_name("linger", tests, NULL, NULL);
}
