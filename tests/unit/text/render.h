/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_UNIT_TEXT_RENDER_H
#define OCELLI_TESTS_UNIT_TEXT_RENDER_H

#include "event/json.h"
#include "text/compact.h"

/* Appends the compact form of an event given as JSON. */
static inline int render(const struct compact_style *style, const char *json, struct str *out)
{
	ProtobufCMessage *msg = NULL;
	int r;

	assert_int_equal(json_read(&tetragon__get_events_response__descriptor, json, strlen(json),
				   &msg, NULL),
			 0);
	r = compact_write(style, out, (const Tetragon__GetEventsResponse *)msg);
	protobuf_c_message_free_unpacked(msg, NULL);
	return r;
}

static inline void assert_renders(const struct compact_style *style, const char *json,
				  const char *expected)
{
	_cleanup_str_ struct str out = STR_INIT;

	assert_int_equal(render(style, json, &out), 0);
	assert_string_equal(str_cstr(&out), expected);
}

#endif
