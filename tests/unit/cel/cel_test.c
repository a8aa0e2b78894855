// SPDX-License-Identifier: Apache-2.0
#include "cel_test.h"

#include <string.h>

/* clang-format off */
#define LIST(element) {.kind = CEL_LIST, .arg = {CEL_SIMPLE(element)}}
#define MAP(key, value) {.kind = CEL_MAP, .arg = {CEL_SIMPLE(key), CEL_SIMPLE(value)}}
#define MESSAGE(name) {.kind = CEL_MESSAGE, .message = &tetragon__##name##__descriptor}
/* clang-format on */

static const struct cel_variable variables[] = {
	[VAR_X] = {"x", {.kind = CEL_INT}},
	[VAR_U] = {"u", {.kind = CEL_UINT}},
	[VAR_S] = {"s", {.kind = CEL_STRING}},
	[VAR_T] = {"t", {.kind = CEL_STRING}},
	[VAR_B] = {"b", {.kind = CEL_BYTES}},
	[VAR_DYN] = {"d", {.kind = CEL_DYN}},
	[VAR_NONE] = {"none", {.kind = CEL_INT}},
	[VAR_LIST] = {"list_of_int", LIST(CEL_INT)},
	[VAR_MAP] = {"map_of_int", MAP(CEL_STRING, CEL_INT)},
	[VAR_EXEC] = {"process_exec", MESSAGE(process_exec)},
	[VAR_KPROBE] = {"process_kprobe", MESSAGE(process_kprobe)},
};

static const ProtobufCEnumDescriptor *const enums[] = {&tetragon__event_type__descriptor};

const struct cel_env test_env = {
	.container = "tetragon",
	.variables = variables,
	.n_variables = ARRAY_SIZE(variables),
	.enums = enums,
	.n_enums = ARRAY_SIZE(enums),
	.result = CEL_DYN,
};

struct cel_activation *test_activation(const ProtobufCMessage *exec, const ProtobufCMessage *kprobe)
{
	static struct cel_value ints[3];
	static struct cel_entry entries[2];
	struct cel_activation *a = NULL;

	for (int i = 0; i < 3; i++)
		ints[i] = cel_int(i + 1);
	entries[0] = (struct cel_entry){cel_string("a", 1), cel_int(1)};
	entries[1] = (struct cel_entry){cel_string("b", 1), cel_int(2)};
	assert_int_equal(cel_activation_new(&test_env, &a), 0);
	cel_activation_set(a, VAR_X, cel_int(7));
	cel_activation_set(a, VAR_U, cel_uint(7));
	cel_activation_set(a, VAR_S, cel_string("text", 4));
	cel_activation_set(a, VAR_T, cel_string("", 0));
	cel_activation_set(a, VAR_B, cel_bytes("\x00\xff", 2));
	cel_activation_set(a, VAR_DYN, cel_double(1.5));
	cel_activation_set(a, VAR_LIST, cel_list(ints, 3));
	cel_activation_set(a, VAR_MAP, cel_map(entries, 2));
	cel_activation_set(a, VAR_EXEC, cel_message(&tetragon__process_exec__descriptor, exec));
	cel_activation_set(a, VAR_KPROBE,
			   cel_message(&tetragon__process_kprobe__descriptor, kprobe));
	return a;
}

ProtobufCMessage *test_message(const ProtobufCMessageDescriptor *type, const char *json)
{
	_cleanup_error_ struct error *err = NULL;
	ProtobufCMessage *msg = NULL;

	if (json_read(type, json, strlen(json), &msg, &err) < 0)
		fail_msg("%s: %s", json, err ? err->message : "?");
	return msg;
}

void test_message_free(ProtobufCMessage **message)
{
	if (*message)
		protobuf_c_message_free_unpacked(*message, NULL);
	*message = NULL;
}

static char *show_error(char sign, const struct error *err)
{
	_cleanup_free_ char *text = error_text(err);
	char *all = NULL;

	assert_true(asprintf(&all, "%c %s", sign, text) > 0);
	return all;
}

char *test_evaluate(const char *expression, struct cel_activation *a)
{
	_cleanup_(cel_program_free) struct cel_program *program = NULL;
	_cleanup_error_ struct error *err = NULL;
	struct str out = STR_INIT;
	struct cel_value value;

	if (cel_compile(expression, &test_env, &program, &err) < 0)
		return show_error('?', err);
	if (cel_eval(program, a, &value, &err) < 0)
		return show_error('!', err);
	cel_value_append(&out, &value);
	assert_non_null(str_cstr(&out));
	if (value.kind == CEL_DOUBLE && strspn(out.data, "-0123456789") == out.len)
		str_append_lit(&out, ".0");
	return str_cstr(&out);
}

static bool is_as_expected(const char *got, const char *expected)
{
	if (*expected != '?' && *expected != '!')
		return !strcmp(got, expected);
	return *got == *expected && strstr(got, expected + 1);
}

void test_cases(const struct test_case *cases, size_t n, struct cel_activation *a)
{
	unsigned failed = 0;

	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *got = test_evaluate(cases[i].expression, a);

		if (is_as_expected(got, cases[i].expected))
			continue;
		print_error("%s\n  expected: %s\n  got:      %s\n", cases[i].expression,
			    cases[i].expected, got);
		failed++;
	}
	assert_int_equal(failed, 0);
}
