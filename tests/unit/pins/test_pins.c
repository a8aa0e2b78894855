// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "pins/pins.h"
#include "tmpdir.h"

#include <unistd.h>

/* Where there is none. */
static void make(char *dir, size_t size)
{
	assert_int_equal(tmpdir_make(dir, size), 0);
	strncat(dir, "/ours", size - strlen(dir) - 1);
}

static void done(char *dir)
{
	assert_int_equal(access(dir, F_OK), -1);
	*strrchr(dir, '/') = '\0';
	assert_int_equal(tmpdir_remove(dir), 0);
}

static void test_required(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	struct pins *pins = NULL;
	char dir[64];

	make(dir, sizeof(dir));
	assert_int_equal(pins_new(&(struct pins_config){dir, true}, &pins, &err), -ENOTSUP);
	assert_null(pins);
	assert_non_null(strstr(err->message, "is in no BPF file system"));
	assert_non_null(strstr(err->remedy, "mount -t bpf"));
	done(dir);
}

static void test_not_required(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	struct pins *pins = NULL;
	char *path = NULL;
	char dir[64];

	make(dir, sizeof(dir));
	assert_int_equal(pins_new(&(struct pins_config){dir, false}, &pins, &err), 0);
	assert_false(pins_required(pins));
	assert_int_equal(pins_add(pins, 0, "kprobe", "x", &path, &err), -ENOTSUP);
	assert_null(path);
	assert_null(pins_directory(pins));
	/* There is nothing to describe. */
	assert_int_equal(pins_describe(pins, "text", NULL), 0);
	pins_free(&pins);
	pins_free(&pins);
	done(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_required),
		cmocka_unit_test(test_not_required),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
