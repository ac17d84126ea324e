/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "common/engine/ledger.h"
#include "common/engine/names.h"
#include "common/engine/sync.h"
#include "common/engine/verify.h"
#include "daemon/call.h"

/*
 * A name may have been given away a moment ago, and the same name may have
 * belonged to one that died. So names are looked for once more before a
 * request is taken at its word: whoever the name leads to then is meant, else
 * whoever bore it last.
 */

#define NS_PER_MS 1000000ull

uint64_t call_known_ns(const struct methods *methods, const struct stamp *now)
{
	/* it gets a number first, and is asked anew then: two settle times */
	return now->mono_ns + 2 * watch_settings(methods->watch)->settle_ns +
	       1000 * NS_PER_MS;
}

static const struct name *leading_name(const struct watch *watch,
				       const char *text)
{
	const struct name *name = watch_names(watch)->by_text;

	while (name &&
	       !(name->leads && names_mean(name->text, name->label, text)))
		name = name->hh.next;
	return name;
}

/* The namespace that the name leads to, once it is known by its number. */
static const struct netns *name_owner(const struct name *name)
{
	const struct netns *netns = name->netns;
	bool sure;

	if (!netns || netns->ended_seq || netns->nsid != name->nsid ||
	    !identity_same(&name->identity, &netns->identity, &sure))
		return NULL;
	return netns;
}

/* One that an earlier watch left open may have its number in home yet. */
static bool is_gone(const struct death *death)
{
	return death->peer && death->peer->ended_seq &&
	       (!death->inherited || death->home_seq);
}

static bool has_died(const struct death *death, const char *text)
{
	for (; death; death = death->next)
		if (is_gone(death) &&
		    names_mean(death->name, death->label, text))
			return true;
	return false;
}

static int put_gone(const struct call *call, struct varlink_buffer *out)
{
	return varlink_put_reply(out, json_pack("{s:s}", "name", call->text),
				 false);
}

/* Home never dies: there is nothing to wait for. */
static int refuse_home(const struct call *call, struct varlink_buffer *out)
{
	return call_error(out, INTERFACE_IS_HOME, "name", call->text);
}

static int wait_on(const struct call *call, const struct stamp *now,
		   struct varlink_buffer *out)
{
	if (now->mono_ns < call->deadline_ns)
		return METHODS_WAIT;
	return call_error(out, INTERFACE_TIMED_OUT, "name", call->text);
}

/* Whom the name means is not sure yet: whether it is still there, neither. */
static int wait_known(const struct call *call, const struct stamp *now,
		      struct varlink_buffer *out)
{
	if (now->mono_ns < call->deadline_ns)
		return METHODS_WAIT;
	return call_error(out, INTERFACE_NOT_KNOWN, "name", call->text);
}

static void start(const struct methods *methods, struct call *call,
		  const struct stamp *now)
{
	call->known_ns = call_known_ns(methods, now);
	call->deadline_ns = call->timeout_ms == UINT64_MAX ?
				    UINT64_MAX :
				    now->mono_ns + call->timeout_ms * NS_PER_MS;
	call->scan = watch_sync(methods->watch)->scan_serial;
	methods->command(methods->userdata, COMMAND_SCAN);
}

/* Nobody has the name now: the last who had it, if that is known. */
static int resolve_former(const struct methods *methods, struct call *call,
			  const struct stamp *now, struct varlink_buffer *out)
{
	const struct verify *verify = watch_verify(methods->watch);

	if (call_find(methods, call)) {
		if (call->nsid == TAG_HOME)
			return refuse_home(call, out);
		return call_found(methods, call) ? wait_on(call, now, out) :
						   put_gone(call, out);
	}
	if (has_died(verify_open_deaths(verify), call->text) ||
	    has_died(verify_closed_deaths(verify), call->text))
		return put_gone(call, out);
	return call_error(out, INTERFACE_NO_SUCH_NAMESPACE, "name", call->text);
}

static int resolve(const struct methods *methods, struct call *call,
		   const struct stamp *now, struct varlink_buffer *out)
{
	const struct name *name = leading_name(methods->watch, call->text);
	const struct netns *netns = name ? name_owner(name) : NULL;
	bool scanned = watch_sync(methods->watch)->scan_serial != call->scan ||
		       now->mono_ns >= call->known_ns;

	/* its time may be over before anybody has looked */
	if (!scanned)
		return netns ? wait_on(call, now, out) :
			       wait_known(call, now, out);
	if (!name)
		return resolve_former(methods, call, now, out);
	if (netns) {
		call->found = true;
		call->nsid = netns->nsid;
		call->serial = netns->serial;
		return wait_on(call, now, out);
	}
	if (name->home)
		return refuse_home(call, out);
	if (now->mono_ns < call->known_ns)
		return wait_known(call, now, out);
	return call_error(out, INTERFACE_NOT_HEARD, "name", call->text);
}

int gone_step(const struct methods *methods, struct call *call,
	      const struct stamp *now, struct varlink_buffer *out)
{
	if (!call->known_ns)
		start(methods, call, now);
	if (!call->found)
		return resolve(methods, call, now, out);
	return call_found(methods, call) ? wait_on(call, now, out) :
					   put_gone(call, out);
}
