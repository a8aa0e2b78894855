// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "filter/redaction.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct redaction *redaction_from(const char *text)
{
	struct redaction *r = NULL;

	assert_int_equal(redaction_read(text, strlen(text), "x", &r, NULL), 0);
	return r;
}

static void assert_becomes(struct redaction *r, const char *s, const char *expected)
{
	_cleanup_str_ struct str out = STR_INIT;
	const struct redaction_span *spans;
	size_t n = redaction_find(r, s, strlen(s), &spans);

	redaction_append(&out, s, 0, strlen(s), spans, n);
	assert_string_equal(str_cstr(&out), expected);
	assert_int_equal(n > 0, strcmp(s, expected) != 0);
}

static void hides_groups(void **state)
{
	static const struct {
		const char *filters, *s, *expected;
	} cases[] = {
		{"{\"redact\":[\"--password[= ](\\\\S+)\"]}", "-u me --password hush -x",
		 "-u me --password ***** -x"},
		{"{\"redact\":[\"--password[= ](\\\\S+)\"]}", "--password=a --password=b",
		 "--password=***** --password=*****"},
		{"{\"redact\":[\"--password[= ](\\\\S+)\"]}", "", ""},
		{"{\"redact\":[\"--password[= ](\\\\S+)\"]}", "nothing", "nothing"},
		/* Groups within groups, beside each other, without a part, empty. */
		{"{\"redact\":[\"a(b(c)d)e\"]}", "abcde", "a*****e"},
		{"{\"redact\":[\"a(b)c(d)\"]}", "abcd", "a*****c*****"},
		{"{\"redact\":[\"(a)(b)\"]}", "ab", "**********"},
		{"{\"redact\":[\"x(?:(a)|(b))\"]}", "xa xb", "x***** x*****"},
		{"{\"redact\":[\"x(a*)\"]}", "x xaa", "x x*****"},
		{"{\"redact\":[\"(x*)\"]}", "axb\xc3\xa4x", "a*****b\xc3\xa4*****"},
		{"{\"redact\":[\"(?=(abc))b?\",\"b(cd)\"]}", "abcd", "*****"},
		/* Each sees what there was, whichever comes first. */
		{"{\"redact\":[\"user=(\\\\S+)\",\"user=me password=(\\\\S+)\"]}",
		 "user=me password=hush", "user=***** password=*****"},
		{"{\"redact\":[\"(bc)\",\"(ab)\"]}", "abcd", "*****d"},
		{"{\"redact\":[\"(b)\"]}{\"redact\":[\"(c)\"]}", "abcd", "a**********d"},
		{"{\"redact\":[\"^(.)\"]}", "\xc3\xa4\xc3\xb6", "*****\xc3\xb6"},
		{"{\"redact\":[\"(?i)key=([^;]*)\"]}", "KEY=\xc3\xa4;", "KEY=*****;"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(redaction_free) struct redaction *r = redaction_from(cases[i].filters);

		assert_true(redaction_begin(r, "/bin/x"));
		assert_becomes(r, cases[i].s, cases[i].expected);
		assert_int_equal(redaction_doubts(r), 0);
	}
}

static void parts_of_a_string(void **state)
{
	static const struct redaction_span spans[] = {{2, 4}, {5, 8}};
	static const struct {
		size_t start, end;
		const char *expected;
	} cases[] = {
		{0, 2, "01"}, {0, 3, "01*****"}, {3, 5, "*****4"},
		{4, 5, "4"},  {6, 7, "*****"},   {7, 9, "*****8"},
		{8, 9, "8"},  {2, 2, ""},        {0, 9, "01*****4*****8"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str out = STR_INIT;

		redaction_append(&out, "012345678", cases[i].start, cases[i].end, spans, 2);
		assert_string_equal(str_cstr(&out), cases[i].expected);
	}
}

static void is_for_binaries(void **state)
{
	_cleanup_(redaction_free) struct redaction *r =
		redaction_from("{\"redact\":[\"(a)\"],\"binary_regex\":[\"/x$\",\"/y$\"]}"
			       "{\"redact\":[\"(b)\"],\"binary_regex\":[\"/y$\"]}");

	assert_true(redaction_begin(r, "/bin/x"));
	assert_becomes(r, "ab", "*****b");
	assert_true(redaction_begin(r, "/bin/y"));
	assert_becomes(r, "ab", "**********");
	assert_false(redaction_begin(r, "/bin/z"));
	assert_becomes(r, "ab", "ab");
	/* Where it is not known, it may be any. */
	assert_true(redaction_begin(r, NULL));
	assert_becomes(r, "ab", "**********");
}

/* What cannot be told is not told. */
static void hides_all_in_doubt(void **state)
{
	static const char endless[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
	_cleanup_(redaction_free) struct redaction *r =
		redaction_from("{\"redact\":[\"^(a|aa)+$\"],\"binary_regex\":[\"^(a|aa)+$\"]}");
	_cleanup_free_ char *many = malloc(20000);

	assert_false(redaction_begin(r, "/bin/x"));
	assert_true(redaction_begin(r, endless));
	assert_int_equal(redaction_doubts(r), 1);
	assert_becomes(r, endless, "*****");
	assert_int_equal(redaction_doubts(r), 2);
	assert_becomes(r, "ab", "ab");

	/* So is what is full of it. */
	redaction_free(&r);
	r = redaction_from("{\"redact\":[\"(a)\"]}");
	for (size_t i = 0; i < 20000; i++)
		many[i] = i % 2 ? 'b' : 'a';
	many[19999] = '\0';
	assert_true(redaction_begin(r, "/bin/x"));
	assert_becomes(r, many, "*****");
	assert_int_equal(redaction_doubts(r), 1);
}

/* A process has so much time, however many strings it has. */
static void patience_ends(void **state)
{
	static const char endless[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
	_cleanup_(redaction_free) struct redaction *r =
		redaction_from("{\"redact\":[\"^(a|aa)+$\"]}");
	const struct redaction_span *spans;
	unsigned n = 0;

	assert_true(redaction_begin(r, "/bin/x"));
	while (redaction_find(r, "b", 1, &spans) == 0) {
		redaction_find(r, endless, sizeof(endless) - 1, &spans);
		assert_true(++n < 10000);
	}
	assert_becomes(r, "b", "*****");
	assert_true(redaction_begin(r, "/bin/x"));
	assert_becomes(r, "b", "b");
}

static void refuses_what_would_hide_nothing(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"{}", "x:1:1: redact: it is missing, so nothing would be hidden"},
		{"{\"redact\":[]}", "x:1:1: redact: it is missing, so nothing would be hidden"},
		{"{\"redact\":[\"(a)\"]}\n{\"redact\":[\"(a)\",\"b\"]}",
		 "x:2:1: redact: \"b\" has no group, so nothing would be hidden (put what is to be "
		 "hidden in parentheses)"},
		{"{\"redact\":[\"(?:a)\"]}", "x:1:1: redact: \"(?:a)\" has no group, so nothing "
					     "would be hidden (put what is to "
					     "be hidden in parentheses)"},
		{"{\"redact\":[\"(\"]}",
		 "x:1:1: redact: bad regular expression \"(\": missing closing parenthesis at "
		 "offset 1"},
		{"{\"redact\":[\"(a)\"],\"binary_regex\":[\"[\"]}",
		 "x:1:1: binary_regex: bad regular expression \"[\": missing terminating ] for "
		 "character class at offset 1"},
		{"{\"redact\":[\"(a)\"],\"match\":[{\"pid\":[1]}]}",
		 "x:1:1: match: it is no longer in use (binary_regex says whose strings a filter "
		 "is "
		 "for)"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		_cleanup_free_ char *text = NULL;
		struct redaction *r = NULL;

		assert_int_equal(
			redaction_read(cases[i].text, strlen(cases[i].text), "x", &r, &err),
			-EINVAL);
		assert_null(r);
		text = error_text(err);
		assert_string_equal(text, cases[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hides_groups),
		cmocka_unit_test(parts_of_a_string),
		cmocka_unit_test(is_for_binaries),
		cmocka_unit_test(hides_all_in_doubt),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(refuses_what_would_hide_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
