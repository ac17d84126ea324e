/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The records of findings: made, changed by what came later, kept for a while.
 */

#include "common/engine/findings.h"

/* records_make - the suspicion is a finding of this kind. 0 or -ENOMEM. */
int records_make(struct watch *watch, const struct suspicion *suspicion,
		 enum finding_kind kind);

/*
 * records_late - a DEL of an entry with a finding came. Where that was missing
 * (the DEL closed what the table still held) or unannounced (it closed
 * nothing), it is a late one now, and resolved: true.
 */
bool records_late(struct watch *watch, struct entry *entry, bool closed);

/*
 * records_withdraw - the entry that a surplus DEL had taken away beforehand
 * was announced afterwards: nothing was wrong but the order. False where the
 * entry's finding is of another kind.
 */
bool records_withdraw(struct watch *watch, struct entry *entry);

/* records_missing - the entry is known to have been left behind. */
bool records_missing(struct watch *watch, const struct entry *entry);

/* records_attach - the entry's finding, if any, tells of this death. */
void records_attach(struct watch *watch, const struct entry *entry,
		    struct death *death);

/* records_doubt - the death with this id (0: none) can only be in doubt. */
void records_doubt(struct watch *watch, uint64_t death);
