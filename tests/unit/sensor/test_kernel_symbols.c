// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "sensor/kernel_symbols.h"
#include "unit.h"

#include <string.h>

static void read_text(struct kernel_symbols *symbols, const char *text)
{
	_cleanup_fclose_ FILE *file = fmemopen((void *)text, strlen(text), "r");

	assert_non_null(file);
	assert_int_equal(kernel_symbols_read(symbols, file), 0);
}

static void test_names(void **state)
{
	struct kernel_symbols symbols;

	read_text(&symbols, "ffffffff81000000 T startup_64\n"
			    "0000000000000000 A fixed_percpu_data\n"
			    "ffffffffc0000000 t module_function\t[some_module]\n"
			    "nothing\n"
			    "\n"
			    "ffffffff81000010 t last");
	assert_int_equal(symbols.n, 4);
	assert_true(kernel_symbols_has(&symbols, "startup_64"));
	assert_true(kernel_symbols_has(&symbols, "module_function"));
	assert_true(kernel_symbols_has(&symbols, "last"));
	assert_false(kernel_symbols_has(&symbols, "startup"));
	assert_false(kernel_symbols_has(&symbols, "some_module"));
	assert_false(kernel_symbols_has(&symbols, ""));
	kernel_symbols_done(&symbols);
}

static void test_none(void **state)
{
	struct kernel_symbols symbols;

	read_text(&symbols, "\n");
	assert_false(kernel_symbols_has(&symbols, "startup_64"));
	kernel_symbols_done(&symbols);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
