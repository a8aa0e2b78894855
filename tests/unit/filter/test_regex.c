// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "filter/regex.h"
#include "regex/pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int match(const char *pattern, const char *text)
{
	_cleanup_(regex_free) struct regex *regex = NULL;

	assert_int_equal(regex_new(pattern, &regex, NULL), 0);
	return regex_match(regex, text);
}

static void matches_bytes(void **state)
{
	assert_int_equal(match("/curl$", "/usr/bin/curl"), 1);
	assert_int_equal(match("^curl", "/usr/bin/curl"), 0);
	assert_int_equal(match("^..$", "\xc3\xbc"), 1);
	assert_int_equal(match("\xff", "a\xff"), 1);
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
	_cleanup_free_ char *pattern = malloc(PATTERN_MAX + 2);
	struct regex *regex = NULL;

	memset(pattern, 'x', PATTERN_MAX + 1);
	pattern[PATTERN_MAX + 1] = '\0';
	assert_int_equal(regex_new(pattern, &regex, &err), -E2BIG);
	assert_string_equal(err->message,
			    "a regular expression of 16385 bytes; the limit is 16384");
	pattern[PATTERN_MAX] = '\0';
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_bytes),
		cmocka_unit_test(bad_patterns),
		cmocka_unit_test(long_patterns),
		cmocka_unit_test(endless_matches_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
