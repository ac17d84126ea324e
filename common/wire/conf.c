/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/wire/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/wire/interface.h"

#define LINE_MAX_BYTES (CONF_PATH_MAX + 256)
#define FAULTS_SHOWN 20

#define MS 1000000ull
#define S (1000 * MS)
#define MIN (60 * S)
#define H (60 * MIN)
#define D (24 * H)

/* ---- values --------------------------------------------------------------- */

enum value_type {
	VALUE_SPAN,  /* uint64_t, ns */
	VALUE_COUNT, /* uint32_t */
	VALUE_SIZE,  /* uint32_t, bytes */
	VALUE_ADOPT, /* enum adopt */
	VALUE_PATH,  /* char[CONF_PATH_MAX] */
	VALUE_MAYBE, /* likewise, or nothing */
	VALUE_PROM,  /* likewise, or nothing: one that ends in .prom */
	VALUE_PATHS, /* likewise: several with blanks between */
};

struct row {
	const char *key;
	enum value_type type;
	size_t offset;	    /* in struct conf */
	uint64_t min, max;  /* of a number; max: bytes of a path */
	const char *normal; /* the default, as in the manual */
	const char *range;  /* the range, as in the manual */
	bool restart;	    /* a reload cannot change it */
};

#define SETTING(member) offsetof(struct conf, settings.member)
#define LONGEST (CONF_PATH_MAX - 1)

static const struct row rows[] = {
	{ "SettleTime", VALUE_SPAN, SETTING(settle_ns), 10 * MS, MIN, "1s",
	  "10ms to 1min", false },
	{ "OverdueTime", VALUE_SPAN, SETTING(overdue_ns), S, D, "2min",
	  "1s to 1d", false },
	{ "LingerTime", VALUE_SPAN, SETTING(linger_ns), S, D, "2min",
	  "1s to 1d", false },
	{ "HistoryTime", VALUE_SPAN, SETTING(history_ns), S, 30 * D, "10min",
	  "1s to 30d", false },
	{ "AuditRound", VALUE_SPAN, SETTING(audit_round_ns), 10 * S, D, "10min",
	  "10s to 1d", false },
	{ "HousekeepingTime", VALUE_SPAN, SETTING(housekeeping_ns), 10 * S, H,
	  "30s", "10s to 1h", false },
	{ "History", VALUE_COUNT, SETTING(history), 16, 1000000, "4096",
	  "16 to 1000000", true },
	{ "MaxHolders", VALUE_COUNT, SETTING(max_holders), 1, 1000000, "65536",
	  "1 to 1000000", false },
	{ "MaxEntries", VALUE_COUNT, SETTING(max_entries), 1, 10000000,
	  "262144", "1 to 10000000", false },
	{ "MaxNames", VALUE_COUNT, SETTING(max_names), 1, 1000000, "65536",
	  "1 to 1000000", false },
	{ "Adopt", VALUE_ADOPT, SETTING(adopt), 0, 0, "no", "no, named or all",
	  false },
	{ "NameFolders", VALUE_PATHS, offsetof(struct conf, name_folders), 0,
	  LONGEST, CONF_NAME_FOLDERS,
	  "absolute paths of at most 4095 bytes in all", false },
	{ "ReceiveBuffer", VALUE_SIZE, offsetof(struct conf, receive_buffer),
	  CONF_RECEIVE_BUFFER_MIN, CONF_RECEIVE_BUFFER_MAX, "64M", "2K to 1G",
	  true },
	{ "Socket", VALUE_PATH, offsetof(struct conf, socket), 0,
	  CONF_SOCKET_MAX, INTERFACE_SOCKET,
	  "an absolute path of at most 107 bytes", true },
	{ "Record", VALUE_MAYBE, offsetof(struct conf, record), 0, LONGEST, "",
	  "an absolute path of at most 4095 bytes, or nothing", true },
	{ "RecordSize", VALUE_SIZE, offsetof(struct conf, record_size),
	  CONF_RECORD_SIZE_MIN, CONF_RECORD_SIZE_MAX, "64M", "1M to 1G", true },
	{ "RecordFiles", VALUE_COUNT, offsetof(struct conf, record_files), 2,
	  10000, "8", "2 to 10000", true },
	{ "MetricsFile", VALUE_PROM, offsetof(struct conf, metrics_file), 0,
	  LONGEST, "",
	  "an absolute path of at most 4095 bytes that ends in .prom, or "
	  "nothing",
	  true },
	{ "MetricsInterval", VALUE_SPAN,
	  offsetof(struct conf, metrics_interval_ns), S, MIN, "15s",
	  "1s to 1min", true },
	{ "OnFinding", VALUE_MAYBE, offsetof(struct conf, on_finding), 0,
	  LONGEST, "", "an absolute path of at most 4095 bytes, or nothing",
	  false },
	{ "OnFindingTime", VALUE_SPAN, offsetof(struct conf, on_finding_ns), S,
	  10 * MIN, "10s", "1s to 10min", false },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

struct unit {
	const char *name;
	uint64_t factor;
};

/* Digits; false where there are none, or too many. */
static bool read_number(const char **at, uint64_t *ret_number)
{
	uint64_t number = 0;
	const char *p = *at;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(number, 10u, &number) ||
		    __builtin_add_overflow(number, (unsigned int)(*p - '0'),
					   &number))
			return false;
	*at = p;
	*ret_number = number;
	return true;
}

/* Letters that name a unit; no letters mean the unit with the empty name. */
static bool read_unit(const char **at, const struct unit *units,
		      uint64_t *ret_factor)
{
	size_t length = strspn(*at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM"
				    "NOPQRSTUVWXYZ");

	for (; units->name; units++)
		if (strlen(units->name) == length &&
		    strncmp(units->name, *at, length) == 0)
			break;
	if (!units->name)
		return false;
	*at += length;
	*ret_factor = units->factor;
	return true;
}

int conf_span(const char *text, uint64_t *ret_span_ns)
{
	static const struct unit spans[] = {
		{ "", S },	{ "us", 1000 }, { "ms", MS }, { "s", S },
		{ "min", MIN }, { "h", H },	{ "d", D },   { NULL, 0 },
	};
	uint64_t span = 0, part, factor;

	do {
		if (!read_number(&text, &part) ||
		    !read_unit(&text, spans, &factor) ||
		    __builtin_mul_overflow(part, factor, &part) ||
		    __builtin_add_overflow(span, part, &span))
			return CONF_FAULTS;
		text += strspn(text, " \t");
	} while (*text);
	*ret_span_ns = span;
	return 0;
}

int conf_size(const char *text, uint64_t *ret_bytes)
{
	static const struct unit sizes[] = {
		{ "", 1 },	   { "K", 1u << 10 }, { "M", 1u << 20 },
		{ "G", 1u << 30 }, { NULL, 0 },
	};
	uint64_t bytes, factor;

	if (!read_number(&text, &bytes) || !read_unit(&text, sizes, &factor) ||
	    *text || __builtin_mul_overflow(bytes, factor, &bytes))
		return CONF_FAULTS;
	*ret_bytes = bytes;
	return 0;
}

static int read_count(const char *text, uint64_t *ret_count)
{
	if (!read_number(&text, ret_count) || *text)
		return CONF_FAULTS;
	return 0;
}

static int read_adopt(const char *text, enum adopt *ret_adopt)
{
	static const struct {
		const char *word;
		enum adopt adopt;
	} words[] = {
		{ "no", ADOPT_NO },
		{ "named", ADOPT_NAMED },
		{ "all", ADOPT_ALL },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, text) == 0) {
			*ret_adopt = words[i].adopt;
			return 0;
		}
	return CONF_FAULTS;
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), n = strlen(end);

	return length > n && strcmp(text + length - n, end) == 0;
}

/* Blanks between absolute paths, and one at least. */
static bool are_paths(const char *text)
{
	static const char blanks[] = " \t";

	if (!*text)
		return false;
	for (; *text; text += strspn(text, blanks)) {
		if (*text != '/')
			return false;
		text += strcspn(text, blanks);
	}
	return true;
}

static bool in_range(const struct row *row, uint64_t value)
{
	return value >= row->min && value <= row->max;
}

/* Nothing is one, where the row says so; else it is not empty. */
static bool is_path(const struct row *row, const char *text)
{
	if (!*text)
		return row->type == VALUE_MAYBE || row->type == VALUE_PROM;
	if (strlen(text) > row->max)
		return false;
	if (row->type == VALUE_PATHS)
		return are_paths(text);
	return *text == '/' &&
	       (row->type != VALUE_PROM || ends_in(text, ".prom"));
}

#define FORM (CONF_FAULTS + 1) /* no such value at all, whatever the range */

/* One value into its place, which a fault leaves as it was. */
static int row_apply(const struct row *row, struct conf *conf, const char *text)
{
	char *place = (char *)conf + row->offset;
	uint64_t value = 0;
	int r = 0;

	switch (row->type) {
	case VALUE_SPAN:
		r = conf_span(text, &value);
		break;
	case VALUE_COUNT:
		r = read_count(text, &value);
		break;
	case VALUE_SIZE:
		r = conf_size(text, &value);
		break;
	case VALUE_ADOPT:
		return read_adopt(text, (enum adopt *)place);
	case VALUE_MAYBE:
	case VALUE_PROM:
	case VALUE_PATH:
	case VALUE_PATHS:
		if (!is_path(row, text))
			return CONF_FAULTS;
		memcpy(place, text, strlen(text) + 1);
		return 0;
	}
	if (r != 0)
		return FORM;
	if (!in_range(row, value))
		return CONF_FAULTS;
	if (row->type == VALUE_SPAN)
		*(uint64_t *)place = value;
	else
		*(uint32_t *)place = (uint32_t)value;
	return 0;
}

void conf_default(struct conf *ret_conf)
{
	size_t i;

	*ret_conf = (struct conf){ .settings = settings_default() };
	for (i = 0; i < ROWS; i++)
		row_apply(&rows[i], ret_conf, rows[i].normal);
}

const char *conf_key(size_t index, const char **ret_default)
{
	if (index >= ROWS)
		return NULL;
	*ret_default = rows[index].normal;
	return rows[index].key;
}

static size_t row_size(const struct row *row)
{
	switch (row->type) {
	case VALUE_SPAN:
		return sizeof(uint64_t);
	case VALUE_COUNT:
	case VALUE_SIZE:
		return sizeof(uint32_t);
	case VALUE_ADOPT:
		return sizeof(enum adopt);
	case VALUE_PATH:
	case VALUE_MAYBE:
	case VALUE_PROM:
	case VALUE_PATHS:
		return CONF_PATH_MAX;
	}
	return 0;
}

static bool row_differs(const struct row *row, const struct conf *a,
			const struct conf *b)
{
	const char *x = (const char *)a + row->offset;
	const char *y = (const char *)b + row->offset;

	return row_size(row) == CONF_PATH_MAX ?
		       strcmp(x, y) != 0 :
		       memcmp(x, y, row_size(row)) != 0;
}

void conf_keep(struct conf *conf, const struct conf *after)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (!rows[i].restart)
			memcpy((char *)conf + rows[i].offset,
			       (const char *)after + rows[i].offset,
			       row_size(&rows[i]));
}

const char *conf_changed(const struct conf *before, const struct conf *after,
			 size_t *index)
{
	const struct row *row;

	while (*index < ROWS) {
		row = &rows[(*index)++];
		if (row->restart && row_differs(row, before, after))
			return row->key;
	}
	return NULL;
}

/* ---- lines ---------------------------------------------------------------- */

struct reading {
	struct conf *conf;
	const char *file;
	unsigned int line;
	unsigned int faults;
	conf_report *report;
	void *userdata;
};

__attribute__((format(printf, 2, 3))) static void fault(struct reading *reading,
							const char *format, ...)
{
	char reason[512];
	va_list arguments;

	if (++reading->faults > FAULTS_SHOWN)
		return;
	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	reading->report(reading->userdata, reading->file, reading->line,
			reason);
}

/* Blanks off both ends, in place. */
static char *trim(char *text)
{
	char *end;

	text += strspn(text, " \t\r");
	for (end = text + strlen(text); end > text; end--)
		if (!strchr(" \t\r", end[-1]))
			break;
	*end = 0;
	return text;
}

/* What has to be said beside the range where it is no such value at all. */
static const char *form_of(const struct row *row)
{
	switch (row->type) {
	case VALUE_SPAN:
		return ", in whole numbers with us, ms, s, min, h or d";
	case VALUE_SIZE:
		return ", in a whole number with K, M or G";
	case VALUE_COUNT:
	case VALUE_ADOPT:
	case VALUE_PATH:
	case VALUE_MAYBE:
	case VALUE_PROM:
	case VALUE_PATHS:
		return "";
	}
	return "";
}

static void apply(struct reading *reading, const char *key, const char *value)
{
	const struct row *row = rows;
	int r;

	while (row < rows + ROWS && strcmp(row->key, key) != 0)
		row++;
	if (row == rows + ROWS) {
		fault(reading, "there is no setting %.64s=", key);
		return;
	}
	r = row_apply(row, reading->conf, *value ? value : row->normal);
	if (r)
		fault(reading, "%s=%.128s is not %s%s", key, value, row->range,
		      r == FORM ? form_of(row) : "");
}

static void read_line(struct reading *reading, const char *text, size_t size)
{
	char line[LINE_MAX_BYTES], *content, *equals;

	if (size >= sizeof(line)) {
		fault(reading, "the line is longer than %zu bytes",
		      sizeof(line) - 1);
		return;
	}
	memcpy(line, text, size);
	line[size] = 0;
	if (strlen(line) != size) {
		fault(reading, "the line holds a NUL byte");
		return;
	}
	content = trim(line);
	if (!*content || *content == '#' || *content == ';')
		return;
	equals = strchr(content, '=');
	if (!equals || equals == content) {
		fault(reading, "the line is not of the form Key=Value");
		return;
	}
	*equals = 0;
	apply(reading, trim(content), trim(equals + 1));
}

int conf_parse(struct conf *conf, const char *file, const char *text,
	       size_t size, conf_report *report, void *userdata)
{
	struct reading reading = { .conf = conf,
				   .file = file,
				   .report = report,
				   .userdata = userdata };
	const char *end;
	size_t length;

	while (size > 0) {
		end = memchr(text, '\n', size);
		length = end ? (size_t)(end - text) : size;
		reading.line++;
		read_line(&reading, text, length);
		length += end != NULL;
		text += length;
		size -= length;
	}
	if (reading.faults > FAULTS_SHOWN)
		report(userdata, file, 0, "more faults are not shown");
	return reading.faults ? CONF_FAULTS : 0;
}
