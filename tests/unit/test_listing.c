/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A long list from what a daemon says, whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/listing.h"
#include "client/options.h"

#define MORE(rows) "{\"parameters\":{\"deaths\":[" rows "]},\"continues\":true}"
#define LAST(rows) "{\"parameters\":{\"deaths\":[" rows "]}}"

struct talk {
	char socket[64];
	int listener;
	char printed[4096];
};

static int setup(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct talk *talk = calloc(1, sizeof(*talk));

	snprintf(talk->socket, sizeof(talk->socket), "/tmp/listing-%d",
		 (int)getpid());
	strcpy(address.sun_path, talk->socket);
	talk->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_return_code(bind(talk->listener, (struct sockaddr *)&address,
				sizeof(address)),
			   0);
	assert_return_code(listen(talk->listener, 1), 0);
	*state = talk;
	return 0;
}

static int teardown(void **state)
{
	struct talk *talk = *state;

	close(talk->listener);
	unlink(talk->socket);
	free(talk);
	return 0;
}

/* In the child: whatever is asked, these messages, and then the end. */
static void answer(const struct talk *talk, const char *const messages[])
{
	int fd = accept(talk->listener, NULL, NULL);
	char c = 'x';

	while (c && read(fd, &c, 1) == 1)
		;
	for (; *messages; messages++)
		if (write(fd, *messages, strlen(*messages) + 1) < 0)
			_exit(1);
	_exit(0);
}

/* What is printed then goes to talk->printed; returns the status. */
static int list(struct talk *talk, bool json, const char *const messages[])
{
	const struct options options = { .json = json,
					 .no_pager = true,
					 .socket = talk->socket };
	FILE *file = tmpfile();
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), status;
	size_t n;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		answer(talk, messages);
	dup2(fileno(file), STDOUT_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	status = listing_ask(&options, "a.b.C", LIST_DEATHS, NULL);
	fflush(NULL);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	rewind(file);
	n = fread(talk->printed, 1, sizeof(talk->printed) - 1, file);
	talk->printed[n] = '\0';
	fclose(file);
	waitpid(pid, NULL, 0);
	return status;
}

#define LIST(talk, json, ...) \
	list(talk, json, (const char *const[]){ __VA_ARGS__, NULL })

static void test_json(void **state)
{
	struct talk *talk = *state;

	assert_int_equal(LIST(talk, true, MORE("{\"id\":1},{\"id\":2}"),
			      MORE(""), LAST("{\"id\":3}")),
			 STATUS_WELL);
	assert_string_equal(talk->printed,
			    "{\"deaths\":[\n{\"id\":1},\n{\"id\":2},\n"
			    "{\"id\":3}\n]}\n");
	assert_int_equal(LIST(talk, true, LAST("")), STATUS_WELL);
	assert_string_equal(talk->printed, "{\"deaths\":[]}\n");
}

/* The same document, however a daemon puts its words. */
static void test_json_otherwise(void **state)
{
	struct talk *talk = *state;

	assert_int_equal(LIST(talk, true, MORE("{\"id\":1}"),
			      "{ \"continues\": true, \"parameters\":"
			      " { \"lost\": 4, \"deaths\": [ {\"id\": 2} ] } }",
			      MORE("{\"name\":\"caf\xc3\xa9\"}"),
			      LAST("{\"id\":[{}]}")),
			 STATUS_WELL);
	assert_string_equal(talk->printed,
			    "{\"deaths\":[\n{\"id\":1},\n{\"id\":2},\n"
			    "{\"name\":\"caf\xc3\xa9\"},\n{\"id\":[{}]}\n],"
			    "\"lost\":4}\n");
}

static void test_text(void **state)
{
	struct talk *talk = *state;

	assert_int_equal(LIST(talk, false, MORE("{\"id\":12}"),
			      LAST("{\"id\":3,\"verdict\":\"open\"}")),
			 STATUS_WELL);
	assert_non_null(strstr(talk->printed, "\n12  -     -        -"));
	assert_non_null(strstr(talk->printed, "\n 3  -     open     -"));
	assert_int_equal(LIST(talk, false, MORE(""), LAST("")), STATUS_WELL);
	assert_string_equal(talk->printed, "no death was seen\n");
}

/* Half a list could be taken for all of it. */
static void test_ends_early(void **state)
{
	static const struct {
		const char *second;
		int status;
		const char *says;
	} cases[] = {
		{ NULL, STATUS_NO_DAEMON, "has gone" },
		{ "{\"error\":\"io.nsidwatch.Ending\"}", STATUS_NO_DAEMON,
		  "is ending" },
		{ LAST("{\"id\":2},"), STATUS_FAILURE, "makes no sense" },
		{ LAST("{\"id\":\"\x1b[2J\"}"), STATUS_FAILURE,
		  "makes no sense" },
		{ LAST("{\"id\":\"\xff\"}"), STATUS_FAILURE, "makes no sense" },
		{ "{\"parameters\":{\"deaths\":{}}}", STATUS_FAILURE,
		  "has no 'deaths'" },
	};
	struct talk *talk = *state;
	size_t i;
	int json;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (json = 0; json < 2; json++) {
			assert_int_equal(LIST(talk, json, MORE("{\"id\":1}"),
					      cases[i].second),
					 cases[i].status);
			assert_non_null(strstr(talk->printed, cases[i].says));
			assert_null(strstr(talk->printed, "\"id\""));
			assert_null(strstr(talk->printed, "VERDICT"));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_otherwise),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_ends_early),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
