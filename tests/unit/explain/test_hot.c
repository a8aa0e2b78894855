// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "explain/hot.h"

static const char *of(enum hook_point_kind kind, const char *name, const char *told)
{
	const struct hook_place place = {.kind = kind, .name = name};

	return hot_place(&place, told);
}

static void test_hot(void **state)
{
	assert_string_equal(of(HOOK_POINT_RAW_TRACEPOINT, "sched_switch", "sched_switch"),
			    "at each switch of tasks");
	assert_string_equal(of(HOOK_POINT_TRACEPOINT, "sched/sched_switch", "sched_switch"),
			    "at each switch of tasks");
	assert_non_null(of(HOOK_POINT_KPROBE, "vfs_read", "vfs_read"));
	assert_non_null(of(HOOK_POINT_FENTRY, "vfs_write", "vfs_write"));
	assert_non_null(of(HOOK_POINT_LSM, "file_permission", "file_permission"));
	assert_non_null(of(HOOK_POINT_KPROBE, "__x64_sys_read", "__x64_sys_read"));
	assert_non_null(of(HOOK_POINT_KPROBE, "__ia32_sys_futex", "__ia32_sys_futex"));
	assert_non_null(of(HOOK_POINT_KPROBE, "__kmalloc", "__kmalloc"));
}

static void test_not_hot(void **state)
{
	assert_null(of(HOOK_POINT_KPROBE, "__x64_sys_openat", "__x64_sys_openat"));
	assert_null(of(HOOK_POINT_LSM, "file_open", "file_open"));
	assert_null(of(HOOK_POINT_KPROBE, "do_sys_openat2", "do_sys_openat2"));
	assert_null(of(HOOK_POINT_KPROBE_MULTI, "list_1", NULL));
	assert_null(of(HOOK_POINT_KPROBE, "vfs_readv", "vfs_readv"));
}

/* Of whichever call, all come by. */
static void test_where_calls_enter(void **state)
{
	assert_string_equal(of(HOOK_POINT_TYPED_TRACEPOINT, "sys_enter", "__x64_sys_swapon"),
			    "at each system call of any process");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hot),
		cmocka_unit_test(test_not_hot),
		cmocka_unit_test(test_where_calls_enter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
