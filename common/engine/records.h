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
 * records_explain - a DEL of the entry turned out to be nobody's of today.
 * Where an earlier owner had gone unannounced, it was that one's, and late:
 * true.
 */
bool records_explain(struct watch *watch, struct entry *entry);

/*
 * records_withdraw - the entry that a surplus DEL had taken away beforehand
 * was announced afterwards: nothing was wrong but the order. False where the
 * entry's finding is of another kind.
 */
bool records_withdraw(struct watch *watch, struct entry *entry);

/* records_stands - the entry's last finding is of this kind, and stands. */
bool records_stands(struct watch *watch, const struct entry *entry,
		    enum finding_kind kind);

/* records_other - a finding of another kind tells of this death, and stands. */
bool records_other(struct watch *watch, uint64_t death, enum finding_kind kind);

/* records_attach - the entry's finding, if any, tells of this death. */
void records_attach(struct watch *watch, const struct entry *entry,
		    struct death *death);

/* records_unsure - the dates of this death (0: of none) may be another's. */
void records_unsure(struct watch *watch, uint64_t death);
