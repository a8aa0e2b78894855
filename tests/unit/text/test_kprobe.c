// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "render.h"

#define CALL(function, args)                                                                  \
	"{\"process_kprobe\":{\"process\":{\"binary\":\"/usr/bin/curl\",\"pod\":{"            \
	"\"namespace\":\"kube-system\",\"name\":\"tetragon\"}},\"function_name\":\"" function \
	"\",\"args\":[" args "]}}"
#define LINE(title, detail) title " kube-system/tetragon /usr/bin/curl" detail "\n"

#define FILE_ARG(path) "{\"file_arg\":{\"path\":\"" path "\"}}"
#define PATH_ARG(path) "{\"path_arg\":{\"path\":\"" path "\"}}"
#define STRING(s) "{\"string_arg\":\"" s "\"}"
#define INT(n) "{\"int_arg\":" #n "}"
#define UINT(n) "{\"uint_arg\":" #n "}"
#define SIZE(n) "{\"size_arg\":\"" #n "\"}"
#define BYTES "{\"bytes_arg\":\"AAAA\"}"
#define SOCK "{\"sock_arg\":{\"saddr\":\"10.0.0.1\",\"sport\":1000,\"daddr\":\"::1\",\"dport\":80}}"

static const struct {
	const char *json, *line;
} cases[] = {
	{CALL("unhandled", ""), LINE("❓ syscall", " unhandled")},
	{CALL("__x64_sys_unhandled", INT(1)), LINE("❓ syscall", " __x64_sys_unhandled")},
	{CALL("__x64_sys_write", ""), LINE("📝 write  ", "  ")},
	{CALL("__x64_sys_write", FILE_ARG("/etc/password") "," BYTES "," SIZE(1234)),
	 LINE("📝 write  ", " /etc/password 1234 bytes")},
	{CALL("__arm64_sys_write", INT(1) "," BYTES "," SIZE(7)), LINE("📝 write  ", "  7 bytes")},
	{CALL("sys_read", FILE_ARG("/a b") "," BYTES "," SIZE(2)),
	 LINE("📚 read   ", " \"/a b\" 2 bytes")},
	{CALL("fd_install", ""), LINE("📬 open   ", " ")},
	{CALL("fd_install", INT(3) "," FILE_ARG("/etc/password")),
	 LINE("📬 open   ", " /etc/password")},
	{CALL("__x64_sys_openat", INT(-100) "," STRING("/etc/shadow") "," INT(0)),
	 LINE("📬️ openat ", " /etc/shadow")},
	{CALL("__ia32_sys_open", STRING("/etc/shadow")), LINE("📬️ open   ", " /etc/shadow")},
	{CALL("__x64_sys_close", FILE_ARG("/x")), LINE("📪 close  ", " /x")},
	{CALL("__x64_sys_mount", STRING("/dev/sda1") "," STRING("/mnt") "," STRING("ext4")),
	 LINE("💾 mount  ", " /dev/sda1 /mnt")},
	{CALL("__x64_sys_mount", STRING("tmpfs")), LINE("💾 mount  ", " tmpfs ")},
	{CALL("__x64_sys_mount", ""), LINE("💾 mount  ", "  ")},
	{CALL("__x64_sys_pivot_root", STRING(".") "," STRING("old")),
	 LINE("💾 pivot_root", " . old")},
	{CALL("__x64_sys_setuid", INT(-1)), LINE("🔑 setuid ", " -1")},
	{CALL("__x64_sys_setuid", ""), LINE("🔑 setuid ", " ")},
	{CALL("__x64_sys_clock_settime", INT(0)), LINE("⏰ clock_settime", "")},
	{CALL("proc_exec_connector", ""), LINE("🔧 proc_exec_connector", "")},
	{CALL("__x64_sys_setns", INT(3) "," INT(1073741824)), LINE("🔧 setns  ", " net")},
	{CALL("__x64_sys_setns", FILE_ARG("/proc/1/ns/net") "," INT(0)),
	 LINE("🔧 setns  ", " any")},
	{CALL("__x64_sys_setns", INT(3) "," INT(12345)), LINE("🔧 setns  ", " ")},
	{CALL("tcp_connect", SOCK), LINE("🔌 connect", " tcp 10.0.0.1:1000 -> ::1:80")},
	{CALL("tcp_connect", INT(1)), LINE("🔌 connect", " ")},
	{CALL("tcp_close", SOCK), LINE("🧹 close  ", " tcp 10.0.0.1:1000 -> ::1:80")},
	{CALL("tcp_sendmsg", SOCK "," INT(42)),
	 LINE("📤 sendmsg", " tcp 10.0.0.1:1000 -> ::1:80 bytes 42")},
	{CALL("tcp_sendmsg", ""), LINE("📤 sendmsg", "  bytes 0")},
	{CALL("bpf_check", "{\"bpf_attr_arg\":{\"ProgType\":\"BPF_PROG_TYPE_KPROBE\","
			   "\"InsnCnt\":12,\"ProgName\":\"p\"}}"),
	 LINE("🐝 bpf_load", " BPF_PROG_TYPE_KPROBE p instruction count 12")},
	{CALL("security_perf_event_alloc",
	      "{\"perf_event_arg\":{\"Type\":\"PERF_TYPE_TRACEPOINT\",\"KprobeFunc\":\"f\"}}"),
	 LINE("🐝 perf_event_alloc", " PERF_TYPE_TRACEPOINT f")},
	{CALL("security_bpf_map_alloc",
	      "{\"bpf_map_arg\":{\"MapType\":\"BPF_MAP_TYPE_HASH\",\"MapName\":\"m\","
	      "\"KeySize\":4,\"ValueSize\":8,\"MaxEntries\":16}}"),
	 LINE("🗺 bpf_map_create", " BPF_MAP_TYPE_HASH m key size 4 value size 8 max entries 16")},
	{CALL("security_bpf_map_create", ""), LINE("🗺 bpf_map_create", " ")},
	{CALL("security_file_permission", FILE_ARG("/f") "," INT(2)), LINE("📝 write  ", " /f")},
	{CALL("security_file_permission", FILE_ARG("/f") "," INT(4)), LINE("📚 read   ", " /f")},
	{CALL("security_file_permission", FILE_ARG("/f") "," INT(1)),
	 LINE("❓ security_file_permission", " /f")},
	{CALL("security_mmap_file", FILE_ARG("/f") "," UINT(5)), LINE("📝 mmap-rx", " /f")},
	{CALL("security_mmap_file", FILE_ARG("/f") "," UINT(0)), LINE("📝 mmap-  ", " /f")},
	{CALL("security_mmap_file", FILE_ARG("/f") "," UINT(7)), LINE("📝 mmap-rwx", " /f")},
	{CALL("security_mmap_file", ""), LINE("❓ security_mmap_file", " ")},
	{CALL("security_path_truncate", PATH_ARG("/p")), LINE("📝 truncate", " /p")},
	{CALL("security_file_truncate", FILE_ARG("/f")), LINE("📝 truncate", " /f")},
};

static void forms(void **state)
{
	static const struct compact_style style = {0};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_renders(&style, cases[i].json, cases[i].line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
