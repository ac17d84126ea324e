/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the socket speaks: the interface io.nsidwatch, its names and limits.
 * io.nsidwatch(7) is its manual page; the types of the replies are built in
 * common/wire/shapes.c.
 */

#include <stddef.h>

#define INTERFACE_NAME "io.nsidwatch"
#define INTERFACE_SERVICE "org.varlink.service"
#define INTERFACE_SOCKET "/run/nsidwatch/io.nsidwatch"

/*
 * Methods. The lists (Namespaces to Events) come in one reply; called with
 * `more` they come in as many as it takes, each with `continues` but the last,
 * and each with its part of the array that the method is named for:
 *
 *   Status() -> the shape of `status`
 *   Namespaces() -> (namespaces: [])
 *   Nsids(holder: ?string) -> (entries: [])
 *   Deaths(limit: ?int) -> (deaths: [])
 *   Passes(limit: ?int) -> (passes: [])
 *   Findings(id: ?string, limit: ?int) -> (findings: [])
 *   Events(limit: ?int, follow: ?bool) -> (events: [], lost: int)
 *   Subscribe(limit: ?int) -> (alerts: [], lost: int)
 *   Audit() -> the shape of `audit`
 *   WaitGone(name: string, timeout_ms: ?int) -> (name: string)
 *
 * `limit` takes the newest so many; they come oldest first. `lost` counts the
 * events that were overwritten before they could be sent. `follow` needs `more`
 * and ends with the connection. A list that does not fit one reply of
 * VARLINK_REPLY_MAX is refused with ExpectedMore unless `more` was given.
 */
#define INTERFACE_STATUS INTERFACE_NAME ".Status"
#define INTERFACE_NAMESPACES INTERFACE_NAME ".Namespaces"
#define INTERFACE_NSIDS INTERFACE_NAME ".Nsids"
#define INTERFACE_DEATHS INTERFACE_NAME ".Deaths"
#define INTERFACE_PASSES INTERFACE_NAME ".Passes"
#define INTERFACE_FINDINGS INTERFACE_NAME ".Findings"
#define INTERFACE_EVENTS INTERFACE_NAME ".Events"
#define INTERFACE_SUBSCRIBE INTERFACE_NAME ".Subscribe"
#define INTERFACE_AUDIT INTERFACE_NAME ".Audit"
#define INTERFACE_WAIT_GONE INTERFACE_NAME ".WaitGone"
#define INTERFACE_GET_INFO INTERFACE_SERVICE ".GetInfo"
#define INTERFACE_GET_DESCRIPTION INTERFACE_SERVICE ".GetInterfaceDescription"

/* Errors, with the parameters that they carry. */
#define INTERFACE_NO_SUCH_NAMESPACE INTERFACE_NAME ".NoSuchNamespace" /* name */
#define INTERFACE_NO_SUCH_FINDING INTERFACE_NAME ".NoSuchFinding"     /* id */
/* It has no number in home, so nobody can hear it end. */
#define INTERFACE_NOT_HEARD INTERFACE_NAME ".NotHeard" /* name */
#define INTERFACE_NOT_KNOWN INTERFACE_NAME ".NotKnown" /* name */
#define INTERFACE_IS_HOME INTERFACE_NAME ".IsHome"     /* name */
#define INTERFACE_TIMED_OUT INTERFACE_NAME ".TimedOut" /* name */
/* A daemon that is fed by a recording cannot ask the kernel. */
#define INTERFACE_NO_KERNEL INTERFACE_NAME ".NoKernel"
/* limit: how many clients there may be; sent unasked, then the end. */
#define INTERFACE_BUSY INTERFACE_NAME ".Busy"
/* reason: why the request could not be read; then the end. */
#define INTERFACE_INVALID_MESSAGE INTERFACE_NAME ".InvalidMessage"
/* The daemon ends before the answer is known. */
#define INTERFACE_ENDING INTERFACE_NAME ".Ending"

/*
 * Limits of parameters: of `limit` (from 1), of `timeout_ms` (from 0), and the
 * bytes of a name, a holder or an id with its NUL.
 */
#define INTERFACE_LIMIT_MAX 1000000
#define INTERFACE_TIMEOUT_MAX_MS (7 * 86400 * 1000)
#define INTERFACE_TEXT_MAX 4096

/*
 * interface_description - the text of an interface in Varlink's definition
 * language; NULL where we do not have it. A constant.
 */
const char *interface_description(const char *name);

/* interface_name - the interfaces we have, from 0; NULL beyond the last. */
const char *interface_name(size_t index);
