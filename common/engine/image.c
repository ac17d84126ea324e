/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/image_codec.h"
#include "common/engine/image_parts.h"

#define MAGIC "nsidwatch image\n"
#define MAGIC_BYTES 16
/* Magic, version and sum, these two little endian. */
#define HEAD_BYTES (MAGIC_BYTES + 4 + 8)

static const struct field start_fields[] = {
	FIELD_STAMP(start, at),
	FIELD_IDENTITY(start, home),
	FIELD(start, home_is_first),
	FIELD(start, self_nsid),
};

static const struct field watch_fields[] = {
	FIELD_STAMP(watch, now),
	FIELD(watch, seq),
	FIELD(watch, drained_ns),
	FIELD(watch, deadline_ns),
	FIELD(watch, counters.seq),
	FIELD(watch, counters.news),
	FIELD(watch, counters.dels),
	FIELD(watch, counters.ignored),
	FIELD_ARRAY(watch, counters.gaps),
	FIELD(watch, counters.audits),
	FIELD(watch, counters.inversions),
	FIELD(watch, counters.phantoms),
	FIELD(watch, counters.unheard),
	FIELD(watch, counters.unattributed),
	FIELD(watch, counters.doubts),
	FIELD(watch, counters.beyond),
	FIELD_NONE(watch, counters.untaken),
	FIELD_ARRAY(watch, beyond),
	FIELD(watch, audit.running),
	FIELD(watch, audit.serial),
	FIELD(watch, audit.holders),
	FIELD(watch, audit.entries),
	FIELD(watch, audit.mismatches),
	FIELD(watch, audit.unanswered),
	FIELD(watch, audit.beyond),
	FIELD(watch, audit_question),
	FIELD(watch, canary),
	FIELD(watch, relearn),
	FIELD(watch, ready),
	/* of the shell */
	FIELD_NONE(watch, settings),
	/* parts, before and after */
	FIELD_NONE(watch, start),
	FIELD_NONE(watch, ledger),
	FIELD_NONE(watch, names),
	FIELD_NONE(watch, passes),
	FIELD_NONE(watch, sync),
	FIELD_NONE(watch, verify),
	FIELD_NONE(watch, findings),
	FIELD_NONE(watch, accounts),
	FIELD_NONE(watch, linger),
	FIELD_NONE(watch, untold),
	FIELD_NONE(watch, n_untold),
	FIELD_NONE(watch, cap_untold),
	FIELD_NONE(watch, ring),
	FIELD_NONE(watch, ring_size),
	FIELD_NONE(watch, ring_from),
	FIELD_NONE(watch, notices),
	FIELD_NONE(watch, notice_head),
	FIELD_NONE(watch, notice_tail),
	FIELD_NONE(watch, audit_left),
};

static const struct field linger_fields[] = {
	FIELD(linger, due_ns),
	FIELD(linger, del_ns),
	FIELD_NONE(linger, n),
};

static const struct field event_fields[] = {
	FIELD_STAMP(event, at),
	FIELD(event, holder),
	FIELD(event, nsid),
	FIELD_ENUM(event, type, EVENT_DEL + 1),
};

static const struct field untold_fields[] = {
	FIELD_STAMP(untold, event.at),
	FIELD(untold, event.holder),
	FIELD(untold, event.nsid),
	FIELD_ENUM(untold, event.type, EVENT_DEL + 1),
	FIELD(untold, seq),
};

static const struct field notice_fields[] = {
	FIELD_ENUM(notice, type, NOTICE_LINGERED + 1),
	FIELD(notice, id),
};

/* ---- what the facade keeps itself ----------------------------------------- */

/* Those that are kept, oldest first: in a smaller ring the last ones stay. */
static void events(struct image *image, struct watch *watch)
{
	uint64_t oldest, seq;
	struct event *slot;

	(void)watch_event(watch, watch->seq, &oldest);
	image_number(image, &oldest, UINT64_MAX);
	if (oldest == 0 || oldest > watch->seq + 1)
		image_damaged(image);
	for (seq = oldest; seq <= watch->seq && !image->error; seq++) {
		slot = &watch->ring[(seq - 1) % watch->ring_size];
		IMAGE_FIELDS(image, slot, event_fields);
	}
	if (image_reading(image))
		watch->ring_from = oldest - 1;
}

static void untold(struct image *image, struct watch *watch)
{
	struct untold *more, one = { 0 };
	uint32_t i;

	for (i = 0; image_more(image, i < watch->n_untold); i++) {
		if (!image_reading(image))
			one = watch->untold[i];
		IMAGE_FIELDS(image, &one, untold_fields);
		if (!image_reading(image))
			continue;
		more = i < UNTOLD ? reallocarray(watch->untold, i + 1,
						 sizeof(*more)) :
				    NULL;
		if (!more) {
			image_failed(image,
				     i < UNTOLD ? -ENOMEM : IMAGE_DAMAGED);
			return;
		}
		more[i] = one;
		watch->untold = more;
		watch->n_untold = watch->cap_untold = i + 1;
	}
}

static void notices(struct image *image, struct watch *watch)
{
	struct notice one = { 0 };
	uint64_t at = watch->notice_tail;

	while (image_more(image, at < watch->notice_head)) {
		if (!image_reading(image))
			one = watch->notices[at++ % NOTICES];
		IMAGE_FIELDS(image, &one, notice_fields);
		if (image_reading(image))
			watch_notice(watch, one.type, one.id);
	}
}

/* Whom an audit still waits for, and who lingers. */
static void count_netnses(struct watch *watch)
{
	const struct netns *netns = watch->ledger.netnses;

	for (; netns; netns = netns->next) {
		watch->linger.n += netns->lingers;
		watch->audit_left += watch->audit.running &&
				     netns->audit_serial == watch->audit.serial;
	}
}

/* An audit that waits for nobody has ended. */
static void own(struct image *image, struct watch *watch)
{
	IMAGE_FIELDS(image, watch, watch_fields);
	IMAGE_FIELDS(image, &watch->linger, linger_fields);
	events(image, watch);
	untold(image, watch);
	notices(image, watch);
	if (!image_reading(image))
		return;
	count_netnses(watch);
	if (watch->audit.running && !watch->audit_left)
		image_damaged(image);
}

static void all(struct image *image)
{
	image_netnses(image);
	image_tables(image);
	image_names(image);
	image_verify(image);
	image_idle(image);
	image_sync(image);
	image_passes(image);
	own(image, image->watch);
}

/* ---- the envelope --------------------------------------------------------- */

uint64_t image_sum(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint64_t sum = 0xcbf29ce484222325ull;

	for (; len > 0; len--)
		sum = (sum ^ *at++) * 0x100000001b3ull;
	return sum;
}

static void put_fixed(uint8_t *at, uint64_t value, size_t bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		*at++ = (uint8_t)value;
}

static uint64_t get_fixed(const uint8_t *at, size_t bytes)
{
	uint64_t value = 0;

	while (bytes > 0)
		value = value << 8 | at[--bytes];
	return value;
}

/* ---- writing -------------------------------------------------------------- */

/* All that are there, and those that somebody still refers to. */
static void collect(struct image *image)
{
	struct netns *netns = image->watch->ledger.netnses;

	image->mode = IMAGE_COLLECT;
	image->watch->verify.walk++;
	for (; netns; netns = netns->next)
		image_add_netns(image, netns);
	all(image);
	image_sort_netnses(image);
}

static void write_all(struct image *image)
{
	uint8_t head[HEAD_BYTES] = MAGIC;

	put_fixed(head + MAGIC_BYTES, IMAGE_VERSION, 4);
	image_bytes(image, head, sizeof(head));
	IMAGE_FIELDS(image, &image->watch->start, start_fields);
	all(image);
	if (image->error)
		return;
	put_fixed(image->bytes + MAGIC_BYTES + 4,
		  image_sum(image->bytes + HEAD_BYTES, image->len - HEAD_BYTES),
		  8);
}

int image_write(struct watch *watch, void **ret_bytes, size_t *ret_len)
{
	struct image image = { .watch = watch };

	collect(&image);
	image.mode = IMAGE_WRITE;
	if (!image.error)
		write_all(&image);
	free(image.netnses);
	if (image.error) {
		free(image.bytes);
		return image.error;
	}
	*ret_bytes = image.bytes;
	*ret_len = image.len;
	return 0;
}

/* ---- reading -------------------------------------------------------------- */

static int check_head(const uint8_t *bytes, size_t len)
{
	if (len < HEAD_BYTES || len > IMAGE_MAX ||
	    memcmp(bytes, MAGIC, MAGIC_BYTES) != 0)
		return IMAGE_DAMAGED;
	if (get_fixed(bytes + MAGIC_BYTES, 4) != IMAGE_VERSION)
		return IMAGE_FOREIGN;
	if (get_fixed(bytes + MAGIC_BYTES + 4, 8) !=
	    image_sum(bytes + HEAD_BYTES, len - HEAD_BYTES))
		return IMAGE_DAMAGED;
	return 0;
}

/* What a new engine wants at once, this one has asked long ago. */
static int make_empty(const struct settings *settings,
		      const struct start *start, struct watch **ret_watch)
{
	struct netns *home;
	int r;

	r = watch_new(settings, start, ret_watch);
	if (r < 0)
		return r;
	home = (*ret_watch)->ledger.home;
	home->wish = WISH_NONE;
	home->wish_prev = home->wish_next = NULL;
	sync_init(&(*ret_watch)->sync);
	return 0;
}

/* Nobody refers to these: such were never written. */
static void drop_strays(struct image *image)
{
	size_t i;

	for (i = 0; i < image->n_netnses; i++) {
		if (image->netnses[i]->refs)
			continue;
		image_damaged(image);
		netns_unref(netns_ref(image->netnses[i]));
	}
}

int image_read(const struct settings *settings, const void *bytes, size_t len,
	       struct watch **ret_watch)
{
	struct image image = { .mode = IMAGE_READ, .len = len };
	struct start start = { 0 };
	int r;

	r = check_head(bytes, len);
	if (r != 0)
		return r;
	image.bytes = (uint8_t *)bytes; /* which are only read */
	image.at = HEAD_BYTES;
	IMAGE_FIELDS(&image, &start, start_fields);
	r = make_empty(settings, &start, &image.watch);
	if (r < 0)
		return r;
	all(&image);
	if (image.at != image.len)
		image_damaged(&image);
	drop_strays(&image);
	free(image.netnses);
	if (image.error) {
		watch_free(image.watch);
		return image.error;
	}
	*ret_watch = image.watch;
	return 0;
}
