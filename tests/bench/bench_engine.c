/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine at the size of a large host, without a kernel: what an entry
 * costs in memory, what an event and a death cost in time, and whether any of
 * it grows with what a death does not touch. Speed is told as ratios within
 * one run, because machines differ; it is the CPU time of the whole program,
 * and the kernel that answers here hands out tables that are ready made.
 *
 * Each death is judged to the end, so this fails where one is not verified.
 */
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/engine/verify.h"
#include "common/engine/watch.h"

#define SECOND_NS 1000000000ull
#define ROUND_NS 200000ull /* a round of questions takes as long */
#define EVENT_NS 1000ull   /* and an event so long */
/* As common/kernel/talk.c: questions between two drained moments. */
#define QUESTIONS 64
/* Events read before the queue is seen empty. */
#define BATCH 64
#define REPEATS 5
#define NAMED 64
#define CHURNED 1000000
#define READS 4000000
#define MOST_DEATHS 100

struct table {
	bool alive;
	struct row *rows; /* owned */
	size_t n_rows, cap_rows;
};

struct shape {
	size_t holders;
	size_t entries; /* of each, home's and its own included */
};

/* Namespaces are called by their number in home; it is never re-used. */
struct bench {
	struct shape shape;
	struct watch *watch; /* owned */
	struct stamp now;
	struct table home;
	struct table *tables; /* owned, by number */
	size_t n_tables, cap_tables;
	size_t named; /* of the first ones */
	size_t bytes; /* that the engine took */
	double learn_s;
};

/* What was measured, per death or event. */
struct cost {
	double s;
	double rows; /* of the tables that were answered */
	double allocations;
};

static const struct shape shapes[] = { { 10000, 100 },
				       { 1000, 100 },
				       { 100, 100 } };
static const size_t touches[] = { 1000, 100, 10 };
static const size_t bursts[] = { 1, 10, MOST_DEATHS };

#define N(array) (sizeof(array) / sizeof(*(array)))

/* ---- what is counted ------------------------------------------------------ */

static uint64_t allocations;
static uint64_t answered;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	allocations++;
	return __real_realloc(old, size);
}

static double cpu_s(void)
{
	struct timespec at;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static size_t allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void fail(const char *what)
{
	fprintf(stderr, "bench_engine: %s\n", what);
	exit(1);
}

/* ---- the world ------------------------------------------------------------ */

static void table_add(struct table *table, int32_t nsid, int32_t peer)
{
	if (table->n_rows == table->cap_rows) {
		table->cap_rows = table->cap_rows * 2 + 8;
		table->rows = realloc(table->rows,
				      table->cap_rows * sizeof(*table->rows));
		if (!table->rows)
			fail("out of memory");
	}
	table->rows[table->n_rows++] = (struct row){ nsid, peer };
}

/* The number that the peer had, which goes; NSID_NONE where it had none. */
static int32_t table_erase(struct table *table, int32_t peer)
{
	int32_t nsid;
	size_t i = table->n_rows;

	/* The youngest goes: what is timed here is not the kernel. */
	while (i-- > 0) {
		if (table->rows[i].peer != peer)
			continue;
		nsid = table->rows[i].nsid;
		table->n_rows--;
		memmove(&table->rows[i], &table->rows[i + 1],
			(table->n_rows - i) * sizeof(*table->rows));
		return nsid;
	}
	return NSID_NONE;
}

/* A namespace more, that home knows; its number. */
static int32_t space(struct bench *bench)
{
	int32_t number = (int32_t)bench->n_tables;

	if (bench->n_tables == bench->cap_tables) {
		bench->cap_tables = bench->cap_tables * 2 + 64;
		bench->tables =
			realloc(bench->tables,
				bench->cap_tables * sizeof(*bench->tables));
		if (!bench->tables)
			fail("out of memory");
	}
	bench->tables[bench->n_tables++] = (struct table){ .alive = true };
	table_add(&bench->home, number, number);
	return number;
}

/* Number 0 is home, the others are spread over all holders. */
static void fill_tables(struct bench *bench)
{
	size_t holders = bench->shape.holders, h, k;
	size_t stride = 1901; /* has no divisor in common with any of them */

	for (h = 0; h < holders; h++)
		space(bench);
	for (h = 0; h < holders; h++) {
		table_add(&bench->tables[h], 0, NSID_NONE);
		for (k = 1; k < bench->shape.entries; k++)
			table_add(&bench->tables[h], (int32_t)k,
				  (int32_t)((h + k * stride) % holders));
	}
}

/* A namespace that so many holders know, evenly spread. */
static int32_t victim(struct bench *bench, size_t touched)
{
	size_t step = bench->shape.holders / touched, h;
	int32_t number = space(bench);

	for (h = 0; h < touched; h++)
		table_add(&bench->tables[h * step], number, number);
	return number;
}

/* ---- the kernel ----------------------------------------------------------- */

static void step(struct bench *bench, const struct input *input)
{
	if (watch_step(bench->watch, &bench->now, input) < 0)
		fail("out of memory");
}

static void wait(struct bench *bench, uint64_t ns)
{
	bench->now.mono_ns += ns;
	bench->now.real_ns += ns;
}

static void event(struct bench *bench, int32_t holder, enum event_type type,
		  int32_t nsid)
{
	struct input input = {
		.type = INPUT_EVENT,
		.event = { bench->now, holder, nsid, type },
	};

	step(bench, &input);
	wait(bench, EVENT_NS);
}

static void drained(struct bench *bench)
{
	step(bench, &(struct input){ .type = INPUT_DRAINED });
}

static struct sighting sight(const char *text, size_t number)
{
	return (struct sighting){
		.kind = NAME_PATH,
		.text = text,
		.leads = true,
		.nsid = (int32_t)number,
		.identity = { .id = number + 2, .dev = 4, .ino = number + 2 },
	};
}

static void scan(struct bench *bench)
{
	struct sighting sighting;
	char text[32];
	size_t i;

	for (i = 0; i < bench->named; i++) {
		snprintf(text, sizeof(text), "/run/netns/%zu", i);
		sighting = sight(text, i);
		step(bench, &(struct input){ .type = INPUT_SIGHTING,
					     .sighting = &sighting });
	}
}

static void answer_table(const struct bench *bench, int32_t holder,
			 struct answer *answer)
{
	const struct table *table = holder == TAG_HOME ? &bench->home :
							 &bench->tables[holder];

	if (!table->alive) {
		answer->outcome = ANSWER_ABSENT;
		return;
	}
	answer->rows = table->rows;
	answer->n_rows = table->n_rows;
	answered += table->n_rows;
}

static void answer(struct bench *bench, const struct question *question)
{
	struct answer answer = {
		.question = question->id,
		.kind = question->kind,
		.nsid = NSID_NONE,
	};

	switch (question->kind) {
	case QUESTION_TABLE:
		answer_table(bench, question->holder, &answer);
		break;
	case QUESTION_ENTRY:
		answer.nsid = 0; /* every holder's number for home */
		break;
	case QUESTION_NAME:
		answer.sighting = sight(
			question->name,
			strtoul(strrchr(question->name, '/') + 1, NULL, 10));
		break;
	case QUESTION_SCAN:
		scan(bench);
		break;
	case QUESTION_PROBE:
	case QUESTION_SELF:
	case QUESTION_ADOPT:
	case QUESTION_KINDS:
		break;
	}
	step(bench, &(struct input){ .type = INPUT_ANSWER, .answer = &answer });
}

/*
 * What a shell does in one go: see the queue empty, ask a little, and sleep,
 * until end_ns at most.
 */
static void round_once(struct bench *bench, uint64_t end_ns)
{
	struct question question;
	uint64_t next_ns;
	int i;

	drained(bench);
	for (i = 0; i < QUESTIONS; i++) {
		if (!watch_next_question(bench->watch, &question))
			break;
		answer(bench, &question);
	}
	wait(bench, ROUND_NS);
	next_ns = watch_deadline(bench->watch);
	if (next_ns > end_ns)
		next_ns = end_ns;
	if (i < QUESTIONS && next_ns > bench->now.mono_ns)
		wait(bench, next_ns - bench->now.mono_ns);
}

static void rest(struct bench *bench, uint64_t ns)
{
	uint64_t end_ns = bench->now.mono_ns + ns;

	while (bench->now.mono_ns < end_ns)
		round_once(bench, end_ns);
}

/* ---- a life in it --------------------------------------------------------- */

static struct settings bench_settings(void)
{
	struct settings settings = settings_default();

	settings.max_holders = 1 << 20;
	settings.max_entries = 1 << 20;
	/* The background audit costs by the clock, not by what happens. */
	settings.housekeeping_ns = 36000 * SECOND_NS;
	settings.audit_round_ns = 36000000 * SECOND_NS;
	return settings;
}

static void bench_init(struct bench *bench, const struct shape *shape,
		       size_t named)
{
	*bench = (struct bench){ .shape = *shape, .named = named };
	bench->now = (struct stamp){ 100 * SECOND_NS, 1700000000 * SECOND_NS };
	bench->home.alive = true;
	fill_tables(bench);
}

static void bench_start(struct bench *bench)
{
	struct settings settings = bench_settings();
	struct start start = { .at = bench->now,
			       .home = { .id = 1, .dev = 4, .ino = 1 },
			       .home_is_first = true,
			       .self_nsid = NSID_NONE };
	uint64_t end_ns = bench->now.mono_ns + 600 * SECOND_NS;
	size_t before = allocated();
	double begin_s = cpu_s();

	if (watch_new(&settings, &start, &bench->watch) < 0)
		fail("out of memory");
	while (!watch_ready(bench->watch) || !watch_learned(bench->watch)) {
		if (bench->now.mono_ns > end_ns)
			fail("the engine does not learn the tables");
		round_once(bench, end_ns);
	}
	bench->learn_s = cpu_s() - begin_s;
	bench->bytes = allocated() - before;
}

static void bench_deinit(struct bench *bench)
{
	size_t i;

	bench->watch = watch_free(bench->watch);
	for (i = 0; i < bench->n_tables; i++)
		free(bench->tables[i].rows);
	free(bench->tables);
	free(bench->home.rows);
}

/*
 * One that will be the barrier, made and looked for beforehand: a birth has its
 * own costs.
 */
static int32_t birth(struct bench *bench)
{
	int32_t number = space(bench);

	event(bench, TAG_HOME, EVENT_NEW, number);
	rest(bench, 5 * SECOND_NS);
	return number;
}

/* It lives, and dies: what died before is over. */
static void barrier(struct bench *bench, int32_t number)
{
	drained(bench);
	step(bench, &(struct input){ .type = INPUT_COMMAND,
				     .command = { COMMAND_CANARY, number } });
	table_erase(&bench->home, number);
	bench->tables[number].alive = false;
	event(bench, TAG_HOME, EVENT_DEL, number);
	drained(bench);
}

/* One removal of the pass. */
struct removed {
	int32_t holder;
	int32_t nsid;
};

/* Takes the victims out of all tables; the events that say so, in order. */
static size_t erase(struct bench *bench, const int32_t *victims, size_t n,
		    size_t touched, struct removed **ret_removals)
{
	size_t step_by = bench->shape.holders / touched, at = 0, h, i;
	struct removed *removals = calloc(n * (touched + 1), sizeof(*removals));
	struct table *table;

	if (!removals)
		fail("out of memory");
	for (i = 0; i < n; i++) {
		bench->tables[victims[i]].alive = false;
		removals[at++] = (struct removed){
			TAG_HOME, table_erase(&bench->home, victims[i])
		};
	}
	for (h = 0; h < touched; h++) {
		table = &bench->tables[h * step_by];
		for (i = 0; i < n; i++)
			removals[at++] = (struct removed){
				(int32_t)(h * step_by),
				table_erase(table, victims[i])
			};
	}
	*ret_removals = removals;
	return at;
}

/* From the first removal to the last verdict. */
static struct cost pass(struct bench *bench, const int32_t *victims, size_t n,
			size_t touched)
{
	const struct death_counts *counts =
		verify_counts(watch_verify(bench->watch));
	uint64_t before = counts->verified, end_ns, rows;
	struct removed *removals;
	size_t n_removals, i;
	uint64_t allocated_before;
	int32_t last = birth(bench);
	struct cost cost;

	end_ns = bench->now.mono_ns + 100 * SECOND_NS;
	rows = answered;
	n_removals = erase(bench, victims, n, touched, &removals);
	allocated_before = allocations;
	cost.s = cpu_s();
	for (i = 0; i < n_removals; i++) {
		event(bench, removals[i].holder, EVENT_DEL, removals[i].nsid);
		if (i % BATCH == BATCH - 1)
			round_once(bench, 0);
	}
	barrier(bench, last);
	while (counts->open && bench->now.mono_ns < end_ns)
		round_once(bench, end_ns);
	cost.s = (cpu_s() - cost.s) / (double)n;
	cost.rows = (double)(answered - rows) / (double)n;
	cost.allocations = (double)(allocations - allocated_before) / (double)n;
	if (counts->verified != before + n)
		fail("a death was not verified");
	free(removals);
	rest(bench, 5 * SECOND_NS);
	return cost;
}

/* ---- what is measured ----------------------------------------------------- */

/* One read that no cache has and that waits for the one before it. */
static double read_ns(void)
{
	size_t n = (size_t)1 << 25, i, at = 0;
	uint32_t *next = malloc(n * sizeof(*next));
	double begin_s;

	if (!next)
		fail("out of memory");
	/* One circle through all of them (the step is odd). */
	for (i = 0; i < n; i++)
		next[i] = (uint32_t)((i + 20000003) % n);
	begin_s = cpu_s();
	for (i = 0; i < READS; i++)
		at = next[at];
	begin_s = cpu_s() - begin_s;
	/* What is computed is used: else the compiler leaves it out. */
	if (at == n)
		fail("the circle is none");
	free(next);
	return begin_s / READS * 1e9;
}

static int compare(const void *a, const void *b)
{
	double x = ((const struct cost *)a)->s, y = ((const struct cost *)b)->s;

	return (x > y) - (x < y);
}

/* The middle one of a few deaths that touch so many entries each. */
static struct cost death(struct bench *bench, const int32_t *victims,
			 size_t touched)
{
	struct cost costs[REPEATS];
	size_t i;

	for (i = 0; i < REPEATS; i++)
		costs[i] = pass(bench, &victims[i], 1, touched);
	qsort(costs, REPEATS, sizeof(*costs), compare);
	return costs[REPEATS / 2];
}

static void measure_deaths(const struct shape *shape, size_t named,
			   struct cost *ret_costs)
{
	int32_t victims[N(touches)][REPEATS];
	struct bench bench;
	size_t i, j;

	bench_init(&bench, shape, named);
	for (i = 0; i < N(touches); i++)
		for (j = 0; touches[i] <= shape->holders && j < REPEATS; j++)
			victims[i][j] = victim(&bench, touches[i]);
	bench_start(&bench);
	for (i = 0; i < N(touches); i++)
		if (touches[i] <= shape->holders)
			ret_costs[i] = death(&bench, victims[i], touches[i]);
	bench_deinit(&bench);
}

/* One line: the same death on all hosts, as a ratio to the smallest. */
static void show_touched(struct cost costs[N(shapes)][N(touches)], size_t j)
{
	size_t i, least = N(shapes) - 1;

	while (costs[least][j].s == 0)
		least--;
	printf("%9zu", touches[j]);
	for (i = 0; i < N(shapes); i++)
		if (i <= least)
			printf("  %9.3f ms %6.2f %7.0f %4.0f",
			       costs[i][j].s * 1e3,
			       costs[i][j].s / costs[least][j].s,
			       costs[i][j].rows,
			       costs[i][j].s * 1e9 / costs[i][j].rows);
		else
			printf("  %9s    %6s %7s %4s", "-", "-", "-", "-");
	printf("\n");
}

static void show_deaths(const char *title, bool all_named)
{
	struct cost costs[N(shapes)][N(touches)] = { 0 };
	size_t i, j;

	for (i = 0; i < N(shapes); i++)
		measure_deaths(&shapes[i],
			       all_named ? shapes[i].holders : NAMED, costs[i]);
	printf("\n%s\n  touched", title);
	for (i = 0; i < N(shapes); i++)
		printf("  %7zu entries: ratio    rows  ns ",
		       shapes[i].holders * shapes[i].entries);
	printf("\n");
	for (j = 0; j < N(touches); j++)
		show_touched(costs, j);
}

static void show_bursts(void)
{
	int32_t victims[N(bursts)][MOST_DEATHS];
	struct cost cost, first = { 0 };
	struct bench bench;
	size_t i, j;

	bench_init(&bench, &shapes[0], NAMED);
	for (i = 0; i < N(bursts); i++)
		for (j = 0; j < bursts[i]; j++)
			victims[i][j] = victim(&bench, touches[0]);
	bench_start(&bench);
	printf("\nDeaths of one pass, each out of %zu tables of %zu:\n"
	       "   deaths    each, and to one alone; rows, allocations\n",
	       touches[0], shapes[0].holders);
	for (i = 0; i < N(bursts); i++) {
		cost = pass(&bench, victims[i], bursts[i], touches[0]);
		if (!i)
			first = cost;
		printf("%9zu  %9.3f ms %6.2f %7.0f %7.0f\n", bursts[i],
		       cost.s * 1e3, cost.s / first.s, cost.rows,
		       cost.allocations);
	}
	bench_deinit(&bench);
}

/* A holder gets an entry for somebody whom home does not know, or loses it. */
static void churn_one(struct bench *bench, size_t holder, enum event_type type,
		      int32_t nsid)
{
	struct table *table = &bench->tables[holder];

	if (type == EVENT_NEW)
		table_add(table, nsid, NSID_NONE);
	else
		table->n_rows--;
	event(bench, (int32_t)holder, type, nsid);
}

/*
 * Everybody gets entries and loses them: `run` in turn, then it is another
 * holder's turn. Questions are answered between the batches, or are left.
 */
static struct cost churn(struct bench *bench, size_t run, bool asked)
{
	size_t holders = bench->shape.holders, n = 0, i, k;
	size_t turns = CHURNED / run / (2 * holders) * 2 * holders;
	uint64_t before = allocations;
	struct cost cost = { .s = cpu_s() };

	for (i = 0; i < turns; i++) {
		for (k = 0; k < run; k++)
			churn_one(bench, i * 7919 % holders,
				  i / holders % 2 ? EVENT_DEL : EVENT_NEW,
				  500000 + (int32_t)k);
		n += run;
		if (n % BATCH)
			continue;
		if (asked)
			round_once(bench, 0);
		else
			drained(bench);
	}
	cost.s = (cpu_s() - cost.s) / (double)n;
	cost.allocations = (double)(allocations - before) / (double)n;
	return cost;
}

static void show_churn(struct bench *bench, const char *what, size_t run,
		       bool asked, double floor_ns)
{
	struct cost cost = churn(bench, run, asked);

	printf("  %-36s %9.0f a second, %5.1f reads and %.2f allocations each\n",
	       what, 1 / cost.s, cost.s * 1e9 / floor_ns, cost.allocations);
	rest(bench, 5 * SECOND_NS);
}

static void show_size(const struct shape *shape, double floor_ns)
{
	double rows = (double)(shape->holders * shape->entries);
	struct bench bench;

	bench_init(&bench, shape, NAMED);
	bench_start(&bench);
	printf("\n%.0f entries, %zu holders: %.0f bytes an entry, learned in "
	       "%.1f reads each\n",
	       rows, shape->holders, (double)bench.bytes / rows,
	       bench.learn_s / rows * 1e9 / floor_ns);
	show_churn(&bench, "events, each of another holder", 1, false,
		   floor_ns);
	show_churn(&bench, "events, eight of a holder in turn", 8, false,
		   floor_ns);
	show_churn(&bench, "so, and its questions answered", 8, true, floor_ns);
	bench_deinit(&bench);
}

int main(void)
{
	double floor_ns = read_ns();
	size_t i;

	printf("A read that no cache has takes %.0f ns here and now.\n",
	       floor_ns);
	for (i = 0; i < N(shapes); i++)
		show_size(&shapes[i], floor_ns);
	show_deaths("From a death's first removal to its verdict (rows: of the "
		    "tables it touched, home's among them; ns: each)",
		    false);
	show_deaths("The same where every namespace has a name, which is asked "
		    "whether it lives:",
		    true);
	show_bursts();
	return 0;
}
