// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "policy/integer.h"

#include <errno.h>
#include <string.h>

static int read_z(const char *s, struct integer *ret)
{
	return integer_read(s, strlen(s), ret);
}

static void test_read(void **state)
{
	static const char *const bad[] = {"",   "-",  "+",  "0x",  "0b",  "0o",  "1 ",
					  " 1", "1x", "08", "--1", "1e3", "0xg", "1.0"};
	struct integer v;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(read_z(bad[i], &v), -EINVAL);
	assert_int_equal(read_z("0", &v), 0);
	assert_int_equal(read_z("-0", &v), 0);
	assert_false(v.negative);
	assert_int_equal(read_z("0XfF", &v), 0);
	assert_int_equal(v.magnitude, 255);
	assert_int_equal(read_z("017", &v), 0);
	assert_int_equal(v.magnitude, 15);
	assert_int_equal(read_z("0o17", &v), 0);
	assert_int_equal(v.magnitude, 15);
	assert_int_equal(read_z("-0b11", &v), 0);
	assert_true(integer_bits(&v) == (uint64_t)-3);
	assert_int_equal(read_z("18446744073709551616", &v), -ERANGE);
	assert_int_equal(read_z("-9223372036854775808", &v), 0);
	assert_int_equal(read_z("-9223372036854775809", &v), -ERANGE);
}

static void test_fits(void **state)
{
	struct integer v;

	assert_int_equal(read_z("-128", &v), 0);
	assert_true(integer_fits(&v, 8, true));
	assert_false(integer_fits(&v, 8, false));
	assert_int_equal(read_z("-129", &v), 0);
	assert_false(integer_fits(&v, 8, true));
	assert_int_equal(read_z("128", &v), 0);
	assert_false(integer_fits(&v, 8, true));
	assert_true(integer_fits(&v, 8, false));
	assert_int_equal(read_z("256", &v), 0);
	assert_false(integer_fits(&v, 8, false));
	assert_int_equal(read_z("0x7fffffffffffffff", &v), 0);
	assert_true(integer_fits(&v, 64, true));
	assert_int_equal(read_z("0x8000000000000000", &v), 0);
	assert_false(integer_fits(&v, 64, true));
	assert_true(integer_fits(&v, 64, false));
	assert_int_equal(read_z("-0x8000000000000000", &v), 0);
	assert_true(integer_fits(&v, 64, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
