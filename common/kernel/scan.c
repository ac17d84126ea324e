/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/kernel/queries.h"

static struct inode *find_inode(const struct scan *scan, uint64_t ino)
{
	struct inode *inode;

	HASH_FIND(hh, scan->inodes, &ino, sizeof(ino), inode);
	return inode;
}

bool scan_is_held(const struct scan *scan, uint64_t ino)
{
	return find_inode(scan, ino);
}

bool scan_number(const struct scan *scan, const struct identity *identity,
		 int32_t *ret_nsid)
{
	const struct inode *inode = find_inode(scan, identity->ino);

	if (!inode || !inode->id || inode->id != identity->id ||
	    inode->asked != scan->serial)
		return false;
	*ret_nsid = inode->nsid;
	return true;
}

static void note_number(struct scan *scan, const struct sighting *sighting)
{
	struct inode *inode = find_inode(scan, sighting->identity.ino);

	if (!inode || sighting->kind != NAME_PATH || sighting->is_home)
		return;
	inode->id = sighting->identity.id;
	inode->nsid = sighting->nsid;
	inode->asked = scan->serial;
}

static int hold(struct scan *scan, uint64_t ino)
{
	struct inode *inode = find_inode(scan, ino);

	if (!inode) {
		inode = calloc(1, sizeof(*inode));
		if (!inode)
			return -ENOMEM;
		inode->ino = ino;
		HASH_ADD(hh, scan->inodes, ino, sizeof(ino), inode);
		if (!inode->hh.tbl) {
			free(inode);
			return -ENOMEM;
		}
	}
	inode->n++;
	return 0;
}

static void release(struct scan *scan, uint64_t ino)
{
	struct inode *inode = find_inode(scan, ino);

	if (!inode || --inode->n > 0)
		return;
	HASH_DEL(scan->inodes, inode);
	free(inode);
}

/* It leads there now; a descriptor holds none that another name leads to. */
static int lead(struct scan *scan, struct seen *seen, uint64_t ino)
{
	int r = 0;

	if (seen->ino == ino || seen->kind == NAME_DESCRIPTOR)
		return 0;
	if (ino)
		r = hold(scan, ino);
	if (r < 0)
		return r;
	release(scan, seen->ino);
	seen->ino = ino;
	return 0;
}

static void seen_free(struct scan *scan, struct seen *seen)
{
	HASH_DEL(scan->seen, seen);
	release(scan, seen->ino);
	free(seen->key);
	free(seen->text);
	free(seen);
}

void scan_deinit(struct scan *scan)
{
	struct seen *seen, *next;

	HASH_ITER(hh, scan->seen, seen, next)
		seen_free(scan, seen);
}

void scan_forget(struct scan *scan)
{
	struct seen *seen;

	for (seen = scan->seen; seen; seen = seen->hh.next)
		seen->stale = true;
}

static int seen_new(struct scan *scan, enum name_kind kind, const char *key,
		    const char *text, struct seen **ret_seen)
{
	struct seen *seen = calloc(1, sizeof(*seen));

	if (!seen)
		return -ENOMEM;
	seen->key = strdup(key);
	seen->text = strdup(text);
	seen->kind = kind;
	/* Of all that is there at the start little is as new as that. */
	seen->young = scan->serial > 1;
	seen->since_ns = scan->now_ns;
	if (seen->key && seen->text)
		HASH_ADD_KEYPTR(hh, scan->seen, seen->key, strlen(seen->key),
				seen);
	if (!seen->hh.tbl) {
		free(seen->key);
		free(seen->text);
		free(seen);
		return -ENOMEM;
	}
	*ret_seen = seen;
	return 0;
}

static int remember(struct scan *scan, enum name_kind kind, const char *key,
		    uint64_t digest, const struct sighting *sighting)
{
	const char *text = sighting->text;
	struct seen *seen;
	int r;

	HASH_FIND_STR(scan->seen, key, seen);
	if (seen && strcmp(seen->text, text) != 0) {
		seen_free(scan, seen);
		seen = NULL;
	}
	if (seen) {
		if (scan->now_ns >= seen->since_ns + SCAN_YOUNG_NS)
			seen->young = false;
	} else {
		r = seen_new(scan, kind, key, text, &seen);
		if (r < 0)
			return r;
	}
	seen->digest = digest;
	seen->stale = false;
	seen->scan = scan->serial;
	r = lead(scan, seen, sighting->identity.ino);
	if (r < 0)
		return r;
	note_number(scan, sighting);
	return SCAN_SEEN;
}

bool scan_knows(struct scan *scan, const char *key, uint64_t digest)
{
	struct seen *seen;

	HASH_FIND_STR(scan->seen, key, seen);
	if (!seen || seen->stale || seen->young || seen->digest != digest ||
	    seen->hh.hashv % SCAN_TURNS == scan->serial % SCAN_TURNS)
		return false;
	seen->scan = scan->serial;
	return true;
}

bool scan_ask(struct scan *scan, enum name_kind kind, const char *text,
	      struct sighting *ret_sighting)
{
	struct sighting sighting;
	int error;

	if (queries_sight(scan->queries, kind, text, &sighting, &error) !=
	    ANSWER_WHOLE) {
		scan->part = true;
		return false;
	}
	if (!sighting.leads)
		return false;
	*ret_sighting = sighting;
	return true;
}

int scan_report(struct scan *scan, const char *key, uint64_t digest,
		const struct sighting *sighting)
{
	int r = scan->fn(scan->userdata, sighting);

	return r < 0 ? r :
		       remember(scan, sighting->kind, key, digest, sighting);
}

int scan_tell(struct scan *scan, enum name_kind kind, const char *key,
	      uint64_t digest, const char *text, const char *label)
{
	struct sighting sighting;

	if (!scan_ask(scan, kind, text, &sighting))
		return 0;
	if (label && label[0] != '\0')
		sighting.label = label;
	return scan_report(scan, key, digest, &sighting);
}

/* It was not where it had been. A process may have moved, or is one too many:
 * as long as the name leads somewhere it is kept. */
static int lose(struct scan *scan, struct seen *seen)
{
	struct sighting sighting;
	int error, r;

	if (queries_sight(scan->queries, seen->kind, seen->text, &sighting,
			  &error) != ANSWER_WHOLE)
		sighting = (struct sighting){ .kind = seen->kind,
					      .text = seen->text,
					      .nsid = NSID_NONE };
	r = scan->fn(scan->userdata, &sighting);
	if (!sighting.leads)
		seen_free(scan, seen);
	return r < 0 ? r : 0;
}

/* All of one kind, or those alone that this scan has not met. */
static int check(struct scan *scan, enum name_kind kind, bool all)
{
	struct seen *seen, *next;
	int r = 0;

	HASH_ITER(hh, scan->seen, seen, next) {
		if (seen->kind != kind || (!all && seen->scan == scan->serial))
			continue;
		r = lose(scan, seen);
		if (r < 0)
			break;
	}
	return r;
}

int scan_lost(struct scan *scan, enum name_kind kind)
{
	return check(scan, kind, false);
}

int scan_known(struct scan *scan, enum name_kind kind)
{
	return check(scan, kind, true);
}
