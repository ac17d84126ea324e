/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The verbs that ask the daemon. Each is a call, what comes back as one
 * document, and a writer. All return an enum status, having said what went
 * wrong.
 */

#include <jansson.h>

struct options;

/* Every table of a crowded machine is asked, at the pace of the watch. */
#define ASK_AUDIT_MS 600000

/*
 * ask_call - one call, one reply; ask_rows - the replies put together, whose
 * rows stand under `key`. parameters (or NULL) are given away, what is returned
 * is the caller's.
 */
int ask_call(const struct options *options, const char *method,
	     json_t *parameters, json_t **ret_reply);
/*
 * ask_long_call - one that may rightly take long: a sign of life comes first,
 * as from any call, then the daemon has ms milliseconds (-1: for ever).
 */
int ask_long_call(const struct options *options, const char *method,
		  json_t *parameters, int ms, json_t **ret_reply);
int ask_rows(const struct options *options, const char *method, const char *key,
	     json_t *parameters, json_t **ret_list);

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
