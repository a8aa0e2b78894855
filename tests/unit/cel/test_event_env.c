// SPDX-License-Identifier: Apache-2.0
#include "cel_test.h"

#include "cel/event_env.h"

#include <errno.h>

/* The table has the members of the oneof, all and no others, with their types. */
static void test_members(void **state)
{
	const ProtobufCMessageDescriptor *response = &tetragon__get_events_response__descriptor;
	unsigned n = 0;

	for (unsigned i = 0; i < response->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &response->fields[i];
		int variable = cel_event_variable(field->id);

		if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) {
			assert_int_equal(variable, -ENOENT);
			continue;
		}
		assert_in_range(variable, 0, cel_event_env.n_variables - 1);
		assert_string_equal(cel_event_env.variables[variable].name, field->name);
		assert_ptr_equal(cel_event_env.variables[variable].type.message, field->descriptor);
		n++;
	}
	assert_int_equal(n, cel_event_env.n_variables);
	assert_in_range(n, 1, CEL_VARIABLES_MAX);
	assert_int_equal(cel_event_variable(0), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_members)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
