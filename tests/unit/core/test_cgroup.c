// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "core/cgroup.h"
#include "records.h"

#define _cleanup_cgroups_ _cleanup_(cgroups_free)
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct cgroups *new_cgroups(size_t max)
{
	struct cgroups *c;

	assert_int_equal(cgroups_new(max, &c), 0);
	return c;
}

static struct cgroup *add(struct cgroups *c, uint64_t id, const char *path)
{
	_cleanup_str_ struct str names = STR_INIT;
	struct cgroup *cg;

	put_names(&names, path);
	assert_int_equal(cgroups_add(c, id, names.data, names.len), 0);
	cg = cgroups_find(c, id);
	assert_non_null(cg);
	assert_int_equal(cg->id, id);
	return cg;
}

static void a_plain_one(void **state)
{
	_cleanup_cgroups_ struct cgroups *c = new_cgroups(8);
	struct cgroup *cg = add(c, 42, "/system.slice/cron.service");

	assert_string_equal(cg->path, "/system.slice/cron.service");
	assert_string_equal(cg->container_id, "");
	assert_string_equal(cg->runtime, "");
	assert_false(cg->throttled);
	assert_false(cg->was_throttled);
	assert_null(cgroups_find(c, 43));
	/* In the same bucket. */
	assert_null(cgroups_find(c, 42 + 1024));
}

static void the_root(void **state)
{
	_cleanup_cgroups_ struct cgroups *c = new_cgroups(8);

	assert_string_equal(add(c, 1, "/")->path, "/");
}

static void a_container(void **state)
{
	_cleanup_cgroups_ struct cgroups *c = new_cgroups(8);
	struct cgroup *cg = add(c, UINT64_MAX, "/system.slice/docker-" ID ".scope/init.scope");

	assert_string_equal(cg->path, "/system.slice/docker-" ID ".scope/init.scope");
	assert_string_equal(cg->container_id, ID);
	assert_string_equal(cg->runtime, "docker");
	/* The whole path is the id. */
	cg = add(c, 2, "/" ID);
	assert_string_equal(cg->container_id, ID);
	assert_string_equal(cg->path, "/" ID);
}

/* As "machinectl" has it, not as it is written in a unit's name. */
static void the_name_of_a_machine(void **state)
{
	static const struct {
		const char *written, *name;
	} cases[] = {
		{"web", "web"},
		{"my\\x2dbox", "my-box"},
		{"\\x2da\\x2d\\x2db\\x2d", "-a--b-"},
		{"caf\\xc3\\xa9", "caf\xc3\xa9"},
		/* No such thing. */
		{"a\\x2", "a\\x2"},
		{"a\\x2X", "a\\x2X"},
		{"a\\x00b", "a\\x00b"},
		{"a\\", "a\\"},
		{"a\\n41", "a\\n41"},
	};
	_cleanup_cgroups_ struct cgroups *c = new_cgroups(8);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char path[64];
		struct cgroup *cg;

		snprintf(path, sizeof(path), "/machine.slice/machine-%s.scope", cases[i].written);
		cg = add(c, 1, path);
		assert_string_equal(cg->container_id, cases[i].name);
		assert_string_equal(cg->runtime, "nspawn");
		assert_string_equal(cg->path, path);
	}
}

static void names_that_were_cut_off(void **state)
{
	_cleanup_cgroups_ struct cgroups *c = new_cgroups(8);

	assert_int_equal(cgroups_add(c, 1, "leaf\0mid", 8), 0);
	assert_non_null(strstr(cgroups_find(c, 1)->path, "leaf"));
}

static void count(void *userdata, struct cgroup *cg)
{
	*(uint64_t *)userdata += cg->id;
}

static uint64_t sum_of_ids(struct cgroups *c)
{
	uint64_t sum = 0;

	cgroups_each(c, count, &sum);
	return sum;
}

static void replacing_keeps_what_was_learnt(void **state)
{
	_cleanup_cgroups_ struct cgroups *c = new_cgroups(2);
	struct cgroup *cg = add(c, 1, "/a");

	add(c, 2, "/b");
	cg->throttled = cg->was_throttled = true;
	cg->quiet = 3;
	cg = add(c, 1, "/c/docker-" ID ".scope");
	assert_string_equal(cg->path, "/c/docker-" ID ".scope");
	assert_string_equal(cg->runtime, "docker");
	assert_true(cg->throttled);
	assert_true(cg->was_throttled);

	cg->throttled = false;
	cg = add(c, 1, "/d");
	assert_false(cg->throttled);
	assert_true(cg->was_throttled);
	/* In place of the old one, not beside it: nothing had to go. */
	assert_int_equal(sum_of_ids(c), 3);
}

static void the_first_goes_when_there_are_too_many(void **state)
{
	_cleanup_cgroups_ struct cgroups *c = new_cgroups(3);
	uint64_t id;

	for (id = 1; id <= 5; id++) {
		_cleanup_str_ struct str names = STR_INIT;

		put_names(&names, "/x");
		assert_int_equal(cgroups_add(c, id, names.data, names.len), 0);
	}
	assert_null(cgroups_find(c, 1));
	assert_null(cgroups_find(c, 2));
	for (id = 3; id <= 5; id++)
		assert_non_null(cgroups_find(c, id));
	assert_int_equal(sum_of_ids(c), 3 + 4 + 5);
}

/* The kernel side forgets by use and announces no cgroup that it still knows, so what is in use
 * must not be forgotten here either. */
static void what_is_used_stays(void **state)
{
	_cleanup_cgroups_ struct cgroups *c = new_cgroups(3);

	add(c, 1, "/a");
	add(c, 2, "/b");
	add(c, 3, "/c");
	assert_non_null(cgroups_find(c, 1));
	add(c, 4, "/d");
	assert_non_null(cgroups_find(c, 1));
	assert_null(cgroups_find(c, 2));
}

static void what_is_throttled_stays(void **state)
{
	_cleanup_cgroups_ struct cgroups *c = new_cgroups(3);

	add(c, 1, "/a")->throttled = true;
	add(c, 2, "/b");
	add(c, 3, "/c")->throttled = true;
	add(c, 4, "/d");
	assert_null(cgroups_find(c, 2));
	add(c, 5, "/e")->throttled = true;
	assert_null(cgroups_find(c, 4));
	/* All of them are. */
	add(c, 6, "/f");
	assert_null(cgroups_find(c, 1));
	assert_int_equal(sum_of_ids(c), 3 + 5 + 6);
}

static void many(void **state)
{
	_cleanup_cgroups_ struct cgroups *c = new_cgroups(5000);

	for (uint64_t id = 1; id <= 20000; id++)
		add(c, id * 512, "/x/y");
	assert_int_equal(sum_of_ids(c), 512ULL * 5000 * (15001 + 20000) / 2);
	for (uint64_t id = 15001; id <= 20000; id++)
		assert_non_null(cgroups_find(c, id * 512));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_one),
		cmocka_unit_test(the_root),
		cmocka_unit_test(a_container),
		cmocka_unit_test(the_name_of_a_machine),
		cmocka_unit_test(names_that_were_cut_off),
		cmocka_unit_test(replacing_keeps_what_was_learnt),
		cmocka_unit_test(the_first_goes_when_there_are_too_many),
		cmocka_unit_test(what_is_used_stays),
		cmocka_unit_test(what_is_throttled_stays),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
