/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What becomes of a suspicion: one row a doubt, one small function a row. They
 * look at tables, lives and barriers, ask for those that they lack, and change
 * nothing else; findings.c does what they decide.
 */

#include "common/engine/findings.h"

/* What a decision may be, beside a kind of finding. */
enum {
	DECIDE_WAIT = -1,
	DECIDE_DROP = -2,  /* nothing was wrong */
	DECIDE_DOUBT = -3, /* something was; nobody can say what */
};

/* decide - at a drained moment: a finding_kind, or one of the above. */
int decide(struct watch *watch, struct suspicion *suspicion);
