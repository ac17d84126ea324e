/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/cgroup.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/label.h"

/* Digits of a container's or a podman pod's id, and of a pod's hash or UUID. */
#define ID_DIGITS 64
#define HASH_DIGITS 32
#define UUID_BYTES 36

#define ID_MAX 128 /* bytes kept of one, with its NUL */

/* One component of a path; never ends with NUL. */
struct part {
	const char *bytes;
	size_t len;
};

enum id_form {
	ID_HEX,	 /* 64 hexadecimal digits */
	ID_NAME, /* what its owner called it */
};

/*
 * What a cgroup is called that is a container: [anything] head ID tail, below
 * a cgroup called `parent` where that is not NULL. The first row that fits.
 */
static const struct pattern {
	const char *runtime; /* of label_runtimes */
	const char *head;
	const char *tail;
	enum id_form form;
	const char *parent;
	bool inside; /* the head may stand anywhere in it */
} patterns[] = {
	{ "docker", "docker-", ".scope", ID_HEX, NULL, false },
	{ "docker", "", "", ID_HEX, "docker", false },
	{ "containerd", "cri-containerd-", ".scope", ID_HEX, NULL, false },
	{ "containerd", ":cri-containerd:", "", ID_HEX, NULL, true },
	{ "containerd", "nerdctl-", ".scope", ID_HEX, NULL, false },
	{ "containerd", "", "", ID_HEX, "default", false },
	{ "containerd", "", "", ID_HEX, "k8s.io", false },
	{ "cri-o", "crio-conmon-", ".scope", ID_HEX, NULL, false },
	{ "cri-o", "crio-", ".scope", ID_HEX, NULL, false },
	{ "cri-o", "crio-conmon-", "", ID_HEX, NULL, false },
	{ "cri-o", "crio-", "", ID_HEX, NULL, false },
	{ "cri-o", ":crio:", "", ID_HEX, NULL, true },
	{ "podman", "libpod-conmon-", ".scope", ID_HEX, NULL, false },
	{ "podman", "libpod-", ".scope", ID_HEX, NULL, false },
	{ "podman", "libpod-conmon-", "", ID_HEX, NULL, false },
	{ "podman", "libpod-payload-", "", ID_HEX, NULL, false },
	{ "podman", "libpod-", "", ID_HEX, NULL, false },
	{ "buildah", "buildah-", ".scope", ID_NAME, NULL, false },
	{ "lxc", "lxc.payload.", "", ID_NAME, NULL, false },
	{ "lxc", "lxc.monitor.", "", ID_NAME, NULL, false },
	{ "lxc", "", "", ID_NAME, "lxc", false },
	{ "lxc", "", "", ID_NAME, "lxc.payload", false },
	{ "nspawn", "systemd-nspawn@", ".service", ID_NAME, NULL, false },
	{ "machine", "machine-", ".scope", ID_NAME, NULL, false },
	{ "container", "", "", ID_HEX, NULL, false },
};

#define PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

static bool is_text(struct part part, const char *text)
{
	return part.len == strlen(text) &&
	       memcmp(part.bytes, text, part.len) == 0;
}

static bool begins_with(struct part part, const char *head)
{
	size_t n = strlen(head);

	return part.len >= n && memcmp(part.bytes, head, n) == 0;
}

static bool ends_with(struct part part, const char *tail)
{
	size_t n = strlen(tail);

	return part.len >= n && memcmp(part.bytes + part.len - n, tail, n) == 0;
}

static size_t hex_digits(struct part part)
{
	size_t n = 0;

	while (n < part.len && isxdigit((unsigned char)part.bytes[n]))
		n++;
	return n;
}

static bool is_uuid(struct part part)
{
	size_t i;

	if (part.len < UUID_BYTES)
		return false;
	for (i = 0; i < UUID_BYTES; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (part.bytes[i] != '-' && part.bytes[i] != '_')
				return false;
		} else if (!isxdigit((unsigned char)part.bytes[i])) {
			return false;
		}
	}
	return true;
}

static struct part behind(struct part part, size_t n)
{
	return (struct part){ part.bytes + n, part.len - n };
}

/* The last component of a path that is not empty; takes it off the end. */
static struct part last_part(struct part *path)
{
	struct part part = { path->bytes, 0 };

	while (path->len > 0 && path->bytes[path->len - 1] == '/')
		path->len--;
	while (path->len > 0 && path->bytes[path->len - 1] != '/') {
		path->len--;
		part.len++;
	}
	part.bytes = path->bytes + path->len;
	return part;
}

/* ---- pods ------------------------------------------------------------ */

/* "kubepods-burstable-podUID.slice" or "podUID", where UID is a UUID, with
 * underscores for systemd, or the hash of a static pod. */
static bool find_uid(struct part part, struct part *ret_uid)
{
	static const char word[] = "pod";
	size_t n = strlen(word), i;
	struct part rest;

	for (i = 0; i + n <= part.len; i++) {
		if (memcmp(part.bytes + i, word, n) != 0 ||
		    (i > 0 && part.bytes[i - 1] != '-'))
			continue;
		rest = behind(part, i + n);
		if (is_uuid(rest))
			rest.len = UUID_BYTES;
		else if (hex_digits(rest) == HASH_DIGITS)
			rest.len = HASH_DIGITS;
		else
			continue;
		*ret_uid = rest;
		return true;
	}
	return false;
}

/* podman's: "machine-libpod_pod_ID.slice". */
static bool find_podman(struct part part, struct part *ret_uid)
{
	static const char word[] = "libpod_pod_";
	const char *found = memmem(part.bytes, part.len, word, strlen(word));
	struct part rest;

	if (!found)
		return false;
	rest = behind(part, (size_t)(found - part.bytes) + strlen(word));
	if (hex_digits(rest) != ID_DIGITS)
		return false;
	rest.len = ID_DIGITS;
	*ret_uid = rest;
	return true;
}

/* The innermost pod on the way. */
static bool find_pod(struct part path, struct part *ret_uid)
{
	struct part part;

	while ((part = last_part(&path)).len > 0)
		if (find_uid(part, ret_uid) || find_podman(part, ret_uid))
			return true;
	return false;
}

/* ---- containers ------------------------------------------------------ */

/* systemd writes "-" and others as \xNN where a name becomes part of one. */
static size_t unescape(struct part part, char *ret_byte)
{
	unsigned int value;
	char digits[3] = "";

	if (part.len >= 4 && part.bytes[0] == '\\' && part.bytes[1] == 'x' &&
	    isxdigit((unsigned char)part.bytes[2]) &&
	    isxdigit((unsigned char)part.bytes[3])) {
		memcpy(digits, part.bytes + 2, 2);
		value = (unsigned int)strtoul(digits, NULL, 16);
		*ret_byte = (char)value;
		return 4;
	}
	*ret_byte = part.bytes[0];
	return 1;
}

/* An id as a label has it; false where it is none of that form. */
static bool take_id(enum id_form form, struct part part, char ret_id[ID_MAX])
{
	char text[NAME_MAX_BYTES];
	struct label label;
	size_t len = 0;

	if (form == ID_HEX &&
	    (part.len != ID_DIGITS || hex_digits(part) != ID_DIGITS))
		return false;
	while (part.len > 0 && len < ID_MAX - 1)
		part = behind(part, unescape(part, &ret_id[len++]));
	ret_id[len] = '\0';
	if (part.len > 0)
		return false;
	/* Fit for a label is what a label reads as one. */
	snprintf(text, sizeof(text), "container:%s", ret_id);
	label_read(text, &label);
	return label.container.len > 0;
}

static bool pattern_fits(const struct pattern *pattern, struct part part,
			 struct part parent, char ret_id[ID_MAX])
{
	const char *head;

	if (pattern->parent && !is_text(parent, pattern->parent))
		return false;
	if (pattern->inside) {
		head = memmem(part.bytes, part.len, pattern->head,
			      strlen(pattern->head));
		if (!head)
			return false;
		part = behind(part, (size_t)(head - part.bytes));
	}
	if (!begins_with(part, pattern->head) ||
	    !ends_with(part, pattern->tail) ||
	    part.len <= strlen(pattern->head) + strlen(pattern->tail))
		return false;
	part = behind(part, strlen(pattern->head));
	part.len -= strlen(pattern->tail);
	return take_id(pattern->form, part, ret_id);
}

static const char *match(struct part part, struct part parent,
			 char ret_id[ID_MAX])
{
	size_t i;

	for (i = 0; i < PATTERNS; i++)
		if (pattern_fits(&patterns[i], part, parent, ret_id))
			return patterns[i].runtime;
	return NULL;
}

/* The innermost one on the way. */
static const char *find_container(struct part path, char ret_id[ID_MAX])
{
	struct part part, above;
	const char *runtime;

	while ((part = last_part(&path)).len > 0) {
		above = path;
		runtime = match(part, last_part(&above), ret_id);
		if (runtime)
			return runtime;
	}
	return NULL;
}

/* ---- units and others ------------------------------------------------ */

/* Slices and sessions hold others; some runtimes nest a cgroup without a name
 * of its own in the one that has it. */
static bool names_nothing(struct part part)
{
	static const char *const inner[] = { "container",  "init",
					     "init.scope", "payload",
					     "supervisor", ".",
					     ".." };
	size_t i;

	for (i = 0; i < sizeof(inner) / sizeof(inner[0]); i++)
		if (is_text(part, inner[i]))
			return true;
	return ends_with(part, ".slice") ||
	       (begins_with(part, "session-") && ends_with(part, ".scope")) ||
	       (begins_with(part, "user@") && ends_with(part, ".service"));
}

static bool is_unit(struct part part)
{
	return ends_with(part, ".service") || ends_with(part, ".scope");
}

/* The innermost unit: what a service calls the cgroups that it makes below its
 * own says nothing to others. Where there is none, the innermost name. */
static bool find_named(struct part path, struct part *ret_part)
{
	struct part part, named = { NULL, 0 };

	while ((part = last_part(&path)).len > 0) {
		if (names_nothing(part))
			continue;
		if (!named.len || is_unit(part))
			named = part;
		if (is_unit(part))
			break;
	}
	*ret_part = named;
	return named.len > 0;
}

/* ---- labels ---------------------------------------------------------- */

/* As everybody else writes it: systemd allows no "-" in the name of a slice. */
static void write_uid(struct part uid, char ret_text[static ID_MAX])
{
	size_t i;

	for (i = 0; i < uid.len && i < ID_MAX - 1; i++)
		ret_text[i] = uid.bytes[i] == '_' ? '-' : uid.bytes[i];
	ret_text[i] = '\0';
}

int cgroup_path_label(const char *path, char ret_label[static NAME_MAX_BYTES])
{
	const struct part whole = { path, strlen(path) };
	char id[ID_MAX], pod_uid[ID_MAX];
	const char *runtime = find_container(whole, id);
	struct part uid, named;
	bool pod = find_pod(whole, &uid);

	if (pod)
		write_uid(uid, pod_uid);
	if (runtime && pod)
		snprintf(ret_label, NAME_MAX_BYTES, "pod:%s/%s:%s", pod_uid,
			 runtime, id);
	else if (runtime)
		snprintf(ret_label, NAME_MAX_BYTES, "%s:%s", runtime, id);
	else if (pod)
		snprintf(ret_label, NAME_MAX_BYTES, "pod:%s", pod_uid);
	else if (find_named(whole, &named))
		snprintf(ret_label, NAME_MAX_BYTES, "%.*s",
			 (int)(named.len < NAME_MAX_BYTES ? named.len :
							    NAME_MAX_BYTES - 1),
			 named.bytes);
	else
		return CGROUP_NAMELESS;
	return 0;
}

/* How good a line is, the best one first. */
enum line_rank {
	LINE_CONTAINER,
	LINE_UNIFIED, /* the version 2 hierarchy */
	LINE_SYSTEMD, /* the one that systemd names things in */
	LINE_OTHER,
	LINE_NONE,
};

/* "ID:CONTROLLERS:PATH": the path, and what the controllers say of it. */
static const char *split_line(const char *line, enum line_rank *ret_rank)
{
	const char *controllers = strchr(line, ':'), *path;
	struct part list;

	path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!path)
		return NULL;
	controllers++;
	list = (struct part){ controllers, (size_t)(path - controllers) };
	*ret_rank = list.len == 0		  ? LINE_UNIFIED :
		    is_text(list, "name=systemd") ? LINE_SYSTEMD :
						    LINE_OTHER;
	return path + 1;
}

static enum line_rank line_label(const char *line,
				 char ret_label[static NAME_MAX_BYTES])
{
	enum line_rank rank;
	const char *path = split_line(line, &rank);

	if (!path || cgroup_path_label(path, ret_label) != 0)
		return LINE_NONE;
	if (label_rank(NAME_PROCESS, ret_label) == RANK_CONTAINER)
		return LINE_CONTAINER;
	return rank;
}

int cgroup_label(const char *file, char ret_label[static NAME_MAX_BYTES])
{
	char line[4096], label[NAME_MAX_BYTES];
	enum line_rank rank, best = LINE_NONE;
	size_t len;

	for (; *file; file += len + (file[len] == '\n')) {
		len = strcspn(file, "\n");
		snprintf(line, sizeof(line), "%.*s",
			 (int)(len < sizeof(line) ? len : sizeof(line) - 1),
			 file);
		rank = line_label(line, label);
		if (rank >= best)
			continue;
		best = rank;
		memcpy(ret_label, label, sizeof(label));
	}
	return best == LINE_NONE ? CGROUP_NAMELESS : 0;
}
