// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "events.h"
#include "export/housekeeper.h"
#include "scratch.h"

#include <errno.h>
#include <sched.h>
#include <sys/stat.h>
#include <zlib.h>

#define STAMP "2026-11-22T12-18-13."

struct fixture {
	struct scratch *scratch;
	struct backup_names names;
	struct housekeeper *keeper;
};

static void hire(struct fixture *f, void **state, bool compress)
{
	f->scratch = *state;
	assert_int_equal(backup_names_init(&f->names, f->scratch->path), 0);
	assert_int_equal(housekeeper_new(&f->names, compress, &f->keeper), 0);
}

static void fixture_done(struct fixture *f)
{
	housekeeper_free(&f->keeper);
	backup_names_done(&f->names);
}

#define _cleanup_fixture_ _cleanup_(fixture_done)

static void put(const struct fixture *f, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", f->scratch->dir, name);
	scratch_write(path, text);
}

/* Runs a round to its end. Returns its failure, or NULL. */
static struct error *tidy(struct fixture *f, unsigned keep)
{
	struct error *err = NULL;

	assert_int_equal(housekeeper_run(f->keeper, keep), 0);
	while (!housekeeper_take_result(f->keeper, &err))
		sched_yield();
	return err;
}

static void assert_entries(const struct fixture *f, const char *const *expected)
{
	struct scratch_listing list;
	unsigned n = 0;

	scratch_list(f->scratch->dir, &list);
	for (; expected[n]; n++) {
		assert_true(n < list.len);
		assert_string_equal(list.names[n], expected[n]);
	}
	assert_int_equal(list.len, n);
}

static void gunzip(const struct fixture *f, const char *name, struct str *ret)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", f->scratch->dir, name);
	scratch_read_any(path, ret);
}

static void the_oldest_go_first(void **state)
{
	_cleanup_fixture_ struct fixture f = {0};

	hire(&f, state, false);
	put(&f, "events.log", "");
	put(&f, "events-" STAMP "300.log", "");
	put(&f, "events-" STAMP "100.log.gz", "");
	put(&f, "events-" STAMP "200.log", "");
	put(&f, "events-" STAMP "400.log.gz", "");
	assert_null(tidy(&f, 2));
	assert_entries(&f, (const char *[]){"events-" STAMP "300.log", "events-" STAMP "400.log.gz",
					    "events.log", NULL});
}

static void one_backup_in_two_forms_counts_once(void **state)
{
	_cleanup_fixture_ struct fixture f = {0};

	hire(&f, state, false);
	put(&f, "events-" STAMP "100.log", "");
	put(&f, "events-" STAMP "200.log", "");
	put(&f, "events-" STAMP "200.log.gz", "");
	put(&f, "events-" STAMP "300.log", "");
	assert_null(tidy(&f, 2));
	assert_entries(&f, (const char *[]){"events-" STAMP "200.log", "events-" STAMP "200.log.gz",
					    "events-" STAMP "300.log", NULL});
}

static void what_is_not_ours_stays(void **state)
{
	_cleanup_fixture_ struct fixture f = {0};
	char path[256];

	hire(&f, state, true);
	put(&f, "events-2026.log", "");
	put(&f, "events-" STAMP "100.log.bak", "");
	put(&f, "other-" STAMP "100.log", "");
	snprintf(path, sizeof(path), "%s/events-" STAMP "200.log", f.scratch->dir);
	assert_int_equal(symlink("events-2026.log", path), 0);
	snprintf(path, sizeof(path), "%s/events-" STAMP "300.log", f.scratch->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	put(&f, "events-" STAMP "400.log.gz", "");
	assert_null(tidy(&f, 1));
	assert_entries(&f,
		       (const char *[]){"events-" STAMP "100.log.bak", "events-" STAMP "200.log",
					"events-" STAMP "300.log", "events-" STAMP "400.log.gz",
					"events-2026.log", "other-" STAMP "100.log", NULL});
}

static void nothing_to_do_needs_no_thread(void **state)
{
	_cleanup_fixture_ struct fixture f = {0};
	struct error *err = NULL;

	hire(&f, state, false);
	put(&f, "events-" STAMP "100.log", "");
	assert_int_equal(housekeeper_run(f.keeper, 0), 0);
	assert_false(housekeeper_take_result(f.keeper, &err));
}

static void compresses_and_keeps_the_mode(void **state)
{
	_cleanup_fixture_ struct fixture f = {0};
	_cleanup_str_ struct str text = STR_INIT, back = STR_INIT;
	char path[256];

	hire(&f, state, true);
	for (unsigned i = 1; i <= 5000; i++)
		event_append(&text, i, 100);
	put(&f, "events.log", "the live one\n");
	put(&f, "events-" STAMP "100.log", str_cstr(&text));
	snprintf(path, sizeof(path), "%s/events-" STAMP "100.log", f.scratch->dir);
	assert_int_equal(chmod(path, 0646), 0);
	assert_null(tidy(&f, 0));
	assert_entries(&f, (const char *[]){"events-" STAMP "100.log.gz", "events.log", NULL});
	gunzip(&f, "events-" STAMP "100.log.gz", &back);
	assert_int_equal(back.len, text.len);
	assert_memory_equal(back.data, text.data, text.len);
	strcat(path, ".gz");
	assert_int_equal(scratch_mode(path), 0646);
}

/* A crash can leave a piece, or both forms of which the compressed one may not have reached the
 * disk: the plain one is what counts. */
static void a_crash_is_mended(void **state)
{
	_cleanup_fixture_ struct fixture f = {0};
	_cleanup_str_ struct str back = STR_INIT;

	hire(&f, state, true);
	put(&f, "events-" STAMP "100.log", "whole\n");
	put(&f, "events-" STAMP "100.log.gz.part", "pie");
	put(&f, "events-" STAMP "100.log.gz", "");
	put(&f, "events-" STAMP "200.log.gz.part", "pie");
	assert_null(tidy(&f, 0));
	assert_entries(&f, (const char *[]){"events-" STAMP "100.log.gz", NULL});
	gunzip(&f, "events-" STAMP "100.log.gz", &back);
	assert_string_equal(str_cstr(&back), "whole\n");
}

static void stopping_leaves_whole_files(void **state)
{
	_cleanup_fixture_ struct fixture f = {0};
	_cleanup_str_ struct str text = STR_INIT;
	struct scratch_listing list;

	hire(&f, state, true);
	for (unsigned i = 1; i <= 40000; i++)
		event_append(&text, i, 100);
	for (unsigned i = 100; i < 108; i++) {
		char name[64];

		snprintf(name, sizeof(name), "events-" STAMP "%u.log", i);
		put(&f, name, str_cstr(&text));
	}
	assert_int_equal(housekeeper_run(f.keeper, 0), 0);
	housekeeper_free(&f.keeper);
	scratch_list(f.scratch->dir, &list);
	assert_int_equal(list.len, 8);
	for (unsigned i = 0; i < list.len; i++) {
		enum backup_kind kind = backup_kind(&f.names, list.names[i]);

		assert_true(kind == BACKUP_PLAIN || kind == BACKUP_GZIP);
	}
}

static bool only_the_last(const char *dir, void *arg)
{
	struct scratch_listing list;

	scratch_list(dir, &list);
	return list.len == 1 && !strcmp(list.names[0], "events-" STAMP "199.log.gz");
}

static void many_wishes_at_once(void **state)
{
	_cleanup_fixture_ struct fixture f = {0};

	hire(&f, state, true);
	for (unsigned i = 100; i < 200; i++) {
		char name[64];

		snprintf(name, sizeof(name), "events-" STAMP "%u.log", i);
		put(&f, name, "x\n");
		assert_int_equal(housekeeper_run(f.keeper, 1000), 0);
	}
	assert_int_equal(housekeeper_run(f.keeper, 1), 0);
	scratch_wait(f.scratch->dir, only_the_last, NULL);
}

static void failure_is_told(void **state)
{
	_cleanup_fixture_ struct fixture f = {0};
	_cleanup_error_ struct error *err = NULL, *none = NULL;

	hire(&f, state, true);
	assert_int_equal(rmdir(f.scratch->dir), 0);
	err = tidy(&f, 1);
	assert_int_equal(mkdir(f.scratch->dir, 0700), 0);
	assert_non_null(err);
	assert_int_equal(err->code, -ENOENT);
	none = tidy(&f, 1);
	assert_null(none);
}

static void disk_full_leaves_the_plain_backup(void **state)
{
	_cleanup_fixture_ struct fixture f = {0};
	_cleanup_str_ struct str text = STR_INIT;
	struct error *err;
	unsigned seed = 3;

	if (!scratch_mount(((struct scratch *)*state)->dir, 128 * 1024))
		skip();
	hire(&f, state, true);
	/* Random, so that there is nothing to compress. */
	while (text.len < 100000)
		str_append_char(&text, (char)('!' + (rand_r(&seed) >> 8) % 90));
	put(&f, "events-" STAMP "100.log", str_cstr(&text));
	err = tidy(&f, 0);
	assert_non_null(err);
	assert_int_equal(err->code, -ENOSPC);
	assert_non_null(strstr(err->message, "/events-" STAMP "100.log"));
	error_free(&err);
	assert_entries(&f, (const char *[]){"events-" STAMP "100.log", NULL});
	housekeeper_free(&f.keeper);
	scratch_unmount(f.scratch->dir);
}

#define scratch_test(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(the_oldest_go_first),
		scratch_test(one_backup_in_two_forms_counts_once),
		scratch_test(what_is_not_ours_stays),
		scratch_test(nothing_to_do_needs_no_thread),
		scratch_test(compresses_and_keeps_the_mode),
		scratch_test(a_crash_is_mended),
		scratch_test(stopping_leaves_whole_files),
		scratch_test(many_wishes_at_once),
		scratch_test(failure_is_told),
		scratch_test(disk_full_leaves_the_plain_backup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
