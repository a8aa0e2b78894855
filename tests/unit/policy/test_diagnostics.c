// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "policy/diagnostics.h"

#include <string.h>

static const char *text_of(const struct diagnostics *diags, struct str *out)
{
	str_reset(out);
	for (size_t i = 0; i < diags->n; i++)
		finding_text(diags->v[i], out);
	return str_cstr(out);
}

static void test_text_and_order(void **state)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_str_ struct str out = STR_INIT;
	struct finding *finding;

	diagnostics_file(&diags, "b");
	diagnose_error(&diags, (struct mark){3, 1}, "third %d", 3);
	finding = diagnose_warning(&diags, (struct mark){1, 7}, "second");
	finding_why(finding, "because of %s", "it");
	finding_remedy(finding, "do %s", "that");
	diagnose_error(&diags, (struct mark){1, 2}, "first");
	diagnose_error(&diags, (struct mark){0}, "of the file");
	/* Through an alias, once more. */
	assert_null(diagnose_error(&diags, (struct mark){1, 2}, "first"));
	diagnostics_file(&diags, "a");
	diagnose_error(&diags, (struct mark){1, 1}, "another file");
	diagnostics_file(&diags, NULL);
	diagnostics_sort(&diags);
	assert_string_equal(text_of(&diags, &out), "b: error: of the file\n"
						   "b:1:2: error: first\n"
						   "b:1:7: warning: second; because of it\n"
						   "    do that\n"
						   "b:3:1: error: third 3\n"
						   "a:1:1: error: another file\n");
	assert_int_equal(diags.counts[SEVERITY_ERROR], 4);
	assert_int_equal(diags.counts[SEVERITY_WARNING], 1);
	/* Of what was not kept. */
	finding_why(NULL, "nothing");
	finding_remedy(NULL, "nothing");
}

/* Of what came without a file, such as a client's. */
static void test_without_a_file(void **state)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_str_ struct str out = STR_INIT;

	diagnose_error(&diags, (struct mark){0}, "of all of it");
	diagnose_error(&diags, (struct mark){2, 4}, "of a place");
	diagnostics_sort(&diags);
	assert_string_equal(text_of(&diags, &out), "error: of all of it\n2:4: error: of a place\n");
}

static void test_errors_in_one(void **state)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_str_ struct str out = STR_INIT;

	diagnostics_errors(&diags, 100, &out);
	assert_int_equal(out.len, 0);
	diagnose_error(&diags, (struct mark){1, 1}, "first");
	diagnose_warning(&diags, (struct mark){2, 1}, "odd");
	diagnose_error(&diags, (struct mark){3, 1}, "second");
	diagnostics_errors(&diags, 100, &out);
	assert_string_equal(str_cstr(&out), "1:1: error: first\n3:1: error: second");
	str_reset(&out);
	/* Something is told in any case. */
	diagnostics_errors(&diags, 1, &out);
	assert_string_equal(str_cstr(&out), "1:1: error: first\nand 1 more");
}

static void test_bound(void **state)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_str_ struct str out = STR_INIT;

	diagnostics_file(&diags, "f");
	for (unsigned i = 0; i < DIAGNOSTICS_MAX + 7; i++)
		diagnose_error(&diags, (struct mark){1 + i, 1}, "wrong");
	/* Warnings do not take the room of errors, nor the other way round. */
	assert_non_null(diagnose_warning(&diags, (struct mark){1, 1}, "odd"));
	diagnostics_file(&diags, NULL);
	diagnostics_sort(&diags);
	assert_int_equal(diags.n, DIAGNOSTICS_MAX + 2);
	assert_int_equal(diags.counts[SEVERITY_ERROR], DIAGNOSTICS_MAX + 7);
	assert_non_null(strstr(text_of(&diags, &out),
			       "f: warning: 7 more errors in this file are not shown, only 100 "
			       "of 107\n"));
}

static void test_suggest(void **state)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	struct finding *finding;
	struct suggest suggest;

	finding = diagnose_error(&diags, (struct mark){1, 1}, "x");
	suggest_init(&suggest, "cal", 3, 2);
	assert_false(finding_suggest(finding, &suggest));
	suggest_offer(&suggest, "call");
	assert_true(finding_suggest(finding, &suggest));
	assert_string_equal(finding->remedy, "did you mean \"call\"?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_and_order), cmocka_unit_test(test_without_a_file),
		cmocka_unit_test(test_errors_in_one),  cmocka_unit_test(test_bound),
		cmocka_unit_test(test_suggest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
