// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "cel/net.h"

#include <errno.h>

static struct cel_value read_ip(const char *text)
{
	struct cel_value ip;

	assert_int_equal(cel_ip_read(text, strlen(text), &ip), 0);
	return ip;
}

/* What is accepted is told by test_eval.c's table; here is what it is, and its canonical form. */
static void test_round_trip(void **state)
{
	static const struct {
		const char *text, *canonical;
	} cases[] = {
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"::", "::"},
		{"::1", "::1"},
		{"1::", "1::"},
		{"0:0:0:0:0:0:0:1", "::1"},
		{"2001:DB8::ABCD", "2001:db8::abcd"},
		{"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
		{"1:0:0:2:3:0:0:4", "1::2:3:0:0:4"},
		{"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
		{"0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"},
		{"0:0:1:2:3:4:5:6", "::1:2:3:4:5:6"},
		{"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
		{"::1.2.3.4", "::102:304"},
		{"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cel_value ip = read_ip(cases[i].text);
		_cleanup_str_ struct str out = STR_INIT;

		cel_net_append(&out, &ip);
		assert_string_equal(str_cstr(&out), cases[i].canonical);
	}
}

static void test_representation(void **state)
{
	struct cel_value ip = read_ip("1.2.3.4"), cidr;

	assert_int_equal(ip.kind, CEL_IP);
	assert_int_equal(cel_ip_family(&ip), 4);
	assert_memory_equal(ip.address, "\1\2\3\4\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_int_equal(cel_cidr_read("fe80::/10", 9, &cidr), 0);
	assert_int_equal(cidr.kind, CEL_CIDR);
	assert_int_equal(cel_ip_family(&cidr), 6);
	assert_int_equal(cel_cidr_prefix(&cidr), 10);
}

/* The text need not end where the address does, nor be short. */
static void test_bounds(void **state)
{
	struct cel_value v;
	char text[200];

	assert_int_equal(cel_ip_read("1.2.3.45", 7, &v), 0);
	assert_int_equal(v.address[3], 4);
	assert_int_equal(cel_cidr_read("1.2.3.4/24", 9, &v), 0);
	assert_int_equal(cel_cidr_prefix(&v), 2);
	memset(text, '1', sizeof(text));
	assert_int_equal(cel_ip_read(text, sizeof(text), &v), -EINVAL);
	text[100] = '/';
	assert_int_equal(cel_cidr_read(text, sizeof(text), &v), -EINVAL);
	assert_int_equal(cel_cidr_read("/8", 2, &v), -EINVAL);
	assert_int_equal(cel_cidr_read("", 0, &v), -EINVAL);
	assert_int_equal(cel_cidr_read("1.2.3.4/0032", 12, &v), -EINVAL);
}

static void test_mask(void **state)
{
	static const struct {
		unsigned bits;
		const char *masked;
	} cases[] = {
		{0, "::"},
		{1, "8000::"},
		{8, "ff00::"},
		{9, "ff80::"},
		{127, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"},
		{128, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};
	const struct cel_value all = read_ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cel_value ip = all, expected = read_ip(cases[i].masked);

		cel_net_mask(&ip, cases[i].bits);
		assert_memory_equal(ip.address, expected.address, sizeof(ip.address));
		assert_true(cel_net_same_prefix(&all, &expected, cases[i].bits));
		if (cases[i].bits < 128)
			assert_false(cel_net_same_prefix(&all, &expected, cases[i].bits + 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_representation),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_mask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
