// SPDX-License-Identifier: Apache-2.0
#include "symbol/kallsyms.h"
#include "base/macro.h"
#include "tmpdir.h"
#include "unit.h"

#include <stdint.h>

static int read_text(struct kallsyms *s, const char *text)
{
	char dir[64], path[96];
	FILE *f;
	int r;

	assert_int_equal(tmpdir_make(dir, sizeof(dir)), 0);
	snprintf(path, sizeof(path), "%s/kallsyms", dir);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	r = kallsyms_read(s, path);
	assert_int_equal(tmpdir_remove(dir), 0);
	return r;
}

static void expect(const struct kallsyms *s, uint64_t address, const char *name, const char *module)
{
	const struct kernel_function *f = kallsyms_find(s, address);

	if (!name) {
		assert_null(f);
		return;
	}
	assert_non_null(f);
	assert_string_equal(kallsyms_text(s, f->name), name);
	assert_string_equal(kallsyms_text(s, f->module), module);
	assert_true(f->address <= address);
}

static void functions_by_where_they_begin(void **state)
{
	struct kallsyms s = KALLSYMS_INIT;

	assert_int_equal(read_text(&s, "0000000000000000 A fixed_percpu_data\n"
				       "ffffffff81000100 T second\n"
				       "ffffffff81000000 T first\n"
				       "ffffffff81000000 t also_first\n"
				       "ffffffff81000080 d data\n"
				       "ffffffffc0000000 t init\t[nf_tables]\n"
				       "ffffffffc0000010 t exit\t[nf_tables]\n"
				       "ffffffffc1000000 W weak\t[other]\n"
				       "not a line\n"),
			 0);
	assert_int_equal(s.n, 6);
	expect(&s, 0xffffffff80ffffff, NULL, NULL);
	expect(&s, 0xffffffff81000000, "first", "");
	expect(&s, 0xffffffff81000090, "first", "");
	expect(&s, 0xffffffff81000100, "second", "");
	expect(&s, 0xffffffff81000fff, "second", "");
	/* Nothing is so long. */
	expect(&s, 0xffffffff91000000, NULL, NULL);
	expect(&s, 0xffffffffc0000012, "exit", "nf_tables");
	expect(&s, 0xffffffffc1000000, "weak", "other");
	kallsyms_done(&s);
}

static void hidden(void **state)
{
	struct kallsyms s = KALLSYMS_INIT;

	assert_int_equal(read_text(&s, "0000000000000000 T first\n0000000000000000 T second\n"),
			 -EACCES);
	expect(&s, 0xffffffff81000000, NULL, NULL);
	assert_int_equal(kallsyms_read(&s, "/nonexistent"), -ENOENT);
	kallsyms_done(&s);
}

static void read_again(void **state)
{
	struct kallsyms s = KALLSYMS_INIT;

	assert_int_equal(read_text(&s, "ffffffff81000000 T old\n"), 0);
	assert_int_equal(read_text(&s, "ffffffff82000000 T new\n"), 0);
	expect(&s, 0xffffffff81000000, NULL, NULL);
	expect(&s, 0xffffffff82000000, "new", "");
	kallsyms_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_by_where_they_begin),
		cmocka_unit_test(hidden),
		cmocka_unit_test(read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
