/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The verbs that ask the daemon. Each is a call, what comes back as one
 * document, and a writer. All return an enum status, having said what went
 * wrong.
 */

struct options;

int ask_status(const struct options *options);
int ask_namespaces(const struct options *options);
int ask_nsids(const struct options *options);
int ask_deaths(const struct options *options);
int ask_passes(const struct options *options);
int ask_findings(const struct options *options);
int ask_events(const struct options *options);
/* STATUS_FINDINGS where ledger and kernel differ. */
int ask_audit(const struct options *options);
/* STATUS_AGAIN where the time ran out. */
int ask_wait(const struct options *options);
