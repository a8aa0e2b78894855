// SPDX-License-Identifier: Apache-2.0
#include "sensor/cgroup_mode.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <mntent.h>
#include <string.h>

static const char *const names[] = {
	[CGROUP_UNIFIED] = "unified",
	[CGROUP_V1_MEMORY] = "memory",
	[CGROUP_V1_PIDS] = "pids",
	[CGROUP_V1_CPUSET] = "cpuset",
};

const char *cgroup_controller_to_string(enum cgroup_controller controller)
{
	return names[controller];
}

enum cgroup_controller cgroup_mode_detect(const char *mounts)
{
	FILE *f = setmntent(mounts, "re");
	unsigned found = ARRAY_SIZE(names);
	struct mntent *entry;

	while (f && (entry = getmntent(f))) {
		if (strcmp(entry->mnt_type, "cgroup"))
			continue;
		for (unsigned i = CGROUP_V1_MEMORY; i < ARRAY_SIZE(names); i++)
			if (hasmntopt(entry, names[i]))
				found = MIN(found, i);
	}
	if (f)
		endmntent(f);
	return found < ARRAY_SIZE(names) ? (enum cgroup_controller)found : CGROUP_UNIFIED;
}
