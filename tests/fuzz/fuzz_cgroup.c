/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The names of cgroups, which strangers choose, and the labels made of them. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/label.h"
#include "common/kernel/cgroup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

/* The parts lie within the label. */
static void must_lie(const char *label, const struct label_part *part)
{
	must(part->len == 0 ||
	     (part->bytes >= label &&
	      part->bytes + part->len <= label + strlen(label)));
}

static void read_label(const char *text)
{
	struct label label;

	label_read(text, &label);
	must_lie(text, &label.runtime);
	must_lie(text, &label.container);
	must_lie(text, &label.pod);
	must_lie(text, &label.unit);
	must((label.runtime.len > 0) == (label.container.len > 0));
	must(*text == '\0' || label_means(text, text));
	(void)label_means(text, "0123456789ab");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), label[NAME_MAX_BYTES];

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	read_label(text);
	if (cgroup_label(text, label) == 0) {
		must(label[0] != '\0');
		must(memchr(label, '\0', sizeof(label)) != NULL);
		read_label(label);
	}
	if (cgroup_path_label(text, label) == 0)
		must(label[0] != '\0');
	free(text);
	return 0;
}
