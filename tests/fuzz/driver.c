/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A plain main for a fuzz target: `make check` replays the corpus with it,
 * where no libFuzzer is at hand. Arguments are inputs or folders of them;
 * without any, fuzz_NAME takes the folder corpus/NAME of the source tree.
 */

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PREFIX "fuzz_"
#define INPUT_MAX (16u << 20) /* bytes */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input lies in memory of just its size, so that sanitizers see its end. */
static int replay_stream(FILE *stream, size_t size)
{
	uint8_t *data = malloc(size ? size : 1);
	int r = -EIO;

	if (!data)
		return -ENOMEM;
	if (fread(data, 1, size, stream) == size) {
		LLVMFuzzerTestOneInput(data, size);
		r = 0;
	}
	free(data);
	return r;
}

static int replay_file(const char *path, off_t size)
{
	FILE *stream;
	int r;

	if (size > INPUT_MAX)
		return -EFBIG;
	stream = fopen(path, "rb");
	if (!stream)
		return -errno;
	/* said before the crash that it may lead to */
	printf("%s\n", path);
	fflush(stdout);
	r = replay_stream(stream, (size_t)size);
	fclose(stream);
	return r;
}

static int replay(const char *path, unsigned int *count);

static int replay_folder(const char *path, unsigned int *count)
{
	struct dirent **list;
	char below[PATH_MAX];
	int n, i, r = 0;

	n = scandir(path, &list, NULL, alphasort);
	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++) {
		if (!r && list[i]->d_name[0] != '.') {
			snprintf(below, sizeof(below), "%s/%s", path,
				 list[i]->d_name);
			r = replay(below, count);
		}
		free(list[i]);
	}
	free(list);
	return r;
}

static int replay(const char *path, unsigned int *count)
{
	struct stat about;
	int r;

	if (stat(path, &about) < 0)
		r = -errno;
	else if (S_ISDIR(about.st_mode))
		return replay_folder(path, count);
	else
		r = replay_file(path, about.st_size);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(-r));
	else
		(*count)++;
	return r;
}

static int replay_own(const char *program, unsigned int *count)
{
	const char *base = strrchr(program, '/');
	const char *tree = getenv("srcdir");
	char path[PATH_MAX];

	base = base ? base + 1 : program;
	if (strncmp(base, PREFIX, strlen(PREFIX)) != 0)
		return -EINVAL;
	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s",
		 tree ? tree : ".", base + strlen(PREFIX));
	return replay(path, count);
}

int main(int argc, char *argv[])
{
	unsigned int count = 0;
	int i, r = 0;

	if (argc < 2)
		r = replay_own(argv[0], &count);
	for (i = 1; i < argc && !r; i++)
		r = replay(argv[i], &count);
	printf("%u inputs\n", count);
	return r || !count ? EXIT_FAILURE : EXIT_SUCCESS;
}
