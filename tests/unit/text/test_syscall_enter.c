// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "render.h"

#define ENTER(args)                                                                             \
	"{\"process_tracepoint\":{\"process\":{\"binary\":\"/b\"},\"subsys\":\"raw_syscalls\"," \
	"\"event\":\"sys_enter\",\"args\":[" args "]},\"node_name\":\"n\"}"
#define CALL(number, abi) "{\"syscall_id\":{\"id\":" #number ",\"abi\":\"" abi "\"}}"

static void calls(void **state)
{
	static const struct {
		const char *json, *line;
	} cases[] = {
#ifdef __x86_64__
		{ENTER("{\"long_arg\":\"1\"},{\"size_arg\":\"1\"},{\"size_arg\":\"4096\"},"
		       "{\"size_arg\":\"6\"}"),
		 "☎  syscall n /b write(unsigned int fd=1, const char *buf=0x1000, size_t "
		 "count=6)\n"},
		{ENTER(CALL(39, "x64")), "☎  syscall n /b getpid()\n"},
		{ENTER(CALL(3, "x64") ",{\"string_arg\":\"x\"}"),
		 "☎  syscall n /b close(unsigned int fd=?)\n"},
		{ENTER(CALL(64, "arm64")), "☎  syscall n /b arm64/write(unsigned int fd=?, "
					   "const char *buf=?, size_t count=?)\n"},
#endif
		{ENTER(CALL(4, "i386") ",{\"size_arg\":\"1\"}"), "☎  syscall n /b i386/write\n"},
		{ENTER(CALL(4, "zarch")), "☎  syscall n /b unknown\n"},
		{ENTER(CALL(99999, "x64")), "☎  syscall n /b unknown\n"},
		{ENTER("{\"long_arg\":\"-1\"}"), "☎  syscall n /b unknown\n"},
		{ENTER("{\"string_arg\":\"x\"}"), "☎  syscall n /b unknown\n"},
		{ENTER(""), "☎  syscall n /b unknown\n"},
	};
	static const struct compact_style style = {0};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_renders(&style, cases[i].json, cases[i].line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
