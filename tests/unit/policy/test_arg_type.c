// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "policy/arg_type.h"
#include "tetragon/tetragon.pb-c.h"

#include <protobuf-c/protobuf-c.h>
#include <string.h>

/* Names of one type are of one kind. */
static void test_aliases(void **state)
{
	const struct arg_type *a, *b;

	for (size_t i = 0; (a = arg_type_at(i)); i++) {
		for (size_t j = 0; (b = arg_type_at(j)); j++) {
			if (a->id != b->id)
				continue;
			assert_int_equal(a->groups, b->groups);
			assert_int_equal(a->bits, b->bits);
			assert_int_equal(a->is_signed, b->is_signed);
			assert_true(i == j || strcmp(a->name, b->name) != 0);
		}
		assert_true(!(a->groups &
			      (ARG_GROUP_INT | ARG_GROUP_CAPABILITIES | ARG_GROUP_SYSCALL)) ||
			    a->bits);
	}
}

/* What arguments are told as are members of the event. */
static void test_members(void **state)
{
	const struct arg_type *type;

	for (size_t i = 0; (type = arg_type_at(i)); i++) {
		assert_string_equal(type->name, arg_types.name(i));
		if (type->member)
			assert_non_null(protobuf_c_message_descriptor_get_field_by_name(
				&tetragon__kprobe_argument__descriptor, type->member));
		else
			assert_true(type->id < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_members),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
