// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "cli/table.h"

#include <stddef.h>

static void test_columns(void **state)
{
	_cleanup_table_ struct table table = TABLE_INIT(3);
	struct str out = STR_INIT;

	table_write(&table, &out);
	assert_int_equal(out.len, 0);
	table_add(&table, "NAME");
	table_add(&table, "N");
	table_add(&table, "LAST");
	table_add(&table, "\xc3\xa4");
	table_addf(&table, "%d", 12345);
	table_add(&table, "");
	/* A row that is not complete is none. */
	table_add(&table, "x");
	table_write(&table, &out);
	assert_string_equal(str_cstr(&out), "NAME  N      LAST\n\xc3\xa4     12345  \n");
	str_free(&out);
}

static void test_escaped(void **state)
{
	_cleanup_table_ struct table table = TABLE_INIT(1);
	struct str out = STR_INIT;

	table_add(&table, "a\x1b[1m\n");
	table_write(&table, &out);
	assert_null(strchr(str_cstr(&out), '\x1b'));
	assert_int_equal(strcspn(out.data, "\n"), out.len - 1);
	str_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
