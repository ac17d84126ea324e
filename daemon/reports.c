/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/reports.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/engine/ledger.h"
#include "common/engine/linger.h"
#include "common/engine/verify.h"
#include "common/engine/watch.h"
#include "daemon/alert.h"

static uint64_t count_gaps(const struct watch *watch)
{
	const struct counters *counters = watch_counters(watch);
	uint64_t sum = 0;
	int cause;

	for (cause = 0; cause < GAP_CAUSES; cause++)
		sum += counters->gaps[cause];
	return sum;
}

/* ---- classes --------------------------------------------------------------- */

/* How many there were since the start, whether or not anybody saw them. */
static uint64_t total_of(const struct reports *reports,
			 const struct watch *watch, int class)
{
	const struct tally *tally = &watch_verify(watch)->tally;
	const uint64_t *untaken = watch_counters(watch)->untaken;
	uint64_t resolved = tally->states[FINDING_RESOLVED];

	switch (class) {
	case FINDING_LATE: /* without those that were missing until then */
		return tally->findings[FINDING_LATE] - resolved;
	case REPORT_RESOLVED:
		return resolved;
	case REPORT_WITHDRAWN:
		return tally->states[FINDING_WITHDRAWN];
	case REPORT_LINGERING:
		return reports->lingering + untaken[NOTICE_LINGERING];
	case REPORT_RELEASED:
		return reports->released + untaken[NOTICE_LINGERED];
	case REPORT_GAP:
		return count_gaps(watch);
	default:
		return tally->findings[class];
	}
}

static const char *class_name(int class)
{
	switch (class) {
	case REPORT_RESOLVED:
		return "resolved";
	case REPORT_WITHDRAWN:
		return "withdrawn";
	case REPORT_LINGERING:
		return "lingering";
	case REPORT_RELEASED:
		return "released";
	case REPORT_GAP:
		return "gap";
	default:
		return finding_name((enum finding_kind) class);
	}
}

/* One of the class: is it one of the few that are told in full? */
static bool in_full(struct reports *reports, int class, const struct stamp *now)
{
	struct report_count *count = &reports->counts[class];

	if (count->in_full == 0)
		count->since_ns = now->mono_ns;
	if (count->in_full == REPORTS_IN_FULL)
		return false;
	count->in_full++;
	count->told++;
	return true;
}

static struct alert_origin origin_of(const struct reports *reports,
				     const struct watch *watch)
{
	return (struct alert_origin){
		.watch = watch,
		.at = watch_now(watch),
		.recorded = reports->recorded,
	};
}

static void tell(struct reports *reports, struct alert *alert)
{
	reports->tell(reports->userdata, alert);
	alert_deinit(alert);
}

/* ---- what there is to tell ---------------------------------------------------- */

static void report_finding(struct reports *reports, const struct watch *watch,
			   const struct finding *finding,
			   const struct stamp *now)
{
	const struct alert_origin origin = origin_of(reports, watch);
	int class = finding->state == FINDING_RESOLVED ? REPORT_RESOLVED :
							 REPORT_WITHDRAWN;
	struct alert alert;

	if (finding->id > reports->finding &&
	    in_full(reports, (int)finding->made_as, now)) {
		alert_finding(&origin, finding, &alert);
		tell(reports, &alert);
	}
	if (finding->state != FINDING_STANDS && in_full(reports, class, now)) {
		alert_changed(&origin, finding, &alert);
		tell(reports, &alert);
	}
}

static void report_findings(struct reports *reports, struct watch *watch,
			    const struct stamp *now)
{
	const struct verify *verify = watch_verify(watch);
	const struct finding *finding = verify_findings(verify);

	if (verify->finding_changes == reports->changes)
		return;
	for (; finding; finding = finding->next)
		if (finding->change > reports->changes)
			report_finding(reports, watch, finding, now);
	reports->changes = verify->finding_changes;
	reports->finding = verify->next_finding;
	watch_reported(watch);
}

static void report_lingering(struct reports *reports, struct watch *watch,
			     const struct notice *notice,
			     const struct stamp *now)
{
	const struct alert_origin origin = origin_of(reports, watch);
	const struct netns *netns = linger_find(watch, notice->id);
	bool lingers = notice->type == NOTICE_LINGERING;
	struct alert alert;

	reports->lingering += lingers;
	reports->released += !lingers;
	if (!netns ||
	    !in_full(reports, lingers ? REPORT_LINGERING : REPORT_RELEASED,
		     now))
		return;
	alert_lingering(&origin, netns, lingers, &alert);
	tell(reports, &alert);
}

/* The first at once, and what follows within an interval in one line. */
static void report_gaps(struct reports *reports, const struct watch *watch,
			const struct stamp *now)
{
	const struct alert_origin origin = origin_of(reports, watch);
	struct report_count *count = &reports->counts[REPORT_GAP];
	uint64_t total = count_gaps(watch);
	struct alert alert;

	if (total == count->told || count->in_full)
		return;
	alert_gap(&origin, total - count->told, total, &alert);
	count->in_full = 1;
	count->since_ns = now->mono_ns;
	count->told = total;
	tell(reports, &alert);
}

/* The interval of a class is over: what was not told in full is told now. */
static void close_interval(struct reports *reports, const struct watch *watch,
			   int class)
{
	const struct alert_origin origin = origin_of(reports, watch);
	struct report_count *count = &reports->counts[class];
	uint64_t total = total_of(reports, watch, class);
	struct alert alert;

	count->in_full = 0;
	if (total == count->told || class == REPORT_GAP)
		return;
	alert_more(&origin, class_name(class), total - count->told, total,
		   &alert);
	count->told = total;
	tell(reports, &alert);
}

/* Too much came at once for anybody to see which: it is told as a number. */
static void report_untaken(struct reports *reports, const struct watch *watch,
			   int class, const struct stamp *now)
{
	struct report_count *count = &reports->counts[class];

	if (count->in_full || total_of(reports, watch, class) == count->told)
		return;
	close_interval(reports, watch, class);
	count->in_full = REPORTS_IN_FULL;
	count->since_ns = now->mono_ns;
}

static void close_intervals(struct reports *reports, const struct watch *watch,
			    const struct stamp *now)
{
	const struct report_count *count;
	int class;

	for (class = 0; class < REPORT_CLASSES; class ++) {
		count = &reports->counts[class];
		if (count->in_full &&
		    now->mono_ns - count->since_ns >= REPORTS_INTERVAL_NS)
			close_interval(reports, watch, class);
	}
}

void reports_begin(struct reports *reports, const struct watch *watch)
{
	const struct verify *verify = watch_verify(watch);
	int class;

	reports->finding = verify->next_finding;
	reports->changes = verify->finding_changes;
	for (class = 0; class < REPORT_CLASSES; class ++)
		reports->counts[class].told = total_of(reports, watch, class);
}

void reports_take(struct reports *reports, struct watch *watch,
		  const struct stamp *now)
{
	struct notice notice;

	close_intervals(reports, watch, now);
	report_findings(reports, watch, now);
	while (watch_next_notice(watch, &notice)) {
		switch (notice.type) {
		case NOTICE_LINGERING:
		case NOTICE_LINGERED:
			report_lingering(reports, watch, &notice, now);
			break;
		case NOTICE_FINDING:
		case NOTICE_DEATH:
		case NOTICE_GAP:
		case NOTICE_AUDIT:
			break;
		}
	}
	report_untaken(reports, watch, REPORT_LINGERING, now);
	report_untaken(reports, watch, REPORT_RELEASED, now);
	report_gaps(reports, watch, now);
}

void reports_end(struct reports *reports, const struct watch *watch,
		 const struct stamp *now)
{
	int class;

	for (class = 0; class < REPORT_CLASSES; class ++)
		if (reports->counts[class].in_full)
			close_interval(reports, watch, class);
	report_gaps(reports, watch, now);
}

uint64_t reports_deadline(const struct reports *reports,
			  const struct watch *watch)
{
	uint64_t deadline_ns = UINT64_MAX, at_ns;
	const struct report_count *count;
	int class;

	for (class = 0; class < REPORT_CLASSES; class ++) {
		count = &reports->counts[class];
		at_ns = count->since_ns + REPORTS_INTERVAL_NS;
		if (count->in_full && at_ns < deadline_ns &&
		    total_of(reports, watch, class) > count->told)
			deadline_ns = at_ns;
	}
	return deadline_ns;
}

void reports_status(const struct reports *reports, const struct watch *watch,
		    char *ret_text, size_t size)
{
	const struct ledger *ledger = watch_ledger(watch);
	const struct death_counts *deaths = verify_counts(watch_verify(watch));

	if (!watch_ready(watch)) {
		snprintf(ret_text, size, "starting: the first audit runs");
		return;
	}
	snprintf(ret_text, size,
		 "%sholders: %" PRIu32 ", entries: %" PRIu32
		 "; deaths: %" PRIu64 " verified, %" PRIu64
		 " violated, %" PRIu64 " indeterminate, %" PRIu64
		 " open; gaps: %" PRIu64,
		 reports->recorded ? "a recording: " : "", ledger->n_netnses,
		 ledger->n_entries, deaths->verified, deaths->violated,
		 deaths->indeterminate, deaths->open, count_gaps(watch));
}
