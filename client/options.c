/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/options.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire/conf.h"
#include "common/wire/interface.h"

struct option {
	const char *name;
	char letter;	   /* 0: none */
	const char *value; /* what stands for it in the help; NULL: takes none */
	unsigned int of;   /* enum option_of; 0: any verb, or none */
	const char *summary;
	/* false: not a value for this option */
	bool (*take)(struct options *options, const char *value);
};

static bool take_adopt(struct options *options, const char *value)
{
	options->adopt = ADOPT_ALL;
	return strcmp(value, "all") == 0;
}

static bool take_no_adopt(struct options *options, const char *value)
{
	(void)value;
	options->adopt = ADOPT_NO;
	return true;
}

static bool take_allow_none(struct options *options, const char *value)
{
	(void)value;
	options->allow_none = true;
	return true;
}

static bool take_explain(struct options *options, const char *value)
{
	options->explain = value;
	return *value && strlen(value) < INTERFACE_TEXT_MAX;
}

static bool take_follow(struct options *options, const char *value)
{
	(void)value;
	options->follow = true;
	return true;
}

static bool take_lingering(struct options *options, const char *value)
{
	(void)value;
	options->lingering = true;
	return true;
}

static bool take_names(struct options *options, const char *value)
{
	(void)value;
	options->names = true;
	return true;
}

static bool take_gone(struct options *options, const char *value)
{
	options->gone = value;
	return *value && strlen(value) < INTERFACE_TEXT_MAX;
}

static bool take_help(struct options *options, const char *value)
{
	(void)value;
	options->help = true;
	return true;
}

static bool take_json(struct options *options, const char *value)
{
	(void)value;
	options->json = true;
	return true;
}

static bool take_no_pager(struct options *options, const char *value)
{
	(void)value;
	options->no_pager = true;
	return true;
}

static bool take_version(struct options *options, const char *value)
{
	(void)value;
	options->version = true;
	return true;
}

static bool take_socket(struct options *options, const char *value)
{
	options->socket = value;
	return *value;
}

static bool take_receive_buffer(struct options *options, const char *value)
{
	uint64_t bytes;

	if (conf_size(value, &bytes) != 0 || bytes < CONF_RECEIVE_BUFFER_MIN ||
	    bytes > CONF_RECEIVE_BUFFER_MAX)
		return false;
	options->receive_buffer = (uint32_t)bytes;
	return true;
}

static bool take_timeout(struct options *options, const char *value)
{
	if (conf_span(value, &options->timeout_ns) != 0)
		return false;
	options->timeout_given = true;
	return options->timeout_ns / 1000000u <= INTERFACE_TIMEOUT_MAX_MS;
}

static bool take_count(const char *value, uint32_t max, uint32_t *ret_count)
{
	unsigned long count;
	char *end;

	if (strspn(value, "0123456789") != strlen(value) || strlen(value) > 9)
		return false;
	count = strtoul(value, &end, 10);
	*ret_count = (uint32_t)count;
	return end != value && count >= 1 && count <= max;
}

static bool take_survivors(struct options *options, const char *value)
{
	return take_count(value, OPTIONS_LOAD_MAX, &options->survivors);
}

static bool take_dying(struct options *options, const char *value)
{
	return take_count(value, OPTIONS_LOAD_MAX, &options->dying);
}

static bool take_rounds(struct options *options, const char *value)
{
	return take_count(value, OPTIONS_ROUNDS_MAX, &options->rounds);
}

static bool take_record(struct options *options, const char *value)
{
	options->record = value;
	return *value;
}

static const struct option table[] = {
	{ "socket", 0, "PATH", 0, "where the daemon listens", take_socket },
	{ "json", 'j', NULL, 0,
	  "one JSON document; a stream: one object a line", take_json },
	{ "receive-buffer", 0, "BYTES", 0,
	  "what is asked of the kernel for events (64M)", take_receive_buffer },
	{ "no-pager", 0, NULL, 0, "never through $PAGER", take_no_pager },
	{ "help", 'h', NULL, 0, "this help, or that of a verb", take_help },
	{ "version", 'V', NULL, 0, "the version", take_version },
	{ "timeout", 't', "S", OPTION_TIMEOUT, "how long to wait at most",
	  take_timeout },
	{ "no-adopt", 0, NULL, OPTION_ADOPT, "give no namespace a number",
	  take_no_adopt },
	{ "adopt", 0, "all", OPTION_ADOPT,
	  "give one to those, too, that were there before", take_adopt },
	{ "allow-none", 0, NULL, OPTION_ALLOW_NONE, "no death at all is well",
	  take_allow_none },
	{ "survivors", 0, "N", OPTION_LOAD, "namespaces that live on (10)",
	  take_survivors },
	{ "dying", 0, "N", OPTION_LOAD, "namespaces that die, a round (100)",
	  take_dying },
	{ "rounds", 0, "N", OPTION_LOAD, "how often (1)", take_rounds },
	{ "record", 0, "FILE", OPTION_RECORD,
	  "record the conversation with the kernel", take_record },
	{ "explain", 0, "ID", OPTION_EXPLAIN, "one finding, in plain words",
	  take_explain },
	{ "follow", 'f', NULL, OPTION_FOLLOW, "go on with each new event",
	  take_follow },
	{ "lingering", 0, NULL, OPTION_LINGERING,
	  "those whose owner has gone and that do not die", take_lingering },
	{ "names", 0, NULL, OPTION_NAMES, "all names of each, not the best one",
	  take_names },
	{ "gone", 0, "NAME", OPTION_GONE, "the namespace to wait for",
	  take_gone },
};

#define TABLE (sizeof(table) / sizeof(table[0]))

/* What is being read. */
struct parse {
	const struct verb *verbs;
	size_t n_verbs;
	int argc;
	char **argv;
	int at;	  /* the next word */
	int kept; /* words that are arguments were moved to the front */
	struct options options;
	char *fault;
};

__attribute__((format(printf, 2, 3))) static int fault(struct parse *parse,
						       const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(parse->fault, OPTIONS_FAULT_MAX, format, list);
	va_end(list);
	return OPTIONS_FAULT;
}

/* ---- the nearest word ----------------------------------------------------- */

#define WORD_MAX 24

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* How many letters to add, drop or change; WORD_MAX for what is too long. */
static size_t distance(const char *a, const char *b)
{
	size_t before[WORD_MAX + 1], row[WORD_MAX + 1], i, j;
	size_t n = strlen(a), m = strlen(b);

	if (n > WORD_MAX || m > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= m; j++)
		before[j] = j;
	for (i = 1; i <= n; i++) {
		row[0] = i;
		for (j = 1; j <= m; j++)
			row[j] = least(row[j - 1] + 1, before[j] + 1,
				       before[j - 1] + (a[i - 1] != b[j - 1]));
		memcpy(before, row, sizeof(row));
	}
	return before[m];
}

/* Nearer than *best, which it becomes? A beginning is nearer than a slip. */
static bool nearer(const char *word, const char *candidate, size_t *best)
{
	size_t far = distance(word, candidate);
	size_t n = strlen(word);

	if (n >= 2 && strncmp(word, candidate, n) == 0)
		far = 1;
	if (far >= *best)
		return false;
	*best = far;
	return true;
}

static const char *nearest_verb(const struct parse *parse, const char *word)
{
	size_t best = 4, i;
	const char *found = NULL;

	for (i = 0; i < parse->n_verbs; i++)
		if (nearer(word, parse->verbs[i].name, &best))
			found = parse->verbs[i].name;
	return found;
}

static const char *nearest_option(const char *word)
{
	size_t best = 4, i;
	const char *found = NULL;

	for (i = 0; i < TABLE; i++)
		if (nearer(word, table[i].name, &best))
			found = table[i].name;
	return found;
}

/* ---- words ---------------------------------------------------------------- */

static int take_verb(struct parse *parse, const char *word)
{
	const char *near;
	size_t i;

	for (i = 0; i < parse->n_verbs; i++)
		if (strcmp(parse->verbs[i].name, word) == 0) {
			parse->options.verb = &parse->verbs[i];
			return 0;
		}
	if (strcmp(word, "help") == 0) {
		parse->options.help = true;
		return 0;
	}
	near = nearest_verb(parse, word);
	if (near)
		return fault(parse, "unknown verb '%.100s': did you mean '%s'?",
			     word, near);
	return fault(parse, "unknown verb '%.100s': see nsidwatch --help",
		     word);
}

static int take_option(struct parse *parse, const struct option *option,
		       const char *value)
{
	const struct verb *verb = parse->options.verb;

	if (option->of && !verb)
		return fault(parse, "--%s belongs behind a verb", option->name);
	if (option->of && !(verb->options & option->of))
		return fault(parse, "'%s' takes no --%s", verb->name,
			     option->name);
	if (option->value && !value) {
		if (parse->at >= parse->argc)
			return fault(parse, "--%s wants %s", option->name,
				     option->value);
		value = parse->argv[parse->at++];
	}
	if (!option->value && value)
		return fault(parse, "--%s takes no value", option->name);
	if (!option->take(&parse->options, value))
		return fault(parse, "--%s: '%.100s' will not do", option->name,
			     value);
	return 0;
}

static int take_long(struct parse *parse, const char *word)
{
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word), i;
	const char *near;
	char name[WORD_MAX + 2];

	for (i = 0; i < TABLE; i++)
		if (strlen(table[i].name) == length &&
		    strncmp(table[i].name, word, length) == 0)
			return take_option(parse, &table[i],
					   equals ? equals + 1 : NULL);
	snprintf(name, sizeof(name), "%.*s", (int)length, word);
	near = nearest_option(name);
	if (near)
		return fault(parse, "unknown option --%.*s: did you mean --%s?",
			     (int)(length < 100 ? length : 100), word, near);
	return fault(parse, "unknown option --%.*s",
		     (int)(length < 100 ? length : 100), word);
}

static const struct option *letter_option(char letter)
{
	size_t i;

	for (i = 0; i < TABLE; i++)
		if (table[i].letter == letter)
			return &table[i];
	return NULL;
}

static int take_letters(struct parse *parse, const char *letters)
{
	const struct option *option;
	int r = 0;

	for (; r == 0 && *letters; letters++) {
		option = letter_option(*letters);
		if (!option)
			return fault(parse, "unknown option -%c", *letters);
		if (!option->value) {
			r = take_option(parse, option, NULL);
			continue;
		}
		return take_option(parse, option,
				   letters[1] ? letters + 1 : NULL);
	}
	return r;
}

static void keep_rest(struct parse *parse)
{
	while (parse->at < parse->argc)
		parse->argv[parse->kept++] = parse->argv[parse->at++];
}

static int take_word(struct parse *parse)
{
	char *word = parse->argv[parse->at++];
	int r = 0;

	if (strcmp(word, "--") == 0) {
		if (!parse->options.verb && parse->at < parse->argc)
			r = take_verb(parse, parse->argv[parse->at++]);
		keep_rest(parse);
		return r;
	}
	if (word[0] == '-' && word[1] == '-')
		return take_long(parse, word + 2);
	if (word[0] == '-' && word[1])
		return take_letters(parse, word + 1);
	if (!parse->options.verb)
		return take_verb(parse, word);
	parse->argv[parse->kept++] = word;
	if (parse->options.verb->command)
		keep_rest(parse);
	return 0;
}

static int check_arguments(struct parse *parse)
{
	const struct options *options = &parse->options;
	const struct verb *verb = options->verb;

	if (options->help || options->version)
		return 0;
	if (!verb)
		return fault(parse, "what is to be done? See nsidwatch --help");
	if (options->n_arguments < verb->min_arguments ||
	    ((verb->options & OPTION_GONE) && !options->gone))
		return fault(parse, "usage: nsidwatch %s %s", verb->name,
			     verb->arguments);
	if (verb->max_arguments >= 0 &&
	    options->n_arguments > verb->max_arguments)
		return fault(parse, "'%s' does not take '%.100s'", verb->name,
			     options->arguments[verb->max_arguments]);
	return 0;
}

int options_parse(const struct verb *verbs, size_t n_verbs, int argc,
		  char *argv[], struct options *ret_options,
		  char ret_fault[static OPTIONS_FAULT_MAX])
{
	struct parse parse = {
		.verbs = verbs,
		.n_verbs = n_verbs,
		.argc = argc,
		.argv = argv,
		.at = 1,
		.fault = ret_fault,
		.options = {
			.socket = INTERFACE_SOCKET,
			.receive_buffer = CONF_RECEIVE_BUFFER,
			.adopt = ADOPT_BORN,
			.timeout_ns = 60000000000u,
			.survivors = 10,
			.dying = 100,
			.rounds = 1,
		},
	};
	int r = 0;

	while (r == 0 && parse.at < argc)
		r = take_word(&parse);
	if (r)
		return r;
	if (argc > 0)
		argv[parse.kept] = NULL;
	parse.options.arguments = argv;
	parse.options.n_arguments = parse.kept;
	r = check_arguments(&parse);
	if (r)
		return r;
	*ret_options = parse.options;
	return 0;
}

/* ---- help ----------------------------------------------------------------- */

static void help_options(FILE *stream, unsigned int of)
{
	char left[40], letter[5];
	size_t i;

	for (i = 0; i < TABLE; i++) {
		if (of ? !(table[i].of & of) : table[i].of != 0)
			continue;
		snprintf(letter, sizeof(letter), "    ");
		if (table[i].letter)
			snprintf(letter, sizeof(letter), "-%c, ",
				 table[i].letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter,
			 table[i].name, table[i].value ? " " : "",
			 table[i].value ? table[i].value : "");
		fprintf(stream, "  %-28s %s\n", left, table[i].summary);
	}
}

static void help_verb(FILE *stream, const struct verb *verb)
{
	fprintf(stream, "Usage: nsidwatch [OPTION...] %s %s\n\n%s.\n",
		verb->name, verb->arguments, verb->summary);
	if (verb->options) {
		fprintf(stream, "\nOptions of %s:\n", verb->name);
		help_options(stream, verb->options);
	}
	fprintf(stream, "\nOptions of all verbs:\n");
	help_options(stream, 0);
}

void options_help(FILE *stream, const struct verb *verbs, size_t n_verbs,
		  const struct verb *verb)
{
	char left[80];
	size_t i;

	if (verb) {
		help_verb(stream, verb);
		return;
	}
	fprintf(stream,
		"Usage: nsidwatch [OPTION...] VERB [ARGUMENT...]\n\n"
		"Proves that every dying network namespace's nsid leaves every "
		"surviving table\nexactly once.\n\nVerbs:\n");
	for (i = 0; i < n_verbs; i++) {
		snprintf(left, sizeof(left), "%s %s", verbs[i].name,
			 verbs[i].arguments);
		if (strlen(left) > 28)
			fprintf(stream, "  %s\n  %-28s %s\n", left, "",
				verbs[i].summary);
		else
			fprintf(stream, "  %-28s %s\n", left, verbs[i].summary);
	}
	fprintf(stream, "\nOptions:\n");
	help_options(stream, 0);
	fprintf(stream, "\nExit status: 0 all well, 1 failure, 2 usage, "
			"3 findings, 4 indeterminate,\n69 no daemon, 75 timed "
			"out, 77 no permission. See nsidwatch(1).\n");
}
