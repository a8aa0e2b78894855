// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "export/outage.h"

#include <errno.h>

/* Returns whether the failure was told. */
static bool fails(struct outage *outage, struct sink *sink)
{
	struct error *err = NULL;
	bool told;

	error_set(&err, -EIO, "it fails");
	outage_report(outage, sink, &err);
	assert_null(err);
	told = sink->problem != NULL;
	error_free(&sink->problem);
	return told;
}

static void told_once(void **state)
{
	struct outage outage = {0};
	struct sink sink = {0};

	assert_true(fails(&outage, &sink));
	for (int i = 0; i < 10; i++) {
		assert_false(fails(&outage, &sink));
		outage_tick(&outage);
	}
}

static void told_again_after_it_worked(void **state)
{
	struct outage outage = {0};
	struct sink sink = {0};

	assert_true(fails(&outage, &sink));
	outage_tick(&outage);
	outage_worked(&outage);
	outage_tick(&outage);
	assert_true(fails(&outage, &sink));
}

static void silence_mends_nothing(void **state)
{
	struct outage outage = {0};
	struct sink sink = {0};

	assert_true(fails(&outage, &sink));
	outage_tick(&outage);
	outage_tick(&outage);
	assert_false(fails(&outage, &sink));
}

static void working_now_and_then_mends_nothing(void **state)
{
	struct outage outage = {0};
	struct sink sink = {0};

	assert_true(fails(&outage, &sink));
	for (int i = 0; i < 10; i++) {
		outage_worked(&outage);
		assert_false(fails(&outage, &sink));
		outage_worked(&outage);
		outage_tick(&outage);
	}
}

static void an_unread_problem_stays(void **state)
{
	struct outage first = {0}, second = {0};
	struct error *err = NULL;
	struct sink sink = {0};

	error_set(&err, -EIO, "first");
	outage_report(&first, &sink, &err);
	error_set(&err, -EIO, "second");
	outage_report(&second, &sink, &err);
	assert_null(err);
	assert_string_equal(sink.problem->message, "first");
	error_free(&sink.problem);
	assert_true(fails(&second, &sink));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_once),
		cmocka_unit_test(told_again_after_it_worked),
		cmocka_unit_test(silence_mends_nothing),
		cmocka_unit_test(working_now_and_then_mends_nothing),
		cmocka_unit_test(an_unread_problem_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
