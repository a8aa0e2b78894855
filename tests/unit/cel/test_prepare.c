// SPDX-License-Identifier: Apache-2.0
#include "cel_test.h"

#include "cel/check.h"
#include "cel/parser.h"
#include "cel/prepare.h"
#include "sample.h"
#include "tree.h"

#include <errno.h>
#include <string.h>

/* The tree as it is evaluated, or "! line:column message". */
static char *prepare(const char *text)
{
	_cleanup_(cel_patterns_free) struct cel_patterns patterns = {0};
	_cleanup_error_ struct error *err = NULL;
	struct arena arena = ARENA_INIT;
	struct str out = STR_INIT;
	struct cel_node *root;
	uint64_t mentions;

	assert_int_equal(cel_parse(text, &arena, &root, NULL), 0);
	assert_int_equal(cel_check(root, &test_env, &arena, &mentions, NULL), 0);
	if (cel_prepare(root, &arena, &patterns, &err) == 0)
		tree_append(&out, root);
	else
		sample_append_error(&out, err);
	arena_done(&arena);
	return str_cstr(&out);
}

static void test_prepare(void **state)
{
	static const struct sample samples[] = {
		{"1 + 2 * 3", "7"},
		{"x + (1 + 2)", "(+ x 3)"},
		{"x in [1, 2]", "(in x [1, 2])"},
		{"x in {1: 'a'}", "(in x {1: \"a\"})"},
		{"cidr('10.0.0.0/8').containsIP(s)", "(.containsIP 10.0.0.0/8 s)"},
		{"timestamp('2024-01-01T00:00:00Z') + duration('1h')", "2024-01-01T01:00:00Z"},
		{"true && x == 1", "(&& true (== x 1))"},
		{"true && !true", "false"},
		{"true ? 1 : 2", "1"},
		{"has({'a': 1}.b)", "false"},
		{"{'a': 1}.a", "1"},
		{"'a' + 'b' == 'ab'", "true"},
		/* What fails, fails when it is evaluated. */
		{"1 / 0", "(/ 1 0)"},
		{"x == 1 / 0 || true", "(|| (== x (/ 1 0)) true)"},
		{"{'a': 1}.b", "(select b {\"a\": 1})"},
		{"int('a')", "(int \"a\")"},
		/* Macros are not run before. */
		{"[1, 2].map(e, e + 1)", "(map-macro e [1, 2] (+ e 1))"},
		{"s.matches('a+')", "(.matches s \"a+\")"},
		{"'aa'.matches('a+')", "true"},
		{"s.matches('a(')",
		 "! 1:11 bad regular expression: missing closing parenthesis at offset 2"},
		{"matches(s, '[')", "! 1:12 bad regular expression: missing terminating ] for "
				    "character class at offset "
				    "1"},
		{"s.matches('a' + '(')",
		 "! 1:15 bad regular expression: missing closing parenthesis at offset 2"},
		{"false && ip('x') == ip('y')",
		 "! 1:13 \"x\" is not an IP address (without zone, not IPv4 in IPv6)"},
		{"[1].map(e, cidr('10.0.0.0/33'))",
		 "! 1:17 \"10.0.0.0/33\" is not a network, as in \"10.0.0.0/8\""},
		{"cidr('10.0.0.0/8').containsCIDR('x')",
		 "! 1:33 \"x\" is not a network, as in \"10.0.0.0/8\""},
		{"timestamp('yesterday')",
		 "! 1:11 \"yesterday\" is not a time of years 0001 to 9999, "
		 "as in \"2024-02-29T23:59:59Z\""},
		{"duration('1d')", "! 1:10 \"1d\" is not a duration of up to 292 years, as in "
				   "\"1h30m\" or \"1.5s\""},
		{"timestamp(0).getDayOfWeek('CET')",
		 "! 1:27 \"CET\" is not a time zone known here: \"UTC\" and offsets such as "
		 "\"+01:00\""},
	};

	assert_samples(samples, ARRAY_SIZE(samples), prepare);
}

/* What would take too much is left. */
static void test_large_constants(void **state)
{
	_cleanup_free_ char *got = prepare("'aaaaaaaaaaaaaaaa'.replace('a', 'aaaaaaaaaaaaaaaa')"
					   ".replace('a', 'aaaaaaaaaaaaaaaa')"
					   ".replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')"
					   ".replace('a', 'aaaaaaaaaaaaaaaa').size() == x");

	assert_non_null(strstr(got, "replace"));
}

static void test_long_pattern(void **state)
{
	_cleanup_str_ struct str text = STR_INIT;
	_cleanup_free_ char *got = NULL;

	str_append_lit(&text, "s.matches('");
	for (int i = 0; i < 20000; i++)
		str_append_char(&text, 'a');
	str_append_lit(&text, "')");
	got = prepare(str_cstr(&text));
	assert_string_equal(got, "! 1:11 a regular expression of 20000 bytes; the limit is 16384");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prepare),
		cmocka_unit_test(test_large_constants),
		cmocka_unit_test(test_long_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
