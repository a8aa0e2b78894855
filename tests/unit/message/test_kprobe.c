// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "abi/value.h"
#include "event/json.h"
#include "event/scarce.h"
#include "fixed_clock.h"
#include "told.h"

#include <tetragon/events.pb-c.h>

#include <errno.h>
#include <stdio.h>

/* Hits of hooks as lines. */

#define SHELL_OBJECT_BEFORE                                                     \
	"{\"exec_id\":\"" SHELL_ID "\",\"pid\":10,\"uid\":0,\"cwd\":\"/root\"," \
	"\"binary\":\"/bin/sh\",\"flags\":\"execve\","                          \
	"\"start_time\":\"2026-11-18T11:06:42.500Z\",\"auid\":4294967295,"      \
	"\"parent_exec_id\":\"" INIT_ID "\",\"refcnt\":1"
#define SHELL_OBJECT(tid) SHELL_OBJECT_BEFORE ",\"tid\":" #tid ",\"in_init_tree\":false}"
#define ENVELOPE ",\"node_name\":\"node\",\"time\":\"2026-11-18T11:06:44Z\"}"
#define ACTIONS(policy)                                             \
	"\"action\":\"KPROBE_ACTION_POST\",\"policy_name\":" policy \
	",\"return_action\":\"KPROBE_ACTION_POST\""

static uint32_t add_hook(struct told *t, const struct hook *hook)
{
	uint32_t number;

	assert_int_equal(hooks_add(t->hooks, hook, &number), 0);
	return number;
}

static void begin(struct str *record, uint32_t hook, struct process_key process)
{
	put_hook(record, &(struct record_hook){.process = process, .tid = 12, .hook = hook});
}

static void one_with_everything(void **state)
{
	static const struct hook_param params[] = {{HOOK_VALUE_INT, 4, NULL, false},
						   {HOOK_VALUE_STRING, 0, "path", false},
						   {HOOK_VALUE_UINT, 4, "flags", false}};
	static const char *const tags[] = {"observability.file", "t\"2"};
	_cleanup_str_ struct str r = STR_INIT;
	struct told *t = *state;
	uint32_t hook = add_hook(t, &(struct hook){.type = EVENT_KPROBE,
						   .function = "__x64_sys_openat",
						   .policy = "files",
						   .namespace = "ns",
						   .message = "a file was opened",
						   .tags = tags,
						   .n_tags = 2,
						   .params = params,
						   .n_params = 3});

	told_shell(t);
	begin(&r, hook, SHELL);
	put_hook_number(&r, 0xffffff9c);
	put_hook_arg(&r, HOOK_ARG_READ, BYTES("/etc/shadow\0"));
	put_hook_number(&r, 577);
	told_give(t, &r, SECONDS(4));
	told_expect(t, "{\"process_kprobe\":{\"process\":" SHELL_OBJECT(
			       12) ",\"function_name\":\"__x64_sys_openat\",\"args\":["
				   "{\"int_arg\":-100},"
				   "{\"string_arg\":\"/etc/shadow\",\"label\":\"path\"},"
				   "{\"uint_arg\":577,\"label\":\"flags\"}]," ACTIONS(
					   "\"files\"") ",\"message\":\"a file was opened\","
							"\"tags\":[\"observability.file\","
							"\"t\\\"2\"]}" ENVELOPE);
}

static uint32_t add_plain(struct told *t)
{
	return add_hook(t, &(struct hook){.type = EVENT_KPROBE, .function = "f", .policy = "p"});
}

static void hit(struct told *t, uint32_t hook, struct process_key process)
{
	_cleanup_str_ struct str r = STR_INIT;

	begin(&r, hook, process);
	told_give(t, &r, SECONDS(4));
}

static void one_with_nothing(void **state)
{
	struct told *t = *state;

	told_shell(t);
	hit(t, add_plain(t), SHELL);
	told_expect(t, "{\"process_kprobe\":{\"process\":" SHELL_OBJECT(
			       12) ",\"function_name\":\"f\"," ACTIONS("\"p\"") "}" ENVELOPE);
}

static void of_one_that_only_forked(void **state)
{
	struct told *t = *state;
	uint32_t hook = add_plain(t);
	const char *text;

	told_shell(t);
	told_fork(t, LS_FORKED, SHELL);
	hit(t, hook, LS_FORKED);
	told_line(t);
	told_expect_part(t, "{\"process_kprobe\":{\"process\":{\"exec_id\":\"" LS_FORKED_ID "\","
			    "\"pid\":20,\"uid\":0,\"cwd\":\"/root\",\"binary\":\"/bin/sh\","
			    "\"start_time\":\"2026-11-18T11:06:43Z\",\"auid\":4294967295,"
			    "\"parent_exec_id\":\"" SHELL_ID "\",\"refcnt\":1,\"tid\":12,"
			    "\"in_init_tree\":false},\"parent\":{\"exec_id\":\"" SHELL_ID "\"");
	told_expect_part(t, "\"refcnt\":2,\"tid\":10,\"in_init_tree\":false},"
			    "\"function_name\":\"f\",");
	/* Its text is kept: others may follow. */
	text = told_find(t, LS_FORKED)->json;
	assert_non_null(text);
	hit(t, hook, LS_FORKED);
	told_line(t);
	assert_ptr_equal(told_find(t, LS_FORKED)->json, text);
}

static void of_one_that_is_not_known(void **state)
{
	struct told *t = *state;

	hit(t, add_plain(t), LS);
	told_expect(t, "{\"process_kprobe\":{\"process\":{\"exec_id\":\"" LS_ID "\",\"pid\":20,"
		       "\"flags\":\"unknown\",\"start_time\":\"2026-11-18T11:06:43Z\","
		       "\"tid\":12},\"function_name\":\"f\"," ACTIONS("\"p\"") "}" ENVELOPE);
}

static void of_one_that_is_not_known_with_our_fields(void **state)
{
	struct told *t = *state;

	t->config.extended = t->config.with_cred = t->config.with_ns = true;
	t->config.with_ancestors = true;
	told_restart(t);
	hit(t, add_plain(t), LS);
	told_expect(t, "{\"process_kprobe\":{\"process\":{\"exec_id\":\"" LS_ID "\",\"pid\":20,"
		       "\"flags\":\"unknown\",\"start_time\":\"2026-11-18T11:06:43Z\","
		       "\"tid\":12,\"fork_time\":\"2026-11-18T11:06:43Z\",\"forgotten\":true},"
		       "\"function_name\":\"f\"," ACTIONS("\"p\"") "}" ENVELOPE);
}

/* A text that was made for one thread serves them all. */
static void of_several_threads(void **state)
{
	struct told *t = *state;
	uint32_t hook = add_plain(t);

	t->again = true;
	t->config.with_cred = t->config.with_ns = true;
	told_restart(t);
	told_shell(t);
	for (uint32_t tid = 10; tid < 13; tid++) {
		_cleanup_str_ struct str r = STR_INIT;
		char expected[64];

		put_hook(&r, &(struct record_hook){.process = SHELL, .tid = tid, .hook = hook});
		told_give(t, &r, SECONDS(4));
		told_line(t);
		snprintf(expected, sizeof(expected),
			 ",\"ns\":{},\"tid\":%u,\"process_credentials\":", tid);
		told_expect_part(t, expected);
	}
	told_exit(t, SHELL, 0, SECONDS(5));
	told_line(t);
	told_expect_part(t, ",\"ns\":{},\"tid\":10,\"process_credentials\":");
}

static void with_ancestors(void **state)
{
	struct told *t = *state;

	t->config.with_ancestors = true;
	told_restart(t);
	told_exec(t, &(struct record_exec){.process = INIT, .parent = KEY(0, 0, 0)},
		  &(struct exec_texts){.filename = "/init"}, SECONDS(1));
	told_exec(t, &(struct record_exec){.process = SHELL, .parent = INIT},
		  &(struct exec_texts){.filename = "/bin/sh"}, SECONDS(2));
	told_fork(t, LS_FORKED, SHELL);
	t->lines = 0;
	hit(t, add_plain(t), LS_FORKED);
	told_line(t);
	told_expect_part(t, "\"return_action\":\"KPROBE_ACTION_POST\",\"ancestors\":["
			    "{\"exec_id\":\"" INIT_ID "\"");
}

/* --- values */

static void expect_arg(struct told *t, struct hook_param param, enum hook_arg_status status,
		       struct bytes bytes, const char *expected)
{
	_cleanup_str_ struct str r = STR_INIT, args = STR_INIT;

	begin(&r,
	      add_hook(t, &(struct hook){.type = EVENT_KPROBE,
					 .function = "f",
					 .params = &param,
					 .n_params = 1}),
	      SHELL);
	put_hook_arg(&r, status, bytes);
	told_give(t, &r, SECONDS(4));
	told_line(t);
	str_appendf(&args, "\"function_name\":\"f\",\"args\":[%s],\"action\"", expected);
	told_expect_part(t, str_cstr(&args));
}

static void numbers(void **state)
{
	static const struct {
		struct hook_param param;
		uint64_t number;
		const char *expected;
	} cases[] = {
		{{HOOK_VALUE_INT, 4, NULL, false}, 0, "{\"int_arg\":0}"},
		{{HOOK_VALUE_INT, 4, NULL, false}, 0xdeadbeef80000000, "{\"int_arg\":-2147483648}"},
		{{HOOK_VALUE_INT, 4, NULL, false}, 0xdeadbeef7fffffff, "{\"int_arg\":2147483647}"},
		{{HOOK_VALUE_INT, 2, NULL, false}, 0xffff8000, "{\"int_arg\":-32768}"},
		{{HOOK_VALUE_INT, 1, NULL, false}, 0x17f, "{\"int_arg\":127}"},
		{{HOOK_VALUE_INT, 1, NULL, false}, 0xff, "{\"int_arg\":-1}"},
		{{HOOK_VALUE_UINT, 4, NULL, false},
		 0xdeadbeefffffffff,
		 "{\"uint_arg\":4294967295}"},
		{{HOOK_VALUE_UINT, 2, NULL, false}, 0xdead8000, "{\"uint_arg\":32768}"},
		{{HOOK_VALUE_UINT, 1, NULL, false}, 0x1ff, "{\"uint_arg\":255}"},
		{{HOOK_VALUE_LONG, 8, NULL, false},
		 1ULL << 63,
		 "{\"long_arg\":\"-9223372036854775808\"}"},
		{{HOOK_VALUE_LONG, 4, NULL, false}, 0xfffffffe, "{\"long_arg\":\"-2\"}"},
		{{HOOK_VALUE_SIZE, 8, NULL, false},
		 UINT64_MAX,
		 "{\"size_arg\":\"18446744073709551615\"}"},
		{{HOOK_VALUE_SIZE, 4, NULL, false}, UINT64_MAX, "{\"size_arg\":\"4294967295\"}"},
		{{HOOK_VALUE_SIZE, 8, "n", false}, 0, "{\"size_arg\":\"0\",\"label\":\"n\"}"},
	};
	struct told *t = *state;

	told_shell(t);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_arg(t, cases[i].param, HOOK_ARG_READ,
			   (struct bytes){(const char *)&cases[i].number, 8}, cases[i].expected);
}

static void strings(void **state)
{
	static const struct {
		struct bytes bytes;
		const char *expected;
		unsigned invalid;
	} cases[] = {
		{BYTES("a b\0"), "{\"string_arg\":\"a b\"}", 0},
		{BYTES("\0"), "{\"string_arg\":\"\"}", 0},
		{BYTES("\"\\\n\0"), "{\"string_arg\":\"\\\"\\\\\\n\"}", 0},
		{BYTES("a\xff\xfe"
		       "b\0"),
		 "{\"string_arg\":\"a\xef\xbf\xbd"
		 "b\"}",
		 1},
		/* Those no kernel writes. */
		{BYTES(""), "{\"string_arg\":\"\"}", 0},
		{BYTES("no end"), "{\"string_arg\":\"no end\"}", 0},
		{BYTES("12345678"), "{\"string_arg\":\"12345678\"}", 0},
		{BYTES("\xff"), "{\"string_arg\":\"\xef\xbf\xbd\"}", 1},
		{BYTES("a\0b\0"), "{\"string_arg\":\"a\"}", 0},
	};
	struct told *t = *state;

	told_shell(t);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t before = t->ledger.invalid_utf8;

		expect_arg(t, (struct hook_param){HOOK_VALUE_STRING, 0, NULL, false}, HOOK_ARG_READ,
			   cases[i].bytes, cases[i].expected);
		assert_int_equal(t->ledger.invalid_utf8 - before, cases[i].invalid);
	}
}

#define VALUE(type, ...) {(const char *)&(const struct type){__VA_ARGS__}, sizeof(struct type)}
#define WITH(type, more, ...)                 \
	{(const char *)&(const struct {       \
		 struct type head;            \
		 char tail[sizeof(more) - 1]; \
	 }){{__VA_ARGS__}, more},             \
	 sizeof(struct type) + sizeof(more) - 1}
#define WORD(v) {(const char *)&(const uint64_t){v}, 8}
#define FILE_TEXT(member, path, permission) \
	"{\"" member "\":{\"path\":\"" path "\",\"permission\":\"" permission "\"}}"

/* As consumers know them. */
static void objects(void **state)
{
	const struct {
		enum hook_value value;
		struct bytes bytes;
		const char *expected;
	} cases[] = {
		{HOOK_VALUE_BPF_CMD, WORD(5), "{\"bpf_cmd_arg\":\"BPF_PROG_LOAD\"}"},
		{HOOK_VALUE_BPF_CMD, WORD(0), "{\"bpf_cmd_arg\":\"BPF_MAP_CREATE\"}"},
		{HOOK_VALUE_BPF_CMD, WORD(0xffffffff), "{\"bpf_cmd_arg\":-1}"},
		{HOOK_VALUE_CAPABILITY, WORD(1),
		 "{\"capability_arg\":{\"value\":1,\"name\":\"DAC_OVERRIDE\"}}"},
		{HOOK_VALUE_CAPABILITY, WORD(99), "{\"capability_arg\":{\"value\":99}}"},
#ifdef __x86_64__
		{HOOK_VALUE_SYSCALL, WORD(257), "{\"syscall_id\":{\"id\":257,\"abi\":\"x64\"}}"},
		{HOOK_VALUE_SYSCALL, WORD(5 | 1ULL << 31),
		 "{\"syscall_id\":{\"id\":5,\"abi\":\"i386\"}}"},
#endif
		{HOOK_VALUE_KERNEL_CAP, WORD(0x1ffffffffff),
		 "{\"kernel_cap_t_arg\":\"000001ffffffffff\"}"},
		{HOOK_VALUE_CAP_INHERITABLE, WORD(0),
		 "{\"cap_inheritable_arg\":\"0000000000000000\"}"},
		{HOOK_VALUE_CAP_PERMITTED, WORD(1), "{\"cap_permitted_arg\":\"0000000000000001\"}"},
		{HOOK_VALUE_CAP_EFFECTIVE, WORD(2), "{\"cap_effective_arg\":\"0000000000000002\"}"},
		{HOOK_VALUE_BYTES, WITH(value_bytes, "a\0b", 3), "{\"bytes_arg\":\"YQBi\"}"},
		{HOOK_VALUE_BYTES, VALUE(value_bytes, 0), "{\"bytes_arg\":\"\"}"},
		{HOOK_VALUE_BYTES, WITH(value_bytes, "abc", 4),
		 "{\"truncated_bytes_arg\":{\"bytes_arg\":\"YWJj\",\"orig_size\":\"4\"}}"},
		{HOOK_VALUE_FILE, WITH(value_file, "/etc/x\0", 0, 0100644),
		 FILE_TEXT("file_arg", "/etc/x", "-rw-r--r--")},
		{HOOK_VALUE_PATH, WITH(value_file, "/d\0", 0, 041777),
		 FILE_TEXT("path_arg", "/d", "drwxrwxrwt")},
		{HOOK_VALUE_BINPRM, WITH(value_file, "/su\0", 0, 0106750),
		 FILE_TEXT("linux_binprm_arg", "/su", "-rwsr-s---")},
		{HOOK_VALUE_FILE, WITH(value_file, "/x\0", 0, 0127000),
		 FILE_TEXT("file_arg", "/x", "l--S--S--T")},
		{HOOK_VALUE_FILE, WITH(value_file, "/x", 0, 0),
		 FILE_TEXT("file_arg", "/x", "---------")},
		{HOOK_VALUE_FILE, WITH(value_file, "/x\0", VALUE_FILE_UNRESOLVED, 0010600),
		 "{\"file_arg\":{\"path\":\"/x\",\"flags\":\"unresolvedPathComponents\","
		 "\"permission\":\"prw-------\"}}"},
		{HOOK_VALUE_SOCKADDR, VALUE(value_address, 2, 443, 0, {10, 1, 2, 3}),
		 "{\"sockaddr_arg\":{\"family\":\"AF_INET\",\"addr\":\"10.1.2.3\",\"port\":443}}"},
		{HOOK_VALUE_SOCKADDR,
		 VALUE(value_address, 10, 1, 0, {[10] = 0xff, 0xff, 1, 2, 3, 4}),
		 "{\"sockaddr_arg\":{\"family\":\"AF_INET6\",\"addr\":\"1.2.3.4\",\"port\":1}}"},
		{HOOK_VALUE_SOCKADDR, VALUE(value_address, 10, 0, 0, {[12] = 1, 2, 3, 4}),
		 "{\"sockaddr_arg\":{\"family\":\"AF_INET6\",\"addr\":\"::102:304\"}}"},
		{HOOK_VALUE_SOCKADDR, VALUE(value_address, 10, 0, 0, {[15] = 1}),
		 "{\"sockaddr_arg\":{\"family\":\"AF_INET6\",\"addr\":\"::1\"}}"},
		{HOOK_VALUE_SOCKADDR, VALUE(value_address, 99, 0, 0, {1}),
		 "{\"sockaddr_arg\":{\"family\":\"99\",\"addr\":\"<nil>\"}}"},
		{HOOK_VALUE_SOCKADDR_UN, WITH(value_unix, "/run/x", 1, 0),
		 "{\"sockaddrun_arg\":{\"family\":\"AF_UNIX\",\"path\":\"/run/x\"}}"},
		{HOOK_VALUE_SOCKADDR_UN, WITH(value_unix, "x", 1, 1),
		 "{\"sockaddrun_arg\":{\"family\":\"AF_UNIX\",\"path\":\"@x\"}}"},
		{HOOK_VALUE_SOCKADDR_UN, VALUE(value_unix, 1, 0),
		 "{\"sockaddrun_arg\":{\"family\":\"AF_UNIX\"}}"},
		{HOOK_VALUE_SOCK,
		 VALUE(value_sock, 2, 1, 6, 10, 3, 4, 80, 81, 0, {127, 0, 0, 1}, {1, 1, 1, 1},
		       1ULL << 63),
		 "{\"sock_arg\":{\"family\":\"AF_INET\",\"type\":\"SOCK_STREAM\","
		 "\"protocol\":\"IPPROTO_TCP\",\"mark\":3,\"priority\":4,"
		 "\"saddr\":\"127.0.0.1\",\"daddr\":\"1.1.1.1\",\"sport\":80,\"dport\":81,"
		 "\"cookie\":\"9223372036854775808\",\"state\":\"TCP_LISTEN\"}}"},
		{HOOK_VALUE_SKB,
		 VALUE(value_skb, 10, 58, 0, 0, {[15] = 1}, {[15] = 2}, 1, 2, 3, 4, 5, 6, 0),
		 "{\"skb_arg\":{\"hash\":1,\"len\":2,\"priority\":3,\"mark\":4,"
		 "\"saddr\":\"::1\",\"daddr\":\"::2\",\"proto\":58,\"sec_path_len\":5,"
		 "\"sec_path_olen\":6,\"protocol\":\"58\",\"family\":\"AF_INET6\"}}"},
		{HOOK_VALUE_USER_NS, VALUE(value_user_ns, 1, 2, 3, 4),
		 "{\"user_ns_arg\":{\"level\":1,\"uid\":2,\"gid\":3,\"ns\":{\"inum\":4}}}"},
		{HOOK_VALUE_CRED,
		 VALUE(value_cred, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 1, 2, 4, {0, 0, 0, 9}),
		 "{\"process_credentials_arg\":{\"uid\":1,\"gid\":2,\"euid\":5,\"egid\":6,"
		 "\"suid\":3,\"sgid\":4,\"fsuid\":7,\"fsgid\":8,\"securebits\":[\"SecBitNoRoot\"],"
		 "\"caps\":{\"permitted\":[\"DAC_OVERRIDE\"],\"effective\":[\"CAP_DAC_READ_"
		 "SEARCH\"],"
		 "\"inheritable\":[\"CAP_CHOWN\"]},\"user_ns\":{\"level\":0,\"uid\":0,\"gid\":0,"
		 "\"ns\":{\"inum\":9,\"is_host\":true}}}}"},
		{HOOK_VALUE_MODULE, VALUE(value_module, 0x3000, 0, 0, "mod"),
		 "{\"module_arg\":{\"name\":\"mod\","
		 "\"tainted\":[\"TAINT_OUT_OF_TREE_MODULE\",\"TAINT_UNSIGNED_MODULE\"]}}"},
		{HOOK_VALUE_MODULE, VALUE(value_module, 0, 1, 0, "mod"),
		 "{\"module_arg\":{\"name\":\"mod\",\"signature_ok\":false}}"},
		{HOOK_VALUE_BPF_ATTR, VALUE(value_bpf_prog, 2, 3, "0123456789abcdef"),
		 "{\"bpf_attr_arg\":{\"ProgType\":\"BPF_PROG_TYPE_KPROBE\",\"InsnCnt\":3,"
		 "\"ProgName\":\"0123456789abcdef\"}}"},
		{HOOK_VALUE_BPF_PROG, VALUE(value_bpf_prog, 999, 3, "p"),
		 "{\"bpf_prog_arg\":{\"ProgType\":\"999\",\"InsnCnt\":3,\"ProgName\":\"p\"}}"},
		{HOOK_VALUE_BPF_MAP, VALUE(value_bpf_map, 27, 1, 2, 3, "m"),
		 "{\"bpf_map_arg\":{\"MapType\":\"BPF_MAP_TYPE_RINGBUF\",\"KeySize\":1,"
		 "\"ValueSize\":2,\"MaxEntries\":3,\"MapName\":\"m\"}}"},
		{HOOK_VALUE_PERF_EVENT, VALUE(value_perf_event, 1, 2, 6, 0, "f"),
		 "{\"perf_event_arg\":{\"KprobeFunc\":\"f\",\"Type\":\"PERF_TYPE_MAX\","
		 "\"Config\":\"1\",\"ProbeOffset\":\"2\"}}"},
	};
	struct told *t = *state;

	told_shell(t);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_arg(t, (struct hook_param){cases[i].value, 0, NULL, false}, HOOK_ARG_READ,
			   cases[i].bytes, cases[i].expected);
}

static void what_was_cut_off_is_told_as_far_as_it_goes(void **state)
{
	static char bytes[HOOK_STRING_MAX];
	static char expected[HOOK_STRING_MAX + 64];
	struct told *t = *state;

	memset(bytes, 'a', sizeof(bytes) - 1);
	snprintf(expected, sizeof(expected), "{\"string_arg\":\"%s\",\"label\":\"l\"}", bytes);
	told_shell(t);
	expect_arg(t, (struct hook_param){HOOK_VALUE_STRING, 0, "l", false}, HOOK_ARG_TRUNCATED,
		   (struct bytes){bytes, sizeof(bytes)}, expected);
	assert_int_equal(t->ledger.truncated, 1);
}

static void what_could_not_be_read(void **state)
{
	struct told *t = *state;

	told_shell(t);
	for (enum hook_value value = 0; value < _HOOK_VALUE_MAX; value++) {
		expect_arg(t, (struct hook_param){value, 4, NULL, false}, HOOK_ARG_FAULT, BYTES(""),
			   "{\"error_arg\":{\"Message\":\"Bad address for basic type\"}}");
		expect_arg(t, (struct hook_param){value, 4, "l", false}, HOOK_ARG_NO_ROOM,
			   BYTES(""),
			   "{\"error_arg\":{\"Message\":\"No room for it beside the values before "
			   "it\"},\"label\":\"l\"}");
	}
}

/* The record was so full that it does not even say so. */
static void what_is_not_even_mentioned(void **state)
{
	static const struct hook_param params[] = {
		{HOOK_VALUE_STRING, 0, NULL, false}, {HOOK_VALUE_STRING, 0, NULL, false},
		{HOOK_VALUE_STRING, 0, NULL, false}, {HOOK_VALUE_STRING, 0, NULL, false},
		{HOOK_VALUE_STRING, 0, NULL, false}, {HOOK_VALUE_STRING, 0, NULL, false},
		{HOOK_VALUE_STRING, 0, NULL, false}, {HOOK_VALUE_STRING, 0, NULL, false},
		{HOOK_VALUE_INT, 4, "last", false}};
	static char bytes[HOOK_STRING_MAX];
	_cleanup_str_ struct str r = STR_INIT;
	struct told *t = *state;
	uint32_t hook = add_hook(t, &(struct hook){.type = EVENT_KPROBE,
						   .function = "f",
						   .params = params,
						   .n_params = ARRAY_SIZE(params)});

	told_shell(t);
	begin(&r, hook, SHELL);
	while (r.len < HOOK_DATA_MAX + sizeof(struct record_hook))
		put_hook_arg(&r, HOOK_ARG_READ,
			     (struct bytes){bytes, MIN(sizeof(bytes),
						       HOOK_DATA_MAX + sizeof(struct record_hook) -
							       r.len - sizeof(struct hook_arg))});
	((struct record_hook *)(void *)r.data)->args = ARRAY_SIZE(params);
	told_give(t, &r, SECONDS(4));
	told_line(t);
	told_expect_part(t, ",{\"error_arg\":{\"Message\":\"No room for it beside the values "
			    "before it\"},\"label\":\"last\"}],\"action\"");
	assert_int_equal(t->ledger.truncated, 1);
}

/* --- what can go wrong */

static void every_line_can_be_read(void **state)
{
	static const char nasty[] = "\"\\\n\r\t\x01\x7f\xff\xc0\x80\xed\xa0\x80/<>&\xe2\x80\xa8";
	static const char *const tags[] = {nasty, ""};
	static const struct hook_param param = {HOOK_VALUE_STRING, 0, nasty, false};
	_cleanup_str_ struct str r = STR_INIT;
	struct told *t = *state;
	ProtobufCMessage *msg;

	begin(&r,
	      add_hook(t, &(struct hook){.type = EVENT_KPROBE,
					 .function = nasty,
					 .policy = nasty,
					 .namespace = nasty,
					 .message = nasty,
					 .tags = tags,
					 .n_tags = 2,
					 .params = &param,
					 .n_params = 1}),
	      SHELL);
	put_hook_arg(&r, HOOK_ARG_READ, BYTES("\"\\\n\xff\xed\xa0\x80\0"));
	told_give(t, &r, SECONDS(4));
	assert_int_equal(json_read(&tetragon__get_events_response__descriptor, told_line(t),
				   strlen(t->line.data), &msg, NULL),
			 0);
	protobuf_c_message_free_unpacked(msg, NULL);
	assert_null(strchr(t->line.data, '\n'));
}

static void without_memory_the_rest_stays(void **state)
{
	static const struct hook_param params[] = {{HOOK_VALUE_STRING, 0, "a", false},
						   {HOOK_VALUE_STRING, 0, "b", false}};
	_cleanup_str_ struct str r = STR_INIT;
	struct told *t = *state;
	unsigned n = 0;
	int failed;
	uint32_t hook = add_hook(
		t, &(struct hook){
			   .type = EVENT_KPROBE, .function = "f", .params = params, .n_params = 2});

	told_shell(t);
	begin(&r, hook, SHELL);
	put_hook_arg(&r, HOOK_ARG_READ, BYTES("\xff\0"));
	put_hook_arg(&r, HOOK_ARG_READ, BYTES("no end"));
	do {
		_cleanup_str_ struct str out = STR_INIT;
		const struct event event = {
			.type = EVENT_KPROBE,
			.time = SECONDS(9),
			.process = told_find(t, SHELL),
			.hook = hooks_find(t->hooks, hook),
			.hit = (const void *)r.data,
		};
		int result;

		/* Without the memory that it has from before. */
		messages_free(&t->messages);
		assert_int_equal(messages_new(&t->config, t->tracker, &t->ledger, &t->messages), 0);
		table_set_json(tracker_table(t->tracker), event.process, NULL);
		scarce_after(n++);
		result = messages_append_json(t->messages, &event, &out);
		failed = scarce_end();
		if (result < 0) {
			assert_true(failed);
			assert_int_equal(result, -ENOMEM);
			assert_int_equal(out.len, 0);
		} else {
			assert_string_equal(str_cstr(&out) + out.len - 2, "}\n");
		}
	} while (failed);
	assert_true(n > 3);
}

#define told(f) cmocka_unit_test_setup_teardown(f, told_setup, told_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		told(one_with_everything),
		told(one_with_nothing),
		told(of_one_that_only_forked),
		told(of_one_that_is_not_known),
		told(of_one_that_is_not_known_with_our_fields),
		told(of_several_threads),
		told(with_ancestors),
		told(numbers),
		told(strings),
		told(objects),
		told(what_was_cut_off_is_told_as_far_as_it_goes),
		told(what_could_not_be_read),
		told(what_is_not_even_mentioned),
		told(every_line_can_be_read),
		told(without_memory_the_rest_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
