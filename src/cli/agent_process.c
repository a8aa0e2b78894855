// SPDX-License-Identifier: Apache-2.0
#include "cli/agent_process.h"
#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What follows the name of the program in /proc/PID/stat, proc_pid_stat(5): fields 3 to 24. */
static int parse(const char *stat, struct agent_process *ret)
{
	uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK), now = clock_ns(CLOCK_BOOTTIME);
	uint64_t user, system, start, pages;
	const char *p = strrchr(stat, ')');

	if (!p || sscanf(p + 1,
			 " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
			 " %*d %*d %*d %*d %*d %*d %" SCNu64 " %*u %" SCNu64,
			 &user, &system, &start, &pages) != 4)
		return -ENOENT;
	start *= NSEC_PER_SEC / ticks;
	ret->up_ns = now > start ? now - start : 0;
	ret->cpu_ns = (user + system) * (NSEC_PER_SEC / ticks);
	ret->rss_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return 0;
}

int agent_process_read(pid_t pid, struct agent_process *ret)
{
	struct agent_process found = {.pid = pid};
	_cleanup_fclose_ FILE *f = NULL;
	char path[64], stat[1024];
	size_t n;

	if (pid <= 0)
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return -ENOENT;
	n = fread(stat, 1, sizeof(stat) - 1, f);
	stat[n] = '\0';
	if (parse(stat, &found) < 0)
		return -ENOENT;
	*ret = found;
	return 0;
}
