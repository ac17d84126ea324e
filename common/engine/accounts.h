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

struct watch;

struct accounts {
	bool running;
	bool judged;
	bool asked;
	bool balanced; /* the verdict on the whole span */
	uint64_t barriers[2]; /* DELs of the two canaries */
	uint32_t n_barriers;
	uint64_t since_ns; /* of the second one */
	uint64_t asked_seq;
	uint64_t first_del_seq; /* of the span, 0 none yet */
};

/* accounts_event - a DEL was read, of a canary or of anybody. */
void accounts_removal(struct watch *watch);
void accounts_canary(struct watch *watch);

/* accounts_judge - COMMAND_JUDGE. */
void accounts_judge(struct watch *watch);

/* accounts_drained - go on; ends with deaths verified by accounts, or not. */
void accounts_drained(struct watch *watch, uint64_t *deadline_ns);
