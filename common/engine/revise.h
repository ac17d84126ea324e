/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What comes too late for a verdict, or against one: it is revised. */

#include "common/engine/verify.h"

/* revise_concern - a finding concerns the death: violated, now or anew. */
void revise_concern(struct watch *watch, uint64_t death, int by);

/*
 * revise_excused - an excuse is only as good as the holder's own death:
 * a finding on that one makes doubtful what it excused.
 */
void revise_excused(struct watch *watch, const struct netns *holder);

/*
 * revise_unasked - the entry's holder has ended with a suspicion of it that is
 * not decided, and never will be: where the holder survived the pass of the
 * death with this id (0: of the one that closed the entry last), that one is
 * not verified.
 */
void revise_unasked(struct watch *watch, const struct entry *entry,
		    uint64_t death);

/* revise_accounts - the span balances: its unattributed deaths are verified. */
void revise_accounts(struct watch *watch);

/* revise_doubt - the death with this id (0: none) can only be in doubt. */
void revise_doubt(struct watch *watch, uint64_t death);

/*
 * revise_unheard - event seq, or a table asked before it, tells of an entry of
 * peer (NULL: of nobody known) that nobody announced, and the last whole table
 * before lacked it: whoever died since that was asked, and had its memory before
 * the peer had it, may be whom the entry was made for.
 */
void revise_unheard(struct watch *watch, const struct entry *entry,
		    const struct netns *peer, uint64_t seq);

/*
 * revise_forget - there are too many closed entries: the oldest are forgotten,
 * but none that an open death may have closed, as it is there that a second DEL
 * shows, or a number that was kept. Where they are several times too many, the
 * deaths that are open are in doubt instead.
 */
void revise_forget(struct watch *watch);

/*
 * revise_taint - a finding makes these doubtful: the deaths that closed a
 * generation of the entry lately, or, where nobody knows, all open ones.
 */
void revise_taint(struct watch *watch, const struct entry *entry,
		  uint64_t death);
