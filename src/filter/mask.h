/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_FILTER_MASK_H
#define OCELLI_FILTER_MASK_H

#include "base/error.h"
#include "base/arena.h"
#include "event/lazy.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* A tree of fields of one type of message. Of two paths, one within the other, the wider counts.
 * All zero is the empty mask. */
struct mask {
	struct mask_entry *v;
	size_t n;
};

struct mask_entry {
	const ProtobufCFieldDescriptor *field;
	struct mask within; /* empty: all of the field */
};

/*
 * Adds a path such as "process.pod.name", in proto or camelCase names. It goes
 * through lists, to the field of all their elements, but not into maps. Returns
 * 0; -ENOENT when a name is no field of the message it is looked up in, which
 * the error says; -ENOMEM.
 */
int mask_add(struct mask *mask, const ProtobufCMessageDescriptor *descriptor, const char *path,
	     struct error **reterr);

/*
 * Returns @msg with only the fields in the mask, or with @exclude only those
 * not in it. It is a copy as deep as the mask; the rest is shared with @msg, and
 * the copy in @arena. What is copied is filled first if @lazy (may be NULL) has to;
 * what is shared stays as it is. NULL when out of memory.
 */
ProtobufCMessage *mask_apply(const struct mask *mask, bool exclude, const ProtobufCMessage *msg,
			     struct lazy *lazy, struct arena *arena);

void mask_free(struct mask *mask);

#endif
