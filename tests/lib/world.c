/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/lib/world.h"

int world_make(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct script *script = script_new();

	assert_non_null(world);
	*world = (struct world){
		.script = script,
		.a = script_space(script),
		.b = script_space(script),
		.c = script_space(script),
		.p = script_space(script),
		.q = script_space(script),
	};
	script_name(script, "/run/netns/a", world->a);
	script_name(script, "/run/netns/b", world->b);
	script_name(script, "/run/netns/c", world->c);
	script_name(script, "/run/netns/p", world->p);
	script_name(script, "/run/netns/q", world->q);
	script_insert(script, SCRIPT_HOME, 1, world->a);
	script_insert(script, SCRIPT_HOME, 2, world->b);
	script_insert(script, SCRIPT_HOME, 3, world->c);
	script_insert(script, SCRIPT_HOME, 4, world->p);
	script_insert(script, SCRIPT_HOME, 5, world->q);
	script_insert(script, world->a, 10, world->p);
	script_insert(script, world->a, 11, world->q);
	script_insert(script, world->a, 12, SCRIPT_HOME);
	script_insert(script, world->a, 13, world->b);
	script_insert(script, world->b, 20, world->p);
	script_insert(script, world->b, 21, world->q);
	script_insert(script, world->b, 25, world->a);
	script_insert(script, world->c, 31, world->q);
	script_insert(script, world->c, 35, world->a);
	*state = world;
	return 0;
}

int world_setup(void **state)
{
	struct world *world;

	world_make(state);
	world = *state;
	script_learn(world->script);
	return 0;
}

int world_teardown(void **state)
{
	struct world *world = *state;

	world->script = script_free(world->script);
	free(world);
	return 0;
}

void world_found(struct world *world, unsigned int kinds, unsigned int least,
		 unsigned int most)
{
	unsigned int count = 0;

	for (enum finding_kind kind = 0; kind < FINDING_KINDS; kind++)
		if (kinds & 1u << kind)
			count += script_count(world->script, kind,
					      FINDING_WITHDRAWN);
	if (count == script_findings(world->script) && count >= least &&
	    count <= most)
		return;
	script_tell(world->script);
	fail_msg("%u findings of the expected kinds (%u to %u), %u in all",
		 count, least, most, script_findings(world->script));
}

void world_clean(struct world *world)
{
	world_found(world, 0, 0, 0);
}

void world_verdict(struct world *world, int space, enum verdict verdict)
{
	if (script_death(world->script, space) &&
	    script_verdict(world->script, space) == verdict)
		return;
	script_tell(world->script);
	fail_msg("the death of %d is not %s", space, verdict_name(verdict));
}

void world_not(struct world *world, int space, enum verdict verdict)
{
	if (script_verdict(world->script, space) != verdict)
		return;
	script_tell(world->script);
	fail_msg("the death of %d is %s", space, verdict_name(verdict));
}

void world_doubt(struct world *world, int space, enum reason reason)
{
	world_verdict(world, space, VERDICT_INDETERMINATE);
	if (script_reason(world->script, space) == reason)
		return;
	script_tell(world->script);
	fail_msg("the reason is not %s", reason_name(reason));
}

int world_newborn(struct world *world, int32_t nsid, const char *name)
{
	int space = script_space(world->script);

	script_number(world->script, SCRIPT_HOME, nsid, space);
	if (name)
		script_name(world->script, name, space);
	return space;
}
