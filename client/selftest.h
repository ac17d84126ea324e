/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct options;

/*
 * selftest_run - what check_run() does, around a load of our own: survivors,
 * and namespaces that every survivor has a number for and that die all at
 * once. Returns an enum status.
 */
int selftest_run(const struct options *options);
