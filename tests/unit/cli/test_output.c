// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

static void all_is_written(void **state)
{
	_cleanup_str_ struct str buf = STR_INIT;
	char got[8];
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	str_append_lit(&buf, "hello");
	assert_int_equal(output_flush(&buf, fds[1]), 0);
	assert_int_equal(buf.len, 0);
	assert_int_equal(output_flush(&buf, fds[1]), 0);
	assert_int_equal(read(fds[0], got, sizeof(got)), 5);
	assert_memory_equal(got, "hello", 5);
	close(fds[0]);
	close(fds[1]);
}

static void a_reader_gone(void **state)
{
	_cleanup_str_ struct str buf = STR_INIT;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	close(fds[0]);
	str_append_lit(&buf, "hello");
	assert_int_equal(output_flush(&buf, fds[1]), -EPIPE);
	close(fds[1]);
}

static void a_full_disk(void **state)
{
	_cleanup_close_ int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	_cleanup_str_ struct str buf = STR_INIT;

	str_append_lit(&buf, "hello");
	assert_int_equal(output_flush(&buf, fd), -ENOSPC);
}

static void a_failed_buffer(void **state)
{
	_cleanup_str_ struct str buf = STR_INIT;

	assert_null(str_grow(&buf, SIZE_MAX - 1));
	assert_int_equal(output_flush(&buf, -1), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_written),
		cmocka_unit_test(a_reader_gone),
		cmocka_unit_test(a_full_disk),
		cmocka_unit_test(a_failed_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
