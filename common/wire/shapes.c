/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/wire/shapes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/watch.h"

#include "common/engine/ledger.h"
#include "common/engine/linger.h"
#include "common/engine/passes.h"
#include "common/engine/sync.h"
#include "common/engine/verify.h"
#include "common/wire/text.h"

/* The highest nsid there is; batched kernels warn when they walk past it. */
#define NSID_HIGHEST 2147483647

json_t *shapes_number(uint64_t number)
{
	return json_integer((json_int_t)number);
}

json_t *shapes_object(json_t *object, const struct shapes_field *fields)
{
	int r = object ? 0 : -1;

	for (; fields->key; fields++)
		r |= json_object_set_new_nocheck(object, fields->key,
						 fields->value);
	if (r < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *shape_known(bool known, uint64_t number)
{
	return known ? shapes_number(number) : json_null();
}

json_t *shapes_text(const char *text)
{
	char *escaped;
	json_t *value;

	if (!text || !*text)
		return json_null();
	escaped = text_escape(text);
	value = json_string_nocheck(escaped);
	free(escaped);
	return value;
}

json_t *shapes_moment(const struct stamp *at)
{
	char text[TEXT_STAMP_MAX];

	if (!at->real_ns)
		return json_null();
	text_stamp(at->real_ns, text);
	return json_string(text);
}

json_t *shapes_span(const struct stamp *from, const struct stamp *to)
{
	if (!from->mono_ns || to->mono_ns < from->mono_ns)
		return json_null();
	return shapes_number((to->mono_ns - from->mono_ns) / 1000u);
}

/* ---- the summary ---------------------------------------------------------- */

/* What has left home and waits for its verdict is under watch no more. */
int shapes_coverage(const struct watch *watch,
		    struct shapes_coverage *ret_coverage)
{
	const struct netns *netns = watch_ledger(watch)->netnses;
	struct shapes_coverage coverage = { 0 };
	const struct name **names;
	ssize_t unheard;

	unheard = shapes_unheard(watch, &names);
	if (unheard < 0)
		return -ENOMEM;
	free(names);
	for (; netns; netns = netns->next) {
		if (netns->ended_seq)
			continue;
		coverage.heard++;
		coverage.entries += netns->n_entries;
		coverage.resolved += netns->n_entries - netns->n_unknown;
		coverage.beyond[CEILING_ENTRIES] += netns->n_beyond;
	}
	coverage.beyond[CEILING_HOLDERS] = watch_ledger(watch)->home->n_beyond;
	/* Each of them may lead to one that nobody hears. */
	coverage.beyond[CEILING_NAMES] = sync_beyond(watch);
	coverage.entries += coverage.beyond[CEILING_ENTRIES];
	coverage.holders = coverage.heard + (uint64_t)unheard +
			   coverage.beyond[CEILING_HOLDERS] +
			   coverage.beyond[CEILING_NAMES];
	*ret_coverage = coverage;
	return 0;
}

static json_t *shape_coverage(const struct watch *watch)
{
	struct shapes_coverage coverage;

	if (shapes_coverage(watch, &coverage) < 0)
		return NULL;
	return SHAPES_OBJECT({ "holders", shapes_number(coverage.holders) },
			     { "holders_heard", shapes_number(coverage.heard) },
			     { "entries", shapes_number(coverage.entries) },
			     { "entries_resolved",
			       shapes_number(coverage.resolved) });
}

static json_t *shape_reasons(const struct death_counts *counts)
{
	json_t *reasons = json_object();
	int reason;

	for (reason = REASON_NONE + 1; reason < REASONS; reason++) {
		if (!counts->reasons[reason])
			continue;
		if (json_object_set_new(
			    reasons, reason_name((enum reason)reason),
			    shapes_number(counts->reasons[reason])) == 0)
			continue;
		json_decref(reasons);
		return NULL;
	}
	return reasons;
}

static json_t *shape_counts(const struct death_counts *counts)
{
	return SHAPES_OBJECT(
		{ "total", shapes_number(counts->total) },
		{ "verified", shapes_number(counts->verified) },
		{ "by_accounts", shapes_number(counts->by_accounts) },
		{ "excused", shapes_number(counts->excused) },
		{ "reasons", shape_reasons(counts) },
		{ "violated", shapes_number(counts->violated) },
		{ "indeterminate", shapes_number(counts->indeterminate) },
		{ "open", shapes_number(counts->open) });
}

static json_t *shape_pass_counts(const struct passes *passes)
{
	static const struct {
		const char *key;
		enum order order;
	} rows[] = {
		{ "per_holder", ORDER_PER_HOLDER },
		{ "per_peer", ORDER_PER_PEER },
		{ "mixed", ORDER_MIXED },
		{ "unknown", ORDER_UNKNOWN },
	};
	json_t *counts = json_object();
	uint64_t total = 0, count;
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		count = passes_count(passes, rows[i].order);
		total += count;
		if (rows[i].order != ORDER_MIXED || count)
			r |= json_object_set_new(counts, rows[i].key,
						 shapes_number(count));
	}
	r |= json_object_set_new(counts, "total", shapes_number(total));
	if (r < 0) {
		json_decref(counts);
		return NULL;
	}
	return counts;
}

/* What was withdrawn is no finding any more; `findings` still shows it. */
static json_t *shape_standing(const struct watch *watch)
{
	const struct finding *finding;
	json_t *array = json_array();
	char id[24];

	finding = verify_findings(watch_verify(watch));
	for (; finding; finding = finding->next) {
		if (finding->state == FINDING_WITHDRAWN)
			continue;
		snprintf(id, sizeof(id), "%llu",
			 (unsigned long long)finding->id);
		if (json_array_append_new(array, shapes_finding(watch, id)) ==
		    0)
			continue;
		json_decref(array);
		return NULL;
	}
	return array;
}

static json_t *shape_kernel(const struct watch *watch,
			    const struct shapes_kernel *kernel)
{
	enum order order = passes_order(watch_passes(watch));

	return SHAPES_OBJECT({ "release", shapes_text(kernel->release) },
			     { "built_batched",
			       kernel->built_batched < 0 ?
				       json_null() :
				       json_boolean(kernel->built_batched) },
			     { "order", json_string(order_name(order)) });
}

static uint64_t count_gaps(const struct counters *counters)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < GAP_CAUSES; i++)
		sum += counters->gaps[i];
	return sum;
}

json_t *shapes_summary(const struct watch *watch,
		       const struct shapes_kernel *kernel, bool span)
{
	const struct counters *counters = watch_counters(watch);
	const struct verify *verify = watch_verify(watch);
	json_t *events;

	events = SHAPES_OBJECT({ "new", shapes_number(counters->news) },
			       { "del", shapes_number(counters->dels) });
	return SHAPES_OBJECT(
		{ "version", json_string(PACKAGE_VERSION) },
		{ "kernel", shape_kernel(watch, kernel) },
		{ "coverage", shape_coverage(watch) }, { "events", events },
		{ "gaps", shapes_number(count_gaps(counters)) },
		{ "audits", shapes_number(counters->audits) },
		{ "deaths", shape_counts(span ? verify_span_counts(verify) :
						verify_counts(verify)) },
		{ "inversions", shapes_number(counters->inversions) },
		{ "passes", shape_pass_counts(watch_passes(watch)) },
		{ "findings", shape_standing(watch) });
}

/* ---- status --------------------------------------------------------------- */

json_t *shapes_audit(const struct watch *watch)
{
	const struct audit *audit = watch_audit(watch);

	return SHAPES_OBJECT({ "running", json_boolean(audit->running) },
			     { "audit", shapes_number(audit->serial) },
			     { "holders", shapes_number(audit->holders) },
			     { "entries", shapes_number(audit->entries) },
			     { "mismatches", shapes_number(audit->mismatches) },
			     { "unanswered", shapes_number(audit->unanswered) },
			     { "beyond", shapes_number(audit->beyond) });
}

static json_t *shape_home(const struct watch *watch)
{
	const struct ledger *ledger = watch_ledger(watch);
	int32_t self = ledger->self_nsid;

	return SHAPES_OBJECT(
		{ "table", json_string(sync_home_complete(watch) ? "complete" :
								   "partial") },
		{ "entries", shapes_number(ledger->home->n_entries) },
		{ "self_nsid", shape_known(self >= 0, (uint64_t)self) },
		{ "first", json_boolean(watch_start(watch)->home_is_first) });
}

static json_t *shape_lines(const char *const *lines)
{
	json_t *array = json_array();

	for (; lines && *lines; lines++)
		if (json_array_append_new(array, shapes_text(*lines)) < 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static bool holds_highest(const struct ledger *ledger)
{
	const struct netns *netns;
	const struct entry *entry;

	for (netns = ledger->netnses; netns; netns = netns->next) {
		entry = ledger_entry(netns, NSID_HIGHEST);
		if (entry && entry->open)
			return true;
	}
	return false;
}

static const char *const ceilings[CEILINGS] = {
	[CEILING_HOLDERS] = "the ceiling MaxHolders= was reached: the "
			    "namespaces beyond are not watched",
	[CEILING_ENTRIES] = "the ceiling MaxEntries= was reached: the entries "
			    "beyond are not watched",
	[CEILING_NAMES] = "the ceiling MaxNames= was reached: the names beyond "
			  "are not kept, and what they lead to may be unheard "
			  "or nameless",
};

static json_t *shape_warnings(const struct watch *watch,
			      const struct shapes_kernel *kernel,
			      const struct shapes_daemon *daemon)
{
	json_t *warnings = shape_lines(daemon->warnings);
	enum order order = passes_order(watch_passes(watch));
	enum ceiling ceiling;
	int r = 0;

	if (holds_highest(watch_ledger(watch)))
		r |= json_array_append_new(
			warnings,
			json_string("a table holds nsid 2147483647: Linux 7.0 "
				    "to 7.3 answer with a kernel warning at "
				    "the next death"));
	if (kernel->built_batched > 0 &&
	    (order == ORDER_PER_PEER || order == ORDER_MIXED))
		r |= json_array_append_new(
			warnings, json_string("this kernel was built with the "
					      "batched cleanup and walks "
					      "per-peer"));
	for (ceiling = 0; ceiling < CEILINGS; ceiling++)
		if (watch_beyond_times(watch, ceiling))
			r |= json_array_append_new(
				warnings, json_string(ceilings[ceiling]));
	if (r < 0) {
		json_decref(warnings);
		return NULL;
	}
	return warnings;
}

/* When the oldest death that is still open was opened, and how many wait. */
static json_t *shape_waiting(const struct watch *watch,
			     const struct linger_counts *counts)
{
	const struct death *death = verify_open_deaths(watch_verify(watch));
	const struct stamp *oldest = death ? &death->opened : NULL;
	uint64_t overdue = 0;

	for (; death; death = death->next)
		overdue += death->overdue;
	return SHAPES_OBJECT(
		{ "overdue", shapes_number(overdue) },
		{ "oldest_open", oldest ? shapes_moment(oldest) : json_null() },
		{ "gone", shapes_number(counts->gone) },
		{ "unknown", shapes_number(counts->unknown) },
		{ "dead", shapes_number(counts->waiting) },
		{ "cleanup", json_string(cleanup_name(counts->cleanup)) });
}

/* How many namespaces with a number in home are in which state. */
static json_t *shape_states(const struct linger_counts *counts)
{
	uint64_t lingering = 0;
	json_t *held_by = json_object();
	enum held held;
	int r = held_by ? 0 : -1;

	for (held = 0; held < HELD_KINDS; held++) {
		lingering += counts->lingering[held];
		if (counts->lingering[held])
			r |= json_object_set_new(
				held_by, held_name(held),
				shapes_number(counts->lingering[held]));
	}
	if (r < 0) {
		json_decref(held_by);
		return NULL;
	}
	return SHAPES_OBJECT({ "live", shapes_number(counts->live) },
			     { "dying", shapes_number(counts->dying) },
			     { "lingering", shapes_number(lingering) },
			     { "held_by", held_by },
			     { "oldest", shapes_moment(&counts->oldest) });
}

static json_t *shape_gaps(const struct counters *counters)
{
	json_t *gaps = json_object();
	int cause, r = 0;

	for (cause = 0; cause < GAP_CAUSES; cause++)
		if (counters->gaps[cause])
			r |= json_object_set_new(
				gaps, gap_name((enum gap_cause)cause),
				shapes_number(counters->gaps[cause]));
	if (r < 0) {
		json_decref(gaps);
		return NULL;
	}
	return gaps;
}

static json_t *shape_counters(const struct counters *counters)
{
	return SHAPES_OBJECT({ "ignored", shapes_number(counters->ignored) },
			     { "phantoms", shapes_number(counters->phantoms) },
			     { "unheard", shapes_number(counters->unheard) },
			     { "beyond", shapes_number(counters->beyond) });
}

static json_t *shape_recording(const struct shapes_recording *recording)
{
	if (!recording)
		return json_null();
	return SHAPES_OBJECT({ "file", shapes_text(recording->file) },
			     { "bytes", shapes_number(recording->bytes) },
			     { "error", shapes_text(recording->error) });
}

static json_t *shape_replay(const struct shapes_replay *replay)
{
	if (!replay)
		return json_null();
	return SHAPES_OBJECT({ "file", shapes_text(replay->file) },
			     { "at", shapes_moment(&replay->at) },
			     { "ended", json_boolean(replay->ended) },
			     { "missing", json_boolean(replay->missing) });
}

json_t *shapes_status(const struct watch *watch,
		      const struct shapes_kernel *kernel,
		      const struct shapes_daemon *daemon)
{
	const struct counters *counters = watch_counters(watch);
	struct linger_counts lingers;

	linger_count(watch, &lingers);
	return SHAPES_EXTEND(
		shapes_summary(watch, kernel, false),
		{ "socket", shapes_text(daemon->socket) },
		{ "counted_since", shapes_moment(&watch_start(watch)->at) },
		{ "uptime_us", shapes_number(daemon->uptime_ns / 1000u) },
		{ "receive_buffer", shapes_number(daemon->receive_buffer) },
		{ "recording", shape_recording(daemon->recording) },
		{ "replay", shape_replay(daemon->replay) },
		{ "ready", json_boolean(watch_ready(watch)) },
		{ "degraded", shape_lines(daemon->degraded) },
		{ "warnings", shape_warnings(watch, kernel, daemon) },
		{ "home", shape_home(watch) }, { "audit", shapes_audit(watch) },
		{ "namespaces", shape_states(&lingers) },
		{ "waiting", shape_waiting(watch, &lingers) },
		{ "gap_causes", shape_gaps(counters) },
		{ "counters", shape_counters(counters) });
}
