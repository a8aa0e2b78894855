// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "sample.h"

#include <errno.h>

static int setup(void **state)
{
	clearenv();
	return fixture_setup(state);
}

static void named_variables_are_taken(void **state)
{
	struct fixture *f = *state;

	setenv("SAMPLE_RB_SIZE", "1M", 1);
	setenv("SAMPLE_QUIET", "true", 1);
	setenv("SAMPLE_NAMES", "x,y,z", 1);
	setenv("SAMPLE_A_DIRECTORY_WITH_A_VERY_LONG_NAME", "/d", 1);
	assert_int_equal(options_read_env(&f->opts, "SAMPLE", &f->err), 0);
	assert_int_equal(f->s.size, 1 << 20);
	assert_true(f->s.quiet);
	assert_int_equal(f->s.names.n, 3);
	assert_string_equal(f->s.dir, "/d");
	assert_int_equal(f->s.warnings.n, 0);
}

static void empty_counts_as_unset(void **state)
{
	struct fixture *f = *state;

	setenv("SAMPLE_FILE", "", 1);
	setenv("SAMPLE_LEVEL", "", 1);
	assert_int_equal(options_read_env(&f->opts, "SAMPLE", &f->err), 0);
	assert_string_equal(f->s.file, "default.txt");
}

static void other_variables_are_left_alone(void **state)
{
	struct fixture *f = *state;
	static char odd[] = "SAMPLE_LEVEL";

	setenv("LEVEL", "9", 1);
	setenv("SAMPLELEVEL", "9", 1);
	setenv("OTHER_SAMPLE_LEVEL", "9", 1);
	setenv("SAMPLE", "9", 1);
	setenv("SAMPLE_", "9", 1);
	setenv("SAMPLE_PORT_80_TCP_ADDR", "10.0.0.1", 1);
	/* Only the command line can ask for help. */
	setenv("SAMPLE_HELP", "please", 1);
	putenv(odd);
	assert_int_equal(options_read_env(&f->opts, "SAMPLE", &f->err), 0);
	assert_int_equal(f->s.level, 1);
	assert_false(f->s.help);
	assert_int_equal(f->s.warnings.n, 0);
}

static void near_misses_warn(void **state)
{
	struct fixture *f = *state;

	setenv("SAMPLE_RB_SZIE", "1M", 1);
	assert_int_equal(options_read_env(&f->opts, "SAMPLE", &f->err), 0);
	assert_int_equal(f->s.warnings.n, 1);
	assert_string_equal(f->s.warnings.v[0],
			    "SAMPLE_RB_SZIE: names no option (did you mean SAMPLE_RB_SIZE?)");
	clearenv();
	setenv("SAMPLE_rb_size", "1M", 1);
	assert_int_equal(options_read_env(&f->opts, "SAMPLE", &f->err), 0);
	assert_string_equal(f->s.warnings.v[1],
			    "SAMPLE_rb_size: names no option (did you mean SAMPLE_RB_SIZE?)");
	assert_int_equal(f->s.size, 65536);
	clearenv();
	setenv("SAMPLE_quiet", "true", 1);
	assert_int_equal(options_read_env(&f->opts, "SAMPLE", &f->err), 0);
	assert_string_equal(f->s.warnings.v[2],
			    "SAMPLE_quiet: names no option (did you mean SAMPLE_QUIET?)");
}

static void errors_name_the_variable(void **state)
{
	struct fixture *f = *state;

	setenv("SAMPLE_LEVEL", "9", 1);
	assert_int_equal(options_read_env(&f->opts, "SAMPLE", &f->err), -EINVAL);
	assert_error(&f->err, "SAMPLE_LEVEL: \"9\" is not between 0 and 2");
	clearenv();
	setenv("SAMPLE_NEW", "now", 1);
	assert_int_equal(options_read_env(&f->opts, "SAMPLE", &f->err), -EOPNOTSUPP);
	assert_error(&f->err, "SAMPLE_NEW: cannot be honoured: it is not made yet");
}

#define fixture_test(f) cmocka_unit_test_setup_teardown(f, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(named_variables_are_taken),      fixture_test(empty_counts_as_unset),
		fixture_test(other_variables_are_left_alone), fixture_test(near_misses_warn),
		fixture_test(errors_name_the_variable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
