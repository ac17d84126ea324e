/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct options;

/*
 * replay_run - judge a recording as check would have, without privilege and
 * without a daemon. Returns an enum status; STATUS_FAILURE where there is not
 * one whole record.
 */
int replay_run(const struct options *options);
