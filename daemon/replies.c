/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "common/engine/sync.h"
#include "common/engine/watch.h"
#include "daemon/call.h"

static int put_shape(struct varlink_buffer *out, json_t *shape)
{
	if (!shape)
		return -ENOMEM;
	return varlink_put_reply(out, shape, false);
}

int replies_status(const struct methods *methods, struct call *call,
		   const struct stamp *now, struct varlink_buffer *out)
{
	(void)call;
	methods->daemon->uptime_ns = now->mono_ns - methods->started_ns;
	return put_shape(out, shapes_status(methods->watch, methods->kernel,
					    methods->daemon));
}

/*
 * Whoever asks what is here means what is here now: a scan that begins after
 * the request has been heard, and what it found has its number and its name.
 * On a busy machine there is always more to learn: that has its time.
 */
static bool scanned(const struct methods *methods, struct call *call,
		    const struct stamp *now)
{
	uint64_t serial = watch_sync(methods->watch)->scan_serial;

	if (!call->scanning) {
		call->scanning = true;
		call->scan = serial;
		call->deadline_ns = UINT64_MAX;
		methods->command(methods->userdata, COMMAND_SCAN);
	}
	if (call->scanned || serial == call->scan)
		return call->scanned;
	if (!call->known_ns)
		call->known_ns = call_known_ns(methods, now);
	call->scanned = now->mono_ns >= call->known_ns ||
			watch_learned(methods->watch);
	if (call->scanned)
		call->known_ns = UINT64_MAX;
	return call->scanned;
}

int replies_audit(const struct methods *methods, struct call *call,
		  const struct stamp *now, struct varlink_buffer *out)
{
	const struct audit *audit = watch_audit(methods->watch);
	bool known = scanned(methods, call, now);

	if (!call->audit) {
		/* one that runs already may have passed what is meant here */
		if (audit->running && !call->older)
			call->older = audit->serial;
		if (audit->running && audit->serial == call->older)
			return METHODS_WAIT;
		if (!audit->running)
			methods->command(methods->userdata, COMMAND_AUDIT);
		audit = watch_audit(methods->watch);
		call->audit = audit->serial;
	}
	if (audit->running || !known)
		return METHODS_WAIT;
	return put_shape(out, shapes_audit(methods->watch));
}

/* ---- org.varlink.service --------------------------------------------------- */

int replies_info(const struct methods *methods, struct call *call,
		 const struct stamp *now, struct varlink_buffer *out)
{
	json_t *interfaces = json_array();
	const char *name;
	size_t i;
	int r = 0;

	(void)methods, (void)call, (void)now;
	for (i = 0; (name = interface_name(i)); i++)
		r |= json_array_append_new(interfaces, json_string(name));
	if (r < 0) {
		json_decref(interfaces);
		return -ENOMEM;
	}
	return put_shape(out, json_pack("{s:s, s:s, s:s, s:s, s:o}", "vendor",
					PACKAGE_NAME, "product", "nsidwatchd",
					"version", PACKAGE_VERSION, "url",
					"man:nsidwatchd(8)", "interfaces",
					interfaces));
}

int replies_description(const struct methods *methods, struct call *call,
			const struct stamp *now, struct varlink_buffer *out)
{
	const char *text = interface_description(call->text);

	(void)methods, (void)now;
	if (!text)
		return call_error(out, VARLINK_INTERFACE_NOT_FOUND, "interface",
				  call->text);
	return put_shape(out, json_pack("{s:s}", "description", text));
}
