/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Verified by accounts: deaths that came before anybody could ask are judged
 * for the whole span at once, after the second barrier. Every holder alive
 * then was complete from before the span's first removal; its balances are
 * settled; its table equals the ledger; every entry still listed names a peer
 * that is proved alive now; and no unattributed entry that was announced
 * before the first barrier was removed after it. Then nothing is left to hide
 * in: what died was dropped, once, by everybody who still lives.
 */

#include <stdbool.h>
#include <stdint.h>

struct death;
struct netns;
struct watch;

struct accounts {
	bool running;
	bool judged;
	bool asked;
	bool balanced;	      /* the verdict on the whole span */
	uint64_t barriers[2]; /* DELs of the two canaries */
	uint32_t n_barriers;
	uint64_t since_ns; /* when they were asked to judge */
	uint64_t asked_seq;
	uint64_t first_del_seq; /* of the span, 0 none yet */
	uint64_t drained_ns;	/* the last drained moment before that */
	uint64_t canary_seq;	/* the first canary was made after this event */
	uint64_t home_dels;	/* of the span: peers that left home */
	bool disorder;		/* a holder dropped more than had left home */
};

/* accounts_removal - a DEL of holder was read; of whom, is known or not. */
void accounts_removal(struct watch *watch, struct netns *holder, bool known);
/* accounts_canary - the DEL of a canary was read. */
void accounts_canary(struct watch *watch, const struct netns *canary);

/*
 * accounts_cover - the accounts may speak of this death: its number left home
 * before the first canary was made, so that its removal cannot have been left
 * to the canary's own pass; and nothing that nobody could attribute may have
 * been left by its pass to a later one, or gone from the table of a holder that
 * was alive at its barrier and ended before it was asked.
 */
bool accounts_cover(const struct watch *watch, const struct death *death);

/* accounts_judge - COMMAND_JUDGE. */
void accounts_judge(struct watch *watch);

/* accounts_drained - go on; ends with deaths verified by accounts, or not. */
void accounts_drained(struct watch *watch, uint64_t *deadline_ns);
