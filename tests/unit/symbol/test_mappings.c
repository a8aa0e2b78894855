// SPDX-License-Identifier: Apache-2.0
#include "symbol/mappings.h"
#include "tmpdir.h"
#include "unit.h"

#include <sys/stat.h>

static ssize_t read_text(struct mappings *m, const char *text)
{
	char dir[64], path[96];
	ssize_t n;
	FILE *f;

	assert_int_equal(tmpdir_make(dir, sizeof(dir)), 0);
	snprintf(path, sizeof(path), "%s/7", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/7/maps", dir);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	n = mappings_read(m, dir, 7);
	assert_int_equal(tmpdir_remove(dir), 0);
	return n;
}

static void what_may_be_executed(void **state)
{
	static const char text[] =
		"00400000-00401000 r--p 00000000 fe:01 77                         /usr/bin/a b\n"
		"00401000-00403000 r-xp 00001000 fe:01 77                         /usr/bin/a b\n"
		"7f0000000000-7f0000001000 rwxp 00000000 00:00 0 \n"
		"7fff00000000-7fff00001000 r-xp 00000000 00:00 0                  [vdso]\n"
		"garbage\n";
	struct mappings m = {0};
	const struct mapping *found;

	assert_int_equal(read_text(&m, text), sizeof(text) - 1);
	assert_int_equal(m.n, 3);
	assert_null(mappings_find(&m, 0x400fff));
	found = mappings_find(&m, 0x401000);
	assert_non_null(found);
	assert_string_equal(mapping_path(&m, found), "/usr/bin/a b");
	assert_int_equal(found->offset, 0x1000);
	assert_int_equal(found->inode, 77);
	assert_int_equal(found->device, 0xfe << 20 | 1);
	assert_ptr_equal(mappings_find(&m, 0x402fff), found);
	assert_null(mappings_find(&m, 0x403000));
	found = mappings_find(&m, 0x7f0000000000);
	assert_non_null(found);
	assert_string_equal(mapping_path(&m, found), "");
	found = mappings_find(&m, 0x7fff00000fff);
	assert_non_null(found);
	assert_string_equal(mapping_path(&m, found), "[vdso]");
	assert_null(mappings_find(&m, UINT64_MAX));
	/* What was there goes. */
	assert_int_equal(read_text(&m, ""), 0);
	assert_null(mappings_find(&m, 0x401000));
	mappings_done(&m);
}

static void no_process(void **state)
{
	struct mappings m = {0};

	assert_int_equal(mappings_read(&m, "/nonexistent", 7), -ENOENT);
	mappings_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_be_executed),
		cmocka_unit_test(no_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
