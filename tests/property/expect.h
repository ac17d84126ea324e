/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Histories whose conclusions are kept: what was said of them before. */

#include <stdbool.h>

/*
 * expect - play each history of the file and compare what the engine says of
 * it with the line kept there; update writes the lines anew. What differs is
 * printed. 0; 1: it differs; 2: the file cannot be used, which is told.
 */
int expect(const char *path, bool update);
