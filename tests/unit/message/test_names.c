// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/macro.h"
#include "core/namespaces.h"
#include "message/names.h"

#include <signal.h>

#define DEVICE(major, minor) ((uint32_t)(major) << 20 | (minor))

static void terminals(void **state)
{
	static const struct {
		uint32_t device;
		const char *name;
	} cases[] = {
		{DEVICE(136, 0), "pts/0"},
		{DEVICE(136, 255), "pts/255"},
		{DEVICE(137, 0), "pts/256"},
		{DEVICE(143, 255), "pts/2047"},
		{DEVICE(136, 1048575), "pts/1048575"},
		{DEVICE(144, 0), "144:0"},
		{DEVICE(135, 0), "135:0"},
		{DEVICE(4, 0), "tty0"},
		{DEVICE(4, 63), "tty63"},
		{DEVICE(4, 64), "ttyS0"},
		{DEVICE(4, 255), "ttyS191"},
		{DEVICE(4, 256), "4:256"},
		{DEVICE(5, 1), "console"},
		{DEVICE(5, 0), "5:0"},
		{DEVICE(204, 64), "ttyAMA0"},
		{DEVICE(204, 63), "204:63"},
		{DEVICE(188, 3), "ttyUSB3"},
		{DEVICE(166, 0), "ttyACM0"},
		{DEVICE(229, 0), "hvc0"},
		{UINT32_MAX, "4095:1048575"},
	};
	char buf[32];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(tty_name(cases[i].device, buf, sizeof(buf)), cases[i].name);
}

static void filesystems(void **state)
{
	static const struct {
		uint32_t magic;
		const char *name;
	} cases[] = {
		{0xef53, "ext4"},
		{0x01021994, "tmpfs"},
		{0x794c7630, "overlay"},
		{0x28cd3d45, "cramfs"},
		{0, "0x0"},
		{0xdeadbeef, "0xdeadbeef"},
	};
	char buf[32];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(filesystem_name(cases[i].magic, buf, sizeof(buf)),
				    cases[i].name);
}

static void namespaces(void **state)
{
	assert_string_equal(namespace_name(EXEC_NS_MNT), "mnt");
	assert_string_equal(namespace_name(EXEC_NS_PID_FOR_CHILDREN), "pid_for_children");
	for (enum exec_ns i = 0; i < _EXEC_NS_MAX; i++)
		assert_non_null(namespace_name(i));
}

static void signals(void **state)
{
	char buf[32];

	assert_string_equal(signal_name(SIGKILL, buf, sizeof(buf)), "SIGKILL");
	assert_string_equal(signal_name(SIGSEGV, buf, sizeof(buf)), "SIGSEGV");
	assert_string_equal(signal_name(SIGHUP, buf, sizeof(buf)), "SIGHUP");
	assert_string_equal(signal_name(SIGSYS, buf, sizeof(buf)), "SIGSYS");
	assert_null(signal_name(0, buf, sizeof(buf)));
	assert_null(signal_name(-1, buf, sizeof(buf)));
	assert_null(signal_name(65, buf, sizeof(buf)));
	assert_null(signal_name(127, buf, sizeof(buf)));
	/* Nothing that wait(2) can say overruns what the caller has room for. */
	for (int number = 0; number < 128; number++) {
		char small[16];
		const char *name = signal_name(number, small, sizeof(small));

		if (name)
			assert_memory_equal(name, "SIG", 3);
	}
}

/* As the C library numbers them: the kernel's first two are its own. */
static void realtime_signals(void **state)
{
	char buf[32];

	assert_string_equal(signal_name(SIGRTMIN, buf, sizeof(buf)), "SIGRTMIN+0");
	assert_string_equal(signal_name(SIGRTMIN + 2, buf, sizeof(buf)), "SIGRTMIN+2");
	assert_string_equal(signal_name(32, buf, sizeof(buf)), "SIG32");
	assert_string_equal(signal_name(SIGIO, buf, sizeof(buf)), "SIGIO");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terminals),        cmocka_unit_test(filesystems),
		cmocka_unit_test(namespaces),       cmocka_unit_test(signals),
		cmocka_unit_test(realtime_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
