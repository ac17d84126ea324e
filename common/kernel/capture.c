/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/capture.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_LIBPCAP
#include <pcap/pcap.h>
#endif

#define BUFFER_BYTES (1u << 20)
#define FRAME_HEADER_BYTES 16u /* what the file adds to a frame */
#define FILE_HEADER_BYTES 24u
#define NUMBER_MAX 24u /* digits, a dot and a NUL */

/* ---- the files of a ring -------------------------------------------------- */

static int by_number(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a == b ? 0 : a < b ? -1 : 1;
}

/* "NAME.NUMBER", without signs, blanks and leading zeros. */
static bool ring_number(const char *file, const char *name,
			uint64_t *ret_number)
{
	size_t len = strlen(name);
	uint64_t number = 0;
	const char *at;

	if (strncmp(file, name, len) != 0 || file[len] != '.')
		return false;
	at = file + len + 1;
	if (*at < '1' || *at > '9' || strlen(at) > 18)
		return false;
	for (; *at >= '0' && *at <= '9'; at++)
		number = number * 10 + (uint64_t)(*at - '0');
	*ret_number = number;
	return !*at;
}

static int add_number(uint64_t **numbers, size_t *n, size_t *cap,
		      uint64_t number)
{
	size_t more = *cap ? *cap * 2 : 64;
	uint64_t *grown;

	if (*n == *cap) {
		grown = reallocarray(*numbers, more, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		*numbers = grown;
		*cap = more;
	}
	(*numbers)[(*n)++] = number;
	return 0;
}

/* The folder that path lies in, and its last part. */
static DIR *open_folder(const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char *folder;
	DIR *dir;

	*ret_name = slash ? slash + 1 : path;
	folder = slash ? strndup(path, (size_t)(slash - path) + 1) :
			 strdup(".");
	if (!folder)
		return NULL;
	dir = opendir(folder);
	free(folder);
	return dir;
}

ssize_t capture_ring(const char *path, uint64_t **ret_numbers)
{
	uint64_t *numbers = NULL, number;
	size_t n = 0, cap = 0;
	struct dirent *entry;
	const char *name;
	int r = 0;
	DIR *dir;

	errno = ENOMEM;
	dir = open_folder(path, &name);
	if (!dir)
		return -errno;
	while (r == 0 && (entry = readdir(dir)))
		if (ring_number(entry->d_name, name, &number))
			r = add_number(&numbers, &n, &cap, number);
	closedir(dir);
	if (r < 0) {
		free(numbers);
		return r;
	}
	if (n > 0)
		qsort(numbers, n, sizeof(*numbers), by_number);
	*ret_numbers = numbers;
	return (ssize_t)n;
}

#ifdef HAVE_LIBPCAP

/* ---- writing -------------------------------------------------------------- */

struct capture {
	struct capture_options options;
	char *path;	 /* owned; of the options */
	char *file;	 /* owned; what is written now */
	uint64_t number; /* of it, in a ring */
	struct trace trace;
	struct trace_begin begin;
	char release[TRACE_WORD_MAX];
	pcap_t *pcap;	       /* owned */
	pcap_dumper_t *dumper; /* owned; NULL: failed, or not yet open */
	char *buffer;	       /* owned; of the dumper's stream */
	uint64_t bytes;	       /* of this file */
	bool begun;
	int error;
	struct capture_counters counters;
};

static void fail(struct capture *capture, int error)
{
	if (!capture->error)
		capture->error = error;
	if (capture->dumper)
		pcap_dump_close(capture->dumper);
	capture->dumper = NULL;
}

static void forget(const char *path, uint64_t number)
{
	char *file;

	if (asprintf(&file, "%s.%" PRIu64, path, number) < 0)
		return;
	unlink(file);
	free(file);
}

/* The number after the last one; what is beyond the ring goes. */
static int next_number(struct capture *capture)
{
	uint64_t *numbers;
	ssize_t n, i;

	n = capture_ring(capture->path, &numbers);
	if (n < 0)
		return (int)n;
	if (n > 0 && numbers[n - 1] > capture->number)
		capture->number = numbers[n - 1];
	capture->number++;
	for (i = 0; i < n; i++)
		if (numbers[i] + capture->options.files <= capture->number)
			forget(capture->path, numbers[i]);
	free(numbers);
	return 0;
}

static int name_file(struct capture *capture)
{
	char *file;
	int r;

	if (!capture->options.file_bytes) {
		file = strdup(capture->path);
	} else {
		r = next_number(capture);
		if (r < 0)
			return r;
		if (asprintf(&file, "%s.%" PRIu64, capture->path,
			     capture->number) < 0)
			file = NULL;
	}
	if (!file)
		return -ENOMEM;
	free(capture->file);
	capture->file = file;
	return 0;
}

/* libpcap says what went wrong in words; the stream is opened here. */
static int open_dumper(struct capture *capture)
{
	FILE *stream;
	int r = name_file(capture);

	if (r < 0)
		return r;
	stream = fopen(capture->file, "we");
	if (!stream)
		return -errno;
	setvbuf(stream, capture->buffer, _IOFBF, BUFFER_BYTES);
	errno = EIO;
	capture->dumper = pcap_dump_fopen(capture->pcap, stream);
	if (!capture->dumper) {
		r = -errno;
		fclose(stream);
		return r;
	}
	capture->trace.check = 0;
	capture->bytes = FILE_HEADER_BYTES;
	capture->counters.bytes += FILE_HEADER_BYTES;
	capture->counters.files++;
	return 0;
}

static struct capture *capture_free(struct capture *capture)
{
	if (capture->dumper)
		pcap_dump_close(capture->dumper);
	if (capture->pcap)
		pcap_close(capture->pcap);
	trace_deinit(&capture->trace);
	free(capture->buffer);
	free(capture->file);
	free(capture->path);
	free(capture);
	return NULL;
}

int capture_open(const struct capture_options *options,
		 struct capture **ret_capture)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	int r;

	if (!capture)
		return -ENOMEM;
	capture->options = *options;
	capture->path = strdup(options->path);
	capture->buffer = malloc(BUFFER_BYTES);
	snprintf(capture->release, sizeof(capture->release), "%s",
		 options->release);
	capture->pcap = pcap_open_dead_with_tstamp_precision(
		TRACE_LINKTYPE, (int)TRACE_FRAME_MAX,
		PCAP_TSTAMP_PRECISION_NANO);
	r = trace_init(&capture->trace, false);
	if (r == 0 && (!capture->path || !capture->buffer || !capture->pcap))
		r = -ENOMEM;
	if (r == 0)
		r = open_dumper(capture);
	if (r < 0) {
		capture_free(capture);
		return r;
	}
	*ret_capture = capture;
	return 0;
}

static void dump(struct capture *capture, const struct trace_record *record)
{
	struct pcap_pkthdr header = { 0 };
	struct trace_frame frame;

	/* What no frame can hold is too long for the engine's ears as well. */
	if (trace_write(&capture->trace, record, &frame) != 0)
		return;
	header.ts.tv_sec = frame.seconds;
	header.ts.tv_usec = frame.nanoseconds;
	header.len = header.caplen = (bpf_u_int32)frame.len;
	pcap_dump((u_char *)capture->dumper, &header, frame.bytes);
	capture->bytes += frame.len + FRAME_HEADER_BYTES;
	capture->counters.bytes += frame.len + FRAME_HEADER_BYTES;
	capture->counters.frames++;
}

static void dump_begin(struct capture *capture, const struct stamp *at)
{
	const struct trace_record record = {
		.type = TRACE_BEGIN,
		.at = *at,
		.begin = capture->begin,
	};

	dump(capture, &record);
}

void capture_begin(struct capture *capture, const struct settings *settings,
		   const struct start *start)
{
	capture->begin = (struct trace_begin){
		.file = 1,
		.program = PACKAGE_VERSION,
		.release = capture->release,
		.built_batched = capture->options.built_batched,
		.settings = *settings,
		.start = *start,
		.self_nsid = start->self_nsid,
	};
	if (!capture->dumper)
		return;
	capture->begun = true;
	dump_begin(capture, &start->at);
}

static void dump_rows(struct capture *capture, const struct answer *answer)
{
	struct trace_record record = { .type = TRACE_ROWS };
	size_t at, left;

	for (at = 0; at < answer->n_rows; at += record.rows.n_rows) {
		left = answer->n_rows - at;
		record.rows.rows = answer->rows + at;
		record.rows.n_rows = left < TRACE_ROWS_MAX ? left :
							     TRACE_ROWS_MAX;
		dump(capture, &record);
	}
}

void capture_record(struct capture *capture, const struct trace_record *record)
{
	const struct stamp *at = &capture->trace.at;
	struct trace_record moment = { .type = TRACE_MOMENT };

	if (!capture->dumper || !capture->begun)
		return;
	if (record->at.mono_ns != at->mono_ns ||
	    record->at.real_ns != at->real_ns) {
		moment.at = record->at;
		dump(capture, &moment);
	}
	if (record->type == TRACE_SETTINGS)
		capture->begin.settings = record->settings;
	if (record->type == TRACE_INPUT && record->input.type == INPUT_ANSWER)
		dump_rows(capture, record->input.answer);
	dump(capture, record);
}

void capture_flush(struct capture *capture)
{
	FILE *stream;

	if (!capture->dumper)
		return;
	stream = pcap_dump_file(capture->dumper);
	errno = EIO;
	/* What was written in between may have failed as well. */
	if (pcap_dump_flush(capture->dumper) < 0 || ferror(stream))
		fail(capture, -errno);
}

bool capture_full(const struct capture *capture)
{
	return capture->options.file_bytes && capture->dumper &&
	       capture->bytes >= capture->options.file_bytes;
}

static void dump_end(struct capture *capture, bool goes_on)
{
	const struct trace_record record = { .type = TRACE_END,
					     .goes_on = goes_on };

	if (!capture->dumper)
		return;
	if (capture->begun)
		dump(capture, &record);
	capture_flush(capture);
}

void capture_turn(struct capture *capture, int32_t self_nsid)
{
	struct stamp at = capture->trace.at;
	int r;

	dump_end(capture, true);
	if (!capture->dumper)
		return;
	pcap_dump_close(capture->dumper);
	capture->dumper = NULL;
	r = open_dumper(capture);
	if (r < 0) {
		fail(capture, r);
		return;
	}
	capture->begin.file++;
	capture->begin.self_nsid = self_nsid;
	dump_begin(capture, &at);
}

int capture_close(struct capture *capture)
{
	int r;

	if (!capture)
		return 0;
	dump_end(capture, false);
	r = capture->error;
	capture_free(capture);
	return r;
}

int capture_error(const struct capture *capture)
{
	return capture->error;
}

const char *capture_path(const struct capture *capture)
{
	return capture->file;
}

const struct capture_counters *capture_counters(const struct capture *capture)
{
	return &capture->counters;
}

/* ---- reading -------------------------------------------------------------- */

struct capture_file {
	pcap_t *pcap; /* owned */
};

/* Why libpcap would not have it: there is less than a header of it. */
static int refused(FILE *stream)
{
	long size;

	if (fseek(stream, 0, SEEK_END) < 0)
		return CAPTURE_FOREIGN;
	size = ftell(stream);
	return size >= 0 && size < (long)FILE_HEADER_BYTES ? CAPTURE_CUT :
							     CAPTURE_FOREIGN;
}

static int open_stream(FILE *stream, bool *ret_foreign,
		       struct capture_file **ret_file)
{
	char words[PCAP_ERRBUF_SIZE];
	struct capture_file *file;
	pcap_t *pcap;

	pcap = pcap_fopen_offline_with_tstamp_precision(
		stream, PCAP_TSTAMP_PRECISION_NANO, words);
	if (!pcap) {
		int r = refused(stream);

		fclose(stream);
		return r;
	}
	/* From here on the stream is the pcap's. */
	file = pcap_datalink(pcap) == TRACE_LINKTYPE ? malloc(sizeof(*file)) :
						       NULL;
	if (!file) {
		bool ours = pcap_datalink(pcap) == TRACE_LINKTYPE;

		pcap_close(pcap);
		return ours ? -ENOMEM : CAPTURE_FOREIGN;
	}
	file->pcap = pcap;
	*ret_foreign = pcap_is_swapped(pcap);
	*ret_file = file;
	return 0;
}

int capture_file_open(const char *path, bool *ret_foreign,
		      struct capture_file **ret_file)
{
	FILE *stream = fopen(path, "re");

	if (!stream)
		return -errno;
	setvbuf(stream, NULL, _IOFBF, BUFFER_BYTES);
	return open_stream(stream, ret_foreign, ret_file);
}

struct capture_file *capture_file_close(struct capture_file *file)
{
	if (!file)
		return NULL;
	pcap_close(file->pcap);
	free(file);
	return NULL;
}

/* A cut file ends where a frame does not. */
static int next_failed(struct capture_file *file)
{
	FILE *stream = pcap_file(file->pcap);

	if (ferror(stream))
		return -EIO;
	return feof(stream) ? CAPTURE_CUT : CAPTURE_DAMAGED;
}

int capture_file_next(struct capture_file *file, struct trace_frame *ret_frame)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int r;

	r = pcap_next_ex(file->pcap, &header, &bytes);
	if (r == PCAP_ERROR_BREAK)
		return CAPTURE_END;
	if (r != 1)
		return next_failed(file);
	if (header->caplen != header->len || header->caplen > TRACE_FRAME_MAX)
		return CAPTURE_DAMAGED;
	*ret_frame = (struct trace_frame){
		.seconds = (uint32_t)header->ts.tv_sec,
		.nanoseconds = (uint32_t)header->ts.tv_usec,
		.len = header->caplen,
		.bytes = bytes,
	};
	return 0;
}

#else

/* ---- without libpcap ------------------------------------------------------ */

static const struct capture_counters no_counters;

int capture_open(const struct capture_options *options,
		 struct capture **ret_capture)
{
	(void)options, (void)ret_capture;
	return CAPTURE_UNSUPPORTED;
}

int capture_close(struct capture *capture)
{
	(void)capture;
	return 0;
}

void capture_begin(struct capture *capture, const struct settings *settings,
		   const struct start *start)
{
	(void)capture, (void)settings, (void)start;
}

void capture_record(struct capture *capture, const struct trace_record *record)
{
	(void)capture, (void)record;
}

void capture_flush(struct capture *capture)
{
	(void)capture;
}

bool capture_full(const struct capture *capture)
{
	(void)capture;
	return false;
}

void capture_turn(struct capture *capture, int32_t self_nsid)
{
	(void)capture, (void)self_nsid;
}

int capture_error(const struct capture *capture)
{
	(void)capture;
	return 0;
}

const char *capture_path(const struct capture *capture)
{
	(void)capture;
	return "";
}

const struct capture_counters *capture_counters(const struct capture *capture)
{
	(void)capture;
	return &no_counters;
}

int capture_file_open(const char *path, bool *ret_foreign,
		      struct capture_file **ret_file)
{
	(void)path, (void)ret_foreign, (void)ret_file;
	return CAPTURE_UNSUPPORTED;
}

struct capture_file *capture_file_close(struct capture_file *file)
{
	(void)file;
	return NULL;
}

int capture_file_next(struct capture_file *file, struct trace_frame *ret_frame)
{
	(void)file, (void)ret_frame;
	return CAPTURE_END;
}

#endif
