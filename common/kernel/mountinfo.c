/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/mountinfo.h"

#include <string.h>

/* Part of a line; never ends with NUL. */
struct slice {
	const char *bytes;
	size_t len;
};

/* Fields of a line, counted from 0. */
enum {
	FIELD_ROOT = 3,
	FIELD_PATH = 4,
	FIELD_OPTIONAL = 6, /* none or more, ended by a "-" */
};

/* Takes the next field off the line; an empty one at its end. */
static struct slice next_field(struct slice *line)
{
	const char *blank = memchr(line->bytes, ' ', line->len);
	struct slice field = *line;

	if (blank) {
		field.len = (size_t)(blank - line->bytes);
		line->bytes += field.len + 1;
		line->len -= field.len + 1;
	} else {
		line->bytes += line->len;
		line->len = 0;
	}
	return field;
}

static bool slice_is(struct slice slice, const char *text)
{
	return slice.len == strlen(text) &&
	       memcmp(slice.bytes, text, slice.len) == 0;
}

static bool names_net(struct slice root)
{
	static const char head[] = "net:[";

	return root.len > strlen(head) &&
	       memcmp(root.bytes, head, strlen(head)) == 0 &&
	       root.bytes[root.len - 1] == ']';
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* The byte at the head of a path, and how many bytes its spelling takes; a
 * backslash that begins no escape stands for itself. */
static size_t unescape(struct slice path, char *ret_byte)
{
	unsigned int value;

	if (path.len >= 4 && path.bytes[0] == '\\' && path.bytes[1] <= '3' &&
	    is_octal(path.bytes[1]) && is_octal(path.bytes[2]) &&
	    is_octal(path.bytes[3])) {
		value = (unsigned int)(path.bytes[1] - '0') << 6 |
			(unsigned int)(path.bytes[2] - '0') << 3 |
			(unsigned int)(path.bytes[3] - '0');
		*ret_byte = (char)value;
		return 4;
	}
	*ret_byte = path.bytes[0];
	return 1;
}

static int copy_path(struct slice path, char ret_path[static NAME_MAX_BYTES])
{
	char copy[NAME_MAX_BYTES];
	size_t len = 0, step;

	if (path.len == 0 || path.bytes[0] != '/')
		return MOUNTINFO_OTHER;
	for (; path.len > 0; path.bytes += step, path.len -= step) {
		if (len == NAME_MAX_BYTES - 1)
			return MOUNTINFO_LONG;
		step = unescape(path, &copy[len]);
		if (copy[len++] == '\0')
			return MOUNTINFO_OTHER;
	}
	memcpy(ret_path, copy, len);
	ret_path[len] = '\0';
	return 0;
}

int mountinfo_parse(const char *line, size_t len,
		    char ret_path[static NAME_MAX_BYTES])
{
	struct slice left = { line, len }, field, path = { line, 0 };
	int i;

	if (left.len > 0 && line[left.len - 1] == '\n')
		left.len--;
	for (i = 0; i < FIELD_OPTIONAL; i++) {
		field = next_field(&left);
		if (i == FIELD_ROOT && !names_net(field))
			return MOUNTINFO_OTHER;
		if (i == FIELD_PATH)
			path = field;
	}
	do {
		if (left.len == 0)
			return MOUNTINFO_OTHER;
		field = next_field(&left);
	} while (!slice_is(field, "-"));
	if (!slice_is(next_field(&left), "nsfs"))
		return MOUNTINFO_OTHER;
	return copy_path(path, ret_path);
}
