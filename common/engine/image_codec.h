/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What image_*.c write and read with. Each function goes in both directions,
 * so that the two cannot differ: it takes a place, and writes what is there, or
 * fills it from the bytes. A struct's members are the rows of a table.
 *
 * Failures are kept in the image and looked at where a loop must end and at the
 * end. What is read is well formed at any moment, so that watch_free() can take
 * it: where the bytes name nothing that is there, home stands in.
 */

#include "common/engine/image.h"
#include "common/engine/state.h"

enum image_mode {
	IMAGE_COLLECT, /* nothing is written: which netnses are there? */
	IMAGE_WRITE,
	IMAGE_READ,
};

struct image {
	enum image_mode mode;
	struct watch *watch; /* borrowed */
	uint8_t *bytes;	     /* owned, but for IMAGE_READ */
	size_t len, cap, at;
	int error;		/* -ENOMEM, -EFBIG, IMAGE_DAMAGED */
	struct netns **netnses; /* owned; all of them, by serial */
	size_t n_netnses, cap_netnses;
};

enum field_kind {
	FIELD_KIND_NONE,
	FIELD_KIND_U64,
	FIELD_KIND_U32,
	FIELD_KIND_I32,
	FIELD_KIND_BOOL,
	FIELD_KIND_ENUM, /* `count` values */
	FIELD_KIND_TEXT, /* `count` bytes, NUL included */
	FIELD_KIND_HEAP, /* a text of its own, or NULL */
};

struct field {
	size_t offset;
	enum field_kind kind;
	uint32_t count; /* of elements, where the kind says nothing else */
};

#define FIELD_MEMBER(type, member) (((struct type *)0)->member)
#define FIELD_KIND_OF(value)                \
	_Generic((value), uint64_t          \
		 : FIELD_KIND_U64, uint32_t \
		 : FIELD_KIND_U32, int32_t  \
		 : FIELD_KIND_I32, bool     \
		 : FIELD_KIND_BOOL)
#define FIELD_AT(type, member, kind, count)                \
	{                                                  \
		offsetof(struct type, member), kind, count \
	}

/* A number or a truth. */
#define FIELD(type, member) \
	FIELD_AT(type, member, FIELD_KIND_OF(FIELD_MEMBER(type, member)), 1)
/* An array of them. */
#define FIELD_ARRAY(type, member)                                            \
	FIELD_AT(type, member, FIELD_KIND_OF(FIELD_MEMBER(type, member[0])), \
		 sizeof(FIELD_MEMBER(type, member)) /                        \
			 sizeof(FIELD_MEMBER(type, member[0])))
#define FIELD_ENUM(type, member, values) \
	FIELD_AT(type, member, FIELD_KIND_ENUM, values)
#define FIELD_TEXT(type, member)                \
	FIELD_AT(type, member, FIELD_KIND_TEXT, \
		 sizeof(FIELD_MEMBER(type, member)))
#define FIELD_HEAP(type, member) FIELD_AT(type, member, FIELD_KIND_HEAP, 1)
#define FIELD_STAMP(type, member) \
	FIELD(type, member.mono_ns), FIELD(type, member.real_ns)
#define FIELD_IDENTITY(type, member) \
	FIELD(type, member.id), FIELD(type, member.dev), FIELD(type, member.ino)
/* What is made anew by reading, or is said by the code beside the table. */
#define FIELD_NONE(type, member) FIELD_AT(type, member, FIELD_KIND_NONE, 0)

#define IMAGE_FIELDS(image, object, fields) \
	image_fields(image, object, fields, sizeof(fields) / sizeof(*(fields)))

static inline bool image_reading(const struct image *image)
{
	return image->mode == IMAGE_READ;
}

/* image_failed - for this reason; the first one stays. */
void image_failed(struct image *image, int error);

/* image_damaged - what was read cannot be. */
void image_damaged(struct image *image);

/* image_bytes - these as they are: for writing only. */
void image_bytes(struct image *image, const void *bytes, size_t len);

/* image_number - one number, max at most. */
void image_number(struct image *image, uint64_t *value, uint64_t max);

/* image_fields - the members of an object that the table has. */
void image_fields(struct image *image, void *object, const struct field *fields,
		  size_t n_fields);

/* image_text - shorter than max; NULL is none. Reading fills buf, of max. */
const char *image_text(struct image *image, const char *text, char *buf,
		       size_t max);

/*
 * image_more - does a list go on? Takes what is at hand when writing. False
 * after a failure too.
 */
bool image_more(struct image *image, bool more);

/*
 * image_item - the next object of a list: the one at hand, or a new one of so
 * many bytes, all zero, which is the caller's to link. NULL at the end.
 */
void *image_item(struct image *image, void *at_hand, size_t size);

/* image_add_netns, image_sort_netnses - fill image->netnses. */
void image_add_netns(struct image *image, struct netns *netns);
void image_sort_netnses(struct image *image);

/*
 * image_netns - a reference, owned; image_netns_or_none() may be NULL,
 * image_netns_borrowed() is neither owned nor off.
 */
void image_netns(struct image *image, struct netns **netns);
void image_netns_or_none(struct image *image, struct netns **netns);
void image_netns_borrowed(struct image *image, struct netns **netns);

/* image_entry - an entry of anybody; NULL and damaged where there is none. */
struct entry *image_entry(struct image *image, struct entry *entry);
