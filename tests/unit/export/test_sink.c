// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "export/sink.h"

#include <errno.h>

static unsigned freed;

static void count_free(struct sink *sink)
{
	freed++;
}

static void reasons_have_names(void **state)
{
	assert_string_equal(sink_drop_to_string(SINK_DROP_FULL), "full");
	assert_string_equal(sink_drop_to_string(SINK_DROP_ERROR), "error");
	assert_string_equal(sink_drop_to_string(SINK_DROP_CLOSED), "closed");
}

static void free_takes_the_problem_along(void **state)
{
	static const struct sink_ops ops = {.free = count_free};
	struct sink sink = {.ops = &ops}, *p = &sink;

	error_set(&sink.problem, -EIO, "nobody read this");
	sink_free(&p);
	assert_null(p);
	assert_int_equal(freed, 1);
	sink_free(&p);
	assert_int_equal(freed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons_have_names),
		cmocka_unit_test(free_takes_the_problem_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
