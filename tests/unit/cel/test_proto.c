// SPDX-License-Identifier: Apache-2.0
/* Fields of messages: their types, their values, and whether they are set. */
#include "cel_test.h"

#include "cel/proto.h"

#include <errno.h>
#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/timestamp.pb-c.h>
#include <google/protobuf/wrappers.pb-c.h>
#include <tetragon/sensors.pb-c.h>

static const char exec_json[] =
	"{\"process\":{\"exec_id\":\"id\",\"pid\":42,\"uid\":0,\"binary\":\"/usr/bin/curl\","
	"\"start_time\":\"2024-02-29T23:59:59.5Z\",\"refcnt\":3,\"in_init_tree\":false,"
	"\"pod\":{\"namespace\":\"kube-system\",\"pod_labels\":{\"app\":\"dns\","
	"\"app.kubernetes.io/name\":\"coredns\"},"
	"\"container\":{\"pid\":1,\"security_context\":{}}},"
	"\"cap\":{\"effective\":[\"CAP_CHOWN\",\"CAP_SYS_ADMIN\"]},"
	"\"ns\":{\"net\":{\"inum\":4026531840,\"is_host\":true}},"
	"\"process_credentials\":{\"securebits\":[\"SecBitNoRoot\"]},"
	"\"environment_variables\":[{\"Key\":\"HOME\",\"Value\":\"/root\"}],"
	"\"argv\":[\"curl\",\"-s\"],\"cgroup_id\":\"18446744073709551615\"},"
	"\"ancestors\":[{\"pid\":7},{}]}";

static const char kprobe_json[] =
	"{\"function_name\":\"tcp_connect\",\"action\":\"KPROBE_ACTION_SIGKILL\","
	"\"args\":[{\"sock_arg\":{\"daddr\":\"10.1.2.3\",\"dport\":443}},{\"int_arg\":0},"
	"{\"string_arg\":\"\"},{\"bytes_arg\":\"AP8=\"},{\"long_arg\":\"-5\"},"
	"{\"bpf_cmd_arg\":\"BPF_PROG_LOAD\"}],"
	"\"return\":{\"int_arg\":-13},\"tags\":[\"a\",\"b\"]}";

static const struct test_case fields[] = {
	{"process_exec.process.binary", "\"/usr/bin/curl\""},
	{"process_exec.process.cwd", "\"\""},
	{"process_exec.process.refcnt", "3u"},
	{"process_exec.process.cgroup_id", "18446744073709551615u"},
	{"process_exec.process.forgotten", "false"},
	{"process_exec.process.ns.net.is_host", "true"},
	{"process_exec.process.ns.net.inum", "4026531840u"},
	{"process_exec.process.pod.namespace", "\"kube-system\""},
	{"process_kprobe.return.int_arg", "-13"},

	/* What is not set has its default, messages included. */
	{"process_exec.parent.binary", "\"\""},
	{"process_exec.parent.ns.net.inum", "0u"},
	{"process_exec.parent.pod.pod_labels", "{}"},
	{"process_exec.parent.cap.effective", "[]"},
	{"process_exec.parent.start_time", "1970-01-01T00:00:00Z"},
	{"type(process_exec.parent)", "tetragon.Process"},
	{"process_exec.parent == null", "false"},
	{"has(process_exec.parent)", "false"},
	{"has(process_exec.process)", "true"},
	{"has(process_exec.parent.pod.container)", "false"},
	{"has(process_exec.process.pod.container.security_context)", "true"},
	{"has(process_exec.process.binary)", "true"},
	{"has(process_exec.process.cwd)", "false"},
	{"has(process_exec.process.refcnt)", "true"},
	{"has(process_exec.process.nspid)", "false"},
	{"has(process_exec.process.ns.net.is_host)", "true"},
	{"has(process_exec.process.forgotten)", "false"},

	/* Wrappers are what they hold, or null. */
	{"process_exec.process.pid", "42u"},
	{"process_exec.process.uid", "0u"},
	{"process_exec.process.auid", "null"},
	{"process_exec.process.in_init_tree", "false"},
	{"process_exec.parent.in_init_tree", "null"},
	{"has(process_exec.process.uid)", "true"},
	{"has(process_exec.process.auid)", "false"},
	{"process_exec.process.pid == 42u", "true"},
	{"process_exec.process.pid > 41u", "true"},
	{"process_exec.process.pid + 1u", "43u"},
	{"process_exec.process.auid == null", "true"},
	{"process_exec.process.pid == null", "false"},
	{"process_exec.process.pid != null", "true"},
	{"process_exec.process.auid == 0u", "false"},
	{"process_exec.process.auid > 0u", "!there is no null_type > uint"},
	{"process_exec.process.auid > 0u || true", "true"},
	{"process_exec.parent.in_init_tree || true", "true"},
	{"process_exec.parent.in_init_tree || false", "!not a bool: null"},
	{"!process_exec.process.in_init_tree", "true"},
	{"process_exec.process.pid in [1u, 42u]", "true"},
	{"process_exec.process.auid in [1u, 42u]", "false"},
	{"int(process_exec.process.pid)", "42"},
	{"[process_exec.process.pid, 1u, process_exec.process.auid]", "[42u, 1u, null]"},
	{"type(process_exec.process.pid)", "uint"},
	{"type(process_exec.process.auid)", "null_type"},
	{"process_exec.process.pod.container.pid", "1u"},

	/* Lists and maps. */
	{"process_exec.process.argv", "[\"curl\", \"-s\"]"},
	{"process_exec.process.argv[1]", "\"-s\""},
	{"process_exec.process.argv.exists(e, e == '-s')", "true"},
	{"'-s' in process_exec.process.argv", "true"},
	{"process_exec.process.argv + ['x']", "[\"curl\", \"-s\", \"x\"]"},
	{"process_exec.process.argv == ['curl', '-s']", "true"},
	{"process_exec.process.argv.join(' ')", "\"curl -s\""},
	{"size(process_exec.ancestors)", "2"},
	{"process_exec.ancestors[0].pid", "7u"},
	{"process_exec.ancestors[1].pid", "null"},
	{"process_exec.ancestors.exists(p, p.pid == 7u)", "true"},
	{"process_exec.ancestors.map(p, p.pid)", "[7u, null]"},
	{"process_exec.process.environment_variables[0].Key", "\"HOME\""},
	{"process_exec.process.environment_variables.exists(e, e.Key == 'HOME' && e.Value != '')",
	 "true"},
	{"has(process_exec.process.argv)", "true"},
	{"has(process_exec.parent.argv)", "false"},
	{"process_exec.process.pod.pod_labels['app']", "\"dns\""},
	{"process_exec.process.pod.pod_labels.app", "\"dns\""},
	{"process_exec.process.pod.pod_labels.`app.kubernetes.io/name`", "\"coredns\""},
	{"has(process_exec.process.pod.pod_labels.app)", "true"},
	{"has(process_exec.process.pod.pod_labels.ap)", "false"},
	{"'app' in process_exec.process.pod.pod_labels", "true"},
	{"process_exec.process.pod.pod_labels.x", "!no such key: \"x\""},
	{"process_exec.process.pod.pod_labels.exists(k, k == 'app')", "true"},
	{"size(process_exec.process.pod.pod_labels)", "2"},
	{"process_exec.process.pod.pod_labels == {'app.kubernetes.io/name': 'coredns', 'app': "
	 "'dns'}",
	 "true"},
	{"has(process_exec.process.pod.pod_labels)", "true"},
	{"has(process_exec.process.pod.pod_annotations)", "false"},

	/* Enums are ints, and have names. */
	{"process_kprobe.action", "3"},
	{"process_kprobe.action == tetragon.KprobeAction.KPROBE_ACTION_SIGKILL", "true"},
	{"process_kprobe.action == KprobeAction.KPROBE_ACTION_SIGKILL", "true"},
	{"process_kprobe.action == .tetragon.KprobeAction.KPROBE_ACTION_POST", "false"},
	{"process_kprobe.return_action == KprobeAction.KPROBE_ACTION_UNKNOWN", "true"},
	{"tetragon.EventType.PROCESS_EXEC", "1"},
	{"EventType.PROCESS_LSM", "28"},
	{"process_exec.process.cap.effective", "[0, 21]"},
	{"CapabilitiesType.CAP_SYS_ADMIN in process_exec.process.cap.effective", "true"},
	{"process_exec.process.process_credentials.securebits[0] == SecureBitsType.SecBitNoRoot",
	 "true"},
	{"process_kprobe.args[5].bpf_cmd_arg == BpfCmd.BPF_PROG_LOAD", "true"},

	/* Members of a oneof: that which is set, and the others' defaults. */
	{"process_kprobe.args[0].sock_arg.dport == 443u", "true"},
	{"cidr('10.0.0.0/8').containsIP(process_kprobe.args[0].sock_arg.daddr)", "true"},
	{"cidr('10.0.0.0/8').containsIP(process_kprobe.args[1].sock_arg.daddr)",
	 "!not an IP address: \"\""},
	{"has(process_kprobe.args[0].sock_arg)", "true"},
	{"has(process_kprobe.args[0].int_arg)", "false"},
	{"process_kprobe.args[0].int_arg", "0"},
	{"has(process_kprobe.args[1].int_arg)", "true"},
	{"has(process_kprobe.args[1].sock_arg)", "false"},
	{"process_kprobe.args[1].sock_arg.daddr", "\"\""},
	{"has(process_kprobe.args[2].string_arg)", "true"},
	{"process_kprobe.args[3].bytes_arg", "b\"\\x00\\xff\""},
	{"process_kprobe.args[3].string_arg", "\"\""},
	{"process_kprobe.args[2].bytes_arg", "b\"\""},
	{"has(process_kprobe.args[3].bytes_arg)", "true"},
	{"process_kprobe.args[4].long_arg", "-5"},
	{"process_kprobe.args.exists_one(a, has(a.int_arg))", "true"},
	{"process_kprobe.args[0].size_arg", "0u"},
	{"process_kprobe.args[0].user_ns_arg.level", "null"},

	/* Times. */
	{"process_exec.process.start_time.getFullYear()", "2024"},
	{"process_exec.process.start_time.getDayOfYear()", "59"},
	{"process_exec.process.start_time > timestamp('2024-02-29T23:59:59Z')", "true"},
	{"process_exec.process.start_time + duration('500ms')", "2024-03-01T00:00:00Z"},
	{"has(process_exec.process.start_time)", "true"},
	{"process_exec.process.start_time - process_exec.parent.start_time > duration('1h')",
	 "true"},

	/* Messages. */
	{"process_exec.process == process_exec.process", "true"},
	{"process_exec.process == process_exec.parent", "false"},
	{"process_exec.parent == process_exec.ancestors[1]", "true"},
	{"process_exec.ancestors[0] == process_exec.ancestors[1]", "false"},
	{"process_exec.process != null", "true"},
	{"dyn(process_exec.process) == process_exec", "false"},
	{"process_exec.process in process_exec.ancestors", "false"},

	/* What is known only at evaluation. */
	{"dyn(process_exec).process.pid", "42u"},
	{"has(dyn(process_exec).parent)", "false"},
	{"dyn(process_exec).process.pidd", "!no such field: \"pidd\""},
	{"has(dyn(process_exec).pidd)", "!no such field: \"pidd\""},
	{"[process_exec, process_kprobe][0].process.pid", "42u"},
	{"[dyn(process_exec), 1][1].process", "!has no fields: int"},
	{"(false ? process_exec.process : null).pid", "!has no fields: null_type"},
};

static void test_fields(void **state)
{
	_cleanup_message_ ProtobufCMessage *exec =
		test_message(&tetragon__process_exec__descriptor, exec_json);
	_cleanup_message_ ProtobufCMessage *kprobe =
		test_message(&tetragon__process_kprobe__descriptor, kprobe_json);
	_cleanup_(cel_activation_free) struct cel_activation *a = test_activation(exec, kprobe);

	test_cases(fields, ARRAY_SIZE(fields), a);
}

static struct cel_value get(const ProtobufCMessageDescriptor *type, const char *name,
			    const void *message)
{
	struct cel_field field = cel_field_find(type, name);
	struct cel_value value;

	assert_int_not_equal(field.shape, CEL_SHAPE_NONE);
	assert_int_equal(cel_field_get(&field, message, &value), 0);
	return value;
}

static void test_types(void **state)
{
	static const struct {
		const ProtobufCMessageDescriptor *message;
		const char *field, *type;
	} cases[] = {
		{&tetragon__process__descriptor, "binary", "string"},
		{&tetragon__process__descriptor, "refcnt", "uint"},
		{&tetragon__process__descriptor, "pid", "nullable uint"},
		{&tetragon__process__descriptor, "in_init_tree", "nullable bool"},
		{&tetragon__process__descriptor, "start_time", "google.protobuf.Timestamp"},
		{&tetragon__process__descriptor, "pod", "tetragon.Pod"},
		{&tetragon__process__descriptor, "argv", "list(string)"},
		{&tetragon__process__descriptor, "environment_variables", "list(tetragon.EnvVar)"},
		{&tetragon__pod__descriptor, "pod_labels", "map(string, string)"},
		{&tetragon__process_internal__descriptor, "refcnt_ops", "map(string, int)"},
		{&tetragon__capabilities__descriptor, "effective", "list(int)"},
		{&tetragon__kprobe_argument__descriptor, "long_arg", "int"},
		{&tetragon__kprobe_argument__descriptor, "bytes_arg", "bytes"},
		{&tetragon__aggregation_options__descriptor, "window_size",
		 "google.protobuf.Duration"},
	};
	struct arena arena = ARENA_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cel_field field = cel_field_find(cases[i].message, cases[i].field);
		_cleanup_str_ struct str text = STR_INIT;

		cel_type_append(&text, cel_field_type(&field, &arena));
		assert_string_equal(str_cstr(&text), cases[i].type);
	}
	assert_int_equal(cel_field_find(&tetragon__process__descriptor, "Binary").shape,
			 CEL_SHAPE_NONE);
	arena_done(&arena);
}

/* What the schema of events does not have. */
static void test_other_types(void **state)
{
	Google__Protobuf__DoubleValue number = GOOGLE__PROTOBUF__DOUBLE_VALUE__INIT;
	Google__Protobuf__FloatValue single = GOOGLE__PROTOBUF__FLOAT_VALUE__INIT;
	Google__Protobuf__Int64Value integer = GOOGLE__PROTOBUF__INT64_VALUE__INIT;
	const ProtobufCMessageDescriptor *type = &google__protobuf__double_value__descriptor;

	number.value = 1.5;
	single.value = 0.25F;
	integer.value = INT64_MIN;
	assert_true(get(type, "value", &number).number == 1.5);
	assert_true(get(type, "value", NULL).number == 0);
	type = &google__protobuf__float_value__descriptor;
	assert_true(get(type, "value", &single).number == 0.25);
	type = &google__protobuf__int64_value__descriptor;
	assert_true(get(type, "value", &integer).integer == INT64_MIN);
}

static void test_negative_zero_is_set(void **state)
{
	Google__Protobuf__DoubleValue number = GOOGLE__PROTOBUF__DOUBLE_VALUE__INIT;
	struct cel_field field =
		cel_field_find(&google__protobuf__double_value__descriptor, "value");

	assert_false(cel_field_has(&field, &number.base));
	number.value = -0.0;
	assert_true(cel_field_has(&field, &number.base));
}

static void test_duration(void **state)
{
	Google__Protobuf__Duration duration = GOOGLE__PROTOBUF__DURATION__INIT;
	Tetragon__AggregationOptions options = TETRAGON__AGGREGATION_OPTIONS__INIT;
	const ProtobufCMessageDescriptor *type = &tetragon__aggregation_options__descriptor;
	struct cel_field field = cel_field_find(type, "window_size");
	struct cel_value value;

	assert_int_equal(get(type, "window_size", &options).duration, 0);
	assert_false(cel_field_has(&field, &options.base));
	options.window_size = &duration;
	duration.seconds = -1;
	duration.nanos = -500000000;
	assert_int_equal(get(type, "window_size", &options).duration, -1500000000);
	duration.seconds = INT64_C(9223372037);
	assert_int_equal(cel_field_get(&field, &options.base, &value), -ERANGE);
	duration.seconds = INT64_MAX;
	assert_int_equal(cel_field_get(&field, &options.base, &value), -ERANGE);
}

static void test_bad_time(void **state)
{
	static const struct {
		int64_t seconds;
		int32_t nanos;
	} bad[] = {{0, -1}, {0, 1000000000}, {INT64_C(253402300800), 0}, {INT64_MIN, 0}};
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Tetragon__Process process = TETRAGON__PROCESS__INIT;
	struct cel_field field = cel_field_find(&tetragon__process__descriptor, "start_time");
	struct cel_value value;

	process.start_time = &time;
	assert_int_equal(cel_field_get(&field, &process.base, &value), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		time.seconds = bad[i].seconds;
		time.nanos = bad[i].nanos;
		assert_int_equal(cel_field_get(&field, &process.base, &value), -ERANGE);
	}
}

static void test_bad_time_is_an_error(void **state)
{
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Tetragon__Process process = TETRAGON__PROCESS__INIT;
	Tetragon__ProcessExec exec = TETRAGON__PROCESS_EXEC__INIT;
	_cleanup_(cel_activation_free) struct cel_activation *a = test_activation(&exec.base, NULL);
	static const struct test_case cases[] = {
		{"process_exec.process.start_time == timestamp(0)",
		 "!1:22: the time or duration is"},
		{"process_exec.process == process_exec.process", "!out of range"},
		{"process_exec.process.start_time == timestamp(0) || true", "true"},
	};

	exec.process = &process;
	process.start_time = &time;
	time.nanos = -1;
	test_cases(cases, ARRAY_SIZE(cases), a);
}

/* protobuf says that the last of entries with the same key counts. */
static void test_last_entry_counts(void **state)
{
	Tetragon__Pod__PodLabelsEntry first = TETRAGON__POD__POD_LABELS_ENTRY__INIT;
	Tetragon__Pod__PodLabelsEntry last = TETRAGON__POD__POD_LABELS_ENTRY__INIT;
	Tetragon__Pod__PodLabelsEntry *entries[] = {&first, &last};
	Tetragon__Process process = TETRAGON__PROCESS__INIT;
	Tetragon__Pod pod = TETRAGON__POD__INIT;
	Tetragon__ProcessExec exec = TETRAGON__PROCESS_EXEC__INIT;
	_cleanup_(cel_activation_free) struct cel_activation *a = test_activation(&exec.base, NULL);
	static const struct test_case cases[] = {
		{"process_exec.process.pod.pod_labels.k", "\"2\""},
	};

	exec.process = &process;
	process.pod = &pod;
	pod.pod_labels = entries;
	pod.n_pod_labels = 2;
	first.key = last.key = (char *)"k";
	first.value = (char *)"1";
	last.value = (char *)"2";
	test_cases(cases, ARRAY_SIZE(cases), a);
}

/* A oneof may hold a NULL pointer, and strings may be NULL. */
static void test_null_pointers(void **state)
{
	Tetragon__KprobeArgument arg = TETRAGON__KPROBE_ARGUMENT__INIT;
	Tetragon__KprobeArgument *args[] = {&arg};
	Tetragon__ProcessKprobe kprobe = TETRAGON__PROCESS_KPROBE__INIT;
	_cleanup_(cel_activation_free) struct cel_activation *a =
		test_activation(NULL, &kprobe.base);
	static const struct test_case cases[] = {
		{"has(process_kprobe.args[0].sock_arg)", "false"},
		{"process_kprobe.args[0].sock_arg.daddr", "\"\""},
		{"process_kprobe.function_name", "\"\""},
		{"has(process_kprobe.function_name)", "false"},
	};

	kprobe.args = args;
	kprobe.n_args = 1;
	kprobe.function_name = NULL;
	arg.arg_case = TETRAGON__KPROBE_ARGUMENT__ARG_SOCK_ARG;
	test_cases(cases, ARRAY_SIZE(cases), a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_other_types),
		cmocka_unit_test(test_negative_zero_is_set),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_bad_time),
		cmocka_unit_test(test_bad_time_is_an_error),
		cmocka_unit_test(test_last_entry_counts),
		cmocka_unit_test(test_null_pointers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
