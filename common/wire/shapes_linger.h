/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is told of a namespace that lingers (common/engine/linger.h). */

#include <jansson.h>

struct netns;
struct watch;

/* shapes_held_by - what keeps it alive, as far as its names show: a list of
 * "process", "mount", "descriptor", or "unknown" alone. */
json_t *shapes_held_by(const struct netns *netns);

/* shapes_loss - { "since", "at_least", "owner", "held_by", "hint" }, the same of
 * a namespace that lingers for an alert. */
json_t *shapes_loss(const struct watch *watch, const struct netns *netns);

/*
 * shapes_lingering - row, which is given away, with { "lingering_since",
 * "lingering_at_least": true where nobody saw an owner, so that it was first
 * seen then, "owner": what the one that has gone was called, or null, "hint":
 * what to do where nothing visible holds it, or null }.
 */
json_t *shapes_lingering(const struct watch *watch, const struct netns *netns,
			 json_t *row);
