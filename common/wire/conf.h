/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Configuration: text -> struct conf. One `Key=Value` a line, `#` or `;`
 * begins a line of comment, an empty value means the default. One table holds
 * every key; nsidwatch.conf(5) is its manual page.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/engine/settings.h"

/* Bytes; the kernel doubles what it is asked for, in an int. */
#define CONF_RECEIVE_BUFFER (64u << 20)
#define CONF_RECEIVE_BUFFER_MIN 2048u
#define CONF_RECEIVE_BUFFER_MAX (1u << 30)

/* Bytes of one file of a recording; a single frame takes up to 64 KiB. */
#define CONF_RECORD_SIZE_MIN (1u << 20)
#define CONF_RECORD_SIZE_MAX (1u << 30)

/* Where namespaces are named: ip(8) and CNI, Docker, and both of a user. */
#define CONF_NAME_FOLDERS \
	"/run/netns /run/docker/netns /run/user/*/netns /run/user/*/docker/netns"

#define CONF_FILE_MAX (1u << 20) /* bytes of one file */
#define CONF_PATH_MAX 4096	 /* bytes, NUL included */
#define CONF_SOCKET_MAX 107	 /* bytes, of a socket's path: unix(7) */

struct conf {
	struct settings settings;
	uint32_t receive_buffer; /* bytes */
	char socket[CONF_PATH_MAX];
	char name_folders[CONF_PATH_MAX]; /* blanks between (discovery.h) */
	char record[CONF_PATH_MAX];	  /* "": nothing is recorded */
	uint32_t record_size;		  /* bytes of one file */
	uint32_t record_files;
	char metrics_file[CONF_PATH_MAX]; /* "": nothing is metered */
	uint64_t metrics_interval_ns;
	char on_finding[CONF_PATH_MAX]; /* "": no program is run */
	uint64_t on_finding_ns;
};

enum conf_outcome {
	CONF_FAULTS = 1, /* each was reported */
};

/*
 * A fault: `line` is 0 where the file as a whole is meant, `reason` is a
 * sentence without a full stop, and quotes what the file says byte for byte:
 * escape it. All borrowed, for the call.
 */
typedef void conf_report(void *userdata, const char *file, unsigned int line,
			 const char *reason);

/* conf_default - what nsidwatch.conf(5) says without any file. */
void conf_default(struct conf *ret_conf);

/*
 * conf_parse - apply `size` bytes of text to conf, which keeps what the text
 * does not mention. Every fault is reported under the name `file`; the lines
 * without one are applied all the same. Returns 0 or CONF_FAULTS.
 */
int conf_parse(struct conf *conf, const char *file, const char *text,
	       size_t size, conf_report *report, void *userdata);

/*
 * conf_read_file - read one file, which has to be there. Returns 0 or
 * CONF_FAULTS; what cannot be read is a fault as well.
 */
int conf_read_file(struct conf *conf, const char *file, conf_report *report,
		   void *userdata);

/*
 * conf_read_folders - read nsidwatch.conf from the first of the `n` folders
 * that has one, then every file of conf.d that ends in .conf, in the
 * order of the file names; a name in an earlier folder hides the same name in
 * later ones. Nothing has to
 * be there. Returns 0, CONF_FAULTS, or -ENOMEM.
 */
int conf_read_folders(struct conf *conf, const char *const folders[], size_t n,
		      conf_report *report, void *userdata);

/* conf_read - from /etc, /run and /usr/lib; or `file` alone unless NULL. */
int conf_read(struct conf *conf, const char *file, conf_report *report,
	      void *userdata);

/*
 * conf_changed - the keys that differ between two configurations and need a
 * restart to take effect, one by one: start with *index 0 and call until NULL.
 */
const char *conf_changed(const struct conf *before, const struct conf *after,
			 size_t *index);

/* conf_keep - take from `after` what needs no restart. */
void conf_keep(struct conf *conf, const struct conf *after);

/*
 * conf_span - "500ms", "1s", "2min 30s", "3h", "1d"; a bare number is seconds.
 * conf_size - "4096", "64K", "64M", "1G", in powers of 1024.
 * Returns 0 or CONF_FAULTS, without a word, where the text is none.
 */
int conf_span(const char *text, uint64_t *ret_span_ns);
int conf_size(const char *text, uint64_t *ret_bytes);

/*
 * conf_key - for the lint and the manual: the keys in the order of the table,
 * from 0, with the default as text; NULL beyond the last.
 */
const char *conf_key(size_t index, const char **ret_default);
