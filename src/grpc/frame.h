/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_GRPC_FRAME_H
#define OCELLI_GRPC_FRAME_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

/* Before each message: whether it is compressed, and its length, big-endian. */
#define FRAME_PREFIX 5

struct frame {
	bool compressed;
	uint32_t len; /* of the message behind it */
};

struct frame frame_read(const uint8_t prefix[FRAME_PREFIX]);
void frame_write(uint8_t prefix[FRAME_PREFIX], size_t len);

/*
 * Reads a message from outside. What it takes in memory is bounded by its length.
 * Returns 0 with one that protobuf_c_message_free_unpacked(…, NULL) frees, or
 * -EBADMSG: it is none of that type, or would take more memory than it may.
 */
int frame_unpack(const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t len,
		 ProtobufCMessage **ret);

#endif
