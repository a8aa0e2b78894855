// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/macro.h"
#include "grpc/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static void what_is_no_address(void **state)
{
	static const struct {
		const char *address, *text;
	} cases[] = {
		{"", "no address of a server"},
		{"localhost", "no address of a server"},
		{"localhost:", "no address of a server"},
		{"unix:/run/x", "no address of a server"},
		{"http://a/b", "no address of a server"},
		{"unix://", "1 to 107 bytes, not 0"},
		{"unix:///"
		 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		 "xxxxxxxxxxxxxxxxxxxxxxxxxxx",
		 "1 to 107 bytes"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		int fd;

		assert_int_equal(grpc_dial(cases[i].address, UINT64_MAX, -1, &fd, &err), -EINVAL);
		if (!strstr(err->message, cases[i].text))
			fail_msg("\"%s\" is not in \"%s\"", cases[i].text, err->message);
	}
}

static void tcp(void **state)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	_cleanup_close_ int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = -1;
	_cleanup_error_ struct error *err = NULL;
	socklen_t len = sizeof(at);
	char address[64];

	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
	snprintf(address, sizeof(address), "[127.0.0.1]:%d", ntohs(at.sin_port));
	assert_int_equal(grpc_dial(address, UINT64_MAX, -1, &fd, &err), -ECONNREFUSED);
	assert_non_null(strstr(err->message, address));
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(grpc_dial(address, UINT64_MAX, -1, &fd, NULL), 0);
	assert_true(fd >= 0);
}

static void waiting(void **state)
{
	_cleanup_close_ int quiet = eventfd(0, EFD_CLOEXEC), ready = eventfd(1, EFD_CLOEXEC);

	assert_int_equal(grpc_wait(quiet, POLLIN, -1, 0), -ETIMEDOUT);
	assert_int_equal(grpc_wait(quiet, POLLIN, quiet, clock_ns(CLOCK_MONOTONIC) + NSEC_PER_MSEC),
			 -ETIMEDOUT);
	assert_int_equal(grpc_wait(ready, POLLIN, quiet, UINT64_MAX), POLLIN);
	assert_int_equal(grpc_wait(ready, POLLIN, ready, UINT64_MAX), -ECANCELED);
	assert_int_equal(grpc_wait(-1, 0, -1, clock_ns(CLOCK_MONOTONIC) + NSEC_PER_MSEC),
			 -ETIMEDOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_address),
		cmocka_unit_test(tcp),
		cmocka_unit_test(waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
