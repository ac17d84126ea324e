/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Engine and kernel talk in this very process, with a small poll loop: what
 * check and selftest share. Everything here returns an enum status, having
 * said what went wrong, unless it says otherwise.
 */

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/engine/settings.h"
#include "common/engine/watch.h"
#include "common/wire/shapes.h"

struct capture;
struct options;
struct talk;

struct session {
	struct talk *talk;	 /* owned */
	struct capture *capture; /* owned; NULL: nothing is recorded */
	bool recording_failed;	 /* and it was said */
	struct shapes_kernel kernel;
	char release[128];
	int home_fd;	  /* owned; the caller's namespace */
	int signal_fd;	  /* owned; SIGINT, SIGTERM, SIGCHLD, see below */
	sigset_t mask;	  /* as it was before */
	bool more;	  /* there is more to do at once */
	bool scanning;	  /* look among processes every SCAN_NS */
	uint64_t scan_ns; /* when next */
	uint64_t gaps;	  /* when the span began */
	uint64_t deaths;  /* likewise */
	json_t *notes;	  /* owned; an array, what people should know */
};

/*
 * session_open - listen, and make sure that barriers can be made.
 *
 * SIGINT, SIGTERM and SIGCHLD are blocked from then on and come by signal_fd.
 * STATUS_NO_PERMISSION where a capability is missing.
 */
int session_open(const struct options *options, enum adopt adopt,
		 struct session *ret_session);
void session_close(struct session *session);

/*
 * session_seal - the recording, if there is one, is over. STATUS_FAILURE where
 * it is not complete, which was said; the watch goes on.
 */
int session_seal(struct session *session);

/* What makes session_until() stop. */
enum session_outcome {
	SESSION_DONE, /* the condition holds */
	SESSION_TIMED_OUT,
	SESSION_SIGNAL,	  /* signal_fd is readable */
	SESSION_READABLE, /* the extra descriptor is */
	SESSION_FAILED,	  /* said */
};

/* A condition on the engine. */
typedef bool session_condition(const struct watch *watch, int32_t number);

/*
 * session_until - drive engine and kernel until the condition holds (NULL:
 * never), until until_ns of CLOCK_MONOTONIC (UINT64_MAX: no end), a signal, or
 * until `fd` (-1: none) is readable.
 */
enum session_outcome session_until(struct session *session,
				   session_condition *condition, int32_t number,
				   uint64_t until_ns, int fd);

/*
 * session_wait - the same, but a child that ends is no reason to stop;
 * SESSION_SIGNAL is SIGINT or SIGTERM, taken off signal_fd.
 */
enum session_outcome session_wait(struct session *session,
				  session_condition *condition, int32_t number,
				  uint64_t until_ns, int fd);

/* session_drain - go on until there is nothing to do at once. */
enum session_outcome session_drain(struct session *session, uint64_t until_ns);

/* session_begin - the span begins: what died before is not its own. */
int session_begin(struct session *session);

/* session_command - to the engine. */
int session_command(struct session *session, enum command_type type,
		    int32_t nsid);

/* session_gaps - how many there were since the watch began. */
uint64_t session_gaps(const struct session *session);

/* session_failed - say so. STATUS_FAILURE. */
int session_failed(const char *what, int error);

/* session_note - a line for people, shown with the summary. */
void session_note(struct session *session, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* session_now_ns - CLOCK_MONOTONIC. */
uint64_t session_now_ns(void);

/* session_signal - take the next signal off signal_fd; 0 where there is none.
 * *ret_own: it was sent to this process, not to the whole terminal. */
int session_signal(const struct session *session, bool *ret_own);
