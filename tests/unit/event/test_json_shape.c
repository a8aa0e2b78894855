// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "event/json_shape.h"

#include <tetragon/sensors.pb-c.h>

static enum json_shape shape(const ProtobufCMessageDescriptor *type, const char *name)
{
	return json_shape(type, protobuf_c_message_descriptor_get_field_by_name(type, name));
}

static void shapes(void **state)
{
	assert_int_equal(shape(&tetragon__process__descriptor, "exec_id"), JSON_SINGLE);
	assert_int_equal(shape(&tetragon__process__descriptor, "pod"), JSON_SINGLE);
	assert_int_equal(shape(&tetragon__process__descriptor, "argv"), JSON_LIST);
	assert_int_equal(shape(&tetragon__process_exec__descriptor, "ancestors"), JSON_LIST);
	assert_int_equal(shape(&tetragon__pod__descriptor, "pod_labels"), JSON_MAP);
	assert_int_equal(shape(&tetragon__process_internal__descriptor, "refcnt_ops"), JSON_MAP);
}

static void looking_like_an_entry_is_not_enough(void **state)
{
	/* Named like one but of other fields, with such fields but not nested. */
	assert_int_equal(shape(&tetragon__process_kprobe__descriptor, "kernel_stack_trace"),
			 JSON_LIST);
	assert_int_equal(shape(&tetragon__process__descriptor, "environment_variables"), JSON_LIST);
	assert_int_equal(shape(&tetragon__get_info_response__descriptor, "conf"), JSON_LIST);
}

static void oneofs(void **state)
{
	assert_true(json_in_oneof(protobuf_c_message_descriptor_get_field_by_name(
		&tetragon__kprobe_argument__descriptor, "int_arg")));
	assert_false(json_in_oneof(protobuf_c_message_descriptor_get_field_by_name(
		&tetragon__kprobe_argument__descriptor, "label")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes),
		cmocka_unit_test(looking_like_an_entry_is_not_enough),
		cmocka_unit_test(oneofs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
