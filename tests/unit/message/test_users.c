// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "message/users.h"
#include "tmpdir.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define _cleanup_users_ _cleanup_(users_free)

struct file {
	char dir[64];
	char path[128];
	time_t time;
};

static int setup(void **state)
{
	struct file *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	if (tmpdir_make(f->dir, sizeof(f->dir)) < 0)
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/passwd", f->dir);
	f->time = 1000;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct file *f = *state;
	int r = tmpdir_remove(f->dir);

	free(f);
	return r;
}

/* As passwd(1) and the like do it: a new file in place of the old one. Its time is another. */
static void set(struct file *f, const char *text)
{
	struct timespec times[2] = {{.tv_sec = f->time}, {.tv_sec = f->time}};
	_cleanup_fclose_ FILE *out = NULL;
	char path[160];

	snprintf(path, sizeof(path), "%s.new", f->path);
	out = fopen(path, "we");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fflush(out), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(rename(path, f->path), 0);
	f->time++;
}

static struct users *read_users(struct file *f)
{
	struct users *users;

	assert_int_equal(users_new(f->path, &users), 0);
	return users;
}

static void names_by_uid(void **state)
{
	struct file *f = *state;
	_cleanup_users_ struct users *users = NULL;

	set(f, "zoe:x:4294967294:100:Zoe:/home/zoe:/bin/sh\n"
	       "root:x:0:0:root:/root:/bin/bash\n"
	       "www-data:x:33:33::/var/www:/usr/sbin/nologin\n");
	users = read_users(f);
	assert_string_equal(users_name(users, 0), "root");
	assert_string_equal(users_name(users, 33), "www-data");
	assert_string_equal(users_name(users, 4294967294), "zoe");
	assert_null(users_name(users, 1));
	assert_null(users_name(users, UINT32_MAX));
}

static void of_two_names_the_first_counts(void **state)
{
	struct file *f = *state;
	_cleanup_users_ struct users *users = NULL;

	set(f, "root:x:0:0:::\nb:x:5:5:::\ntoor:x:0:0:::\na:x:5:5:::\n");
	users = read_users(f);
	assert_string_equal(users_name(users, 0), "root");
	assert_string_equal(users_name(users, 5), "b");
}

static void what_is_no_entry_is_passed_over(void **state)
{
	struct file *f = *state;
	_cleanup_users_ struct users *users = NULL;

	set(f, "# a comment\n\nbroken\n:::\na:x:y:z:::\n+::::::\nok:x:7:7:::\n");
	users = read_users(f);
	assert_string_equal(users_name(users, 7), "ok");
}

static void an_empty_file(void **state)
{
	struct file *f = *state;
	_cleanup_users_ struct users *users = NULL;

	set(f, "");
	users = read_users(f);
	assert_null(users_name(users, 0));
}

static void a_file_that_comes_and_goes(void **state)
{
	struct file *f = *state;
	_cleanup_users_ struct users *users = read_users(f);

	assert_null(users_name(users, 0));
	set(f, "root:x:0:0:::\n");
	/* Not by itself. */
	assert_null(users_name(users, 0));
	assert_true(users_refresh(users));
	assert_string_equal(users_name(users, 0), "root");
	/* In the middle of being replaced it is better to know the last than nothing. */
	assert_int_equal(unlink(f->path), 0);
	assert_false(users_refresh(users));
	assert_string_equal(users_name(users, 0), "root");
	set(f, "admin:x:0:0:::\n");
	assert_true(users_refresh(users));
	assert_string_equal(users_name(users, 0), "admin");
}

static void changes(void **state)
{
	struct file *f = *state;
	_cleanup_users_ struct users *users = NULL;

	set(f, "a:x:1:1:::\nb:x:2:2:::\n");
	users = read_users(f);
	for (int i = 0; i < 3; i++) {
		assert_false(users_refresh(users));
		assert_string_equal(users_name(users, 1), "a");
	}
	set(f, "c:x:1:1:::\n");
	assert_true(users_refresh(users));
	assert_string_equal(users_name(users, 1), "c");
	assert_null(users_name(users, 2));
}

static void many(void **state)
{
	struct file *f = *state;
	_cleanup_users_ struct users *users = NULL;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	/* In no order, and each with other names behind. */
	for (unsigned i = 0; i < 6000; i++)
		fprintf(out, "%s%u:x:%u:1:::\n", i < 2000 ? "user" : "alias", i * 7 % 2000,
			i * 7 % 2000);
	fclose(out);
	set(f, text);
	free(text);
	users = read_users(f);
	for (unsigned i = 0; i < 2000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "user%u", i);
		assert_string_equal(users_name(users, i), name);
	}
	assert_null(users_name(users, 2000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_by_uid, setup, teardown),
		cmocka_unit_test_setup_teardown(of_two_names_the_first_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_entry_is_passed_over, setup, teardown),
		cmocka_unit_test_setup_teardown(an_empty_file, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_that_comes_and_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(changes, setup, teardown),
		cmocka_unit_test_setup_teardown(many, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
