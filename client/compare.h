/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Two lists of what is here, of two moments, compared: documents with the
 * arrays "namespaces" and "entries", as baseline keeps them, and
 * "counted_since", from when on the daemon has counted who had a number.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * compare_counts_on - both were counted by one daemon, or by those that took
 * up what it left; else a number of the one says nothing to the other.
 */
bool compare_counts_on(const json_t *before, const json_t *now);

/* compare_homes - both may be of the same home: nothing known contradicts. */
bool compare_homes(const json_t *before, const json_t *now);

/*
 * compare_unknowable - how many namespaces could be told by their numbers
 * alone: neither the kernel's id is known nor an inode.
 */
size_t compare_unknowable(const json_t *document);

/*
 * compare_new - what of now was not there before.
 *
 * Returns { "since", "namespaces", "entries" }, owned by the caller, or NULL:
 * no memory. Where the numbers were counted anew, both are changed for it.
 */
json_t *compare_new(json_t *before, json_t *now);
