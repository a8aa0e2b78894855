// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "sample.h"

#include <errno.h>

static void defaults(void **state)
{
	_cleanup_sample_ struct sample s = {0};
	const struct options opts = SAMPLE_OPTIONS(&s);

	s.size = 77;
	s.time = 77;
	assert_int_equal(options_init(&opts), 0);
	assert_false(s.quiet);
	assert_true(s.loud);
	assert_int_equal(s.count, -1);
	assert_int_equal(s.level, 1);
	assert_int_equal(s.size, 65536);
	assert_int_equal(s.time, 0);
	assert_int_equal(s.mode, 0600);
	assert_string_equal(s.file, "default.txt");
	assert_int_equal(s.names.n, 2);
	assert_int_equal(s.color, 1);
	assert_null(s.dir);

	options_done(&opts);
	assert_null(s.file);
	assert_int_equal(s.names.n, 0);
}

static void setting_replaces(void **state)
{
	_cleanup_sample_ struct sample s = {0};
	const struct options opts = SAMPLE_OPTIONS(&s);

	assert_int_equal(options_init(&opts), 0);
	assert_int_equal(options_set(&opts, "file", "a", "x", false, NULL), 0);
	assert_int_equal(options_set(&opts, "file", "b", "x", true, NULL), 0);
	assert_string_equal(s.file, "b");
	assert_int_equal(options_set(&opts, "file", "", "x", true, NULL), 0);
	assert_null(s.file);
}

static void lists_replace_or_append(void **state)
{
	_cleanup_sample_ struct sample s = {0};
	const struct options opts = SAMPLE_OPTIONS(&s);

	assert_int_equal(options_init(&opts), 0);
	assert_int_equal(options_set(&opts, "names", "c,d", "x", false, NULL), 0);
	assert_int_equal(s.names.n, 2);
	assert_string_equal(s.names.v[0], "c");
	assert_int_equal(options_set(&opts, "names", "e", "x", true, NULL), 0);
	assert_int_equal(s.names.n, 3);
	assert_string_equal(s.names.v[2], "e");
	assert_int_equal(options_set(&opts, "names", "", "x", true, NULL), 0);
	assert_int_equal(s.names.n, 3);
	assert_int_equal(options_set(&opts, "names", "", "x", false, NULL), 0);
	assert_int_equal(s.names.n, 0);
}

static void a_bad_value_changes_nothing(void **state)
{
	_cleanup_sample_ struct sample s = {0};
	_cleanup_error_ struct error *err = NULL;
	const struct options opts = SAMPLE_OPTIONS(&s);

	assert_int_equal(options_init(&opts), 0);
	assert_int_equal(options_set(&opts, "level", "3", "SAMPLE_LEVEL", false, &err), -EINVAL);
	assert_error(&err, "SAMPLE_LEVEL: \"3\" is not between 0 and 2");
	assert_int_equal(s.level, 1);
	assert_int_equal(options_set(&opts, "names", "c,", "--names", false, &err), -EINVAL);
	assert_error(&err, "--names: the list \"c,\" has an empty item");
	assert_int_equal(s.names.n, 2);
}

static void unknown_names(void **state)
{
	static const struct {
		const char *name, *error;
	} cases[] = {
		{"rb-szie", "x: there is no option \"rb-szie\" (did you mean rb-size?)"},
		{"RB_SIZE", "x: there is no option \"RB_SIZE\" (did you mean rb-size?)"},
		{"fil", "x: there is no option \"fil\" (did you mean file?)"},
		{"file-mod", "x: there is no option \"file-mod\" (did you mean file-mode?)"},
		{"secre", "x: there is no option \"secre\""},
		{"entirely-else", "x: there is no option \"entirely-else\""},
		{"", "x: there is no option \"\""},
	};
	_cleanup_sample_ struct sample s = {0};
	_cleanup_error_ struct error *err = NULL;
	const struct options opts = SAMPLE_OPTIONS(&s);

	assert_int_equal(options_init(&opts), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(options_set(&opts, cases[i].name, "1", "x", false, &err), -ENOENT);
		assert_error(&err, cases[i].error);
	}
	assert_int_equal(options_set(&opts, "nothing", "1", NULL, false, NULL), -ENOENT);
}

static void options_without_effect_warn(void **state)
{
	_cleanup_sample_ struct sample s = {0};
	_cleanup_error_ struct error *err = NULL;
	struct options opts = SAMPLE_OPTIONS(&s);

	assert_int_equal(options_init(&opts), 0);
	assert_int_equal(options_set(&opts, "old", "5", "--old", false, NULL), 0);
	assert_int_equal(s.warnings.n, 0);
	assert_int_equal(options_set(&opts, "old", "0", "--old", false, NULL), 0);
	assert_int_equal(s.warnings.n, 1);
	assert_string_equal(s.warnings.v[0], "--old: has no effect: nobody needs it");
	assert_int_equal(options_set(&opts, "old", "x", "--old", false, &err), -EINVAL);
	assert_error(&err, "--old: \"x\" is not a whole number");
	opts.warnings = NULL;
	assert_int_equal(options_set(&opts, "old", "6", "--old", false, NULL), 0);
}

static void refused_options_take_the_default_or_nothing(void **state)
{
	_cleanup_sample_ struct sample s = {0};
	_cleanup_error_ struct error *err = NULL;
	const struct options opts = SAMPLE_OPTIONS(&s);

	assert_int_equal(options_init(&opts), 0);
	assert_int_equal(options_set(&opts, "new", "later", "--new", false, NULL), 0);
	assert_int_equal(options_set(&opts, "new", "", "--new", false, NULL), 0);
	assert_int_equal(options_set(&opts, "new", "now", "--new", false, &err), -EOPNOTSUPP);
	assert_error(&err, "--new: cannot be honoured: it is not made yet");
	assert_int_equal(s.warnings.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(setting_replaces),
		cmocka_unit_test(lists_replace_or_append),
		cmocka_unit_test(a_bad_value_changes_nothing),
		cmocka_unit_test(unknown_names),
		cmocka_unit_test(options_without_effect_warn),
		cmocka_unit_test(refused_options_take_the_default_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
