// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/macro.h"
#include "base/syscall.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

static void abis(void **state)
{
	assert_int_equal(syscall_abi_from_string("x64"), SYSCALL_ABI_X64);
	assert_int_equal(syscall_abi_from_string("arm32"), SYSCALL_ABI_ARM32);
	assert_int_equal(syscall_abi_from_string("x32"), -EINVAL);
}

static void numbers(void **state)
{
	static const struct {
		enum syscall_abi abi;
		long number;
		const char *name;
	} cases[] = {
		{SYSCALL_ABI_X64, 0, "read"},      {SYSCALL_ABI_X64, 59, "execve"},
		{SYSCALL_ABI_I386, 11, "execve"},  {SYSCALL_ABI_I386, 102, "socketcall"},
		{SYSCALL_ABI_ARM64, 64, "write"},  {SYSCALL_ABI_ARM64, 222, "mmap"},
		{SYSCALL_ABI_ARM32, 5, "open"},    {SYSCALL_ABI_X64, 462, "mseal"},
		{SYSCALL_ABI_ARM64, 462, "mseal"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct syscall_info *info = syscall_by_number(cases[i].abi, cases[i].number);

		assert_non_null(info);
		assert_string_equal(info->name, cases[i].name);
	}
	assert_null(syscall_by_number(SYSCALL_ABI_X64, -1));
	assert_null(syscall_by_number(SYSCALL_ABI_X64, 100000));
}

static void agrees_with_the_headers(void **state)
{
	assert_string_equal(syscall_by_number(SYSCALL_ABI_DEFAULT, SYS_openat)->name, "openat");
	assert_string_equal(syscall_by_number(SYSCALL_ABI_DEFAULT, SYS_bpf)->name, "bpf");
	assert_string_equal(syscall_by_number(SYSCALL_ABI_DEFAULT, SYS_clone3)->name, "clone3");
}

static void names(void **state)
{
	assert_ptr_equal(syscall_by_name("openat", 6),
			 syscall_by_number(SYSCALL_ABI_DEFAULT, SYS_openat));
	assert_ptr_equal(syscall_by_name("openat2", 6),
			 syscall_by_number(SYSCALL_ABI_DEFAULT, SYS_openat));
	assert_null(syscall_by_name("opena", 5));
	assert_null(syscall_by_name("", 0));
}

static const struct syscall_info table[] = {
#define SYSCALL(x64, i386, arm64, arm32, name, prototype) \
	{{x64, i386, arm64, arm32}, name, prototype},
#include "base/syscall_table.inc"
};

static void names_and_numbers_are_unique(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(table[i].name, table[j].name);
			for (int abi = 0; abi < _SYSCALL_ABI_MAX; abi++)
				if (table[i].numbers[abi] >= 0)
					assert_int_not_equal(table[i].numbers[abi],
							     table[j].numbers[abi]);
		}
	}
}

static const struct syscall_info *call(const char *name)
{
	return syscall_by_name(name, strlen(name));
}

static void functions(void **state)
{
	assert_string_equal(syscall_function(call("stat"), SYSCALL_ABI_X64), "newstat");
	assert_string_equal(syscall_function(call("openat"), SYSCALL_ABI_X64), "openat");
	assert_string_equal(syscall_function(call("chown"), SYSCALL_ABI_X64), "chown");
	assert_string_equal(syscall_function(call("chown"), SYSCALL_ABI_I386), "chown16");
	assert_string_equal(syscall_function(call("mmap2"), SYSCALL_ABI_I386), "mmap_pgoff");
	assert_string_equal(syscall_function(call("mmap2"), SYSCALL_ABI_ARM32), "aarch32_mmap2");
	assert_true(syscall_is_named(call("stat"), SYSCALL_ABI_X64, "stat"));
	assert_true(syscall_is_named(call("stat"), SYSCALL_ABI_X64, "newstat"));
	assert_false(syscall_is_named(call("stat"), SYSCALL_ABI_ARM64, "stat"));
	assert_false(syscall_is_named(call("chown32"), SYSCALL_ABI_X64, "chown"));
	assert_true(syscall_is_named(call("chown32"), SYSCALL_ABI_I386, "chown"));
}

static void forms(void **state)
{
	assert_string_equal(syscall_form(call("openat"), SYSCALL_ABI_I386), "openat");
	assert_string_equal(syscall_form(call("truncate64"), SYSCALL_ABI_I386), "truncate");
	assert_string_equal(syscall_form(call("chown"), SYSCALL_ABI_I386), "chown");
	assert_string_equal(syscall_form(call("mmap"), SYSCALL_ABI_I386), "");
	assert_string_equal(syscall_form(call("mmap"), SYSCALL_ABI_X64), "mmap");
}

static const struct {
	const char *name, *form;
} aliases[] = {
#define ALIAS(abis, name, function, form) {name, form},
#include "base/syscall_alias.inc"
};

static void aliases_are_of_calls(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		assert_non_null(call(aliases[i].name));
		if (aliases[i].form && *aliases[i].form)
			assert_non_null(call(aliases[i].form));
		/* They are looked for by halving. */
		if (i)
			assert_true(strcmp(aliases[i - 1].name, aliases[i].name) <= 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(abis),
		cmocka_unit_test(numbers),
		cmocka_unit_test(agrees_with_the_headers),
		cmocka_unit_test(names),
		cmocka_unit_test(names_and_numbers_are_unique),
		cmocka_unit_test(functions),
		cmocka_unit_test(forms),
		cmocka_unit_test(aliases_are_of_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
