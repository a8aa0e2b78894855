// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "event/json.h"

#include <tetragon/sensors.pb-c.h>

#include <errno.h>

/* What is accepted is written as JSON that is accepted and written the same. */
static void check(const ProtobufCMessageDescriptor *type, const char *text, size_t len)
{
	_cleanup_str_ struct str first = STR_INIT, second = STR_INIT;
	_cleanup_error_ struct error *err = NULL;
	struct json_writer w = {.extensions = true};
	ProtobufCMessage *msg;

	if (json_read(type, text, len, &msg, &err) < 0) {
		MUST(err->code == -EBADMSG && err->message);
		MUST(err->line == 1 && err->column >= 1 && err->column <= len + 1);
		return;
	}
	json_write(&w, &first, msg);
	protobuf_c_message_free_unpacked(msg, NULL);

	MUST(json_read(type, first.data, first.len, &msg, NULL) == 0);
	json_write(&w, &second, msg);
	protobuf_c_message_free_unpacked(msg, NULL);
	MUST(first.len == second.len && !memcmp(first.data, second.data, first.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The events, and what has the well-known types that they have not. */
	static const ProtobufCMessageDescriptor *const types[] = {
		&tetragon__get_events_response__descriptor,
		&tetragon__get_events_request__descriptor,
		&tetragon__get_info_response__descriptor,
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		check(types[i], (const char *)data, size);
	return 0;
}
