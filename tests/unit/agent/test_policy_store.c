// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "agent/policy_store.h"
#include "base/cleanup.h"
#include "tmpdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct policy_key key = {"a.name", "space", "grpc"};

/* What was flushed last comes first. */
static char flushed[4096];

int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
	char link[32], path[256], before[sizeof(flushed)];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path));
	snprintf(before, sizeof(before), "%s", flushed);
	snprintf(flushed, sizeof(flushed), "%.*s\n%.3000s", (int)(n > 0 ? n : 0), path, before);
	return __real_fsync(fd);
}

static struct policy_store *open_store(const char *dir)
{
	struct policy_store *store = NULL;

	assert_int_equal(policy_store_open(dir, &store, NULL), 0);
	return store;
}

static void write_to(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void test_what_was_put(void **state)
{
	const struct policy_change changes[] = {{false, POLICY_MODE_UNSAID},
						{true, POLICY_MODE_MONITOR},
						{false, POLICY_MODE_ENFORCE}};
	static const char text[] = "a: \"quoted\"\n\t\\ \xc3\xa4 \x7f\n";
	char tmp[64], dir[128], file[256];
	struct policy_store *store;
	struct stat st;

	assert_int_equal(tmpdir_make(tmp, sizeof(tmp)), 0);
	snprintf(dir, sizeof(dir), "%s/deep/er", tmp);
	store = open_store(dir);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		_cleanup_kept_policies_ struct kept_policies kept = KEPT_POLICIES_INIT;

		assert_int_equal(policy_store_put(store, &key, text, &changes[i], NULL), 0);
		assert_int_equal(policy_store_read(store, &kept, NULL), 0);
		assert_int_equal(kept.n, 1);
		assert_string_equal(kept.v[0].text, text);
		assert_string_equal(kept.v[0].key.name, key.name);
		assert_string_equal(kept.v[0].key.namespace, key.namespace);
		assert_string_equal(kept.v[0].key.domain, key.domain);
		assert_int_equal(kept.v[0].change.disabled, changes[i].disabled);
		assert_int_equal(kept.v[0].change.mode, changes[i].mode);
	}
	snprintf(file, sizeof(file), "%s/a.name:space:grpc.json", dir);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	for (int i = 0; i < 2; i++) {
		_cleanup_kept_policies_ struct kept_policies kept = KEPT_POLICIES_INIT;

		assert_int_equal(policy_store_remove(store, &key, NULL), 0);
		assert_int_equal(policy_store_read(store, &kept, NULL), 0);
		assert_int_equal(kept.n, 0);
	}
	policy_store_free(&store);
	assert_int_equal(tmpdir_remove(tmp), 0);
}

/* As other versions wrote it, or what a crash left. */
static void test_what_is_there(void **state)
{
	_cleanup_kept_policies_ struct kept_policies kept = KEPT_POLICIES_INIT;
	struct policy_store *store;
	char tmp[64];

	assert_int_equal(tmpdir_make(tmp, sizeof(tmp)), 0);
	store = open_store(tmp);
	write_to(tmp, "b::grpc.json", "{\"yaml\": \"x\"}");
	write_to(tmp, "a::grpc.json", "{\"yaml\": \"y\", \"enabled\": false}");
	write_to(tmp, "~new", "{\"ya");
	write_to(tmp, ".hidden.json", "{");
	write_to(tmp, "README", "");
	assert_int_equal(policy_store_read(store, &kept, NULL), 0);
	assert_int_equal(kept.n, 2);
	assert_string_equal(kept.v[0].text, "y");
	assert_true(kept.v[0].change.disabled);
	assert_string_equal(kept.v[1].text, "x");
	assert_false(kept.v[1].change.disabled);
	policy_store_free(&store);
	assert_int_equal(tmpdir_remove(tmp), 0);
}

static void test_what_is_wrong(void **state)
{
	static const struct {
		const char *name, *text, *told;
	} cases[] = {
		{"a::grpc.json", "", "a::grpc.json"},
		{"a::grpc.json", "[]", "a::grpc.json"},
		{"a::grpc.json", "{\"yaml\": 1}", "a::grpc.json"},
		{"a::grpc.json", "{\"enabled\": true}", "yaml"},
		{"a::grpc.json", "{\"yaml\": \"a\", \"yaml\": \"b\"}", "duplicate"},
		{"a::grpc.json", "{\"yaml\": \"a\\u0000b\"}", "a::grpc.json"},
		{"a::grpc.json", "{\"yaml\": \"x\", \"mode\": \"off\"}", "neither"},
		{"a::grpc.json", "{\"yaml\": \"x\", \"other\": 1}", "other"},
		{"a:grpc.json", "{\"yaml\": \"x\"}", "NAME:NAMESPACE:DOMAIN"},
		{"a:b:c:d.json", "{\"yaml\": \"x\"}", "NAME:NAMESPACE:DOMAIN"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_kept_policies_ struct kept_policies kept = KEPT_POLICIES_INIT;
		_cleanup_error_ struct error *err = NULL;
		struct policy_store *store;
		char tmp[64];

		assert_int_equal(tmpdir_make(tmp, sizeof(tmp)), 0);
		store = open_store(tmp);
		write_to(tmp, "0::grpc.json", "{\"yaml\": \"good\"}");
		write_to(tmp, cases[i].name, cases[i].text);
		assert_int_equal(policy_store_read(store, &kept, &err), -EINVAL);
		assert_non_null(strstr(err->message, cases[i].told));
		assert_non_null(err->remedy);
		policy_store_free(&store);
		assert_int_equal(tmpdir_remove(tmp), 0);
	}
}

/* What stands where a file should. */
static void test_no_files(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	struct policy_store *store;
	char tmp[64], path[128];

	assert_int_equal(tmpdir_make(tmp, sizeof(tmp)), 0);
	store = open_store(tmp);
	snprintf(path, sizeof(path), "%s/a::grpc.json", tmp);
	for (int i = 0; i < 3; i++) {
		_cleanup_kept_policies_ struct kept_policies kept = KEPT_POLICIES_INIT;

		if (i == 0)
			assert_int_equal(symlink("/dev/zero", path), 0);
		else if (i == 1)
			assert_int_equal(mkfifo(path, 0600), 0);
		else
			assert_int_equal(mkdir(path, 0700), 0);
		assert_true(policy_store_read(store, &kept, &err) < 0);
		error_free(&err);
		assert_int_equal(remove(path), 0);
	}
	policy_store_free(&store);
	assert_int_equal(tmpdir_remove(tmp), 0);
}

static void test_whose_it_is(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	struct policy_store *store = NULL;
	char tmp[64], path[128];

	assert_int_equal(tmpdir_make(tmp, sizeof(tmp)), 0);
	assert_int_equal(chmod(tmp, 0770), 0);
	assert_int_equal(policy_store_open(tmp, &store, &err), -EPERM);
	assert_null(store);
	error_free(&err);
	assert_int_equal(chmod(tmp, 0700), 0);
	write_to(tmp, "file", "");
	snprintf(path, sizeof(path), "%s/file/below", tmp);
	assert_int_equal(policy_store_open(path, &store, &err), -ENOTDIR);
	assert_non_null(err->remedy);
	assert_int_equal(tmpdir_remove(tmp), 0);
}

static void test_long_names(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	const struct policy_change change = {0};
	struct policy_store *store;
	struct policy_key named = key;
	char tmp[64], name[254];

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	named.name = name;
	assert_int_equal(tmpdir_make(tmp, sizeof(tmp)), 0);
	store = open_store(tmp);
	assert_int_equal(policy_store_put(store, &named, "x", &change, &err), -ENAMETOOLONG);
	assert_non_null(strstr(err->message, "262 bytes together, and the limit is 248"));
	assert_int_equal(policy_store_remove(store, &named, NULL), 0);
	name[239] = '\0';
	assert_int_equal(policy_store_put(store, &named, "x", &change, NULL), 0);
	policy_store_free(&store);
	assert_int_equal(tmpdir_remove(tmp), 0);
}

/* A directory that was made is there after a crash when the one that it is in was flushed. */
static void test_what_is_made_is_flushed(void **state)
{
	char tmp[64], dir[128], expected[512];
	struct policy_store *store;

	assert_int_equal(tmpdir_make(tmp, sizeof(tmp)), 0);
	snprintf(dir, sizeof(dir), "%s/deep/er", tmp);
	flushed[0] = '\0';
	store = open_store(dir);
	snprintf(expected, sizeof(expected), "%s/deep\n%s\n", tmp, tmp);
	assert_string_equal(flushed, expected);
	policy_store_free(&store);
	flushed[0] = '\0';
	store = open_store(dir);
	assert_string_equal(flushed, "");
	policy_store_free(&store);
	assert_int_equal(tmpdir_remove(tmp), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_put),
		cmocka_unit_test(test_what_is_there),
		cmocka_unit_test(test_what_is_wrong),
		cmocka_unit_test(test_no_files),
		cmocka_unit_test(test_whose_it_is),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_what_is_made_is_flushed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
