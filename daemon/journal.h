/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Alerts in the journal: one record each, with its MESSAGE_ID and native fields
 * (nsidwatchd(8), JOURNAL). Where the journal does not read standard error, or
 * without libsystemd, the same text goes to standard error.
 */

struct alert;

void journal_send(const struct alert *alert);
