/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/wire/metrics.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/engine/ledger.h"
#include "common/engine/linger.h"
#include "common/engine/passes.h"
#include "common/engine/verify.h"
#include "common/engine/watch.h"
#include "common/wire/shapes.h"

#define NS_PER_S 1e9

enum namespace_state {
	STATE_LIVE,
	STATE_DYING,
	STATE_LINGERING,
	STATES,
};

/* What the rows read. */
struct scene {
	const struct watch *watch;
	const struct shapes_daemon *daemon;
	const struct counters *counters;
	const struct death_counts *deaths;
	const struct tally *tally;
	struct shapes_coverage coverage;
	struct linger_counts linger;
	uint64_t states[STATES];
	uint64_t overdue;
	uint64_t missing;
};

struct metric {
	const char *name;
	const char *type;
	const char *help;
	double (*value)(const struct scene *scene, size_t i);
	const char *label; /* NULL: there is one series */
	size_t n;	   /* of the label's values */
	const char *(*label_value)(const struct scene *scene, size_t i);
	size_t from; /* the first of them */
};

/* ---- what is counted here -------------------------------------------------- */

static void count_namespaces(struct scene *scene)
{
	const struct shapes_coverage *coverage = &scene->coverage;
	uint64_t unheard = coverage->holders - coverage->heard -
			   coverage->beyond[CEILING_HOLDERS] -
			   coverage->beyond[CEILING_NAMES];
	int held;

	linger_count(scene->watch, &scene->linger);
	scene->states[STATE_LIVE] = scene->linger.live + unheard;
	scene->states[STATE_DYING] = scene->linger.dying;
	for (held = 0; held < HELD_KINDS; held++)
		scene->states[STATE_LINGERING] += scene->linger.lingering[held];
}

static void count_overdue(struct scene *scene)
{
	const struct death *death =
		verify_open_deaths(watch_verify(scene->watch));

	for (; death; death = death->next)
		scene->overdue += death->overdue;
}

/* The table is still there, and nothing newer is known of the entry. */
static bool is_missing(const struct watch *watch, const struct finding *finding)
{
	const struct ledger *ledger = watch_ledger(watch);
	const struct netns *holder;
	const struct entry *entry;

	if (finding->kind != FINDING_MISSING ||
	    finding->state != FINDING_STANDS)
		return false;
	holder = ledger_holder(ledger, finding->holder.nsid);
	if (!holder || holder->ended_seq ||
	    holder->serial != finding->holder_serial)
		return false;
	entry = ledger_entry(holder, finding->nsid);
	return entry && entry->finding == finding->id;
}

static void count_missing(struct scene *scene)
{
	const struct finding *finding =
		verify_findings(watch_verify(scene->watch));

	for (; finding; finding = finding->next)
		scene->missing += is_missing(scene->watch, finding);
}

/* ---- values ----------------------------------------------------------------- */

static double one(const struct scene *scene, size_t i)
{
	(void)scene, (void)i;
	return 1;
}

static double events(const struct scene *scene, size_t i)
{
	return (double)(i == EVENT_NEW ? scene->counters->news :
					 scene->counters->dels);
}

static double verdicts(const struct scene *scene, size_t i)
{
	return (double)scene->tally->verdicts[i];
}

static double findings(const struct scene *scene, size_t i)
{
	return (double)scene->tally->findings[i];
}

static double missing(const struct scene *scene, size_t i)
{
	(void)i;
	return (double)scene->missing;
}

static double gaps(const struct scene *scene, size_t i)
{
	return (double)scene->counters->gaps[i];
}

static double inversions(const struct scene *scene, size_t i)
{
	(void)i;
	return (double)scene->counters->inversions;
}

static double audits(const struct scene *scene, size_t i)
{
	(void)i;
	return (double)scene->counters->audits;
}

static double passes(const struct scene *scene, size_t i)
{
	return (double)passes_count(watch_passes(scene->watch), (enum order)i);
}

static double open_deaths(const struct scene *scene, size_t i)
{
	(void)i;
	return (double)scene->deaths->open;
}

static double oldest_open(const struct scene *scene, size_t i)
{
	const struct death *death =
		verify_open_deaths(watch_verify(scene->watch));

	(void)i;
	return death ? (double)death->opened.real_ns / NS_PER_S : 0;
}

static double overdue(const struct scene *scene, size_t i)
{
	(void)i;
	return (double)scene->overdue;
}

static double cleanup(const struct scene *scene, size_t i)
{
	return (size_t)scene->linger.cleanup == i;
}

static double waiting(const struct scene *scene, size_t i)
{
	(void)i;
	return scene->linger.waiting;
}

static double namespaces(const struct scene *scene, size_t i)
{
	return (double)scene->states[i];
}

static double entries(const struct scene *scene, size_t i)
{
	(void)i;
	return (double)(scene->coverage.entries -
			scene->coverage.beyond[CEILING_ENTRIES]);
}

static double beyond(const struct scene *scene, size_t i)
{
	return (double)scene->coverage.beyond[i];
}

static double degraded(const struct scene *scene, size_t i)
{
	const char *const *lines = scene->daemon->degraded;
	size_t n = 0;

	(void)i;
	while (lines && lines[n])
		n++;
	return (double)n;
}

static double ratio(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 1;
}

static double coverage(const struct scene *scene, size_t i)
{
	const struct shapes_coverage *of = &scene->coverage;

	return i == 0 ? ratio(of->heard, of->holders) :
			ratio(of->resolved, of->entries);
}

static double receive_buffer(const struct scene *scene, size_t i)
{
	(void)i;
	return (double)scene->daemon->receive_buffer;
}

/* ---- values of labels ---------------------------------------------------------- */

static const char *source_name(const struct scene *scene, size_t i)
{
	(void)i;
	return scene->daemon->replay ? "recording" : "kernel";
}

static const char *event_type_name(const struct scene *scene, size_t i)
{
	(void)scene;
	return i == EVENT_NEW ? "new" : "del";
}

static const char *verdict_label(const struct scene *scene, size_t i)
{
	(void)scene;
	return verdict_name((enum verdict)i);
}

static const char *finding_label(const struct scene *scene, size_t i)
{
	(void)scene;
	return finding_name((enum finding_kind)i);
}

static const char *gap_label(const struct scene *scene, size_t i)
{
	(void)scene;
	return gap_name((enum gap_cause)i);
}

static const char *order_label(const struct scene *scene, size_t i)
{
	(void)scene;
	return order_name((enum order)i);
}

static const char *state_label(const struct scene *scene, size_t i)
{
	(void)scene;
	static const char *const names[STATES] = {
		[STATE_LIVE] = "live",
		[STATE_DYING] = "dying",
		[STATE_LINGERING] = "lingering",
	};

	return names[i];
}

static const char *cleanup_label(const struct scene *scene, size_t i)
{
	(void)scene;
	return cleanup_name((enum cleanup)i);
}

static const char *ceiling_label(const struct scene *scene, size_t i)
{
	(void)scene;
	static const char *const names[CEILINGS] = {
		[CEILING_HOLDERS] = "holders",
		[CEILING_ENTRIES] = "entries",
		[CEILING_NAMES] = "names",
	};

	return names[i];
}

static const char *coverage_label(const struct scene *scene, size_t i)
{
	(void)scene;
	return i == 0 ? "holders" : "entries";
}

/* ---- the table ------------------------------------------------------------------- */

static const struct metric rows[] = {
	{ "nsidwatch_build_info", "gauge",
	  "1 for what the daemon hears: the kernel, or a recording.", one,
	  "version=\"" PACKAGE_VERSION "\",source", 1, source_name, 0 },
	{ "nsidwatch_events_total", "counter", "Events read, by type.", events,
	  "type", 2, event_type_name, 0 },
	{ "nsidwatch_deaths_total", "counter",
	  "Verdicts given; one that is revised counts again.", verdicts,
	  "verdict", VERDICTS, verdict_label, VERDICT_VERIFIED },
	{ "nsidwatch_findings_total", "counter",
	  "Findings made; one that turns out late counts again.", findings,
	  "kind", FINDING_KINDS, finding_label, 0 },
	{ "nsidwatch_missing_removals", "gauge",
	  "Entries that a dead namespace left behind in a table that is "
	  "still there.",
	  missing, .label = NULL },
	{ "nsidwatch_gaps_total", "counter",
	  "Spans in which events may have been lost, by cause.", gaps, "cause",
	  GAP_CAUSES, gap_label, 0 },
	{ "nsidwatch_inversions_total", "counter",
	  "Numbers that were announced anew before their removal.", inversions,
	  .label = NULL },
	{ "nsidwatch_audits_total", "counter",
	  "Rounds in which all tables were compared.", audits, .label = NULL },
	{ "nsidwatch_passes_total", "counter",
	  "Cleanup passes that ended, by the order of their removals.", passes,
	  "order", ORDERS, order_label, 0 },
	{ "nsidwatch_open_deaths", "gauge", "Deaths that wait for a verdict.",
	  open_deaths, .label = NULL },
	{ "nsidwatch_oldest_open_death_timestamp_seconds", "gauge",
	  "When the oldest death that waits was opened; 0: none waits.",
	  oldest_open, .label = NULL },
	{ "nsidwatch_removal_duration_seconds", "histogram",
	  "From the first removal of a death to the last.", NULL,
	  .label = NULL },
	{ "nsidwatch_overdue_deaths", "gauge",
	  "Deaths that wait for longer than OverdueTime=.", overdue,
	  .label = NULL },
	{ "nsidwatch_cleanup_state", "gauge",
	  "1 for what is known of the kernel's cleanup: it waits for nothing, "
	  "it goes on, or nothing has come of it for LingerTime=; unknown: "
	  "whether something waits.",
	  cleanup, "state", CLEANUPS, cleanup_label, 0 },
	{ "nsidwatch_cleanup_waiting", "gauge",
	  "Dead namespaces that are known to wait for the kernel's cleanup.",
	  waiting, .label = NULL },
	{ "nsidwatch_namespaces", "gauge", "Namespaces known, by state.",
	  namespaces, "state", STATES, state_label, 0 },
	{ "nsidwatch_entries", "gauge", "Entries in the ledger.", entries,
	  .label = NULL },
	{ "nsidwatch_coverage_ratio", "gauge",
	  "Of the holders known, those heard; of the entries, those whose "
	  "peer is known.",
	  coverage, "kind", 2, coverage_label, 0 },
	{ "nsidwatch_beyond", "gauge",
	  "What is known to stand beyond a ceiling, and is not watched.",
	  beyond, "ceiling", CEILINGS, ceiling_label, 0 },
	{ "nsidwatch_degraded", "gauge",
	  "Rights or views that the daemon lacks: status names each.", degraded,
	  .label = NULL },
	{ "nsidwatch_receive_buffer_bytes", "gauge",
	  "The event socket's buffer, as the kernel granted it; 0: none.",
	  receive_buffer, .label = NULL },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const char *metrics_name(size_t index, const char **ret_label)
{
	if (index >= ROWS)
		return NULL;
	*ret_label = rows[index].label;
	return rows[index].name;
}

/* ---- text ---------------------------------------------------------------------- */

static void put_histogram(FILE *stream, const char *name,
			  const struct tally *tally)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < TALLY_BOUNDS; i++) {
		sum += tally->durations[i];
		fprintf(stream, "%s_bucket{le=\"%g\"} %llu\n", name,
			(double)tally_bound_ns(i) / NS_PER_S,
			(unsigned long long)sum);
	}
	sum += tally->durations[i];
	fprintf(stream, "%s_bucket{le=\"+Inf\"} %llu\n", name,
		(unsigned long long)sum);
	fprintf(stream, "%s_sum %.9f\n%s_count %llu\n", name,
		(double)tally->duration_ns / NS_PER_S, name,
		(unsigned long long)sum);
}

static void put_row(FILE *stream, const struct metric *row,
		    const struct scene *scene)
{
	size_t i;

	fprintf(stream, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help,
		row->name, row->type);
	if (!row->value)
		put_histogram(stream, row->name, scene->tally);
	else if (!row->label)
		fprintf(stream, "%s %.15g\n", row->name, row->value(scene, 0));
	for (i = row->from; i < row->n; i++)
		fprintf(stream, "%s{%s=\"%s\"} %.15g\n", row->name, row->label,
			row->label_value(scene, i), row->value(scene, i));
}

static int look(const struct watch *watch, const struct shapes_daemon *daemon,
		struct scene *ret_scene)
{
	struct scene scene = {
		.watch = watch,
		.daemon = daemon,
		.counters = watch_counters(watch),
		.deaths = verify_counts(watch_verify(watch)),
		.tally = &watch_verify(watch)->tally,
	};

	if (shapes_coverage(watch, &scene.coverage) < 0)
		return -1;
	count_namespaces(&scene);
	count_overdue(&scene);
	count_missing(&scene);
	*ret_scene = scene;
	return 0;
}

char *metrics_text(const struct watch *watch,
		   const struct shapes_daemon *daemon)
{
	struct scene scene;
	char *text = NULL;
	size_t size, i;
	FILE *stream;

	if (look(watch, daemon, &scene) < 0)
		return NULL;
	stream = open_memstream(&text, &size);
	if (!stream)
		return NULL;
	for (i = 0; i < ROWS; i++)
		put_row(stream, &rows[i], &scene);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}
