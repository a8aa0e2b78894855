// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "event/json_plan.h"

#include <tetragon/sensors.pb-c.h>

static void assert_order(const ProtobufCMessageDescriptor *type, const uint32_t *numbers, size_t n)
{
	const struct json_plan *plan = json_plan_get(type);

	assert_int_equal(plan->n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(plan->ops[i].number, numbers[i]);
}

#define ASSERT_ORDER(type, ...)                             \
	assert_order(type, (const uint32_t[]){__VA_ARGS__}, \
		     ARRAY_SIZE(((const uint32_t[]){__VA_ARGS__})))

static void order_is_that_of_declaration(void **state)
{
	ASSERT_ORDER(&tetragon__process_exec__descriptor, 1, 2, 3);
	/* The events' oneof reaches past the fields declared after it. */
	ASSERT_ORDER(&tetragon__get_events_response__descriptor, 1, 5, 9, 10, 11, 12, 27, 28, 29,
		     40000, 40001, 1000, 1001, 1002, 1003, 1004);
	/* A oneof after a plain field, and optional ones between plain ones. */
	ASSERT_ORDER(&tetragon__get_debug_response__descriptor, 1, 2, 3);
	ASSERT_ORDER(&tetragon__configure_tracing_policy_request__descriptor, 1, 2, 3, 4, 5);
}

static void label_is_last_of_an_argument(void **state)
{
	const struct json_plan *plan = json_plan_get(&tetragon__kprobe_argument__descriptor);

	assert_int_equal(plan->ops[plan->n - 1].number, 18);
	assert_int_equal(plan->ops[0].number, 1);
}

static void extensions_come_after(void **state)
{
	const struct json_plan *plan = json_plan_get(&tetragon__process__descriptor);

	assert_int_equal(plan->n_schema, 21);
	for (size_t i = 0; i < plan->n; i++)
		assert_int_equal(plan->ops[i].number >= JSON_FIRST_EXTENSION, i >= plan->n_schema);
}

static void made_once(void **state)
{
	assert_ptr_equal(json_plan_get(&tetragon__process__descriptor),
			 json_plan_get(&tetragon__process__descriptor));
	assert_ptr_not_equal(json_plan_get(&tetragon__process__descriptor),
			     json_plan_get(&tetragon__pod__descriptor));
}

static void labels_are_ready_to_copy(void **state)
{
	const struct json_plan *plan = json_plan_get(&tetragon__process_exit__descriptor);

	assert_string_equal(plan->ops[2].label, ",\"signal\":");
	assert_int_equal(plan->ops[2].label_len, strlen(plan->ops[2].label));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_that_of_declaration),
		cmocka_unit_test(label_is_last_of_an_argument),
		cmocka_unit_test(extensions_come_after),
		cmocka_unit_test(made_once),
		cmocka_unit_test(labels_are_ready_to_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
