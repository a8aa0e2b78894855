// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "sensor/cgroup_dir.h"
#include "tmpdir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What stands for procfs, with a process 1 that has these mounts. */
struct scene {
	char dir[256];
	struct str found;
};

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	*state = s;
	return s ? tmpdir_make(s->dir, sizeof(s->dir)) : -1;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	tmpdir_remove(s->dir);
	str_free(&s->found);
	free(s);
	return 0;
}

static void make(const struct scene *s, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void mounts(const struct scene *s, const char *text)
{
	char path[512];
	_cleanup_close_ int fd = -1;

	make(s, "1");
	make(s, "1/root");
	make(s, "1/root/cg");
	make(s, "1/root/cg/a");
	snprintf(path, sizeof(path), "%s/1/mounts", s->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void check(struct scene *s, enum cgroup_controller controller, const char *where)
{
	char path[512];

	assert_int_equal(cgroup_dir_find(s->dir, controller, &s->found), 0);
	snprintf(path, sizeof(path), "%s/1/root%s", s->dir, where);
	assert_string_equal(str_cstr(&s->found), path);
}

static void test_hierarchies(void **state)
{
	struct scene *s = *state;

	mounts(s, "cgroup /none cgroup rw,memory 0 0\ncgroup /cg cgroup rw,memory 0 0\n"
		  "cgroup2 /cg/a cgroup2 rw 0 0\n");
	check(s, CGROUP_V1_MEMORY, "/cg");
	check(s, CGROUP_UNIFIED, "/cg/a");
}

/* Of a process 1 that cannot be looked at, what we see counts. */
static void test_own(void **state)
{
	struct scene *s = *state;

	if (cgroup_dir_find(s->dir, CGROUP_UNIFIED, &s->found) >= 0)
		assert_null(strstr(s->found.data, s->dir));
}

static void test_ids(void **state)
{
	struct scene *s = *state;
	struct stat st;
	uint64_t id = 0;
	char path[512];

	mounts(s, "cgroup2 /cg cgroup2 rw 0 0\n");
	check(s, CGROUP_UNIFIED, "/cg");
	snprintf(path, sizeof(path), "%s/1/root/cg/a", s->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(cgroup_dir_id(s->found.data, "/a", &id), 0);
	assert_int_equal(id, st.st_ino);
	assert_int_equal(cgroup_dir_id(s->found.data, "a", &id), 0);
	assert_int_equal(cgroup_dir_id(s->found.data, "/b", &id), -ENOENT);
	for (size_t i = 0; i < 5; i++) {
		static const char *const out[] = {"..", "/..", "/a/..", "../cg", "/a/../../x"};

		assert_int_equal(cgroup_dir_id(s->found.data, out[i], &id), -EINVAL);
	}
	assert_int_equal(cgroup_dir_id(s->found.data, "/..a", &id), -ENOENT);
	assert_int_equal(cgroup_dir_id(s->found.data, "/a..", &id), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_hierarchies), TEST(test_own), TEST(test_ids)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
