/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/wire/shapes_linger.h"

#include "common/engine/linger.h"
#include "common/engine/netns.h"
#include "common/wire/shapes.h"

json_t *shapes_held_by(const struct netns *netns)
{
	unsigned int bits = linger_held(netns);
	json_t *array = json_array();
	enum held held;
	int r = array ? 0 : -1;

	for (held = 0; held < HELD_KINDS; held++)
		if (bits & 1u << held)
			r |= json_array_append_new(array, json_string(held_name(
								  held)));
	if (r < 0) {
		json_decref(array);
		return NULL;
	}
	return array;
}

#define UNSEEN                                                                \
	"something unseen holds it: a socket, a mount in another mount "      \
	"namespace, a process that is hidden, a thread that was not "         \
	"looked for yet, or a descriptor (CAP_SYS_PTRACE shows those); look " \
	"for what once ran in it"
#define WAITING "see \"waiting\" in nsidwatch status"

static const char *const hints[] = {
	[FATE_ANSWERED] = "it lives, as it answers the kernel, so " UNSEEN,
	[FATE_PASSED] = "the kernel's cleanup has passed it over, so " UNSEEN,
	[FATE_DEAD] = "it is dead, as the kernel does not find it any more, "
		      "and waits for the cleanup: " WAITING,
	[FATE_UNKNOWN] = "it does not answer, and no cleanup was seen since "
			 "then: something unseen holds it (a socket, a thread "
			 "that was not looked for yet, or a descriptor, which "
			 "CAP_SYS_PTRACE shows), or the kernel's cleanup has "
			 "a backlog or is stuck: " WAITING,
};

/* What to do about one that nothing visible holds. */
static const char *hint_of(const struct watch *watch, const struct netns *netns)
{
	if (linger_held(netns) != 1u << HELD_UNKNOWN)
		return NULL;
	return hints[linger_fate(watch, netns)];
}

json_t *shapes_loss(const struct watch *watch, const struct netns *netns)
{
	const struct stamp since = linger_since(netns);

	return SHAPES_OBJECT({ "since", shapes_moment(&since) },
			     { "at_least", json_boolean(!linger_owned(netns)) },
			     { "owner", shapes_text(linger_owner(netns)) },
			     { "held_by", shapes_held_by(netns) },
			     { "hint", shapes_text(hint_of(watch, netns)) });
}

json_t *shapes_lingering(const struct watch *watch, const struct netns *netns,
			 json_t *row)
{
	const struct stamp since = linger_since(netns);

	return SHAPES_EXTEND(row, { "lingering_since", shapes_moment(&since) },
			     { "lingering_at_least",
			       json_boolean(!linger_owned(netns)) },
			     { "owner", shapes_text(linger_owner(netns)) },
			     { "hint", shapes_text(hint_of(watch, netns)) });
}
