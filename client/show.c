/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/show.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/options.h"
#include "client/tables.h"
#include "common/engine/verify.h"
#include "common/wire/text.h"

/* ---- where it goes -------------------------------------------------------- */

static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (no_color && *no_color)
		return false;
	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

/* In the child: become the pager. */
static void run_pager(int fd)
{
	const char *pager = getenv("PAGER");

	dup2(fd, STDIN_FILENO);
	signal(SIGPIPE, SIG_DFL);
	/* Leave a short text on the screen, and colours as they are. */
	setenv("LESS", "FRSX", 0);
	if (pager && *pager) {
		execlp("sh", "sh", "-c", pager, NULL);
	} else {
		execlp("less", "less", NULL);
		execlp("more", "more", NULL);
	}
	execlp("cat", "cat", NULL);
	_exit(127);
}

static void start_pager(struct show *show)
{
	const char *pager = getenv("PAGER");
	int fds[2];
	pid_t pid;

	if (pager && strcmp(pager, "cat") == 0)
		return;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_pager(fds[0]);
	close(fds[0]);
	if (pid > 0)
		show->stream = fdopen(fds[1], "w");
	if (pid < 0 || !show->stream) {
		close(fds[1]);
		show->stream = stdout;
	}
	show->pager = pid > 0 ? pid : 0;
	/* Whoever interrupts means the pager, which knows what to do. */
	if (show->pager)
		signal(SIGINT, SIG_IGN);
}

void show_open(const struct options *options, bool paged, struct show *ret_show)
{
	struct show show = { .stream = stdout,
			     .json = options->json,
			     .colour = !options->json && wants_colour() };

	if (paged && !options->json && !options->no_pager &&
	    isatty(STDOUT_FILENO))
		start_pager(&show);
	*ret_show = show;
}

bool show_gone(const struct show *show)
{
	return ferror(show->stream) != 0;
}

int show_close(struct show *show)
{
	int r = fflush(show->stream), error = errno;

	if (show->pager) {
		fclose(show->stream);
		while (waitpid(show->pager, NULL, 0) < 0 && errno == EINTR)
			;
		signal(SIGINT, SIG_DFL);
		show->pager = 0;
		return STATUS_WELL;
	}
	if ((r < 0 && error == EPIPE) || (r == 0 && !show_gone(show)))
		return STATUS_WELL;
	if (r == 0)
		return STATUS_WELL; /* it was said when it happened */
	fprintf(stderr, "nsidwatch: cannot write: %s\n", strerror(error));
	return STATUS_FAILURE;
}

const char *show_on(const struct show *show, enum tone tone)
{
	if (!show->colour)
		return "";
	switch (tone) {
	case TONE_PLAIN:
		return "";
	case TONE_GOOD:
		return "\033[32m";
	case TONE_BAD:
		return "\033[1;31m";
	case TONE_DOUBT:
		return "\033[33m";
	case TONE_HEADING:
		return "\033[1m";
	}
	return "";
}

const char *show_off(const struct show *show, enum tone tone)
{
	return show->colour && tone != TONE_PLAIN ? "\033[0m" : "";
}

/* ---- lines ---------------------------------------------------------------- */

/* A string of the document, fit for a terminal whoever sent it. */
static void put_string(const struct show *show, const char *string)
{
	char *plain = string ? show_plain(string) : NULL;
	char *escaped = plain ? text_escape(plain) : NULL;

	fputs(escaped ? escaped : "-", show->stream);
	free(escaped);
	free(plain);
}

static void put_heading(const struct show *show, const char *heading)
{
	fprintf(show->stream, "%s%-10s%s ", show_on(show, TONE_HEADING),
		heading, show_off(show, TONE_HEADING));
}

static void put_kernel(const struct show *show, const json_t *document)
{
	const json_t *batched = show_at(document, "kernel.built_batched");

	put_heading(show, "kernel");
	put_string(show, show_string(document, "kernel.release"));
	fputs(json_is_true(batched)  ? ", built batched" :
	      json_is_false(batched) ? ", not built batched" :
				       ", nothing tells how it was built",
	      show->stream);
	fputs(", order seen: ", show->stream);
	put_string(show, show_string(document, "kernel.order"));
	fputc('\n', show->stream);
}

#define NUMBER(path) (long long)show_number(document, path)

static void put_coverage(const struct show *show, const json_t *document)
{
	put_heading(show, "coverage");
	fprintf(show->stream,
		"%lld of %lld namespaces heard, the peer of %lld of %lld "
		"entries known\n",
		NUMBER("coverage.holders_heard"), NUMBER("coverage.holders"),
		NUMBER("coverage.entries_resolved"),
		NUMBER("coverage.entries"));
}

/* "gap 3, no-barrier 1" */
static void put_counts(const struct show *show, const json_t *counts)
{
	const char *key, *before = "";
	json_t *value;

	json_object_foreach((json_t *)counts, key, value) {
		fputs(before, show->stream);
		put_string(show, key);
		fprintf(show->stream, " %" JSON_INTEGER_FORMAT,
			json_integer_value(value));
		before = ", ";
	}
}

static void put_events(const struct show *show, const json_t *document)
{
	const json_t *causes = show_at(document, "gap_causes");

	put_heading(show, "events");
	fprintf(show->stream, "%lld new, %lld del, %lld inversions\n",
		NUMBER("events.new"), NUMBER("events.del"),
		NUMBER("inversions"));
	put_heading(show, "gaps");
	fprintf(show->stream, "%lld", NUMBER("gaps"));
	if (json_object_size(causes) > 0) {
		fputs(" (", show->stream);
		put_counts(show, causes);
		fputc(')', show->stream);
	}
	fputc('\n', show->stream);
}

static void put_deaths(const struct show *show, const json_t *document)
{
	const json_t *reasons = show_at(document, "deaths.reasons");

	put_heading(show, "deaths");
	fprintf(show->stream,
		"%lld: %lld verified (%lld by accounts), %lld violated, %lld "
		"indeterminate, %lld open\n",
		NUMBER("deaths.total"), NUMBER("deaths.verified"),
		NUMBER("deaths.by_accounts"), NUMBER("deaths.violated"),
		NUMBER("deaths.indeterminate"), NUMBER("deaths.open"));
	if (json_object_size(reasons) == 0)
		return;
	put_heading(show, "reasons");
	put_counts(show, reasons);
	fputc('\n', show->stream);
}

static void put_passes(const struct show *show, const json_t *document)
{
	put_heading(show, "passes");
	fprintf(show->stream,
		"%lld: %lld per-holder, %lld per-peer, %lld unknown\n",
		NUMBER("passes.total"), NUMBER("passes.per_holder"),
		NUMBER("passes.per_peer"), NUMBER("passes.unknown"));
}

static void put_findings(const struct show *show, const json_t *document)
{
	const json_t *findings = show_at(document, "findings");

	put_heading(show, "findings");
	if (json_array_size(findings) == 0) {
		fputs("none\n", show->stream);
		return;
	}
	fprintf(show->stream, "%s%zu%s\n\n", show_on(show, TONE_BAD),
		json_array_size(findings), show_off(show, TONE_BAD));
	tables_show(show, LIST_FINDINGS, findings);
}

/* ---- check and selftest --------------------------------------------------- */

static enum tone verdict_tone(const char *verdict)
{
	if (!verdict || strcmp(verdict, "indeterminate") == 0)
		return TONE_DOUBT;
	return strcmp(verdict, "verified") == 0 ? TONE_GOOD : TONE_BAD;
}

static void put_verdict(const struct show *show, const json_t *document)
{
	const char *verdict = show_string(document, "verdict");
	enum tone tone = verdict_tone(verdict);

	fprintf(show->stream, "%s%s%s: ", show_on(show, tone),
		verdict ? verdict : "indeterminate", show_off(show, tone));
	if (NUMBER("deaths.total") == 0)
		fputs("no death was seen", show->stream);
	else
		fprintf(show->stream, "%lld of %lld deaths%s",
			NUMBER("deaths.verified"), NUMBER("deaths.total"),
			tone == TONE_GOOD ? "" : " verified");
	if (json_object_size(show_at(document, "deaths.reasons")) > 0) {
		fputs(" (", show->stream);
		put_counts(show, show_at(document, "deaths.reasons"));
		fputc(')', show->stream);
	}
	fputc('\n', show->stream);
}

static void put_notes(const struct show *show, const json_t *document,
		      const char *key, enum tone tone)
{
	const json_t *notes = show_at(document, key);
	size_t i;

	for (i = 0; i < json_array_size(notes); i++) {
		fprintf(show->stream, "%s%-10s%s ", show_on(show, tone), key,
			show_off(show, tone));
		put_string(show, json_string_value(json_array_get(notes, i)));
		fputc('\n', show->stream);
	}
}

void show_summary(const struct show *show, const json_t *document)
{
	put_verdict(show, document);
	put_kernel(show, document);
	put_coverage(show, document);
	put_events(show, document);
	put_passes(show, document);
	put_notes(show, document, "notes", TONE_DOUBT);
	put_findings(show, document);
}

/* ---- status and audit ----------------------------------------------------- */

static void put_daemon(const struct show *show, const json_t *document)
{
	char up[TEXT_DURATION_MAX];

	text_duration((uint64_t)show_number(document, "uptime_us") * 1000u, up);
	put_heading(show, "daemon");
	put_string(show, show_string(document, "version"));
	fprintf(show->stream, " at ");
	put_string(show, show_string(document, "socket"));
	fprintf(show->stream, ", up %s, %s\n", up,
		json_is_true(show_at(document, "ready")) ?
			"ready" :
			"not ready: the first audit is under way");
}

static void put_home(const struct show *show, const json_t *document)
{
	const json_t *self = show_at(document, "home.self_nsid");

	put_heading(show, "home");
	fputs("table ", show->stream);
	put_string(show, show_string(document, "home.table"));
	fprintf(show->stream, ", %lld entries", NUMBER("home.entries"));
	if (json_is_integer(self))
		fprintf(show->stream, ", its own nsid is %lld",
			NUMBER("home.self_nsid"));
	fputc('\n', show->stream);
}

static void put_waiting(const struct show *show, const json_t *document)
{
	const char *oldest = show_string(document, "waiting.oldest_open");
	const char *cleanup = show_string(document, "waiting.cleanup");

	if (oldest) {
		put_heading(show, "waiting");
		fprintf(show->stream, "%lld overdue, the oldest since ",
			NUMBER("waiting.overdue"));
		put_string(show, oldest);
		fputc('\n', show->stream);
	}
	if (!cleanup || strcmp(cleanup, "done") == 0)
		return;
	put_heading(show, "cleanup");
	put_string(show, cleanup);
	if (NUMBER("waiting.dead") > 0)
		fprintf(show->stream, ", %lld dead namespaces wait for it\n",
			NUMBER("waiting.dead"));
	else
		fprintf(show->stream,
			", nothing tells whether %lld namespaces that have "
			"gone wait for it\n",
			NUMBER("waiting.unknown"));
}

static void put_states(const struct show *show, const json_t *document)
{
	put_heading(show, "states");
	fprintf(show->stream, "%lld live, %lld dying, %lld lingering",
		NUMBER("namespaces.live"), NUMBER("namespaces.dying"),
		NUMBER("namespaces.lingering"));
	if (NUMBER("namespaces.lingering") > 0) {
		fputs(" (held by ", show->stream);
		put_counts(show, show_at(document, "namespaces.held_by"));
		fputs(", the first since ", show->stream);
		put_string(show, show_string(document, "namespaces.oldest"));
		fputc(')', show->stream);
	}
	fputc('\n', show->stream);
}

static void put_recording(const struct show *show, const json_t *document)
{
	const char *file = show_string(document, "recording.file");
	const char *error = show_string(document, "recording.error");

	if (!file)
		return;
	put_heading(show, "recording");
	fprintf(show->stream, "%lld bytes, ", NUMBER("recording.bytes"));
	put_string(show, file);
	if (error) {
		fprintf(show->stream, ", %sended: ", show_on(show, TONE_BAD));
		put_string(show, error);
		fputs(show_off(show, TONE_BAD), show->stream);
	}
	fputc('\n', show->stream);
}

/* First of all: nothing of this happens now, nor here. */
static void put_replay(const struct show *show, const json_t *document)
{
	const char *file = show_string(document, "replay.file");

	if (!file)
		return;
	put_heading(show, "replay");
	fputs(show_on(show, TONE_DOUBT), show->stream);
	put_string(show, file);
	fputs(show_off(show, TONE_DOUBT), show->stream);
	if (!json_is_true(show_at(document, "replay.ended")))
		fputs(", up to ", show->stream);
	else if (json_is_true(show_at(document, "replay.missing")))
		fputs(", as far as it can be read, ", show->stream);
	else
		fputs(", to its end, ", show->stream);
	put_string(show, show_string(document, "replay.at"));
	fputc('\n', show->stream);
}

void show_status(const struct show *show, const json_t *document)
{
	put_daemon(show, document);
	put_replay(show, document);
	put_kernel(show, document);
	put_coverage(show, document);
	put_states(show, document);
	put_home(show, document);
	put_events(show, document);
	put_heading(show, "buffer");
	fprintf(show->stream, "%lld bytes\n", NUMBER("receive_buffer"));
	put_recording(show, document);
	put_heading(show, "audits");
	fprintf(show->stream, "%lld\n", NUMBER("audits"));
	put_deaths(show, document);
	put_waiting(show, document);
	put_passes(show, document);
	put_notes(show, document, "degraded", TONE_DOUBT);
	put_notes(show, document, "warnings", TONE_DOUBT);
	put_findings(show, document);
}

void show_audit(const struct show *show, const json_t *document)
{
	bool bad = show_number(document, "mismatches") > 0;
	bool part = show_number(document, "beyond") > 0;
	enum tone tone = bad ? TONE_BAD : part ? TONE_DOUBT : TONE_GOOD;

	fprintf(show->stream,
		"%s%s%s: %lld holders, %lld entries compared, %lld mismatches",
		show_on(show, tone),
		bad  ? "mismatch" :
		part ? "agreed in part" :
		       "agreed",
		show_off(show, tone), NUMBER("holders"), NUMBER("entries"),
		NUMBER("mismatches"));
	if (show_number(document, "unanswered") > 0)
		fprintf(show->stream, ", %lld not answered",
			NUMBER("unanswered"));
	if (part)
		fprintf(show->stream, ", %lld beyond a ceiling not compared",
			NUMBER("beyond"));
	fputc('\n', show->stream);
}

static void put_party(const struct show *show, const char *heading,
		      const json_t *netns)
{
	char *plain = show_netns(netns);
	char *escaped = plain ? text_escape(plain) : NULL;

	put_heading(show, heading);
	fputs(escaped ? escaped : "not known", show->stream);
	if (json_is_integer(show_at(netns, "nsid")))
		fprintf(show->stream, " (home's nsid %" JSON_INTEGER_FORMAT ")",
			show_number(netns, "nsid"));
	fputc('\n', show->stream);
	free(escaped);
	free(plain);
}

/* Its evidence is of when it was made. */
static void put_change(const struct show *show, const json_t *document)
{
	const char *state = show_string(document, "state");
	const char *changed = show_string(document, "changed");

	if (!state || !changed || strcmp(state, "stands") == 0)
		return;
	put_heading(show, "changed");
	put_string(show, changed);
	fputs(", when it was ", show->stream);
	put_string(show, state);
	fputs("; the evidence is of before\n", show->stream);
}

void show_explanation(const struct show *show, const json_t *document)
{
	const char *kind = show_string(document, "kind");
	int i;

	put_heading(show, "finding");
	put_string(show, show_string(document, "id"));
	fputs(": ", show->stream);
	put_string(show, kind);
	fputs(", ", show->stream);
	put_string(show, show_string(document, "state"));
	fputc('\n', show->stream);
	put_party(show, "holder", show_at(document, "holder"));
	put_heading(show, "nsid");
	fprintf(show->stream, "%lld\n", NUMBER("nsid"));
	put_party(show, "peer", show_at(document, "peer"));
	put_heading(show, "at");
	put_string(show, show_string(document, "at"));
	fputc('\n', show->stream);
	put_change(show, document);
	put_heading(show, "evidence");
	put_string(show, show_string(document, "evidence"));
	fputc('\n', show->stream);
	for (i = 0; kind && i < FINDING_KINDS; i++)
		if (strcmp(kind, finding_name((enum finding_kind)i)) == 0)
			fprintf(show->stream, "\n%s\n",
				finding_meaning((enum finding_kind)i));
}
