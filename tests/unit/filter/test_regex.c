// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "filter/regex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int match(const char *pattern, const char *text)
{
	_cleanup_(regex_free) struct regex *regex = NULL;

	assert_int_equal(regex_new(pattern, &regex, NULL), 0);
	return regex_match(regex, text);
}

static void matches_as_re2_does(void **state)
{
	static const struct {
		const char *pattern, *text;
		int result;
	} cases[] = {
		{"curl", "/usr/bin/curl", 1},
		{"^curl", "/usr/bin/curl", 0},
		{"/curl$", "/usr/bin/curl", 1},
		{"curl$", "/usr/bin/curl\n", 0}, /* only at the very end */
		{"", "", 1},
		{"a.b", "a\nb", 0},
		{"a.b", "a\rb", 1},
		{"(?i)CURL", "/usr/bin/curl", 1},
		{"(?P<name>c)url", "curl", 1},
		{"^..$", "\xc3\xbc", 1}, /* bytes */
		{"\xff", "a\xff", 1},
		{"[[:digit:]]+", "a1", 1},
		{"\\bip\\b", "/sbin/ip", 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(match(cases[i].pattern, cases[i].text), cases[i].result);
}

static void bad_patterns(void **state)
{
	static const struct {
		const char *pattern, *message;
	} cases[] = {
		{"(", "bad regular expression \"(\": missing closing parenthesis at offset 1"},
		{"a{2,1}", "numbers out of order in {} quantifier at offset 5"},
		{"(*UTF)x", "using UTF is disabled by the application"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		struct regex *regex = NULL;

		assert_int_equal(regex_new(cases[i].pattern, &regex, &err), -EINVAL);
		assert_null(regex);
		assert_non_null(strstr(err->message, cases[i].message));
	}
}

static void long_patterns(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *pattern = malloc(REGEX_PATTERN_MAX + 2);
	struct regex *regex = NULL;

	memset(pattern, 'x', REGEX_PATTERN_MAX + 1);
	pattern[REGEX_PATTERN_MAX + 1] = '\0';
	assert_int_equal(regex_new(pattern, &regex, &err), -E2BIG);
	pattern[REGEX_PATTERN_MAX] = '\0';
	assert_int_equal(regex_new(pattern, &regex, &err), 0);
	regex_free(&regex);
	regex_free(&regex);
}

/* Exponential in the length of the text, were there no limit. */
static void endless_matches_end(void **state)
{
	assert_int_equal(match("^(a|aa)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"),
			 -EOVERFLOW);
}

/* More than the stack of compiled code holds, but not too much. */
static void deep_matches_are_found(void **state)
{
	_cleanup_free_ char *text = malloc(5001);

	memset(text, 'a', 5000);
	text[5000] = '\0';
	assert_int_equal(match("^(a|b)*$", text), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_as_re2_does),    cmocka_unit_test(bad_patterns),
		cmocka_unit_test(long_patterns),          cmocka_unit_test(endless_matches_end),
		cmocka_unit_test(deep_matches_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
