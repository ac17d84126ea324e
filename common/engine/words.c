/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The words of the contract, one table an enum. */

#include "common/engine/report.h"
#include "common/engine/verify.h"

static const char *const verdicts[VERDICTS] = {
	[VERDICT_OPEN] = "open",
	[VERDICT_VERIFIED] = "verified",
	[VERDICT_VIOLATED] = "violated",
	[VERDICT_INDETERMINATE] = "indeterminate",
};

static const char *const proofs[] = {
	[PROOF_NONE] = "none",
	[PROOF_ATTRIBUTION] = "attribution",
	[PROOF_ACCOUNTS] = "accounts",
};

static const char *const reasons[REASONS] = {
	[REASON_NONE] = "none",
	[REASON_GAP] = "gap",
	[REASON_HOLDER_DIED] = "holder-died",
	[REASON_UNATTRIBUTED] = "unattributed",
	[REASON_PARTIAL_TABLE] = "partial-table",
	[REASON_NO_BARRIER] = "no-barrier",
	[REASON_TAINTED] = "tainted",
	[REASON_ENDED_OPEN] = "ended-open",
	[REASON_NO_DEATHS] = "no-deaths",
};

static const char *const gaps[GAP_CAUSES] = {
	[GAP_OVERRUN] = "overrun", [GAP_DROPS] = "drops",
	[GAP_MEMORY] = "memory",   [GAP_TRUNCATION] = "truncation",
	[GAP_RESTART] = "restart", [GAP_NUMBER] = "number",
};

static const char *const states[] = {
	[FINDING_STANDS] = "stands",
	[FINDING_RESOLVED] = "resolved",
	[FINDING_WITHDRAWN] = "withdrawn",
};

static const struct {
	const char *name;
	const char *meaning;
} kinds[FINDING_KINDS] = {
	[FINDING_MISSING] = {
		"missing",
		"The peer is dead, the pass that removed it is over, and this "
		"holder's table still holds the nsid. The number stays taken, "
		"and the kernel may follow the pointer behind it. If a late "
		"removal comes, this finding becomes late and is resolved.",
	},
	[FINDING_UNANNOUNCED] = {
		"unannounced",
		"The entry left the holder's table and no RTM_DELNSID told of "
		"it, although no event was lost. Programs that keep a table by "
		"events now hold a number that names nobody.",
	},
	[FINDING_DUPLICATE] = {
		"duplicate",
		"A second RTM_DELNSID came for one presence, and nothing new "
		"was under the number. A program that re-uses numbers may take "
		"it for the removal of somebody else.",
	},
	[FINDING_GHOST] = {
		"ghost",
		"An RTM_DELNSID came for an entry whose peer lives and which "
		"the table still lists: the message is false.",
	},
	[FINDING_PREMATURE] = {
		"premature",
		"The nsid was removed and announced as removed while the peer "
		"lived on beyond the end of the pass.",
	},
	[FINDING_STRAY] = {
		"stray",
		"An RTM_DELNSID came for a number that the holder's complete "
		"table did not hold.",
	},
	[FINDING_LATE] = {
		"late",
		"The nsid was removed, or its removal announced, after the pass "
		"of the peer's death was proved over: that pass had left it.",
	},
	[FINDING_RENEWED] = {
		"renewed",
		"An RTM_NEWNSID came for an entry that was there already, with "
		"the same peer before and after and no removal in between.",
	},
};

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict];
}

const char *proof_name(enum proof proof)
{
	return proofs[proof];
}

const char *reason_name(enum reason reason)
{
	return reasons[reason];
}

const char *finding_name(enum finding_kind kind)
{
	return kinds[kind].name;
}

const char *finding_state_name(enum finding_state state)
{
	return states[state];
}

const char *finding_meaning(enum finding_kind kind)
{
	return kinds[kind].meaning;
}

const char *gap_name(enum gap_cause cause)
{
	return gaps[cause];
}
