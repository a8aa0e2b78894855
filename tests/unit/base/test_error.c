// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <errno.h>

static void text_has_place_and_remedy(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(error_set(&err, -EINVAL, "no such %s", "thing"), -EINVAL);
	assert_int_equal(error_wrap(&err, -EIO, "reading %d", 7), -EINVAL);
	error_remedy(&err, "try %s", "harder");
	error_at(&err, "p.yaml", 3, 14);
	text = error_text(err);
	assert_string_equal(text, "p.yaml:3:14: reading 7: no such thing (try harder)");
}

static void without_an_object_only_the_code(void **state)
{
	assert_int_equal(error_set(NULL, -ENOENT, "x"), -ENOENT);
	assert_int_equal(error_wrap(NULL, -ENOENT, "x"), -ENOENT);
	error_remedy(NULL, "x");
	error_at(NULL, "f", 1, 1);
}

static void setting_replaces(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *text = NULL;

	error_set(&err, -EINVAL, "first");
	error_at(&err, "f", 1, 0);
	error_set(&err, -EIO, "second");
	text = error_text(err);
	assert_string_equal(text, "second");
	error_free(&err);
	assert_null(err);
	error_free(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_place_and_remedy),
		cmocka_unit_test(without_an_object_only_the_code),
		cmocka_unit_test(setting_replaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
