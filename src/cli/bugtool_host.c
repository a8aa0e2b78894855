// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/bugtool.h"
#include "cli/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>

static const struct {
	const char *name, *path;
} files[] = {
	{"host/os-release", "/etc/os-release"},
	{"host/version", "/proc/version"},
	{"host/cmdline", "/proc/cmdline"},
	{"host/cpuinfo", "/proc/cpuinfo"},
	{"host/meminfo", "/proc/meminfo"},
	{"host/modules", "/proc/modules"},
	{"host/mounts", "/proc/self/mounts"},
	{"host/cgroups", "/proc/cgroups"},
	{"host/lsm", "/sys/kernel/security/lsm"},
	{"host/lockdown", "/sys/kernel/security/lockdown"},
	{"host/kptr_restrict", "/proc/sys/kernel/kptr_restrict"},
	{"host/ftrace_enabled", "/proc/sys/kernel/ftrace_enabled"},
	{"host/bpf_jit_enable", "/proc/sys/net/core/bpf_jit_enable"},
	{"host/config.gz", "/proc/config.gz"},
};

/* Of the kernel's log, lines about what we do: the others are other people's. */
static const char *const log_words[] = {"bpf",      "BPF",    "ocelli", "lockdown",      "Lockdown",
					"verifier", "ftrace", "oom",    "Out of memory", "BTF"};

static bool is_ours(const char *line, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(log_words); i++)
		if (memmem(line, len, log_words[i], strlen(log_words[i])))
			return true;
	return false;
}

/* syslog(2) */
enum { READ_ALL = 3, SIZE_BUFFER = 10 };

static void add_kernel_log(struct bugtool *tool)
{
	_cleanup_str_ struct str all = STR_INIT, ours = STR_INIT;
	int size = klogctl(SIZE_BUFFER, NULL, 0), n = size;
	char *to = size > 0 ? str_reserve(&all, (size_t)size) : NULL;

	if (to)
		n = klogctl(READ_ALL, to, size);
	if (n < 0 || !to) {
		bugtool_lack(tool, "host/kernel.log", strerror(errno));
		return;
	}
	for (const char *line = to, *end = to + n; line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t len = newline ? (size_t)(newline - line) + 1 : (size_t)(end - line);

		if (is_ours(line, len))
			str_append(&ours, line, len);
		line += len;
	}
	bugtool_add(
		tool, "host/kernel.log",
		"the kernel's log: lines that have bpf, lockdown, ftrace, oom or the like in them",
		ours.data, ours.len);
}

static void add_doctor(struct bugtool *tool)
{
	_cleanup_(doctor_done) struct doctor doctor = {.root = ""};
	_cleanup_str_ struct str out = STR_INIT;

	doctor_host(&doctor);
	doctor_kernel(&doctor);
	doctor_json(&out, &doctor);
	if (doctor.failed || out.failed)
		bugtool_lack(tool, "host/doctor.json", "out of memory");
	else
		bugtool_add(tool, "host/doctor.json", "what \"ocelli doctor --no-agent\" found",
			    out.data, out.len);
}

void bugtool_host(struct bugtool *tool)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		bugtool_add_file(tool, files[i].name, files[i].path);
	add_kernel_log(tool);
	add_doctor(tool);
}
