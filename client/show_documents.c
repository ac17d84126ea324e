/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "client/show.h"

/* Digits of a container's id: one that is shortened, and what remains. */
enum {
	ID_LONG = 32,
	ID_SHORT = 12,
};

void show_document(const struct show *show, const json_t *document, bool stream)
{
	/* Written at once: a stream would be asked for each token. */
	size_t flags = stream ? JSON_COMPACT : JSON_INDENT(2);
	char *text = json_dumps(document, flags);

	if (!text)
		json_dumpf(document, show->stream, flags);
	else
		fputs(text, show->stream);
	free(text);
	fputc('\n', show->stream);
	if (stream)
		fflush(show->stream);
}

const json_t *show_at(const json_t *document, const char *path)
{
	const char *dot;
	char key[32];

	/* Asked for each cell of a table: most have one key, copied nowhere. */
	for (; document && (dot = strchr(path, '.')); path = dot + 1) {
		snprintf(key, sizeof(key), "%.*s", (int)(dot - path), path);
		document = json_object_get(document, key);
	}
	return document && *path ? json_object_get(document, path) : document;
}

json_int_t show_number(const json_t *document, const char *path)
{
	return json_integer_value(show_at(document, path));
}

const char *show_string(const json_t *document, const char *path)
{
	return json_string_value(show_at(document, path));
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

char *show_plain(const char *escaped)
{
	char *plain = malloc(strlen(escaped) + 1), *to = plain;

	if (!plain)
		return NULL;
	while (*escaped) {
		if (escaped[0] == '\\' && escaped[1] == 'x' &&
		    hex(escaped[2]) >= 0 && hex(escaped[3]) >= 0) {
			*to = (char)(hex(escaped[2]) << 4 | hex(escaped[3]));
			/* No name holds a NUL, whatever is claimed. */
			to += *to != '\0';
			escaped += 4;
		} else {
			*to++ = *escaped++;
		}
	}
	*to = '\0';
	return plain;
}

static char *known_as(const char *name)
{
	static const char *const folders[] = { "/run/netns/",
					       "/var/run/netns/" };
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (strncmp(name, folders[i], strlen(folders[i])) == 0)
			return show_plain(name + strlen(folders[i]));
	return show_plain(name);
}

/* People know a long id by its first digits. In place; takes NULL. */
static char *shorten(char *text)
{
	static const char digits[] = "0123456789abcdef";
	char *from, *colon = text ? strrchr(text, ':') : NULL;
	size_t n;

	if (!colon)
		return text;
	from = colon + 1;
	n = strspn(from, digits);
	if (n >= ID_LONG && from[n] == '\0')
		from[ID_SHORT] = '\0';
	return text;
}

char *show_netns(const json_t *netns)
{
	const char *label = show_string(netns, "label");
	const char *name = show_string(netns, "name");
	const json_t *nsid = show_at(netns, "nsid");
	const char *unseen = "";
	char *text;

	if (json_is_true(show_at(netns, "home")))
		return strdup("home");
	if (label)
		return json_is_string(show_at(netns, "container")) ?
			       shorten(show_plain(label)) :
			       show_plain(label);
	if (name)
		return known_as(name);
	if (json_is_true(show_at(netns, "unseen")))
		unseen = " (unseen)";
	if (!json_is_integer(nsid) ||
	    asprintf(&text, "nsid %" JSON_INTEGER_FORMAT "%s",
		     json_integer_value(nsid), unseen) < 0)
		return NULL;
	return text;
}
