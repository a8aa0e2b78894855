// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/arena.h"
#include "base/str.h"
#include "explain/cost.h"
#include "policy/policy.h"

#include <string.h>

struct scene {
	struct policies policies;
	struct diagnostics diags;
	struct arena arena;
	struct plan plan;
};

/* Of one hook with such arguments and selectors. */
static struct cost cost_at(const struct backend *backend, const char *args, const char *more)
{
	static const struct plan_facts facts;
	_cleanup_str_ struct str text = STR_INIT;
	struct scene s = {0};
	struct cost cost;

	str_appendf(&text,
		    "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: x}\n"
		    "spec:\n  kprobes:\n  - call: sys_x\n    syscall: true\n    args: [%s]\n%s",
		    args, more);
	assert_int_equal(policies_read(&s.policies, &s.diags, "f", text.data, text.len), 0);
	assert_int_equal(s.policies.n, 1);
	assert_int_equal(plan_make(&s.policies.v[0]->spec.hooks[HOOK_KPROBE].v[0], &facts, &s.arena,
				   &s.diags, &s.plan),
			 0);
	cost = cost_of(&s.plan, backend);
	policies_done(&s.policies);
	diagnostics_done(&s.diags);
	arena_done(&s.arena);
	return cost;
}

#define INT "{index: 0, type: int}"
#define STRING "{index: 1, type: string}"
#define SELECTORS(text) "    selectors: " text "\n"
#define NUMBER "{index: 0, operator: Equal, values: [\"1\"]}"
#define PATH "{index: 1, operator: Prefix, values: [\"/x\"]}"

/* As docs/performance.md has it. */
static void test_as_measured(void **state)
{
	struct cost cost =
		cost_at(&backend_sys_enter, INT, SELECTORS("[{matchArgs: [" NUMBER "]}]"));

	assert_in_range(cost.miss, 0, 5);
	assert_in_range(cost.hit, 50, 100);
	cost = cost_at(&backend_sys_enter, STRING, SELECTORS("[{matchArgs: [" PATH "]}]"));
	assert_in_range(cost.miss, 25, 45);
	assert_in_range(cost.hit, 120, 180);
}

static void test_without_filters_nothing_is_missed(void **state)
{
	struct cost cost = cost_at(&backend_sys_enter, INT, "");

	assert_int_equal(cost.miss, 0);
	assert_int_equal(cost.miss_most, 0);
	assert_true(cost.hit > 0);
}

/* What a number decides costs no reading of a string. */
static void test_numbers_come_first(void **state)
{
	struct cost both = cost_at(&backend_sys_enter, INT ", " STRING,
				   SELECTORS("[{matchArgs: [" PATH ", " NUMBER "]}]"));
	struct cost number = cost_at(&backend_sys_enter, INT ", " STRING,
				     SELECTORS("[{matchArgs: [" NUMBER "]}]"));

	assert_int_equal(both.miss, number.miss);
	assert_true(both.miss_most > both.miss);
}

static void test_what_costs_more(void **state)
{
	struct cost plain = cost_at(&backend_sys_enter, STRING, "");
	struct cost limited =
		cost_at(&backend_sys_enter, STRING,
			SELECTORS("[{matchActions: [{action: Post, rateLimit: \"5s\"}]}]"));
	struct cost stack =
		cost_at(&backend_sys_enter, STRING,
			SELECTORS("[{matchActions: [{action: Post, kernelStackTrace: true}]}]"));
	struct cost in_kprobe = cost_at(&backend_syscall_kprobe, STRING, "");
	struct cost two = cost_at(&backend_sys_enter, STRING,
				  SELECTORS("[{matchArgs: [" PATH "]}, {matchArgs: [" PATH "]}]"));
	struct cost one =
		cost_at(&backend_sys_enter, STRING, SELECTORS("[{matchArgs: [" PATH "]}]"));

	assert_true(limited.hit > plain.hit);
	assert_true(stack.hit > limited.hit);
	assert_true(in_kprobe.hit > plain.hit);
	assert_int_equal(two.miss, 2 * one.miss);
}

static void test_nothing_to_tell(void **state)
{
	struct cost cost = cost_at(&backend_sys_enter, STRING,
				   SELECTORS("[{matchActions: [{action: NoPost}]}]"));

	assert_in_range(cost.hit, 1, 20);
}

static void test_returns(void **state)
{
	struct cost cost = cost_at(backend_of_return(&backend_sys_enter), INT,
				   "    return: true\n    returnArg: {index: 0, type: int}\n");

	assert_int_equal(cost.miss, 0);
	assert_in_range(cost.hit, 50, 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_measured),
		cmocka_unit_test(test_without_filters_nothing_is_missed),
		cmocka_unit_test(test_numbers_come_first),
		cmocka_unit_test(test_what_costs_more),
		cmocka_unit_test(test_nothing_to_tell),
		cmocka_unit_test(test_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
