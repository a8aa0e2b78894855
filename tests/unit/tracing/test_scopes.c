// SPDX-License-Identifier: Apache-2.0
#include "tracing/scopes.h"
#include "abi/hook.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scene {
	struct pods *pods;
	struct scopes *scopes;
};

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_int_equal(pods_new(&s->pods), 0);
	assert_int_equal(scopes_new(s->pods, &s->scopes), 0);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	scopes_free(&s->scopes);
	pods_free(&s->pods);
	free(s);
	return 0;
}

static struct policy_text text(const char *s)
{
	return (struct policy_text){.s = s, .len = strlen(s)};
}

/* Which have one label of that value, in that namespace. */
static uint32_t take(struct scene *s, const char *namespace, const char *value, bool host)
{
	struct policy_pair pair = {.key = text("app"), .value = text(value)};
	struct policy_labels labels = {.match_labels = {.n = 1, .v = &pair}};
	const struct workload_scope scope = {
		.namespace = namespace,
		.pods = &labels,
		.host = host,
	};
	uint32_t number;

	assert_int_equal(scopes_take(s->scopes, &scope, &number), 0);
	return number;
}

static void test_equal_ones(void **state)
{
	struct scene *s = *state;
	uint32_t one = take(s, "a", "x", false);

	assert_int_equal(take(s, "a", "x", false), one);
	/* Who is in no container is asked for beside it. */
	assert_int_equal(take(s, "a", "x", true), one);
	assert_int_equal(scopes_count(s->scopes), 1);
	assert_int_not_equal(take(s, "a", "y", false), one);
	assert_int_not_equal(take(s, "b", "x", false), one);
	assert_int_not_equal(take(s, NULL, "x", false), one);
	assert_int_equal(scopes_count(s->scopes), 4);
	for (int i = 0; i < 3; i++)
		scopes_drop(s->scopes, one);
	assert_int_equal(scopes_count(s->scopes), 3);
	assert_int_equal(take(s, "c", "x", false), one);
}

/* Different selectors must not read as the same words. */
static void test_words(void **state)
{
	struct scene *s = *state;
	struct policy_text values[2] = {text("a"), text("b")}, both = text("a1:b");
	struct policy_label_match match = {.key = text("k"), .values = {.n = 2, .v = values}};
	struct policy_labels labels = {.match_expressions = {.n = 1, .v = &match}};
	struct workload_scope pods = {.pods = &labels}, containers = {.containers = &labels};
	uint32_t n[4];

	assert_int_equal(scopes_take(s->scopes, &pods, &n[0]), 0);
	assert_int_equal(scopes_take(s->scopes, &containers, &n[1]), 0);
	match.values = (struct policy_texts){.n = 1, .v = &both};
	assert_int_equal(scopes_take(s->scopes, &pods, &n[2]), 0);
	match.operator.v = LABEL_NOT_IN;
	assert_int_equal(scopes_take(s->scopes, &pods, &n[3]), 0);
	assert_int_equal(scopes_count(s->scopes), 4);
}

static void test_limit(void **state)
{
	struct scene *s = *state;
	const struct workload_scope one_more = {.namespace = "other"};
	char value[16];
	uint32_t number;

	for (int i = 0; i < HOOK_SCOPES; i++) {
		snprintf(value, sizeof(value), "%d", i);
		assert_int_equal(take(s, NULL, value, false), i);
	}
	assert_int_equal(scopes_take(s->scopes, &one_more, &number), -ENOSPC);
	assert_int_equal(take(s, NULL, "7", false), 7);
	scopes_drop(s->scopes, 9);
	assert_int_equal(scopes_take(s->scopes, &one_more, &number), 0);
	assert_int_equal(number, 9);
}

static void test_known(void **state)
{
	struct scene *s = *state;

	assert_false(scopes_know_any(s->scopes));
	pods_put(s->pods, POD_FROM_HOOK, &(struct pod_container){.id = "x", .cgroup_id = 1}, 1,
		 NULL);
	assert_true(scopes_know_any(s->scopes));
	take(s, "a", "x", false);
	assert_int_equal(scopes_failed(s->scopes), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_equal_ones),
		TEST(test_words),
		TEST(test_limit),
		TEST(test_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
