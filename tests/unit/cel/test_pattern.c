// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "cel/limit.h"
#include "cel/pattern.h"

#include <errno.h>
#include <string.h>

static void *from_arena(size_t size, void *arena)
{
	return arena_alloc(arena, size);
}

/* Both ways give the same. */
static int search(const char *pattern, const char *s, size_t len)
{
	_cleanup_(cel_pattern_free) struct cel_pattern *p = NULL;
	_cleanup_(cel_matcher_free) struct cel_matcher *m = NULL;
	struct arena arena = ARENA_INIT;
	struct cel_pattern_error why;
	int r, once;

	assert_int_equal(cel_matcher_new(&m), 0);
	r = cel_pattern_new(pattern, strlen(pattern), &p, &why);
	if (r == 0)
		r = cel_pattern_search(p, m, s, len);
	once = cel_pattern_search_once(pattern, strlen(pattern), from_arena, &arena, m, s, len,
				       &why);
	assert_int_equal(r, once);
	arena_done(&arena);
	return r;
}

static void test_search(void **state)
{
	static const struct {
		const char *pattern, *text;
		int r;
	} cases[] = {
		{"b", "abc", 1},
		{"^b", "abc", 0},
		{"", "", 1},
		{"c$", "abc", 1},
		{"c$", "abc\n", 0},
		{"(?m)c$", "abc\nd", 1},
		{"^.$", "\303\251", 1},
		{"^..$", "\303\251", 0},
		{"^\303\251+$", "\303\251\303\251", 1},
		{"\\d\\s\\w", "1 a", 1},
		{"^\\w+$", "\303\251", 0},
		{"\\pL", "\303\251", 1},
		{"^[[:alpha:]]+\\z", "abc", 1},
		{"(?i)ABC", "abc", 1},
		{"\\Qa.b\\E", "axb", 0},
		{"a{2,3}", "xaax", 1},
		{"(?P<n>a)|b", "b", 1},
		{"a\\Cb", "axb", -EINVAL},
		{"(", "a", -EINVAL},
		{"(*UCP)a", "a", -EINVAL},
		{"(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", -EOVERFLOW},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(search(cases[i].pattern, cases[i].text, strlen(cases[i].text)),
				 cases[i].r);
}

/* Bytes that are not UTF-8 match nothing, and what is beside them does. */
static void test_bad_bytes(void **state)
{
	assert_int_equal(search("b", "a\377b", 3), 1);
	assert_int_equal(search("a.b", "a\377b", 3), 0);
	assert_int_equal(search("^.", "\377", 1), 0);
	assert_int_equal(search("\377", "\377", 1), -EINVAL);
	assert_int_equal(search("a.b", "a\0b", 3), 1);
}

/* Compiled code has a small stack; what does not fit into it is still found. */
static void test_deep_search(void **state)
{
	static char text[5000];

	memset(text, 'a', sizeof(text));
	assert_int_equal(search("^(?:a|b(c))*$", text, sizeof(text)), 1);
	text[sizeof(text) - 1] = 'x';
	assert_int_equal(search("^(?:a|b(c))*$", text, sizeof(text)), 0);
}

static void test_reason(void **state)
{
	struct cel_pattern *p = NULL;
	struct cel_pattern_error why;

	assert_int_equal(cel_pattern_new("ab(", 3, &p, &why), -EINVAL);
	assert_null(p);
	assert_string_equal(why.reason, "missing closing parenthesis");
	assert_int_equal(why.offset, 3);
}

static void test_limit(void **state)
{
	_cleanup_free_ char *text = malloc(CEL_PATTERN_MAX + 1);
	_cleanup_(cel_pattern_free) struct cel_pattern *p = NULL;
	_cleanup_(cel_matcher_free) struct cel_matcher *m = NULL;
	struct arena arena = ARENA_INIT;
	struct cel_pattern_error why;

	assert_non_null(text);
	memset(text, 'a', CEL_PATTERN_MAX + 1);
	assert_int_equal(cel_matcher_new(&m), 0);
	assert_int_equal(cel_pattern_new(text, CEL_PATTERN_MAX, &p, &why), 0);
	assert_int_equal(cel_pattern_search(p, m, text, CEL_PATTERN_MAX), 1);
	cel_pattern_free(&p);
	assert_int_equal(cel_pattern_new(text, CEL_PATTERN_MAX + 1, &p, &why), -E2BIG);
	assert_int_equal(cel_pattern_search_once(text, CEL_PATTERN_MAX + 1, from_arena, &arena, m,
						 "", 0, &why),
			 -E2BIG);
	arena_done(&arena);
}

static void *nothing(size_t size, void *data)
{
	return NULL;
}

static void test_no_memory(void **state)
{
	_cleanup_(cel_matcher_free) struct cel_matcher *m = NULL;
	struct cel_pattern_error why;

	assert_int_equal(cel_matcher_new(&m), 0);
	assert_int_equal(cel_pattern_search_once("a", 1, nothing, NULL, m, "a", 1, &why), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_search),      cmocka_unit_test(test_bad_bytes),
		cmocka_unit_test(test_deep_search), cmocka_unit_test(test_reason),
		cmocka_unit_test(test_limit),       cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
