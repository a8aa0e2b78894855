// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "render.h"

#include <errno.h>

#define CURL "\"process\":{\"binary\":\"/usr/bin/curl\",\"arguments\":\"cilium.io\"}"
#define CURL_IN_POD                                                                       \
	"\"process\":{\"binary\":\"/usr/bin/curl\",\"arguments\":\"cilium.io\",\"pod\":{" \
	"\"namespace\":\"kube-system\",\"name\":\"tetragon\"}}"
#define NODE ",\"node_name\":\"my-node\"}"

static void one_line_for_each_kind(void **state)
{
	static const struct {
		const char *json, *line;
	} cases[] = {
		{"{\"process_exec\":{" CURL "}" NODE,
		 "🚀 process my-node /usr/bin/curl cilium.io\n"},
		{"{\"process_exec\":{" CURL_IN_POD "}" NODE,
		 "🚀 process kube-system/tetragon /usr/bin/curl cilium.io\n"},
		{"{\"process_exec\":{\"process\":{\"binary\":\"/bin/sh\",\"arguments\":"
		 "\"-c \\\"a b\\\"\"}}" NODE,
		 "🚀 process my-node /bin/sh \"-c \\\"a b\\\"\"\n"},
		{"{\"process_exec\":{}" NODE, "🚀 process my-node ? \n"},
		{"{\"process_exit\":{" CURL_IN_POD ",\"status\":1}}",
		 "💥 exit    kube-system/tetragon /usr/bin/curl cilium.io 1\n"},
		{"{\"process_exit\":{" CURL ",\"signal\":\"SIGKILL\"}" NODE,
		 "💥 exit    my-node /usr/bin/curl cilium.io SIGKILL\n"},
		{"{\"process_exit\":{}" NODE, "💥 exit    my-node ?  0\n"},
		{"{\"process_kprobe\":{" CURL ",\"function_name\":\"f\"}" NODE,
		 "❓ syscall my-node /usr/bin/curl f\n"},
		{"{\"process_tracepoint\":{" CURL ",\"subsys\":\"syscalls\",\"event\":"
		 "\"sys_exit_read\"}" NODE,
		 "⁉️ tracepoint my-node /usr/bin/curl syscalls sys_exit_read\n"},
		{"{\"process_loader\":{" CURL
		 ",\"path\":\"/lib/libc.so.6\",\"buildid\":\"AP+r\"}" NODE,
		 "🧬 loader  my-node /usr/bin/curl 00ffab /lib/libc.so.6\n"},
		{"{\"process_loader\":{" CURL ",\"path\":\"/lib/libc.so.6\"}" NODE,
		 "🧬 loader  my-node /usr/bin/curl /lib/libc.so.6\n"},
		{"{\"process_uprobe\":{" CURL
		 ",\"path\":\"/bin/bash\",\"symbol\":\"readline\"}" NODE,
		 "🕵️ uprobe  my-node /usr/bin/curl /bin/bash readline\n"},
		{"{\"process_usdt\":{" CURL
		 ",\"path\":\"/bin/x\",\"provider\":\"p\",\"name\":\"n\"}" NODE,
		 "🕵️ usdt    my-node /usr/bin/curl /bin/x p n\n"},
		{"{\"process_lsm\":{" CURL ",\"function_name\":\"file_open\"}" NODE,
		 "🔒 LSM     my-node /usr/bin/curl file_open\n"},
		{"{\"process_throttle\":{\"type\":\"THROTTLE_START\",\"cgroup\":\"a.slice\"}" NODE,
		 "🧬 throttle START a.slice\n"},
		{"{\"process_throttle\":{\"type\":\"THROTTLE_STOP\",\"cgroup\":\"a.slice\"}" NODE,
		 "🧬 throttle STOP  a.slice\n"},
		{"{\"rate_limit_info\":{\"number_of_dropped_process_events\":\"12\"}" NODE,
		 "🚦 limit   my-node 12 events dropped by the export rate limit\n"},
		{"{\"test\":{}" NODE, "TEST EVENT\n"},
	};
	static const struct compact_style style = {0};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_renders(&style, cases[i].json, cases[i].line);
}

static void no_line_for_unknown_kinds(void **state)
{
	static const struct compact_style style = {.timestamps = true};
	_cleanup_str_ struct str out = STR_INIT;

	assert_int_equal(render(&style, "{\"process_future\":{}" NODE, &out), -ENODATA);
	assert_int_equal(out.len, 0);
}

static void colours(void **state)
{
	static const struct compact_style style = {.color = true};

	assert_renders(&style, "{\"process_exit\":{" CURL ",\"status\":1}" NODE,
		       "\x1b[34m💥 exit   \x1b[0m \x1b[32mmy-node\x1b[0m "
		       "\x1b[35m/usr/bin/curl\x1b[0m \x1b[36mcilium.io\x1b[0m \x1b[31m1\x1b[0m\n");
	assert_renders(&style, "{\"process_throttle\":{\"type\":\"THROTTLE_STOP\"}}",
		       "\x1b[31m🧬 throttle\x1b[0m \x1b[32mSTOP\x1b[0m  \n");
}

static void times(void **state)
{
	static const struct compact_style style = {.timestamps = true};

	assert_renders(&style, "{\"test\":{},\"time\":\"1970-01-01T00:00:00Z\"}",
		       "1970-01-01T00:00:00.000000000Z TEST EVENT\n");
	assert_renders(&style, "{\"test\":{},\"time\":\"2026-07-15T12:34:56.000001Z\"}",
		       "2026-07-15T12:34:56.000001000Z TEST EVENT\n");
	assert_renders(&style, "{\"test\":{}}", "-                              TEST EVENT\n");
}

#define STACKS                                                                                \
	"{\"process_kprobe\":{" CURL ",\"function_name\":\"f\",\"kernel_stack_trace\":["      \
	"{\"address\":\"18446744073709551615\",\"offset\":\"16\",\"symbol\":\"vfs_write\"}]," \
	"\"user_stack_trace\":[{\"address\":\"4096\",\"offset\":\"1\",\"symbol\":\"main\","   \
	"\"module\":\"/bin/x\"},{\"address\":\"4097\",\"offset\":\"2\",\"module\":\"/lib "    \
	"y\"}]}" NODE

static void stacks(void **state)
{
	static const struct compact_style style = {.stack_traces = true}, none = {0};

	assert_renders(&style, STACKS,
		       "❓ syscall my-node /usr/bin/curl f\n"
		       "Kernel:\n"
		       "   0xffffffffffffffff: vfs_write+0x10\n"
		       "User:\n"
		       "   0x1000: main (/bin/x+0x1)\n"
		       "   0x1001: (\"/lib y\"+0x2)\n");
	assert_renders(&none, STACKS, "❓ syscall my-node /usr/bin/curl f\n");
}

#define HASHED(args)                                                                       \
	"{\"process_lsm\":{" CURL ",\"function_name\":\"f\",\"ima_hash\":\"sha256:00ff\"," \
	"\"args\":[" args "]}" NODE

static void ima_hashes(void **state)
{
	static const struct compact_style style = {.ima_hash = true}, none = {0};

	assert_renders(&style, HASHED("{\"file_arg\":{\"path\":\"/bin/ls\"}}"),
		       "🔒 LSM     my-node /usr/bin/curl f\n   /bin/ls sha256:00ff\n");
	assert_renders(&style, HASHED("{\"linux_binprm_arg\":{\"path\":\"/bin/ls\"}}"),
		       "🔒 LSM     my-node /usr/bin/curl f\n   /bin/ls sha256:00ff\n");
	assert_renders(&style, HASHED("{\"int_arg\":1}"), "🔒 LSM     my-node /usr/bin/curl f\n");
	assert_renders(&style, HASHED(""), "🔒 LSM     my-node /usr/bin/curl f\n");
	assert_renders(&none, HASHED("{\"file_arg\":{\"path\":\"/bin/ls\"}}"),
		       "🔒 LSM     my-node /usr/bin/curl f\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_for_each_kind),
		cmocka_unit_test(no_line_for_unknown_kinds),
		cmocka_unit_test(colours),
		cmocka_unit_test(times),
		cmocka_unit_test(stacks),
		cmocka_unit_test(ima_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
