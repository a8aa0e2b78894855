// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "sample.h"

static const char expected[] =
	"  -q, --quiet                     Say less\n"
	"  -l, --loud                      Say more (default true)\n"
	"  -n, --count N                   How many of those things that take more than\n"
	"                                  one line to explain, at least in the narrow\n"
	"                                  column that is left beside the names of the\n"
	"                                  options (default -1)\n"
	"      --level N                   How deep (default 1)\n"
	"      --rb-size SIZE              How big (default 64K)\n"
	"      --wait-time TIME            How long\n"
	"      --file-mode MODE            Who may (default 600)\n"
	"  -f, --file FILE                 Where (default default.txt)\n"
	"      --names NAME,...            Who (default a,b)\n"
	"      --color COLOR               What it looks like: red, green (default green)\n"
	"      --help                      Print this\n"
	"      --a-directory-with-a-very-long-name DIR\n"
	"                                  Which\n";

static void text(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct sample s = {0};
	const struct options opts = SAMPLE_OPTIONS(&s);

	options_help(&opts, &out, 80);
	assert_string_equal(str_cstr(&out), expected);
}

static void narrow_terminals_keep_some_room(void **state)
{
	_cleanup_str_ struct str none = STR_INIT, narrow = STR_INIT;
	struct sample s = {0};
	const struct options opts = SAMPLE_OPTIONS(&s);

	options_help(&opts, &none, 0);
	options_help(&opts, &narrow, 54);
	assert_string_equal(str_cstr(&none), str_cstr(&narrow));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text),
		cmocka_unit_test(narrow_terminals_keep_some_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
