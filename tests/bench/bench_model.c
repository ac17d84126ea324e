/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cleanup of network namespaces costs by its nature: the steps that
 * the model kernel's walks take, the old one (for each dying peer one walk
 * over the survivors, each of whom is searched for it) and the batched one of
 * Linux 7.0, where L peers die at once, and M survivors hold N ids each that
 * stay. A step is an entry of a table that the walk looks at. Nothing is
 * calculated: the steps are counted while the model walks. Of speed or of an
 * engine it says nothing.
 *
 * The ids that stay name N tenants: living namespaces whose own tables are
 * empty, so that the walks pass by them without a step; so does home's. Two
 * scenes, since N speaks of tables that a death leaves alone: no table has the
 * dying peers, or each peer is known to one survivor, to each in turn, beside
 * the N. The peers die in the order of their birth, and the kernel takes the
 * newest first, which has the highest number: of those that share a table each
 * is found after all others, so that the second scene costs more than the
 * claim where L is large beside M x N.
 *
 * Every pass is checked: it took all of the peers, and removed what there was.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/model.h"

#define SIZES 3
#define SHAPES (SIZES * SIZES * SIZES)

enum scene {
	SCENE_UNKNOWN, /* to all tables */
	SCENE_ONE,     /* each peer is in one survivor's table */
	SCENES,
};

enum walk {
	WALK_OLD,
	WALK_BATCHED,
	WALKS,
};

static const int sizes[SIZES] = { 10, 100, 1000 };

/* Of each shape, L slowest, N fastest. */
static uint64_t steps[SCENES][WALKS][SHAPES];

/* ---- one pass ------------------------------------------------------------- */

/* The model's numbers of namespaces: home, N tenants, M survivors, the rest. */
static int survivor(int n, int i)
{
	return 1 + n + i;
}

static void settle(struct model *model)
{
	do
		model_advance(model, model->now_ns + MODEL_S);
	while (model->worker.busy);
}

static void populate(struct model *model, int m, int n)
{
	int most = sizes[SIZES - 1];
	struct model_config config = {
		/* Peers of every pass are new: SIZES of them for each walk. */
		.spaces_max = 1 + m + n + SCENES * WALKS * SIZES * most,
		.home_first = true,
		.queue_max = 1,
		.tail_max_ns = MODEL_MS,
	};
	int i, k;

	model_init(model, &config);
	for (i = 0; i < n + m; i++)
		model_birth(model);
	for (i = 0; i < m; i++) {
		for (k = 0; k < n; k++)
			model_number(model, survivor(n, i), 1 + k, NSID_NONE,
				     false);
		settle(model);
	}
}

static void kill_peers(struct model *model, int first, int l)
{
	for (int i = 0; i < l; i++)
		model_unref(model, first + i);
	settle(model);
}

/* The steps of the pass that l peers die in; it is an error if they do not. */
static uint64_t measure(struct model *model, enum scene scene, enum walk walk,
			const int shape[3])
{
	int l = shape[0], m = shape[1], n = shape[2];
	int first = model->n_spaces, passes = model->n_passes;
	const struct model_pass *pass;
	uint64_t before;

	for (int i = 0; i < l; i++) {
		model_birth(model);
		if (scene == SCENE_ONE)
			model_number(model, survivor(n, i % m), first + i,
				     NSID_NONE, false);
	}
	settle(model);
	model->config.batched = walk == WALK_BATCHED;
	before = model->steps;
	kill_peers(model, first, l);
	pass = &model->passes[passes];
	if (model->n_passes != passes + 1 || pass->n_dying != l ||
	    pass->removals != (scene == SCENE_ONE ? (uint32_t)l : 0)) {
		fprintf(stderr, "bench_model: not one pass of %d peers\n", l);
		exit(EXIT_FAILURE);
	}
	return model->steps - before;
}

static void measure_tables(int m, int n)
{
	struct model model;

	populate(&model, sizes[m], sizes[n]);
	for (int l = 0; l < SIZES; l++)
		for (int scene = 0; scene < SCENES; scene++)
			for (int walk = 0; walk < WALKS; walk++)
				steps[scene][walk][(l * SIZES + m) * SIZES + n] =
					measure(&model, (enum scene)scene,
						(enum walk)walk,
						(int[]){ sizes[l], sizes[m],
							 sizes[n] });
	model_deinit(&model);
}

/* ---- what it comes to ----------------------------------------------------- */

/* Which of the sizes L, M or N (axis 0, 1, 2) has in a shape. */
static int size_at(int shape, int axis)
{
	static const int weights[] = { SIZES * SIZES, SIZES, 1 };

	return sizes[shape / weights[axis] % SIZES];
}

/*
 * Least squares on the logarithms. Each size of one axis meets all sizes of
 * the others, so the axes are independent, and each exponent is that of a
 * line of its own.
 */
static double exponent(const uint64_t *counts, int axis)
{
	double mean_x = 0, mean_y = 0, up = 0, down = 0, x;
	int i;

	for (i = 0; i < SHAPES; i++) {
		mean_x += log(size_at(i, axis)) / SHAPES;
		mean_y += log((double)counts[i]) / SHAPES;
	}
	for (i = 0; i < SHAPES; i++) {
		x = log(size_at(i, axis)) - mean_x;
		up += x * (log((double)counts[i]) - mean_y);
		down += x * x;
	}
	/* No "-0.00" for what differs from nought by rounding alone. */
	return fabs(up / down) < 0.005 ? 0 : up / down;
}

static void show_table(void)
{
	printf("Entries that one pass looks at while L peers die, and M "
	       "survivors hold N ids each\nthat stay; counted while the model "
	       "kernel walks.\n\n"
	       "                      no survivor knows the peers     one "
	       "survivor knows each of them\n"
	       "    L     M     N        per peer       batched        per "
	       "peer       batched\n");
	for (int i = 0; i < SHAPES; i++) {
		printf("%5d %5d %5d", size_at(i, 0), size_at(i, 1),
		       size_at(i, 2));
		for (int scene = 0; scene < SCENES; scene++)
			printf("  %14llu%14llu",
			       (unsigned long long)steps[scene][WALK_OLD][i],
			       (unsigned long long)
				       steps[scene][WALK_BATCHED][i]);
		printf("\n");
	}
}

static void show_fit(void)
{
	static const char *const titles[SCENES] = {
		"no survivor knows the peers",
		"one survivor knows each of them",
	};
	static const char *const walks[WALKS] = { "per peer", "batched" };
	static const char *const claims[WALKS] = { "L x M x N", "M x N" };

	printf("\nThe exponents, fitted by least squares on the logarithms:\n"
	       "                                                  L     M     "
	       "N   claim\n");
	for (int scene = 0; scene < SCENES; scene++)
		for (int walk = 0; walk < WALKS; walk++) {
			const uint64_t *counts = steps[scene][walk];

			printf("%-35s %-8s ", titles[scene], walks[walk]);
			for (int axis = 0; axis < 3; axis++)
				printf(" %5.2f", exponent(counts, axis));
			printf("   %s\n", claims[walk]);
		}
}

int main(void)
{
	for (int m = 0; m < SIZES; m++)
		for (int n = 0; n < SIZES; n++)
			measure_tables(m, n);
	show_table();
	show_fit();
	return EXIT_SUCCESS;
}
