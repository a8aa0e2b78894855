/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_FILTER_JSON_LIST_H
#define OCELLI_FILTER_JSON_LIST_H

#include "base/error.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

/* Longest text, in bytes, and most objects in it. */
#define JSON_LIST_BYTES_MAX (1 << 20)
#define JSON_LIST_OBJECTS_MAX 1024

/*
 * Lists as people and Helm charts write them: JSON objects one after the other,
 * each on one line or over many, or one array of them. Calls @each with the
 * message made of every object in turn; the message is freed after. What has no
 * such field or no such value is refused: it would match more than was meant.
 *
 * @origin is where the text came from ("--export-allowlist", a path); errors
 * name the line and column of what is wrong in it, those of @each of the object
 * it was called for. Returns 0, -EBADMSG for what is no such list, -E2BIG,
 * -ENOMEM, or what @each returned below 0, which ends the walk.
 */
int json_list_read(const char *text, size_t len, const char *origin,
		   const ProtobufCMessageDescriptor *descriptor,
		   int (*each)(const ProtobufCMessage *msg, void *data, struct error **reterr),
		   void *data, struct error **reterr);

#endif
