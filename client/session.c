/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/session.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "client/canary.h"
#include "client/judging.h"
#include "client/options.h"
#include "client/verbs.h"
#include "common/engine/verify.h"
#include "common/engine/watch.h"
#include "common/kernel/btf.h"
#include "common/kernel/capture.h"
#include "common/kernel/clock.h"
#include "common/kernel/talk.h"
#include "common/wire/conf.h"

/* How often processes are looked through while COMMAND runs. */
#define SCAN_NS 200000000u

int session_failed(const char *what, int error)
{
	fprintf(stderr, "nsidwatch: %s: %s\n", what, strerror(error));
	return STATUS_FAILURE;
}

uint64_t session_now_ns(void)
{
	struct stamp now;

	clock_now(&now);
	return now.mono_ns;
}

/* ---- opening -------------------------------------------------------------- */

static int open_signals(struct session *session)
{
	sigset_t set;

	/* An inherited SIG_IGN would lose the child's exit status. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, &session->mask) < 0)
		return session_failed("sigprocmask", errno);
	session->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (session->signal_fd < 0)
		return session_failed("signalfd", errno);
	return STATUS_WELL;
}

/* Better now than after an hour of COMMAND: can a canary be made at all? */
static int try_canary(const struct session *session)
{
	int fd, r;

	r = canary_make(session->home_fd, &fd);
	if (r == CANARY_FORBIDDEN) {
		fprintf(stderr,
			"nsidwatch: no permission to make a network namespace "
			"as a barrier: CAP_SYS_ADMIN is needed\n");
		return STATUS_NO_PERMISSION;
	}
	if (r < 0)
		return session_failed("cannot make a network namespace", -r);
	close(fd);
	return STATUS_WELL;
}

static int open_talk(const struct options *options, enum adopt adopt,
		     struct session *session)
{
	struct settings settings = settings_default();
	struct talk_options talk = {
		.receive_buffer_bytes = options->receive_buffer,
		.settings = &settings,
		.event_fd = -1,
		.capture = session->capture,
		.folders = CONF_NAME_FOLDERS,
	};
	int r;

	settings.adopt = adopt;
	/* All of one span is to be told apart in the end. */
	settings.history_ns = UINT64_MAX / 2;
	r = talk_open(&talk, &session->talk);
	if (r == TALK_FORBIDDEN) {
		fprintf(stderr,
			"nsidwatch: no permission to hear other namespaces: "
			"CAP_NET_BROADCAST is needed\n");
		return STATUS_NO_PERMISSION;
	}
	if (r != 0)
		return session_failed("cannot listen to the kernel",
				      r < 0 ? -r : EINVAL);
	if (talk_counters(session->talk)->admin_missing) {
		fprintf(stderr,
			"nsidwatch: no permission to give a namespace a number "
			"and to read tables: CAP_NET_ADMIN is needed\n");
		return STATUS_NO_PERMISSION;
	}
	return STATUS_WELL;
}

static int open_capture(const struct options *options, struct session *session)
{
	const struct capture_options capture = {
		.path = options->record,
		.release = session->release,
		.built_batched = session->kernel.built_batched,
	};
	int r;

	if (!options->record)
		return STATUS_WELL;
	r = capture_open(&capture, &session->capture);
	if (r == CAPTURE_UNSUPPORTED) {
		fprintf(stderr, "nsidwatch: built without libpcap: nothing "
				"can be recorded\n");
		return STATUS_FAILURE;
	}
	return r < 0 ? session_failed(options->record, -r) : STATUS_WELL;
}

static void open_kernel(struct session *session)
{
	enum btf_batched batched = btf_built_batched();

	btf_kernel_release(session->release, sizeof(session->release));
	session->kernel.release = session->release;
	session->kernel.built_batched = batched == BTF_YES ? 1 :
					batched == BTF_NO  ? 0 :
							     -1;
}

int session_open(const struct options *options, enum adopt adopt,
		 struct session *ret_session)
{
	struct session *session = ret_session;
	int status, r;

	*session = (struct session){ .home_fd = -1, .signal_fd = -1 };
	r = canary_home(&session->home_fd);
	if (r < 0)
		return session_failed("cannot open the own namespace", -r);
	session->notes = json_array();
	open_kernel(session);
	status = try_canary(session);
	if (!status)
		status = open_capture(options, session);
	if (!status)
		status = open_talk(options, adopt, session);
	if (!status)
		status = open_signals(session);
	if (status) {
		session_close(session);
		return status;
	}
	return STATUS_WELL;
}

static int recording_failed(struct session *session, int error)
{
	if (!session->recording_failed)
		fprintf(stderr,
			"nsidwatch: the recording has ended early: %s\n",
			strerror(-error));
	session->recording_failed = true;
	return STATUS_FAILURE;
}

int session_seal(struct session *session)
{
	struct capture *capture = session->capture;
	int r;

	if (!capture)
		return STATUS_WELL;
	session->talk = talk_free(session->talk);
	session->capture = NULL;
	r = capture_close(capture);
	return r < 0 ? recording_failed(session, r) : STATUS_WELL;
}

void session_close(struct session *session)
{
	session->talk = talk_free(session->talk);
	session_seal(session);
	json_decref(session->notes);
	session->notes = NULL;
	if (session->home_fd >= 0)
		close(session->home_fd);
	if (session->signal_fd >= 0) {
		close(session->signal_fd);
		sigprocmask(SIG_SETMASK, &session->mask, NULL);
	}
	session->home_fd = session->signal_fd = -1;
}

void session_note(struct session *session, const char *format, ...)
{
	char text[256];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	judging_note(session->notes, "%s", text);
}

/* ---- the loop ------------------------------------------------------------- */

int session_command(struct session *session, enum command_type type,
		    int32_t nsid)
{
	const struct command command = { .type = type, .nsid = nsid };
	int r = talk_command(session->talk, &command);

	return r < 0 ? session_failed("the engine failed", -r) : STATUS_WELL;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int wait_ms(const struct session *session, uint64_t until_ns)
{
	uint64_t now_ns, wait_ns = talk_wait_ns(session->talk);

	if (session->more)
		return 0;
	now_ns = session_now_ns();
	if (session->scanning)
		until_ns = earlier(until_ns, session->scan_ns);
	if (until_ns != UINT64_MAX)
		wait_ns = earlier(wait_ns,
				  until_ns > now_ns ? until_ns - now_ns : 0);
	if (wait_ns == UINT64_MAX)
		return -1;
	/* Rounded up, or the last millisecond would be spent in haste. */
	return (int)earlier(wait_ns / 1000000u + (wait_ns % 1000000u != 0),
			    3600000);
}

static int scan_now_and_then(struct session *session)
{
	uint64_t now_ns;

	if (!session->scanning)
		return STATUS_WELL;
	now_ns = session_now_ns();
	if (now_ns < session->scan_ns)
		return STATUS_WELL;
	session->scan_ns = now_ns + SCAN_NS;
	return session_command(session, COMMAND_SCAN, 0);
}

/* Wait at most until until_ns, then do what is to be done. */
static enum session_outcome turn(struct session *session, uint64_t until_ns,
				 int fd)
{
	struct pollfd fds[] = {
		{ .fd = talk_event_fd(session->talk), .events = POLLIN },
		{ .fd = talk_hint_fd(session->talk), .events = POLLIN },
		{ .fd = session->signal_fd, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	int r;

	r = poll(fds, sizeof(fds) / sizeof(fds[0]), wait_ms(session, until_ns));
	if (r < 0 && errno != EINTR)
		return session_failed("poll", errno), SESSION_FAILED;
	r = 0;
	if (fds[1].revents)
		r = talk_hint(session->talk);
	if (r >= 0)
		r = talk_step(session->talk, &session->more);
	if (r < 0)
		return session_failed("the talk with the kernel failed", -r),
		       SESSION_FAILED;
	if (session->capture && capture_error(session->capture))
		recording_failed(session, capture_error(session->capture));
	if (scan_now_and_then(session))
		return SESSION_FAILED;
	if (fds[2].revents)
		return SESSION_SIGNAL;
	return fds[3].revents ? SESSION_READABLE : SESSION_DONE;
}

enum session_outcome session_until(struct session *session,
				   session_condition *condition, int32_t number,
				   uint64_t until_ns, int fd)
{
	enum session_outcome outcome;

	for (;;) {
		if (condition && condition(talk_watch(session->talk), number))
			return SESSION_DONE;
		if (session_now_ns() >= until_ns)
			return SESSION_TIMED_OUT;
		outcome = turn(session, until_ns, fd);
		if (outcome != SESSION_DONE)
			return outcome;
	}
}

enum session_outcome session_drain(struct session *session, uint64_t until_ns)
{
	enum session_outcome outcome;

	session->more = true;
	while (session->more && session_now_ns() < until_ns) {
		outcome = turn(session, until_ns, -1);
		if (outcome != SESSION_DONE)
			return outcome;
	}
	return session->more ? SESSION_TIMED_OUT : SESSION_DONE;
}

uint64_t session_gaps(const struct session *session)
{
	const struct counters *counters =
		watch_counters(talk_watch(session->talk));
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < GAP_CAUSES; i++)
		sum += counters->gaps[i];
	return sum;
}

int session_begin(struct session *session)
{
	session->gaps = session_gaps(session);
	session->deaths =
		verify_counts(watch_verify(talk_watch(session->talk)))->total;
	return session_command(session, COMMAND_BEGIN, 0);
}

int session_signal(const struct session *session, bool *ret_own)
{
	struct signalfd_siginfo info;

	if (read(session->signal_fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	*ret_own = info.ssi_code != SI_KERNEL;
	return (int)info.ssi_signo;
}

enum session_outcome session_wait(struct session *session,
				  session_condition *condition, int32_t number,
				  uint64_t until_ns, int fd)
{
	enum session_outcome outcome;
	bool own;
	int signal;

	for (;;) {
		outcome = session_until(session, condition, number, until_ns,
					fd);
		if (outcome != SESSION_SIGNAL)
			return outcome;
		while ((signal = session_signal(session, &own)))
			if (signal != SIGCHLD)
				return SESSION_SIGNAL;
	}
}
