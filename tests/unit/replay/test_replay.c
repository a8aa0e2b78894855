// SPDX-License-Identifier: Apache-2.0
#include "../policy/made.h"

#include "event/json.h"
#include "policy/action.h"
#include "policy/yaml_reader.h"
#include "replay/replay.h"

#define YES "1 to 1", NULL
#define NO "0 to 0", NULL
#define MAYBE "0 to 1"

/* Names of calls here, and where all is different. */
#ifdef __aarch64__
#define NATIVE "__arm64_sys_"
#define COMPAT "__arm64_compat_sys_"
#define OF_32_BITS "arm32/sys_"
#define FOREIGN "__x64_sys_"
#else
#define NATIVE "__x64_sys_"
#define COMPAT "__ia32_compat_sys_"
#define OF_32_BITS "i386/sys_"
#define FOREIGN "__arm64_sys_"
#endif

#define EXEC "\"exec_id\": \"x\", \"binary\": \"/bin/run\", \"exe\": \"/usr/bin/dash\""

#define POD(app)                                                                           \
	"\"pid\": 7, \"pod\": {\"namespace\": \"shop\", \"name\": \"p\", \"pod_labels\": " \
	"{\"app\": \"" app                                                                 \
	"\"}, \"container\": {\"name\": \"c\", \"image\": {\"name\": \"shop/web:v1\"}}}"

/* An event of open(2), with what else is in its process and in the event. */
#define OPEN(process, args)                                                                     \
	"{\"process_kprobe\": {\"function_name\": \"" NATIVE "openat\", \"process\": {" process \
	"}, \"args\": [" args "]}}"
#define ETC "{\"string_arg\": \"/etc/shadow\"}"

#define OPENAT                                                                              \
	"  kprobes:\n  - call: sys_openat\n    syscall: true\n    args: [{index: 1, type: " \
	"string}]\n"                                                                        \
	"    selectors:\n"
#define LSM(type) \
	"  lsmhooks:\n  - hook: h\n    args: [{index: 0, type: " type "}]\n    selectors:\n"
#define HIT(args)                                                                                  \
	"{\"process_lsm\": {\"function_name\": \"h\", \"process\": {\"pid\": 7}, \"args\": [" args \
	"]}}"

struct asked {
	const char *spec, *event, *told, *why;
};

static void look(const struct policy *policy, const char *event, const struct replay_want *want,
		 struct replay_result *result)
{
	ProtobufCMessage *msg;
	struct error *err = NULL;

	if (json_read_strict(&tetragon__get_events_response__descriptor, event, strlen(event), &msg,
			     &err) < 0)
		fail_msg("%s: %s", event, err->message);
	assert_int_equal(
		replay_event(policy, (const Tetragon__GetEventsResponse *)msg, want, result), 0);
	protobuf_c_message_free_unpacked(msg, NULL);
	assert_non_null(str_cstr(&result->why));
}

static void check(const struct asked *asked)
{
	static const struct replay_want any = {.action = -1};
	struct replay_result result = REPLAY_RESULT_INIT;
	struct policy *policy;
	struct made made;
	char told[64];

	policy = made_good(&made, asked->spec);
	policy_change_mode(policy, POLICY_MODE_MONITOR);
	look(policy, asked->event, &any, &result);
	snprintf(told, sizeof(told), "%d to %d", (int)result.told.least, (int)result.told.most);
	if (strcmp(told, asked->told) != 0 ||
	    (asked->why ? !strstr(result.why.data, asked->why) : *result.why.data))
		fail_msg("%s\n%s\nexpected: %s %s\ngot: %s %s", asked->spec, asked->event,
			 asked->told, asked->why ? asked->why : "", told, result.why.data);
	replay_result_done(&result);
	made_done(&made);
}

static void check_all(const struct asked *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(&v[i]);
}

/* --- */

static void test_places(void **state)
{
#define CALL(function) "{\"process_kprobe\": {\"function_name\": \"" function "\"}}"
	static const char all[] = "  kprobes:\n  - {call: sys_openat, syscall: true}\n";
	/* Which the other kind of machine does not have. */
	_unused_ static const char stat[] = "  kprobes:\n  - {call: sys_stat, syscall: true}\n";
	static const char native[] = "  kprobes:\n  - {call: " NATIVE "openat, syscall: true}\n";
	static const char compat[] = "  lists:\n  - {name: l, type: syscalls, values: [" OF_32_BITS
				     "openat]}\n  kprobes:\n"
				     "  - {call: \"list:l\", syscall: true}\n";
	static const char function[] = "  fentries:\n  - {call: vfs_read, syscall: false}\n";
	static const char list[] =
		"  lists:\n  - {name: l, type: syscalls, values: [sys_dup, "
		"sys_openat]}\n  kprobes:\n  - {call: \"list:l\", syscall: true}\n";
	static const char every[] =
		"  lists:\n  - {name: l, type: generated_syscalls}\n  kprobes:\n"
		"  - {call: \"list:l\", syscall: true}\n";
	static const char ftrace[] =
		"  lists:\n  - {name: l, type: generated_ftrace, pattern: ^vfs_}\n  kprobes:\n"
		"  - {call: \"list:l\", syscall: false}\n";
	static const char uprobe[] = "  uprobes:\n  - {path: /x, symbols: [e, f]}\n";
	static const char usdt[] = "  usdts:\n  - {path: /x, provider: p, name: m}\n";
	static const char tracepoint[] = "  tracepoints:\n  - {subsystem: sched, event: switch}\n";
	static const struct asked v[] = {
		{all, CALL(NATIVE "openat"), YES},
		{all, CALL(COMPAT "openat"), YES},
		{all, CALL(NATIVE "openat2"), NO},
		{all, CALL("openat"), NO},
		{all, CALL(FOREIGN "openat"), MAYBE, "another kind of machine"},
#ifdef __x86_64__
		{stat, CALL(NATIVE "newstat"), YES},
		{stat, CALL("__ia32_sys_stat64"), YES},
#endif
		{native, CALL(NATIVE "openat"), YES},
		{native, CALL(COMPAT "openat"), NO},
		{compat, CALL(NATIVE "openat"), NO},
		{compat, CALL(COMPAT "openat"), YES},
		{function, CALL("vfs_read"), YES},
		{function, CALL("vfs_write"), NO},
		{list, CALL(NATIVE "dup"), YES},
		{list, CALL(NATIVE "dup2"), NO},
		{every, CALL(NATIVE "dup2"), YES},
		{every, CALL("vfs_read"), NO},
		{ftrace, CALL("vfs_read"), MAYBE, "generated_ftrace"},
		{tracepoint,
		 "{\"process_tracepoint\": {\"subsys\": \"sched\", \"event\": \"switch\"}}", YES},
		{tracepoint,
		 "{\"process_tracepoint\": {\"subsys\": \"sched\", \"event\": \"wakeup\"}}", NO},
		{tracepoint, CALL("switch"), NO},
		{uprobe, "{\"process_uprobe\": {\"path\": \"/x\", \"symbol\": \"f\"}}", YES},
		{uprobe, "{\"process_uprobe\": {\"path\": \"/x\", \"symbol\": \"g\"}}", NO},
		{uprobe, "{\"process_uprobe\": {\"path\": \"/y\", \"symbol\": \"f\"}}", NO},
		{usdt,
		 "{\"process_usdt\": {\"path\": \"/x\", \"provider\": \"p\", \"name\": \"m\"}}",
		 YES},
		{usdt,
		 "{\"process_usdt\": {\"path\": \"/x\", \"provider\": \"q\", \"name\": \"m\"}}",
		 NO},
		{"  loader: true\n", "{\"process_loader\": {\"path\": \"/x\"}}", YES},
		{all, "{\"process_loader\": {\"path\": \"/x\"}}", NO},
	};

	check_all(v, ARRAY_SIZE(v));
}

static void test_values(void **state)
{
#define ASK(operator, values) \
	"    - matchArgs: [{index: 0, operator: " operator", values: [" values "]}]\n"
#define FILE_HIT(path, permission) \
	HIT("{\"file_arg\": {\"path\": \"" path "\", \"permission\": \"" permission "\"}}")
#define DATA                                                                                \
	"  kprobes:\n  - call: sys_dup\n    syscall: true\n"                                \
	"    args: [{index: 0, type: nop}, {index: 1, type: int}]\n"                        \
	"    data: [{index: 0, type: string, source: current_task, resolve: comm}]\n"       \
	"    selectors:\n    - matchArgs: [{index: 1, operator: Equal, values: [\"7\"]}]\n" \
	"      matchData: [{index: 0, operator: Equal, values: [sshd]}]\n"
#define CALLED(args, data)                                                             \
	"{\"process_kprobe\": {\"function_name\": \"" NATIVE "dup\", \"args\": [" args \
	"], \"data\": [" data "]}}"
#define SOCK(more) HIT("{\"sock_arg\": {" more "}}")
#define TCP "\"family\": \"AF_INET\", \"protocol\": \"IPPROTO_TCP\", \"state\": \"TCP_CLOSE\""
	static const struct asked v[] = {
		{LSM("int") ASK("Equal", "\"-7\""), HIT("{\"int_arg\": -7}"), YES},
		{LSM("int") ASK("GT", "\"-7\""), HIT("{\"int_arg\": -7}"), NO},
		/* Others tell it so. */
		{LSM("uint8") ASK("Equal", "\"255\""), HIT("{\"int_arg\": -1}"), YES},
		{LSM("uint64") ASK("Equal", "\"18446744073709551615\""),
		 HIT("{\"size_arg\": \"18446744073709551615\"}"), YES},
		{LSM("int64") ASK("LT", "\"0\""), HIT("{\"long_arg\": \"-1\"}"), YES},
		{LSM("int") ASK("Mask", "\"4\""), HIT("{\"int_arg\": 6}"), YES},
		{LSM("int") ASK("Equal", "\"1\""), HIT("{\"string_arg\": \"1\"}"), MAYBE,
		 "is no int"},
		{LSM("int") ASK("Equal", "\"1\""), HIT(""), MAYBE, "0 values"},
		{LSM("int") ASK("Equal", "\"1\""), HIT("{\"int_arg\": 1, \"label\": \"x\"}"), YES},
		{LSM("int, label: z") ASK("Equal", "\"1\""),
		 HIT("{\"int_arg\": 1, \"label\": \"x\"}"), MAYBE, "x, and z"},
		/* What could not be read is known: nothing is true of it. */
		{LSM("int") ASK("NotEqual", "\"1\""),
		 HIT("{\"error_arg\": {\"Message\": \"Bad address for basic type\"}}"), NO},
		{LSM("int") ASK("NotEqual", "\"1\""),
		 HIT("{\"error_arg\": {\"Message\": \"No room for it\"}}"), MAYBE, "was not told"},
		{LSM("string") ASK("Prefix", "/etc/"), HIT(ETC), YES},
		{LSM("string") ASK("NotPrefix", "/etc/"), HIT(ETC), NO},
		{LSM("string") ASK("Equal", "x"), HIT("{\"string_arg\": \"\xef\xbf\xbd\"}"), MAYBE,
		 "not UTF-8"},
		{LSM("string") ASK("Equal", "x"), HIT("{\"string_arg\": \"*****\"}"), MAYBE,
		 "redacted"},
		{LSM("file") ASK("Postfix", "shadow"), FILE_HIT("/etc/shadow", "-rw-r-----"), YES},
		{LSM("file") ASK("FileType", "reg"), FILE_HIT("/etc/shadow", "-rw-r-----"), YES},
		{LSM("file") ASK("FileType", "dir"), FILE_HIT("/etc/shadow", "-rw-r-----"), NO},
		{LSM("file") ASK("NotFileType", "dir"), FILE_HIT("/etc/shadow", ""), MAYBE,
		 "no permission"},
		{LSM("file") ASK("Equal", "/etc/shadow"), FILE_HIT("/etc/shadow", ""), YES},
		{LSM("fd") ASK("Equal", "/x"), FILE_HIT("/x", ""), YES},
		{LSM("path") ASK("Equal", "/x"), HIT("{\"path_arg\": {\"path\": \"/x\"}}"), YES},
		{LSM("linux_binprm") ASK("Equal", "/x"),
		 HIT("{\"linux_binprm_arg\": {\"path\": \"/x\"}}"), YES},
		{LSM("char_buf, sizeArgIndex: 2") ASK("Prefix", "ab"),
		 HIT("{\"bytes_arg\": \"YWJj\"}"), YES},
		{LSM("char_buf, sizeArgIndex: 2") ASK("Prefix", "ab"),
		 HIT("{\"truncated_bytes_arg\": {\"bytes_arg\": \"YWJj\", \"orig_size\": 9}}"),
		 MAYBE, "cut off"},
		{LSM("kernel_cap_t") ASK("Equal", "CAP_KILL"),
		 HIT("{\"kernel_cap_t_arg\": \"0000000000000020\"}"), YES},
		{LSM("sock") ASK("DAddr", "10.0.0.0/8"), SOCK(TCP ", \"daddr\": \"10.1.2.3\""),
		 YES},
		{LSM("sock") ASK("NotDAddr", "10.0.0.0/8"), SOCK(TCP ", \"daddr\": \"10.1.2.3\""),
		 NO},
		{LSM("sock") ASK("DAddr", "10.0.0.0/8"), SOCK("\"daddr\": \"10.1.2.3\""), MAYBE,
		 "without a name"},
		{LSM("sock") ASK("SAddr", "\"::ffff:7.0.0.0/104\""),
		 SOCK("\"family\": \"AF_INET6\", \"saddr\": \"7.1.2.3\""), YES},
		{LSM("sock") ASK("DPort", "\"443\""), SOCK(TCP ", \"dport\": 443"), YES},
		{LSM("sock") ASK("Protocol", "IPPROTO_UDP"), SOCK(TCP), NO},
		{LSM("sock") ASK("Protocol", "\"99\""), SOCK("\"protocol\": \"99\""), YES},
		{LSM("sock") ASK("State", "TCP_CLOSE"), SOCK(TCP), YES},
		{LSM("sock") ASK("Family", "AF_INET"), SOCK(TCP), YES},
		{LSM("skb") ASK("State", "TCP_CLOSE"),
		 HIT("{\"skb_arg\": {\"family\": \"AF_PACKET\"}}"), MAYBE, "what is asked of it"},
		{LSM("sockaddr") ASK("SPort", "\"53\""),
		 HIT("{\"sockaddr_arg\": {\"family\": \"AF_INET\", \"addr\": \"1.1.1.1\", "
		     "\"port\": 53}}"),
		 YES},
		{LSM("sockaddr_un") ASK("Equal", "bus"),
		 HIT("{\"sockaddrun_arg\": {\"family\": \"AF_UNIX\", \"path\": \"@bus\"}}"), YES},
		/* What only a kernel has the type of. */
		{LSM("auto, resolve: a.b") ASK("Equal", "\"7\""), HIT("{\"int_arg\": 7}"), YES},
		{LSM("string, resolve: a.b") ASK("Equal", "x"), HIT("{\"string_arg\": \"x\"}"),
		 YES},
		{LSM("string, resolve: a.b") ASK("Prefix", "/x"),
		 HIT("{\"file_arg\": {\"path\": \"/x/y\"}}"), YES},
		{LSM("auto, resolve: a.b") ASK("Prefix", "/x"), HIT("{\"int_arg\": 7}"), MAYBE,
		 "Prefix is not for"},
		{"  tracepoints:\n  - subsystem: s\n    event: e\n    args: [{index: 0, type: "
		 "auto}]\n"
		 "    selectors:\n" ASK("Equal", "\"-7\""),
		 "{\"process_tracepoint\": {\"subsys\": \"s\", \"event\": \"e\", \"args\": "
		 "[{\"long_arg\": -7}]}}",
		 YES},
		/* Values beside the arguments, and what is not told. */
		{DATA, CALLED("{\"int_arg\": 7}", "{\"string_arg\": \"sshd\"}"), YES},
		{DATA, CALLED("{\"int_arg\": 7}", "{\"string_arg\": \"bash\"}"), NO},
		{DATA, CALLED("{\"int_arg\": 8}", "{\"string_arg\": \"sshd\"}"), NO},
		{DATA, CALLED("{\"int_arg\": 7}", ""), MAYBE, "1 values"},
		{DATA, CALLED("{\"int_arg\": 7}, {\"int_arg\": 7}", "{\"string_arg\": \"sshd\"}"),
		 MAYBE, "3 values"},
		/* Expressions. */
		{LSM("int") ASK("CelExpr", "\"arg0 == int32(7)\""), HIT("{\"int_arg\": 7}"), YES},
		{LSM("string") ASK("CelExpr", "\"arg0 == '/x'\""),
		 HIT("{\"string_arg\": \"*****\"}"), MAYBE, "redacted"},
	};

	check_all(v, ARRAY_SIZE(v));
}

static void test_processes(void **state)
{
#define OF(test) OPENAT "    - " test "\n"
#define PARENT(parent)                                                                       \
	"{\"process_kprobe\": {\"function_name\": \"" NATIVE "openat\", \"process\": {" EXEC \
	", \"pid\": 9}, \"args\": [" ETC "], " parent "}}"
	static const char in[] = OF("matchBinaries: [{operator: In, values: [/bin/run]}]");
	static const char dash[] = OF("matchBinaries: [{operator: In, values: [/usr/bin/dash]}]");
	static const char not[] = OF("matchBinaries: [{operator: NotIn, values: [/bin/run]}]");
	static const char follow[] =
		OF("matchBinaries: [{operator: In, values: [/sbin/sshd], followChildren: true}]");
	static const char parent[] =
		OF("matchParentBinaries: [{operator: NotIn, values: [/bin/run]}]");
	static const char pid[] = OF("matchPIDs: [{operator: In, values: [7]}]");
	static const char arg[] =
		OF("matchArguments: [{index: 1, operator: Equal, values: [\"-c\"]}]");
	static const char no_arg[] =
		OF("matchArguments: [{operator: NotSubString, values: [secret]}]");
	static const char variable[] =
		OF("matchEnvironment: [{name: LD_PRELOAD, operator: Exists}]");
	static const char user[] = OF("matchUsers: [{operator: In, values: [\"0\"]}]");
	static const char real[] = OF("matchUsers: [{type: Real, operator: In, values: [\"0\"]}]");
	static const char caps[] = OF("matchCapabilities: [{type: Effective, operator: In, "
				      "values: [CAP_SYS_ADMIN]}]");
	static const char ns[] = OF("matchNamespaces: [{namespace: Net, operator: NotIn, "
				    "values: [host_ns]}]");
	static const char pods[] = "  podSelector: {matchLabels: {app: web}}\n"
				   "  containerSelector: {matchLabels: {repo: shop/web}}\n" OPENAT
				   "    - matchPIDs: [{operator: NotIn, values: [1]}]\n";
	static const char namespace[] =
		"  podSelector: {matchExpressions: [{key: 'k8s:io.kubernetes.pod.namespace', "
		"operator: In, values: [shop]}]}\n" OPENAT
		"    - matchPIDs: [{operator: NotIn, values: [1]}]\n";
	static const char host[] = "  hostSelector: {}\n" OPENAT "    - matchPIDs: "
				   "[{operator: NotIn, values: [1]}]\n";
	static const struct asked v[] = {
		{in, OPEN(EXEC, ETC), YES},
		{in, OPEN("\"binary\": \"/bin/run\"", ETC), YES},
		{in, OPEN("\"binary\": \"/bin/other\"", ETC), MAYBE, "--export-extended-fields"},
		{in,
		 "{\"process_kprobe\": {\"function_name\": \"" NATIVE "openat\", \"args\": [" ETC
		 "]}}",
		 MAYBE, "has no process"},
		{dash, OPEN(EXEC, ETC), YES},
		{dash, OPEN("\"binary\": \"/bin/run\"", ETC), MAYBE, "exe, its path in the end"},
		/* If that was relative, it does not count. */
		{not, OPEN(EXEC, ETC), MAYBE, "relative"},
		{not, OPEN("\"binary\": \"/bin/x\", \"exe\": \"/bin/run\"", ETC), NO},
		{not, OPEN("\"binary\": \"/bin/x\", \"exe\": \"/bin/y\"", ETC), YES},
		{not, OPEN("\"binary\": \"/bin/x\"", ETC), MAYBE, "exe"},
		{parent, PARENT("\"parent\": {\"binary\": \"/bin/x\", \"exe\": \"/bin/y\"}"), YES},
		{parent, PARENT("\"parent\": {\"binary\": \"/bin/x\", \"exe\": \"/bin/run\"}"), NO},
		{parent, PARENT("\"message\": \"none\""), MAYBE, "of the parent"},
		{follow, PARENT("\"parent\": {\"binary\": \"/sbin/sshd\"}"), YES},
		{follow, PARENT("\"parent\": {\"binary\": \"/x\", \"exe\": \"/x\", \"pid\": 1}"),
		 NO},
		{follow, PARENT("\"parent\": {\"binary\": \"/x\", \"exe\": \"/x\", \"pid\": 5}"),
		 MAYBE, "ancestor"},
		{follow,
		 PARENT("\"parent\": {\"binary\": \"/x\", \"exe\": \"/x\", \"pid\": 5}, "
			"\"ancestors\": [{\"binary\": \"/sbin/sshd\"}]"),
		 YES},
		{pid, OPEN("\"pid\": 7", ETC), YES},
		{pid, OPEN("\"pid\": 8", ETC), NO},
		{pid, OPEN("\"binary\": \"/x\"", ETC), MAYBE, "pid of the process"},
		{arg, OPEN("\"argv\": [\"sh\", \"-c\"]", ETC), YES},
		{arg, OPEN("\"argv\": [\"sh\", \"-x\"]", ETC), NO},
		{arg, OPEN("\"arguments\": \"-c\"", ETC), MAYBE, "argv"},
		{arg, OPEN("\"argv\": [\"sh\"], \"truncated\": [{\"field\": \"arguments\"}]", ETC),
		 MAYBE, "argv"},
		{no_arg, OPEN("\"argv\": [\"sh\", \"x\"]", ETC), YES},
		{no_arg, OPEN("\"argv\": [\"sh\", \"a secret\"]", ETC), NO},
		{no_arg, OPEN("\"argv\": [\"sh\"], \"flags\": \"execve truncArgs\"", ETC), MAYBE,
		 "argv"},
		{variable,
		 OPEN("\"environment_variables\": [{\"Key\": \"LD_PRELOAD\", \"Value\": \"x\"}]",
		      ETC),
		 YES},
		{variable,
		 OPEN("\"environment_variables\": [{\"Key\": \"HOME\", \"Value\": \"x\"}]", ETC),
		 MAYBE, "all variables"},
		{user, OPEN("\"uid\": 0", ETC), YES},
		{user, OPEN("\"uid\": 1", ETC), NO},
		{real, OPEN("\"uid\": 0", ETC), MAYBE, "--enable-process-cred"},
		{real, OPEN("\"process_credentials\": {\"uid\": 0}", ETC), YES},
		{caps, OPEN("\"cap\": {\"effective\": [\"CAP_SYS_ADMIN\"]}", ETC), YES},
		{caps, OPEN("\"cap\": {\"permitted\": [\"CAP_SYS_ADMIN\"]}", ETC), NO},
		{caps, OPEN(EXEC, ETC), MAYBE, "--enable-process-cred"},
		{ns, OPEN("\"ns\": {\"net\": {\"inum\": 5, \"is_host\": true}}", ETC), NO},
		{ns, OPEN("\"ns\": {\"net\": {\"inum\": 5}}", ETC), YES},
		{ns, OPEN("\"ns\": {\"mnt\": {\"inum\": 5}}", ETC), MAYBE, "--enable-process-ns"},
		{OF("matchNamespaceChanges: [{operator: In, values: [Mnt]}]"), OPEN(EXEC, ETC),
		 MAYBE, "before its namespaces changed"},
		{host, OPEN(EXEC ", \"pid\": 7", ETC), YES},
		{host, OPEN(EXEC ", \"pid\": 7, \"docker\": \"0123\"", ETC), NO},
		{host, OPEN("\"pid\": 7", ETC), MAYBE, "docker"},
		{pods, OPEN("\"pid\": 7", ETC), MAYBE, "pod"},
		{pods, OPEN(EXEC ", \"docker\": \"0123\", \"pid\": 7", ETC), MAYBE, "--enable-cri"},
		{pods, OPEN(EXEC ", \"pid\": 7", ETC), NO},
		{pods, OPEN(POD("web"), ETC), YES},
		{pods, OPEN(POD("other"), ETC), NO},
		{namespace, OPEN(POD("web"), ETC), YES},
		{namespace, OPEN(EXEC ", \"pid\": 7", ETC), NO},
	};

	check_all(v, ARRAY_SIZE(v));
}

static void test_selectors(void **state)
{
#define FIRST OPENAT "    - label: a\n      matchPIDs: [{operator: In, values: [7]}]\n"
	static const char kill[] =
		FIRST "      matchActions: [{action: Sigkill}]\n"
		      "    - matchArgs: [{index: 1, operator: Prefix, values: [/etc/]}]\n";
	static const char nopost[] =
		FIRST "      matchActions: [{action: NoPost}]\n"
		      "    - matchArgs: [{index: 1, operator: Prefix, values: [/etc/]}]\n";
	static const struct asked asked[] = {
		/* What is not known is of no account if something else is not so, or if all is
		   told. */
		{FIRST "      matchArgs: [{index: 1, operator: Prefix, values: [/x]}]\n",
		 OPEN("\"binary\": \"/x\"", ETC), NO},
		{kill, OPEN("\"binary\": \"/x\"", ETC), YES},
		{nopost, OPEN("\"pid\": 7", ETC), NO},
		{nopost, OPEN("\"pid\": 8", ETC), YES},
		{nopost, OPEN("\"binary\": \"/x\"", ETC), MAYBE, "pid"},
	};
	static const struct {
		const char *event;
		struct replay_want want;
		int least, most;
	} v[] = {
		{OPEN("\"pid\": 7", ETC), {-1, "a"}, 0, 0},
		{OPEN("\"pid\": 7", ETC), {-1, "kprobes[0].selectors[0]"}, 0, 0},
		{OPEN("\"pid\": 7", ETC), {-1, "kprobes[0].selectors[1]"}, 1, 1},
		{OPEN("\"pid\": 8", ETC), {-1, "a"}, 1, 1},
		{OPEN("\"binary\": \"/x\"", ETC), {-1, "a"}, 0, 1},
		{OPEN("\"pid\": 7", ETC), {3, NULL}, 0, 0},
		{OPEN("\"pid\": 8", ETC), {3, NULL}, 1, 1},
		{OPEN("\"pid\": 8", ETC), {1, NULL}, 0, 0},
	};
	struct policy *policy;
	struct made made;

	check_all(asked, ARRAY_SIZE(asked));
	policy = made_good(&made, kill);
	policy_change_mode(policy, POLICY_MODE_MONITOR);
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct replay_result result = REPLAY_RESULT_INIT;

		look(policy, v[i].event, &v[i].want, &result);
		assert_int_equal(result.told.least, 1);
		assert_int_equal(result.others.least, v[i].least);
		assert_int_equal(result.others.most, v[i].most);
		replay_result_done(&result);
	}
	made_done(&made);
}

static void test_returns(void **state)
{
#define RETURNED(value)                                                                            \
	"{\"process_kprobe\": {\"function_name\": \"" NATIVE "openat\", \"args\": [" ETC "]" value \
	"}}"
	static const char spec[] =
		"  kprobes:\n  - call: sys_openat\n    syscall: true\n    return: true\n"
		"    args: [{index: 1, type: string}]\n    returnArg: {index: 0, type: int}\n"
		"    selectors:\n"
		"    - matchReturnArgs: [{operator: LT, index: 0, values: [\"0\"]}]\n";
	static const struct asked v[] = {
		{spec, RETURNED(", \"return\": {\"int_arg\": -2}"), YES},
		{spec, RETURNED(", \"return\": {\"int_arg\": 3}"), NO},
		{spec, RETURNED(", \"return\": {\"string_arg\": \"3\"}"), MAYBE, "is no int"},
		{spec, RETURNED(""), MAYBE, "what the call returned"},
	};

	check_all(v, ARRAY_SIZE(v));
}

/* The first of a file is told; of others nobody knows whether they are the same. */
static void test_rate_limits(void **state)
{
	static const struct replay_want any = {.action = -1};
	static const char event[] = OPEN("\"pid\": 7", ETC);
	struct replay_result result = REPLAY_RESULT_INIT;
	struct made made;
	struct policy *policy =
		made_good(&made, FIRST "      matchActions: [{action: Post, rateLimit: 5m}]\n");

	look(policy, event, &any, &result);
	assert_int_equal(result.told.least, 1);
	look(policy, event, &any, &result);
	assert_int_equal(result.told.least, 1);
	assert_int_equal(result.told.most, 2);
	assert_non_null(strstr(result.why.data, "rate limit"));
	assert_int_equal(result.events, 2);
	replay_result_done(&result);
	made_done(&made);
}

static void test_nodes(void **state)
{
	static const struct {
		const char *text, *told;
	} v[] = {
		{"{process_exec: {process: {pid: 7, binary: 8, flags: yes}}, node_name: host}",
		 "flags"},
		{"{process_exec: {process: {pid: 7, binary: 8, cwd: ~, in_init_tree: yes}}, "
		 "node_name: host}",
		 NULL},
		{"{process_exec: {proces: {}}}", "proces"},
		{"{a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9], b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a], "
		 "c: &c "
		 "[*b, *b, *b, *b, *b, *b, *b, *b], d: &d [*c, *c, *c, *c, *c, *c, *c, *c], e: &e "
		 "[*d, "
		 "*d, *d, *d, *d, *d, *d, *d], f: &f [*e, *e, *e, *e, *e, *e, *e], g: &g [*f, *f, "
		 "*f, *f,"
		 " *f, *f, *f], h: [*g, *g, *g, *g, *g, *g, *g, *g]}",
		 "larger than"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct diagnostics diags = DIAGNOSTICS_INIT;
		struct arena arena = ARENA_INIT;
		_cleanup_error_ struct error *err = NULL;
		Tetragon__GetEventsResponse *event;
		struct yaml_reader reader;
		const struct node *node;
		int r;

		yaml_reader_init(&reader, &diags, v[i].text, strlen(v[i].text));
		assert_int_equal(yaml_read(&reader, &arena, &node), 1);
		r = replay_read_node(node, &event, &err);
		if (v[i].told) {
			assert_true(r < 0);
			if (!strstr(err->message, v[i].told))
				fail_msg("%s: %s", v[i].text, err->message);
		} else {
			if (r < 0)
				fail_msg("%s: %s", v[i].text, err->message);
			assert_string_equal(event->process_exec->process->binary, "8");
			assert_int_equal(event->process_exec->process->pid->value, 7);
			protobuf_c_message_free_unpacked(&event->base, NULL);
		}
		yaml_reader_done(&reader);
		arena_done(&arena);
		diagnostics_done(&diags);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),    cmocka_unit_test(test_values),
		cmocka_unit_test(test_processes), cmocka_unit_test(test_selectors),
		cmocka_unit_test(test_returns),   cmocka_unit_test(test_rate_limits),
		cmocka_unit_test(test_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
