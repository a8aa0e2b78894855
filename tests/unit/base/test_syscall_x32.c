// SPDX-License-Identifier: Apache-2.0
#include "base/syscall_x32.h"
#include "base/macro.h"
#include "unit.h"

#include <string.h>

/* Of <asm/unistd_x32.h>. */
static const struct {
	const char *name;
	long number;
	const char *function;
} cases[] = {
	{"read", 0, NULL},
	{"openat", 257, NULL},
	{"mseal", 462, NULL},
	{"rt_sigaction", 512, "compat_sys_rt_sigaction"},
	{"readv", 515, NULL},
	{"execve", 520, "compat_sys_execve"},
	{"waitid", 529, "compat_sys_waitid"},
	{"recvmmsg", 537, "compat_sys_recvmmsg_time64"},
	{"getsockopt", 542, NULL},
	{"execveat", 545, "compat_sys_execveat"},
	{"pwritev2", 547, "compat_sys_pwritev64v2"},
};

static void numbers_and_functions(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct syscall_info *call =
			syscall_by_name(cases[i].name, strlen(cases[i].name));
		const char *function;

		assert_non_null(call);
		function = syscall_x32_function(call);
		assert_int_equal(syscall_x32_number(call), SYSCALL_X32_BIT | cases[i].number);
		assert_int_equal(!function, !cases[i].function);
		if (function)
			assert_string_equal(function, cases[i].function);
	}
}

static void numbers_are_unique(void **state)
{
	const struct syscall_info *a, *b;

	for (size_t i = 0; (a = syscall_at(i)); i++)
		for (size_t j = 0; j < i && (b = syscall_at(j)); j++)
			if (a->numbers[SYSCALL_ABI_X64] >= 0 && b->numbers[SYSCALL_ABI_X64] >= 0)
				assert_int_not_equal(syscall_x32_number(a), syscall_x32_number(b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_functions),
		cmocka_unit_test(numbers_are_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
