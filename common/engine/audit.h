/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One audit that somebody asked for: every table once, compared with the
 * ledger. It has ended when each holder was compared or could not be asked.
 */

#include <stdint.h>

struct netns;
struct pending;
struct watch;

/* audit_start - COMMAND_AUDIT; one that is running begins anew. */
void audit_start(struct watch *watch);

/* audit_note - an answer took effect; is it the holder's part in the audit?
 * beyond: so many of its rows a ceiling left out. */
void audit_note(struct watch *watch, const struct pending *pending,
		uint32_t compared, uint32_t mismatches, uint32_t beyond);

/* audit_miss - the holder cannot be asked, or is gone. */
void audit_miss(struct watch *watch, struct netns *holder);
