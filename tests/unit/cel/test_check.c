// SPDX-License-Identifier: Apache-2.0
#include "cel_test.h"

#include "cel/check.h"
#include "cel/parser.h"
#include "cel/type.h"
#include "sample.h"

#include <errno.h>
#include <string.h>

/* The expression's type, or "! line:column message (remedy)". */
static char *check_mentions(const char *text, uint64_t *ret_mentions)
{
	_cleanup_error_ struct error *err = NULL;
	struct arena arena = ARENA_INIT;
	struct str out = STR_INIT;
	struct cel_node *root;

	assert_int_equal(cel_parse(text, &arena, &root, NULL), 0);
	if (cel_check(root, &test_env, &arena, ret_mentions, &err) == 0)
		cel_type_append(&out, root->type);
	else
		sample_append_error(&out, err);
	arena_done(&arena);
	return str_cstr(&out);
}

static char *check(const char *text)
{
	uint64_t mentions;

	return check_mentions(text, &mentions);
}

/* A value of each type. */
static const struct {
	const char *type, *text;
} values[] = {
	{"bool", "true"},
	{"int", "x"},
	{"uint", "u"},
	{"double", "1.5"},
	{"string", "s"},
	{"bytes", "b"},
	{"google.protobuf.Timestamp", "timestamp(0)"},
	{"google.protobuf.Duration", "duration(0)"},
	{"list(int)", "list_of_int"},
	{"map(string, int)", "map_of_int"},
	{"tetragon.ProcessExec", "process_exec"},
	{"type", "int"},
	{"net.IP", "ip('::1')"},
	{"net.CIDR", "cidr('::/0')"},
};

/* What each operator takes, numbering the values from 0 as a to n: left, right, result. */
static const struct {
	const char *op;
	const char *takes;
} matrix[] = {
	{"+", "bbb ccc ddd eee fff ghg hgg hhh iii"},
	{"-", "bbb ccc ddd ggh ghg hhh"},
	{"*", "bbb ccc ddd"},
	{"/", "bbb ccc ddd"},
	{"%", "bbb ccc"},
	{"==", "aaa bba cca dda eea ffa gga hha iia jja kka lla mma nna"},
	{"!=", "aaa bba cca dda eea ffa gga hha iia jja kka lla mma nna"},
	{"<", "aaa bba cca dda eea ffa gga hha"},
	{"<=", "aaa bba cca dda eea ffa gga hha"},
	{">", "aaa bba cca dda eea ffa gga hha"},
	{">=", "aaa bba cca dda eea ffa gga hha"},
	{"in", "bia eja"},
	{"&&", "aaa"},
	{"||", "aaa"},
};

/* Returns the result's letter, or NUL. */
static char result_of(const char *takes, size_t left, size_t right)
{
	for (; *takes; takes += takes[3] ? 4 : 3)
		if (takes[0] == (char)('a' + left) && takes[1] == (char)('a' + right))
			return takes[2];
	return '\0';
}

static void test_matrix(void **state)
{
	for (size_t o = 0; o < ARRAY_SIZE(matrix); o++) {
		for (size_t i = 0; i < ARRAY_SIZE(values) * ARRAY_SIZE(values); i++) {
			size_t left = i / ARRAY_SIZE(values), right = i % ARRAY_SIZE(values);
			char result = result_of(matrix[o].takes, left, right);
			_cleanup_free_ char *text = NULL, *got = NULL;

			assert_true(asprintf(&text, "%s %s %s", values[left].text, matrix[o].op,
					     values[right].text) > 0);
			got = check(text);
			if (result ? strcmp(got, values[result - 'a'].type) != 0 : *got != '!')
				fail_msg("%s: %s", text, got);
		}
	}
}

static void test_prefixes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		_cleanup_free_ char *minus = NULL, *not = NULL, *got_minus = NULL, *got_not = NULL;
		bool is_number = i == 1 || i == 3;

		assert_true(asprintf(&minus, "-%s", values[i].text) > 0);
		assert_true(asprintf(&not, "!%s", values[i].text) > 0);
		got_minus = check(minus);
		got_not = check(not);
		if (is_number)
			assert_string_equal(got_minus, values[i].type);
		else
			assert_int_equal(*got_minus, '!');
		if (i == 0)
			assert_string_equal(got_not, "bool");
		else
			assert_int_equal(*got_not, '!');
	}
}

/* dyn goes with everything that goes with anything, and gives what that can give. */
static void test_dyn_matrix(void **state)
{
	for (size_t o = 0; o < ARRAY_SIZE(matrix); o++) {
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			bool left = false, right = false;
			_cleanup_free_ char *dyn_left = NULL, *dyn_right = NULL;
			_cleanup_free_ char *got_left = NULL, *got_right = NULL;

			for (size_t j = 0; j < ARRAY_SIZE(values); j++) {
				left = left || result_of(matrix[o].takes, j, i);
				right = right || result_of(matrix[o].takes, i, j);
			}
			/* Anything may be in some list or map. */
			right = right || !strcmp(matrix[o].op, "in");
			assert_true(asprintf(&dyn_left, "dyn(1) %s %s", matrix[o].op,
					     values[i].text) > 0);
			assert_true(asprintf(&dyn_right, "%s %s dyn(1)", values[i].text,
					     matrix[o].op) > 0);
			got_left = check(dyn_left);
			got_right = check(dyn_right);
			if (left != (*got_left != '!') || right != (*got_right != '!'))
				fail_msg("%s: %s; %s: %s", dyn_left, got_left, dyn_right,
					 got_right);
		}
	}
}

static void test_types(void **state)
{
	static const struct sample samples[] = {
		{"true", "bool"},
		{"42", "int"},
		{"42u", "uint"},
		{"0.1", "double"},
		{"'a'", "string"},
		{"b'a'", "bytes"},
		{"null", "null_type"},
		{"[1]", "list(int)"},
		{"[]", "list(dyn)"},
		{"{}", "map(dyn, dyn)"},
		{"{'abc': 123}", "map(string, int)"},
		{"{'a': 1, 2: 'b'}", "map(dyn, dyn)"},
		{"[1, 'a']", "list(dyn)"},
		{"[1, 'a', 2]", "list(dyn)"},
		{"[1, 1u]", "list(dyn)"},
		{"[[], [1]]", "list(list(int))"},
		{"[[1], []]", "list(list(int))"},
		{"[[], [[]], [[[]]]]", "list(list(list(list(dyn))))"},
		{"[[[[]]], [], [[]]]", "list(list(list(list(dyn))))"},
		{"[1, dyn(1)]", "list(dyn)"},
		{"[null, process_exec]", "list(tetragon.ProcessExec)"},
		{"[null, 1]", "list(dyn)"},
		{"['foo'][0]", "string"},
		{"{'abc': 123}['abc']", "int"},
		{"map_of_int.abc", "int"},
		{"[][0]", "dyn"},
		{"dyn(1)[0]", "dyn"},
		{"dyn(1).a", "dyn"},
		{"dyn(1)", "dyn"},
		{"[].map(x, x)[0].foo", "dyn"},
		{"('foo' + 'bar').startsWith('foo')", "bool"},
		{"x in [1, 2]", "bool"},
		{"[] + [1]", "list(int)"},
		{"[1] + []", "list(int)"},
		{"[] + []", "list(dyn)"},
		{"[1] + [dyn(1)]", "list(dyn)"},
		{"[dyn(1)] + [1]", "list(dyn)"},
		{"dyn([1]) + [1]", "list(dyn)"},
		{"([1] + dyn(['a']))[0]", "dyn"},
		{"dyn(1) + 1", "int"},
		{"dyn(1) + dyn(1)", "dyn"},
		{"dyn(1) + duration(0)", "dyn"},
		{"dyn(1) == 1", "bool"},
		{"size(dyn(1))", "int"},
		{"type(1)", "type"},
		{"int", "type"},
		{"true ? 1 : 2", "int"},
		{"true ? 1 : dyn('a')", "dyn"},
		{"true ? [] : [1]", "list(int)"},
		{"true ? null : process_exec", "tetragon.ProcessExec"},
		{"true ? timestamp(0) : null", "google.protobuf.Timestamp"},
		{"process_exec.process.pid", "nullable uint"},
		{"process_exec.process.pid + 1u", "uint"},
		{"process_exec.process.pid == null", "bool"},
		{"null == process_exec.process.pid", "bool"},
		{"process_exec.process == null", "bool"},
		{"[process_exec.process.pid, 1u]", "list(nullable uint)"},
		{"[1u, process_exec.process.pid]", "list(nullable uint)"},
		{"[process_exec.process.pid, 1u, dyn(1)]", "list(dyn)"},
		{"[process_exec.process.pid, null]", "list(nullable uint)"},
		{"[null, process_exec.process.pid]", "list(nullable uint)"},
		{"[process_exec.process.pid, process_exec.process.in_init_tree]", "list(dyn)"},
		{"false ? process_exec.process.pid : null", "nullable uint"},
		{"true ? process_exec.process.pid : 42u", "nullable uint"},
		{"process_exec.process.in_init_tree && true", "bool"},
		{"!process_exec.process.in_init_tree", "bool"},
		{"process_exec.process.in_init_tree ? 1 : 2", "int"},
		{"{process_exec.process.pid: 1}", "map(nullable uint, int)"},
		{"process_exec.ancestors", "list(tetragon.Process)"},
		{"process_exec.ancestors.map(p, p)", "list(tetragon.Process)"},
		{"process_exec.ancestors.map(p, p).map(q, q.pid)", "list(nullable uint)"},
		{"([] + process_exec.ancestors + [])[0].binary", "string"},
		{"process_exec.ancestors.filter(p, p.pid == 1u)", "list(tetragon.Process)"},
		{"process_exec.process.pod.pod_labels.filter(k, k == 'a')", "list(string)"},
		{"process_exec.process.pod.pod_labels.all(k, k == 'a')", "bool"},
		{"process_kprobe.args[0].int_arg", "int"},
		{"process_kprobe.action", "int"},
		{"EventType.PROCESS_EXEC", "int"},
		{"has(process_exec.process)", "bool"},
		{"has(dyn(1).a)", "bool"},
		{"[1, 2].map(x, [x].map(x, string(x)))", "list(list(string))"},
		{"'a'.split(',')", "list(string)"},
		{"[].join()", "string"},
		{"ip.isCanonical('::1')", "bool"},
	};

	assert_samples(samples, ARRAY_SIZE(samples), check);
}

static void test_names(void **state)
{
	static const struct sample samples[] = {
		{"y", "! 1:1 there is no variable \"y\""},
		{"proces_exec", "! 1:1 there is no variable \"proces_exec\" (did you mean "
				"\"process_exec\"?)"},
		{"processExec", "! 1:1 there is no variable \"processExec\" (did you mean "
				"\"process_exec\"?)"},
		{"EventTyp.PROCESS_EXEC", "! 1:1 there is no variable \"EventTyp\" (did you mean "
					  "\"EventType\"?)"},
		{"EventType.PROCES_EXEC", "! 1:11 the enum tetragon.EventType has no value "
					  "\"PROCES_EXEC\" (did you mean \"PROCESS_EXEC\"?)"},
		{"tetragon.EventType.NOTHING_LIKE_IT",
		 "! 1:20 the enum tetragon.EventType has no value \"NOTHING_LIKE_IT\""},
		{"EventType", "! 1:1 there is no variable \"EventType\""},
		{".EventType.PROCESS_EXEC", "! 1:2 there is no variable \"EventType\""},
		{"timestamp", "! 1:1 there is no variable \"timestamp\" (the function is called as "
			      "timestamp())"},
		{"list_of_int.all(element, elemnt > 0)",
		 "! 1:26 there is no variable \"elemnt\" (did you mean \"element\"?)"},
		{"list_of_int.all(e, true) && e == 1", "! 1:29 there is no variable \"e\""},
		{"process_exec.process.binry",
		 "! 1:22 tetragon.Process has no field \"binry\" (did you mean \"binary\"?)"},
		{"process_exec.process.execId",
		 "! 1:22 tetragon.Process has no field \"execId\" (did you mean \"exec_id\"?)"},
		{"process_exec\n.process\n.podd.name",
		 "! 3:2 tetragon.Process has no field \"podd\" (did you mean \"pod\"?)"},
		{"has(process_exec.process.binry)",
		 "! 1:26 tetragon.Process has no field \"binry\" (did you mean \"binary\"?)"},
		{"x.y", "! 1:3 int has no field \"y\""},
		{"has(x.y)", "! 1:7 int has no field \"y\""},
		{"process_exec.process.pid.value", "! 1:26 nullable uint has no field \"value\""},
		{"process_exec.process.start_time.seconds",
		 "! 1:33 google.protobuf.Timestamp has no field \"seconds\""},
		{"process_exec.process.start_time.getHours",
		 "! 1:33 google.protobuf.Timestamp has no field \"getHours\" (the "
		 "method is "
		 "called as getHours())"},
		{"process_exec.ancestors.pid", "! 1:24 list(tetragon.Process) has no field \"pid\" "
					       "(take an element, as in x[0], or "
					       "ask about any, as in x.exists(e, …))"},
		{"{1: 2}.a", "! 1:8 map(int, int) has no field \"a\""},
		{"null.a", "! 1:6 null_type has no field \"a\""},
	};

	assert_samples(samples, ARRAY_SIZE(samples), check);
}

static void test_calls(void **state)
{
	static const struct sample samples[] = {
		{"process_exec.process.pid == 1",
		 "! 1:26 there is no nullable uint == int (write 1u, which is a uint)"},
		{"1 < u", "! 1:3 there is no int < uint (write 1u, which is a uint)"},
		{"x == u",
		 "! 1:3 there is no int == uint (convert one of them with uint() or int())"},
		{"-1 == u",
		 "! 1:4 there is no int == uint (convert one of them with uint() or int())"},
		{"x == 'a'",
		 "! 1:3 there is no int == string (both sides must have the same type)"},
		{"x == null",
		 "! 1:3 there is no int == null_type (both sides must have the same type)"},
		{"'a' + 1",
		 "! 1:5 there is no string + int (there is int + int, uint + uint, double + "
		 "double, string + string, bytes + bytes, list + list …)"},
		{"1 % 2.0", "! 1:3 there is no int % double (there is int % int, uint % uint)"},
		{"-u", "! 1:1 there is no -uint (there is -int, -double, int - int, uint - uint, "
		       "double - double, google.protobuf.Timestamp - google.protobuf.Timestamp …)"},
		{"!1", "! 1:1 there is no !int (there is !bool)"},
		{"list_of_int['a']", "! 1:12 there is no list(int)[string] (there is list[int], "
				     "map[dyn])"},
		{"x in u",
		 "! 1:3 there is no int in uint (convert one of them with uint() or int())"},
		{"'a' in list_of_int",
		 "! 1:5 there is no string in list(int) (there is dyn in list, "
		 "dyn in map)"},
		{"x.startsWith('a')", "! 1:3 there is no int.startsWith(string) (there is "
				      "string.startsWith(string))"},
		{"s.startsWith()", "! 1:3 startsWith() does not take 0 arguments (there is "
				   "string.startsWith(string))"},
		{"s.startsWith('a', 'b', 'c', 'd', 'e')",
		 "! 1:3 startsWith() does not take 5 arguments (there is "
		 "string.startsWith(string))"},
		{"s.startswith('a')", "! 1:3 there is no method \"startswith\" (did you mean "
				      "\"startsWith\"?)"},
		{"startsWith(s, 'a')", "! 1:1 there is no function \"startsWith\" (it is called as "
				       "x.startsWith())"},
		{"s.int()", "! 1:3 there is no method \"int\" (it is called as int(x))"},
		{"nothing_like_it(1)", "! 1:1 there is no function \"nothing_like_it\""},
		{"s.nothing_like_it()", "! 1:3 there is no method \"nothing_like_it\""},
		{"list_of_int.exist(e, e > 1)",
		 "! 1:13 there is no method \"exist\" (did you mean \"exists\"?)"},
		{"list_of_int.exist(x, true)",
		 "! 1:13 there is no method \"exist\" (did you mean \"exists\"?)"},
		{"list_of_int.map(x)", "! 1:13 there is no method \"map\" (macros are has(x.f), "
				       "x.all(e, …), x.map(e, …) …)"},
		{"isIP(cidr('::/0'))", "! 1:1 there is no isIP(net.CIDR) (there is isIP(string))"},
		{"ip.isCanonical(1)",
		 "! 1:4 there is no ip.isCanonical(int) (there is ip.isCanonical(string))"},
		{"ip.nothing(1)", "! 1:4 there is no method \"nothing\""},
		{"[1].join()", "! 1:5 there is no list(int).join() (there is list.join(), "
			       "list.join(string))"},
		{"size(1)", "! 1:1 there is no size(int) (there is size(string), size(bytes), "
			    "size(list), size(map))"},
	};

	assert_samples(samples, ARRAY_SIZE(samples), check);
}

static void test_others(void **state)
{
	static const struct sample samples[] = {
		{"1 && true", "! 1:1 what \"&&\" joins must be bool, not int"},
		{"true || true || 'a'", "! 1:17 what \"||\" joins must be bool, not string"},
		{"1 ? 2 : 3", "! 1:1 what stands before \"?\" must be bool, not int"},
		{"true ? 1 : 'a'",
		 "! 1:6 the results of \"?:\" have different types, int and string "
		 "(convert one, or put dyn() round it)"},
		{"list_of_int.all(e, e)", "! 1:20 the condition must be bool, not int"},
		{"list_of_int.filter(e, 'a')", "! 1:23 the condition must be bool, not string"},
		{"list_of_int.map(e, e, e)", "! 1:20 the condition must be bool, not int"},
		{"x.all(e, true)", "! 1:1 a macro goes through a list or a map, not int"},
		{"process_exec.all(e, true)",
		 "! 1:1 a macro goes through a list or a map, not tetragon.ProcessExec"},
		{"{1.5: 1}", "! 1:2 a map's key must be a bool, int, uint or string"},
		{"{'a': 1, null: 2}", "! 1:10 a map's key must be a bool, int, uint or string"},
		{"{[1]: 1}", "! 1:2 a map's key must be a bool, int, uint or string"},
		{"[1 + 'a']",
		 "! 1:4 there is no int + string (there is int + int, uint + uint, double "
		 "+ double, string + string, bytes + bytes, list + list …)"},
		{"{'a': y}", "! 1:7 there is no variable \"y\""},
	};

	assert_samples(samples, ARRAY_SIZE(samples), check);
}

static void test_mentions(void **state)
{
	static const struct {
		const char *text;
		uint64_t mentions;
	} samples[] = {
		{"true", 0},
		{"x == 1", 1 << VAR_X},
		{"process_exec.process.pid == u", 1 << VAR_EXEC | 1 << VAR_U},
		{"has(process_kprobe.process) || [x].exists(u, u == 1)",
		 1 << VAR_KPROBE | 1 << VAR_X},
		{"list_of_int.all(process_exec, process_exec > 0)", 1 << VAR_LIST},
		{".x == 1", 1 << VAR_X},
		{"EventType.PROCESS_EXEC == 1", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		uint64_t mentions = 0;
		_cleanup_free_ char *type = check_mentions(samples[i].text, &mentions);

		assert_string_equal(type, "bool");
		assert_int_equal(mentions, samples[i].mentions);
	}
}

/* A local hides a variable, but not behind a leading dot. */
static void test_locals(void **state)
{
	static const struct sample samples[] = {
		{"['a'].all(x, x == 'a')", "bool"},
		{"['a'].all(x, .x == 1)", "bool"},
		{"[[1]].all(x, x.all(x, x == 1) && x == [1])", "bool"},
		{"[process_exec].all(tetragon, tetragon.process.pid == 1u)", "bool"},
		{"[1].all(ip, ip.isCanonical('::1'))",
		 "! 1:16 there is no method \"isCanonical\" (did you mean \"ip.isCanonical\"?)"},
	};

	assert_samples(samples, ARRAY_SIZE(samples), check);
}

/* Types can be nested deeper than expressions; deeper than the limit they are dyn. */
static void test_deep_types(void **state)
{
	_cleanup_str_ struct str text = STR_INIT;
	_cleanup_free_ char *type = NULL;

	str_append_lit(&text, "[1]");
	for (int i = 0; i < 50; i++)
		str_append_lit(&text, ".map(x, [[[[[[[[[[x]]]]]]]]]])");
	str_append_lit(&text, " == []");
	assert_non_null(str_cstr(&text));
	type = check(text.data);
	assert_string_equal(type, "bool");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matrix),     cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_dyn_matrix), cmocka_unit_test(test_types),
		cmocka_unit_test(test_names),      cmocka_unit_test(test_calls),
		cmocka_unit_test(test_others),     cmocka_unit_test(test_mentions),
		cmocka_unit_test(test_locals),     cmocka_unit_test(test_deep_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
