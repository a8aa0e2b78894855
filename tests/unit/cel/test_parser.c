// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "cel/limit.h"
#include "cel/parser.h"
#include "sample.h"
#include "tree.h"

#include <errno.h>

/* The tree, or "! line:column message (remedy)". */
static char *parse(const char *text)
{
	_cleanup_error_ struct error *err = NULL;
	struct arena arena = ARENA_INIT;
	struct str out = STR_INIT;
	struct cel_node *root;

	if (cel_parse(text, &arena, &root, &err) == 0)
		tree_append(&out, root);
	else
		sample_append_error(&out, err);
	arena_done(&arena);
	return str_cstr(&out);
}

/* Each operator with each other: which of them takes the operand between them. */
static void test_precedence(void **state)
{
	static const struct {
		const char *op;
		int level;
	} operators[] = {
		{"||", 1}, {"&&", 2}, {"==", 3}, {"!=", 3}, {"<", 3}, {"<=", 3}, {">", 3},
		{">=", 3}, {"in", 3}, {"+", 4},  {"-", 4},  {"*", 5}, {"/", 5},  {"%", 5},
	};

	for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(operators); j++) {
			const char *x = operators[i].op, *y = operators[j].op;
			_cleanup_free_ char *got = NULL, *text = NULL, *expected = NULL;
			int r;

			/* A row of the same && or || is one. */
			if (i == j && operators[i].level < 3)
				r = asprintf(&expected, "(%s a b c)", x);
			else if (operators[i].level >= operators[j].level)
				r = asprintf(&expected, "(%s (%s a b) c)", y, x);
			else
				r = asprintf(&expected, "(%s a (%s b c))", x, y);
			assert_true(r > 0 && asprintf(&text, "a %s b %s c", x, y) > 0);
			got = parse(text);
			assert_string_equal(got, expected);
		}
	}
}

static void test_operators(void **state)
{
	static const struct sample samples[] = {
		{"a", "a"},
		{".a", ".a"},
		{"(a)", "a"},
		{"((a))", "a"},
		{"a ? b : c", "(? a b c)"},
		{"a ? b : c ? d : e", "(? a b (? c d e))"},
		{"a || b ? c || d : e || f", "(? (|| a b) (|| c d) (|| e f))"},
		{"a ? (b ? c : d) : e", "(? a (? b c d) e)"},
		{"(a ? b : c) ? d : e", "(? (? a b c) d e)"},
		{"a || b || c", "(|| a b c)"},
		{"(a || b) || c", "(|| (|| a b) c)"},
		{"a && b && c || d && e || f", "(|| (&& a b c) (&& d e) f)"},
		{"-a", "(- a)"},
		{"--a", "(- (- a))"},
		{"!a", "(! a)"},
		{"!!a", "(! (! a))"},
		{"!-a", "! 1:2 expected an expression, found -"},
		{"-!a", "! 1:2 expected an expression, found !"},
		{"-a.b", "(- (select b a))"},
		{"!a.b()", "(! (.b a))"},
		{"-a * b", "(* (- a) b)"},
		{"a * -b", "(* a (- b))"},
		{"a - -b", "(- a (- b))"},
		{"-1", "-1"},
		{"--1", "(- -1)"},
		{"-1.5", "-1.5"},
		{"-1u", "(- 1u)"},
		{"a -1", "(- a 1)"},
		{"a-1", "(- a 1)"},
		{"-9223372036854775808", "-9223372036854775808"},
		{"-0x8000000000000000", "-9223372036854775808"},
		{"!true", "(! true)"},
		{"a.b", "(select b a)"},
		{"a.b.c", "(select c (select b a))"},
		{"a.`b c`", "(select b c a)"},
		{"a.return.namespace.as", "(select as (select namespace (select return a)))"},
		{"a[b]", "([] a b)"},
		{"a[b][c]", "([] ([] a b) c)"},
		{"a.b[c].d", "(select d ([] (select b a) c))"},
		{"a[b ? c : d]", "([] a (? b c d))"},
		{"f()", "(f)"},
		{"f(a)", "(f a)"},
		{".f(a)", "(f a)"},
		{"f(a, b)", "(f a b)"},
		{"a.f()", "(.f a)"},
		{"a.f(b, c)", "(.f a b c)"},
		{"a.b.f(c).g()", "(.g (.f (select b a) c))"},
		{"'a'.f()", "(.f \"a\")"},
		{"1.f()", "(.f 1)"},
		{"[].f()", "(.f (list))"},
		{"[]", "(list)"},
		{"[a]", "(list a)"},
		{"[a, b]", "(list a b)"},
		{"[a, b,]", "(list a b)"},
		{"{}", "(map)"},
		{"{a: b}", "(map a b)"},
		{"{a: b, c: d}", "(map a b c d)"},
		{"{a: b, c: d,}", "(map a b c d)"},
		{"{a ? b : c: d}", "(map (? a b c) d)"},
		{"{'a': {}}.a", "(select a (map \"a\" (map)))"},
		{"a in b", "(in a b)"},
		{"a in [b]", "(in a (list b))"},
		{"!a in b", "(in (! a) b)"},
		{"a < b < c", "(< (< a b) c)"},
	};

	assert_samples(samples, ARRAY_SIZE(samples), parse);
}

static void test_macros(void **state)
{
	static const struct sample samples[] = {
		{"has(a.b)", "(has b a)"},
		{"has(a.b.c)", "(has c (select b a))"},
		{"has(f().b)", "(has b (f))"},
		{"has((a.b))", "(has b a)"},
		{"a.all(x, x)", "(all-macro x a x)"},
		{"a.exists(x, b)", "(exists-macro x a b)"},
		{"a.exists_one(x, b)", "(exists_one-macro x a b)"},
		{"a.existsOne(x, b)", "(exists_one-macro x a b)"},
		{"a.map(x, b)", "(map-macro x a b)"},
		{"a.map(x, p, b)", "(map-macro x a b p)"},
		{"a.filter(x, b)", "(filter-macro x a b)"},
		{"a.b.all(x, x.all(y, y))", "(all-macro x (select b a) (all-macro y x y))"},
		/* By their number of arguments they may be something else. */
		{"a.all(x)", "(.all a x)"},
		{"a.map()", "(.map a)"},
		{"all(x, y)", "(all x y)"},
		{"has(a, b)", "(has a b)"},
		{"a.has(b)", "(.has a b)"},
		{"has(a)", "! 1:5 has() takes the selection of a field, as in has(a.b)"},
		{"has(a[0])", "! 1:6 has() takes the selection of a field, as in has(a.b)"},
		{"has(has(a.b))", "! 1:11 has() takes the selection of a field, as in has(a.b)"},
		{"a.all(x.y, b)", "! 1:9 the first argument of all() is a simple name"},
		{"a.all(.x, b)", "! 1:8 the first argument of all() is a simple name"},
		{"a.map(1, p, b)", "! 1:7 the first argument of map() is a simple name"},
	};

	assert_samples(samples, ARRAY_SIZE(samples), parse);
}

static void test_errors(void **state)
{
	static const struct sample samples[] = {
		{"", "! 1:1 expected an expression, but the expression ends"},
		{" // x", "! 1:6 expected an expression, but the expression ends"},
		{"a b", "! 1:3 expected an operator or the end, found b"},
		{"a 'b'", "! 1:3 expected an operator or the end, found 'b'"},
		{"a)", "! 1:2 expected an operator or the end, found )"},
		{"(a", "! 1:3 expected \")\", but the expression ends"},
		{"(a]", "! 1:3 expected \")\", found ]"},
		{"()", "! 1:2 expected an expression, found )"},
		{"a +", "! 1:4 expected an expression, but the expression ends"},
		{"+ a", "! 1:1 expected an expression, found +"},
		{"a + * b", "! 1:5 expected an expression, found *"},
		{"a &&", "! 1:5 expected an expression, but the expression ends"},
		{"a || || b", "! 1:6 expected an expression, found ||"},
		{"-", "! 1:2 expected an expression, but the expression ends"},
		{"a ?", "! 1:4 expected an expression, but the expression ends"},
		{"a ? b", "! 1:6 expected \":\", but the expression ends"},
		{"a ? b :", "! 1:8 expected an expression, but the expression ends"},
		{"a ? b ? c : d : e", "! 1:7 expected \":\", found ?"},
		{"a.", "! 1:3 expected the name of a field or method, but the expression ends"},
		{"a.1", "! 1:2 expected an operator or the end, found .1"},
		{"a.'b'", "! 1:3 expected the name of a field or method, found 'b'"},
		{"a.in", "! 1:3 expected the name of a field or method, found in"},
		{"a.true", "! 1:3 expected the name of a field or method, found true"},
		{"a?.b", "! 1:5 expected \":\", but the expression ends"},
		{".1.", "! 1:4 expected the name of a field or method, but the expression ends"},
		{".'a'", "! 1:2 expected a name, found 'a'"},
		{"`a`", "! 1:1 expected an expression, found `a`"},
		{"a.`b`()", "! 1:6 expected an operator or the end, found ("},
		{"a[", "! 1:3 expected an expression, but the expression ends"},
		{"a[1", "! 1:4 expected \"]\", but the expression ends"},
		{"a[]", "! 1:3 expected an expression, found ]"},
		{"f(", "! 1:3 expected an expression, but the expression ends"},
		{"f(a", "! 1:4 expected \",\" or \")\", but the expression ends"},
		{"f(a,)", "! 1:5 expected an expression, found )"},
		{"f(,)", "! 1:3 expected an expression, found ,"},
		{"[1 2]", "! 1:4 expected \",\" or \"]\", found 2"},
		{"[,]", "! 1:2 expected an expression, found ,"},
		{"[", "! 1:2 expected an expression, but the expression ends"},
		{"{1}", "! 1:3 expected \":\", found }"},
		{"{1: 2", "! 1:6 expected \",\" or \"}\", but the expression ends"},
		{"{1: 2 3: 4}", "! 1:7 expected \",\" or \"}\", found 3"},
		{"{,}", "! 1:2 expected an expression, found ,"},
		{"package", "! 1:1 \"package\" is a reserved word"},
		{"a + while", "! 1:5 \"while\" is a reserved word"},
		{"for(a)", "! 1:1 \"for\" is a reserved word"},
		{"in", "! 1:1 expected an expression, found in"},
		{"tetragon.Process{pid: 1u}",
		 "! 1:17 messages cannot be made in an expression (compare their fields)"},
		{"\n\n  a b", "! 3:5 expected an operator or the end, found b"},
		{"9223372036854775808", "! 1:1 9223372036854775808 is out of the range of int"},
		{"a 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'",
		 "! 1:3 expected an operator or the end, found "
		 "'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…"},
		{"'\\z'", "! 1:2 bad escape \"\\z\": no such escape"},
		{"a #", "! 1:3 unexpected \"#\""},
	};

	assert_samples(samples, ARRAY_SIZE(samples), parse);
}

/* Where errors about a node will point. */
static void test_places(void **state)
{
	static const struct {
		const char *text;
		unsigned line, column;
	} samples[] = {
		{"a", 1, 1},      {"  a", 1, 3},     {"(a)", 1, 2},         {"a + b", 1, 3},
		{"a\n+ b", 2, 1}, {"-a", 1, 1},      {"a.b", 1, 3},         {"a.f(b)", 1, 3},
		{" f(b)", 1, 2},  {"a[b]", 1, 2},    {"a && b && c", 1, 3}, {"a ? b : c", 1, 3},
		{" [a]", 1, 2},   {" {a: b}", 1, 2}, {"a.all(x, y)", 1, 3}, {"has(a.b)", 1, 7},
		{"-1", 1, 2},
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct arena arena = ARENA_INIT;
		struct cel_node *root;

		assert_int_equal(cel_parse(samples[i].text, &arena, &root, NULL), 0);
		assert_int_equal(root->place.line, samples[i].line);
		assert_int_equal(root->place.column, samples[i].column);
		arena_done(&arena);
	}
}

/* @before and @after so many times, with "a" between them. */
static int parse_nested(const char *before, const char *after, unsigned n, struct error **reterr)
{
	_cleanup_str_ struct str text = STR_INIT;
	struct arena arena = ARENA_INIT;
	struct cel_node *root;
	int r;

	for (unsigned i = 0; i < n; i++)
		str_append_z(&text, before);
	str_append_char(&text, 'a');
	for (unsigned i = 0; i < n; i++)
		str_append_z(&text, after);
	assert_non_null(str_cstr(&text));
	r = cel_parse(text.data, &arena, &root, reterr);
	if (r == 0)
		assert_true(root->height <= CEL_NESTING_MAX);
	arena_done(&arena);
	return r;
}

static void test_nesting(void **state)
{
	static const struct {
		const char *before, *after;
	} shapes[] = {
		{"(", ")"},
		{"[", "]"},
		{"f(", ")"},
		{"{a: ", "}"},
		{"!", ""},
		{"-", ""},
		{"", ".b"},
		{"", "[0]"},
		{"", ".f()"},
		{"a + (", ")"},
		{"", " + a"},
		{"", " < a"},
		{"a || a && a == a + a * (", ")"},
		{"a ? a : ", ""},
		{"a[", "]"},
		{"a.all(x, ", ")"},
		{"a || (", ")"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		_cleanup_error_ struct error *err = NULL;

		assert_int_equal(parse_nested(shapes[i].before, shapes[i].after, 32, NULL), 0);
		assert_int_equal(
			parse_nested(shapes[i].before, shapes[i].after, CEL_NESTING_MAX, &err),
			-E2BIG);
		assert_string_equal(err->message, "nested too deep; the limit is 256 levels");
		assert_int_equal(err->line, 1);
		assert_true(err->column >= 1);
	}
}

/* What does not nest is bounded by the length of the text alone. */
static void test_rows(void **state)
{
	assert_int_equal(parse_nested("", " || a", 10000, NULL), 0);
	assert_int_equal(parse_nested("", " && a", 10000, NULL), 0);
	assert_int_equal(parse_nested("[a] == [a, ", "]", 1, NULL), 0);
	assert_int_equal(parse_nested("[", ", a]", 1, NULL), 0);
}

/* Nothing points into the text. */
static void test_copies(void **state)
{
	struct arena arena = ARENA_INIT;
	_cleanup_free_ char *text = strdup("name.field.method(r'raw', 'text').all(x, x.`y`)");
	_cleanup_str_ struct str out = STR_INIT;
	struct cel_node *root;

	assert_non_null(text);
	assert_int_equal(cel_parse(text, &arena, &root, NULL), 0);
	memset(text, '#', strlen(text));
	tree_append(&out, root);
	assert_string_equal(str_cstr(&out), "(all-macro x (.method (select field name) \"raw\" "
					    "\"text\") (select y x))");
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_precedence), cmocka_unit_test(test_operators),
		cmocka_unit_test(test_macros),     cmocka_unit_test(test_errors),
		cmocka_unit_test(test_places),     cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_rows),       cmocka_unit_test(test_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
