/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Images of an engine. The first byte, by three, says what the rest is:
 *   0  an image
 *   1  so many bytes as the next one says, which become inputs, and what stands
 *      behind an image's head: somebody who means harm can make the sum as well
 *   2  likewise, but the bytes are inputs of the engine whose image it is, and
 *      what follows are places in it with what is changed there, three bytes
 *      each: these stay inputs of use when the format is another one
 * What can be read can be written and read again, and lives on: no crash, no
 * assertion, whatever it takes then.
 */

#include <stdlib.h>
#include <string.h>

#include "common/engine/image.h"
#include "tests/lib/chaos.h"

#define HEAD_BYTES 28
#define SUM_AT 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

/* The same engine comes out of its own image, and the same image of that. */
static struct watch *again(const struct settings *settings, struct watch *watch)
{
	size_t len, second_len;
	void *bytes, *second_bytes;
	struct watch *second;

	must(image_write(watch, &bytes, &len) == 0);
	must(image_read(settings, bytes, len, &second) == 0);
	watch_free(watch);
	must(image_write(second, &second_bytes, &second_len) == 0);
	must(second_len == len && memcmp(second_bytes, bytes, len) == 0);
	free(second_bytes);
	free(bytes);
	return second;
}

static void live_on(const struct settings *settings, struct watch *watch,
		    const uint8_t *inputs, size_t n_inputs)
{
	struct chaos chaos;

	chaos_init(&chaos, settings, inputs, n_inputs, 0, 1000000000);
	watch_free(chaos.watch);
	chaos.watch = watch;
	while (chaos_step(&chaos))
		;
	chaos_deinit(&chaos);
}

static void take(const uint8_t *image, size_t size, const uint8_t *inputs,
		 size_t n_inputs)
{
	struct settings settings = chaos_settings();
	struct watch *watch;
	int r = image_read(&settings, image, size, &watch);

	must(r >= 0);
	if (r == 0)
		live_on(&settings, again(&settings, watch), inputs, n_inputs);
}

/* With a head of its own. */
static void take_body(const uint8_t *body, size_t size, const uint8_t *inputs,
		      size_t n_inputs)
{
	uint8_t *image = calloc(1, HEAD_BYTES + size);
	uint64_t sum = image_sum(body, size);
	int i;

	must(image != NULL);
	memcpy(image, "nsidwatch image\n", 16);
	image[16] = IMAGE_VERSION;
	for (i = 0; i < 8; i++)
		image[SUM_AT + i] = (uint8_t)(sum >> 8 * i);
	memcpy(image + HEAD_BYTES, body, size);
	take(image, HEAD_BYTES + size, inputs, n_inputs);
	free(image);
}

static void change(uint8_t *body, size_t len, const uint8_t *changes,
		   size_t n_changes)
{
	for (; n_changes >= 3; n_changes -= 3, changes += 3)
		body[(changes[0] | changes[1] << 8) % len] ^= changes[2];
}

/* Of an engine that took the inputs. */
static void take_changed(const uint8_t *inputs, size_t n_inputs,
			 const uint8_t *changes, size_t n_changes)
{
	struct settings settings = chaos_settings();
	struct chaos chaos;
	uint8_t *body;
	void *bytes;
	size_t len;

	chaos_init(&chaos, &settings, inputs, n_inputs, 0, 1000000000);
	while (chaos_step(&chaos))
		;
	must(image_write(chaos.watch, &bytes, &len) == 0);
	chaos_deinit(&chaos);
	body = (uint8_t *)bytes + HEAD_BYTES;
	change(body, len - HEAD_BYTES, changes, n_changes);
	take_body(body, len - HEAD_BYTES, inputs, n_inputs);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *rest;
	size_t n_inputs;

	if (size < 2 || size > 1 << 16)
		return -1;
	if (data[0] % 3 == 0) {
		take(data + 1, size - 1, data, 0);
		return 0;
	}
	n_inputs = data[1] < size - 2 ? data[1] : size - 2;
	rest = data + 2 + n_inputs;
	if (data[0] % 3 == 1)
		take_body(rest, size - 2 - n_inputs, data + 2, n_inputs);
	else
		take_changed(data + 2, n_inputs, rest, size - 2 - n_inputs);
	return 0;
}
