/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_UNIT_FILTER_MESSAGES_H
#define OCELLI_TESTS_UNIT_FILTER_MESSAGES_H

#include "event/json.h"
#include "tetragon/events.pb-c.h"

#include <string.h>

/* Messages from JSON, for tests to say what they are about. Freed by message_free(). */
static inline void *message_new(const ProtobufCMessageDescriptor *descriptor, const char *json)
{
	ProtobufCMessage *msg = NULL;

	assert_int_equal(json_read(descriptor, json, strlen(json), &msg, NULL), 0);
	return msg;
}

#define event_new(json)                                                                         \
	((Tetragon__GetEventsResponse *)message_new(&tetragon__get_events_response__descriptor, \
						    json))

static inline void message_free(void *msg)
{
	protobuf_c_message_free_unpacked(*(ProtobufCMessage **)msg, NULL);
}

#define _cleanup_message_ __attribute__((cleanup(message_free)))

static inline void assert_json_equal(const void *msg, const char *json)
{
	struct json_writer writer = {.extensions = true};
	_cleanup_str_ struct str out = STR_INIT;

	json_write(&writer, &out, msg);
	assert_string_equal(str_cstr(&out), json);
}

#endif
