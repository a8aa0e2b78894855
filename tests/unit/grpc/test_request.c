// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/macro.h"
#include "grpc/internal.h"

#include "tetragon/events.pb-c.h"
#include "tetragon/sensors.pb-c.h"

#include <stdlib.h>
#include <string.h>

#define TYPE &tetragon__add_tracing_policy_request__descriptor

static enum grpc_status unpack(const struct grpc_message *m, size_t len, ProtobufCMessage **ret)
{
	const char *reason = NULL;
	enum grpc_status status = request_unpack(TYPE, m->data, len, ret, &reason);

	assert_non_null(reason);
	return status;
}

static void there_and_back(void **state)
{
	Tetragon__AddTracingPolicyRequest message = TETRAGON__ADD_TRACING_POLICY_REQUEST__INIT;
	const Tetragon__AddTracingPolicyRequest *read;
	ProtobufCMessage *request = NULL;
	struct grpc_message *m;

	message.yaml = (char *)(uintptr_t)"kind: TracingPolicy";
	m = grpc_message_new(&message.base);
	assert_non_null(m);
	assert_int_equal(unpack(m, m->len, &request), GRPC_OK);
	read = (const void *)request;
	assert_string_equal(read->yaml, message.yaml);
	protobuf_c_message_free_unpacked(request, NULL);
	request = NULL;
	/* Less, more, compressed. */
	for (size_t len = 0; len < m->len; len++)
		assert_int_equal(unpack(m, len, &request), GRPC_INVALID_ARGUMENT);
	m->data[4]--;
	assert_int_equal(unpack(m, m->len, &request), GRPC_INVALID_ARGUMENT);
	m->data[4]++;
	m->data[0] = 1;
	assert_int_equal(unpack(m, m->len, &request), GRPC_UNIMPLEMENTED);
	assert_null(request);
	grpc_message_unref(m);
}

static void what_is_no_message(void **state)
{
	static const uint8_t bytes[] = {0, 0, 0, 0, 2, 0x0a, 0x7f};
	ProtobufCMessage *request = NULL;
	const char *reason;

	assert_int_equal(request_unpack(TYPE, bytes, sizeof(bytes), &request, &reason),
			 GRPC_INVALID_ARGUMENT);
	assert_null(request);
}

/* Two bytes each, that would take some hundred when they are read. */
static void more_than_it_looks_like(void **state)
{
	enum { N = 1000000 };
	uint8_t *bytes = malloc(5 + 2 * N);
	ProtobufCMessage *request = NULL;
	const char *reason;

	assert_non_null(bytes);
	memcpy(bytes,
	       (const uint8_t[]){0, 2 * N >> 24, 2 * N >> 16 & 255, 2 * N >> 8 & 255, 2 * N & 255},
	       5);
	for (size_t i = 0; i < N; i++) {
		bytes[5 + 2 * i] = 0x0a; /* allow_list */
		bytes[6 + 2 * i] = 0;
	}
	assert_int_equal(request_unpack(&tetragon__get_events_request__descriptor, bytes, 5 + 2 * N,
					&request, &reason),
			 GRPC_INVALID_ARGUMENT);
	assert_null(request);
	free(bytes);
}

static void time_limits(void **state)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} cases[] = {
		{"1S", 1000},      {"250m", 250},
		{"2M", 120000},    {"1H", 3600000},
		{"1n", 1},         {"1500u", 2},
		{"0S", 1},         {"", 0},
		{"S", 0},          {"5", 0},
		{"5x", 0},         {"-5S", 0},
		{"5 S", 0},        {"99999999H", 359999996400000},
		{"123456789S", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(timeout_parse(cases[i].text, strlen(cases[i].text)), cases[i].ms);
}

static void text_in_headers(void **state)
{
	struct str out = STR_INIT;

	percent_encode(&out, "100 % of\n\xc3\xa4", 100);
	assert_string_equal(str_cstr(&out), "100 %25 of%0A%C3%A4");
	str_reset(&out);
	percent_encode(&out, "100 % of", 5);
	assert_string_equal(str_cstr(&out), "100 %25");
	str_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),          cmocka_unit_test(what_is_no_message),
		cmocka_unit_test(more_than_it_looks_like), cmocka_unit_test(time_limits),
		cmocka_unit_test(text_in_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
