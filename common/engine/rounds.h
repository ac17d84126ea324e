/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

struct watch;

/* Learning asks a holder at most this often; a burst of NEWs is one wish. */
#define LEARN_NS 200000000ull
/* One that could not be asked, because it is dying, is left alone so long. */
#define ABSENT_NS 1000000000ull
/* Names are looked for at most this often. */
#define SCAN_NS 100000000ull
/* Life of all named is asked at most this often while deaths are open... */
#define LIFE_NS 2000000000ull
/* ...in steps of so many questions: each makes the kernel walk home's table. */
#define LIFE_STEP_NS 200000000ull
#define LIFE_ASKED 64
#define LIFE_LOOKED 1024

/*
 * rounds_drained - start what goes round: the background audit with its scan,
 * questions of life while deaths wait for a barrier, tables whose nameless
 * entries may have a number now. Lowers *deadline_ns to the moment at which
 * anything is wanted next.
 */
void rounds_drained(struct watch *watch, uint64_t *deadline_ns);
