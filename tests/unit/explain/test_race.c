// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "explain/race.h"

#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>

static void test_names(void **state)
{
	static const char *const names[] = {"openat",
					    "sys_openat",
					    "__x64_sys_openat",
					    "__ia32_compat_sys_openat",
					    "__arm64_sys_openat",
					    "i386/sys_openat",
					    "sys_enter_openat"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_string_equal(race_refuge_of(names[i])->lsm, "file_open");
	assert_string_equal(race_refuge_of("sys_execve")->function, "security_bprm_check");
	assert_string_equal(race_refuge_of("__x64_sys_connect")->lsm, "socket_connect");
	assert_null(race_refuge_of("sys_getpid"));
	assert_null(race_refuge_of("sys_"));
	assert_null(race_refuge_of(""));
}

static void test_each_call_once(void **state)
{
	const struct race_refuge *a, *b;

	for (size_t i = 0; (a = race_refuge_at(i)); i++) {
		assert_ptr_equal(race_refuge_of(a->call), a);
		assert_true(!strncmp(a->function, "security_", strlen("security_")));
		for (size_t j = 0; j < i && (b = race_refuge_at(j)); j++)
			assert_string_not_equal(a->call, b->call);
	}
}

static bool has(const struct btf *kernel, const char *name)
{
	return btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC) > 0;
}

/* What is suggested has to be there, where there are security modules at all. */
static void test_they_exist(void **state)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	const struct race_refuge *refuge;
	char name[128];

	if (!kernel || !has(kernel, "security_file_open") || !has(kernel, "security_key_alloc") ||
	    !has(kernel, "security_path_chroot")) {
		btf__free(kernel);
		skip();
	}
	for (size_t i = 0; (refuge = race_refuge_at(i)); i++) {
		if (!has(kernel, refuge->function))
			fail_msg("this kernel has no %s", refuge->function);
		snprintf(name, sizeof(name), "bpf_lsm_%s", refuge->lsm);
		if (has(kernel, "bpf_lsm_file_open") && !has(kernel, name))
			fail_msg("this kernel has no %s", name);
	}
	btf__free(kernel);
}

static void test_what_is_threatened(void **state)
{
	const struct capture number = {.kind = CAPTURE_NUMBER}, string = {.kind = CAPTURE_STRING};
	struct capture fd = {.kind = CAPTURE_READ};
	const struct capture object = {.kind = CAPTURE_READ};
	const struct capture later = {.kind = CAPTURE_READ, .later = true};
	const struct capture of_task = {.kind = CAPTURE_STRING, .source = ARG_SOURCE_CURRENT_TASK};

	assert_int_equal(race_of(&number, &backend_sys_enter), RACE_NONE);
	assert_int_equal(race_of(&string, &backend_sys_enter), RACE_MEMORY);
	assert_int_equal(race_of(&object, &backend_syscall_kprobe), RACE_MEMORY);
	assert_int_equal(race_of(&string, &backend_compat_kprobe), RACE_MEMORY);
	assert_int_equal(race_of(&string, &backend_syscall_tracepoint), RACE_MEMORY);
	assert_int_equal(race_of(&later, &backend_sys_enter), RACE_NONE);
	assert_int_equal(race_of(&of_task, &backend_sys_enter), RACE_NONE);
	/* Numbers of files. */
	fd.reader = reader_of(ARG_TYPE_FD);
	assert_int_equal(race_of(&fd, &backend_sys_enter), RACE_FILE);
	assert_false(race_is_of_process(&fd, &backend_sys_enter));
	assert_int_equal(race_of(&fd, &backend_kprobe), RACE_NONE);
	fd.reader = reader_of(ARG_TYPE_SYSCALL64);
	assert_int_equal(race_of(&fd, &backend_sys_enter), RACE_NONE);
	/* The kernel's own. */
	assert_int_equal(race_of(&string, &backend_kprobe), RACE_NONE);
	assert_int_equal(race_of(&object, &backend_typed), RACE_NONE);
	assert_int_equal(race_of(&string, &backend_raw_tracepoint), RACE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_each_call_once),
		cmocka_unit_test(test_they_exist),
		cmocka_unit_test(test_what_is_threatened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
