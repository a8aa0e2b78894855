// SPDX-License-Identifier: Apache-2.0
/* Directories are the same in any file system; what agents say of theirs is not there. */
#include "unit.h"

#include "base/cleanup.h"
#include "pins/pinned.h"
#include "tmpdir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[64];

static int setup(void **state)
{
	return tmpdir_make(top, sizeof(top));
}

static int teardown(void **state)
{
	return tmpdir_remove(top);
}

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static void make(const char *name)
{
	assert_int_equal(mkdir(path_of(name), 0700), 0);
}

static void touch(const char *name)
{
	_cleanup_close_ int fd = open(path_of(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
}

static int hold(const char *name)
{
	int fd = open(path_of(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(flock(fd, LOCK_EX), 0);
	return fd;
}

static void test_nothing(void **state)
{
	struct pinned_list list;

	assert_int_equal(pinned_read(path_of("nowhere"), &list, NULL), 0);
	assert_int_equal(list.n, 0);
	assert_int_equal(pinned_read(top, &list, NULL), 0);
	assert_int_equal(list.n, 0);
	pinned_done(&list);
}

static void test_of_whom(void **state)
{
	_cleanup_close_ int lock = -1;
	struct pinned_list list;

	make("2-20");
	make("1-10");
	make("3-30-new"); /* not one yet */
	touch("file");    /* nobody's */
	touch("2-20/lsm:file_open:1");
	touch("2-20/slots:file_open:0");
	touch("2-20/about");
	lock = hold("1-10");
	assert_int_equal(pinned_read(top, &list, NULL), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.v[0].name, "1-10");
	assert_true(list.v[0].in_use);
	assert_int_equal(list.v[0].n, 0);
	assert_false(list.v[1].in_use);
	assert_int_equal(list.v[1].n, 2);
	assert_string_equal(list.v[1].pins[0], "lsm:file_open:1");
	assert_null(list.v[1].about);
	pinned_done(&list);
}

static void test_remove(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	int lock;
	struct pinned_list list;

	make("1-10");
	touch("1-10/lsm:file_open:1");
	lock = hold("1-10");
	assert_int_equal(pinned_read(top, &list, NULL), 0);
	assert_int_equal(pinned_remove(&list.v[0], &err), -EBUSY);
	assert_non_null(strstr(err->message, "of an agent that runs"));
	assert_int_equal(access(path_of("1-10/lsm:file_open:1"), F_OK), 0);
	close(lock);
	assert_int_equal(pinned_remove(&list.v[0], NULL), 0);
	assert_int_equal(access(path_of("1-10"), F_OK), -1);
	/* Somebody else has done it. */
	assert_int_equal(pinned_remove(&list.v[0], NULL), 0);
	pinned_done(&list);
}

static void test_what_cannot_be_removed(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	struct pinned_list list;

	make("1-10");
	make("1-10/directory");
	touch("1-10/pin");
	assert_int_equal(pinned_read(top, &list, NULL), 0);
	assert_true(pinned_remove(&list.v[0], &err) < 0);
	assert_non_null(strstr(err->message, "cannot remove"));
	/* The rest of it is gone. */
	assert_int_equal(access(path_of("1-10/pin"), F_OK), -1);
	pinned_done(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_of_whom, setup, teardown),
		cmocka_unit_test_setup_teardown(test_remove, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_cannot_be_removed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
