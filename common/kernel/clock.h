/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The only reader of time. */

#include "common/engine/event.h"

/* clock_now - both clocks now (clock_gettime(2)). It cannot fail. */
void clock_now(struct stamp *ret_stamp);
