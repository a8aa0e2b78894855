// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "sample.h"
#include "tree.h"

#include <errno.h>

#define NOBODY 65534

static int setup(void **state)
{
	tree_enter();
	return fixture_setup(state);
}

static int teardown(void **state)
{
	tree_leave();
	return fixture_teardown(state);
}

static int read_d(struct fixture *f)
{
	return options_read_dir(&f->opts, "d", true, &f->err);
}

static void a_file_per_option(void **state)
{
	struct fixture *f = *state;

	tree_write_text("d/quiet", "true");
	tree_write_text("d/level", "2\n");
	tree_write_text("d/rb-size", " \t 1M \r\n\n");
	tree_write_text("d/file", " with space \n");
	tree_write_text("d/names", "x\ny\nz,a b\n");
	assert_int_equal(read_d(f), 0);
	assert_true(f->s.quiet);
	assert_int_equal(f->s.level, 2);
	assert_int_equal(f->s.size, 1 << 20);
	assert_string_equal(f->s.file, "with space");
	assert_int_equal(f->s.names.n, 4);
	assert_string_equal(f->s.names.v[3], "a b");
}

static void empty_files_are_empty_values(void **state)
{
	struct fixture *f = *state;

	tree_write_text("d/file", "");
	tree_write_text("d/names", "\n");
	assert_int_equal(read_d(f), 0);
	assert_null(f->s.file);
	assert_int_equal(f->s.names.n, 0);
	tree_write_text("d/level", "\n");
	assert_int_equal(read_d(f), -EINVAL);
	assert_error(&f->err, "d/level: \"\" is not a whole number");
}

/* As Kubernetes mounts a config map. */
static void symlinks_are_followed(void **state)
{
	struct fixture *f = *state;

	tree_write_text("d/..2026_01/level", "2\n");
	assert_int_equal(symlink("..2026_01", "d/..data"), 0);
	assert_int_equal(symlink("..data/level", "d/level"), 0);
	assert_int_equal(read_d(f), 0);
	assert_int_equal(f->s.level, 2);
}

static void directories_and_dot_files_are_passed_over(void **state)
{
	struct fixture *f = *state;

	tree_write_text("d/level/whatever", "x");
	tree_write_text("d/nothing-known/whatever", "x");
	tree_write_text("d/.rb-size", "x");
	tree_write_text("d/.rb-size.swp", "x");
	assert_int_equal(symlink("level", "d/rb-size"), 0);
	assert_int_equal(read_d(f), 0);
	assert_int_equal(f->s.level, 1);
	assert_int_equal(f->s.size, 65536);
}

static void missing_directories(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(options_read_dir(&f->opts, "none", false, &f->err), 0);
	assert_null(f->err);
	assert_int_equal(options_read_dir(&f->opts, "none", true, &f->err), -ENOENT);
	assert_error(&f->err, "none: cannot be read: No such file or directory");
	tree_write_text("file", "");
	assert_int_equal(options_read_dir(&f->opts, "file", false, &f->err), -ENOTDIR);
	assert_error(&f->err, "file: cannot be read: Not a directory");
}

static void unreadable_files(void **state)
{
	struct fixture *f = *state;
	bool root = geteuid() == 0;
	int r;

	tree_write_text("d/ok", "");
	assert_int_equal(symlink("nowhere", "d/level"), 0);
	assert_int_equal(read_d(f), -ENOENT);
	assert_error(&f->err, "d/level: cannot be read: No such file or directory");
	assert_int_equal(unlink("d/level"), 0);

	assert_int_equal(mkfifo("d/level", 0600), 0);
	assert_int_equal(read_d(f), -ENOTSUP);
	assert_error(&f->err, "d/level: neither a regular file nor a directory");
	assert_int_equal(unlink("d/level"), 0);

	tree_write_text("d/level", "2");
	assert_int_equal(chmod("d/level", 0), 0);
	/* Nothing is unreadable to root. */
	if (root) {
		assert_int_equal(chmod(".", 0755), 0);
		assert_int_equal(seteuid(NOBODY), 0);
	}
	r = read_d(f);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(r, -EACCES);
	assert_error(&f->err, "d/level: cannot be read: Permission denied");
}

static void files_over_the_limit(void **state)
{
	_cleanup_free_ char *big = malloc(OPTION_FILE_MAX + 1);
	struct fixture *f = *state;

	assert_non_null(big);
	memset(big, 'x', OPTION_FILE_MAX + 1);
	tree_write("d/file", big, OPTION_FILE_MAX);
	assert_int_equal(read_d(f), 0);
	assert_int_equal(strlen(f->s.file), OPTION_FILE_MAX);
	tree_write("d/file", big, OPTION_FILE_MAX + 1);
	assert_int_equal(read_d(f), -EFBIG);
	assert_error(&f->err, "d/file: larger than 64K, the most that is read of such a file");
}

static void control_bytes(void **state)
{
	static const char fine[] = "x\tgr\xc3\xbc\xc3\x9f\r\ny\xff";
	struct fixture *f = *state;

	tree_write("d/file", "a\0b", 3);
	assert_int_equal(read_d(f), -EINVAL);
	assert_error(&f->err, "d/file:1:2: the byte 0x00 has no place in a value");
	tree_write("d/file", "a\n\x1b[0m", 6);
	assert_int_equal(read_d(f), -EINVAL);
	assert_error(&f->err, "d/file:2:1: the byte 0x1b has no place in a value");
	tree_write("d/file", "a\x7f", 2);
	assert_int_equal(read_d(f), -EINVAL);
	assert_error(&f->err, "d/file:1:2: the byte 0x7f has no place in a value");
	tree_write_text("d/file", fine);
	assert_int_equal(read_d(f), 0);
	assert_string_equal(f->s.file, fine);
}

static void errors_name_the_file(void **state)
{
	struct fixture *f = *state;

	tree_write_text("d/level", "3");
	tree_write_text("d/wait-time", "-1s");
	assert_int_equal(read_d(f), -EINVAL);
	assert_error(&f->err, "d/level: \"3\" is not between 0 and 2");
	tree_write_text("d/level", "2");
	assert_int_equal(read_d(f), -EINVAL);
	assert_error(&f->err, "d/wait-time: \"-1s\" is not between 0 and 292 years");
	tree_write_text("d/levl", "2");
	assert_int_equal(read_d(f), -ENOENT);
	assert_error(&f->err, "d/levl: there is no option \"levl\" (did you mean level?)");
}

static void options_of_other_sources(void **state)
{
	struct fixture *f = *state;

	tree_write_text("d/help", "true");
	assert_int_equal(read_d(f), -EINVAL);
	assert_error(&f->err, "d/help: \"help\" cannot be set here "
			      "(it belongs on the command line: --help)");
	tree_write_text("e/new", "now");
	assert_int_equal(options_read_dir(&f->opts, "e", true, &f->err), -EOPNOTSUPP);
	assert_error(&f->err, "e/new: cannot be honoured: it is not made yet");
	tree_write_text("g/old", "1");
	assert_int_equal(options_read_dir(&f->opts, "g", true, &f->err), 0);
	assert_string_equal(f->s.warnings.v[0], "g/old: has no effect: nobody needs it");
}

#define fixture_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(a_file_per_option),
		fixture_test(empty_files_are_empty_values),
		fixture_test(symlinks_are_followed),
		fixture_test(directories_and_dot_files_are_passed_over),
		fixture_test(missing_directories),
		fixture_test(unreadable_files),
		fixture_test(files_over_the_limit),
		fixture_test(control_bytes),
		fixture_test(errors_name_the_file),
		fixture_test(options_of_other_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
