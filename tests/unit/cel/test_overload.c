// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/macro.h"
#include "cel/overload.h"

#include <string.h>

static void test_find(void **state)
{
	struct cel_overload_set set = cel_overload_find("matches", false);

	assert_int_equal(set.last - set.first, 1);
	assert_int_equal(set.first->style, CEL_STYLE_GLOBAL);
	set = cel_overload_find("matches", true);
	assert_int_equal(set.last - set.first, 1);
	assert_int_equal(set.first->style, CEL_STYLE_MEMBER);
	set = cel_overload_find("<", false);
	assert_int_equal((set.last - 1)->style, CEL_STYLE_RUNTIME);
	set = cel_overload_find("nothing", false);
	assert_ptr_equal(set.first, set.last);
	set = cel_overload_find("", true);
	assert_ptr_equal(set.first, set.last);
}

/* Those of a name and style stand together, and no two take the same. */
static void test_table(void **state)
{
	for (size_t i = 0; i < cel_n_overloads; i++) {
		const struct cel_overload *o = &cel_overloads[i];
		struct cel_overload_set set =
			cel_overload_find(o->name, o->style == CEL_STYLE_MEMBER);

		assert_true(o >= set.first && o < set.last);
		assert_in_range(o->n_params, 1, CEL_PARAMS_MAX);
		assert_non_null(o->result);
		for (unsigned p = 0; p < CEL_PARAMS_MAX; p++)
			assert_true((p < o->n_params) == (o->params[p] != NULL));
		for (const struct cel_overload *other = set.first; other < o; other++) {
			bool same = o->n_params == other->n_params;

			for (unsigned p = 0; p < o->n_params && same; p++)
				same = o->params[p]->kind == other->params[p]->kind;
			assert_false(same);
		}
	}
}

static void test_show(void **state)
{
	static const struct {
		const char *name;
		bool member;
		unsigned n;
		const char *expected;
	} cases[] = {
		{"+", false, 2, "a + b"},
		{"-", false, 1, "-a"},
		{"!", false, 1, "!a"},
		{"in", false, 2, "a in b"},
		{"[]", false, 2, "a[b]"},
		{"size", false, 1, "size(a)"},
		{"size", true, 1, "a.size()"},
		{"matches", false, 2, "matches(a, b)"},
		{"replace", true, 4, "a.replace(b, c, d)"},
		{"ip.isCanonical", false, 1, "ip.isCanonical(a)"},
	};
	static const char *const args[] = {"a", "b", "c", "d"};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str out = STR_INIT;

		cel_overload_show(&out, cases[i].name, cases[i].member, args, cases[i].n);
		assert_string_equal(str_cstr(&out), cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
