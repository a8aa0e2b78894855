// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "sample.h"
#include "tree.h"

#include <errno.h>

static int read_text(struct fixture *f, const char *text)
{
	return options_read_yaml_text(&f->opts, "f.yaml", text, strlen(text), &f->err);
}

static void scalars(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, "# comment\n"
				      "---\n"
				      "quiet: true\n"
				      "count: -12   # and another\n"
				      "rb-size: \"1M\"\n"
				      "wait-time: 1m30s\n"
				      "file-mode: 0640\n"
				      "color: 'red'\n"
				      "file: |\n"
				      "  one\n"
				      "  two\n"
				      "names: x, y\n"
				      "...\n"),
			 0);
	assert_true(f->s.quiet);
	assert_int_equal(f->s.count, -12);
	assert_int_equal(f->s.size, 1 << 20);
	assert_int_equal(f->s.time, 90000000000);
	assert_int_equal(f->s.mode, 0640);
	assert_int_equal(f->s.color, 0);
	assert_string_equal(f->s.file, "one\ntwo");
	assert_int_equal(f->s.names.n, 2);
}

static void lists(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, "names: [x, 'y y', z]\n"), 0);
	assert_int_equal(f->s.names.n, 3);
	assert_string_equal(f->s.names.v[1], "y y");
	assert_int_equal(read_text(f, "names:\n- p\n- q\n"), 0);
	assert_int_equal(f->s.names.n, 2);
	assert_string_equal(f->s.names.v[0], "p");
	assert_int_equal(read_text(f, "names: []\n"), 0);
	assert_int_equal(f->s.names.n, 0);
}

static void nulls_are_empty(void **state)
{
	static const char *const files[] = {"file:\n", "file: ~\n", "file: null\n", "file: ''\n"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		assert_int_equal(read_text(f, "file: x"), 0);
		assert_int_equal(read_text(f, files[i]), 0);
		assert_null(f->s.file);
	}
	assert_int_equal(read_text(f, "file: 'null'"), 0);
	assert_string_equal(f->s.file, "null");
}

static void files_without_options(void **state)
{
	static const char *const files[] = {"",           "\n", "# nothing\n", "---\n",
					    "---\n...\n", "{}", "\xef\xbb\xbf"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		assert_int_equal(read_text(f, files[i]), 0);
}

#define FLAT " (the file is a flat list of lines such as rb-size: 64K)"

static void errors_point(void **state)
{
	static const struct {
		const char *text;
		int r;
		const char *error;
	} cases[] = {
		{"quiet: true\nlevel:  3\n", -EINVAL,
		 "f.yaml:2:9: level: \"3\" is not between 0 and 2"},
		{"quiet: true\nfile: \"abc\n", -EINVAL,
		 "f.yaml:3:1: not YAML: found unexpected end of stream"},
		{"rb-szie: 1\n", -ENOENT,
		 "f.yaml:1:1: there is no option \"rb-szie\" (did you mean rb-size?)"},
		{"\n{quiet: true, help: true}", -EINVAL,
		 "f.yaml:2:15: \"help\" cannot be set here "
		 "(it belongs on the command line: --help)"},
		{"level: 1\nlevel: 1\n", -EINVAL,
		 "f.yaml:2:1: level is here for the second time (the first is in line 1)"},
		{"new: now", -EOPNOTSUPP,
		 "f.yaml:1:6: new: cannot be honoured: it is not made yet"},
		{"level: [1]", -EINVAL, "f.yaml:1:8: a single value is expected here" FLAT},
		{"level: {a: b}", -EINVAL, "f.yaml:1:8: a single value is expected here" FLAT},
		{"names: {a: b}", -EINVAL,
		 "f.yaml:1:8: a value or a list of values is expected here" FLAT},
		{"level: &a 1\ncount: *a", -EINVAL,
		 "f.yaml:2:8: a single value is expected here" FLAT},
		{"names: [x, [y]]", -EINVAL,
		 "f.yaml:1:12: an item of the list is expected here" FLAT},
		{"names: [x, '']\n", 0, NULL},
		{"names: ['a,,b']\n", -EINVAL,
		 "f.yaml:1:9: names: the list \"a,,b\" has an empty item"},
		{"[a]: b", -EINVAL, "f.yaml:1:1: the name of an option is expected here" FLAT},
		{"quiet\n", -EINVAL,
		 "f.yaml:1:1: the name of an option with its value is expected here" FLAT},
		{"- quiet\n", -EINVAL,
		 "f.yaml:1:1: the name of an option with its value is expected here" FLAT},
		{"*a", -EINVAL,
		 "f.yaml:1:1: the name of an option with its value is expected here" FLAT},
		{"level: 1\n---\nlevel: 2\n", -EINVAL,
		 "f.yaml:2:1: the end of the file, not another document is expected here" FLAT},
		{"level: [1", -EINVAL, "f.yaml:1:8: a single value is expected here" FLAT},
		{"names: [a", -EINVAL, "f.yaml:2:1: not YAML: did not find expected ',' or ']'"},
		{"file: a\n\x01", -EINVAL,
		 "f.yaml:2:1: not YAML: control characters are not allowed"},
		{"file: \"\\x1b\"", -EINVAL,
		 "f.yaml:1:7: file: the byte 0x1b has no place in a value"},
		{"file: \"a\\0b\"", -EINVAL,
		 "f.yaml:1:7: file: the byte 0x00 has no place in a value"},
		{"file: \xff", -EINVAL, "f.yaml:1:7: not YAML: invalid leading UTF-8 octet"},
		{"\tfile: a", -EINVAL,
		 "f.yaml:1:1: not YAML: found character that cannot start any token"},
		{"old: 7", 0, NULL},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("%s\n", cases[i].text);
		assert_int_equal(read_text(f, cases[i].text), cases[i].r);
		if (cases[i].error)
			assert_error(&f->err, cases[i].error);
		else
			assert_null(f->err);
	}
	assert_string_equal(f->s.warnings.v[0], "f.yaml:1:6: old: has no effect: nobody needs it");
}

static void files(void **state)
{
	struct fixture *f = *state;

	tree_enter();
	assert_int_equal(options_read_yaml(&f->opts, "none.yaml", false, &f->err), 0);
	assert_null(f->err);
	assert_int_equal(options_read_yaml(&f->opts, "none.yaml", true, &f->err), -ENOENT);
	assert_error(&f->err, "none.yaml: cannot be read: No such file or directory");
	assert_int_equal(options_read_yaml(&f->opts, ".", false, &f->err), -EISDIR);
	assert_error(&f->err, ".: cannot be read: Is a directory");
	tree_write_text("f.yaml", "level: 2");
	assert_int_equal(options_read_yaml(&f->opts, "f.yaml", true, &f->err), 0);
	assert_int_equal(f->s.level, 2);
	assert_int_equal(truncate("f.yaml", OPTION_FILE_MAX + 1), 0);
	assert_int_equal(options_read_yaml(&f->opts, "f.yaml", true, &f->err), -EFBIG);
	tree_leave();
}

#define fixture_test(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(scalars),         fixture_test(lists),
		fixture_test(nulls_are_empty), fixture_test(files_without_options),
		fixture_test(errors_point),    fixture_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
