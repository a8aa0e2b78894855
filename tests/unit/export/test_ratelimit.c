// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/clock.h"
#include "base/macro.h"
#include "export/ratelimit.h"

#include <stdlib.h>

#define MINUTE (60 * NSEC_PER_SEC)
#define HOUR (60 * MINUTE)
#define START (12345 * NSEC_PER_SEC + 678)

static uint64_t take_all(struct ratelimit *limit, uint64_t now)
{
	uint64_t n = 0;

	while (ratelimit_allow(limit, now))
		n++;
	return n;
}

static void unlimited(void **state)
{
	struct ratelimit limit;

	ratelimit_init(&limit, -1, START);
	for (int i = 0; i < 100000; i++)
		assert_true(ratelimit_allow(&limit, START));
	assert_int_equal(ratelimit_take_refused(&limit), 0);
}

static void zero_lets_nothing_pass(void **state)
{
	struct ratelimit limit;

	ratelimit_init(&limit, 0, START);
	for (uint64_t i = 0; i < 1000; i++)
		assert_false(ratelimit_allow(&limit, START + i * HOUR));
	assert_int_equal(ratelimit_take_refused(&limit), 1000);
}

static void burst_is_one_minute_worth(void **state)
{
	struct ratelimit limit;

	ratelimit_init(&limit, 60, START);
	assert_int_equal(take_all(&limit, START), 60);
	assert_int_equal(take_all(&limit, START), 0);
	/* However long it rests. */
	assert_int_equal(take_all(&limit, START + 5 * HOUR), 60);
}

static void one_token_comes_back_on_the_nanosecond(void **state)
{
	struct ratelimit limit;

	ratelimit_init(&limit, 60, START);
	take_all(&limit, START);
	assert_false(ratelimit_allow(&limit, START + NSEC_PER_SEC - 1));
	assert_true(ratelimit_allow(&limit, START + NSEC_PER_SEC));
	assert_false(ratelimit_allow(&limit, START + NSEC_PER_SEC));
}

/* Rates that divide no minute, steps of all sizes, for hours: not one event too many or too few.
 * (Steps shorter than it takes to fill the bucket, which would then rightly run over.) */
static void exact_over_hours(void **state)
{
	static const int64_t rates[] = {2, 7, 59, 61, 1000, 999983};

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		uint64_t end = (rates[i] > 1000 ? MINUTE : 5 * HOUR), now = 0, passed;
		struct ratelimit limit;
		unsigned seed = 42;

		ratelimit_init(&limit, rates[i], START);
		passed = take_all(&limit, START);
		while (now < end) {
			now += 1 + (uint64_t)rand_r(&seed) % (unsigned)(3 * NSEC_PER_SEC / 2);
			passed += take_all(&limit, START + now);
			assert_int_equal(passed,
					 (uint64_t)rates[i] + now * (uint64_t)rates[i] / MINUTE);
		}
	}
}

static void every_nanosecond_counts(void **state)
{
	struct ratelimit limit;
	uint64_t passed = 0;

	ratelimit_init(&limit, 60000000, START);
	take_all(&limit, START);
	for (uint64_t now = 1; now <= 1000000; now++)
		passed += take_all(&limit, START + now);
	assert_int_equal(passed, 1000);
}

static void time_going_back_gives_nothing(void **state)
{
	struct ratelimit limit;

	ratelimit_init(&limit, 60, START);
	take_all(&limit, START);
	assert_false(ratelimit_allow(&limit, START - HOUR));
	assert_false(ratelimit_allow(&limit, START));
	assert_true(ratelimit_allow(&limit, START + NSEC_PER_SEC));
}

static void extremes_do_not_overflow(void **state)
{
	struct ratelimit limit;

	ratelimit_init(&limit, INT64_MAX, 0);
	for (int i = 0; i < 1000; i++)
		assert_true(ratelimit_allow(&limit, UINT64_MAX));
	assert_int_equal(limit.refused, 0);
}

static void refused_is_counted_and_taken(void **state)
{
	struct ratelimit limit;

	ratelimit_init(&limit, 2, START);
	for (int i = 0; i < 7; i++)
		ratelimit_allow(&limit, START);
	assert_int_equal(ratelimit_take_refused(&limit), 5);
	assert_int_equal(ratelimit_take_refused(&limit), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unlimited),
		cmocka_unit_test(zero_lets_nothing_pass),
		cmocka_unit_test(burst_is_one_minute_worth),
		cmocka_unit_test(one_token_comes_back_on_the_nanosecond),
		cmocka_unit_test(exact_over_hours),
		cmocka_unit_test(every_nanosecond_counts),
		cmocka_unit_test(time_going_back_gives_nothing),
		cmocka_unit_test(extremes_do_not_overflow),
		cmocka_unit_test(refused_is_counted_and_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
