// SPDX-License-Identifier: Apache-2.0
/* What clients send: messages, time limits; and text for what they are sent. */
#include "grpc/internal.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* Before each message: whether it is compressed, and its length, big-endian. */
#define PREFIX 5
/* An empty message inside another takes two bytes, and some hundred when it is read. Of what
 * people ask for no message takes more than a few times its length. */
#define MEMORY_TIMES 16
#define MEMORY_MORE ((size_t)64 * 1024)

/* Owns what was read. */
struct request {
	ProtobufCAllocator allocator;
	size_t room;
	ProtobufCMessage *message;
};

static void *allocate(void *userdata, size_t size)
{
	struct request *r = userdata;

	if (size > r->room)
		return NULL;
	r->room -= size;
	return malloc(size);
}

static void release(void *userdata, void *p)
{
	free(p);
}

size_t request_length(const uint8_t *data, size_t len)
{
	uint32_t size;

	if (len < PREFIX)
		return 0;
	memcpy(&size, data + 1, sizeof(size));
	return be32toh(size) <= len - PREFIX ? PREFIX + be32toh(size) : 0;
}

enum grpc_status request_unpack(const ProtobufCMessageDescriptor *type, const uint8_t *data,
				size_t len, struct request **ret, const char **reason)
{
	struct request *r;
	uint32_t size;

	*reason = "the request is not one whole message";
	if (len < PREFIX)
		return GRPC_INVALID_ARGUMENT;
	memcpy(&size, data + 1, sizeof(size));
	if (be32toh(size) != len - PREFIX)
		return GRPC_INVALID_ARGUMENT;
	if (data[0]) {
		*reason = "the request is compressed; send it as it is (identity)";
		return GRPC_UNIMPLEMENTED;
	}
	*reason = "out of memory";
	r = calloc(1, sizeof(*r));
	if (!r)
		return GRPC_RESOURCE_EXHAUSTED;
	r->allocator = (ProtobufCAllocator){allocate, release, r};
	r->room = len * MEMORY_TIMES + MEMORY_MORE;
	r->message = protobuf_c_message_unpack(type, &r->allocator, len - PREFIX, data + PREFIX);
	if (!r->message) {
		free(r);
		*reason = "the request cannot be read as what this method takes";
		return GRPC_INVALID_ARGUMENT;
	}
	*ret = r;
	return GRPC_OK;
}

const ProtobufCMessage *request_message(const struct request *request)
{
	return request->message;
}

void request_free(struct request **request)
{
	if (!*request)
		return;
	protobuf_c_message_free_unpacked((*request)->message, &(*request)->allocator);
	free(*request);
	*request = NULL;
}

/* Up to eight digits and a unit. */
uint64_t timeout_parse(const char *text, size_t len)
{
	static const struct {
		char unit;
		uint32_t ms; /* in one of these … */
		uint32_t of; /* … or of how many of these one is */
	} units[] = {{'H', 3600000, 1}, {'M', 60000, 1}, {'S', 1000, 1},
		     {'m', 1, 1},       {'u', 1, 1000},  {'n', 1, 1000000}};
	uint64_t v = 0;

	if (len < 2 || len > 9)
		return 0;
	for (size_t i = 0; i < len - 1; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		v = 10 * v + (uint64_t)(text[i] - '0');
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].unit == text[len - 1])
			return (v * units[i].ms + units[i].of - 1) / units[i].of + !v;
	return 0;
}

void percent_encode(struct str *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= ' ' && c <= '~' && c != '%')
			str_append_char(out, *text);
		else
			str_appendf(out, "%%%02X", c);
	}
}

struct grpc_message *grpc_message_new(const ProtobufCMessage *message)
{
	size_t len = protobuf_c_message_get_packed_size(message);
	struct grpc_message *m = malloc(sizeof(*m) + PREFIX + len);
	uint32_t size = htobe32((uint32_t)len);

	if (!m || len > UINT32_MAX) {
		free(m);
		return NULL;
	}
	m->refs = 1;
	m->len = PREFIX + len;
	m->data[0] = 0;
	memcpy(m->data + 1, &size, sizeof(size));
	protobuf_c_message_pack(message, m->data + PREFIX);
	return m;
}

void grpc_message_unref(struct grpc_message *message)
{
	if (message && --message->refs == 0)
		free(message);
}
