// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "regex/pattern.h"

#include <errno.h>
#include <string.h>

static void *from_arena(size_t size, void *arena)
{
	return arena_alloc(arena, size);
}

/* Both ways give the same. */
static int search(enum pattern_kind kind, const char *pattern, const char *s, size_t len)
{
	_cleanup_(pattern_free) struct pattern *p = NULL;
	_cleanup_(matcher_free) struct matcher *m = NULL;
	struct arena arena = ARENA_INIT;
	struct pattern_error why;
	int r, once;

	assert_int_equal(matcher_new(&m), 0);
	r = pattern_new(pattern, strlen(pattern), kind, &p, &why);
	if (r == 0)
		r = pattern_search(p, m, s, len);
	once = pattern_search_once(pattern, strlen(pattern), kind, from_arena, &arena, m, s, len,
				   &why);
	assert_int_equal(r, once);
	arena_done(&arena);
	return r;
}

static void assert_found(const char *pattern, const char *text, int of_bytes, int of_characters)
{
	assert_int_equal(search(PATTERN_OF_BYTES, pattern, text, strlen(text)), of_bytes);
	assert_int_equal(search(PATTERN_OF_CHARACTERS, pattern, text, strlen(text)), of_characters);
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
		{"c$", "abc\n", 0}, /* only at the very end */
		{"(?m)c$", "abc\nd", 1},
		{"a.b", "a\nb", 0},
		{"a.b", "a\rb", 1},
		{"\\d\\s\\w", "1 a", 1},
		{"^\\w+$", "\303\251", 0},
		{"^[[:alpha:]]+\\z", "abc", 1},
		{"\\bip\\b", "/sbin/ip", 1},
		{"(?i)ABC", "abc", 1},
		{"\\Qa.b\\E", "axb", 0},
		{"a{2,3}", "xaax", 1},
		{"(?P<n>a)|b", "b", 1},
		{"(", "a", -EINVAL},
		{"(*UCP)a", "a", -EINVAL},
		{"(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", -EOVERFLOW},
		{"^(a|aa)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", -EOVERFLOW},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_found(cases[i].pattern, cases[i].text, cases[i].r, cases[i].r);
}

static void test_kinds(void **state)
{
	static const struct {
		const char *pattern, *text;
		int of_bytes, of_characters;
	} cases[] = {
		{"^.$", "\303\251", 0, 1},
		{"^..$", "\303\251", 1, 0},
		{"^\303\251+$", "\303\251\303\251", 0, 1},
		{"\377", "a\377", 1, -EINVAL},
		{"a\\Cb", "axb", 1, -EINVAL},
		{"(*UTF)a", "a", -EINVAL, 1},
		{"\\pL", "\303\251", 1, 1},
		{"^\\S+$", "a\303\251b", 1, 1},
		{"^\\W+$", "\303\251", 1, 1},
		{"^\\D{3}$", "a\303\251b", 0, 1},
		/* Bytes that are not UTF-8 match no character, and what is beside them does. */
		{"b", "a\377b", 1, 1},
		{"a.b", "a\377b", 1, 0},
		{"^.", "\377", 1, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_found(cases[i].pattern, cases[i].text, cases[i].of_bytes,
			     cases[i].of_characters);
	assert_int_equal(search(PATTERN_OF_BYTES, "a.b", "a\0b", 3), 1);
	assert_int_equal(search(PATTERN_OF_CHARACTERS, "a.b", "a\0b", 3), 1);
}

/* Compiled code has a small stack; what does not fit into it is still found. */
static void test_deep_search(void **state)
{
	static char text[5000];

	memset(text, 'a', sizeof(text));
	assert_int_equal(search(PATTERN_OF_CHARACTERS, "^(?:a|b(c))*$", text, sizeof(text)), 1);
	text[sizeof(text) - 1] = 'x';
	assert_int_equal(search(PATTERN_OF_CHARACTERS, "^(?:a|b(c))*$", text, sizeof(text)), 0);
}

static void test_find(void **state)
{
	static const char text[] = "k=\303\251 l=b k=c";
	_cleanup_(pattern_free) struct pattern *p = NULL;
	_cleanup_(matcher_free) struct matcher *m = NULL;
	const struct pattern_span *found;
	struct pattern_error why;

	assert_int_equal(pattern_new("k=(\\S)|l=(.)", 12, PATTERN_OF_CHARACTERS, &p, &why), 0);
	assert_int_equal(pattern_groups(p), 2);
	assert_int_equal(matcher_new_for(p, &m), 0);
	assert_int_equal(pattern_find(p, m, text, sizeof(text) - 1, 0, &found), 1);
	assert_int_equal(found[0].end, 4);
	assert_int_equal(found[1].start, 2);
	assert_int_equal(found[1].end, 4);
	assert_int_equal(found[2].start, PATTERN_UNSET);
	assert_int_equal(pattern_find(p, m, text, sizeof(text) - 1, 4, &found), 1);
	assert_int_equal(found[1].start, PATTERN_UNSET);
	assert_int_equal(found[2].start, 7);
	assert_int_equal(pattern_find(p, m, text, sizeof(text) - 1, 8, &found), 1);
	/* A group behind the last that has a part. */
	assert_int_equal(found[1].start, 11);
	assert_int_equal(found[2].start, PATTERN_UNSET);
	assert_int_equal(pattern_find(p, m, text, sizeof(text) - 1, 12, &found), 0);
}

static void test_reason(void **state)
{
	struct pattern *p = NULL;
	struct pattern_error why;

	assert_int_equal(pattern_new("ab(", 3, PATTERN_OF_BYTES, &p, &why), -EINVAL);
	assert_null(p);
	assert_string_equal(why.reason, "missing closing parenthesis");
	assert_int_equal(why.offset, 3);
}

static void test_limit(void **state)
{
	_cleanup_free_ char *text = malloc(PATTERN_MAX + 1);
	_cleanup_(pattern_free) struct pattern *p = NULL;
	_cleanup_(matcher_free) struct matcher *m = NULL;
	struct arena arena = ARENA_INIT;
	struct pattern_error why;

	assert_non_null(text);
	memset(text, 'a', PATTERN_MAX + 1);
	assert_int_equal(matcher_new(&m), 0);
	assert_int_equal(pattern_new(text, PATTERN_MAX, PATTERN_OF_CHARACTERS, &p, &why), 0);
	assert_int_equal(pattern_search(p, m, text, PATTERN_MAX), 1);
	pattern_free(&p);
	assert_int_equal(pattern_new(text, PATTERN_MAX + 1, PATTERN_OF_CHARACTERS, &p, &why),
			 -E2BIG);
	assert_int_equal(pattern_search_once(text, PATTERN_MAX + 1, PATTERN_OF_CHARACTERS,
					     from_arena, &arena, m, "", 0, &why),
			 -E2BIG);
	arena_done(&arena);
}

static void *nothing(size_t size, void *data)
{
	return NULL;
}

static void test_no_memory(void **state)
{
	_cleanup_(matcher_free) struct matcher *m = NULL;
	struct pattern_error why;

	assert_int_equal(matcher_new(&m), 0);
	assert_int_equal(
		pattern_search_once("a", 1, PATTERN_OF_BYTES, nothing, NULL, m, "a", 1, &why),
		-ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_search),      cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_deep_search), cmocka_unit_test(test_reason),
		cmocka_unit_test(test_find),        cmocka_unit_test(test_limit),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
