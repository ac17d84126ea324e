/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct options;

/*
 * record_run - record until SIGINT or SIGTERM; then make two barriers, as check
 * does, so that a replay can judge what died, and tell what was recorded. A
 * second signal ends it at once. Returns an enum status; STATUS_FAILURE where
 * the recording is not complete.
 */
int record_run(const struct options *options);
