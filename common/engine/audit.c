/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/audit.h"

#include "common/engine/state.h"

static void audit_done_one(struct watch *watch, struct netns *holder)
{
	holder->audit_serial = 0;
	if (--watch->audit_left > 0)
		return;
	watch->audit.running = false;
	watch->counters.audits++;
	watch_notice(watch, NOTICE_AUDIT, watch->audit.serial);
}

static bool audited(const struct watch *watch, const struct netns *holder)
{
	return watch->audit.running &&
	       holder->audit_serial == watch->audit.serial;
}

void audit_note(struct watch *watch, const struct pending *pending,
		uint32_t compared, uint32_t mismatches, uint32_t beyond)
{
	struct netns *holder = pending->holder;

	if (!audited(watch, holder) || pending->extent == EXTENT_POINTS ||
	    pending->question <= watch->audit_question)
		return;
	watch->audit.holders++;
	watch->audit.entries += compared;
	watch->audit.mismatches += mismatches;
	watch->audit.beyond += beyond;
	audit_done_one(watch, holder);
}

void audit_miss(struct watch *watch, struct netns *holder)
{
	if (!audited(watch, holder))
		return;
	watch->audit.unanswered++;
	audit_done_one(watch, holder);
}

/* Home is asked in any case, so that this cannot end before it began. */
void audit_start(struct watch *watch)
{
	struct netns *holder;

	watch->audit = (struct audit){ .running = true,
				       .serial = watch->audit.serial + 1 };
	watch->audit_question = watch->sync.next_question;
	watch->audit_left = 0;
	for (holder = watch->ledger.netnses; holder; holder = holder->next) {
		watch->audit_left++;
		holder->audit_serial = watch->audit.serial;
		if (holder->death || holder->ended_seq ||
		    holder->trust == TRUST_REFUSED)
			audit_miss(watch, holder);
		else
			sync_demand(watch, holder);
	}
}
