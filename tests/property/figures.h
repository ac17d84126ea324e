/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What many histories came to, as text for people. */

#include "tests/lib/oracle.h"

/* figures_add - other's figures go into totals. */
void figures_add(struct oracle_totals *totals,
		 const struct oracle_totals *other);

/*
 * figures_suffice - is enough verified and found, and each fault and case met
 * often enough? What falls short is printed. Of few histories anything will do.
 */
bool figures_suffice(const struct oracle_totals *totals);

/* figures_print - all of them, or, where brief, the ones that must hold. */
void figures_print(const struct oracle_totals *totals, bool brief);
