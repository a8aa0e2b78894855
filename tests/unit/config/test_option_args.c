// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "sample.h"

#include <errno.h>

#define ARGV_MAX 12

/* A command line that is parsed into a sample of its own. */
struct line {
	struct sample s;
	char *argv[ARGV_MAX];
	int argc, first, r;
	struct error *err;
};

static struct line parse(bool stop_at_first, const char *const *args)
{
	struct line line = {.argv = {(char *)"program"}, .argc = 1};
	struct options opts = SAMPLE_OPTIONS(&line.s);

	for (; *args; args++)
		line.argv[line.argc++] = (char *)*args;
	assert_int_equal(options_init(&opts), 0);
	line.r = options_parse_args(&opts, line.argc, line.argv, stop_at_first, &line.first,
				    &line.err);
	return line;
}

#define PARSE(...) parse(false, (const char *const[]){__VA_ARGS__, NULL})
#define PARSE_COMMAND(...) parse(true, (const char *const[]){__VA_ARGS__, NULL})

static void line_done(struct line *line)
{
	sample_done(&line->s);
	error_free(&line->err);
}

#define _cleanup_line_ _cleanup_(line_done)

static void assert_argv(const struct line *line, int first, const char *const *expected)
{
	assert_int_equal(line->r, 0);
	assert_int_equal(line->first, first);
	for (int i = 1; i < line->argc; i++)
		assert_string_equal(line->argv[i], expected[i - 1]);
}

#define ASSERT_ARGV(line, first, ...) assert_argv(line, first, (const char *const[]){__VA_ARGS__})

static void long_options(void **state)
{
	_cleanup_line_ struct line line = PARSE("--quiet", "--loud=false", "--count", "-5",
						"--rb-size=2M", "--file=a=b", "--wait-time", "1m");

	assert_int_equal(line.r, 0);
	assert_true(line.s.quiet);
	assert_false(line.s.loud);
	assert_int_equal(line.s.count, -5);
	assert_int_equal(line.s.size, 2 << 20);
	assert_string_equal(line.s.file, "a=b");
	assert_int_equal(line.s.time, 60000000000);
	assert_int_equal(line.first, line.argc);
}

static void letters(void **state)
{
	_cleanup_line_ struct line separate = PARSE("-q", "-f", "x", "-n", "-7");
	_cleanup_line_ struct line attached = PARSE("-n-7", "-fx", "-q");
	_cleanup_line_ struct line bundled = PARSE("-lqn-7", "-l=false", "-f=x");
	_cleanup_line_ struct line last = PARSE("-qf", "x", "-n7", "-n=-7");
	const struct line *lines[] = {&separate, &attached, &bundled, &last};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(lines[i]->r, 0);
		assert_true(lines[i]->s.quiet);
		assert_int_equal(lines[i]->s.count, -7);
		assert_string_equal(lines[i]->s.file, "x");
	}
	assert_true(separate.s.loud);
	assert_false(bundled.s.loud);
}

static void values_may_look_like_options(void **state)
{
	_cleanup_line_ struct line line = PARSE("--file", "--quiet", "-n", "-1", "--file=", "-q");

	assert_int_equal(line.r, 0);
	assert_true(line.s.quiet);
	assert_null(line.s.file);
}

static void non_options_move_to_the_end(void **state)
{
	_cleanup_line_ struct line line = PARSE("a", "--quiet", "-", "--count", "3", "b", "-l");
	_cleanup_line_ struct line none = PARSE("a", "b");

	ASSERT_ARGV(&line, 5, "--quiet", "--count", "3", "-l", "a", "-", "b");
	assert_int_equal(line.s.count, 3);
	ASSERT_ARGV(&none, 1, "a", "b");
}

static void two_dashes_end_options(void **state)
{
	_cleanup_line_ struct line line = PARSE("a", "-q", "--", "--loud=false", "--");
	struct options opts = SAMPLE_OPTIONS(&line.s);

	ASSERT_ARGV(&line, 3, "-q", "--", "a", "--loud=false", "--");
	assert_true(line.s.loud);

	line.r = options_parse_args(&opts, line.argc, line.argv, false, &line.first, NULL);
	ASSERT_ARGV(&line, 3, "-q", "--", "a", "--loud=false", "--");
	assert_true(line.s.loud);
}

static void sub_commands_keep_their_options(void **state)
{
	_cleanup_line_ struct line line = PARSE_COMMAND("-q", "command", "--whatever");
	_cleanup_line_ struct line dashes = PARSE_COMMAND("-q", "--", "-x");

	ASSERT_ARGV(&line, 2, "-q", "command", "--whatever");
	ASSERT_ARGV(&dashes, 3, "-q", "--", "-x");
}

static void first_of_a_repeated_list_replaces(void **state)
{
	_cleanup_line_ struct line line = PARSE("--names", "c", "--names=d,e", "--names", "f");

	assert_int_equal(line.r, 0);
	assert_int_equal(line.s.names.n, 4);
	assert_string_equal(line.s.names.v[0], "c");
	assert_string_equal(line.s.names.v[3], "f");
}

static void empty_command_lines(void **state)
{
	struct sample s = {0};
	struct options opts = SAMPLE_OPTIONS(&s);
	char *argv[] = {NULL};
	int first;

	assert_int_equal(options_parse_args(&opts, 0, argv, false, &first, NULL), 0);
	assert_int_equal(first, 0);
}

static void errors(void **state)
{
	static const struct {
		const char *args[3];
		int r;
		const char *error;
	} cases[] = {
		{{"--rb-szie=1"},
		 -ENOENT,
		 "there is no option \"--rb-szie\" (did you mean --rb-size?)"},
		{{"--"
		  "=1"},
		 -ENOENT,
		 "there is no option \"--\""},
		{{"-x"}, -ENOENT, "there is no option \"-x\""},
		{{"-qx"}, -ENOENT, "there is no option \"-x\""},
		{{"-count"}, -ENOENT, "there is no option \"-c\" (did you mean --count?)"},
		{{"-\xff"}, -ENOENT, "there is no option \"-\xff\""},
		{{"--count"}, -EINVAL, "--count: a value is missing (--count N)"},
		{{"-qn"}, -EINVAL, "-n: a value is missing (-n N)"},
		{{"--quiet=maybe"}, -EINVAL, "--quiet: \"maybe\" is neither true nor false"},
		{{"--quiet="}, -EINVAL, "--quiet: \"\" is neither true nor false"},
		{{"-q=2"}, -EINVAL, "-q: \"2\" is neither true nor false"},
		{{"--level", "3"}, -EINVAL, "--level: \"3\" is not between 0 and 2"},
		{{"-nx"}, -EINVAL, "-n: \"x\" is not a whole number"},
		{{"--new=1"}, -EOPNOTSUPP, "--new: cannot be honoured: it is not made yet"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_line_ struct line line =
			PARSE("operand", "-l", cases[i].args[0], cases[i].args[1]);

		assert_int_equal(line.r, cases[i].r);
		assert_error(&line.err, cases[i].error);
		assert_string_equal(line.argv[1], "operand");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_options),
		cmocka_unit_test(letters),
		cmocka_unit_test(values_may_look_like_options),
		cmocka_unit_test(non_options_move_to_the_end),
		cmocka_unit_test(two_dashes_end_options),
		cmocka_unit_test(sub_commands_keep_their_options),
		cmocka_unit_test(first_of_a_repeated_list_replaces),
		cmocka_unit_test(empty_command_lines),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
