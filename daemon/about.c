/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/about.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/kernel/btf.h"
#include "common/kernel/talk.h"
#include "common/wire/conf.h"
#include "daemon/log.h"
#include "daemon/player.h"
#include "daemon/recorder.h"
#include "daemon/source.h"

void about_this_kernel(struct about *about)
{
	enum btf_batched batched = btf_built_batched();

	btf_kernel_release(about->release, sizeof(about->release));
	about->kernel = (struct shapes_kernel){
		.release = about->release,
		.built_batched = batched == BTF_UNKNOWN ? -1 :
							  batched == BTF_YES,
	};
}

/* The kernel counts its own overhead and grants twice what is asked. */
static void compare_buffer(struct about *about, const struct conf *conf)
{
	uint64_t granted = about->shape.receive_buffer / 2;

	if (granted >= conf->receive_buffer)
		return;
	snprintf(about->buffer_warning, sizeof(about->buffer_warning),
		 "%" PRIu32 " bytes of receive buffer were asked for and "
		 "%" PRIu64 " granted",
		 conf->receive_buffer, granted);
	about->warnings[0] = about->buffer_warning;
	log_line(LOG_LEVEL_WARNING, "%s", about->buffer_warning);
}

void about_daemon(struct about *about, struct source *source,
		  const struct conf *conf, const char *socket)
{
	about->shape = (struct shapes_daemon){
		.socket = socket,
		.replay = source_replay(source),
		.degraded = about->degraded,
		.warnings = about->warnings,
	};
	if (source->player) {
		about->kernel = player_kernel(source->player);
		return;
	}
	about->shape.receive_buffer = talk_counters(source->talk)->buffer_bytes;
	compare_buffer(about, conf);
}

/* What of /proc the daemon does not see, by enum procfs_view; NULL: nothing. */
static const char *const views[] = {
	[PROCFS_VIEW_ALL] = NULL,
	[PROCFS_VIEW_OWN] =
		"/proc hides the processes of other users (hidepid= or "
		"ProtectProc=): namespaces that only those lead to are unheard "
		"or nameless, and who lingers is not known of them; mount "
		"/proc with gid= for the daemon's group, or grant "
		"CAP_SYS_PTRACE",
	[PROCFS_VIEW_INNER] =
		"the daemon is in a process-id namespace of its own: "
		"namespaces that only processes outside lead to are unheard or "
		"nameless, and who lingers is not known of them; run it in the "
		"machine's (hostPID: true, --pid=host)",
};

/* Rights may be found missing at any time. */
static void look_at_powers(struct about *about, const struct talk *talk)
{
	const struct talk_counters *counters = talk_counters(talk);
	size_t n = 0;

	if (counters->admin_missing)
		about->degraded[n++] =
			"CAP_NET_ADMIN is missing: not every table can be "
			"read, the receive buffer is limited by "
			"net.core.rmem_max, and no namespace can be adopted";
	if (counters->names_missing)
		about->degraded[n++] =
			"some names could not be asked: the namespaces that "
			"they lead to may be unheard or nameless, and none "
			"comes to linger for want of a name";
	if (views[counters->view])
		about->degraded[n++] = views[counters->view];
	about->degraded[n] = NULL;
}

void about_look(struct about *about, struct source *source,
		struct recorder *recorder)
{
	if (source->talk)
		look_at_powers(about, source->talk);
	about->shape.recording = recorder_shape(recorder);
}
