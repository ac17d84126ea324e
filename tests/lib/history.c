/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a history is like, and how it goes from its beginning to its end. */
#include <stdio.h>
#include <stdlib.h>

#include "common/engine/ledger.h"
#include "common/engine/report.h"
#include "common/engine/verify.h"
#include "tests/lib/history.h"

#define ROWS 4096

/* How often each kind of operation is drawn: busy, calm. */
static const struct {
	const char *name;
	uint32_t busy, calm;
} op_kinds[OP_KINDS] = {
	[OP_BIRTH] = { "birth", 220, 300 },
	[OP_SHORT] = { "short life", 70, 0 },
	[OP_UNKNOWN] = { "unknown to home", 20, 6 },
	[OP_LINK] = { "link", 160, 120 },
	[OP_DEATH] = { "death", 200, 320 },
	[OP_DEATHS] = { "deaths", 120, 80 },
	[OP_RENAME] = { "rename", 40, 30 },
	[OP_UNNAME] = { "unname", 20, 10 },
	[OP_SELF_HOME] = { "home's own number", 4, 2 },
	[OP_SELF] = { "a holder's own number", 8, 8 },
	[OP_STALL] = { "stall", 8, 0 },
	[OP_SLOW] = { "slow pass", 16, 0 },
	[OP_LOSE] = { "failing allocation", 0, 0 },
	[OP_AUDIT] = { "audit", 20, 20 },
	[OP_FAULT] = { "fault", 0, 0 },
	[OP_FORGET] = { "forget", 0, 0 },
	[OP_LATECOMER] = { "latecomer", 12, 0 },
	[OP_PHANTOM] = { "phantom", 12, 0 },
};

static enum history_op_kind draw_kind(struct rng *rng, bool calm)
{
	uint32_t total = 0, pick;
	int kind;

	for (kind = 0; kind < OP_KINDS; kind++)
		total += calm ? op_kinds[kind].calm : op_kinds[kind].busy;
	pick = rng_below(rng, total);
	for (kind = 0; kind < OP_KINDS; kind++) {
		uint32_t weight = calm ? op_kinds[kind].calm :
					 op_kinds[kind].busy;

		if (pick < weight)
			break;
		pick -= weight;
	}
	return (enum history_op_kind)kind;
}

static uint64_t draw_pause(struct rng *rng, bool calm)
{
	if (calm)
		return 3500 * MODEL_MS + rng_below(rng, 3000) * MODEL_MS;
	if (rng_permille(rng, 80))
		return rng_range(rng, MODEL_S, 6 * MODEL_S);
	return rng_range(rng, 5 * MODEL_US, 800 * MODEL_MS);
}

static uint64_t pick3(struct rng *rng, uint64_t a, uint64_t b, uint64_t c)
{
	uint32_t pick = rng_below(rng, 3);

	return pick == 0 ? a : pick == 1 ? b : c;
}

static uint32_t draw_ceiling(struct rng *rng, uint64_t low, uint64_t high)
{
	return rng_permille(rng, 500) ? (uint32_t)rng_range(rng, low, high) : 0;
}

/* So few that what there is does not find room. */
static void draw_ceilings(struct history *history)
{
	struct history_shape *shape = &history->shape;
	struct rng rng = rng_of(history->seed, PURPOSE_CEILINGS, 0);

	if (!rng_permille(&rng, 60))
		return;
	shape->max_entries = draw_ceiling(&rng, 2, 8);
	shape->max_holders = draw_ceiling(&rng, 4, 16);
	shape->max_names = draw_ceiling(&rng, 2, 16);
	shape->ceilings = shape->max_entries || shape->max_holders ||
			  shape->max_names;
}

static void draw_shape(struct history *history, struct rng *rng)
{
	struct history_shape *shape = &history->shape;
	struct rng failing = rng_of(history->seed, PURPOSE_FAILING, 0);

	shape->calm = rng_permille(rng, 500);
	shape->check = rng_permille(rng, 400);
	shape->lossy = rng_permille(rng, 150);
	shape->covered = rng_permille(rng, 750);
	shape->cut = rng_permille(rng, 100);
	shape->prelude = !shape->calm && rng_permille(rng, 250);
	shape->long_phantom = !shape->calm && rng_permille(rng, 15);
	shape->n_faults = rng_permille(rng, 450) ? 1 : 0;
	if (shape->n_faults && rng_permille(rng, 150))
		shape->n_faults = 2;
	if (shape->long_phantom)
		shape->n_faults = 0;
	if (shape->check)
		shape->adopt = rng_permille(rng, 700) ? ADOPT_BORN : ADOPT_ALL;
	else if (rng_permille(rng, 400))
		shape->adopt = rng_permille(rng, 500) ? ADOPT_NAMED : ADOPT_ALL;
	if (rng_permille(&failing, 80))
		shape->failing = (uint32_t)pick3(&failing, 20, 100, 300);
	draw_ceilings(history);
}

static struct model_config draw_config(const struct history *history,
				       struct rng *rng)
{
	const struct history_shape *shape = &history->shape;
	bool calm = shape->calm;
	struct model_config config = {
		.seed = rng_next(rng),
		.spaces_max = MODEL_SPACES,
		.batched = rng_permille(rng, 500),
		.home_first = rng_permille(rng, 920),
		.tags_self = rng_permille(rng, 250),
		.only_inodes = rng_permille(rng, 250),
		.window_permille = (uint32_t)pick3(rng, 0, 60, calm ? 60 : 300),
		.window_max_ns = pick3(rng, 100 * MODEL_US, 10 * MODEL_MS,
				       calm ? MODEL_MS : 900 * MODEL_MS),
		.queue_max = 1000000,
		.late_max_ns = pick3(rng, 0, MODEL_MS, 500 * MODEL_MS),
		.pause_permille = calm ? 0 : (uint32_t)pick3(rng, 0, 3, 20),
		.pause_max_ns = 8 * MODEL_S,
		.tail_max_ns = pick3(rng, MODEL_MS, 50 * MODEL_MS,
				     calm ? 50 * MODEL_MS : 2 * MODEL_S),
	};

	/* Every second one of those kernels did so. */
	config.counting = !config.batched && history->seed % 2;
	if (shape->lossy)
		config.queue_max = (uint32_t)rng_range(rng, 4, 60);
	return config;
}

static void add_op(struct history *history, struct rng *rng, int at,
		   enum history_op_kind kind)
{
	history->ops[at].kind = kind;
	if (kind == OP_FAULT)
		history->ops[at].fault =
			(enum fault_kind)rng_below(rng, FAULT_KINDS);
}

static void draw_ops(struct history *history, struct rng *rng)
{
	const struct history_shape *shape = &history->shape;
	int n = 26 + (int)rng_below(rng, 24), i, at;
	struct history_op *op;

	history->n_ops = n;
	for (i = 0; i < n; i++) {
		op = &history->ops[i];
		op->kind = draw_kind(rng, shape->calm);
		op->after_ns = draw_pause(rng, shape->calm);
		op->seed = rng_next(rng);
	}
	for (i = 0; i < shape->n_faults; i++) {
		at = 2 + (int)rng_below(rng, (uint32_t)n * 2 / 3);
		add_op(history, rng, at,
		       rng_permille(rng, 40) ? OP_FORGET : OP_FAULT);
	}
	for (i = 0; shape->lossy && i < 2; i++)
		if (rng_permille(rng, 400))
			add_op(history, rng, (int)rng_below(rng, (uint32_t)n),
			       OP_LOSE);
	if (shape->long_phantom)
		add_op(history, rng, n / 2, OP_PHANTOM);
}

void history_init(struct history *history, uint64_t seed)
{
	struct rng rng = rng_of(seed, 1, 0);
	struct model_config config;

	*history = (struct history){ .seed = seed };
	history->rows = malloc(ROWS * sizeof(*history->rows));
	if (!history->rows)
		abort();
	draw_shape(history, &rng);
	config = draw_config(history, &rng);
	draw_ops(history, &rng);
	model_init(&history->model, &config);
	history->model.on_callback = history_callback;
	history->model.userdata = history;
}

void history_deinit(struct history *history)
{
	history->watch = watch_free(history->watch);
	model_deinit(&history->model);
	free(history->meaning);
	free(history->rows);
}

/* ---- from the beginning to the end ---------------------------------------- */

static bool is_ready(const struct history *history, int32_t number)
{
	(void)number;
	return watch_ready(history->watch);
}

static bool is_learned(const struct history *history, int32_t number)
{
	(void)number;
	return watch_learned(history->watch);
}

static bool is_numbered(const struct history *history, int32_t number)
{
	return ledger_holder(watch_ledger(history->watch), number) != NULL;
}

static bool is_gone(const struct history *history, int32_t number)
{
	return watch_gone(history->watch, number);
}

static bool is_judged(const struct history *history, int32_t number)
{
	(void)number;
	return watch_judged(history->watch);
}

static bool is_audited(const struct history *history, int32_t number)
{
	(void)number;
	return !watch_audit(history->watch)->running;
}

static uint64_t in(const struct history *history, uint64_t ns)
{
	return history->model.now_ns + ns;
}

/* One canary of check's: numbered, told of, gone. False: its time was up. */
static bool canary(struct history *history, uint64_t until_ns)
{
	struct model *model = &history->model;
	struct rng rng = model_rng(model, PURPOSE_CANARY);
	int space = model_birth(model);
	int32_t number;
	bool known = false;

	if (space < 0)
		return false;
	model->spaces[space].canary = true;
	number = 1000000 + (int32_t)rng_below(&rng, 1000000000);
	if (model_number(model, MODEL_HOME, space, number, true))
		known = shell_until(history, in(history, 5 * MODEL_S),
				    is_numbered, number);
	if (known)
		shell_command(history, COMMAND_CANARY, number);
	model_unref(model, space);
	return known && shell_until(history, until_ns, is_gone, number);
}

static bool lacks_barrier(const struct history *history)
{
	const struct death *death =
		verify_open_deaths(watch_verify(history->watch));

	for (; death; death = death->next)
		if (death->in_span && !death->barrier_seq)
			return true;
	return false;
}

/* As client/judging.c does. */
static void judge(struct history *history)
{
	uint64_t until_ns = in(history, 300 * MODEL_S);
	int made = 0;

	for (int i = 0; i < 12 && made < 8; i++) {
		if (made >= 2 && !lacks_barrier(history))
			break;
		made += canary(history, until_ns);
	}
	shell_command(history, COMMAND_JUDGE, NSID_NONE);
	shell_until(history, in(history, 300 * MODEL_S), is_judged, 0);
}

/* What the daemon waits for: named namespaces that live and then die. */
static void natural_barriers(struct history *history)
{
	struct model *model = &history->model;
	char text[32];
	int space;

	for (int i = 0; i < 3; i++) {
		space = model_birth(model);
		if (space < 0)
			return;
		model->spaces[space].canary = true;
		snprintf(text, sizeof(text), "/run/netns/last%d", i);
		model_name(model, NAME_PATH, text, NULL, space);
		model_number(model, MODEL_HOME, space, NSID_NONE, true);
		model_unref(model, space);
		shell_run(history, in(history, 7 * MODEL_S));
		model_unname(model, model->n_names - 1);
		shell_run(history, in(history, 12 * MODEL_S));
	}
}

static void schedule_ops(struct history *history)
{
	uint64_t at_ns = history->model.now_ns;

	history->begun_ns = at_ns;
	for (int i = 0; i < history->n_ops; i++) {
		at_ns += history->ops[i].after_ns;
		if (!history->ops[i].left_out)
			model_call_at(&history->model, at_ns, i);
	}
	history->ended_ns = at_ns;
}

static void begin(struct history *history)
{
	struct model *model = &history->model;

	history_populate(history);
	model->listening = true;
	if (history->shape.prelude) {
		schedule_ops(history);
		model_advance(model, in(history, 60 * MODEL_MS));
		model->cases[14] += model_queued(model) > 0;
	}
	shell_start(history);
	shell_until(history, in(history, 30 * MODEL_S), is_ready, 0);
	if (history->shape.check)
		shell_command(history, COMMAND_BEGIN, NSID_NONE);
	if (history->shape.prelude)
		return;
	if (history->shape.calm)
		shell_until(history, in(history, 10 * MODEL_S), is_learned, 0);
	schedule_ops(history);
}

/* Until the worker has nothing left. */
static void rest(struct history *history)
{
	while (history->model.worker.busy && !history->stuck)
		shell_run(history, in(history, MODEL_S));
}

void history_run(struct history *history)
{
	begin(history);
	shell_run(history, history->ended_ns + 14 * MODEL_S);
	rest(history);
	if (history->shape.check)
		judge(history);
	else
		natural_barriers(history);
	rest(history);
	shell_command(history, COMMAND_AUDIT, NSID_NONE);
	shell_until(history, in(history, 60 * MODEL_S), is_audited, 0);
	shell_run(history, in(history, 5 * MODEL_S));
	if (history->shape.check)
		shell_command(history, COMMAND_FINISH, NSID_NONE);
}

void history_print(const struct history *history)
{
	const struct history_shape *shape = &history->shape;
	const struct model_config *config = &history->model.config;
	uint64_t at_ns = 0;

	printf("history %llu: %s, %s, %s%s%s%s%s%s%s%s%s%s\n",
	       (unsigned long long)history->seed,
	       config->batched ? "batched" : "per-peer",
	       shape->calm ? "calm" : "busy", shape->check ? "check" : "daemon",
	       shape->lossy ? ", lossy" : "", shape->covered ? ", covered" : "",
	       shape->cut ? ", cut" : "", shape->prelude ? ", prelude" : "",
	       shape->failing ? ", questions fail" : "",
	       shape->ceilings ? ", ceilings" : "",
	       config->home_first ? "" : ", home not first",
	       config->tags_self ? ", home's number as its tag" : "",
	       config->only_inodes ? ", inodes only" : "");
	for (int i = 0; i < history->n_ops; i++) {
		at_ns += history->ops[i].after_ns;
		if (history->ops[i].left_out)
			continue;
		printf("  %3d  %9.3f s  %s%s%s\n", i, (double)at_ns / 1e9,
		       op_kinds[history->ops[i].kind].name,
		       history->ops[i].kind == OP_FAULT ? ": " : "",
		       history->ops[i].kind == OP_FAULT ?
			       fault_name(history->ops[i].fault) :
			       "");
	}
}

void history_print_faults(const struct history *history)
{
	const struct model *model = &history->model;

	for (int i = 0; i < model->n_faults; i++) {
		const struct model_fault *fault = &model->faults[i];
		const struct model_generation *of =
			&model->generations[fault->generation];

		printf("  fault: %s at %.3f s, (space %d, %d) of space %d%s",
		       fault_name(fault->kind), (double)fault->at_ns / 1e9,
		       of->holder, of->nsid, of->peer,
		       fault->heard ? "" : ", unheard");
		if (fault->other_holder >= 0)
			printf(", shows at (space %d, %d)", fault->other_holder,
			       fault->other_nsid);
		printf("%s%s\n", fault->swept ? ", swept" : "",
		       fault->reused ? ", number re-used" : "");
	}
}
