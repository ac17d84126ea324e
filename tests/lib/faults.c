/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/faults.h"

#define KIND(kind) (1u << FINDING_##kind)
#define BLIND(spot) (1u << BLIND_##spot)

/*
 * A number may have a new owner by the time that a fault shows, and what was
 * closed may be forgotten, so most faults have more than one face.
 */
static const struct {
	const char *name;
	unsigned int kinds;
	unsigned int blind;
} faults[FAULT_KINDS] = {
	[FAULT_DUPLICATE] = { "duplicate",
			      KIND(DUPLICATE) | KIND(GHOST) | KIND(STRAY) |
				      KIND(LATE),
			      BLIND(REUSED) },
	[FAULT_SILENT] = { "silent removal", KIND(UNANNOUNCED) | KIND(LATE),
			   BLIND(ALIKE) },
	[FAULT_LEAK] = { "leak", KIND(MISSING) | KIND(LATE) | KIND(UNANNOUNCED),
			 BLIND(ALIKE) | BLIND(BARRIER) },
	[FAULT_KEPT] = { "announced and kept",
			 KIND(MISSING) | KIND(DUPLICATE) | KIND(LATE) |
				 KIND(UNANNOUNCED) | KIND(STRAY),
			 BLIND(ALIKE) },
	[FAULT_WRONG_NUMBER] = { "wrong number",
				 KIND(UNANNOUNCED) | KIND(GHOST) | KIND(STRAY) |
					 KIND(DUPLICATE) | KIND(MISSING) |
					 KIND(LATE) | KIND(PREMATURE),
				 BLIND(ALIKE) | BLIND(REUSED) },
	[FAULT_GHOST] = { "ghost", KIND(GHOST) | KIND(DUPLICATE) | KIND(STRAY),
			  0 },
	[FAULT_PREMATURE] = { "premature", KIND(PREMATURE), BLIND(LIVING) },
	[FAULT_LATE] = { "late",
			 KIND(LATE) | KIND(MISSING) | KIND(UNANNOUNCED) |
				 KIND(PREMATURE),
			 BLIND(ALIKE) | BLIND(BARRIER) },
	[FAULT_LATE_MESSAGE] = { "late message",
				 KIND(LATE) | KIND(UNANNOUNCED) | KIND(GHOST) |
					 KIND(DUPLICATE) | KIND(STRAY),
				 BLIND(ALIKE) | BLIND(BARRIER) },
	[FAULT_PASS_TWICE] = { "pass twice",
			       KIND(DUPLICATE) | KIND(GHOST) | KIND(STRAY) |
				       KIND(MISSING) | KIND(LATE),
			       BLIND(REUSED) },
	[FAULT_SKIP_LAST] = { "last survivor skipped",
			      KIND(MISSING) | KIND(LATE) | KIND(UNANNOUNCED),
			      BLIND(ALIKE) | BLIND(BARRIER) },
	[FAULT_WRONG_SPACE] = { "wrong namespace",
				KIND(UNANNOUNCED) | KIND(GHOST) | KIND(STRAY) |
					KIND(DUPLICATE) | KIND(MISSING) |
					KIND(LATE) | KIND(PREMATURE),
				BLIND(ALIKE) | BLIND(REUSED) },
	[FAULT_NEW_TWICE] = { "new twice", KIND(RENEWED) | KIND(UNANNOUNCED),
			      0 },
	[FAULT_STALE] = { "stale pointer re-used",
			  KIND(MISSING) | KIND(LATE) | KIND(UNANNOUNCED) |
				  KIND(PREMATURE),
			  BLIND(ALIKE) | BLIND(BARRIER) },
};

const char *fault_name(enum fault_kind fault)
{
	return faults[fault].name;
}

bool fault_allows(enum fault_kind fault, enum finding_kind kind)
{
	return faults[fault].kinds & (1u << kind);
}

bool fault_hides(enum fault_kind fault, enum blind_spot spot)
{
	return faults[fault].blind & (1u << spot);
}
