/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/chaos.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine/ledger.h"
#include "common/engine/names.h"

#define MAX_ROWS 12
#define MAX_SIGHTINGS 6
#define MS 1000000ull

static uint64_t generate(uint64_t *seed)
{
	/* splitmix64 */
	uint64_t x = *seed += 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static uint8_t byte(struct chaos *chaos)
{
	if (!chaos->data)
		return (uint8_t)generate(&chaos->seed);
	if (!chaos->left) {
		chaos->ended = true;
		return 0;
	}
	chaos->left--;
	return *chaos->data++;
}

/* Mostly one of a few; now and then anything. */
static int32_t number(struct chaos *chaos)
{
	static const int32_t odd[] = { -1,	   -2,	      -3,
				       INT32_MIN,  INT32_MAX, INT32_MAX - 1,
				       2000000000, 65536,     1000000,
				       -77,	   300,	      255,
				       256,	   1 << 20,   31 };
	uint8_t pick = byte(chaos);

	if (pick < 224)
		return pick % 9;
	if (pick < 240)
		return pick;
	return odd[pick - 240 < 15 ? pick - 240 : 0];
}

struct settings chaos_settings(void)
{
	struct settings settings = settings_default();

	settings.history = 48;
	settings.history_ns = 60ull * 1000 * MS;
	settings.overdue_ns = 20ull * 1000 * MS;
	settings.max_holders = 24;
	settings.max_entries = 40;
	settings.max_names = 12;
	return settings;
}

void chaos_init(struct chaos *chaos, const struct settings *settings,
		const uint8_t *data, size_t size, uint64_t seed,
		uint64_t start_ns)
{
	struct start start = { .home = { .id = 1, .dev = 4, .ino = 100 },
			       .home_is_first = true,
			       .self_nsid = NSID_NONE };

	*chaos = (struct chaos){ .data = data, .left = size, .seed = seed };
	chaos->now = (struct stamp){ start_ns, start_ns * 2 };
	start.at = chaos->now;
	if (byte(chaos) % 4 == 0) {
		start.home_is_first = false;
		start.self_nsid = number(chaos);
	}
	if (watch_new(settings, &start, &chaos->watch) < 0)
		abort();
}

void chaos_deinit(struct chaos *chaos)
{
	chaos->watch = watch_free(chaos->watch);
}

static void step(struct chaos *chaos, const struct input *input)
{
	const struct trace_record record = { .type = TRACE_INPUT,
					     .at = chaos->now,
					     .input = *input };

	if (chaos->heard && !chaos->heard(chaos->userdata, &record))
		return;
	if (watch_step(chaos->watch, &chaos->now, input) < 0)
		abort();
}

static bool next_question(struct chaos *chaos, struct question *ret_question)
{
	bool asked = watch_next_question(chaos->watch, ret_question);
	struct trace_record record = { .type = TRACE_NOTHING,
				       .at = chaos->now };

	if (asked) {
		record.type = TRACE_QUESTION;
		record.question = *ret_question;
	}
	if (chaos->heard)
		chaos->heard(chaos->userdata, &record);
	return asked;
}

static void wait(struct chaos *chaos, uint64_t ns)
{
	chaos->now.mono_ns += ns;
	chaos->now.real_ns += ns;
}

static void feed_event(struct chaos *chaos)
{
	struct input input = { .type = INPUT_EVENT };

	input.event.at = chaos->now;
	input.event.type = byte(chaos) & 1 ? EVENT_NEW : EVENT_DEL;
	input.event.holder = byte(chaos) % 3 ? number(chaos) : TAG_HOME;
	input.event.nsid = number(chaos);
	step(chaos, &input);
}

static void feed_drained(struct chaos *chaos)
{
	step(chaos, &(struct input){ .type = INPUT_DRAINED });
}

static void make_sighting(struct chaos *chaos, char *text,
			  struct sighting *sighting)
{
	uint8_t flags = byte(chaos), which = byte(chaos) % 16;
	uint8_t identity = byte(chaos) % 8;

	snprintf(text, 16, "name%u", which);
	*sighting = (struct sighting){
		.kind = flags & 1 ? NAME_PROCESS : NAME_PATH,
		.text = text,
		.label = flags & 2 ? "label" : NULL,
		.leads = (flags & 12) != 0,
		.nsid = number(chaos),
		.is_home = (flags & 0xf0) == 0xf0,
		.identity = { .id = flags & 16 ? identity : 0,
			      .dev = 4,
			      .ino = identity },
	};
}

static void feed_scan(struct chaos *chaos)
{
	char text[16];
	struct sighting sighting;

	for (unsigned int n = byte(chaos) % MAX_SIGHTINGS; n; n--) {
		make_sighting(chaos, text, &sighting);
		step(chaos, &(struct input){ .type = INPUT_SIGHTING,
					     .sighting = &sighting });
	}
}

static void feed_answer(struct chaos *chaos, uint64_t id,
			enum question_kind kind)
{
	struct row rows[MAX_ROWS];
	struct answer answer = { .question = id, .kind = kind, .rows = rows };
	uint8_t outcome = byte(chaos) % 16;
	char text[16];

	answer.outcome = outcome < 11 ? ANSWER_WHOLE :
					(enum answer_outcome)(outcome - 11);
	answer.error = outcome == 15 ? 5 : 0;
	if (kind == QUESTION_TABLE) {
		answer.n_rows = byte(chaos) % MAX_ROWS;
		for (size_t i = 0; i < answer.n_rows; i++)
			rows[i] = (struct row){ number(chaos), number(chaos) };
		answer.last = number(chaos);
	} else if (kind == QUESTION_NAME) {
		make_sighting(chaos, text, &answer.sighting);
	} else {
		answer.nsid = number(chaos);
	}
	step(chaos, &(struct input){ .type = INPUT_ANSWER, .answer = &answer });
}

static void answer_some(struct chaos *chaos, unsigned int most)
{
	struct question question;
	struct notice notice;

	while (most-- && next_question(chaos, &question)) {
		chaos->questions++;
		if ((unsigned int)question.kind >= QUESTION_KINDS)
			abort();
		if (question.kind == QUESTION_SCAN)
			feed_scan(chaos);
		/* Now and then the promised answer never comes. */
		if (byte(chaos) % 32)
			feed_answer(chaos, question.id, question.kind);
	}
	while (watch_next_notice(chaos->watch, &notice))
		chaos->notices++;
}

static void feed_nonsense(struct chaos *chaos)
{
	static char longest[NAME_MAX_BYTES + 8];
	struct sighting sighting = { .leads = true, .nsid = number(chaos) };

	switch (byte(chaos) % 4) {
	case 0:
		feed_answer(chaos, byte(chaos),
			    (enum question_kind)(byte(chaos) % QUESTION_KINDS));
		return;
	case 1:
		break;
	case 2:
		sighting.text = "";
		break;
	case 3:
		memset(longest, 'x', sizeof(longest) - 1);
		sighting.text = longest;
		break;
	}
	step(chaos,
	     &(struct input){ .type = INPUT_SIGHTING, .sighting = &sighting });
}

/* An earlier watch may have left anything, and a shell may tell it any time. */
static void feed_inherited(struct chaos *chaos)
{
	const struct inherited inherited = {
		.opened = { .mono_ns = byte(chaos) * 97 * MS },
		.nsid = number(chaos),
		.n_removals = byte(chaos),
		.left_home = byte(chaos) % 2,
		.lost = byte(chaos) % 2,
		.name = byte(chaos) % 2 ? "/run/netns/old" : NULL,
	};

	step(chaos, &(struct input){ .type = INPUT_INHERITED,
				     .inherited = &inherited });
}

static void feed_command(struct chaos *chaos)
{
	struct input input = { .type = INPUT_COMMAND };

	input.command.type =
		(enum command_type)(byte(chaos) % (COMMAND_FINISH + 1));
	input.command.nsid = number(chaos);
	step(chaos, &input);
}

/* Follow the engine's own wishes for a while, as a good shell would. */
static void follow(struct chaos *chaos)
{
	for (unsigned int n = byte(chaos) % 8; n; n--) {
		uint64_t next_ns = watch_deadline(chaos->watch);

		if (next_ns == UINT64_MAX)
			return;
		if (next_ns > chaos->now.mono_ns)
			wait(chaos, next_ns - chaos->now.mono_ns);
		feed_drained(chaos);
		answer_some(chaos, 16);
	}
}

static void feed_rarely(struct chaos *chaos)
{
	switch (byte(chaos) % 4) {
	case 0:
		step(chaos, &(struct input){ .type = INPUT_GAP,
					     .gap = byte(chaos) % GAP_CAUSES });
		break;
	case 1:
		feed_inherited(chaos);
		break;
	default:
		break;
	}
}

bool chaos_step(struct chaos *chaos)
{
	uint8_t what = byte(chaos) % 16;

	if (chaos->ended)
		return false;
	if (what < 6)
		feed_event(chaos);
	else if (what < 8)
		wait(chaos, byte(chaos) * MS);
	else if (what == 8)
		wait(chaos, byte(chaos) * 97 * MS);
	else if (what < 11)
		feed_drained(chaos);
	else if (what == 11)
		answer_some(chaos, byte(chaos) % 8);
	else if (what == 12)
		feed_nonsense(chaos);
	else if (what == 13)
		follow(chaos);
	else if (what == 14)
		feed_command(chaos);
	else
		feed_rarely(chaos);
	return !chaos->ended;
}

/* ---- what came of it ----------------------------------------------------- */

static uint64_t mix(uint64_t digest, const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size--)
		digest = (digest ^ *at++) * 0x100000001b3ull;
	return digest;
}

static uint64_t mix_number(uint64_t digest, uint64_t value)
{
	return mix(digest, &value, sizeof(value));
}

static uint64_t mix_deaths(uint64_t digest, const struct death *death)
{
	for (; death; death = death->next) {
		digest = mix_number(digest, death->id);
		digest = mix_number(digest, death->first_seq);
		digest = mix_number(digest, death->verdict);
		digest = mix_number(digest, death->proof);
		digest = mix_number(digest, death->reason);
		digest = mix_number(digest, death->revision);
		digest = mix_number(digest, death->n_removals);
		digest = mix_number(digest, death->barrier_seq);
		digest = mix(digest, death->name, strlen(death->name));
	}
	return digest;
}

/* How long from now the engine wants to rest. */
static uint64_t rest_ns(const struct chaos *chaos)
{
	uint64_t deadline_ns = watch_deadline(chaos->watch);

	if (deadline_ns <= chaos->now.mono_ns)
		return 0;
	return deadline_ns == UINT64_MAX ? deadline_ns :
					   deadline_ns - chaos->now.mono_ns;
}

uint64_t chaos_digest(const struct chaos *chaos)
{
	const struct verify *verify = watch_verify(chaos->watch);
	const struct finding *finding = verify_findings(verify);
	const struct counters *counters = watch_counters(chaos->watch);
	uint64_t digest = 0xcbf29ce484222325ull;

	digest = mix_deaths(digest, verify_open_deaths(verify));
	digest = mix_deaths(digest, verify_closed_deaths(verify));
	for (; finding; finding = finding->next) {
		digest = mix_number(digest, finding->kind);
		digest = mix_number(digest, finding->state);
		digest = mix_number(digest, (uint64_t)finding->nsid);
		digest = mix(digest, finding->evidence,
			     strlen(finding->evidence));
	}
	digest = mix(digest, counters, sizeof(*counters));
	digest = mix_number(digest, chaos->notices);
	digest = mix_number(digest, chaos->questions);
	return mix_number(digest, rest_ns(chaos));
}

static size_t deaths_in(const struct death *death)
{
	size_t count = 0;

	for (; death; death = death->next)
		count++;
	return count;
}

const char *chaos_beyond(const struct chaos *chaos,
			 const struct settings *settings)
{
	const struct ledger *ledger = watch_ledger(chaos->watch);
	const struct verify *verify = watch_verify(chaos->watch);
	const struct finding *finding = verify_findings(verify);
	const struct netns *netns;
	size_t findings = 0, holders = 0;

	for (; finding; finding = finding->next)
		findings++;
	for (netns = ledger->netnses; netns; netns = netns->next) {
		holders += !netns->home && !netns->ended_seq;
		/* A number whose next owner has come has two for a while. */
		if (!netns->home &&
		    netns->n_entries > 2 * settings->max_entries)
			return "entries";
	}
	if (holders > 2 * settings->max_holders)
		return "holders";
	if (watch_names(chaos->watch)->count > settings->max_names)
		return "names";
	/* The first of each kind and of each state is kept until it is told. */
	if (findings > settings->history + FINDING_KINDS + FINDING_STATES)
		return "findings";
	if (deaths_in(verify_closed_deaths(verify)) > settings->history)
		return "closed deaths";
	/* Open ones are cut at the next drained moment. */
	if (deaths_in(verify_open_deaths(verify)) > settings->history + 256)
		return "open deaths";
	return NULL;
}
