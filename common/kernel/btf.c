/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/btf.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#ifdef HAVE_LIBBPF
#include <bpf/btf.h>
#include <bpf/libbpf.h>

static enum btf_batched struct_net(const struct btf *btf)
{
	const struct btf_type *type;
	const struct btf_member *member;
	const char *name;
	int id, i;

	id = btf__find_by_name_kind(btf, "net", BTF_KIND_STRUCT);
	type = id < 0 ? NULL : btf__type_by_id(btf, (__u32)id);
	if (!type)
		return BTF_UNKNOWN;
	member = btf_members(type);
	for (i = 0; i < btf_vlen(type); i++) {
		name = btf__name_by_offset(btf, member[i].name_off);
		if (name && strcmp(name, "is_dying") == 0)
			return BTF_YES;
	}
	return BTF_NO;
}

enum btf_batched btf_built_batched(void)
{
	enum btf_batched batched;
	struct btf *btf;

	libbpf_set_print(NULL);
	btf = btf__parse("/sys/kernel/btf/vmlinux", NULL);
	if (libbpf_get_error(btf))
		return BTF_UNKNOWN;
	batched = struct_net(btf);
	btf__free(btf);
	return batched;
}
#else
enum btf_batched btf_built_batched(void)
{
	return BTF_UNKNOWN;
}
#endif

void btf_kernel_release(char *ret_text, size_t size)
{
	struct utsname names;

	snprintf(ret_text, size, "%s",
		 uname(&names) == 0 ? names.release : "unknown");
}
