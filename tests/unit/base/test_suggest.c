// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/suggest.h"

#include <string.h>

static const char *best_of(const char *wanted, const char *const *names)
{
	struct suggest suggest;

	suggest_init(&suggest, wanted, strlen(wanted), strlen(wanted) / 3);
	for (; *names; names++)
		suggest_offer(&suggest, *names);
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

/* What is wanted need not end where it is taken from. */
static void test_part(void **state)
{
	struct suggest suggest;

	suggest_init(&suggest, "binary=x", 6, 0);
	assert_true(suggest_offer(&suggest, "binary"));
	assert_false(suggest_offer(&suggest, "BINARY"));
	assert_string_equal(suggest.best, "binary");
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
	struct suggest suggest;

	error_set(&err, -1, "x");
	suggest_init(&suggest, "binry", 5, 1);
	suggest_remedy(&suggest, &err);
	assert_null(err->remedy);
	suggest_offer(&suggest, "binary");
	suggest_remedy(&suggest, &err);
	assert_string_equal(err->remedy, "did you mean \"binary\"?");
}

/* The same name would be no help: it means something else where it was found. */
static void test_same(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	struct suggest suggest;

	error_set(&err, -1, "x");
	suggest_init(&suggest, "Pid", 3, 1);
	assert_true(suggest_offer(&suggest, "pod"));
	assert_true(suggest_offer(&suggest, "Pid"));
	suggest_remedy(&suggest, &err);
	assert_null(err->remedy);
	suggest_init(&suggest, "Pid", 3, 1);
	assert_true(suggest_offer(&suggest, "pid"));
	suggest_remedy(&suggest, &err);
	assert_string_equal(err->remedy, "did you mean \"pid\"?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_best), cmocka_unit_test(test_part),
		cmocka_unit_test(test_long), cmocka_unit_test(test_remedy),
		cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
