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

struct slow {
	int fd; /* to read from */
	unsigned calls;
	size_t got;
};

static int read_some(void *data)
{
	struct slow *slow = data;
	char buf[65536];
	ssize_t n = read(slow->fd, buf, sizeof(buf));

	slow->calls++;
	assert_true(n > 0);
	slow->got += (size_t)n;
	return 0;
}

static int stop(void *data)
{
	return -ECANCELED;
}

/* Nothing waits in write(2): each time that the pipe is full, there is something else to do. */
static void a_slow_reader(void **state)
{
	enum { LEN = 300000 };
	_cleanup_str_ struct str buf = STR_INIT;
	struct slow slow = {0};
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(fcntl(fds[1], F_SETPIPE_SZ, 65536), 65536);
	slow.fd = fds[0];
	memset(str_reserve(&buf, LEN), 'x', LEN);
	buf.len = LEN;
	assert_int_equal(output_flush_while(&buf, fds[1], 1, read_some, &slow), 0);
	assert_int_equal(buf.len, 0);
	assert_true(slow.calls >= 3);
	memset(str_reserve(&buf, LEN), 'x', LEN);
	buf.len = LEN;
	assert_int_equal(output_flush_while(&buf, fds[1], 1, stop, NULL), -ECANCELED);
	close(fds[0]);
	assert_int_equal(output_flush_while(&buf, fds[1], 1, stop, NULL), -EPIPE);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_written), cmocka_unit_test(a_reader_gone),
		cmocka_unit_test(a_full_disk),    cmocka_unit_test(a_failed_buffer),
		cmocka_unit_test(a_slow_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
