// SPDX-License-Identifier: Apache-2.0
/* What clients send: messages, time limits; and text for what they are sent. */
#include "grpc/frame.h"
#include "grpc/internal.h"

#include <stdlib.h>

size_t request_length(const uint8_t *data, size_t len)
{
	struct frame frame;

	if (len < FRAME_PREFIX)
		return 0;
	frame = frame_read(data);
	return frame.len <= len - FRAME_PREFIX ? FRAME_PREFIX + frame.len : 0;
}

enum grpc_status request_unpack(const ProtobufCMessageDescriptor *type, const uint8_t *data,
				size_t len, ProtobufCMessage **ret, const char **reason)
{
	struct frame frame;

	*reason = "the request is not one whole message";
	if (len < FRAME_PREFIX)
		return GRPC_INVALID_ARGUMENT;
	frame = frame_read(data);
	if (frame.len != len - FRAME_PREFIX)
		return GRPC_INVALID_ARGUMENT;
	*reason = "the request is compressed; send it as it is (identity)";
	if (frame.compressed)
		return GRPC_UNIMPLEMENTED;
	*reason = "the request cannot be read as what this method takes";
	if (frame_unpack(type, data + FRAME_PREFIX, frame.len, ret) < 0)
		return GRPC_INVALID_ARGUMENT;
	return GRPC_OK;
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

void percent_encode(struct str *out, const char *text, size_t max)
{
	for (; *text && max > 0; text++, max--) {
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
	struct grpc_message *m = malloc(sizeof(*m) + FRAME_PREFIX + len);

	if (!m || len > UINT32_MAX) {
		free(m);
		return NULL;
	}
	m->refs = 1;
	m->len = FRAME_PREFIX + len;
	frame_write(m->data, len);
	protobuf_c_message_pack(message, m->data + FRAME_PREFIX);
	return m;
}

void grpc_message_unref(struct grpc_message *message)
{
	if (message && --message->refs == 0)
		free(message);
}
