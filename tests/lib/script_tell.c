/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the engine concluded about a scripted world. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/script.h"

/*
 * By its name, where the death has one. Else by its generation, which is the
 * engine's as long as it heard all that happened to the number.
 */
static bool death_of(const struct death *death,
		     const struct script_namespace *space)
{
	if (!death->peer || death->peer->nsid != space->number)
		return false;
	if (death->name[0] && space->name[0])
		return !strcmp(death->name, space->name);
	return !death->name[0] && death->peer->generation == space->generation;
}

const struct death *script_death(struct script *script, int space)
{
	const struct verify *verify = watch_verify(script->watch);
	const struct death *lists[] = { verify_closed_deaths(verify),
					verify_open_deaths(verify) };

	for (size_t i = 0; i < 2; i++)
		for (; lists[i]; lists[i] = lists[i]->next)
			if (death_of(lists[i], &script->spaces[space]))
				return lists[i];
	return NULL;
}

enum verdict script_verdict(struct script *script, int space)
{
	const struct death *death = script_death(script, space);

	return death ? death->verdict : VERDICT_OPEN;
}

enum reason script_reason(struct script *script, int space)
{
	const struct death *death = script_death(script, space);

	return death ? death->reason : REASON_NONE;
}

unsigned int script_count(struct script *script, enum finding_kind kind,
			  enum finding_state but)
{
	const struct finding *finding =
		verify_findings(watch_verify(script->watch));
	unsigned int count = 0;

	for (; finding; finding = finding->next)
		count += finding->kind == kind && finding->state != but;
	return count;
}

unsigned int script_standing(struct script *script)
{
	const struct finding *finding =
		verify_findings(watch_verify(script->watch));
	unsigned int count = 0;

	for (; finding; finding = finding->next)
		count += finding->state == FINDING_STANDS;
	return count;
}

unsigned int script_findings(struct script *script)
{
	const struct finding *finding =
		verify_findings(watch_verify(script->watch));
	unsigned int count = 0;

	for (; finding; finding = finding->next)
		count++;
	return count;
}

const struct finding *script_finding(struct script *script,
				     enum finding_kind kind)
{
	const struct finding *finding =
		verify_findings(watch_verify(script->watch));

	while (finding && finding->kind != kind)
		finding = finding->next;
	return finding;
}

static void tell_deaths(const struct death *death)
{
	for (; death; death = death->next)
		print_error("  death %" PRIu64
			    " of home's %d (%u) %s: %s %s %s, "
			    "%u removals, %u excused, certain %d, barrier %d, "
			    "revision %" PRIu64 "\n",
			    death->id, death->peer ? death->peer->nsid : -9,
			    death->peer ? death->peer->generation : 0,
			    death->name, verdict_name(death->verdict),
			    proof_name(death->proof),
			    reason_name(death->reason), death->n_removals,
			    death->excused, death->certain,
			    death->barrier_seq != 0, death->revision);
}

void script_tell(struct script *script)
{
	const struct verify *verify = watch_verify(script->watch);
	const struct finding *finding = verify_findings(verify);

	tell_deaths(verify_closed_deaths(verify));
	tell_deaths(verify_open_deaths(verify));
	for (; finding; finding = finding->next)
		print_error("  finding %" PRIu64
			    " %s (%s): holder %d, nsid %d, "
			    "peer %d, death %" PRIu64 ": %s\n",
			    finding->id, finding_name(finding->kind),
			    finding_state_name(finding->state),
			    finding->holder.nsid, finding->nsid,
			    finding->peer.known ? finding->peer.nsid : -9,
			    finding->death, finding->evidence);
}

static bool table_agrees(struct script *script, int space,
			 const struct netns *holder)
{
	const struct script_namespace *of = &script->spaces[space];
	const struct entry *entry;
	bool agrees = true;

	for (size_t i = 0; i < of->n_entries; i++) {
		entry = ledger_entry(holder, of->entries[i].nsid);
		if (entry && entry->balance == 1)
			continue;
		print_error("  (%d, %d) is not in the ledger\n", holder->nsid,
			    of->entries[i].nsid);
		agrees = false;
	}
	for (entry = holder->entries.first; entry; entry = entry->next) {
		if (!entry->balance || script_entry(script, space, entry->nsid))
			continue;
		print_error("  (%d, %d) is in the ledger only\n", holder->nsid,
			    entry->nsid);
		agrees = false;
	}
	return agrees;
}

bool script_agrees(struct script *script)
{
	const struct ledger *ledger = watch_ledger(script->watch);
	struct script_namespace *home = &script->spaces[SCRIPT_HOME];
	bool agrees = table_agrees(script, SCRIPT_HOME, ledger->home);
	struct netns *holder;

	for (size_t i = 0; i < home->n_entries; i++) {
		if (home->entries[i].peer <= SCRIPT_HOME ||
		    script->spaces[home->entries[i].peer].dying)
			continue;
		holder = ledger_holder(ledger, home->entries[i].nsid);
		agrees &= holder &&
			  table_agrees(script, home->entries[i].peer, holder);
	}
	return agrees;
}
