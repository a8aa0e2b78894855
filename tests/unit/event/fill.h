/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_FILL_H
#define OCELLI_TESTS_FILL_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

/* Every message type of the schema, in *ret, which the caller frees. Returns how many. */
size_t schema_types(const ProtobufCMessageDescriptor ***ret);

/*
 * Makes a message with every field set, down to the last, to values that @seed
 * picks: ends of ranges, odd texts, unknown enum numbers. In a oneof it sets the
 * @seed-th member, counted round. Freed with protobuf_c_message_free_unpacked().
 */
ProtobufCMessage *fill_message(const ProtobufCMessageDescriptor *type, unsigned seed);

#endif
