/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/alert.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/engine/ledger.h"
#include "common/engine/linger.h"
#include "common/engine/names.h"
#include "common/engine/sync.h"
#include "common/engine/watch.h"
#include "common/wire/shapes.h"
#include "common/wire/shapes_linger.h"
#include "common/wire/shapes_netns.h"
#include "common/wire/text.h"

#define PARTY_MAX (NAME_MAX_BYTES + 32)
#define CAUSES_MAX 256

/* One for each entry of systemd/nsidwatch.catalog: the findings by their kind,
 * the other alerts behind them. */
static const struct {
	const char *name;
	const char *message_id;
} ids[FINDING_KINDS + ALERT_KINDS] = {
	[FINDING_MISSING] = { "missing", "d97ee29c7c4d4efe8a534975d6666395" },
	[FINDING_UNANNOUNCED] = { "unannounced",
				  "f0c3d24ebd4841e1a17654d1f98ab2a9" },
	[FINDING_DUPLICATE] = { "duplicate",
				"316bdcbe50374f48a6527722ea2b097e" },
	[FINDING_GHOST] = { "ghost", "05f967fd7b124253a5fbd6487aab30a8" },
	[FINDING_PREMATURE] = { "premature",
				"32ca3ecffe71474a8dcee644c6a1574a" },
	[FINDING_STRAY] = { "stray", "b74d6483f1be42c6a9ade6d0b2fd5ab3" },
	[FINDING_LATE] = { "late", "6f62f421b4c4415e91b769854e559c1c" },
	[FINDING_RENEWED] = { "renewed", "9bc878f6fd4c4edbbb918989b066ff85" },
	[FINDING_KINDS + ALERT_FINDING] = { "finding", NULL },
	[FINDING_KINDS +
		ALERT_RESOLVED] = { "resolved",
				    "cf3748aa45bf4802907eebc42dac6d7f" },
	[FINDING_KINDS +
		ALERT_WITHDRAWN] = { "withdrawn",
				     "72f7b7f8b268401aa23157a6c0a8e161" },
	[FINDING_KINDS +
		ALERT_GAP] = { "gap", "9ce4ad5207a64efc9baa9c2cb54b569b" },
	[FINDING_KINDS +
		ALERT_LINGERING] = { "lingering",
				     "5833ad94e5ce4d788ff112686b4e65fa" },
	[FINDING_KINDS +
		ALERT_RELEASED] = { "released",
				    "71d396bd20564951a3334467e8894946" },
	[FINDING_KINDS +
		ALERT_MORE] = { "more", "8f17f2b758fc48a6a6320574489be20f" },
};

#define IDS (sizeof(ids) / sizeof(ids[0]))

const char *alert_message_id(size_t index, const char **ret_name)
{
	if (index >= FINDING_KINDS)
		index++; /* a finding has the id of its kind */
	if (index >= IDS)
		return NULL;
	*ret_name = ids[index].name;
	return ids[index].message_id;
}

void alert_deinit(struct alert *alert)
{
	json_decref(alert->document);
	alert->document = NULL;
}

/* ---- words ------------------------------------------------------------------- */

static void party_text(bool home, int32_t nsid, const char *label,
		       const char *name, char *ret_text, size_t size)
{
	const char *called = label && *label ? label : name;

	if (home)
		snprintf(ret_text, size, "home");
	else if (called && *called)
		snprintf(ret_text, size, "%s (%" PRId32 ")", called, nsid);
	else
		snprintf(ret_text, size, "namespace %" PRId32, nsid);
}

static void finding_party(const struct party *party, char *ret_text,
			  size_t size)
{
	if (party->known)
		party_text(party->nsid == TAG_HOME, party->nsid, party->label,
			   party->name, ret_text, size);
	else
		snprintf(ret_text, size, "an unknown namespace");
}

/* The evidence is of when it was made: of one that has changed that is said. */
static void finding_text(const struct finding *finding, const char *state,
			 const char *kind, struct alert *alert)
{
	bool changed = alert->kind != ALERT_FINDING;
	char holder[PARTY_MAX], peer[PARTY_MAX], at[TEXT_STAMP_MAX];

	finding_party(&finding->holder, holder, sizeof(holder));
	finding_party(&finding->peer, peer, sizeof(peer));
	text_stamp(finding->at.real_ns, at);
	snprintf(alert->text, sizeof(alert->text),
		 "finding %" PRIu64 " %s: %s: nsid %" PRId32
		 " of %s in %s%s%s: %s",
		 finding->id, state, kind, finding->nsid, peer, holder,
		 changed ? "; the evidence, of " : "", changed ? at : "",
		 finding->evidence);
}

/* ---- documents ------------------------------------------------------------------ */

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

/* What all have; `id` is the row of the table above. */
static void begin(const struct alert_origin *origin, size_t id,
		  const char *kind, struct alert *alert)
{
	const char *name =
		ids[id < FINDING_KINDS ? (size_t)FINDING_KINDS + ALERT_FINDING :
					 id]
			.name;

	alert->document = SHAPES_OBJECT(
		{ "alert", json_string(name) },
		{ "message_id", json_string(ids[id].message_id) },
		{ "at", shapes_moment(&origin->at) },
		{ "source",
		  json_string(origin->recorded ? "recording" : "kernel") },
		{ "message", shapes_text(alert->text) },
		{ "kind", text_or_null(kind) }, { "finding", json_null() },
		{ "namespace", json_null() }, { "lingering", json_null() },
		{ "more", json_null() }, { "total", json_null() });
}

static void add(struct alert *alert, const char *key, json_t *value)
{
	if (alert->document &&
	    json_object_set_new(alert->document, key, value) == 0)
		return;
	alert_deinit(alert);
}

static json_t *finding_shape(const struct alert_origin *origin,
			     const struct finding *finding)
{
	char id[24];

	snprintf(id, sizeof(id), "%" PRIu64, finding->id);
	return shapes_finding(origin->watch, id);
}

void alert_finding(const struct alert_origin *origin,
		   const struct finding *finding, struct alert *ret_alert)
{
	const char *kind = finding_name(finding->made_as);
	const char *state = finding_state_name(FINDING_STANDS);
	json_t *shape = finding_shape(origin, finding);

	*ret_alert = (struct alert){ .kind = ALERT_FINDING,
				     .level = LOG_LEVEL_ERROR };
	finding_text(finding, state, kind, ret_alert);
	begin(origin, finding->made_as, kind, ret_alert);
	/* as it was made: what became of it is told next */
	if (json_object_set_new(shape, "kind", json_string(kind)) < 0 ||
	    json_object_set_new(shape, "state", json_string(state)) < 0) {
		json_decref(shape);
		shape = NULL;
	}
	add(ret_alert, "finding", shape);
}

void alert_changed(const struct alert_origin *origin,
		   const struct finding *finding, struct alert *ret_alert)
{
	const char *kind = finding_name(finding->kind);
	bool resolved = finding->state == FINDING_RESOLVED;

	*ret_alert = (struct alert){
		.kind = resolved ? ALERT_RESOLVED : ALERT_WITHDRAWN,
		.level = LOG_LEVEL_NOTICE,
	};
	finding_text(finding, finding_state_name(finding->state), kind,
		     ret_alert);
	begin(origin, FINDING_KINDS + (size_t)ret_alert->kind, kind, ret_alert);
	add(ret_alert, "finding", finding_shape(origin, finding));
}

static void add_numbers(struct alert *alert, uint64_t more, uint64_t total)
{
	add(alert, "more", shapes_number(more));
	add(alert, "total", shapes_number(total));
}

/* How many there were so far, by cause. */
static void gap_causes(const struct counters *counters,
		       char ret_text[static CAUSES_MAX])
{
	size_t at = 0;
	int cause;

	ret_text[0] = '\0';
	for (cause = 0; cause < GAP_CAUSES && at < CAUSES_MAX; cause++)
		if (counters->gaps[cause])
			at += (size_t)snprintf(ret_text + at, CAUSES_MAX - at,
					       "%s%s %" PRIu64, at ? ", " : "",
					       gap_name((enum gap_cause)cause),
					       counters->gaps[cause]);
}

void alert_gap(const struct alert_origin *origin, uint64_t more, uint64_t total,
	       struct alert *ret_alert)
{
	char causes[CAUSES_MAX];

	*ret_alert = (struct alert){ .kind = ALERT_GAP,
				     .level = LOG_LEVEL_WARNING };
	gap_causes(watch_counters(origin->watch), causes);
	snprintf(ret_alert->text, sizeof(ret_alert->text),
		 "%" PRIu64 " gap%s (in all: %s): events may have been lost, "
		 "deaths that this touches are indeterminate",
		 more, more == 1 ? "" : "s", causes);
	begin(origin, FINDING_KINDS + (size_t)ALERT_GAP, NULL, ret_alert);
	add_numbers(ret_alert, more, total);
}

static void lingering_text(const struct netns *netns, const char *who,
			   struct alert *alert)
{
	unsigned int bits = linger_held(netns);
	struct stamp since = linger_since(netns);
	char at[TEXT_STAMP_MAX] = "an unknown moment", held[64] = "";
	const char *owner = linger_owner(netns);
	enum held kind;

	if (since.real_ns)
		text_stamp(since.real_ns, at);
	for (kind = 0; kind < HELD_KINDS; kind++)
		if (bits & (1u << kind))
			snprintf(held + strlen(held),
				 sizeof(held) - strlen(held), "%s%s",
				 *held ? ", " : "", held_name(kind));
	snprintf(alert->text, sizeof(alert->text),
		 "%s lingers: %s%s%s %s, and it does not die; held by: %s", who,
		 linger_owned(netns) ? "its owner " : "no owner was seen",
		 owner ? owner : "",
		 linger_owned(netns) ? " is gone since" :
				       " since it was first seen at",
		 at, held);
}

/* Why it is no longer called lingering. */
static const char *released_text(const struct watch *watch,
				 const struct netns *netns)
{
	if (netns->ended_seq || netns->death)
		return "it died";
	if (linger_orphaned(netns) && !linger_owned(netns) &&
	    (watch_sync(watch)->hidden & HIDDEN_PROCESSES))
		return "processes are hidden by now, and nobody can tell "
		       "whether it has an owner";
	if (linger_orphaned(netns))
		return "LingerTime= allows it more time now, and nobody owns "
		       "it still";
	if (linger_held(netns) == 1u << HELD_DESCRIPTOR)
		return "a descriptor is seen to hold it";
	return "it has an owner";
}

void alert_lingering(const struct alert_origin *origin,
		     const struct netns *netns, bool lingers,
		     struct alert *ret_alert)
{
	const char *label, *name = names_called(netns, &label);
	char who[PARTY_MAX];

	*ret_alert = (struct alert){
		.kind = lingers ? ALERT_LINGERING : ALERT_RELEASED,
		.level = lingers ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE,
	};
	party_text(netns->home, netns->nsid, label, name, who, sizeof(who));
	if (lingers)
		lingering_text(netns, who, ret_alert);
	else
		snprintf(ret_alert->text, sizeof(ret_alert->text),
			 "%s lingers no more: %s", who,
			 released_text(origin->watch, netns));
	begin(origin, FINDING_KINDS + (size_t)ret_alert->kind, NULL, ret_alert);
	add(ret_alert, "namespace", shapes_netns(netns));
	if (lingers)
		add(ret_alert, "lingering", shapes_loss(origin->watch, netns));
}

void alert_more(const struct alert_origin *origin, const char *what,
		uint64_t more, uint64_t total, struct alert *ret_alert)
{
	*ret_alert = (struct alert){ .kind = ALERT_MORE,
				     .level = LOG_LEVEL_WARNING };
	snprintf(ret_alert->text, sizeof(ret_alert->text),
		 "%s: %" PRIu64 " more within the last minute, %" PRIu64
		 " in all: too many to tell one by one",
		 what, more, total);
	begin(origin, FINDING_KINDS + (size_t)ALERT_MORE, what, ret_alert);
	add_numbers(ret_alert, more, total);
}
