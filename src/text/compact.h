/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TEXT_COMPACT_H
#define OCELLI_TEXT_COMPACT_H

#include "base/str.h"
#include "tetragon/events.pb-c.h"

#include <stdbool.h>

/*
 * Events for people: one line an event, "<emoji> <kind> <node or pod> <binary>
 * <detail> [capabilities]", perhaps with lines below it for stacks and hashes.
 */
struct compact_style {
	bool color;
	bool timestamps;   /* begin the line with the event's time */
	bool stack_traces; /* lines of a kprobe's stacks */
	bool ima_hash;     /* a line for the hash that an LSM event carries */
};

/*
 * Appends @event, line ends included. No byte of the event's strings can act
 * on a terminal. Returns 0; -ENODATA, with nothing appended, for an event of a
 * kind that this version does not know.
 */
int compact_write(const struct compact_style *style, struct str *out,
		  const Tetragon__GetEventsResponse *event);

#endif
