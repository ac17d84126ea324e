/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/compare.h"

#include <stdio.h>
#include <string.h>

#include "client/show.h"

#define KEY_MAX 64

/*
 * Namespaces by all that may be known of one, so that it is found again when
 * more is known of it than before: its id, its inode, its number in home.
 */
enum key {
	KEY_ID,
	KEY_NUMBER,
	KEY_INODE,
	KEYS,
};

/* False where that is not known of it. */
static bool write_key(const json_t *netns, enum key key,
		      char ret_text[static KEY_MAX])
{
	const json_t *nsid = show_at(netns, "nsid");
	long long id = (long long)show_number(netns, "id");
	long long ino = (long long)show_number(netns, "ino");

	switch (key) {
	case KEY_ID:
		snprintf(ret_text, KEY_MAX, "id %lld", id);
		return id > 0;
	case KEY_NUMBER:
		if (json_is_true(show_at(netns, "home"))) {
			snprintf(ret_text, KEY_MAX, "home");
			return true;
		}
		snprintf(ret_text, KEY_MAX, "nsid %lld %lld",
			 (long long)json_integer_value(nsid),
			 (long long)show_number(netns, "generation"));
		return json_is_integer(nsid);
	case KEY_INODE:
		snprintf(ret_text, KEY_MAX, "ino %lld", ino);
		return ino > 0;
	case KEYS:
		break;
	}
	return false;
}

static int index_one(json_t *index, json_t *netns)
{
	char text[KEY_MAX];
	enum key key;
	int r = 0;

	for (key = 0; key < KEYS; key++)
		if (write_key(netns, key, text))
			r |= json_object_set(index, text, netns);
	return r;
}

static json_t *index_namespaces(const json_t *rows)
{
	json_t *index = json_object();
	size_t i;
	int r = index ? 0 : -1;

	for (i = 0; i < json_array_size(rows); i++)
		r |= index_one(index, json_array_get(rows, i));
	if (r < 0) {
		json_decref(index);
		return NULL;
	}
	return index;
}

/* The same one among those of the index, or NULL. */
static const json_t *find(const json_t *index, const json_t *netns)
{
	json_int_t id = show_number(netns, "id"), other;
	const json_t *found;
	char text[KEY_MAX];
	enum key key;

	for (key = 0; key < KEYS; key++) {
		if (!write_key(netns, key, text))
			continue;
		found = json_object_get(index, text);
		other = show_number(found, "id");
		/* Numbers and inodes are used again, ids are not. */
		if (found && (id == 0 || other == 0 || id == other))
			return found;
	}
	return NULL;
}

/* What compares two namespaces that may be in the index or not. */
static void identify(const json_t *index, const json_t *netns,
		     char ret_text[static KEY_MAX])
{
	const json_t *found = find(index, netns);
	enum key key;

	for (key = 0; key < KEYS; key++)
		if (write_key(found ? found : netns, key, ret_text))
			return;
	ret_text[0] = '\0';
}

/* "HOLDER, NSID" of an entry; the peer is compared where both are known. */
static int index_entries(const json_t *index, const json_t *rows,
			 json_t *ret_entries)
{
	char holder[KEY_MAX], key[2 * KEY_MAX];
	const json_t *row;
	size_t i;
	int r = 0;

	for (i = 0; i < json_array_size(rows); i++) {
		row = json_array_get(rows, i);
		identify(index, show_at(row, "holder"), holder);
		snprintf(key, sizeof(key), "%s, %lld", holder,
			 (long long)show_number(row, "nsid"));
		r |= json_object_set(ret_entries, key, (json_t *)row);
	}
	return r;
}

static bool is_new_entry(const json_t *index, const json_t *entries,
			 const json_t *row)
{
	char holder[KEY_MAX], key[2 * KEY_MAX], was[KEY_MAX], is[KEY_MAX];
	const json_t *before;

	identify(index, show_at(row, "holder"), holder);
	snprintf(key, sizeof(key), "%s, %lld", holder,
		 (long long)show_number(row, "nsid"));
	before = json_object_get(entries, key);
	if (!before)
		return true;
	identify(index, show_at(before, "peer"), was);
	identify(index, show_at(row, "peer"), is);
	return was[0] && is[0] && strcmp(was, is) != 0;
}

/* ---- numbers that were counted anew ------------------------------------------- */

static int copy(json_t *to, const json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);

	return value ? json_object_set(to, key, value) : 0;
}

/* An entry tells less of its holder and its peer than their own rows do. */
static int complete(const json_t *index, json_t *party)
{
	const json_t *found = find(index, party);

	if (!found || !json_is_object(party))
		return 0;
	return copy(party, found, "id") | copy(party, found, "ino");
}

static int complete_entries(json_t *document)
{
	json_t *index, *row, *rows = json_object_get(document, "entries");
	size_t i;
	int r;

	index = index_namespaces(show_at(document, "namespaces"));
	r = index ? 0 : -1;
	json_array_foreach(rows, i, row)
		if (r == 0)
			r = complete(index, json_object_get(row, "holder")) |
			    complete(index, json_object_get(row, "peer"));
	json_decref(index);
	return r;
}

/* A number without its generation is nobody's number of now. */
static int forget_generation(json_t *netns)
{
	return json_is_object(netns) ?
		       json_object_set_new(netns, "generation", json_null()) :
		       0;
}

static int forget_numbers(json_t *document)
{
	json_t *row, *rows = json_object_get(document, "namespaces");
	size_t i;
	int r = 0;

	json_array_foreach(rows, i, row)
		r |= forget_generation(row);
	rows = json_object_get(document, "entries");
	json_array_foreach(rows, i, row)
		r |= forget_generation(json_object_get(row, "holder")) |
		     forget_generation(json_object_get(row, "peer"));
	return r;
}

bool compare_counts_on(const json_t *before, const json_t *now)
{
	const char *was = show_string(before, "counted_since");
	const char *is = show_string(now, "counted_since");

	return was && is && strcmp(was, is) == 0;
}

size_t compare_unknowable(const json_t *document)
{
	const json_t *row, *rows = show_at(document, "namespaces");
	size_t i, n = 0;

	for (i = 0; i < json_array_size(rows); i++) {
		row = json_array_get(rows, i);
		n += !json_is_true(show_at(row, "home")) &&
		     show_number(row, "id") <= 0 &&
		     show_number(row, "ino") <= 0;
	}
	return n;
}

static const json_t *home_of(const json_t *document)
{
	const json_t *row, *rows = show_at(document, "namespaces");
	size_t i;

	for (i = 0; i < json_array_size(rows); i++) {
		row = json_array_get(rows, i);
		if (json_is_true(show_at(row, "home")))
			return row;
	}
	return NULL;
}

/* Known of both, and not the same. */
static bool differ(const json_t *a, const json_t *b, const char *key)
{
	json_int_t one = show_number(a, key), other = show_number(b, key);

	return one > 0 && other > 0 && one != other;
}

bool compare_homes(const json_t *before, const json_t *now)
{
	const json_t *was = home_of(before), *is = home_of(now);

	return !differ(was, is, "id") && !differ(was, is, "ino");
}

/* ---- comparing ------------------------------------------------------------------ */

static json_t *compare(const json_t *before, const json_t *now)
{
	json_t *index = index_namespaces(show_at(before, "namespaces"));
	json_t *entries = json_object(), *namespaces = json_array();
	json_t *added = json_array(), *row, *rows;
	size_t i;
	int r = index && entries && namespaces && added ? 0 : -1;

	if (r == 0)
		r = index_entries(index, show_at(before, "entries"), entries);
	rows = json_object_get(now, "namespaces");
	json_array_foreach(rows, i, row)
		if (r == 0 && !find(index, row))
			r = json_array_append(namespaces, row);
	rows = json_object_get(now, "entries");
	json_array_foreach(rows, i, row)
		if (r == 0 && is_new_entry(index, entries, row))
			r = json_array_append(added, row);
	json_decref(index);
	json_decref(entries);
	if (r < 0) {
		json_decref(namespaces);
		json_decref(added);
		return NULL;
	}
	return json_pack("{s:O, s:o, s:o}", "since", show_at(before, "at"),
			 "namespaces", namespaces, "entries", added);
}

json_t *compare_new(json_t *before, json_t *now)
{
	if (!compare_counts_on(before, now) &&
	    (complete_entries(before) < 0 || complete_entries(now) < 0 ||
	     forget_numbers(before) < 0))
		return NULL;
	return compare(before, now);
}
