// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "export/append_file.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define _cleanup_append_file_ _cleanup_(append_file_close)

static struct append_file opened(const struct scratch *s)
{
	struct append_file file = {.path = s->path, .mode = 0600, .fd = -1};

	assert_int_equal(append_file_open(&file, NULL), 0);
	return file;
}

static void append(struct append_file *file, const char *lines)
{
	assert_int_equal(append_file_write(file, lines, strlen(lines), NULL), strlen(lines));
}

static void assert_content(const struct scratch *s, const char *expected)
{
	_cleanup_str_ struct str text = STR_INIT;

	scratch_read(s->path, &text);
	assert_string_equal(str_cstr(&text), expected);
}

static void mode_is_exact(void **state)
{
	static const struct {
		mode_t mode, mask;
	} cases[] = {{0600, 0}, {0640, 0777}, {0666, 022}, {0400, 0177}, {0604, 0027}};
	const struct scratch *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_append_file_ struct append_file file = {
			.path = s->path, .mode = cases[i].mode, .fd = -1};
		mode_t before = umask(cases[i].mask);
		int r = append_file_open(&file, NULL);

		umask(before);
		assert_int_equal(r, 0);
		assert_int_equal(scratch_mode(s->path), cases[i].mode);
		unlink(s->path);
	}
}

static void mode_of_an_older_file_is_changed(void **state)
{
	const struct scratch *s = *state;
	_cleanup_append_file_ struct append_file file = {.fd = -1};

	scratch_write(s->path, "old\n");
	assert_int_equal(chmod(s->path, 0666), 0);
	file = opened(s);
	assert_int_equal(scratch_mode(s->path), 0600);
}

static void appends_to_what_is_there(void **state)
{
	const struct scratch *s = *state;
	_cleanup_append_file_ struct append_file file = {.fd = -1};

	scratch_write(s->path, "old\n");
	file = opened(s);
	assert_int_equal(file.size, 4);
	append(&file, "new\n");
	assert_int_equal(file.size, 8);
	assert_content(s, "old\nnew\n");
}

static void half_a_line_of_before_is_ended(void **state)
{
	const struct scratch *s = *state;
	_cleanup_append_file_ struct append_file file = {.fd = -1};

	scratch_write(s->path, "old\nhal");
	file = opened(s);
	append(&file, "new\n");
	append(&file, "newer\n");
	assert_int_equal(file.size, 18);
	assert_content(s, "old\nhal\nnew\nnewer\n");
}

static void the_descriptor_does_not_leak_into_programs(void **state)
{
	_cleanup_append_file_ struct append_file file = opened(*state);

	assert_true(fcntl(file.fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(file.fd, F_GETFL) & O_APPEND);
}

static void only_regular_files(void **state)
{
	const struct scratch *s = *state;
	struct append_file file = {.path = s->path, .mode = 0600, .fd = -1};
	_cleanup_error_ struct error *err = NULL;
	unsigned null_mode = scratch_mode("/dev/null");

	assert_int_equal(mkfifo(s->path, 0644), 0);
	assert_int_equal(append_file_open(&file, &err), -ENXIO);
	assert_non_null(err->remedy);
	file.path = "/dev/null";
	assert_int_equal(append_file_open(&file, &err), -EINVAL);
	assert_string_equal(err->message, "cannot write to /dev/null: not a regular file");
	assert_int_equal(scratch_mode("/dev/null"), null_mode);
	file.path = s->dir;
	assert_int_equal(append_file_open(&file, &err), -EISDIR);
	assert_int_equal(file.fd, -1);
}

static void failing_to_open_keeps_the_old_one(void **state)
{
	const struct scratch *s = *state;
	_cleanup_append_file_ struct append_file file = opened(s);
	_cleanup_error_ struct error *err = NULL;
	int fd = file.fd;

	file.path = "/nonexistent/events.log";
	assert_int_equal(append_file_open(&file, &err), -ENOENT);
	assert_int_equal(file.fd, fd);
	append(&file, "still here\n");
	assert_content(s, "still here\n");
}

static void half_a_line_is_taken_back(void **state)
{
	const struct scratch *s = *state;
	_cleanup_append_file_ struct append_file file = opened(s);
	_cleanup_error_ struct error *err = NULL;

	append(&file, "first\n");
	scratch_limit_file_size(15);
	assert_int_equal(append_file_write(&file, "second\nthird\n", 13, &err), 7);
	scratch_limit_file_size(UINT64_MAX);
	assert_int_equal(err->code, -EFBIG);
	assert_non_null(err->remedy);
	assert_int_equal(file.size, 13);
	assert_content(s, "first\nsecond\n");
	append(&file, "fourth\n");
	assert_content(s, "first\nsecond\nfourth\n");
}

/* Somebody emptied the file meanwhile, as logrotate's copytruncate does: our idea of the size must
 * not make a hole of it. */
static void taking_back_looks_at_the_file(void **state)
{
	const struct scratch *s = *state;
	_cleanup_append_file_ struct append_file file = opened(s);

	append(&file, "0123456789\n");
	assert_int_equal(truncate(s->path, 0), 0);
	scratch_limit_file_size(5);
	assert_int_equal(append_file_write(&file, "ab\ncdef\n", 8, NULL), 3);
	scratch_limit_file_size(UINT64_MAX);
	assert_content(s, "ab\n");
	assert_false(append_file_moved(&file));
	assert_int_equal(file.size, 3);
}

static void what_cannot_be_taken_back_is_ended(void **state)
{
	const struct scratch *s = *state;
	_cleanup_append_file_ struct append_file file = opened(s);
	int flags = fcntl(file.fd, F_GETFL);

	/* Without O_APPEND the offset is not at the end, as if another had appended. */
	append(&file, "first\n");
	scratch_write(s->path, "first\nmore\n");
	assert_int_equal(fcntl(file.fd, F_SETFL, flags & ~O_APPEND), 0);
	scratch_limit_file_size(8);
	assert_int_equal(append_file_write(&file, "mo\n", 3, NULL), 0);
	scratch_limit_file_size(UINT64_MAX);
	assert_true(file.torn);
	assert_int_equal(fcntl(file.fd, F_SETFL, flags), 0);
	append(&file, "last\n");
	assert_content(s, "first\nmore\n\nlast\n");
}

static void moving_is_noticed(void **state)
{
	const struct scratch *s = *state;
	_cleanup_append_file_ struct append_file file = opened(s);
	char away[160];

	snprintf(away, sizeof(away), "%s.1", s->path);
	assert_false(append_file_moved(&file));
	assert_int_equal(rename(s->path, away), 0);
	assert_true(append_file_moved(&file));
	assert_false(append_file_unlinked(&file));
	scratch_write(s->path, "another\n");
	assert_true(append_file_moved(&file));
	assert_int_equal(unlink(away), 0);
	assert_true(append_file_unlinked(&file));
	assert_int_equal(append_file_open(&file, NULL), 0);
	assert_false(append_file_moved(&file));
	assert_false(append_file_unlinked(&file));
	assert_int_equal(file.size, 8);
}

#define scratch_test(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(mode_is_exact),
		scratch_test(mode_of_an_older_file_is_changed),
		scratch_test(appends_to_what_is_there),
		scratch_test(half_a_line_of_before_is_ended),
		scratch_test(the_descriptor_does_not_leak_into_programs),
		scratch_test(only_regular_files),
		scratch_test(failing_to_open_keeps_the_old_one),
		scratch_test(half_a_line_is_taken_back),
		scratch_test(taking_back_looks_at_the_file),
		scratch_test(what_cannot_be_taken_back_is_ended),
		scratch_test(moving_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
