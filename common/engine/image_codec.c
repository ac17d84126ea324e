/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/image_codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A number has ten bytes at most. */
#define NUMBER_BYTES 10

void image_failed(struct image *image, int error)
{
	if (!image->error)
		image->error = error;
}

void image_damaged(struct image *image)
{
	image_failed(image, IMAGE_DAMAGED);
}

/* ---- bytes ---------------------------------------------------------------- */

/* There is room for so many more, or there is an error. */
static bool make_room(struct image *image, size_t more)
{
	size_t cap = image->cap ? image->cap : 4096;
	uint8_t *bytes;

	if (image->error)
		return false;
	if (more > IMAGE_MAX - image->len) {
		image_failed(image, -EFBIG);
		return false;
	}
	while (cap < image->len + more)
		cap *= 2;
	if (cap == image->cap)
		return true;
	bytes = realloc(image->bytes, cap);
	if (!bytes) {
		image_failed(image, -ENOMEM);
		return false;
	}
	image->bytes = bytes;
	image->cap = cap;
	return true;
}

static void put_number(struct image *image, uint64_t value)
{
	if (!make_room(image, NUMBER_BYTES))
		return;
	for (; value > 0x7f; value >>= 7)
		image->bytes[image->len++] = (uint8_t)(value | 0x80);
	image->bytes[image->len++] = (uint8_t)value;
}

static uint64_t get_number(struct image *image)
{
	uint64_t value = 0;
	unsigned int shift;
	uint8_t byte;

	for (shift = 0; shift < 64 && image->at < image->len; shift += 7) {
		byte = image->bytes[image->at++];
		value |= (uint64_t)(byte & 0x7f) << shift;
		/* One way only to write a number, and none above 64 bits. */
		if (byte < 0x80 && (shift == 0 || byte) &&
		    (shift < 63 || byte == 1))
			return value;
		if (byte < 0x80)
			break;
	}
	image_damaged(image);
	return 0;
}

void image_number(struct image *image, uint64_t *value, uint64_t max)
{
	if (image->mode == IMAGE_WRITE)
		put_number(image, *value);
	if (image->mode != IMAGE_READ)
		return;
	*value = image->error ? 0 : get_number(image);
	if (*value <= max)
		return;
	image_damaged(image);
	*value = 0;
}

void image_bytes(struct image *image, const void *bytes, size_t len)
{
	if (len == 0 || !make_room(image, len))
		return;
	memcpy(image->bytes + image->len, bytes, len);
	image->len += len;
}

static void put_text(struct image *image, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	put_number(image, text ? len + 1 : 0);
	image_bytes(image, text, len);
}

/* Where it stands; NULL for none, and after a failure. */
static const uint8_t *get_text(struct image *image, size_t max, size_t *ret_len)
{
	const uint8_t *text = image->bytes + image->at;
	uint64_t len;

	image_number(image, &len, max);
	if (len == 0)
		return NULL;
	text = image->bytes + image->at;
	if (--len > image->len - image->at || memchr(text, '\0', len)) {
		image_damaged(image);
		return NULL;
	}
	image->at += len;
	*ret_len = len;
	return text;
}

const char *image_text(struct image *image, const char *text, char *buf,
		       size_t max)
{
	const uint8_t *at;
	size_t len;

	if (image->mode == IMAGE_WRITE)
		put_text(image, text);
	if (image->mode != IMAGE_READ)
		return text;
	at = get_text(image, max, &len);
	if (!at)
		return NULL;
	memcpy(buf, at, len);
	buf[len] = '\0';
	return buf;
}

/* ---- tables --------------------------------------------------------------- */

static void field_u32(struct image *image, uint32_t *place, uint32_t max)
{
	uint64_t value = *place;

	image_number(image, &value, max);
	*place = (uint32_t)value;
}

/* Small ones are short, whatever their sign. */
static void field_i32(struct image *image, int32_t *place)
{
	uint64_t value = (uint32_t)*place << 1 ^ (*place < 0 ? UINT32_MAX : 0u);

	image_number(image, &value, UINT32_MAX);
	*place = (int32_t)((uint32_t)value >> 1 ^
			   (value & 1 ? UINT32_MAX : 0u));
}

static void field_bool(struct image *image, bool *place)
{
	uint64_t value = *place;

	image_number(image, &value, 1);
	*place = value;
}

static void field_text(struct image *image, char *place, size_t size)
{
	if (!image_text(image, place, place, size)) {
		*place = '\0';
		image_damaged(image);
	}
}

static void field_heap(struct image *image, char **place)
{
	char buf[NAME_MAX_BYTES];
	const char *text = image_text(image, *place, buf, sizeof(buf));

	if (!image_reading(image))
		return;
	*place = text ? strdup(text) : NULL;
	if (text && !*place)
		image_failed(image, -ENOMEM);
}

static void element(struct image *image, void *place, const struct field *field)
{
	switch (field->kind) {
	case FIELD_KIND_U64:
		image_number(image, place, UINT64_MAX);
		return;
	case FIELD_KIND_U32:
		field_u32(image, place, UINT32_MAX);
		return;
	case FIELD_KIND_I32:
		field_i32(image, place);
		return;
	case FIELD_KIND_BOOL:
		field_bool(image, place);
		return;
	case FIELD_KIND_ENUM:
		field_u32(image, place, field->count - 1);
		return;
	case FIELD_KIND_TEXT:
		field_text(image, place, field->count);
		return;
	case FIELD_KIND_HEAP:
		field_heap(image, place);
		return;
	case FIELD_KIND_NONE:
		return;
	}
}

/* How far apart the elements of an array stand; 0: there is only one. */
static size_t stride(enum field_kind kind)
{
	switch (kind) {
	case FIELD_KIND_U64:
		return sizeof(uint64_t);
	case FIELD_KIND_U32:
	case FIELD_KIND_I32:
		return sizeof(uint32_t);
	case FIELD_KIND_BOOL:
		return sizeof(bool);
	case FIELD_KIND_ENUM:
	case FIELD_KIND_TEXT:
	case FIELD_KIND_HEAP:
	case FIELD_KIND_NONE:
		break;
	}
	return 0;
}

void image_fields(struct image *image, void *object, const struct field *fields,
		  size_t n_fields)
{
	size_t i, k, step;
	char *place;

	/* None of them refers to anybody. */
	if (image->mode == IMAGE_COLLECT)
		return;
	for (i = 0; i < n_fields; i++) {
		place = (char *)object + fields[i].offset;
		step = stride(fields[i].kind);
		element(image, place, &fields[i]);
		for (k = 1; step && k < fields[i].count; k++)
			element(image, place + k * step, &fields[i]);
	}
}

/* ---- lists ---------------------------------------------------------------- */

bool image_more(struct image *image, bool more)
{
	field_bool(image, &more);
	return more && !image->error;
}

void *image_item(struct image *image, void *at_hand, size_t size)
{
	void *item;

	if (!image_more(image, at_hand != NULL))
		return NULL;
	if (!image_reading(image))
		return at_hand;
	item = calloc(1, size);
	if (!item)
		image_failed(image, -ENOMEM);
	return item;
}

/* ---- references ----------------------------------------------------------- */

static int by_serial(const void *a, const void *b)
{
	const struct netns *left = *(struct netns *const *)a;
	const struct netns *right = *(struct netns *const *)b;

	return left->serial < right->serial ? -1 : left->serial > right->serial;
}

static uint64_t place_of(const struct image *image, const struct netns *netns)
{
	struct netns **found = bsearch(&netns, image->netnses, image->n_netnses,
				       sizeof(*image->netnses), by_serial);

	return (uint64_t)(found - image->netnses);
}

void image_add_netns(struct image *image, struct netns *netns)
{
	size_t cap = image->cap_netnses ? image->cap_netnses * 2 : 64;
	struct netns **netnses;

	if (image->n_netnses == image->cap_netnses) {
		netnses = reallocarray(image->netnses, cap, sizeof(*netnses));
		if (!netnses) {
			image_failed(image, -ENOMEM);
			return;
		}
		image->netnses = netnses;
		image->cap_netnses = cap;
	}
	image->netnses[image->n_netnses++] = netns;
}

void image_sort_netnses(struct image *image)
{
	qsort(image->netnses, image->n_netnses, sizeof(*image->netnses),
	      by_serial);
}

/* Those that are off are only found by whoever refers to them. */
static void collect(struct image *image, struct netns *netns)
{
	if (!netns || !netns->off || netns->mark == image->watch->verify.walk)
		return;
	netns->mark = image->watch->verify.walk;
	image_add_netns(image, netns);
}

/* 0 is none. */
static void pick(struct image *image, struct netns **netns)
{
	uint64_t place = 0;

	if (image->mode == IMAGE_COLLECT)
		collect(image, *netns);
	else if (!image_reading(image) && *netns && !image->error)
		place = place_of(image, *netns) + 1;
	image_number(image, &place, image->n_netnses);
	if (image_reading(image))
		*netns = place ? image->netnses[place - 1] : NULL;
}

void image_netns_or_none(struct image *image, struct netns **netns)
{
	pick(image, netns);
	if (image_reading(image) && *netns)
		netns_ref(*netns);
}

void image_netns(struct image *image, struct netns **netns)
{
	image_netns_or_none(image, netns);
	if (*netns)
		return;
	image_damaged(image);
	*netns = netns_ref(image->watch->ledger.home);
}

void image_netns_borrowed(struct image *image, struct netns **netns)
{
	pick(image, netns);
	if (*netns && !(*netns)->off)
		return;
	image_damaged(image);
	*netns = image->watch->ledger.home;
}

struct entry *image_entry(struct image *image, struct entry *entry)
{
	struct netns *holder = entry ? entry->holder : NULL;
	int32_t nsid = entry ? entry->nsid : 0;

	image_netns_borrowed(image, &holder);
	field_i32(image, &nsid);
	if (!image_reading(image))
		return entry;
	entry = numbers_find(&holder->entries, nsid);
	if (!entry)
		image_damaged(image);
	return entry;
}
