/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Questions to the kernel, over a socket apart from the one that listens. A
 * question is performed at once and its answer waited for, with a time-out
 * (request.h).
 *
 * Sources: net/core/net_namespace.c, net/netlink/af_netlink.c, netlink(7).
 */

#include "common/engine/event.h"

struct queries;

enum queries_outcome {
	QUERIES_TAKEN = 1, /* the number is another namespace's */
	QUERIES_REFUSED,   /* CAP_NET_ADMIN is missing */
};

/*
 * queries_open - make the socket.
 *
 * home is the identity of the caller's namespace (nsfile.h), max_rows the
 * ceiling for one table: what is beyond makes it ANSWER_PART. ret_queries is
 * owned by the caller. Returns 0 or -errno.
 */
int queries_open(const struct identity *home, size_t max_rows,
		 struct queries **ret_queries);

/* queries_tap - tell of what goes over the wire from now on (request.h). */
void queries_tap(struct queries *queries,
		 void (*tap)(void *userdata, bool asked, const void *bytes,
			     size_t len),
		 void *userdata);

/* queries_free - closes; takes NULL, returns NULL. */
struct queries *queries_free(struct queries *queries);

/*
 * queries_ask - perform a question now.
 *
 * Always gives an answer; what went wrong on the way is ANSWER_FAILED with its
 * errno, and the next question gets a fresh socket. Rows, and the text of a
 * sighting, are valid until the next call. QUESTION_SCAN is discovery's
 * (EOPNOTSUPP here), and nobody but its owner can ask for a NAME_CANARY.
 *
 * - TABLE: see rtnl_table_answer() for whole and part. A table of another
 *   holder needs NETLINK_GET_STRICT_CHK (Linux 4.20), else EOPNOTSUPP: the
 *   kernel would answer with home's.
 * - ENTRY: with TAG_HOME for nsid, the holder's number for home.
 * - NAME: the label of the sighting is NULL (labels come with a scan), and a
 *   name that leads nowhere is an answer: ANSWER_WHOLE, not `leads`.
 * - ADOPT: home is never adopted, nor what cannot be told from it (EXDEV); the
 *   kernel chooses the number, and a namespace that has one keeps it.
 */
void queries_ask(struct queries *queries, const struct question *question,
		 struct answer *ret_answer);

/*
 * queries_sight - where a name leads now: QUESTION_NAME without the question.
 *
 * Returns ANSWER_WHOLE, ANSWER_REFUSED or ANSWER_FAILED; ret_sighting is valid
 * with the first, its text until the next call, and ret_error with the last.
 */
enum answer_outcome queries_sight(struct queries *queries, enum name_kind kind,
				  const char *text,
				  struct sighting *ret_sighting,
				  int *ret_error);

/*
 * queries_adopt_fd - give the namespace of fd (borrowed) a number in home.
 *
 * nsid is the number, or NSID_NONE for the lowest free one; INT32_MAX must not
 * be asked for. ret_nsid is the number that it has then: where it had one, it
 * keeps that. Returns 0, QUERIES_TAKEN, QUERIES_REFUSED, or -errno.
 */
int queries_adopt_fd(struct queries *queries, int fd, int32_t nsid,
		     int32_t *ret_nsid);

/* queries_last_text - what the kernel added to the last refusal, in its own
 * words, or "". Borrowed, until the next call. */
const char *queries_last_text(const struct queries *queries);
