/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/verbs.h"

#include "client/ask.h"
#include "client/baseline.h"
#include "client/check.h"
#include "client/record.h"
#include "client/replay.h"
#include "client/selftest.h"

static const struct verb table[] = {
	{ "status", "", "Show kernel, coverage, counters and verdicts", 0, 0, 0,
	  false, true, ask_status },
	{ "namespaces", "[--names | --lingering]",
	  "List every namespace known: names, state and what holds it",
	  OPTION_LINGERING | OPTION_NAMES, 0, 0, false, true, ask_namespaces },
	{ "nsids", "[HOLDER]", "List the entries: holder, nsid, peer, since", 0,
	  0, 1, false, true, ask_nsids },
	{ "deaths", "", "List the deaths with their verdicts", 0, 0, 0, false,
	  true, ask_deaths },
	{ "passes", "", "List the kernel's cleanup passes", 0, 0, 0, false,
	  true, ask_passes },
	{ "findings", "[--explain ID]",
	  "List the violations with their evidence, or explain one",
	  OPTION_EXPLAIN, 0, 0, false, true, ask_findings },
	{ "events", "[--follow]", "List the events, newest last", OPTION_FOLLOW,
	  0, 0, false, true, ask_events },
	{ "audit", "", "Compare ledger and kernel now", 0, 0, 0, false, true,
	  ask_audit },
	{ "baseline", "FILE", "Keep what namespaces and entries are here now",
	  0, 1, 1, false, true, baseline_run },
	{ "diff", "FILE", "List those that are new since a baseline", 0, 1, 1,
	  false, true, diff_run },
	{ "wait", "--gone NAME [--timeout S]",
	  "Wait until a namespace is really gone", OPTION_GONE | OPTION_TIMEOUT,
	  0, 0, false, true, ask_wait },
	{ "check",
	  "[--timeout S] [--no-adopt] [--adopt=all] [--allow-none] "
	  "[--record FILE] -- COMMAND...",
	  "Run COMMAND under watch and judge every death under it",
	  OPTION_TIMEOUT | OPTION_ADOPT | OPTION_ALLOW_NONE | OPTION_RECORD, 1,
	  -1, true, false, check_run },
	{ "selftest",
	  "[--survivors N] [--dying N] [--rounds N] [--record FILE]",
	  "Check this kernel with a load of namespaces of its own",
	  OPTION_LOAD | OPTION_RECORD, 0, 0, false, false, selftest_run },
	{ "record", "[--timeout S] [--no-adopt] [--adopt=all] FILE",
	  "Record the conversation with the kernel until interrupted",
	  OPTION_TIMEOUT | OPTION_ADOPT, 1, 1, false, false, record_run },
	{ "replay", "FILE...", "Judge a recording, on any machine", 0, 1, -1,
	  false, false, replay_run },
};

const struct verb *verbs_table(size_t *ret_n)
{
	*ret_n = sizeof(table) / sizeof(table[0]);
	return table;
}
