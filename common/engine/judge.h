/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The conditions of a verdict, one small function each: who survived the
 * peer's pass, whether every table speaks of this death, whether anybody's
 * removal might have been the peer's own.
 */

#include "common/engine/verify.h"

/*
 * judge_survived - holder survived the pass of the death: its own DEL in home
 * had not come by the barrier, or something shows it alive after the peer's
 * first DEL.
 */
bool judge_survived(const struct death *death, const struct netns *holder);

/*
 * judge_last_life - the last event after which the peer was surely alive; 0
 * none. Here its own table counts as well: the kernel took a reference on it to
 * answer, which it cannot take on the dead. (A barrier wants more, for home's
 * number may be stale.)
 */
uint64_t judge_last_life(const struct netns *peer);

/*
 * judge_baselined - holder's first table was answered before event seq was sent:
 * the queue was empty at drained_ns, between the two. What is read right after
 * an answer may have been sent before it, by a pass that the answer shows. What
 * a pass took in silence before its first DEL, where home is not the first in
 * its walk, this does not tell.
 */
bool judge_baselined(const struct netns *holder, uint64_t seq,
		     uint64_t drained_ns);

/*
 * judge_named - settle the entries that still name the peer: excused ones are
 * counted, the survivors' are suspected. 0 or -ENOMEM.
 */
int judge_named(struct watch *watch, struct death *death);

/* judge_doubtful - its own death is in doubt, or a finding concerns it: it may
 * have been none, and proves nothing of another's. */
bool judge_doubtful(const struct netns *netns);

/*
 * judge_excuse - holder's table is about to be forgotten while it still names
 * the peer of an open death. One whose own end is in doubt excuses nothing.
 */
int judge_excuse(struct death *death, const struct netns *holder);

/*
 * judge_later - what stood for a barrier was none. Takes the latest one there
 * is, or none until it comes.
 */
void judge_later(struct watch *watch, struct death *death);

/* judge_tables - every holder that dropped the peer was asked after it. */
bool judge_tables(struct watch *watch, struct death *death);

/*
 * judge_lost - the holder has ended, and its table is about to be forgotten: the
 * deaths that it survived, and that wait still, be it for the accounts of their
 * span, cannot be told from it any more.
 */
void judge_lost(struct watch *watch, const struct netns *holder);

/*
 * judge_unseen - a number of the holder's that was counted from nowhere went and
 * came just now: somebody has it, and no entry says so before the next table.
 */
void judge_unseen(struct watch *watch, struct netns *holder);

/*
 * judge_attribution - set the death's flags unattributed and partial. False
 * where an answer under way may yet clear them: ask again later.
 */
bool judge_attribution(struct watch *watch, struct death *death);

/*
 * judge_dead - two tables had dropped the peer before the barrier, or one and
 * what else `before` counts: one DEL alone, were it home's, may have been
 * announced while the peer lives. One table was asked since and lacks it: a pass
 * that runs twice announces what the next owners of its numbers have. With
 * by_name a name will do that it had lost before its first DEL: that tells that
 * it is dead by now, not since when.
 */
bool judge_dead(const struct death *death, uint32_t before, bool by_name);

/* judge_reason - the first flag that speaks against verified, or NONE. */
enum reason judge_reason(const struct death *death);
