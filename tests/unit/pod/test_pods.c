// SPDX-License-Identifier: Apache-2.0
#include "pod/pods.h"
#include "base/clock.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define CUT "0123456789abcdef0123456789abcdef"

struct scene {
	struct pods *pods;
	char told[256]; /* by the watcher: a character each */
	uint32_t number;
	bool dead;
};

static void on_changed(void *userdata, const struct pod_container *c, uint32_t number)
{
	struct scene *s = userdata;

	assert_true(c->cgroup_id > 0);
	assert_true(number < PODS_CONTAINERS_MAX);
	s->number = number;
	strncat(s->told, "+", sizeof(s->told) - strlen(s->told) - 1);
}

static void on_ended(void *userdata, const struct pod_container *c, uint32_t number)
{
	struct scene *s = userdata;

	assert_int_equal(number, s->number);
	strncat(s->told, "-", sizeof(s->told) - strlen(s->told) - 1);
}

static bool lives(void *userdata, const struct pod_container *c)
{
	return !((struct scene *)userdata)->dead;
}

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	const struct pods_watcher watcher = {on_changed, on_ended, s};

	assert_non_null(s);
	assert_int_equal(pods_new(&s->pods), 0);
	pods_watch(s->pods, &watcher);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	pods_free(&s->pods);
	free(s);
	return 0;
}

static int put(struct scene *s, const struct pod_container *c)
{
	return pods_put(s->pods, POD_FROM_HOOK, c, 1, NULL);
}

static void test_completed(void **state)
{
	static const struct pod_label labels[] = {{"app", "web"}, {"tier", ""}};
	struct scene *s = *state;
	const struct pod_container *c;
	uint64_t generation;

	assert_int_equal(put(s, &(struct pod_container){.id = ID, .pod_name = "pod"}), 0);
	assert_string_equal(s->told, "");
	assert_int_equal(pods_get_stats(s->pods)->awaited, 1);
	assert_int_equal(put(s, &(struct pod_container){.id = ID, .name = "main", .started = 7}),
			 0);
	generation = pods_generation(s->pods);
	assert_int_equal(put(s, &(struct pod_container){.id = ID, .name = "main"}), 0);
	assert_int_equal(pods_generation(s->pods), generation);
	assert_int_equal(pods_bind(s->pods, ID, 5, "/x", 1), 0);
	assert_int_equal(pods_bind(s->pods, "other", 6, "/y", 1), -ENOENT);
	assert_int_equal(put(s, &(struct pod_container){.id = ID, .labels = labels, .n_labels = 2}),
			 0);
	assert_string_equal(s->told, "++");
	assert_int_equal(pods_get_stats(s->pods)->awaited, 0);
	assert_int_equal(pods_get_stats(s->pods)->told[POD_FROM_HOOK], 1);

	c = pods_find(s->pods, ID);
	assert_non_null(c);
	assert_ptr_equal(c, pods_find(s->pods, CUT));
	assert_ptr_equal(c, pods_find_cgroup(s->pods, 5));
	assert_null(pods_find(s->pods, "0123"));
	assert_null(pods_find_cgroup(s->pods, 6));
	assert_string_equal(c->pod_name, "pod");
	assert_string_equal(c->name, "main");
	assert_string_equal(c->cgroup, "/x");
	assert_string_equal(c->image, "");
	assert_int_equal(c->started, 7);
	assert_int_equal(c->n_labels, 2);
	assert_string_equal(c->labels[1].key, "tier");
	assert_string_equal(c->labels[0].value, "web");
}

static void test_moved(void **state)
{
	struct scene *s = *state;

	put(s, &(struct pod_container){.id = ID, .cgroup_id = 5});
	put(s, &(struct pod_container){.id = ID, .cgroup_id = 6});
	assert_string_equal(s->told, "+-+");
	assert_null(pods_find_cgroup(s->pods, 5));
	assert_non_null(pods_find_cgroup(s->pods, 6));
}

static void test_ended(void **state)
{
	struct scene *s = *state;
	uint64_t t = 10 * NSEC_PER_SEC;

	put(s, &(struct pod_container){.id = ID, .cgroup_id = 5});
	pods_tick(s->pods, t, lives, s);
	assert_string_equal(s->told, "+");
	s->dead = true;
	pods_tick(s->pods, t, lives, s);
	assert_string_equal(s->told, "+-");
	/* Events that come late are of it. */
	pods_tick(s->pods, t + PODS_ENDED_KEPT_S * NSEC_PER_SEC - 1, lives, s);
	assert_non_null(pods_find(s->pods, ID));
	assert_int_equal(pods_get_stats(s->pods)->ended, 1);
	pods_tick(s->pods, t + PODS_ENDED_KEPT_S * NSEC_PER_SEC, lives, s);
	assert_null(pods_find(s->pods, ID));
	assert_int_equal(pods_get_stats(s->pods)->containers, 0);
	assert_int_equal(pods_get_stats(s->pods)->bytes, 0);
	assert_string_equal(s->told, "+-");
}

static void test_back(void **state)
{
	struct scene *s = *state;

	put(s, &(struct pod_container){.id = ID, .cgroup_id = 5});
	pods_end(s->pods, ID, 2);
	assert_int_equal(pods_bind(s->pods, ID, 6, "", 2), -ENOENT);
	put(s, &(struct pod_container){.id = ID});
	assert_string_equal(s->told, "+-+");
	assert_int_equal(pods_get_stats(s->pods)->ended, 0);
}

static void test_awaited_for_nothing(void **state)
{
	struct scene *s = *state;

	put(s, &(struct pod_container){.id = ID});
	pods_tick(s->pods, PODS_AWAITED_S * NSEC_PER_SEC, lives, s);
	assert_non_null(pods_find(s->pods, ID));
	pods_tick(s->pods, PODS_AWAITED_S * NSEC_PER_SEC + 1, lives, s);
	assert_null(pods_find(s->pods, ID));
}

static void test_limits(void **state)
{
	struct scene *s = *state;
	_cleanup_error_ struct error *err = NULL;
	char id[16], *large = calloc(1, PODS_CONTAINER_BYTES_MAX + 1);

	assert_non_null(large);
	assert_int_equal(put(s, &(struct pod_container){.name = "x"}), -EINVAL);
	memset(large, 'x', PODS_CONTAINER_BYTES_MAX);
	assert_int_equal(pods_put(s->pods, POD_FROM_CRI,
				  &(struct pod_container){.id = "x", .name = large}, 1, &err),
			 -E2BIG);
	assert_non_null(strstr(err->message, "65536"));
	error_free(&err);
	for (unsigned i = 0; i < PODS_CONTAINERS_MAX; i++) {
		snprintf(id, sizeof(id), "c%u", i);
		assert_int_equal(put(s, &(struct pod_container){.id = id}), 0);
	}
	assert_int_equal(
		pods_put(s->pods, POD_FROM_CRI, &(struct pod_container){.id = "x"}, 1, &err),
		-ENOSPC);
	assert_non_null(strstr(err->message, "4096"));
	assert_int_equal(pods_get_stats(s->pods)->refused, 1);
	/* What ended has to go. */
	pods_end(s->pods, "c9", 3);
	pods_end(s->pods, "c8", 2);
	assert_int_equal(put(s, &(struct pod_container){.id = "x", .cgroup_id = 1}), 0);
	assert_null(pods_find(s->pods, "c8"));
	assert_non_null(pods_find(s->pods, "c9"));
	assert_int_equal(pods_get_stats(s->pods)->containers, PODS_CONTAINERS_MAX);
	/* Its number is the one that was free. */
	assert_int_equal(s->number, 8);
	free(large);
}

static void test_bytes(void **state)
{
	struct scene *s = *state;
	size_t len = PODS_CONTAINER_BYTES_MAX - 100, n = 0;
	char id[16], *large = calloc(1, len + 1);

	assert_non_null(large);
	memset(large, 'x', len);
	do {
		snprintf(id, sizeof(id), "c%zu", n++);
	} while (put(s, &(struct pod_container){.id = id, .name = large}) == 0);
	assert_true(n > PODS_BYTES_MAX / PODS_CONTAINER_BYTES_MAX / 2);
	assert_true(n <= PODS_BYTES_MAX / len + 1);
	assert_true(pods_get_stats(s->pods)->bytes <= PODS_BYTES_MAX);
	free(large);
}

static void test_pods_counted(void **state)
{
	struct scene *s = *state;

	put(s, &(struct pod_container){.id = "a", .pod_name = "p", .pod_namespace = "n"});
	put(s, &(struct pod_container){.id = "b", .pod_name = "p", .pod_namespace = "n"});
	put(s, &(struct pod_container){.id = "c", .pod_name = "p", .pod_namespace = "m"});
	put(s, &(struct pod_container){.id = "d"});
	put(s, &(struct pod_container){.id = "e", .pod_name = "q"});
	pods_end(s->pods, "e", 2);
	assert_int_equal(pods_count(s->pods), 2);
}

static void count_one(void *userdata, const struct pod_container *c, uint32_t number)
{
	++*(int *)userdata;
}

static void test_each(void **state)
{
	struct scene *s = *state;
	int n = 0;

	put(s, &(struct pod_container){.id = "a", .cgroup_id = 1});
	put(s, &(struct pod_container){.id = "b", .cgroup_id = 2});
	put(s, &(struct pod_container){.id = "c"});
	pods_end(s->pods, "b", 2);
	pods_lock(s->pods);
	pods_each(s->pods, count_one, &n);
	pods_unlock(s->pods);
	assert_int_equal(n, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_completed),    TEST(test_moved),  TEST(test_ended),
		TEST(test_back),         TEST(test_limits), TEST(test_awaited_for_nothing),
		TEST(test_pods_counted), TEST(test_bytes),  TEST(test_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
