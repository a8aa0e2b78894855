// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/macro.h"
#include "export/backup.h"

#include <string.h>

#define MS 1795349893123ULL /* 2026-11-22 12:18:13.123 UTC */

static void paths(void **state)
{
	static const struct {
		const char *path, *dir, *backup;
	} cases[] = {
		{"/var/log/t.log", "/var/log", "/var/log/t-2026-11-22T12-18-13.123.log"},
		{"/var/log/t", "/var/log", "/var/log/t-2026-11-22T12-18-13.123"},
		{"/var/log.d/t", "/var/log.d", "/var/log.d/t-2026-11-22T12-18-13.123"},
		{"t.json.log", ".", "t.json-2026-11-22T12-18-13.123.log"},
		{"/t.log", "/", "/t-2026-11-22T12-18-13.123.log"},
		{"a/.hidden", "a", "a/-2026-11-22T12-18-13.123.hidden"},
		{"a/100%s.log", "a", "a/100%s-2026-11-22T12-18-13.123.log"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(backup_names_done) struct backup_names names = {0};
		_cleanup_free_ char *path = NULL;

		assert_int_equal(backup_names_init(&names, cases[i].path), 0);
		assert_string_equal(names.dir, cases[i].dir);
		path = backup_path(&names, MS);
		assert_string_equal(path, cases[i].backup);
		/* Its own names are its own. */
		assert_int_equal(
			backup_kind(&names, strrchr(path, '/') ? strrchr(path, '/') + 1 : path),
			BACKUP_PLAIN);
	}
}

static void milliseconds_are_padded(void **state)
{
	_cleanup_(backup_names_done) struct backup_names names = {0};
	_cleanup_free_ char *path = NULL;

	assert_int_equal(backup_names_init(&names, "t"), 0);
	path = backup_path(&names, 7);
	assert_string_equal(path, "t-1970-01-01T00-00-00.007");
}

static void utc_whatever_the_zone(void **state)
{
	_cleanup_(backup_names_done) struct backup_names names = {0};
	_cleanup_free_ char *path = NULL;

	setenv("TZ", "Asia/Tokyo", 1);
	assert_int_equal(backup_names_init(&names, "t"), 0);
	path = backup_path(&names, MS);
	unsetenv("TZ");
	assert_string_equal(path, "t-2026-11-22T12-18-13.123");
}

static void kinds(void **state)
{
	static const struct {
		const char *name;
		enum backup_kind kind;
	} cases[] = {
		{"t-2026-11-22T12-18-13.123.log", BACKUP_PLAIN},
		{"t-2026-11-22T12-18-13.123.log.gz", BACKUP_GZIP},
		{"t-2026-11-22T12-18-13.123.log.gz.part", BACKUP_PARTIAL},
		{"t.log", BACKUP_NONE},
		{"", BACKUP_NONE},
		{"t-.log", BACKUP_NONE},
		{"t-2026-11-22.log", BACKUP_NONE},
		{"t-2026-11-22T12-18-13.123", BACKUP_NONE},
		{"t-2026-11-22T12-18-13.12.log", BACKUP_NONE},
		{"t-2026-11-22T12-18-13.1234.log", BACKUP_NONE},
		{"t-2026-11-22T12:18:13.123.log", BACKUP_NONE},
		{"t-2026-11-22T12-18-13.123.log.bz2", BACKUP_NONE},
		{"t-2026-11-22T12-18-13.123.log.gz.old", BACKUP_NONE},
		{"t-2026-13-22T12-18-13.123.log", BACKUP_NONE},
		{"t-2026-11-42T12-18-13.123.log", BACKUP_NONE},
		{"t-2026-11-22T25-18-13.123.log", BACKUP_NONE},
		{"t-+026-11-22T12-18-13.123.log", BACKUP_NONE},
		{"tt-2026-11-22T12-18-13.123.log", BACKUP_NONE},
		{"t-x-2026-11-22T12-18-13.123.log", BACKUP_NONE},
		{"xt-2026-11-22T12-18-13.123.log", BACKUP_NONE},
	};
	_cleanup_(backup_names_done) struct backup_names names = {0};

	assert_int_equal(backup_names_init(&names, "/x/t.log"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(backup_kind(&names, cases[i].name), cases[i].kind);
}

static void stamp(void **state)
{
	_cleanup_(backup_names_done) struct backup_names names = {0};

	assert_int_equal(backup_names_init(&names, "/x/t.log"), 0);
	assert_memory_equal(backup_stamp(&names, "t-2026-11-22T12-18-13.123.log.gz"),
			    "2026-11-22T12-18-13.123", BACKUP_STAMP_LEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(milliseconds_are_padded),
		cmocka_unit_test(utc_whatever_the_zone),
		cmocka_unit_test(kinds),
		cmocka_unit_test(stamp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
