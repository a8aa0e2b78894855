// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "metrics/binaries.h"

#include <stdio.h>
#include <string.h>

#define BINARIES 100

static uint64_t count_of(const struct binaries *b, const char *name, enum event_type type)
{
	for (size_t i = 0; i < binaries_n(b); i++)
		if (!strcmp(binaries_name(b, i), name))
			return binaries_events(b, i, type);
	return 0;
}

static void each_is_counted_for_itself(void **state)
{
	struct image a = {.binary = "/a"}, again = {.binary = "/a"}, b = {.binary = "/b"};
	struct image kernel[] = {{.binary = "kworker/0:1", .exec.flags = EXEC_KTHREAD},
				 {.binary = "kworker/1:1", .exec.flags = EXEC_KTHREAD}};
	struct binaries *binaries;

	assert_int_equal(binaries_new(BINARIES, &binaries), 0);
	binaries_count(binaries, EVENT_EXEC, &a);
	binaries_count(binaries, EVENT_EXEC, &b);
	binaries_count(binaries, EVENT_EXEC, &again);
	binaries_count(binaries, EVENT_EXIT, &a);
	binaries_count(binaries, EVENT_EXIT, NULL);
	binaries_count(binaries, EVENT_EXEC, &kernel[0]);
	binaries_count(binaries, EVENT_EXEC, &kernel[1]);
	assert_int_equal(a.counted_as, again.counted_as);
	assert_int_equal(binaries_n(binaries), 4);
	assert_int_equal(count_of(binaries, "/a", EVENT_EXEC), 2);
	assert_int_equal(count_of(binaries, "/a", EVENT_EXIT), 1);
	assert_int_equal(count_of(binaries, "/b", EVENT_EXEC), 1);
	assert_int_equal(count_of(binaries, "/b", EVENT_EXIT), 0);
	assert_int_equal(count_of(binaries, BINARIES_OTHER, EVENT_EXIT), 1);
	assert_int_equal(count_of(binaries, BINARIES_KERNEL, EVENT_EXEC), 2);
	binaries_free(&binaries);
	assert_null(binaries);
}

/* Nothing is lost beyond the limit, and nobody takes the name of what is there. */
static void there_are_so_many(void **state)
{
	struct image other = {.binary = BINARIES_OTHER};
	struct binaries *binaries;
	uint64_t sum = 0;
	char name[32];

	assert_int_equal(binaries_new(BINARIES, &binaries), 0);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 3 * BINARIES; i++) {
			struct image image = {.binary = name};

			snprintf(name, sizeof(name), "/%d", i);
			binaries_count(binaries, EVENT_EXEC, &image);
		}
	}
	binaries_count(binaries, EVENT_EXEC, &other);
	assert_int_equal(binaries_n(binaries), BINARIES + 1);
	for (size_t i = 0; i < binaries_n(binaries); i++)
		sum += binaries_events(binaries, i, EVENT_EXEC);
	assert_int_equal(sum, 6 * BINARIES + 1);
	assert_int_equal(count_of(binaries, "/0", EVENT_EXEC), 2);
	assert_int_equal(count_of(binaries, BINARIES_OTHER, EVENT_EXEC), 4 * BINARIES + 1);
	binaries_free(&binaries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_counted_for_itself),
		cmocka_unit_test(there_are_so_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
