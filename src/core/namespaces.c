// SPDX-License-Identifier: Apache-2.0
#include "core/namespaces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *namespace_name(enum exec_ns ns)
{
	static const char *const names[_EXEC_NS_MAX] = {
		[EXEC_NS_UTS] = "uts",
		[EXEC_NS_IPC] = "ipc",
		[EXEC_NS_MNT] = "mnt",
		[EXEC_NS_PID] = "pid",
		[EXEC_NS_PID_FOR_CHILDREN] = "pid_for_children",
		[EXEC_NS_NET] = "net",
		[EXEC_NS_TIME] = "time",
		[EXEC_NS_TIME_FOR_CHILDREN] = "time_for_children",
		[EXEC_NS_CGROUP] = "cgroup",
		[EXEC_NS_USER] = "user",
	};

	return names[ns];
}

static uint32_t read_namespace(const char *proc, const char *process, const char *name)
{
	char path[4096], target[64] = "";
	const char *bracket;

	snprintf(path, sizeof(path), "%s/%s/ns/%s", proc, process, name);
	/* "mnt:[4026531841]" */
	if (readlink(path, target, sizeof(target) - 1) < 0)
		return 0;
	bracket = strchr(target, '[');
	return bracket ? (uint32_t)strtoul(bracket + 1, NULL, 10) : 0;
}

void namespaces_of(const char *proc, uint32_t pid, uint32_t *ret)
{
	char process[16];

	snprintf(process, sizeof(process), "%u", pid);
	for (size_t i = 0; i < _EXEC_NS_MAX; i++)
		ret[i] = read_namespace(proc, process, namespace_name((enum exec_ns)i));
}

void namespaces_of_host(const char *proc, uint32_t *ret)
{
	for (enum exec_ns i = 0; i < _EXEC_NS_MAX; i++) {
		ret[i] = read_namespace(proc, "1", namespace_name(i));
		if (!ret[i])
			ret[i] = read_namespace(proc, "2", namespace_name(i));
	}
}
