// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "agent/notify.h"
#include "base/clock.h"
#include "base/macro.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A manager, with an address that is gone with it. */
static int listen_as(char *name, size_t size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(name, size, "@ocelli-test-notify-%d", (int)getpid());
	memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
			 0);
	return fd;
}

static const char *next(int fd)
{
	static char text[1024];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static void each_phase_is_told(void **state)
{
	static const char *const expected[_PHASE_MAX] = {
		[PHASE_STARTING] = "STATUS=here\n",
		[PHASE_LOADING] = "STATUS=here\n",
		[PHASE_RUNNING] = "READY=1\nSTATUS=here\n",
		[PHASE_INCOMPLETE] = "READY=1\nSTATUS=here\n",
		[PHASE_STOPPING] = "STOPPING=1\nSTATUS=here\n",
	};
	unsigned long long usec;
	struct notify notify;
	char name[64], rest[32];
	int fd = listen_as(name, sizeof(name));

	setenv("NOTIFY_SOCKET", name, 1);
	notify_open(&notify);
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_int_equal(notify.watchdog_ms, 0);
	for (enum phase p = 0; p < _PHASE_MAX; p++) {
		notify_phase(&notify, p, "here");
		if (expected[p])
			assert_string_equal(next(fd), expected[p]);
		else
			assert_int_equal(sscanf(next(fd), "RELOADING=1\nMONOTONIC_USEC=%llu\n%31s",
						&usec, rest),
					 2);
	}
	assert_true(clock_ns(CLOCK_MONOTONIC) / 1000 - usec < 10000000);
	assert_string_equal(rest, "STATUS=here");
	notify_alive(&notify);
	assert_string_equal(next(fd), "WATCHDOG=1\n");
	notify_close(&notify);
	notify_alive(&notify);
	close(fd);
}

static void the_watchdog_may_be_anothers(void **state)
{
	static const struct {
		const char *usec;
		int pid; /* 0: ours; -1: nobody's */
		uint64_t ms;
	} cases[] = {{"30000000", -1, 30000},
		     {"30000000", 0, 30000},
		     {"30000000", 1, 0},
		     {"", -1, 0},
		     {"x", -1, 0}};
	char name[64], pid[16];
	int fd = listen_as(name, sizeof(name));

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct notify notify;

		setenv("NOTIFY_SOCKET", name, 1);
		setenv("WATCHDOG_USEC", cases[i].usec, 1);
		snprintf(pid, sizeof(pid), "%d", cases[i].pid ? cases[i].pid : (int)getpid());
		if (cases[i].pid >= 0)
			setenv("WATCHDOG_PID", pid, 1);
		notify_open(&notify);
		assert_int_equal(notify.watchdog_ms, cases[i].ms);
		assert_null(getenv("WATCHDOG_USEC"));
		assert_null(getenv("WATCHDOG_PID"));
		notify_close(&notify);
	}
	close(fd);
}

static void nobody_listens(void **state)
{
	static const char *const none[] = {"", "@", "relative", "vsock:2:1"};
	struct notify notify;
	char longest[200];

	unsetenv("NOTIFY_SOCKET");
	notify_open(&notify);
	assert_int_equal(notify.fd, -1);
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		setenv("NOTIFY_SOCKET", none[i], 1);
		notify_open(&notify);
		assert_int_equal(notify.fd, -1);
		notify_phase(&notify, PHASE_RUNNING, "here");
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	setenv("NOTIFY_SOCKET", longest, 1);
	notify_open(&notify);
	assert_int_equal(notify.fd, -1);
	/* One that is gone. */
	setenv("NOTIFY_SOCKET", "@ocelli-test-notify-nobody", 1);
	notify_open(&notify);
	assert_true(notify.fd >= 0);
	notify_phase(&notify, PHASE_RUNNING, "here");
	notify_close(&notify);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_phase_is_told),
		cmocka_unit_test(the_watchdog_may_be_anothers),
		cmocka_unit_test(nobody_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
