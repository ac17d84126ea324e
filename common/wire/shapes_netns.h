/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A namespace is { "name", "label", "nsid": home's number, "generation", "id":
 * the kernel's 64-bit id }, and what the label tells (common/engine/label.h);
 * home has "nsid" null and "home" true, a dead one "unseen" true where it was
 * born and died between two looks for names. An unknown one is null.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct generation;
struct name;
struct netns;
struct watch;

/* shapes_netns - one namespace as above; NULL is JSON null. */
json_t *shapes_netns(const struct netns *netns);

/* shapes_owner - whom an entry's number names, as a namespace. */
json_t *shapes_owner(const struct generation *generation);

/* shapes_party - the same from parts; zero, NULL or empty is "not known". */
json_t *shapes_party(bool home, int32_t nsid, uint32_t generation, uint64_t id,
		     const char *name, const char *label);

/*
 * shapes_find - the living namespace that people mean by text: "home", home's
 * number, a name, a label, or the last part of a path. NULL where there is none.
 */
const struct netns *shapes_find(const struct watch *watch, const char *text);

/*
 * shapes_unheard - the namespaces that only a name shows: one name of each,
 * ordered by identity. The array is the caller's to free(), the names are
 * borrowed. Returns their number, or -ENOMEM.
 */
ssize_t shapes_unheard(const struct watch *watch,
		       const struct name ***ret_names);
