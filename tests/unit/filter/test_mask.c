// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/str.h"
#include "filter/mask.h"
#include "messages.h"

#include <errno.h>

#define KPROBE                                                                                \
	"{\"process\":{\"exec_id\":\"e\",\"pid\":7,\"binary\":\"/b\",\"pod\":{\"namespace\":" \
	"\"ns\",\"name\":\"p\",\"pod_labels\":{\"k\":\"v\"}}},\"parent\":{\"pid\":1},"        \
	"\"function_name\":\"f\",\"args\":[{\"int_arg\":5,\"label\":\"l\"},{\"file_arg\":"    \
	"{\"path\":\"/p\",\"flags\":\"x\"}}],\"return\":{\"bytes_arg\":\"AAA=\"},"            \
	"\"action\":\"KPROBE_ACTION_POST\",\"tags\":[\"t\",\"u\"]}"

/* Applies a mask of paths separated by spaces. */
static void check(const char *paths, bool exclude, const char *expected)
{
	_cleanup_message_ ProtobufCMessage *msg =
		message_new(&tetragon__process_kprobe__descriptor, KPROBE);
	struct arena arena = {0};
	struct mask mask = {0};
	_cleanup_str_ struct str list = STR_INIT;

	str_append_z(&list, paths);
	for (char *p = strtok(str_cstr(&list), " "); p; p = strtok(NULL, " "))
		assert_int_equal(mask_add(&mask, msg->descriptor, p, NULL), 0);
	assert_json_equal(mask_apply(&mask, exclude, msg, NULL, &arena), expected);
	assert_json_equal(msg, KPROBE);
	mask_free(&mask);
	arena_done(&arena);
}

static void inclusion(void **state)
{
	check("function_name", false, "{\"function_name\":\"f\"}");
	check("functionName", false, "{\"function_name\":\"f\"}");
	check("process.pid process.pod.name parent", false,
	      "{\"process\":{\"pid\":7,\"pod\":{\"name\":\"p\"}},\"parent\":{\"pid\":1}}");
	check("process.pid.value", false, "{\"process\":{\"pid\":7}}");
	check("process.pod.pod_labels", false,
	      "{\"process\":{\"pod\":{\"pod_labels\":{\"k\":\"v\"}}}}");
	check("args.label", false, "{\"args\":[{\"label\":\"l\"},{}]}");
	check("args.file_arg.path", false, "{\"args\":[{},{\"file_arg\":{\"path\":\"/p\"}}]}");
	check("return tags action", false,
	      "{\"return\":{\"bytes_arg\":\"AAA=\"},\"action\":\"KPROBE_ACTION_POST\","
	      "\"tags\":[\"t\",\"u\"]}");
	check("user_stack_trace.address ancestors.pid", false, "{}");
	check("", false, "{}");
}

static void exclusion(void **state)
{
	check("process.exec_id process.pod parent args return tags", true,
	      "{\"process\":{\"pid\":7,\"binary\":\"/b\"},\"function_name\":\"f\","
	      "\"action\":\"KPROBE_ACTION_POST\"}");
	check("process parent args.int_arg args.file_arg.flags return.bytes_arg action "
	      "function_name",
	      true,
	      "{\"args\":[{\"label\":\"l\"},{\"file_arg\":{\"path\":\"/p\"}}],\"return\":{},"
	      "\"tags\":[\"t\",\"u\"]}");
	check("", true, KPROBE);
}

/* Whichever way round they are given: what was asked to be left out must not slip through. */
static void the_wider_path_counts(void **state)
{
	static const char *const rest =
		"{\"parent\":{\"pid\":1},\"function_name\":\"f\",\"action\":"
		"\"KPROBE_ACTION_POST\"}";

	check("process process.pid args return tags", true, rest);
	check("process.pid process.pod.name process args return tags", true, rest);
	check("parent parent.binary", false, "{\"parent\":{\"pid\":1}}");
}

static void bad_paths(void **state)
{
	static const struct {
		const char *path, *message;
	} cases[] = {
		{"proces", "ProcessKprobe has no field \"proces\""},
		{"process.pids", "Process has no field \"pids\""},
		{"", "ProcessKprobe has no field \"\""},
		{"process.", "Process has no field \"\""},
		{".process", "ProcessKprobe has no field \"\""},
		{"function_name.x", "\"function_name\" of ProcessKprobe has no fields of its own"},
		{"process.pod.pod_labels.k", "\"pod_labels\" of Pod has no fields of its own"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		struct mask mask = {0};

		assert_int_equal(
			mask_add(&mask, &tetragon__process_kprobe__descriptor, cases[i].path, &err),
			-ENOENT);
		assert_string_equal(err->message, cases[i].message);
		assert_int_equal(mask.n, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inclusion),
		cmocka_unit_test(exclusion),
		cmocka_unit_test(the_wider_path_counts),
		cmocka_unit_test(bad_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
