// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "api/descriptors.h"
#include "base/macro.h"

#include <string.h>

/* Its name is its first field. */
static void check_file(const ProtobufCBinaryData *file, const char *name)
{
	assert_true(file->len > 2 + strlen(name));
	assert_int_equal(file->data[0], 0x0a);
	assert_int_equal(file->data[1], strlen(name));
	assert_memory_equal(file->data + 2, name, strlen(name));
}

static void files(void **state)
{
	static const char *const names[] = {
		"tetragon/events.proto",
		"tetragon/sensors.proto",
		"google/protobuf/timestamp.proto",
		"grpc/health/v1/health.proto",
		"grpc/reflection/v1alpha/reflection.proto",
	};
	static const char *const none[] = {"", "tetragon", "tetragon/events.proto ",
					   "events.proto"};
	ProtobufCBinaryData file;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_true(descriptors_find_file(names[i], &file));
		check_file(&file, names[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_false(descriptors_find_file(none[i], &file));
}

static void symbols(void **state)
{
	static const struct {
		const char *symbol, *file; /* NULL: there is none */
	} cases[] = {
		{"tetragon.FineGuidanceSensors", "tetragon/sensors.proto"},
		{"tetragon.FineGuidanceSensors.GetEvents", "tetragon/sensors.proto"},
		{"tetragon.Process", "tetragon/tetragon.proto"},
		{"tetragon.Process.pid", "tetragon/tetragon.proto"},
		{"tetragon.GetEventsResponse.event", "tetragon/events.proto"},
		{"tetragon.EventType", "tetragon/events.proto"},
		{"google.protobuf.Timestamp", "google/protobuf/timestamp.proto"},
		{"grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc/health/v1/health.proto"},
		{"grpc.reflection.v1.ServerReflection", "grpc/reflection/v1/reflection.proto"},
		{"", NULL},
		{".", NULL},
		{"tetragon", NULL},
		{"tetragon.", NULL},
		{"tetragon.Proces", NULL},
		{"tetragon.Processes", NULL},
		{"tetragon.Process.", NULL},
		{"tetragon.Process.pid.x", NULL},
		{"tetragon..Process", NULL},
		{"Process", NULL},
		{"tetragon.FineGuidanceSensors.Nothing", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ProtobufCBinaryData file;
		bool found = descriptors_find_symbol(cases[i].symbol, &file);

		assert_int_equal(found, cases[i].file != NULL);
		if (found)
			check_file(&file, cases[i].file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(symbols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
