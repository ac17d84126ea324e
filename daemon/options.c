/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/wire/conf.h"
#include "common/wire/interface.h"

#define USAGE                                                \
	"usage: nsidwatchd [--config FILE] [--socket PATH] " \
	"[--state-dir DIR]\n"                                \
	"       [--receive-buffer BYTES] "                   \
	"[--replay FILE [--fast]]\n"

enum option_value {
	OPTION_CONFIG = 'c',
	OPTION_SOCKET = 's',
	OPTION_STATE_DIR = 'd',
	OPTION_RECEIVE_BUFFER = 'b',
	OPTION_REPLAY = 'r',
	OPTION_FAST = 'f',
	OPTION_HELP = 'h',
	OPTION_VERSION = 'V',
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "state-dir", required_argument, NULL, OPTION_STATE_DIR },
	{ "receive-buffer", required_argument, NULL, OPTION_RECEIVE_BUFFER },
	{ "replay", required_argument, NULL, OPTION_REPLAY },
	{ "fast", no_argument, NULL, OPTION_FAST },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

static void print_help(void)
{
	fputs(USAGE
	      "\n"
	      "Watches that dying network namespaces leave every nsid table.\n"
	      "\n"
	      "  --config FILE           read FILE and nothing else "
	      "(default: /etc, /run and\n"
	      "                          /usr/lib, nsidwatch.conf(5))\n"
	      "  --socket PATH           where clients ask (default:\n"
	      "                          " INTERFACE_SOCKET ")\n"
	      "  --state-dir DIR         where what is known is left for the "
	      "next start\n"
	      "                          (default: $STATE_DIRECTORY)\n"
	      "  --receive-buffer BYTES  asked for the event socket; K, M and "
	      "G are powers\n"
	      "                          of 1024 (default: 64M)\n"
	      "  --replay FILE           be told what FILE recorded, at its "
	      "pace, instead of\n"
	      "                          watching the kernel\n"
	      "  --fast                  with --replay: as fast as it goes\n"
	      "  --help                  this text\n"
	      "  --version               the version\n"
	      "\n"
	      "SIGHUP reads the configuration again, SIGTERM and SIGINT end "
	      "it.\n"
	      "See nsidwatchd(8).\n",
	      stdout);
}

static int read_receive_buffer(const char *text, struct options *options)
{
	uint64_t bytes;

	if (conf_size(text, &bytes) != 0 || bytes < CONF_RECEIVE_BUFFER_MIN ||
	    bytes > CONF_RECEIVE_BUFFER_MAX) {
		fprintf(stderr,
			"nsidwatchd: --receive-buffer: \"%s\" is not a size "
			"from 2K to 1G\n",
			text);
		return OPTIONS_WRONG;
	}
	options->receive_buffer = (uint32_t)bytes;
	return 0;
}

static int read_option(int value, struct options *options)
{
	switch (value) {
	case OPTION_CONFIG:
		options->config = optarg;
		return 0;
	case OPTION_SOCKET:
		options->socket = optarg;
		return 0;
	case OPTION_STATE_DIR:
		options->state_dir = optarg;
		return 0;
	case OPTION_RECEIVE_BUFFER:
		return read_receive_buffer(optarg, options);
	case OPTION_REPLAY:
		options->replay = optarg;
		return 0;
	case OPTION_FAST:
		options->fast = true;
		return 0;
	case OPTION_HELP:
		print_help();
		return OPTIONS_SHOWN;
	case OPTION_VERSION:
		puts("nsidwatchd " PACKAGE_VERSION);
		return OPTIONS_SHOWN;
	default: /* getopt_long(3) has said what is wrong */
		fputs(USAGE, stderr);
		return OPTIONS_WRONG;
	}
}

int options_parse(int argc, char *argv[], struct options *ret_options)
{
	struct options options = { 0 };
	int value, r;

	while ((value = getopt_long(argc, argv, "", long_options, NULL)) >= 0) {
		r = read_option(value, &options);
		if (r != 0)
			return r;
	}
	if (optind < argc) {
		fprintf(stderr,
			"nsidwatchd: \"%s\" is one argument too many\n" USAGE,
			argv[optind]);
		return OPTIONS_WRONG;
	}
	if (options.socket && strlen(options.socket) > CONF_SOCKET_MAX) {
		fprintf(stderr,
			"nsidwatchd: --socket: a path of %zu bytes is too long "
			"for a socket\n",
			strlen(options.socket));
		return OPTIONS_WRONG;
	}
	if (options.fast && !options.replay) {
		fputs("nsidwatchd: --fast needs --replay\n", stderr);
		return OPTIONS_WRONG;
	}
	*ret_options = options;
	return 0;
}

void options_apply(const struct options *options, struct conf *conf)
{
	if (options->socket)
		strcpy(conf->socket, options->socket);
	if (options->receive_buffer)
		conf->receive_buffer = options->receive_buffer;
}
