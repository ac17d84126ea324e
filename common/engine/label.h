/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the label of a process's name says: the container, pod or unit that it
 * belongs to. common/kernel/cgroup.h writes labels, in these forms:
 *
 *   [pod:UID/]RUNTIME:ID   a container, and the pod that it is part of
 *   pod:UID                a pod, of which no container is known
 *   NAME                   a unit of systemd, or another cgroup
 *   COMM[PID]              no cgroup has a name: the process itself
 *
 * An ID holds letters, digits and "._-" only, so that no process can pass for
 * a container by its own name. Who may make cgroups may give them any name.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/engine/event.h"

/* Part of a label; never ends with NUL. len 0: there is none. */
struct label_part {
	const char *bytes; /* borrowed from the label */
	size_t len;
};

struct label {
	struct label_part runtime; /* "docker", "podman", ... */
	struct label_part container;
	struct label_part pod;
	struct label_part unit;
};

/* The runtimes, NULL at the end. */
extern const char *const label_runtimes[];

/* How much a name says of who owns a namespace, the best one last. */
enum label_rank {
	RANK_NONE, /* there is no name */
	RANK_DESCRIPTOR,
	RANK_PROCESS, /* a process, and no more is known */
	RANK_UNIT,    /* a process of a unit or another named cgroup */
	RANK_PATH,
	RANK_CONTAINER, /* a process of a container or pod */
};

/* label_read - take a label apart; NULL and what is none of the forms above
 * gives empty parts. */
void label_read(const char *label, struct label *ret_label);

/* label_rank - of a name; label may be NULL. */
enum label_rank label_rank(enum name_kind kind, const char *label);

/*
 * label_start - when the process of the name "pid:PID:START" started, in ticks
 * since boot; LABEL_NEVER where text is no such name.
 */
#define LABEL_NEVER UINT64_MAX
uint64_t label_start(const char *text);

/*
 * label_path_made - a runtime makes a path of this form for a container of its
 * own, before or after the container's first process: Docker's folder
 * .../docker/netns, and in any folder "netns" what CNI (cni-UUID), podman
 * (netns-UUID) and CRI-O and Nomad (UUID) call theirs. All others are names
 * that somebody gave.
 */
bool label_path_made(const char *path);

/* label_spells - wanted is text, or what people are shown of it: with \xNN for
 * a byte. */
bool label_spells(const char *text, const char *wanted);

/*
 * label_means - somebody who says `wanted` means this label: the whole of it,
 * its container (12 digits of it at least), with the runtime and the pod before
 * it or without, its pod, or its unit.
 */
bool label_means(const char *label, const char *wanted);
