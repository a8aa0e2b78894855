// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "policy/vocabulary.h"

#include <string.h>

static void test_find(void **state)
{
	assert_int_equal(vocabulary_find(&binary_operators, "NotPostfix", 10), BINARY_NOT_POSTFIX);
	assert_int_equal(vocabulary_find(&binary_operators, "notpostfix", 10), -1);
	assert_int_equal(vocabulary_find(&binary_operators, "In", 1), -1);
	assert_int_equal(vocabulary_find(&namespace_kinds, "User", 4), NAMESPACE_USER);
	assert_null(namespace_kinds.name(NAMESPACE_KINDS));
}

static void test_remedy(void **state)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	struct finding *finding = diagnose_error(&diags, (struct mark){1, 1}, "x");

	vocabulary_remedy(&namespace_kinds, "Pidd", 4, finding);
	assert_string_equal(finding->remedy, "did you mean \"Pid\"?");
	vocabulary_remedy(&in_operators, "something", 9, finding);
	assert_string_equal(finding->remedy, "there are: In, NotIn");
	number_name_remedy(&protocol_names, "IPPROTO_TPC", 11, finding);
	assert_string_equal(finding->remedy, "did you mean \"IPPROTO_TCP\"?");
	number_name_remedy(&protocol_names, "x", 1, finding);
	assert_string_equal(finding->remedy, "a name is written as in \"IPPROTO_IP\"");
}

static uint64_t number(const struct number_names *names, const char *name)
{
	uint64_t v;

	return number_name_read(names, name, strlen(name), &v) ? v : UINT64_MAX;
}

static void test_numbers(void **state)
{
	assert_int_equal(number(&capability_names, "CAP_SYS_ADMIN"), 21);
	assert_int_equal(number(&capability_names, "cap_sys_admin"), 21);
	assert_int_equal(number(&capability_names, "DAC_OVERRIDE"), 1);
	assert_int_equal(number(&capability_names, "CAP_CHECKPOINT_RESTORE"), 40);
	assert_int_equal(capability_names.n, 41);
	for (size_t i = 0; i < capability_names.n; i++)
		assert_int_equal(capability_names.v[i].number, i);
	assert_int_equal(number(&family_names, "AF_INET6"), 10);
	assert_int_equal(number(&family_names, "AF_VSOCK"), 40);
	assert_int_equal(number(&protocol_names, "IPPROTO_SCTP"), 132);
	assert_int_equal(number(&state_names, "TCP_ESTABLISHED"), 1);
	assert_int_equal(number(&state_names, "TCP_NEW_SYN_RECV"), 12);
	assert_int_equal(number(&file_type_names, "pipe"), 010000);
	assert_true(number(&file_type_names, "") == UINT64_MAX);
	assert_true(number(&state_names, "TCP_") == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_remedy),
		cmocka_unit_test(test_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
