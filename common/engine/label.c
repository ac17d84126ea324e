/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/label.h"

#include <string.h>

/* What people type of a long id at least. */
#define ID_SHORT 12

#define POD "pod:"

/* What runtimes call the namespaces that they make, as far as it is no UUID. */
static const char *const made_heads[] = { "cni-", "netns-", "", NULL };

/* How the first part of a UUID ends. */
#define UUID_DASH 8

const char *const label_runtimes[] = {
	"docker", "containerd", "cri-o",   "podman",	"lxc",
	"nspawn", "machine",	"buildah", "container", NULL,
};

/* What a cgroup of systemd is called that holds processes. */
static const char *const unit_tails[] = { ".service", ".scope", NULL };

static bool is_id(const char *text, size_t len)
{
	static const char other[] = "._-";
	size_t i;

	for (i = 0; i < len; i++)
		if (!(text[i] >= 'a' && text[i] <= 'z') &&
		    !(text[i] >= 'A' && text[i] <= 'Z') &&
		    !(text[i] >= '0' && text[i] <= '9') &&
		    !memchr(other, text[i], strlen(other)))
			return false;
	return len > 0;
}

/* "RUNTIME:ID" */
static bool read_container(const char *text, struct label *label)
{
	const char *const *runtime;
	size_t n, len = strlen(text);

	for (runtime = label_runtimes; *runtime; runtime++) {
		n = strlen(*runtime);
		if (len <= n || strncmp(text, *runtime, n) != 0 ||
		    text[n] != ':' || !is_id(text + n + 1, len - n - 1))
			continue;
		label->runtime = (struct label_part){ text, n };
		label->container = (struct label_part){ text + n + 1,
							len - n - 1 };
		return true;
	}
	return false;
}

/* What systemd.unit(5) lets a unit's name hold. */
static bool is_unit(const char *text)
{
	static const char other[] = ":-_.\\@";

	for (; *text; text++)
		if (!(*text >= 'a' && *text <= 'z') &&
		    !(*text >= 'A' && *text <= 'Z') &&
		    !(*text >= '0' && *text <= '9') && !strchr(other, *text))
			return false;
	return true;
}

static bool read_unit(const char *text, struct label *label)
{
	const char *const *tail;
	size_t n, len = strlen(text);

	if (!is_unit(text))
		return false;
	for (tail = unit_tails; *tail; tail++) {
		n = strlen(*tail);
		if (len > n && strcmp(text + len - n, *tail) == 0) {
			label->unit = (struct label_part){ text, len };
			return true;
		}
	}
	return false;
}

void label_read(const char *label, struct label *ret_label)
{
	struct label read = { 0 };
	const char *pod, *slash;
	size_t len;

	*ret_label = read;
	if (!label)
		return;
	if (strncmp(label, POD, strlen(POD)) != 0) {
		if (!read_container(label, &read))
			read_unit(label, &read);
		*ret_label = read;
		return;
	}
	pod = label + strlen(POD);
	slash = strchr(pod, '/');
	len = slash ? (size_t)(slash - pod) : strlen(pod);
	if (!is_id(pod, len) || (slash && !read_container(slash + 1, &read)))
		return;
	read.pod = (struct label_part){ pod, len };
	*ret_label = read;
}

enum label_rank label_rank(enum name_kind kind, const char *label)
{
	struct label read;
	size_t len;

	if (kind == NAME_PATH)
		return RANK_PATH;
	if (kind == NAME_DESCRIPTOR)
		return RANK_DESCRIPTOR;
	label_read(label, &read);
	if (read.container.len || read.pod.len)
		return RANK_CONTAINER;
	len = label ? strlen(label) : 0;
	return len > 0 && label[len - 1] != ']' ? RANK_UNIT : RANK_PROCESS;
}

uint64_t label_start(const char *text)
{
	static const char head[] = "pid:";
	const char *at = strrchr(text, ':');
	uint64_t start = 0, digit;

	if (strncmp(text, head, strlen(head)) != 0 || !at ||
	    at < text + strlen(head) || !at[1])
		return LABEL_NEVER;
	while (*++at) {
		digit = (uint64_t)*at - '0';
		if (*at < '0' || *at > '9' ||
		    start > (LABEL_NEVER - digit) / 10)
			return LABEL_NEVER;
		start = start * 10 + digit;
	}
	return start;
}

static bool is_uuid(const char *text)
{
	static const char digits[] = "0123456789abcdefABCDEF-";

	if (strnlen(text, UUID_DASH + 1) <= UUID_DASH ||
	    memchr(text, '-', UUID_DASH) || text[UUID_DASH] != '-')
		return false;
	while (*text && memchr(digits, *text, strlen(digits)))
		text++;
	return !*text;
}

/* The folder, without the name in it, ends so. */
static bool is_in(const char *path, const char *name, const char *folder)
{
	size_t len = (size_t)(name - path), n = strlen(folder);

	return len >= n && memcmp(name - n, folder, n) == 0;
}

bool label_path_made(const char *path)
{
	const char *const *head, *name = strrchr(path, '/');
	size_t n;

	if (!name || !is_in(path, name, "/netns"))
		return false;
	if (is_in(path, name, "/docker/netns"))
		return true;
	for (head = made_heads; *head; head++) {
		n = strlen(*head);
		if (strncmp(name + 1, *head, n) == 0 && is_uuid(name + 1 + n))
			return true;
	}
	return false;
}

static int hex_value(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = digit ? strchr(digits, digit) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* "\xNN": a byte as people are shown it; below zero where that is none. */
static int shown_byte(const char *text)
{
	int high, low;

	if (text[0] != '\\' || text[1] != 'x')
		return -1;
	high = hex_value(text[2]);
	low = high < 0 ? -1 : hex_value(text[3]);
	return low < 0 ? -1 : high << 4 | low;
}

bool label_spells(const char *text, const char *wanted)
{
	int byte;

	if (strcmp(text, wanted) == 0)
		return true;
	for (; *text && *wanted; text++) {
		byte = shown_byte(wanted);
		if (byte < 0 && *text != *wanted)
			return false;
		if (byte >= 0 && byte != (unsigned char)*text)
			return false;
		wanted += byte < 0 ? 1 : 4;
	}
	return !*text && !*wanted;
}

static bool is_digits(const struct label_part *part)
{
	size_t i = 0;

	while (i < part->len && hex_value(part->bytes[i]) >= 0)
		i++;
	return i == part->len;
}

/* A container's id, or enough of its beginning where it is one of digits: of a
 * name that somebody chose all of it is meant. */
static bool container_is(const struct label_part *container, const char *text,
			 size_t len)
{
	return container->len > 0 &&
	       (len == container->len ||
		(len >= ID_SHORT && len < container->len &&
		 is_digits(container))) &&
	       memcmp(container->bytes, text, len) == 0;
}

/* A pod's UID; systemd's cgroups have "_" where all others have "-". */
static bool pod_is(const struct label_part *pod, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len && len == pod->len; i++)
		if (pod->bytes[i] != text[i] &&
		    !(strchr("-_", pod->bytes[i]) && strchr("-_", text[i])))
			return false;
	return len > 0 && len == pod->len;
}

/* Both are labels of containers: of the same one, as far as wanted says. */
static bool same_container(const struct label *label,
			   const struct label *wanted)
{
	const struct label_part *runtime = &wanted->runtime;

	return runtime->len > 0 && runtime->len == label->runtime.len &&
	       memcmp(runtime->bytes, label->runtime.bytes, runtime->len) ==
		       0 &&
	       container_is(&label->container, wanted->container.bytes,
			    wanted->container.len) &&
	       (!wanted->pod.len ||
		pod_is(&label->pod, wanted->pod.bytes, wanted->pod.len));
}

bool label_means(const char *label, const char *wanted)
{
	struct label read, meant;
	size_t len = strlen(wanted);

	if (!label)
		return false;
	if (label_spells(label, wanted))
		return true;
	label_read(label, &read);
	if (!read.container.len && !read.pod.len)
		return false;
	label_read(wanted, &meant);
	return container_is(&read.container, wanted, len) ||
	       pod_is(&read.pod, wanted, len) || same_container(&read, &meant);
}
