// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "event/json.h"
#include "fill.h"
#include "message.h"
#include "scarce.h"

#include <tetragon/sensors.pb-c.h>

#include <stdlib.h>

static void assert_writes_with(struct json_writer *w, const void *msg, const char *expected)
{
	_cleanup_str_ struct str out = STR_INIT;

	json_write(w, &out, msg);
	assert_string_equal(str_cstr(&out), expected);
}

static void assert_writes(const void *msg, const char *expected)
{
	assert_writes_with(&(struct json_writer){0}, msg, expected);
}

static void an_exec(void **state)
{
	Tetragon__GetEventsResponse response = TETRAGON__GET_EVENTS_RESPONSE__INIT;
	Tetragon__ProcessExec exec = TETRAGON__PROCESS_EXEC__INIT;
	Tetragon__Process process = TETRAGON__PROCESS__INIT, parent = TETRAGON__PROCESS__INIT;

	process.exec_id = TEXT("bm9kZToxMjM0NTo0Mg==");
	process.pid = UINT32(42);
	process.uid = UINT32(0);
	process.cwd = TEXT("/root");
	process.binary = TEXT("/usr/bin/cat");
	process.arguments = TEXT("\"a file\" b");
	process.flags = TEXT("execve clone");
	process.start_time = TIME(1795000000, 123456789);
	process.auid = UINT32(4294967295);
	process.parent_exec_id = TEXT("bm9kZToxMjM0NDo0MQ==");
	process.refcnt = 1;
	process.tid = UINT32(42);
	process.in_init_tree = BOOL(false);
	parent.exec_id = process.parent_exec_id;
	parent.pid = UINT32(41);
	parent.binary = TEXT("/bin/sh");
	exec.process = &process;
	exec.parent = &parent;
	response.event_case = TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_EXEC;
	response.process_exec = &exec;
	response.node_name = TEXT("node");
	response.time = TIME(1795000000, 0);
	assert_writes(&response,
		      "{\"process_exec\":{\"process\":{\"exec_id\":\"bm9kZToxMjM0NTo0Mg==\","
		      "\"pid\":42,\"uid\":0,\"cwd\":\"/root\",\"binary\":\"/usr/bin/cat\","
		      "\"arguments\":\"\\\"a file\\\" b\",\"flags\":\"execve clone\","
		      "\"start_time\":\"2026-11-18T11:06:40.123456789Z\",\"auid\":4294967295,"
		      "\"parent_exec_id\":\"bm9kZToxMjM0NDo0MQ==\",\"refcnt\":1,\"tid\":42,"
		      "\"in_init_tree\":false},"
		      "\"parent\":{\"exec_id\":\"bm9kZToxMjM0NDo0MQ==\",\"pid\":41,"
		      "\"binary\":\"/bin/sh\"}},"
		      "\"node_name\":\"node\",\"time\":\"2026-11-18T11:06:40Z\"}");
}

static void an_exit(void **state)
{
	Tetragon__GetEventsResponse response = TETRAGON__GET_EVENTS_RESPONSE__INIT;
	Tetragon__ProcessExit exit = TETRAGON__PROCESS_EXIT__INIT;
	Tetragon__Process process = TETRAGON__PROCESS__INIT;

	process.pid = UINT32(42);
	exit.process = &process;
	exit.signal = TEXT("SIGKILL");
	exit.status = 9;
	exit.time = TIME(-1, 0);
	response.event_case = TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_EXIT;
	response.process_exit = &exit;
	assert_writes(&response, "{\"process_exit\":{\"process\":{\"pid\":42},"
				 "\"signal\":\"SIGKILL\",\"status\":9,"
				 "\"time\":\"1969-12-31T23:59:59Z\"}}");
}

/* Deprecated fields are written like any. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/* The arguments that are messages; the others are with the values. */
static void a_kprobe(void **state)
{
	Tetragon__KprobeSkb skb = TETRAGON__KPROBE_SKB__INIT;
	Tetragon__KprobePath path = TETRAGON__KPROBE_PATH__INIT;
	Tetragon__KprobeFile file = TETRAGON__KPROBE_FILE__INIT;
	Tetragon__KprobeTruncatedBytes truncated = TETRAGON__KPROBE_TRUNCATED_BYTES__INIT;
	Tetragon__KprobeSock sock = TETRAGON__KPROBE_SOCK__INIT;
	Tetragon__KprobeCred cred = TETRAGON__KPROBE_CRED__INIT;
	Tetragon__KprobeBpfAttr bpf_attr = TETRAGON__KPROBE_BPF_ATTR__INIT;
	Tetragon__KprobePerfEvent perf = TETRAGON__KPROBE_PERF_EVENT__INIT;
	Tetragon__KprobeBpfMap map = TETRAGON__KPROBE_BPF_MAP__INIT;
	Tetragon__KprobeUserNamespace user_namespace = TETRAGON__KPROBE_USER_NAMESPACE__INIT;
	Tetragon__KprobeCapability capability = TETRAGON__KPROBE_CAPABILITY__INIT;
	Tetragon__ProcessCredentials credentials = TETRAGON__PROCESS_CREDENTIALS__INIT;
	Tetragon__UserNamespace user_ns = TETRAGON__USER_NAMESPACE__INIT;
	Tetragon__KernelModule module = TETRAGON__KERNEL_MODULE__INIT;
	Tetragon__KprobeLinuxBinprm binprm = TETRAGON__KPROBE_LINUX_BINPRM__INIT;
	Tetragon__KprobeNetDev net_dev = TETRAGON__KPROBE_NET_DEV__INIT;
	Tetragon__SyscallId syscall = TETRAGON__SYSCALL_ID__INIT;
	Tetragon__KprobeSockaddr sockaddr = TETRAGON__KPROBE_SOCKADDR__INIT;
	Tetragon__KprobeBpfProg prog = TETRAGON__KPROBE_BPF_PROG__INIT;
	Tetragon__KprobeError failure = TETRAGON__KPROBE_ERROR__INIT;
	Tetragon__KprobeSockaddrUn sockaddrun = TETRAGON__KPROBE_SOCKADDR_UN__INIT;
	Tetragon__Namespace ns = TETRAGON__NAMESPACE__INIT;
	Tetragon__CapabilitiesType caps[] = {TETRAGON__CAPABILITIES_TYPE__CAP_CHOWN,
					     TETRAGON__CAPABILITIES_TYPE__DAC_OVERRIDE,
					     (Tetragon__CapabilitiesType)63};
	Tetragon__SecureBitsType bits[] = {TETRAGON__SECURE_BITS_TYPE__SecBitKeepCaps};
	Tetragon__TaintedBitsType taints[] = {TETRAGON__TAINTED_BITS_TYPE__TAINT_UNSIGNED_MODULE};
	Tetragon__KprobeArgument args[] = {
#define ARG(CASE, member, value)                               \
	{.base = INIT(&tetragon__kprobe_argument__descriptor), \
	 .label = (char *)protobuf_c_empty_string,             \
	 .arg_case = TETRAGON__KPROBE_ARGUMENT__ARG_##CASE,    \
	 .member = value}
		ARG(SKB_ARG, skb_arg, &skb),
		ARG(PATH_ARG, path_arg, &path),
		ARG(FILE_ARG, file_arg, &file),
		ARG(TRUNCATED_BYTES_ARG, truncated_bytes_arg, &truncated),
		ARG(SOCK_ARG, sock_arg, &sock),
		ARG(CRED_ARG, cred_arg, &cred),
		ARG(BPF_ATTR_ARG, bpf_attr_arg, &bpf_attr),
		ARG(PERF_EVENT_ARG, perf_event_arg, &perf),
		ARG(BPF_MAP_ARG, bpf_map_arg, &map),
		ARG(USER_NAMESPACE_ARG, user_namespace_arg, &user_namespace),
		ARG(CAPABILITY_ARG, capability_arg, &capability),
		ARG(PROCESS_CREDENTIALS_ARG, process_credentials_arg, &credentials),
		ARG(USER_NS_ARG, user_ns_arg, &user_ns),
		ARG(MODULE_ARG, module_arg, &module),
		ARG(KERNEL_CAP_T_ARG, kernel_cap_t_arg, TEXT("CAP_CHOWN")),
		ARG(LINUX_BINPRM_ARG, linux_binprm_arg, &binprm),
		ARG(NET_DEV_ARG, net_dev_arg, &net_dev),
		ARG(SYSCALL_ID, syscall_id, &syscall),
		ARG(SOCKADDR_ARG, sockaddr_arg, &sockaddr),
		ARG(BPF_PROG_ARG, bpf_prog_arg, &prog),
		ARG(ERROR_ARG, error_arg, &failure),
		ARG(SOCKADDRUN_ARG, sockaddrun_arg, &sockaddrun),
#undef ARG
	};
	Tetragon__KprobeArgument *arg_pointers[ARRAY_SIZE(args)];
	Tetragon__ProcessKprobe kprobe = TETRAGON__PROCESS_KPROBE__INIT;
	char *tags[] = {TEXT("one"), TEXT("two")};

	skb.len = 60;
	skb.saddr = TEXT("127.0.0.1");
	path.path = TEXT("/etc/passwd");
	path.permission = TEXT("-rw-r--r--");
	file.mount = TEXT("/mnt");
	file.path = TEXT("/f");
	args[2].label = TEXT("which");
	truncated.bytes_arg = (ProtobufCBinaryData){2, (uint8_t *)"ab"};
	truncated.orig_size = 5000;
	sock.family = TEXT("AF_INET");
	sock.cookie = UINT64_MAX;
	cred.permitted = caps;
	cred.n_permitted = ARRAY_SIZE(caps);
	bpf_attr.progtype = TEXT("BPF_PROG_TYPE_KPROBE");
	bpf_attr.insncnt = 7;
	perf.kprobefunc = TEXT("f");
	perf.config = 3;
	map.mapname = TEXT("m");
	map.maxentries = 1;
	user_namespace.level = INT32(0);
	user_namespace.owner = UINT32(1000);
	user_namespace.ns = &ns;
	ns.inum = 4026531837;
	ns.is_host = true;
	capability.value = INT32(21);
	capability.name = TEXT("CAP_SYS_ADMIN");
	credentials.uid = UINT32(0);
	credentials.securebits = bits;
	credentials.n_securebits = 1;
	user_ns.level = INT32(-1);
	module.name = TEXT("evil");
	module.signature_ok = BOOL(false);
	module.tainted = taints;
	module.n_tainted = 1;
	binprm.path = TEXT("/bin/x");
	net_dev.name = TEXT("eth0");
	syscall.id = 59;
	syscall.abi = TEXT("x64");
	sockaddr.port = 53;
	failure.message = TEXT("no");
	sockaddrun.path = TEXT("@abstract");
	for (size_t i = 0; i < ARRAY_SIZE(args); i++)
		arg_pointers[i] = &args[i];
	kprobe.function_name = TEXT("sys_x");
	kprobe.args = arg_pointers;
	kprobe.n_args = ARRAY_SIZE(args);
	kprobe.return_ = &args[14];
	kprobe.action = TETRAGON__KPROBE_ACTION__KPROBE_ACTION_POST;
	kprobe.tags = tags;
	kprobe.n_tags = 2;
	assert_writes(
		&kprobe,
		"{\"function_name\":\"sys_x\",\"args\":["
		"{\"skb_arg\":{\"len\":60,\"saddr\":\"127.0.0.1\"}},"
		"{\"path_arg\":{\"path\":\"/etc/passwd\",\"permission\":\"-rw-r--r--\"}},"
		"{\"file_arg\":{\"mount\":\"/mnt\",\"path\":\"/f\"},\"label\":\"which\"},"
		"{\"truncated_bytes_arg\":{\"bytes_arg\":\"YWI=\",\"orig_size\":\"5000\"}},"
		"{\"sock_arg\":{\"family\":\"AF_INET\",\"cookie\":\"18446744073709551615\"}},"
		"{\"cred_arg\":{\"permitted\":[\"CAP_CHOWN\",\"DAC_OVERRIDE\",63]}},"
		"{\"bpf_attr_arg\":{\"ProgType\":\"BPF_PROG_TYPE_KPROBE\",\"InsnCnt\":7}},"
		"{\"perf_event_arg\":{\"KprobeFunc\":\"f\",\"Config\":\"3\"}},"
		"{\"bpf_map_arg\":{\"MaxEntries\":1,\"MapName\":\"m\"}},"
		"{\"user_namespace_arg\":{\"level\":0,\"owner\":1000,"
		"\"ns\":{\"inum\":4026531837,\"is_host\":true}}},"
		"{\"capability_arg\":{\"value\":21,\"name\":\"CAP_SYS_ADMIN\"}},"
		"{\"process_credentials_arg\":{\"uid\":0,\"securebits\":[\"SecBitKeepCaps\"]}},"
		"{\"user_ns_arg\":{\"level\":-1}},"
		"{\"module_arg\":{\"name\":\"evil\",\"signature_ok\":false,"
		"\"tainted\":[\"TAINT_UNSIGNED_MODULE\"]}},"
		"{\"kernel_cap_t_arg\":\"CAP_CHOWN\"},"
		"{\"linux_binprm_arg\":{\"path\":\"/bin/x\"}},"
		"{\"net_dev_arg\":{\"name\":\"eth0\"}},"
		"{\"syscall_id\":{\"id\":59,\"abi\":\"x64\"}},"
		"{\"sockaddr_arg\":{\"port\":53}},"
		"{\"bpf_prog_arg\":{}},"
		"{\"error_arg\":{\"Message\":\"no\"}},"
		"{\"sockaddrun_arg\":{\"path\":\"@abstract\"}}],"
		"\"return\":{\"kernel_cap_t_arg\":\"CAP_CHOWN\"},"
		"\"action\":\"KPROBE_ACTION_POST\",\"tags\":[\"one\",\"two\"]}");
}

static void optional_fields(void **state)
{
	Tetragon__ConfigureTracingPolicyRequest request =
		TETRAGON__CONFIGURE_TRACING_POLICY_REQUEST__INIT;

	request.name = TEXT("p");
	request.domain = TEXT("d");
	assert_writes(&request, "{\"name\":\"p\",\"domain\":\"d\"}");
	request._enable_case = TETRAGON__CONFIGURE_TRACING_POLICY_REQUEST___ENABLE_ENABLE;
	request._mode_case = TETRAGON__CONFIGURE_TRACING_POLICY_REQUEST___MODE_MODE;
	assert_writes(&request, "{\"name\":\"p\",\"enable\":false,\"mode\":\"TP_MODE_UNKNOWN\","
				"\"domain\":\"d\"}");
}

static void lists(void **state)
{
	Tetragon__Filter filter = TETRAGON__FILTER__INIT;
	uint32_t pids[] = {1, 0, UINT32_MAX};
	char *texts[] = {TEXT(""), NULL, TEXT("x\xff")};

	filter.pid = pids;
	filter.n_pid = 3;
	filter.namespace_ = texts;
	filter.n_namespace_ = 3;
	assert_writes(&filter, "{\"namespace\":[\"\",\"\",\"x\xef\xbf\xbd\"],"
			       "\"pid\":[1,0,4294967295]}");
}

static void maps_by_key(void **state)
{
	static const struct {
		const char *key, *value;
	} pairs[] = {{"b", "2"},
		     {"a", "1"},
		     {"", "empty"},
		     {"b", "last"},
		     {"a\xff", ""},
		     {"ab", NULL},
		     {"a\"", "q"},
		     {"", "empty too"},
		     {"a\xfe", "same when repaired"},
		     {"\xf0\x9f\x90\x9d", "bee"},
		     {"\xff", "bad"}};
	Tetragon__Pod pod = TETRAGON__POD__INIT;
	Tetragon__Pod__PodLabelsEntry entries[ARRAY_SIZE(pairs)], *pointers[ARRAY_SIZE(pairs)];

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		tetragon__pod__pod_labels_entry__init(&entries[i]);
		entries[i].key = TEXT(pairs[i].key);
		entries[i].value = TEXT(pairs[i].value);
		pointers[i] = &entries[i];
	}
	pod.pod_labels = pointers;
	pod.n_pod_labels = ARRAY_SIZE(pairs);
	assert_writes(&pod, "{\"pod_labels\":{\"\":\"empty too\",\"a\":\"1\",\"a\\\"\":\"q\","
			    "\"ab\":\"\",\"a\xef\xbf\xbd\":\"same when repaired\",\"b\":\"last\","
			    "\"\xef\xbf\xbd\":\"bad\",\"\xf0\x9f\x90\x9d\":\"bee\"}}");
}

static void maps_of_numbers(void **state)
{
	Tetragon__ProcessInternal internal = TETRAGON__PROCESS_INTERNAL__INIT;
	Tetragon__ProcessInternal__RefcntOpsEntry op =
		TETRAGON__PROCESS_INTERNAL__REFCNT_OPS_ENTRY__INIT;
	Tetragon__ProcessInternal__RefcntOpsEntry *ops[] = {&op};

	internal.refcnt_ops = ops;
	internal.n_refcnt_ops = 1;
	op.key = NULL;
	assert_writes(&internal, "{\"refcnt_ops\":{\"\":0}}");
	op.key = TEXT("process++");
	op.value = -2;
	assert_writes(&internal, "{\"refcnt_ops\":{\"process++\":-2}}");
}

static void null_pointers_are_unset(void **state)
{
	Tetragon__Process process = TETRAGON__PROCESS__INIT;

	process.exec_id = NULL;
	assert_writes(&process, "{}");
}

static void extensions_only_when_asked(void **state)
{
	struct json_writer plain = {0}, all = {.extensions = true};
	Tetragon__Process process = TETRAGON__PROCESS__INIT;
	char *argv[] = {TEXT("cat"), TEXT("a b")};

	process.argv = argv;
	process.n_argv = 2;
	process.forgotten = true;
	assert_writes_with(&plain, &process, "{}");
	process.docker = TEXT("0123");
	assert_writes_with(&plain, &process, "{\"docker\":\"0123\"}");
	assert_writes_with(&all, &process,
			   "{\"docker\":\"0123\",\"argv\":[\"cat\",\"a b\"],\"forgotten\":true}");
}

static void a_range_of_fields(void **state)
{
	struct json_writer w = {0};
	Tetragon__Process process = TETRAGON__PROCESS__INIT;
	_cleanup_str_ struct str out = STR_INIT;

	process.exec_id = TEXT("x");
	process.refcnt = 3;
	process.tid = UINT32(0);
	process.exe = TEXT("/x");
	assert_int_equal(json_write_fields(&w, &out, &process.base, 1, 12), 1);
	assert_string_equal(str_cstr(&out), "\"exec_id\":\"x\"");
	str_reset(&out);
	assert_int_equal(json_write_fields(&w, &out, &process.base, 2, UINT32_MAX), 2);
	assert_string_equal(str_cstr(&out), "\"refcnt\":3,\"tid\":0");
	str_reset(&out);
	w.extensions = true;
	assert_int_equal(json_write_fields(&w, &out, &process.base, 14, UINT32_MAX), 2);
	assert_string_equal(str_cstr(&out), "\"tid\":0,\"exe\":\"/x\"");
	str_reset(&out);
	assert_int_equal(json_write_fields(&w, &out, &process.base, 2, 12), 0);
	assert_int_equal(out.len, 0);
}

struct counting_writer {
	struct json_writer w;
	const ProtobufCMessage *cached;
	unsigned calls;
};

static bool from_cache(struct json_writer *w, struct str *out, const ProtobufCMessage *msg)
{
	struct counting_writer *c = container_of(w, struct counting_writer, w);

	c->calls++;
	if (msg != c->cached)
		return false;
	str_append_lit(out, "\"cached\"");
	return true;
}

static void the_hook_takes_over(void **state)
{
	struct counting_writer c = {.w.message = from_cache};
	Tetragon__ProcessExec exec = TETRAGON__PROCESS_EXEC__INIT;
	Tetragon__Process process = TETRAGON__PROCESS__INIT, parent = TETRAGON__PROCESS__INIT;
	Tetragon__Process *ancestors[] = {&parent, &process};

	process.pid = UINT32(7);
	process.start_time = TIME(0, 0);
	exec.process = &process;
	exec.parent = &parent;
	exec.ancestors = ancestors;
	exec.n_ancestors = 2;
	c.cached = &parent.base;
	assert_writes_with(&c.w, &exec,
			   "{\"process\":{\"pid\":7,\"start_time\":\"1970-01-01T00:00:00Z\"},"
			   "\"parent\":\"cached\",\"ancestors\":[\"cached\","
			   "{\"pid\":7,\"start_time\":\"1970-01-01T00:00:00Z\"}]}");
	/* Once a process; not for the top, nor for wrappers and times. */
	assert_int_equal(c.calls, 4);
}

/* Types that no test before has written: their plans are made under way. */
static void memory_that_runs_out_shows(void **state)
{
	static const ProtobufCMessageDescriptor *const types[] = {
		&tetragon__get_events_request__descriptor,
		&tetragon__create_container__descriptor,
		&tetragon__get_info_response__descriptor,
	};
	struct json_writer w = {0};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		ProtobufCMessage *msg = fill_message(types[i], 2);
		bool failed = true;

		for (unsigned n = 0; failed; n++) {
			_cleanup_str_ struct str out = STR_INIT;

			scarce_after(n);
			json_write(&w, &out, msg);
			failed = scarce_end();
			assert_int_equal(out.failed, failed);
		}
		for (unsigned n = 0; n < 2; n++) {
			_cleanup_str_ struct str out = STR_INIT;

			scarce_after(n);
			json_write_fields(&w, &out, msg, 0, UINT32_MAX);
			assert_int_equal(out.failed, scarce_end());
		}
		protobuf_c_message_free_unpacked(msg, NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exec),
		cmocka_unit_test(an_exit),
		cmocka_unit_test(a_kprobe),
		cmocka_unit_test(optional_fields),
		cmocka_unit_test(lists),
		cmocka_unit_test(maps_by_key),
		cmocka_unit_test(maps_of_numbers),
		cmocka_unit_test(null_pointers_are_unset),
		cmocka_unit_test(extensions_only_when_asked),
		cmocka_unit_test(a_range_of_fields),
		cmocka_unit_test(the_hook_takes_over),
		cmocka_unit_test(memory_that_runs_out_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
