/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A recording as bytes: what a shell told the engine <-> the frames of a pcap
 * file with LINKTYPE_NETLINK (253). Files are common/kernel/capture.h's. A frame
 * is a header of 16 bytes, in network order, and netlink messages in the byte
 * order of the recording machine, which is that of the file:
 *   0  packet type: 2 an event (multicast), 4 a question, 0 its answer
 *   2  824 (ARPHRD_NETLINK)
 *   4  4, the length of the address
 *   6  the address: home's number for the holder, or a TAG_ of event.h
 *  10  a check sum, where Linux leaves padding: trace_sum()
 *  14  netlink protocol
 * Events, questions and answers are NETLINK_ROUTE, byte for byte as they were.
 * A loss is an NLMSG_OVERRUN with its cause in four bytes.
 *
 * All else that the engine was told has protocol TRACE_PROTOCOL: no kernel can
 * have that one (MAX_LINKS is 32), so that tools show it as data. It is one
 * netlink message of the type TRACE_MESSAGE_TYPE + enum trace_type, and what
 * it holds is little endian everywhere. No event stands in it twice: an event
 * is its message and the last moment.
 *
 * Source of the header: "LINKTYPE_NETLINK" at tcpdump.org, linux/if_packet.h.
 */

#include "common/engine/input.h"
#include "common/engine/settings.h"

#define TRACE_VERSION 5 /* 1 to 4 can be read as well */
#define TRACE_PROTOCOL 0x4e57
#define TRACE_MESSAGE_TYPE 0x100
#define TRACE_LINKTYPE 253

#define TRACE_MESSAGE_MAX 65536u /* the longest message kept, in bytes */
#define TRACE_FRAME_MAX (TRACE_MESSAGE_MAX + 32u)
#define TRACE_TEXT_MAX 32768u /* with its NUL; a part of an image */
#define TRACE_WORD_MAX 128u   /* a version or a release, with its NUL */
#define TRACE_ROWS_MAX 4096u  /* of one frame */

enum trace_type {
	TRACE_BEGIN,	/* the first frame of every file */
	TRACE_MOMENT,	/* the moment of what follows */
	TRACE_INPUT,	/* what the engine was fed */
	TRACE_QUESTION, /* what it then wanted to know */
	TRACE_NOTHING,	/* it was asked, and wanted to know nothing */
	TRACE_ROWS,	/* rows of the answer that follows */
	TRACE_SETTINGS, /* it got new ones */
	TRACE_REPORT,	/* what its owner says beside the verdicts */
	TRACE_MESSAGE,	/* a question or an answer on the wire, for people */
	TRACE_END,	/* nothing is missing from this file */
	TRACE_IMAGE,	/* behind the beginning: the engine that goes on */
	TRACE_TYPES,
};

enum trace_direction {
	TRACE_ANSWERED,
	TRACE_ASKED,
};

/* What is known before everything else. */
struct trace_begin {
	uint64_t file;	     /* of the files of one recording, from 1 */
	const char *program; /* version of the recorder; borrowed */
	const char *release; /* of the kernel; borrowed */
	int built_batched;   /* 1 yes, 0 no, -1 nothing tells */
	struct settings settings;
	struct start start; /* the same one in all files of a recording */
	int32_t self_nsid;  /* home's number for itself, as known by now */
};

/* Pointers are borrowed: for trace_write(), from trace_read() to the next. */
struct trace_record {
	enum trace_type type;
	struct stamp at; /* not of an event: that has its own */
	union {
		struct trace_begin begin;
		struct input input;
		struct question question;
		struct settings settings;
		const char *report;
		struct {
			const struct row *rows;
			size_t n_rows;
		} rows;
		struct {
			enum trace_direction direction;
			const void *bytes;
			size_t len;
			uint64_t whole; /* TRACE_IMAGE: of all parts */
		} message;
		bool goes_on; /* TRACE_END: in the next file */
	};
	/* of TRACE_INPUT with an event: its message, for trace_write() */
	const void *event_bytes;
	size_t event_len;
};

/* One frame, and its time stamp for the file's own header. */
struct trace_frame {
	uint32_t seconds, nanoseconds;
	size_t len;
	const void *bytes; /* borrowed; aligned to 4 bytes */
};

/* The writing or the reading of one file. */
struct trace {
	struct stamp at;
	uint32_t check, version;
	bool foreign; /* the file has the other byte order */
	bool begun;
	struct row *rows; /* owned; read, for the answer to come */
	size_t n_rows, cap_rows;
	uint32_t *buf; /* owned; TRACE_FRAME_MAX bytes */
	struct answer answer;
	struct sighting sighting;
	struct inherited inherited;
	char name[NAME_MAX_BYTES], label[NAME_MAX_BYTES];
	char text[TRACE_TEXT_MAX];
};

enum trace_outcome {
	TRACE_DAMAGED = 1, /* no frame of ours, or not as it was written */
	TRACE_FOREIGN,	   /* of a version that is not known here */
};

/* trace_init - foreign is for reading only. 0 or -ENOMEM. */
int trace_init(struct trace *trace, bool foreign);
void trace_deinit(struct trace *trace);

/*
 * trace_write - the record as the next frame of the file. Rows of an answer come
 * before it, in parts of TRACE_ROWS_MAX. ret_frame->bytes is valid until the
 * next call. Returns 0, or -EMSGSIZE where no frame can hold the record.
 */
int trace_write(struct trace *trace, const struct trace_record *record,
		struct trace_frame *ret_frame);

/* trace_sum - of the next frame, of 16 bytes or more: of the sum before, its
 * stamp, and all bytes but 10 to 13. A flip, a loss, a swap change it. */
uint32_t trace_sum(const struct trace *trace, const struct trace_frame *frame);

/*
 * trace_read - the next frame of the file as a record.
 *
 * Any bytes are legal. Returns 0, TRACE_DAMAGED, TRACE_FOREIGN or -ENOMEM;
 * after these nothing more can be read from the file.
 */
int trace_read(struct trace *trace, const struct trace_frame *frame,
	       struct trace_record *ret_record);
