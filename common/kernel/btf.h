/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the running kernel was built as, from its own type information. It
 * labels a kernel and proves nothing about its behaviour: the release string
 * is for people, back-ports are found by what struct net looks like.
 */

#include <stddef.h>

enum btf_batched {
	BTF_UNKNOWN, /* no type information, or none that can be read */
	BTF_NO,
	BTF_YES,
};

/*
 * btf_built_batched - does struct net have the member is_dying, which commit
 * 7acee67a6bce (Linux 7.0) added with the batched cleanup?
 *
 * Reads several megabytes and takes some milliseconds: ask once. Silences
 * libbpf's messages for the whole process.
 */
enum btf_batched btf_built_batched(void);

/* btf_kernel_release - as uname(2) tells it; cut to size, never empty-handed:
 * "unknown" where it cannot be told. */
void btf_kernel_release(char *ret_text, size_t size);
