/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/baseline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/ask.h"
#include "client/compare.h"
#include "client/options.h"
#include "client/show.h"
#include "client/tables.h"
#include "client/verbs.h"
#include "common/kernel/clock.h"
#include "common/wire/interface.h"
#include "common/wire/text.h"

#define KIND "baseline"
#define FORMAT 1
#define BOOT_FILE "/proc/sys/kernel/random/boot_id"
#define BOOT_MAX 64
#define FILE_MAX (1u << 30) /* bytes */

__attribute__((format(printf, 2, 3))) static int failed(const char *file,
							const char *format, ...)
{
	char *escaped = text_escape(file);
	va_list list;

	fprintf(stderr, "nsidwatch: %s: ", escaped ? escaped : "");
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	free(escaped);
	return STATUS_FAILURE;
}

static int out_of_memory(void)
{
	fprintf(stderr, "nsidwatch: out of memory\n");
	return STATUS_FAILURE;
}

/* ---- what is here ---------------------------------------------------------- */

/* The id of this boot; "" where the kernel does not say. */
static void read_boot(char ret_boot[static BOOT_MAX])
{
	int fd = open(BOOT_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret_boot, BOOT_MAX - 1);

	ret_boot[n > 0 ? n : 0] = '\0';
	ret_boot[strcspn(ret_boot, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

/* Since when the daemon counts; one that does not say it leaves it out. */
static int take_counted(const struct options *options, json_t *document)
{
	json_t *about = NULL, *since;
	int status, r = 0;

	status = ask_call(options, INTERFACE_STATUS, NULL, &about);
	since = json_object_get(about, "counted_since");
	if (since)
		r = json_object_set(document, "counted_since", since);
	json_decref(about);
	return r < 0 ? out_of_memory() : status;
}

/* The audit looks at every table, and for names: what is new is known then. */
static int take(const struct options *options, json_t **ret_now)
{
	json_t *audit = NULL, *namespaces = NULL, *entries = NULL;
	int status;

	status = ask_long_call(options, INTERFACE_AUDIT, NULL, ASK_AUDIT_MS,
			       &audit);
	json_decref(audit);
	if (status == STATUS_WELL)
		status = ask_rows(options, INTERFACE_NAMESPACES,
				  tables_key(LIST_NAMESPACES), NULL,
				  &namespaces);
	if (status == STATUS_WELL)
		status = ask_rows(options, INTERFACE_NSIDS,
				  tables_key(LIST_NSIDS), NULL, &entries);
	if (status == STATUS_WELL &&
	    json_object_update(namespaces, entries) < 0)
		status = out_of_memory();
	if (status == STATUS_WELL)
		status = take_counted(options, namespaces);
	json_decref(entries);
	if (status == STATUS_WELL)
		*ret_now = json_incref(namespaces);
	json_decref(namespaces);
	return status;
}

/* ---- baseline --------------------------------------------------------------- */

static int fill(json_t *document)
{
	char boot[BOOT_MAX], at[TEXT_STAMP_MAX];
	struct stamp now;
	json_t *more;
	int r;

	read_boot(boot);
	clock_now(&now);
	text_stamp(now.real_ns, at);
	more = json_pack("{s:s, s:i, s:s, s:s, s:s}", "nsidwatch", KIND,
			 "format", FORMAT, "boot", boot, "at", at, "version",
			 PACKAGE_VERSION);
	r = more ? json_object_update(document, more) : -1;
	json_decref(more);
	return r;
}

/* Whole or not at all: under another name first. */
static int replace(const char *file, const json_t *document)
{
	char *temporary;
	mode_t mask = umask(0);
	int fd, r = -1;

	umask(mask);
	if (asprintf(&temporary, "%s.XXXXXX", file) < 0)
		return -ENOMEM;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd >= 0 && fchmod(fd, 0666 & ~mask) == 0 &&
	    json_dumpfd(document, fd, JSON_INDENT(1)) == 0 && fsync(fd) == 0)
		r = rename(temporary, file);
	r = r < 0 ? -(errno ? errno : EIO) : 0;
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && r < 0)
		unlink(temporary);
	free(temporary);
	return r;
}

/* Something stands there: a file is replaced, a device or a FIFO written to. */
static int write_over(const char *file, int fd, const json_t *document)
{
	struct stat st;
	char *path;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	errno = EIO;
	if (!S_ISREG(st.st_mode))
		return json_dumpfd(document, fd, JSON_INDENT(1)) < 0 ? -errno :
								       0;
	/* A link stays, and what it leads to is replaced. */
	path = realpath(file, NULL);
	if (!path)
		return -errno;
	r = replace(path, document);
	free(path);
	return r;
}

/*
 * Opened first, so that the kernel says whether it may be: as root in another's
 * folder, a link there is not followed (protected_symlinks, proc(5)).
 */
static int write_whole(const char *file, const json_t *document)
{
	struct stat st;
	int fd, r;

	fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		r = write_over(file, fd, document);
		close(fd);
		return r;
	}
	r = -errno;
	/* A link that leads nowhere is no new file. */
	return r == -ENOENT && lstat(file, &st) < 0 ? replace(file, document) :
						      r;
}

static void show_taken(const struct show *show, const json_t *taken)
{
	fprintf(show->stream, "%lld namespaces, %lld entries\n",
		(long long)show_number(taken, "namespaces"),
		(long long)show_number(taken, "entries"));
}

static int tell(const struct options *options, const json_t *document)
{
	json_t *taken;
	struct show show;

	taken = json_pack(
		"{s:I, s:I}", "namespaces",
		(json_int_t)json_array_size(show_at(document, "namespaces")),
		"entries",
		(json_int_t)json_array_size(show_at(document, "entries")));
	if (!taken)
		return out_of_memory();
	show_open(options, false, &show);
	if (show.json)
		show_document(&show, taken, false);
	else
		show_taken(&show, taken);
	json_decref(taken);
	return show_close(&show);
}

int baseline_run(const struct options *options)
{
	const char *file = options->arguments[0];
	json_t *document;
	int status, r;

	status = take(options, &document);
	if (status)
		return status;
	if (fill(document) < 0) {
		status = out_of_memory();
	} else {
		r = write_whole(file, document);
		status = r < 0 ? failed(file, "cannot be written: %s",
					strerror(-r)) :
				 tell(options, document);
	}
	json_decref(document);
	return status;
}

/* ---- a file ----------------------------------------------------------------- */

static bool are_objects(const json_t *rows)
{
	size_t i;

	for (i = 0; i < json_array_size(rows); i++)
		if (!json_is_object(json_array_get(rows, i)))
			return false;
	return json_is_array(rows);
}

static int check_baseline(const char *file, const json_t *document)
{
	const char *kind = show_string(document, "nsidwatch");
	const char *was = show_string(document, "boot");
	char boot[BOOT_MAX];

	if (!kind || strcmp(kind, KIND) != 0)
		return failed(file, "is no baseline: make one with nsidwatch "
				    "baseline");
	if (show_number(document, "format") != FORMAT)
		return failed(
			file,
			"has format %lld, and this version knows %d only: "
			"make a new one with nsidwatch baseline",
			(long long)show_number(document, "format"), FORMAT);
	if (!are_objects(show_at(document, "namespaces")) ||
	    !are_objects(show_at(document, "entries")) || !was)
		return failed(file, "is damaged: namespaces, entries or boot "
				    "are missing, make a new one with "
				    "nsidwatch baseline");
	read_boot(boot);
	if (strcmp(was, boot) != 0)
		return failed(file,
			      "was made before this machine was started, or on "
			      "another one: nothing in it can be compared");
	return STATUS_WELL;
}

static int read_baseline(const char *file, json_t **ret_document)
{
	json_error_t error;
	json_t *document;
	struct stat st;
	int fd, status;

	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		status = failed(file, "cannot be read: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return status;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		close(fd);
		return failed(file, "is no baseline: no regular file, or too "
				    "long");
	}
	document = json_loadfd(fd, JSON_REJECT_DUPLICATES, &error);
	close(fd);
	if (!document)
		return failed(file, "is damaged, or no baseline: line %d: %s",
			      error.line, error.text);
	status = check_baseline(file, document);
	if (status) {
		json_decref(document);
		return status;
	}
	*ret_document = document;
	return STATUS_WELL;
}

/* ---- diff ------------------------------------------------------------------- */

static int show_new(const struct show *show, const json_t *new)
{
	const json_t *namespaces = show_at(new, "namespaces");
	const json_t *entries = show_at(new, "entries");
	int r = 0;

	if (json_array_size(namespaces) + json_array_size(entries) == 0)
		fputs("nothing is new\n", show->stream);
	if (json_array_size(namespaces) > 0) {
		fprintf(show->stream, "%zu new namespaces\n",
			json_array_size(namespaces));
		r = tables_show(show, LIST_NAMESPACES, namespaces);
	}
	if (r == 0 && json_array_size(entries) > 0) {
		fprintf(show->stream, "%s%zu new entries\n",
			json_array_size(namespaces) > 0 ? "\n" : "",
			json_array_size(entries));
		r = tables_show(show, LIST_NSIDS, entries);
	}
	return r;
}

static int tell_new(const struct options *options, const json_t *new)
{
	bool any = json_array_size(show_at(new, "namespaces")) +
			   json_array_size(show_at(new, "entries")) >
		   0;
	struct show show;
	int status, r = 0;

	show_open(options, true, &show);
	if (show.json)
		show_document(&show, new, false);
	else
		r = show_new(&show, new);
	status = show_close(&show);
	if (r < 0)
		return out_of_memory();
	return status == STATUS_WELL && any ? STATUS_FINDINGS : status;
}

/* Numbers that were counted anew tell nothing: is there all else to go by? */
static int check_comparable(const char *file, const json_t *before,
			    const json_t *now)
{
	size_t unknowable;

	if (!compare_homes(before, now))
		return failed(file, "is of another home: the daemon watches "
				    "from another namespace now");
	if (compare_counts_on(before, now))
		return STATUS_WELL;
	unknowable = compare_unknowable(before) + compare_unknowable(now);
	if (unknowable == 0)
		return STATUS_WELL;
	return failed(file,
		      "cannot be compared: the daemon has begun to count anew "
		      "since, and for %zu namespaces neither the kernel's id "
		      "nor an inode is known: make a new one with nsidwatch "
		      "baseline",
		      unknowable);
}

int diff_run(const struct options *options)
{
	json_t *before, *now = NULL, *new;
	int status;

	status = read_baseline(options->arguments[0], &before);
	if (status)
		return status;
	status = take(options, &now);
	if (status == STATUS_WELL)
		status = check_comparable(options->arguments[0], before, now);
	if (status == STATUS_WELL) {
		new = compare_new(before, now);
		status = new ? tell_new(options, new) : out_of_memory();
		json_decref(new);
	}
	json_decref(before);
	json_decref(now);
	return status;
}
