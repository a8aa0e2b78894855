// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "export/file_error.h"

#include <errno.h>

static void with_remedy(void **state)
{
	_cleanup_error_ struct error *err = NULL;

	assert_int_equal(file_error(&err, -ENOENT, "open", "/x/y"), -ENOENT);
	assert_int_equal(err->code, -ENOENT);
	assert_string_equal(err->message, "cannot open /x/y: No such file or directory");
	assert_string_equal(err->remedy, "create the directory");
}

static void without_remedy(void **state)
{
	_cleanup_error_ struct error *err = NULL;

	assert_int_equal(file_error(&err, -ENOMEM, "open", "/x/y"), -ENOMEM);
	assert_null(err->remedy);
}

static void nobody_listening(void **state)
{
	assert_int_equal(file_error(NULL, -EIO, "open", "/x/y"), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_remedy),
		cmocka_unit_test(without_remedy),
		cmocka_unit_test(nobody_listening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
