// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/macro.h"
#include "base/distance.h"

#include <string.h>

static void distances(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} cases[] = {
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"rb-size", "rb-size", 0},
		{"RB_Size", "rb-size", 0},
		{"rb-szie", "rb-size", 1},
		{"rbsize", "rb-size", 1},
		{"rb--size", "rb-size", 1},
		{"rb-sise", "rb-size", 1},
		{"ab", "ba", 1},
		{"abcd", "badc", 2},
		{"kitten", "sitting", 3},
		{"btf", "debug", 4},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(distance_of_names(cases[i].a, strlen(cases[i].a), cases[i].b,
						   strlen(cases[i].b)),
				 cases[i].distance);
}

static void long_names_are_far(void **state)
{
	char name[DISTANCE_NAME_MAX + 1];

	memset(name, 'x', sizeof(name));
	assert_int_equal(distance_of_names(name, sizeof(name), name, sizeof(name)), SIZE_MAX);
	assert_int_equal(distance_of_names(name, sizeof(name) - 1, name, sizeof(name) - 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(long_names_are_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
