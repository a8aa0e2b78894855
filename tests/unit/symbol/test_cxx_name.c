// SPDX-License-Identifier: Apache-2.0
#include "symbol/cxx_name.h"
#include "base/macro.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

static int read_name(const char *name, struct str *text)
{
	return cxx_name_read(name, strlen(name), text);
}

static void test_names(void **state)
{
	static const char *const names[][2] = {
		{"_ZN2ns5Class6methodEi", "ns::Class::method(int)"},
		{"_ZNSs6appendEPKc", "std::string::append(char const*)"},
		{"_Z1fv.cold", "f() [clone .cold]"},
		/* With packs, with much that is referred to. */
		{"_ZN1A7emplaceIJiPKcEEEvDpOT_",
		 "void A::emplace<int, char const*>(int&&, char const*&&)"},
		{"_ZN9NamespaceI4XmenE5spaceI1JEEvT_S3_", "void Namespace<Xmen>::space<J>(J, J)"},
	};
	_cleanup_str_ struct str text = STR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(read_name(names[i][0], &text), 0);
		assert_string_equal(text.data, names[i][1]);
	}
	assert_int_equal(read_name("main", &text), -EINVAL);
	assert_int_equal(read_name("_Z", &text), -EINVAL);
	assert_int_equal(read_name("_Zwhat", &text), -EINVAL);
}

/* What would never end otherwise, or with all memory. */
static void test_limits(void **state)
{
	_cleanup_str_ struct str name = STR_INIT, text = STR_INIT;

	/* Each type has the one before twice. */
	str_append_lit(&name, "_Z1fP1AIS_S_E");
	for (char c = '1'; c <= '9'; c = (char)(c + 2))
		str_appendf(&name, "P1%cIS%c_S%c_E", 'B' + c - '1', c, c);
	for (char c = 'B'; c < 'Z'; c = (char)(c + 2))
		str_appendf(&name, "P1%cIS%c_S%c_E", c, c, c);
	assert_int_equal(read_name(str_cstr(&name), &text), -E2BIG);
	/* A pack of packs, told for each of a pack. */
	str_reset(&name);
	str_append_lit(&name, "_Z1fIJiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiEEv");
	for (int i = 0; i < 12; i++)
		str_append_lit(&name, "Dp1AIJ");
	str_append_lit(&name, "T_");
	for (int i = 0; i < 12; i++)
		str_append_lit(&name, "EE");
	assert_int_equal(read_name(str_cstr(&name), &text), -E2BIG);
	/* The library's own. */
	str_reset(&name);
	str_append_lit(&name, "_Z1f");
	while (name.len <= CXX_MANGLED_MAX)
		str_append_lit(&name, "i");
	assert_int_equal(read_name(str_cstr(&name), &text), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
