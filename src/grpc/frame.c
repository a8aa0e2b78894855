// SPDX-License-Identifier: Apache-2.0
#include "grpc/frame.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An empty message inside another takes two bytes, and some hundred when it is read. Of what
 * people ask for no message takes more than a few times its length. */
#define MEMORY_TIMES 16
#define MEMORY_MORE ((size_t)64 * 1024)

struct frame frame_read(const uint8_t prefix[FRAME_PREFIX])
{
	uint32_t len;

	memcpy(&len, prefix + 1, sizeof(len));
	return (struct frame){.compressed = prefix[0], .len = be32toh(len)};
}

void frame_write(uint8_t prefix[FRAME_PREFIX], size_t len)
{
	uint32_t size = htobe32((uint32_t)len);

	prefix[0] = 0;
	memcpy(prefix + 1, &size, sizeof(size));
}

static void *allocate(void *userdata, size_t size)
{
	size_t *room = userdata;

	if (size > *room)
		return NULL;
	*room -= size;
	return malloc(size);
}

static void release(void *userdata, void *p)
{
	free(p);
}

int frame_unpack(const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t len,
		 ProtobufCMessage **ret)
{
	size_t room = len * MEMORY_TIMES + MEMORY_MORE;
	ProtobufCAllocator bounded = {allocate, release, &room};
	ProtobufCMessage *message = protobuf_c_message_unpack(type, &bounded, len, data);

	if (!message)
		return -EBADMSG;
	*ret = message;
	return 0;
}
