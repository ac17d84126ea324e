/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

struct options;

/*
 * check_run - run a command under watch, then make two barriers and judge
 * every death between the start and the second. The command keeps our standard
 * input and output; SIGINT and SIGTERM go on to it. Returns an enum status:
 * findings before doubt, doubt before a command that failed.
 */
int check_run(const struct options *options);
