// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "cel/suggest.h"

static const char *best_of(const char *wanted, const char *const *names)
{
	struct cel_suggest suggest;

	cel_suggest_init(&suggest, wanted);
	for (; *names; names++)
		cel_suggest_offer(&suggest, *names);
	return suggest.best;
}

static void test_best(void **state)
{
	static const char *const names[] = {"pid", "binary", "parent_exec_id", "exec_id", NULL};

	assert_string_equal(best_of("binry", names), "binary");
	assert_string_equal(best_of("BINARY", names), "binary");
	assert_string_equal(best_of("parentExecId", names), "parent_exec_id");
	assert_string_equal(best_of("execid", names), "exec_id");
	assert_string_equal(best_of("pod", names), "pid");
	assert_null(best_of("arguments", names));
	assert_null(best_of("p", names));
	assert_null(best_of("", names));
}

/* The same name would be no help: it means something else where it was found. */
static void test_same(void **state)
{
	static const char *const names[] = {"pid", NULL};

	assert_null(best_of("pid", names));
	assert_string_equal(best_of("Pid", names), "pid");
}

static void test_long(void **state)
{
	static const char *const names[] = {
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL};

	assert_null(best_of("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", names));
	assert_null(best_of(
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", names));
}

static void test_remedy(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	struct cel_suggest suggest;

	error_set(&err, -1, "x");
	cel_suggest_init(&suggest, "binry");
	cel_suggest_remedy(&suggest, &err);
	assert_null(err->remedy);
	cel_suggest_offer(&suggest, "binary");
	cel_suggest_remedy(&suggest, &err);
	assert_string_equal(err->remedy, "did you mean \"binary\"?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_best),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
