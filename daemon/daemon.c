/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/daemon.h"

#include <errno.h>
#include <ev.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "common/kernel/clock.h"
#include "common/kernel/talk.h"
#include "common/wire/conf.h"
#include "daemon/about.h"
#include "daemon/alert.h"
#include "daemon/alerts.h"
#include "daemon/control.h"
#include "daemon/hook.h"
#include "daemon/journal.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/methods.h"
#include "daemon/notify.h"
#include "daemon/options.h"
#include "daemon/player.h"
#include "daemon/recorder.h"
#include "daemon/reports.h"
#include "daemon/source.h"
#include "daemon/state.h"
#include "daemon/textfile.h"

#define SECOND_NS 1000000000ull
#define STATUS_NS (10 * SECOND_NS) /* between two lines of status */
#define EXTEND_NS (10 * SECOND_NS) /* between two words of a long start */
#define EXTENSION_NS (60 * SECOND_NS)

struct daemon {
	const struct options *options; /* borrowed */
	struct conf conf;
	struct source source;
	struct state state;
	struct notify_fds fds; /* taken over as they are opened */
	struct recorder recorder;
	struct listener *listener; /* owned */
	struct control *control;   /* owned */
	struct textfile *textfile; /* owned; NULL: none is wanted */
	struct alerts alerts;
	struct hook *hook; /* owned */
	struct reports reports;
	struct stamp started;
	enum daemon_exit exit;

	struct about about;
	struct methods methods;

	/* what the service manager was told, and when */
	bool ready;
	uint64_t watchdog_ns; /* 0: it wants no sign of life */
	uint64_t alive_ns;
	uint64_t extended_ns;
	uint64_t status_ns;
	char status[REPORTS_LINE_MAX];

	struct ev_loop *loop; /* owned */
	ev_io events;
	ev_io hint;
	ev_timer wake;	   /* what the engine waits for */
	ev_idle again;	   /* there is more to do at once */
	ev_timer watchdog; /* where nothing else wakes it in time */
	ev_signal terminate;
	ev_signal interrupt;
	ev_signal reload;
};

/* ---- configuration -------------------------------------------------------- */

static void on_conf_fault(void *userdata, const char *file, unsigned int line,
			  const char *reason)
{
	(void)userdata;
	if (line)
		log_line(LOG_LEVEL_ERROR, "%s:%u: %s", file, line, reason);
	else
		log_line(LOG_LEVEL_ERROR, "%s: %s", file, reason);
}

static int read_conf(const struct options *options, struct conf *ret_conf)
{
	struct conf conf;
	int r;

	conf_default(&conf);
	r = conf_read(&conf, options->config, on_conf_fault, NULL);
	if (r != 0)
		return r;
	options_apply(options, &conf);
	*ret_conf = conf;
	return 0;
}

/* ---- the service manager -------------------------------------------------- */

static void tell_status(struct daemon *daemon, const struct stamp *now)
{
	char status[REPORTS_LINE_MAX];

	if (daemon->status_ns && now->mono_ns - daemon->status_ns < STATUS_NS)
		return;
	reports_status(&daemon->reports, source_watch(&daemon->source), status,
		       sizeof(status));
	if (strcmp(status, daemon->status) == 0)
		return;
	strcpy(daemon->status, status);
	daemon->status_ns = now->mono_ns;
	notify_status(status);
}

static void tell_ready(struct daemon *daemon, const struct stamp *now)
{
	if (daemon->ready)
		return;
	if (daemon->source.player ||
	    watch_ready(source_watch(&daemon->source))) {
		daemon->ready = true;
		reports_status(&daemon->reports, source_watch(&daemon->source),
			       daemon->status, sizeof(daemon->status));
		daemon->status_ns = now->mono_ns;
		notify_ready(daemon->status);
		log_line(LOG_LEVEL_INFO, "%s: %s",
			 daemon->source.player ? "ready" :
			 daemon->state.goes_on ? "ready at once" :
						 "the first audit is over",
			 daemon->status);
	} else if (now->mono_ns - daemon->extended_ns >= EXTEND_NS) {
		daemon->extended_ns = now->mono_ns;
		notify_extend(EXTENSION_NS);
	}
}

/*
 * Only after a step, so that a loop or a reader that is stuck gives none; and
 * beside whatever woke us, so that an idle daemon need not wake up for it.
 */
static void tell_alive(struct daemon *daemon, const struct stamp *now)
{
	uint64_t watchdog_ns = daemon->watchdog_ns;

	if (!watchdog_ns || now->mono_ns - daemon->alive_ns < watchdog_ns / 8)
		return;
	daemon->alive_ns = now->mono_ns;
	notify_alive();
	ev_now_update(daemon->loop);
	daemon->watchdog.repeat = (double)(watchdog_ns / 3 * 2) / 1e9;
	ev_timer_again(daemon->loop, &daemon->watchdog);
}

/* ---- steps ---------------------------------------------------------------- */

static void fail(struct daemon *daemon, const char *what, int error)
{
	log_line(LOG_LEVEL_ERROR, "%s: %s", what, strerror(error));
	daemon->exit = DAEMON_EXIT_FAILURE;
	ev_break(daemon->loop, EVBREAK_ALL);
}

static void step_again(struct daemon *daemon)
{
	ev_timer_stop(daemon->loop, &daemon->wake);
	ev_idle_start(daemon->loop, &daemon->again);
}

static void arm(struct daemon *daemon, const struct stamp *now)
{
	uint64_t wait_ns = source_wait_ns(&daemon->source);
	uint64_t tell_ns = reports_deadline(&daemon->reports,
					    source_watch(&daemon->source));

	if (tell_ns <= now->mono_ns)
		wait_ns = 0;
	else if (tell_ns != UINT64_MAX && tell_ns - now->mono_ns < wait_ns)
		wait_ns = tell_ns - now->mono_ns;
	if (wait_ns == 0) {
		step_again(daemon);
		return;
	}
	ev_idle_stop(daemon->loop, &daemon->again);
	ev_timer_stop(daemon->loop, &daemon->wake);
	if (wait_ns == UINT64_MAX)
		return;
	ev_now_update(daemon->loop);
	ev_timer_set(&daemon->wake, (double)wait_ns / 1e9, 0.);
	ev_timer_start(daemon->loop, &daemon->wake);
}

static void on_alert(void *userdata, const struct alert *alert)
{
	struct daemon *daemon = userdata;

	journal_send(alert);
	alerts_add(&daemon->alerts, alert->document);
	hook_tell(daemon->hook, alert);
}

static void begin_reports(struct daemon *daemon)
{
	daemon->reports = (struct reports){
		.tell = on_alert,
		.userdata = daemon,
		.recorded = daemon->source.player,
	};
	reports_begin(&daemon->reports, source_watch(&daemon->source));
}

static void end_reports(struct daemon *daemon)
{
	struct stamp now;

	clock_now(&now);
	reports_end(&daemon->reports, source_watch(&daemon->source), &now);
}

static void step(struct daemon *daemon)
{
	struct stamp now;
	bool more = false;
	int r;

	r = source_step(&daemon->source, &more);
	if (r < 0) {
		fail(daemon, "nothing more can be heard", -r);
		return;
	}
	clock_now(&now);
	state_look(&daemon->state, source_watch(&daemon->source), &now);
	reports_take(&daemon->reports, source_watch(&daemon->source), &now);
	recorder_look(&daemon->recorder);
	about_look(&daemon->about, &daemon->source, &daemon->recorder);
	control_news(daemon->control);
	tell_ready(daemon, &now);
	tell_status(daemon, &now);
	tell_alive(daemon, &now);
	if (more)
		step_again(daemon);
	else
		arm(daemon, &now);
}

static void on_events_io(struct ev_loop *loop, ev_io *io, int events)
{
	(void)loop, (void)events;
	step(io->data);
}

static void on_wake_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop, (void)events;
	step(timer->data);
}

static void on_again_idle(struct ev_loop *loop, ev_idle *idle, int events)
{
	(void)loop, (void)events;
	step(idle->data);
}

static void on_hint_io(struct ev_loop *loop, ev_io *io, int events)
{
	struct daemon *daemon = io->data;
	int r;

	(void)loop, (void)events;
	r = talk_hint(daemon->source.talk);
	if (r < 0)
		fail(daemon, "the mount table cannot be watched", -r);
	else
		step_again(daemon);
}

static void on_methods_command(void *userdata, enum command_type type)
{
	struct daemon *daemon = userdata;
	int r;

	r = source_command(&daemon->source, type);
	if (r < 0)
		fail(daemon, "the engine ended", -r);
	else
		step_again(daemon);
}

/* ---- signals -------------------------------------------------------------- */

static void on_end_signal(struct ev_loop *loop, ev_signal *signal, int events)
{
	(void)signal, (void)events;
	notify_stopping();
	ev_break(loop, EVBREAK_ALL);
}

static void reload_conf(struct daemon *daemon)
{
	struct conf conf;
	const char *key;
	size_t index = 0;

	if (read_conf(daemon->options, &conf) != 0) {
		log_line(LOG_LEVEL_ERROR,
			 "the configuration stays as it was before");
		return;
	}
	while ((key = conf_changed(&daemon->conf, &conf, &index)))
		log_line(LOG_LEVEL_WARNING, "%s= takes effect at a restart",
			 key);
	conf_keep(&daemon->conf, &conf);
	hook_look(daemon->hook);
	if (source_reload(&daemon->source, &daemon->conf) < 0) {
		fail(daemon, "the engine ended", ENOMEM);
		return;
	}
	log_line(LOG_LEVEL_INFO, "the configuration was read again");
}

static void on_reload_signal(struct ev_loop *loop, ev_signal *signal,
			     int events)
{
	struct daemon *daemon = signal->data;
	struct stamp now;

	(void)loop, (void)events;
	clock_now(&now);
	notify_reloading(now.mono_ns);
	reload_conf(daemon);
	if (daemon->ready)
		notify_ready(daemon->status);
	step_again(daemon);
}

/* ---- life ----------------------------------------------------------------- */

static enum daemon_exit open_listener(struct daemon *daemon)
{
	int r;

	r = notify_take_fds(&daemon->fds);
	if (r < 0) {
		log_line(LOG_LEVEL_ERROR,
			 "no socket named \"varlink\" among those that were "
			 "given: %s",
			 strerror(-r));
		return DAEMON_EXIT_FAILURE;
	}
	r = listener_new(daemon->conf.socket, daemon->fds.clients,
			 &daemon->listener);
	if (r == -EACCES || r == -EPERM)
		return DAEMON_EXIT_PERMISSION;
	return r < 0 ? DAEMON_EXIT_FAILURE : DAEMON_EXIT_OK;
}

static enum daemon_exit open_talk(struct daemon *daemon)
{
	const struct talk_options options = {
		.receive_buffer_bytes = daemon->conf.receive_buffer,
		.settings = &daemon->conf.settings,
		.folders = daemon->conf.name_folders,
		.event_fd = -1,
		.capture = daemon->recorder.capture,
	};
	int r;

	r = state_open(&daemon->state, &options, daemon->fds.events,
		       &daemon->source.talk);
	if (r == TALK_FORBIDDEN) {
		log_line(LOG_LEVEL_ERROR,
			 "CAP_NET_BROADCAST is missing: the events of other "
			 "namespaces cannot be heard");
		return DAEMON_EXIT_PERMISSION;
	}
	if (r != 0) {
		log_line(LOG_LEVEL_ERROR, "the kernel cannot be talked to: %s",
			 strerror(r < 0 ? -r : EINVAL));
		return DAEMON_EXIT_FAILURE;
	}
	return DAEMON_EXIT_OK;
}

static enum daemon_exit open_player(struct daemon *daemon)
{
	const struct options *options = daemon->options;
	int r;

	/* what an earlier process heard is not for this one, nor kept by it */
	if (daemon->fds.events >= 0) {
		close(daemon->fds.events);
		daemon->fds.events = -1;
		notify_forget();
	}
	r = player_open(options->replay, options->fast, &daemon->source.player);
	if (r == -ENOMEM)
		log_line(LOG_LEVEL_ERROR, "no memory for the recording");
	if (r != 0)
		return DAEMON_EXIT_FAILURE;
	return DAEMON_EXIT_OK;
}

static enum daemon_exit open_control(struct daemon *daemon)
{
	daemon->methods = (struct methods){
		.watch = source_watch(&daemon->source),
		.kernel = &daemon->about.kernel,
		.daemon = &daemon->about.shape,
		.alerts = &daemon->alerts,
		.started_ns = daemon->started.mono_ns,
		.command = on_methods_command,
		.userdata = daemon,
	};
	if (control_new(daemon->loop, daemon->listener, &daemon->methods,
			&daemon->control) < 0) {
		log_line(LOG_LEVEL_ERROR, "no memory for the socket");
		return DAEMON_EXIT_FAILURE;
	}
	return DAEMON_EXIT_OK;
}

static enum daemon_exit open_alerts(struct daemon *daemon)
{
	if (hook_new(daemon->loop, &daemon->conf, &daemon->hook) < 0 ||
	    textfile_new(daemon->loop, &daemon->conf,
			 source_watch(&daemon->source), &daemon->about.shape,
			 &daemon->textfile) < 0) {
		log_line(LOG_LEVEL_ERROR, "no memory for the alerts");
		return DAEMON_EXIT_FAILURE;
	}
	return DAEMON_EXIT_OK;
}

static void watch_talk(struct daemon *daemon)
{
	struct talk *talk = daemon->source.talk;

	ev_init(&daemon->events, on_events_io);
	ev_init(&daemon->hint, on_hint_io);
	/* the kernel forgets what is not read, clients can wait */
	ev_set_priority(&daemon->events, EV_MAXPRI);
	daemon->events.data = daemon->hint.data = daemon;
	if (!talk)
		return;
	ev_io_set(&daemon->events, talk_event_fd(talk), EV_READ);
	ev_io_set(&daemon->hint, talk_hint_fd(talk), EV_READ);
	ev_io_start(daemon->loop, &daemon->events);
	ev_io_start(daemon->loop, &daemon->hint);
}

/*
 * Who is ended while it takes up what an earlier one left must still be able to
 * leave it: the signals wait until the loop takes them.
 */
static void hold_signals(int how)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(how, &signals, NULL);
}

static void watch_loop(struct daemon *daemon)
{
	struct ev_loop *loop = daemon->loop;

	watch_talk(daemon);
	ev_init(&daemon->wake, on_wake_timer);
	ev_init(&daemon->watchdog, on_wake_timer);
	ev_idle_init(&daemon->again, on_again_idle);
	ev_signal_init(&daemon->terminate, on_end_signal, SIGTERM);
	ev_signal_init(&daemon->interrupt, on_end_signal, SIGINT);
	ev_signal_init(&daemon->reload, on_reload_signal, SIGHUP);
	ev_set_priority(&daemon->again, EV_MAXPRI);
	daemon->wake.data = daemon->watchdog.data = daemon;
	daemon->again.data = daemon->reload.data = daemon;
	ev_idle_start(loop, &daemon->again);
	ev_signal_start(loop, &daemon->terminate);
	ev_signal_start(loop, &daemon->interrupt);
	ev_signal_start(loop, &daemon->reload);
	hold_signals(SIG_UNBLOCK);
}

static void unwatch_loop(struct daemon *daemon)
{
	struct ev_loop *loop = daemon->loop;

	ev_io_stop(loop, &daemon->events);
	ev_io_stop(loop, &daemon->hint);
	ev_timer_stop(loop, &daemon->wake);
	ev_timer_stop(loop, &daemon->watchdog);
	ev_idle_stop(loop, &daemon->again);
	ev_signal_stop(loop, &daemon->terminate);
	ev_signal_stop(loop, &daemon->interrupt);
	ev_signal_stop(loop, &daemon->reload);
}

static enum daemon_exit start(struct daemon *daemon)
{
	enum daemon_exit exit;

	exit = open_listener(daemon);
	if (exit != DAEMON_EXIT_OK)
		return exit;
	about_this_kernel(&daemon->about);
	if (!daemon->options->replay)
		recorder_open(&daemon->recorder, &daemon->conf,
			      &daemon->about.kernel);
	exit = daemon->options->replay ? open_player(daemon) :
					 open_talk(daemon);
	if (exit != DAEMON_EXIT_OK)
		return exit;
	daemon->loop = ev_default_loop(EVFLAG_NOENV);
	if (!daemon->loop) {
		log_line(LOG_LEVEL_ERROR, "no event loop can be made");
		return DAEMON_EXIT_FAILURE;
	}
	about_daemon(&daemon->about, &daemon->source, &daemon->conf,
		     listener_path(daemon->listener));
	exit = open_control(daemon);
	if (exit == DAEMON_EXIT_OK)
		exit = open_alerts(daemon);
	return exit;
}

static void run(struct daemon *daemon)
{
	if (daemon->source.player)
		log_line(LOG_LEVEL_NOTICE,
			 "version " PACKAGE_VERSION " does not watch: it "
			 "replays %s, recorded on Linux %s, and answers at %s",
			 daemon->options->replay, daemon->about.kernel.release,
			 daemon->about.shape.socket);
	else
		log_line(LOG_LEVEL_INFO,
			 "version " PACKAGE_VERSION " watches on Linux %s and "
			 "answers at %s",
			 daemon->about.kernel.release,
			 daemon->about.shape.socket);
	daemon->extended_ns = daemon->started.mono_ns;
	daemon->watchdog_ns = notify_watchdog_ns();
	begin_reports(daemon);
	watch_loop(daemon);
	ev_run(daemon->loop, 0);
	unwatch_loop(daemon);
	end_reports(daemon);
	if (daemon->exit != DAEMON_EXIT_OK)
		return;
	log_line(LOG_LEVEL_INFO, "ended by a signal");
	if (daemon->source.talk)
		state_leave(&daemon->state, daemon->source.talk);
}

enum daemon_exit daemon_run(const struct options *options)
{
	struct daemon daemon = { .options = options };

	if (read_conf(options, &daemon.conf) != 0)
		return DAEMON_EXIT_CONFIG;
	hold_signals(SIG_BLOCK);
	clock_now(&daemon.started);
	state_init(&daemon.state, options->state_dir);
	daemon.exit = start(&daemon);
	if (daemon.exit == DAEMON_EXIT_OK)
		run(&daemon);
	textfile_free(daemon.textfile);
	alerts_deinit(&daemon.alerts);
	control_free(daemon.control);
	source_close(&daemon.source);
	recorder_close(&daemon.recorder);
	state_deinit(&daemon.state);
	listener_free(daemon.listener);
	hook_free(daemon.hook); /* last: nobody else is to wait for it */
	if (daemon.loop)
		ev_loop_destroy(daemon.loop);
	return daemon.exit;
}
