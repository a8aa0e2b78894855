// SPDX-License-Identifier: Apache-2.0
#include "sensor/security_modules.h"
#include "unit.h"

static void lists(void **state)
{
	assert_true(security_modules_list("bpf", "bpf"));
	assert_true(security_modules_list("lockdown,capability,bpf", "bpf"));
	assert_true(security_modules_list("bpf,ima", "bpf"));
	assert_false(security_modules_list("lockdown,capability", "bpf"));
	assert_false(security_modules_list("bpfilter,xbpf", "bpf"));
	assert_false(security_modules_list("", "bpf"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
