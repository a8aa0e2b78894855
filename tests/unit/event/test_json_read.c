// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "event/json.h"
#include "fill.h"
#include "scarce.h"

#include <tetragon/sensors.pb-c.h>

#include <errno.h>
#include <stdlib.h>

#define EVENT &tetragon__get_events_response__descriptor
#define PROCESS &tetragon__process__descriptor
#define FILTER &tetragon__filter__descriptor

static void write_all(struct str *out, const ProtobufCMessage *msg)
{
	struct json_writer w = {.extensions = true};

	json_write(&w, out, msg);
	assert_non_null(str_cstr(out));
}

struct sample {
	const ProtobufCMessageDescriptor *type;
	const char *in;
	const char *out;
};

static void assert_samples(const struct sample *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_error_ struct error *err = NULL;
		_cleanup_str_ struct str out = STR_INIT;
		ProtobufCMessage *msg;

		if (json_read(cases[i].type, cases[i].in, strlen(cases[i].in), &msg, &err) < 0)
			fail_msg("%s: %s", cases[i].in, err->message);
		write_all(&out, msg);
		assert_string_equal(out.data, cases[i].out);
		protobuf_c_message_free_unpacked(msg, NULL);
	}
}

static void forms(void **state)
{
	static const struct sample cases[] = {
		{PROCESS, "{}", "{}"},
		{PROCESS, " { \"pid\" :\t1 }\n", "{\"pid\":1}"},
		{PROCESS, "{\"execId\":\"x\",\"startTime\":\"1970-01-01T00:00:00Z\"}",
		 "{\"exec_id\":\"x\",\"start_time\":\"1970-01-01T00:00:00Z\"}"},
		{PROCESS, "{\"exec_id\":\"x\",\"execId\":\"y\"}", "{\"exec_id\":\"x\"}"},
		{PROCESS, "{\"cwd\":\"a\",\"cwd\":\"b\"}", "{\"cwd\":\"b\"}"},
		{PROCESS, "{\"exec_id\":null,\"pid\":null,\"argv\":null,\"pod\":null}", "{}"},
		{PROCESS, "{\"no_such\":{\"a\":[1]},\"pid\":0,\"refcnt\":0}", "{\"pid\":0}"},
		{PROCESS, "{\"argv\":[],\"pod\":{\"podLabels\":{}}}", "{\"pod\":{}}"},
		{PROCESS, "{\"argv\":[\"a\",\"\"],\"cgroupId\":\"7\"}",
		 "{\"argv\":[\"a\",\"\"],\"cgroup_id\":\"7\"}"},
		{PROCESS, "{\"pod\":{\"pod_labels\":{\"b\":\"2\",\"a\":\"1\"}}}",
		 "{\"pod\":{\"pod_labels\":{\"a\":\"1\",\"b\":\"2\"}}}"},
		{FILTER, "{\"event_set\":[\"PROCESS_EXEC\",\"NO_SUCH\",9,\"NOR_THIS\"]}",
		 "{\"event_set\":[\"PROCESS_EXEC\",\"PROCESS_KPROBE\"]}"},
		{FILTER, "{\"eventSet\":[\"NO_SUCH\"],\"pid\":[1,\"2\"]}", "{\"pid\":[1,2]}"},
		{EVENT, "{\"process_exec\":{},\"process_exit\":null}", "{\"process_exec\":{}}"},
		{EVENT, "{\"processExec\":{\"process\":{\"flags\":\"execve\"}}}",
		 "{\"process_exec\":{\"process\":{\"flags\":\"execve\"}}}"},
		{&tetragon__kprobe_argument__descriptor, "{\"string_arg\":\"\"}",
		 "{\"string_arg\":\"\"}"},
		{&tetragon__env_var__descriptor, "{\"Key\":\"k\",\"Value\":\"v\"}",
		 "{\"Key\":\"k\",\"Value\":\"v\"}"},
		{&tetragon__configure_tracing_policy_request__descriptor,
		 "{\"enable\":false,\"mode\":\"TP_MODE_MONITOR\"}",
		 "{\"enable\":false,\"mode\":\"TP_MODE_MONITOR\"}"},
		{&tetragon__process_internal__descriptor, "{\"refcntOps\":{\"process++\":-1}}",
		 "{\"refcnt_ops\":{\"process++\":-1}}"},
	};

	assert_samples(cases, ARRAY_SIZE(cases));
}

static void errors(void **state)
{
	static const struct {
		const ProtobufCMessageDescriptor *type;
		const char *in;
		unsigned column;
		const char *message;
	} cases[] = {
		{PROCESS, "", 1, "end of file"},
		{PROCESS, "{\"pid\":x}", 8, "invalid token near 'x'"},
		{PROCESS, "{\"pid\":1", 8, "'}' expected near end of file"},
		{PROCESS, "{\"pid\":1} {", 11, "end of file expected near '{'"},
		{PROCESS, "{\"cwd\":\"a\tb\"}", 9, "control character 0x9"},
		{PROCESS, "[]", 1, "expected an object, found []"},
		{PROCESS, " 7", 2, "expected an object, found 7"},
		{PROCESS, "null", 1, "expected an object, found null"},
		{PROCESS, "{\"pid\": -1}", 9, "pid: expected an unsigned 32-bit integer, found -1"},
		{PROCESS, "{\"parentExecId\":1}", 17, "parentExecId: expected a string, found 1"},
		{PROCESS, "{\"p\\u0069d\":[]}", 13,
		 "pid: expected an unsigned 32-bit integer, found []"},
		{PROCESS, "{\"argv\":\"x\"}", 9, "argv: expected an array, found \"x\""},
		{PROCESS, "{\"argv\":[\"x\",null]}", 14, "argv[1]: expected a string, found null"},
		{PROCESS, "{\"pod\":{\"pod_labels\":[]}}", 22,
		 "pod.pod_labels: expected an object, found []"},
		{PROCESS, "{\"pod\":{\"pod_labels\":{\"a\":\"\",\"b\":null}}}", 34,
		 "pod.pod_labels.b: expected a string, found null"},
		{EVENT, "{\"process_exec\":{\"ancestors\":[{},{\"cap\":{\"permitted\":[true]}}]}}",
		 55,
		 "process_exec.ancestors[1].cap.permitted[0]: "
		 "expected the name of an enum value or its number, found true"},
		{EVENT, "{\"process_exit\":{},\"process_exec\":{}}", 17,
		 "process_exit: a second one of fields that exclude each other"},
		{EVENT,
		 "{\"node_labels\":{\"a\":\"0123456789012345678901234567890123456789\"},"
		 "\"time\":\"0123456789012345678901234567890123456789\"}",
		 72,
		 "time: expected a time as in 2006-01-02T15:04:05.999Z, "
		 "found \"012345678901234567890123456789012345678…"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		ProtobufCMessage *msg = NULL;

		assert_int_equal(
			json_read(cases[i].type, cases[i].in, strlen(cases[i].in), &msg, &err),
			-EBADMSG);
		assert_null(msg);
		assert_int_equal(err->code, -EBADMSG);
		if (!strstr(err->message, cases[i].message))
			fail_msg("\"%s\" instead of \"%s\"", err->message, cases[i].message);
		assert_int_equal(err->line, 1);
		assert_int_equal(err->column, cases[i].column);
		assert_null(err->file);

		assert_int_equal(
			json_read(cases[i].type, cases[i].in, strlen(cases[i].in), &msg, NULL),
			-EBADMSG);
	}
}

/* A type that holds itself, which the schema has none of. */
struct node {
	ProtobufCMessage base;
	struct node *child;
};

static const ProtobufCMessageDescriptor node_descriptor;

static void node_init(ProtobufCMessage *msg)
{
	*(struct node *)msg = (struct node){.base.descriptor = &node_descriptor};
}

static const ProtobufCFieldDescriptor node_fields[] = {{
	.name = "child",
	.id = 1,
	.label = PROTOBUF_C_LABEL_NONE,
	.type = PROTOBUF_C_TYPE_MESSAGE,
	.offset = offsetof(struct node, child),
	.descriptor = &node_descriptor,
}};
static const unsigned node_names[] = {0};
static const ProtobufCIntRange node_ranges[] = {{1, 0}, {0, 1}};
static const ProtobufCMessageDescriptor node_descriptor = {
	.magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
	.name = "Node",
	.sizeof_message = sizeof(struct node),
	.n_fields = 1,
	.fields = node_fields,
	.fields_sorted_by_name = node_names,
	.n_field_ranges = 1,
	.field_ranges = node_ranges,
	.message_init = node_init,
};

static void append_nested(struct str *s, int depth)
{
	for (int i = 0; i < depth; i++)
		str_append_lit(s, "{\"child\":");
	str_append_lit(s, "{}");
	for (int i = 0; i < depth; i++)
		str_append_char(s, '}');
}

static void depth_has_a_limit(void **state)
{
	static const int refused[] = {JSON_MAX_DEPTH + 1, 1000, 100000};
	_cleanup_str_ struct str deep = STR_INIT, out = STR_INIT;
	ProtobufCMessage *msg;

	append_nested(&deep, JSON_MAX_DEPTH);
	assert_int_equal(json_read(&node_descriptor, deep.data, deep.len, &msg, NULL), 0);
	write_all(&out, msg);
	assert_int_equal(out.len, deep.len);
	assert_memory_equal(out.data, deep.data, deep.len);
	protobuf_c_message_free_unpacked(msg, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		_cleanup_error_ struct error *err = NULL;

		str_reset(&deep);
		append_nested(&deep, refused[i]);
		assert_int_equal(json_read(&node_descriptor, deep.data, deep.len, &msg, &err),
				 -EBADMSG);
		assert_non_null(strstr(err->message, i < 2 ? "nested deeper than 64" : "depth"));
	}
}

static void assert_same_bytes(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
	size_t len = protobuf_c_message_get_packed_size(a);
	_cleanup_free_ uint8_t *x = malloc(len + 1), *y = malloc(len + 1);

	assert_int_equal(protobuf_c_message_get_packed_size(b), len);
	protobuf_c_message_pack(a, x);
	protobuf_c_message_pack(b, y);
	assert_memory_equal(x, y, len);
}

static void every_type_comes_back(void **state)
{
	const ProtobufCMessageDescriptor **types;
	size_t n = schema_types(&types);

	assert_true(n > 100);
	for (size_t i = 0; i < n; i++) {
		/* As many as it takes to see each of a oneof's members. */
		for (unsigned seed = 0; seed < 70; seed++) {
			_cleanup_str_ struct str first = STR_INIT, second = STR_INIT;
			_cleanup_error_ struct error *err = NULL;
			ProtobufCMessage *msg = fill_message(types[i], seed), *back;

			write_all(&first, msg);
			if (json_read(types[i], first.data, first.len, &back, &err) < 0)
				fail_msg("%s: %s: %s", types[i]->name, err->message, first.data);
			write_all(&second, back);
			assert_string_equal(second.data, first.data);
			assert_same_bytes(msg, back);
			protobuf_c_message_free_unpacked(msg, NULL);
			protobuf_c_message_free_unpacked(back, NULL);
		}
	}
	free(types);
}

static void cut_off_anywhere(void **state)
{
	ProtobufCMessage *msg = fill_message(EVENT, 1);
	_cleanup_str_ struct str text = STR_INIT;

	write_all(&text, msg);
	protobuf_c_message_free_unpacked(msg, NULL);
	for (size_t len = 0; len < text.len; len += 1 + len / 64) {
		_cleanup_error_ struct error *err = NULL;
		char *copy = malloc(len + 1);

		memcpy(copy, text.data, len);
		assert_int_equal(json_read(EVENT, copy, len, &msg, &err), -EBADMSG);
		assert_in_range(err->column, 1, len + 1);
		free(copy);
	}
}

/* Ours, that is: jansson has its own way of running out. */
static void memory_that_runs_out_anywhere(void **state)
{
	static const ProtobufCMessageDescriptor *const types[] = {
		EVENT,
		&tetragon__get_events_request__descriptor,
		&tetragon__get_info_response__descriptor,
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		ProtobufCMessage *msg = fill_message(types[i], 2);
		_cleanup_str_ struct str text = STR_INIT;
		bool failed = true;

		write_all(&text, msg);
		protobuf_c_message_free_unpacked(msg, NULL);
		for (unsigned n = 0; failed; n++) {
			_cleanup_error_ struct error *err = NULL;
			int rc;

			msg = NULL;
			scarce_after(n);
			rc = json_read(types[i], text.data, text.len, &msg, &err);
			failed = scarce_end();
			assert_int_equal(rc, failed ? -ENOMEM : 0);
			assert_int_equal(msg != NULL, rc == 0);
			if (msg)
				protobuf_c_message_free_unpacked(msg, NULL);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(errors),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(every_type_comes_back),
		cmocka_unit_test(cut_off_anywhere),
		cmocka_unit_test(memory_that_runs_out_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
