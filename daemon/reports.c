/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/reports.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/engine/ledger.h"
#include "common/engine/linger.h"
#include "common/engine/names.h"
#include "common/engine/verify.h"
#include "common/engine/watch.h"
#include "daemon/log.h"

#define PARTY_MAX (NAME_MAX_BYTES + 32)

static void party_text(const struct party *party, char *ret_text, size_t size)
{
	const char *name = party->label[0] ? party->label : party->name;

	if (!party->known)
		snprintf(ret_text, size, "an unknown namespace");
	else if (party->nsid == TAG_HOME)
		snprintf(ret_text, size, "home");
	else if (name[0])
		snprintf(ret_text, size, "%s (%" PRId32 ")", name, party->nsid);
	else
		snprintf(ret_text, size, "namespace %" PRId32, party->nsid);
}

static void report_finding(const struct watch *watch, uint64_t id)
{
	const struct finding *finding = verify_finding(watch_verify(watch), id);
	char holder[PARTY_MAX], peer[PARTY_MAX];
	enum log_level level = LOG_LEVEL_NOTICE;

	if (!finding)
		return;
	if (finding->state == FINDING_STANDS)
		level = LOG_LEVEL_ERROR;
	party_text(&finding->holder, holder, sizeof(holder));
	party_text(&finding->peer, peer, sizeof(peer));
	log_line(level,
		 "finding %" PRIu64 " %s: %s: nsid %" PRId32 " of %s in %s: %s",
		 finding->id, finding_state_name(finding->state),
		 finding_name(finding->kind), finding->nsid, peer, holder,
		 finding->evidence);
}

static void report_lingering(const struct watch *watch, uint64_t serial)
{
	const struct netns *netns = linger_find(watch, serial);
	const char *label, *name;

	if (!netns || !netns->lingers)
		return;
	name = names_called(netns, &label);
	log_line(LOG_LEVEL_WARNING,
		 "%s (%" PRId32 ") lingers: its owner has gone and it does "
		 "not die; nsidwatch namespaces --lingering shows what holds "
		 "it",
		 label ? label :
		 name  ? name :
			 "a namespace without a name",
		 netns->nsid);
}

static uint64_t count_gaps(const struct watch *watch)
{
	const struct counters *counters = watch_counters(watch);
	uint64_t sum = 0;
	int cause;

	for (cause = 0; cause < GAP_CAUSES; cause++)
		sum += counters->gaps[cause];
	return sum;
}

/* The first at once, and what follows within an interval in one line. */
static void report_gaps(struct reports *reports, const struct watch *watch,
			const struct stamp *now)
{
	uint64_t gaps = count_gaps(watch);
	uint64_t new = gaps - reports->gaps_told;

	if (!new || (reports->gap_ns &&
		     now->mono_ns - reports->gap_ns < REPORTS_INTERVAL_NS))
		return;
	log_line(LOG_LEVEL_WARNING,
		 "%" PRIu64 " gap%s: events were lost, deaths that this "
		 "touches are indeterminate",
		 new, new == 1 ? "" : "s");
	reports->gap_ns = now->mono_ns;
	reports->gaps_told = gaps;
}

void reports_take(struct reports *reports, struct watch *watch,
		  const struct stamp *now)
{
	struct notice notice;

	while (watch_next_notice(watch, &notice)) {
		switch (notice.type) {
		case NOTICE_FINDING:
			report_finding(watch, notice.id);
			break;
		case NOTICE_LINGERING:
			report_lingering(watch, notice.id);
			break;
		case NOTICE_LINGERED:
		case NOTICE_DEATH:
		case NOTICE_GAP:
		case NOTICE_AUDIT:
			break;
		}
	}
	report_gaps(reports, watch, now);
}

void reports_status(const struct watch *watch, char *ret_text, size_t size)
{
	const struct ledger *ledger = watch_ledger(watch);
	const struct death_counts *deaths = verify_counts(watch_verify(watch));

	if (!watch_ready(watch)) {
		snprintf(ret_text, size, "starting: the first audit runs");
		return;
	}
	snprintf(ret_text, size,
		 "holders: %" PRIu32 ", entries: %" PRIu32 "; deaths: %" PRIu64
		 " verified, %" PRIu64 " violated, %" PRIu64
		 " indeterminate, %" PRIu64 " open; gaps: %" PRIu64,
		 ledger->n_netnses, ledger->n_entries, deaths->verified,
		 deaths->violated, deaths->indeterminate, deaths->open,
		 count_gaps(watch));
}
