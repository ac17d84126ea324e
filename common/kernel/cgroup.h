/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * /proc/PID/cgroup -> the label of a process's name (common/engine/label.h),
 * by one table of what the runtimes call their cgroups. A pure parser: the
 * names in it are strangers' choice.
 *
 * Sources: cgroups(7); systemd's "Control Group APIs and Delegation"; what
 * runc, crun, conmon, liblxc and systemd-nspawn name their cgroups with both
 * of their cgroup drivers, on version 2, version 1 and hybrid hierarchies.
 */

#include "common/engine/event.h"

enum cgroup_outcome {
	CGROUP_NAMELESS = 1, /* only slices, sessions and roots */
};

/*
 * cgroup_label - of the whole file: the lines of all hierarchies are looked
 * at, a container beats a unit, and version 2 the others. Returns 0 or
 * CGROUP_NAMELESS.
 */
int cgroup_label(const char *file, char ret_label[static NAME_MAX_BYTES]);

/* cgroup_path_label - of one hierarchy's path. As cgroup_label(). */
int cgroup_path_label(const char *path, char ret_label[static NAME_MAX_BYTES]);
