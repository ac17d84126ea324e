/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The truth of a history beside what the engine said of it. The model knows
 * when each entry went, in whose pass, and how often that was announced.
 */

#include "common/engine/death.h"
#include "common/engine/finding.h"
#include "tests/lib/history.h"

/* What must never be; the order is that of their weight. */
enum failure {
	FAILURE_NONE,
	FAILURE_STUCK,	       /* it never rests */
	FAILURE_FALSE_FINDING, /* something was found where no fault was */
	FAILURE_WRONGLY_VERIFIED,
	FAILURE_WRONG_KIND, /* found, by a kind that cannot be */
	FAILURE_SEVERAL,    /* one fault, several findings */
	FAILURE_UNNOTICED,  /* neither found nor in doubt */
	FAILURE_DIVERGED,   /* ledger and kernel differ after an audit */
	FAILURE_HARMFUL,    /* it asked about one that it read as dead */
	FAILURE_ORDER,	    /* an order that the kernel did not walk in */
	FAILURE_MEMORY,	    /* it keeps what nothing needs */
	FAILURE_SHIFTED,    /* another clock, another verdict */
	FAILURE_RESTARTED,  /* not as if it had never ended */
	FAILURES,
};

/* What became of a seeded fault. */
enum fate {
	FATE_UNLEARNED, /* nobody could ask yet whom the entry names */
	FATE_UNWATCHED, /* nobody could hear it, or its holder died */
	FATE_FOUND,
	FATE_DOUBT,  /* its death is indeterminate, or was never closed */
	FATE_BLIND1, /* BLIND_ALIKE, and so on: nobody could see it */
	FATE_BLIND2,
	FATE_BLIND3,
	FATE_BLIND4,
	FATE_WRONG, /* verified, or passed over */
	FATES,
};

#define ORACLE_SIZES 4096

/* Counters alone: figures_add() knows. */
struct oracle_totals {
	uint64_t histories, events, faults;
	uint64_t failures[FAILURES];
	uint64_t fates[FAULT_KINDS][FATES]; /* with gaps, or not all heard */
	uint64_t full_fates[FAULT_KINDS][FATES]; /* full coverage, no gap */
	uint64_t cases[MODEL_CASES];
	uint64_t inversions, phantoms, splits, gaps, silent_losses, failed;
	uint64_t harmless;	      /* histories without a fault */
	uint64_t restarted, restarts; /* histories with so many restarts */
	/* of fault-free, loss-free deaths at full coverage: calm, busy */
	uint64_t deaths[2], verified[2], by_accounts[2];
	uint64_t reasons[2][REASONS];
	uint64_t open[2];
	uint64_t orders[4];
	uint32_t sizes[ORACLE_SIZES]; /* histories by their number of events */
	uint32_t spaces[MODEL_SPACES + 1];
};

struct oracle_result {
	enum failure failure; /* the gravest one */
	char why[256];
};

/* oracle_judge - after history_run(); adds to totals where that is given. */
void oracle_judge(const struct history *history, struct oracle_totals *totals,
		  struct oracle_result *ret_result);

/* oracle_digest - all that was concluded, without its stamps. */
uint64_t oracle_digest(const struct history *history);

/* oracle_print - the deaths and the findings. */
void oracle_print(const struct history *history);

const char *failure_name(enum failure failure);
const char *fate_name(enum fate fate);
