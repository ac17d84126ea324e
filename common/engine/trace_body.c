/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/engine/trace_body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "nsidwatch recording"
#define NO_TEXT 0xffffu

/* What a file may ask for: nsidwatch.conf(5) has the same ceiling. */
#define HISTORY_MAX 1000000u

_Static_assert(
	sizeof(struct settings) == 72 || sizeof(struct settings) == 68,
	"a new setting belongs into a recording, and TRACE_VERSION grows");

/* ---- numbers and texts ---------------------------------------------------- */

static void put(struct trace_cursor *cursor, uint64_t value, size_t bytes)
{
	size_t i;

	if ((size_t)(cursor->end - cursor->at) < bytes) {
		cursor->bad = true;
		return;
	}
	for (i = 0; i < bytes; i++)
		*cursor->at++ = (uint8_t)(value >> 8 * i);
}

static uint64_t get(struct trace_cursor *cursor, size_t bytes)
{
	uint64_t value = 0;
	size_t i;

	if ((size_t)(cursor->end - cursor->at) < bytes) {
		cursor->bad = true;
		return 0;
	}
	for (i = 0; i < bytes; i++)
		value |= (uint64_t)*cursor->at++ << 8 * i;
	return value;
}

static void put32(struct trace_cursor *cursor, int32_t value)
{
	put(cursor, (uint32_t)value, 4);
}

static int32_t get32(struct trace_cursor *cursor)
{
	return (int32_t)(uint32_t)get(cursor, 4);
}

/* A value of an enum that has so many. */
static unsigned int get_enum(struct trace_cursor *cursor, unsigned int values)
{
	unsigned int value = (unsigned int)get(cursor, 1);

	cursor->bad |= value >= values;
	return value < values ? value : 0;
}

static void put_text(struct trace_cursor *cursor, const char *text, size_t max)
{
	size_t len = text ? strlen(text) : NO_TEXT;

	put(cursor, len, 2);
	if (!text)
		return;
	if (len >= max || (size_t)(cursor->end - cursor->at) < len) {
		cursor->bad = true;
		return;
	}
	memcpy(cursor->at, text, len);
	cursor->at += len;
}

/* Into buf, which has max bytes; NULL where there was none. */
static const char *get_text(struct trace_cursor *cursor, char *buf, size_t max)
{
	size_t len = (size_t)get(cursor, 2);

	if (cursor->bad || len == NO_TEXT)
		return NULL;
	if (len >= max || (size_t)(cursor->end - cursor->at) < len ||
	    memchr(cursor->at, '\0', len)) {
		cursor->bad = true;
		return NULL;
	}
	memcpy(buf, cursor->at, len);
	buf[len] = '\0';
	cursor->at += len;
	return buf;
}

/* ---- structs -------------------------------------------------------------- */

static void put_stamp(struct trace_cursor *cursor, const struct stamp *stamp)
{
	put(cursor, stamp->mono_ns, 8);
	put(cursor, stamp->real_ns, 8);
}

static struct stamp get_stamp(struct trace_cursor *cursor)
{
	struct stamp stamp;

	stamp.mono_ns = get(cursor, 8);
	stamp.real_ns = get(cursor, 8);
	return stamp;
}

static void put_identity(struct trace_cursor *cursor,
			 const struct identity *identity)
{
	put(cursor, identity->id, 8);
	put(cursor, identity->dev, 8);
	put(cursor, identity->ino, 8);
}

static struct identity get_identity(struct trace_cursor *cursor)
{
	struct identity identity;

	identity.id = get(cursor, 8);
	identity.dev = get(cursor, 8);
	identity.ino = get(cursor, 8);
	return identity;
}

static void put_settings(struct trace_cursor *cursor,
			 const struct settings *settings)
{
	put(cursor, settings->settle_ns, 8);
	put(cursor, settings->overdue_ns, 8);
	put(cursor, settings->history_ns, 8);
	put(cursor, settings->audit_round_ns, 8);
	put(cursor, settings->housekeeping_ns, 8);
	put(cursor, settings->history, 4);
	put(cursor, settings->max_holders, 4);
	put(cursor, settings->max_entries, 4);
	put(cursor, settings->max_names, 4);
	put(cursor, settings->adopt, 1);
	put(cursor, settings->linger_ns, 8);
}

static struct settings get_settings(const struct trace *trace,
				    struct trace_cursor *cursor)
{
	struct settings settings = settings_default();

	settings.settle_ns = get(cursor, 8);
	settings.overdue_ns = get(cursor, 8);
	settings.history_ns = get(cursor, 8);
	settings.audit_round_ns = get(cursor, 8);
	settings.housekeeping_ns = get(cursor, 8);
	settings.history = (uint32_t)get(cursor, 4);
	settings.max_holders = (uint32_t)get(cursor, 4);
	settings.max_entries = (uint32_t)get(cursor, 4);
	settings.max_names = (uint32_t)get(cursor, 4);
	settings.adopt = get_enum(cursor, ADOPT_BORN + 1);
	if (trace->version > 1)
		settings.linger_ns = get(cursor, 8);
	cursor->bad |= settings.history > HISTORY_MAX;
	return settings;
}

static void put_sighting(struct trace_cursor *cursor,
			 const struct sighting *sighting)
{
	put(cursor, sighting->kind, 1);
	put(cursor, sighting->leads, 1);
	put(cursor, sighting->is_home, 1);
	put32(cursor, sighting->nsid);
	put_identity(cursor, &sighting->identity);
	put_text(cursor, sighting->text, NAME_MAX_BYTES);
	put_text(cursor, sighting->label, NAME_MAX_BYTES);
}

static struct sighting get_sighting(struct trace *trace,
				    struct trace_cursor *cursor)
{
	struct sighting sighting;

	sighting.kind = get_enum(cursor, NAME_KINDS);
	sighting.leads = get_enum(cursor, 2);
	sighting.is_home = get_enum(cursor, 2);
	sighting.nsid = get32(cursor);
	sighting.identity = get_identity(cursor);
	sighting.text = get_text(cursor, trace->name, sizeof(trace->name));
	sighting.label = get_text(cursor, trace->label, sizeof(trace->label));
	return sighting;
}

static void put_inherited(struct trace_cursor *cursor,
			  const struct inherited *inherited)
{
	put_stamp(cursor, &inherited->opened);
	put_stamp(cursor, &inherited->last_removal);
	put32(cursor, inherited->nsid);
	put(cursor, inherited->generation, 4);
	put(cursor, inherited->expected, 4);
	put(cursor, inherited->n_removals, 4);
	put(cursor, inherited->certain, 1);
	put(cursor, inherited->left_home, 1);
	put(cursor, inherited->lost, 1);
	put_identity(cursor, &inherited->identity);
	put_text(cursor, inherited->name, NAME_MAX_BYTES);
	put_text(cursor, inherited->label, NAME_MAX_BYTES);
}

static struct inherited get_inherited(struct trace *trace,
				      struct trace_cursor *cursor)
{
	struct inherited inherited;

	inherited.opened = get_stamp(cursor);
	inherited.last_removal = get_stamp(cursor);
	inherited.nsid = get32(cursor);
	inherited.generation = (uint32_t)get(cursor, 4);
	inherited.expected = (uint32_t)get(cursor, 4);
	inherited.n_removals = (uint32_t)get(cursor, 4);
	inherited.certain = get_enum(cursor, 2);
	inherited.left_home = get_enum(cursor, 2);
	inherited.lost = get_enum(cursor, 2);
	inherited.identity = get_identity(cursor);
	inherited.name = get_text(cursor, trace->name, sizeof(trace->name));
	inherited.label = get_text(cursor, trace->label, sizeof(trace->label));
	return inherited;
}

/* ---- the beginning -------------------------------------------------------- */

static void put_begin(struct trace_cursor *cursor, const struct stamp *at,
		      const struct trace_begin *begin)
{
	put_text(cursor, MAGIC, sizeof(MAGIC));
	put(cursor, TRACE_VERSION, 4);
	put_stamp(cursor, at);
	put(cursor, begin->file, 8);
	put_text(cursor, begin->program, TRACE_WORD_MAX);
	put_text(cursor, begin->release, TRACE_WORD_MAX);
	put(cursor, (uint8_t)(int8_t)begin->built_batched, 1);
	put_settings(cursor, &begin->settings);
	put_stamp(cursor, &begin->start.at);
	put_identity(cursor, &begin->start.home);
	put(cursor, begin->start.home_is_first, 1);
	put32(cursor, begin->start.self_nsid);
	put32(cursor, begin->self_nsid);
}

static int get_begin(struct trace *trace, struct trace_cursor *cursor,
		     struct trace_begin *begin)
{
	char magic[sizeof(MAGIC)];
	const char *text = get_text(cursor, magic, sizeof(magic));

	if (!text || strcmp(text, MAGIC) != 0)
		return TRACE_DAMAGED;
	trace->version = (uint32_t)get(cursor, 4);
	if (trace->version < 1 || trace->version > TRACE_VERSION)
		return cursor->bad ? TRACE_DAMAGED : TRACE_FOREIGN;
	trace->at = get_stamp(cursor);
	begin->file = get(cursor, 8);
	begin->program = get_text(cursor, trace->name, TRACE_WORD_MAX);
	begin->release = get_text(cursor, trace->label, TRACE_WORD_MAX);
	begin->built_batched = (int8_t)(uint8_t)get(cursor, 1);
	begin->settings = get_settings(trace, cursor);
	begin->start.at = get_stamp(cursor);
	begin->start.home = get_identity(cursor);
	begin->start.home_is_first = get_enum(cursor, 2);
	begin->start.self_nsid = get32(cursor);
	begin->self_nsid = get32(cursor);
	cursor->bad |= !begin->program || !begin->release || begin->file == 0 ||
		       begin->built_batched < -1 || begin->built_batched > 1;
	return 0;
}

/* ---- questions and answers ------------------------------------------------ */

static void put_question(struct trace_cursor *cursor,
			 const struct question *question)
{
	put(cursor, question->id, 8);
	put(cursor, question->kind, 1);
	put32(cursor, question->holder);
	put32(cursor, question->nsid);
	put(cursor, question->name_kind, 1);
	put(cursor, question->processes, 1);
	put_text(cursor, question->name, NAME_MAX_BYTES);
}

static void get_question(struct trace *trace, struct trace_cursor *cursor,
			 struct question *question)
{
	question->id = get(cursor, 8);
	question->kind = get_enum(cursor, QUESTION_KINDS);
	question->holder = get32(cursor);
	question->nsid = get32(cursor);
	question->name_kind = get_enum(cursor, NAME_KINDS);
	question->processes = get_enum(cursor, 2);
	question->name = get_text(cursor, trace->name, sizeof(trace->name));
}

static void put_rows(struct trace_cursor *cursor, const struct row *rows,
		     size_t n_rows)
{
	size_t i;

	cursor->bad |= n_rows > TRACE_ROWS_MAX;
	put(cursor, n_rows, 4);
	for (i = 0; i < n_rows && !cursor->bad; i++) {
		put32(cursor, rows[i].nsid);
		put32(cursor, rows[i].peer);
	}
}

static int make_room(struct trace *trace, size_t more)
{
	size_t cap = trace->cap_rows ? trace->cap_rows : TRACE_ROWS_MAX;
	struct row *rows;

	while (cap < trace->n_rows + more)
		cap *= 2;
	if (cap == trace->cap_rows)
		return 0;
	rows = reallocarray(trace->rows, cap, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	trace->rows = rows;
	trace->cap_rows = cap;
	return 0;
}

static int get_rows(struct trace *trace, struct trace_cursor *cursor,
		    struct trace_record *record)
{
	size_t n = (size_t)get(cursor, 4), i;
	struct row *row;
	int r;

	if (cursor->bad || n > TRACE_ROWS_MAX)
		return TRACE_DAMAGED;
	r = make_room(trace, n);
	if (r < 0)
		return r;
	record->rows.rows = trace->rows + trace->n_rows;
	record->rows.n_rows = n;
	for (i = 0; i < n; i++) {
		row = &trace->rows[trace->n_rows++];
		row->nsid = get32(cursor);
		row->peer = get32(cursor);
	}
	return 0;
}

static void put_answer(struct trace_cursor *cursor, const struct answer *answer)
{
	put(cursor, answer->question, 8);
	put(cursor, answer->kind, 1);
	put(cursor, answer->outcome, 1);
	put32(cursor, answer->error);
	put(cursor, answer->n_rows, 8);
	put32(cursor, answer->last);
	put32(cursor, answer->nsid);
	put(cursor, answer->names, 4);
	put(cursor, answer->hidden, 1);
	put_sighting(cursor, &answer->sighting);
}

/* The rows came before it. */
static void get_answer(struct trace *trace, struct trace_cursor *cursor)
{
	struct answer *answer = &trace->answer;

	answer->question = get(cursor, 8);
	answer->kind = get_enum(cursor, QUESTION_KINDS);
	answer->outcome = get_enum(cursor, ANSWER_NEWS + 1);
	answer->error = get32(cursor);
	answer->n_rows = (size_t)get(cursor, 8);
	answer->last = get32(cursor);
	answer->nsid = get32(cursor);
	answer->names = trace->version > 4 ? (uint32_t)get(cursor, 4) : 0;
	answer->hidden = trace->version > 4 ? get_enum(cursor, HIDDEN_BEYOND) :
					      0;
	answer->sighting = get_sighting(trace, cursor);
	answer->rows = answer->n_rows ? trace->rows : NULL;
	cursor->bad |= answer->n_rows != trace->n_rows;
	trace->n_rows = 0;
}

/* ---- inputs --------------------------------------------------------------- */

static void put_input(struct trace_cursor *cursor, const struct input *input)
{
	put(cursor, input->type, 1);
	switch (input->type) {
	case INPUT_DRAINED:
		return;
	case INPUT_ANSWER:
		put_answer(cursor, input->answer);
		return;
	case INPUT_SIGHTING:
		put_sighting(cursor, input->sighting);
		return;
	case INPUT_COMMAND:
		put(cursor, input->command.type, 1);
		put32(cursor, input->command.nsid);
		return;
	case INPUT_INHERITED:
		put_inherited(cursor, input->inherited);
		return;
	case INPUT_EVENT:
	case INPUT_GAP:
		break; /* these are messages */
	}
	cursor->bad = true;
}

static void get_input(struct trace *trace, struct trace_cursor *cursor,
		      struct input *input)
{
	*input =
		(struct input){ .type = get_enum(cursor, INPUT_INHERITED + 1) };
	switch (input->type) {
	case INPUT_DRAINED:
		return;
	case INPUT_ANSWER:
		get_answer(trace, cursor);
		input->answer = &trace->answer;
		return;
	case INPUT_SIGHTING:
		trace->sighting = get_sighting(trace, cursor);
		input->sighting = &trace->sighting;
		return;
	case INPUT_COMMAND:
		input->command.type = get_enum(cursor, COMMAND_LOOK + 1);
		input->command.nsid = get32(cursor);
		return;
	case INPUT_INHERITED:
		trace->inherited = get_inherited(trace, cursor);
		input->inherited = &trace->inherited;
		return;
	case INPUT_EVENT:
	case INPUT_GAP:
		break;
	}
	cursor->bad = true;
}

/* ---- an engine's image ----------------------------------------------------- */

static void put_image(struct trace_cursor *cursor, const void *bytes,
		      size_t len, uint64_t whole)
{
	put(cursor, whole, 8);
	put(cursor, len, 4);
	if (cursor->bad || len > TRACE_TEXT_MAX ||
	    (size_t)(cursor->end - cursor->at) < len) {
		cursor->bad = true;
		return;
	}
	memcpy(cursor->at, bytes, len);
	cursor->at += len;
}

/* It stays where it is. */
static void get_image(struct trace_cursor *cursor, struct trace_record *record)
{
	uint64_t whole = get(cursor, 8);
	size_t len = (size_t)get(cursor, 4);

	if (cursor->bad || len == 0 || len > TRACE_TEXT_MAX ||
	    (size_t)(cursor->end - cursor->at) < len) {
		cursor->bad = true;
		return;
	}
	record->message.bytes = cursor->at;
	record->message.len = len;
	record->message.whole = whole;
	cursor->at += len;
}

/* ---- all of them ---------------------------------------------------------- */

void trace_body_put(struct trace_cursor *cursor,
		    const struct trace_record *record)
{
	switch (record->type) {
	case TRACE_BEGIN:
		put_begin(cursor, &record->at, &record->begin);
		return;
	case TRACE_MOMENT:
		put_stamp(cursor, &record->at);
		return;
	case TRACE_INPUT:
		put_input(cursor, &record->input);
		return;
	case TRACE_QUESTION:
		put_question(cursor, &record->question);
		return;
	case TRACE_ROWS:
		put_rows(cursor, record->rows.rows, record->rows.n_rows);
		return;
	case TRACE_SETTINGS:
		put_settings(cursor, &record->settings);
		return;
	case TRACE_REPORT:
		put_text(cursor, record->report, TRACE_TEXT_MAX);
		return;
	case TRACE_END:
		put(cursor, record->goes_on, 1);
		return;
	case TRACE_IMAGE:
		put_image(cursor, record->message.bytes, record->message.len,
			  record->message.whole);
		return;
	case TRACE_NOTHING:
		return;
	case TRACE_MESSAGE:
	case TRACE_TYPES:
		break;
	}
	cursor->bad = true;
}

static int get_body(struct trace *trace, struct trace_cursor *cursor,
		    struct trace_record *record)
{
	int r;

	switch (record->type) {
	case TRACE_BEGIN:
		r = get_begin(trace, cursor, &record->begin);
		record->at = trace->at;
		return r;
	case TRACE_MOMENT:
		record->at = trace->at = get_stamp(cursor);
		return 0;
	case TRACE_INPUT:
		get_input(trace, cursor, &record->input);
		return 0;
	case TRACE_QUESTION:
		get_question(trace, cursor, &record->question);
		return 0;
	case TRACE_ROWS:
		return get_rows(trace, cursor, record);
	case TRACE_SETTINGS:
		record->settings = get_settings(trace, cursor);
		return 0;
	case TRACE_REPORT:
		record->report = get_text(cursor, trace->text,
					  sizeof(trace->text));
		cursor->bad |= !record->report;
		return 0;
	case TRACE_END:
		record->goes_on = get_enum(cursor, 2);
		return 0;
	case TRACE_IMAGE:
		get_image(cursor, record);
		return 0;
	case TRACE_NOTHING:
		return 0;
	case TRACE_MESSAGE:
	case TRACE_TYPES:
		break;
	}
	return TRACE_DAMAGED;
}

int trace_body_get(struct trace *trace, struct trace_cursor *cursor,
		   struct trace_record *record)
{
	int r = get_body(trace, cursor, record);

	if (r != 0)
		return r;
	return cursor->bad || cursor->at != cursor->end ? TRACE_DAMAGED : 0;
}
