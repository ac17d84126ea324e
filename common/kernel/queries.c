/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/queries.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/kernel/nsfile.h"
#include "common/kernel/procfs.h"
#include "common/kernel/request.h"

struct queries {
	struct identity home;
	uint64_t home_key;	   /* procfs.h; 0 unknown */
	int32_t self_nsid;	   /* as last answered */
	char name[NAME_MAX_BYTES]; /* of the last sighting */
	struct request request;
};

int queries_open(const struct identity *home, size_t max_rows,
		 struct queries **ret_queries)
{
	struct queries *queries;
	int r;

	queries = calloc(1, sizeof(*queries));
	if (!queries)
		return -ENOMEM;
	queries->home = *home;
	queries->self_nsid = NSID_NONE;
	if (procfs_netns_key(getpid(), &queries->home_key) != 0)
		queries->home_key = 0;
	r = request_init(&queries->request, max_rows);
	if (r < 0) {
		free(queries);
		return r;
	}
	*ret_queries = queries;
	return 0;
}

void queries_tap(struct queries *queries,
		 void (*tap)(void *userdata, bool asked, const void *bytes,
			     size_t len),
		 void *userdata)
{
	queries->request.tap = tap;
	queries->request.tap_userdata = userdata;
}

struct queries *queries_free(struct queries *queries)
{
	if (!queries)
		return NULL;
	request_deinit(&queries->request);
	free(queries);
	return NULL;
}

const char *queries_last_text(const struct queries *queries)
{
	return queries->request.text;
}

/* ---- names ----------------------------------------------------------- */

static bool same(const struct identity *a, const struct identity *b)
{
	if (a->id != 0 && b->id != 0)
		return a->id == b->id;
	return a->ino != 0 && a->ino == b->ino && a->dev == b->dev;
}

/* What a refusal to a question by descriptor or process means. */
static enum answer_outcome sight_error(int error, struct sighting *sighting,
				       int *ret_error)
{
	switch (error) {
	case 0:
		sighting->leads = true;
		return ANSWER_WHOLE;
	case ESRCH:  /* the process has gone */
	case EINVAL: /* no reference to a namespace */
		return ANSWER_WHOLE;
	case EPERM:
	case EACCES:
		return ANSWER_REFUSED;
	default:
		*ret_error = error;
		return ANSWER_FAILED;
	}
}

static enum answer_outcome sight_number(struct queries *queries,
					enum rtnl_key key, int32_t value,
					struct sighting *sighting,
					int *ret_error)
{
	struct rtnl_reply reply;
	int r;

	r = request_nsid(&queries->request, key, value, TAG_HOME, &reply);
	if (r < 0) {
		*ret_error = -r;
		return ANSWER_FAILED;
	}
	sighting->nsid = reply.nsid;
	return sight_error(reply.error, sighting, ret_error);
}

/* Of an open namespace, or why it could not be opened; closes it. */
static enum answer_outcome sight_fd(struct queries *queries, int opened, int fd,
				    struct sighting *sighting, int *ret_error)
{
	enum answer_outcome outcome;

	if (opened == NSFILE_NONE)
		return ANSWER_WHOLE;
	if (opened == NSFILE_FORBIDDEN)
		return ANSWER_REFUSED;
	if (opened < 0) {
		*ret_error = -opened;
		return ANSWER_FAILED;
	}
	nsfile_identity(fd, &sighting->identity);
	outcome = sight_number(queries, RTNL_KEY_FD, fd, sighting, ret_error);
	close(fd);
	return outcome;
}

static enum answer_outcome sight_path(struct queries *queries, const char *path,
				      struct sighting *sighting, int *ret_error)
{
	int fd = -1, r = nsfile_open(path, &fd);

	return sight_fd(queries, r, fd, sighting, ret_error);
}

static void process_identity(struct queries *queries, pid_t pid,
			     struct sighting *sighting)
{
	char link[64];
	uint64_t key;

	snprintf(link, sizeof(link), "/proc/%d/ns/net", (int)pid);
	if (nsfile_identity_at(link, &sighting->identity) == 0)
		return;
	sighting->identity = (struct identity){ 0 };
	sighting->is_home = queries->home_key != 0 &&
			    procfs_netns_key(pid, &key) == 0 &&
			    key == queries->home_key;
}

static enum answer_outcome sight_process(struct queries *queries,
					 const char *text,
					 struct sighting *sighting,
					 int *ret_error)
{
	enum answer_outcome outcome;
	struct process process;

	if (procfs_parse_name(text, &process) != 0)
		return ANSWER_WHOLE;
	outcome = sight_number(queries, RTNL_KEY_PID, process.pid, sighting,
			       ret_error);
	if (outcome != ANSWER_WHOLE || !sighting->leads)
		return outcome;
	/* Who is still there afterwards was there all the time. */
	process_identity(queries, process.pid, sighting);
	sighting->leads = procfs_still_there(&process);
	return outcome;
}

static enum answer_outcome sight_descriptor(struct queries *queries,
					    const char *text,
					    struct sighting *sighting,
					    int *ret_error)
{
	struct process process;
	int fd, opened = -1, r;

	if (procfs_parse_descriptor(text, &process, &fd) != 0 ||
	    !procfs_still_there(&process))
		return ANSWER_WHOLE;
	r = nsfile_open_descriptor(process.pid, fd, &opened);
	return sight_fd(queries, r, opened, sighting, ret_error);
}

enum answer_outcome queries_sight(struct queries *queries, enum name_kind kind,
				  const char *text,
				  struct sighting *ret_sighting, int *ret_error)
{
	struct sighting sighting = { .kind = kind, .nsid = NSID_NONE };
	enum answer_outcome outcome;

	*ret_error = 0;
	if (kind == NAME_PATH) {
		outcome = sight_path(queries, text, &sighting, ret_error);
	} else if (kind == NAME_PROCESS) {
		outcome = sight_process(queries, text, &sighting, ret_error);
	} else if (kind == NAME_DESCRIPTOR) {
		outcome = sight_descriptor(queries, text, &sighting, ret_error);
	} else {
		*ret_error = EOPNOTSUPP;
		return ANSWER_FAILED;
	}
	if (same(&sighting.identity, &queries->home) ||
	    (sighting.nsid >= 0 && sighting.nsid == queries->self_nsid))
		sighting.is_home = true;
	if (!sighting.leads)
		sighting = (struct sighting){ .kind = kind, .nsid = NSID_NONE };
	snprintf(queries->name, sizeof(queries->name), "%s", text);
	sighting.text = queries->name;
	*ret_sighting = sighting;
	return outcome;
}

/* ---- adoption -------------------------------------------------------- */

static int adopt(struct queries *queries, enum rtnl_key key, int32_t value,
		 int32_t nsid, int32_t *ret_nsid)
{
	struct rtnl_reply reply;
	int r, error;

	r = request_adopt(&queries->request, key, value, nsid, &reply);
	if (r < 0)
		return r;
	if (reply.error == EPERM || reply.error == EACCES)
		return QUERIES_REFUSED;
	if (reply.error != 0 && reply.error != EEXIST)
		return -reply.error;
	/* EEXIST: it had a number, or that number has another owner. */
	error = reply.error;
	r = request_nsid(&queries->request, key, value, TAG_HOME, &reply);
	if (r < 0)
		return r;
	if (reply.error != 0)
		return -reply.error;
	if (reply.nsid == NSID_NONE)
		return error == EEXIST ? QUERIES_TAKEN : -ESTALE;
	*ret_nsid = reply.nsid;
	return 0;
}

int queries_adopt_fd(struct queries *queries, int fd, int32_t nsid,
		     int32_t *ret_nsid)
{
	return adopt(queries, RTNL_KEY_FD, fd, nsid, ret_nsid);
}

static int adopt_path(struct queries *queries, const char *path,
		      int32_t *ret_nsid)
{
	struct identity identity;
	int fd, r;

	r = nsfile_open(path, &fd);
	if (r != 0)
		return r < 0 ? r : r == NSFILE_NONE ? -ENOENT : -EXDEV;
	/* The path may lead elsewhere than a moment ago. */
	nsfile_identity(fd, &identity);
	r = same(&identity, &queries->home) ?
		    -EXDEV :
		    queries_adopt_fd(queries, fd, NSID_NONE, ret_nsid);
	close(fd);
	return r;
}

static int adopt_process(struct queries *queries, const char *text,
			 int32_t *ret_nsid)
{
	struct process process;
	uint64_t key;

	if (procfs_parse_name(text, &process) != 0 ||
	    !procfs_still_there(&process))
		return -ENOENT;
	if (queries->home_key == 0 ||
	    procfs_netns_key(process.pid, &key) != 0 ||
	    key == queries->home_key)
		return -EXDEV;
	return adopt(queries, RTNL_KEY_PID, process.pid, NSID_NONE, ret_nsid);
}

static void ask_adopt(struct queries *queries, const struct question *question,
		      struct answer *answer)
{
	int r = -EOPNOTSUPP;

	if (question->name_kind == NAME_PATH)
		r = adopt_path(queries, question->name, &answer->nsid);
	else if (question->name_kind == NAME_PROCESS)
		r = adopt_process(queries, question->name, &answer->nsid);
	if (r == QUERIES_REFUSED)
		r = -EPERM;
	else if (r > 0)
		r = -EEXIST;
	if (r == -ESRCH || r == -ESTALE)
		r = -ENOENT;
	answer->outcome = rtnl_answer_outcome(-r);
	answer->error = -r;
}

/* ---- questions ------------------------------------------------------- */

static void failed(struct answer *answer, int error)
{
	answer->outcome = ANSWER_FAILED;
	answer->error = error;
}

static void ask_table(struct queries *queries, const struct question *question,
		      struct answer *answer)
{
	int r;

	r = request_table(&queries->request, question->holder);
	if (r < 0) {
		failed(answer, -r);
		return;
	}
	rtnl_table_answer(&queries->request.table, answer);
	/* Home itself cannot be absent. */
	if (question->holder == TAG_HOME && answer->outcome == ANSWER_ABSENT)
		failed(answer, answer->error);
}

/* PROBE, ENTRY and SELF: the number of what key and value name. */
static void ask_number(struct queries *queries, enum rtnl_key key,
		       int32_t value, int32_t holder, struct answer *answer)
{
	struct rtnl_reply reply;
	int32_t again;
	int r;

	r = request_nsid(&queries->request, key, value, holder, &reply);
	if (r < 0) {
		failed(answer, -r);
		return;
	}
	answer->outcome = rtnl_answer_outcome(reply.error);
	answer->error = reply.error;
	if (reply.error != 0)
		return;
	/* Without its echo the target was ignored; with another number, the
	 * peer lost the one that was asked for while the kernel answered. */
	again = holder == TAG_HOME ? reply.nsid : reply.current;
	if (holder != TAG_HOME && !reply.targeted)
		failed(answer, EPROTO);
	else if (key == RTNL_KEY_NSID && again != value)
		answer->outcome = ANSWER_ABSENT;
	else
		answer->nsid = reply.nsid;
}

static void ask_entry(struct queries *queries, const struct question *question,
		      struct answer *answer)
{
	/* Home need not have a number: it is named by one of its processes. */
	if (question->nsid == TAG_HOME)
		ask_number(queries, RTNL_KEY_PID, getpid(), question->holder,
			   answer);
	else
		ask_number(queries, RTNL_KEY_NSID, question->nsid,
			   question->holder, answer);
}

static void ask_name(struct queries *queries, const struct question *question,
		     struct answer *answer)
{
	answer->outcome = queries_sight(queries, question->name_kind,
					question->name, &answer->sighting,
					&answer->error);
}

static void ask_self(struct queries *queries, struct answer *answer)
{
	ask_number(queries, RTNL_KEY_PID, getpid(), TAG_HOME, answer);
	if (answer->outcome == ANSWER_WHOLE)
		queries->self_nsid = answer->nsid;
}

void queries_ask(struct queries *queries, const struct question *question,
		 struct answer *ret_answer)
{
	struct answer answer = {
		.question = question->id,
		.kind = question->kind,
		.nsid = NSID_NONE,
		.last = -1,
	};

	assert(question->holder == TAG_HOME || question->holder >= 0);
	switch (question->kind) {
	case QUESTION_TABLE:
		ask_table(queries, question, &answer);
		break;
	case QUESTION_PROBE:
		ask_number(queries, RTNL_KEY_NSID, question->nsid, TAG_HOME,
			   &answer);
		break;
	case QUESTION_ENTRY:
		ask_entry(queries, question, &answer);
		break;
	case QUESTION_NAME:
		ask_name(queries, question, &answer);
		break;
	case QUESTION_SELF:
		ask_self(queries, &answer);
		break;
	case QUESTION_ADOPT:
		ask_adopt(queries, question, &answer);
		break;
	case QUESTION_SCAN:
	case QUESTION_KINDS:
		failed(&answer, EOPNOTSUPP);
		break;
	}
	*ret_answer = answer;
}
