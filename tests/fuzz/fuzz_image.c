/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Images of an engine. With an even first byte the rest is one. With an odd one
 * the rest is so many bytes as the second one says, which become inputs, and
 * what stands behind an image's head: somebody who means harm can make the sum
 * as well. What can be read can be written and read again, and lives on: no
 * crash, no assertion, whatever it takes then.
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n_inputs;

	if (size < 2 || size > 1 << 16)
		return -1;
	if (data[0] % 2 == 0) {
		take(data + 1, size - 1, data, 0);
		return 0;
	}
	n_inputs = data[1] < size - 2 ? data[1] : size - 2;
	take_body(data + 2 + n_inputs, size - 2 - n_inputs, data + 2, n_inputs);
	return 0;
}
