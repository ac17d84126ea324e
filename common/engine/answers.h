/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Answers on their way in: each kind of question has one small function that
 * takes its answer. Tables and names then wait for their settle time.
 */

#include "common/engine/sync.h"

/*
 * answers_take - an answer to the question that is open; any other is counted
 * as ignored. 0 or -ENOMEM.
 */
int answers_take(struct watch *watch, const struct answer *answer);

/* answers_drained - let the tables take effect whose time has come. */
int answers_drained(struct watch *watch, uint64_t *deadline_ns);
