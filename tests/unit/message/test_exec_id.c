// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "core/records.h"
#include "message/exec_id.h"

static void assert_id(const char *node, struct process_key key, const char *expected)
{
	_cleanup_str_ struct str s = STR_INIT;

	exec_id_append(&s, node, &key);
	assert_string_equal(str_cstr(&s), expected);
}

static void node_ktime_and_pid(void **state)
{
	/* "node:2000000001:10" */
	assert_id("node", KEY(10, 2000000000, 1), "bm9kZToyMDAwMDAwMDAxOjEw");
	/* "node:3000000002:20" */
	assert_id("node", KEY(20, 3000000000, 2), "bm9kZTozMDAwMDAwMDAyOjIw");
	/* ":0:1" */
	assert_id("", KEY(1, 0, 0), "OjA6MQ==");
}

static void the_kernel(void **state)
{
	/* "node:1:0", whatever else is said of it */
	assert_id("node", KEY(0, 0, 0), "bm9kZToxOjA=");
	assert_id("node", KEY(0, 123, 4), "bm9kZToxOjA=");
}

static void the_largest_numbers(void **state)
{
	/* "n:18446744073709551615:4294967295" */
	assert_id("n", KEY(UINT32_MAX, UINT64_MAX, 0),
		  "bjoxODQ0Njc0NDA3MzcwOTU1MTYxNTo0Mjk0OTY3Mjk1");
}

static void each_image_has_its_own(void **state)
{
	_cleanup_str_ struct str a = STR_INIT, b = STR_INIT;

	exec_id_append(&a, "node", &KEY(10, 1000, 1));
	exec_id_append(&b, "node", &KEY(10, 1000, 2));
	assert_string_not_equal(str_cstr(&a), str_cstr(&b));
}

static void it_is_appended(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	str_append_lit(&s, "id=");
	exec_id_append(&s, "", &KEY(1, 0, 0));
	assert_string_equal(str_cstr(&s), "id=OjA6MQ==");
}

/* No name is so long, but nothing may go wrong when one is. */
static void a_long_node_name(void **state)
{
	char name[2000];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t len = 400; len < 600; len++) {
		_cleanup_str_ struct str s = STR_INIT;
		char saved = name[len];

		name[len] = '\0';
		exec_id_append(&s, name, &KEY(UINT32_MAX, UINT64_MAX, 0));
		name[len] = saved;
		/* The numbers are whole in any case. */
		assert_true(s.len <= 684);
		assert_int_equal(s.len % 4, 0);
		if (len <= 464)
			assert_int_equal(s.len, (len + 32 + 2) / 3 * 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(node_ktime_and_pid),  cmocka_unit_test(the_kernel),
		cmocka_unit_test(the_largest_numbers), cmocka_unit_test(each_image_has_its_own),
		cmocka_unit_test(it_is_appended),      cmocka_unit_test(a_long_node_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
