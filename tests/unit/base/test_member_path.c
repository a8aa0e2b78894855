// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/member_path.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

/* "a b #2 c" of a.b[2].c; "!" and the rest where it cannot be read. */
static void reads(const char *text, const char *expected)
{
	struct member_path path = {.at = text, .end = text + strlen(text)};
	_cleanup_str_ struct str out = STR_INIT;
	struct member m;
	int r;

	while ((r = member_path_next(&path, &m)) > 0) {
		str_append_z(&out, out.len ? " " : "");
		if (m.is_element)
			str_appendf(&out, "#%llu", (unsigned long long)m.index);
		else
			str_append(&out, m.text, m.len);
	}
	if (r < 0) {
		assert_int_equal(r, -EINVAL);
		str_appendf(&out, "!%s", path.at);
	}
	assert_string_equal(str_cstr(&out), expected);
}

static void test_good(void **state)
{
	reads("a", "a");
	reads("a.b", "a b");
	reads("tbl[2].name[0]", "tbl #2 name #0");
	reads("[3]", "#3");
	reads("[3][4].x_9", "#3 #4 x_9");
}

/* It is no index of anything, but must not become a small one. */
static void test_large(void **state)
{
	static const char text[] = "[18446744073709551617]";
	struct member_path path = {.at = text, .end = text + strlen(text)};
	struct member m;

	assert_int_equal(member_path_next(&path, &m), 1);
	assert_true(m.index > UINT32_MAX);
	assert_int_equal(member_path_next(&path, &m), 0);
}

static void test_bad(void **state)
{
	reads("", "!");
	reads(".", "!.");
	reads("a.", "a!");
	reads("a..b", "a!.b");
	reads("a b", "a! b");
	reads("a[", "a!");
	reads("a[x]", "a!x]");
	reads("a[1", "a!");
	reads("a[1]b", "a #1!b");
	reads("a->b", "a!->b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
