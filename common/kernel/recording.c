/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel/recording.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/kernel/capture.h"

static int complain(const struct recording *recording, const char *path,
		    const char *what)
{
	recording->complain(recording->userdata, path, what);
	return RECORDING_UNUSABLE;
}

__attribute__((format(printf, 2, 3))) static void note(
	struct recording *recording, const char *format, ...)
{
	char **notes, *text;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vasprintf(&text, format, arguments);
	va_end(arguments);
	notes = reallocarray(recording->notes, recording->n_notes + 1,
			     sizeof(*notes));
	if (notes)
		recording->notes = notes;
	if (notes && n >= 0)
		notes[recording->n_notes++] = text;
	else if (n >= 0)
		free(text);
}

/* ---- one file ------------------------------------------------------------- */

static int open_file(const struct recording *recording, const char *path,
		     struct trace *trace, struct capture_file **ret_file)
{
	bool foreign = false;
	int r;

	r = capture_file_open(path, &foreign, ret_file);
	switch (r) {
	case 0:
		break;
	case CAPTURE_UNSUPPORTED:
		return complain(recording, path,
				"built without libpcap: no recording "
				"can be read");
	case CAPTURE_FOREIGN:
		return complain(recording, path,
				"not a recording: no pcap file with "
				"netlink frames");
	case CAPTURE_CUT:
		return complain(recording, path,
				"not a recording: it is shorter than "
				"the header of one");
	default:
		return complain(recording, path, strerror(-r));
	}
	if (trace_init(trace, foreign) == 0)
		return 0;
	*ret_file = capture_file_close(*ret_file);
	return complain(recording, path, strerror(ENOMEM));
}

static int read_frame(struct capture_file *file, struct trace *trace,
		      struct trace_record *ret_record)
{
	struct trace_frame frame;
	int r = capture_file_next(file, &frame);

	if (r != 0)
		return r;
	r = trace_read(trace, &frame, ret_record);
	return r == TRACE_DAMAGED ? CAPTURE_DAMAGED :
	       r == TRACE_FOREIGN ? CAPTURE_FOREIGN :
				    r;
}

/* What the first frame says. */
static int look(const struct recording *recording, struct recording_part *part)
{
	struct trace_record record;
	struct capture_file *file;
	struct trace trace;
	int status, r;

	status = open_file(recording, part->path, &trace, &file);
	if (status)
		return status;
	r = read_frame(file, &trace, &record);
	if (r == 0) {
		part->number = record.begin.file;
		part->start = record.begin.start.at;
	} else if (r == CAPTURE_FOREIGN) {
		status = complain(recording, part->path,
				  "a recording of a version that is not "
				  "known here: take a newer nsidwatch");
	} else if (r == CAPTURE_DAMAGED) {
		status = complain(recording, part->path,
				  "not a recording of nsidwatch, or damaged "
				  "at its beginning");
	} else {
		status = complain(recording, part->path,
				  "cut before its first record: there is "
				  "nothing to judge");
	}
	trace_deinit(&trace);
	capture_file_close(file);
	return status;
}

/* ---- which files ---------------------------------------------------------- */

static int add_part(struct recording *recording, const char *path)
{
	struct recording_part *parts;
	char *copy = strdup(path);

	parts = reallocarray(recording->parts, recording->n_parts + 1,
			     sizeof(*parts));
	if (parts)
		recording->parts = parts;
	if (!parts || !copy) {
		free(copy);
		return complain(recording, path, strerror(ENOMEM));
	}
	parts[recording->n_parts++] = (struct recording_part){ .path = copy };
	return 0;
}

static void drop_part(struct recording *recording, size_t index)
{
	free(recording->parts[index].path);
	recording->n_parts--;
	memmove(&recording->parts[index], &recording->parts[index + 1],
		(recording->n_parts - index) * sizeof(*recording->parts));
}

static bool same_start(const struct recording_part *a,
		       const struct recording_part *b)
{
	return a->start.mono_ns == b->start.mono_ns &&
	       a->start.real_ns == b->start.real_ns;
}

/* One name stands for a ring: of its recordings the last one. */
static int add_ring(struct recording *recording, const char *path)
{
	uint64_t *numbers = NULL;
	ssize_t n = capture_ring(path, &numbers), i;
	int status = 0;
	char *file;

	if (n <= 0) {
		free(numbers);
		return complain(recording, path,
				strerror(n < 0 ? (int)-n : ENOENT));
	}
	for (i = 0; !status && i < n; i++) {
		if (asprintf(&file, "%s.%" PRIu64, path, numbers[i]) < 0)
			file = NULL;
		status = file ? add_part(recording, file) :
				complain(recording, path, strerror(ENOMEM));
		free(file);
	}
	free(numbers);
	return status;
}

/* The last files of a ring that belong together; the last one may be empty,
 * where its writer was killed. */
static int look_at_ring(struct recording *recording)
{
	size_t i, last;
	int status;

	for (i = recording->n_parts; i-- > 0;) {
		status = look(recording, &recording->parts[i]);
		if (status && i + 1 == recording->n_parts && i > 0) {
			drop_part(recording, i);
			recording->missing = true;
			continue;
		}
		last = recording->n_parts - 1;
		if (status)
			return status;
		if (same_start(&recording->parts[i], &recording->parts[last]))
			continue;
		for (i++; i > 0; i--)
			drop_part(recording, 0);
		return 0;
	}
	return 0;
}

static int by_number(const void *left, const void *right)
{
	const struct recording_part *a = left, *b = right;

	return a->number == b->number ? 0 : a->number < b->number ? -1 : 1;
}

static int look_at_files(struct recording *recording)
{
	struct recording_part *parts = recording->parts;
	int status;
	size_t i;

	for (i = 0; i < recording->n_parts; i++) {
		status = look(recording, &parts[i]);
		if (status)
			return status;
		if (!same_start(&parts[i], &parts[0]))
			return complain(recording, parts[i].path,
					"of another recording than the files "
					"before it");
	}
	qsort(parts, recording->n_parts, sizeof(*parts), by_number);
	for (i = 1; i < recording->n_parts; i++)
		if (parts[i].number == parts[i - 1].number)
			return complain(recording, parts[i].path,
					"the same part of the recording as "
					"another file");
	return 0;
}

int recording_open(char *const *paths, int n_paths,
		   recording_complain *on_complaint, void *userdata,
		   struct recording *ret_recording)
{
	struct recording *recording = ret_recording;
	bool ring = n_paths == 1 && access(paths[0], F_OK) != 0;
	int i, status = 0;

	*recording = (struct recording){ .complain = on_complaint,
					 .userdata = userdata };
	if (ring)
		status = add_ring(recording, paths[0]);
	for (i = 0; !ring && !status && i < n_paths; i++)
		status = add_part(recording, paths[i]);
	if (!status)
		status = ring ? look_at_ring(recording) :
				look_at_files(recording);
	if (status)
		recording_close(recording);
	return status;
}

static void close_part(struct recording *recording)
{
	if (!recording->file)
		return;
	recording->file = capture_file_close(recording->file);
	trace_deinit(&recording->trace);
}

void recording_close(struct recording *recording)
{
	close_part(recording);
	while (recording->n_parts > 0)
		drop_part(recording, recording->n_parts - 1);
	free(recording->parts);
	recording->parts = NULL;
	while (recording->n_notes > 0)
		free(recording->notes[--recording->n_notes]);
	free(recording->notes);
	recording->notes = NULL;
}

/* ---- record by record ----------------------------------------------------- */

static const char *name_of(const struct recording_part *part)
{
	const char *slash = strrchr(part->path, '/');

	return slash ? slash + 1 : part->path;
}

/* The part gives no more: is it whole? */
static void note_end(struct recording *recording, int how)
{
	const char *name = name_of(&recording->parts[recording->at]);
	bool last = recording->at + 1 == recording->n_parts;

	if (how == CAPTURE_END && recording->ended &&
	    (!recording->goes_on || !last))
		return;
	recording->missing = true;
	if (how == CAPTURE_END && recording->ended)
		note(recording,
		     "%.128s: the recording goes on in a file that is "
		     "not here",
		     name);
	else if (how == CAPTURE_END || how == CAPTURE_CUT)
		note(recording,
		     "%.128s: cut behind frame %" PRIu64
		     ": what came after is not known",
		     name, recording->frames);
	else
		note(recording,
		     "%.128s: damaged behind frame %" PRIu64
		     ": the rest of it was left out",
		     name, recording->frames);
}

static int next_part(struct recording *recording)
{
	const struct recording_part *part = &recording->parts[recording->at];
	int status;

	recording->frames = 0;
	recording->ended = recording->goes_on = false;
	status = open_file(recording, part->path, &recording->trace,
			   &recording->file);
	return status ? -EIO : 0;
}

/* Between this part and the one before something is missing. */
static bool gap_before(const struct recording *recording, bool whole)
{
	const struct recording_part *part = &recording->parts[recording->at];

	return !whole || part->number != part[-1].number + 1;
}

static int turn(struct recording *recording, int how,
		struct trace_record *ret_record)
{
	struct stamp at = recording->trace.at;
	bool whole = how == CAPTURE_END && recording->ended;
	int r;

	note_end(recording, how);
	close_part(recording);
	if (++recording->at == recording->n_parts)
		return RECORDING_END;
	if (!gap_before(recording, whole))
		return next_part(recording);
	if (whole)
		note(recording, "%.128s: files before it are missing",
		     name_of(&recording->parts[recording->at]));
	r = next_part(recording);
	if (r < 0)
		return r;
	*ret_record = (struct trace_record){
		.type = TRACE_INPUT,
		.at = at,
		.input = { .type = INPUT_GAP, .gap = GAP_RESTART },
	};
	return 0;
}

int recording_next(struct recording *recording, struct trace_record *ret_record)
{
	int r;

	if (recording->at == recording->n_parts)
		return RECORDING_END;
	if (!recording->file) {
		r = next_part(recording);
		if (r < 0)
			return r;
	}
	r = recording->ended ?
		    CAPTURE_END :
		    read_frame(recording->file, &recording->trace, ret_record);
	if (r < 0)
		return r;
	if (r > 0) {
		ret_record->type = TRACE_TYPES;
		r = turn(recording, r, ret_record);
		if (r != 0 || ret_record->type != TRACE_TYPES)
			return r;
		return recording_next(recording, ret_record);
	}
	recording->frames++;
	if (ret_record->type == TRACE_END) {
		recording->ended = true;
		recording->goes_on = ret_record->goes_on;
	}
	return 0;
}
