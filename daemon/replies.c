/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

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

int replies_audit(const struct methods *methods, struct call *call,
		  const struct stamp *now, struct varlink_buffer *out)
{
	const struct audit *audit = watch_audit(methods->watch);

	(void)now;
	if (!call->audit) {
		/* one that runs already may have passed what is meant here */
		if (audit->running && !call->older)
			call->older = audit->serial;
		if (audit->running && audit->serial == call->older)
			return METHODS_WAIT;
		if (!audit->running) {
			/* Whom a number that nobody knows may name. */
			methods->command(methods->userdata, COMMAND_SCAN);
			methods->command(methods->userdata, COMMAND_AUDIT);
		}
		audit = watch_audit(methods->watch);
		call->audit = audit->serial;
	}
	if (audit->running)
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
