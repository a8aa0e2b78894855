/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EVENT_LAZY_H
#define OCELLI_EVENT_LAZY_H

#include <protobuf-c/protobuf-c.h>

/*
 * An event in which some messages are only marked: they are filled when somebody
 * wants to look into them, and who does asks for it first. NULL stands for one in
 * which all is there.
 */
struct lazy {
	/* Fills @msg if it is one of those, or with NULL all of them. Returns 0 or -ENOMEM. */
	int (*fill)(struct lazy *lazy, const ProtobufCMessage *msg);
};

static inline int lazy_fill(struct lazy *lazy, const ProtobufCMessage *msg)
{
	return lazy && msg ? lazy->fill(lazy, msg) : 0;
}

static inline int lazy_fill_all(struct lazy *lazy)
{
	return lazy ? lazy->fill(lazy, NULL) : 0;
}

#endif
