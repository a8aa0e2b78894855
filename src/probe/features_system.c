// SPDX-License-Identifier: Apache-2.0
/* What whoever runs the system has set. */
#include "base/cleanup.h"
#include "base/tracefs.h"
#include "probe/trial.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#define SYMBOLS_MAX 64

struct mount_point {
	const char *path;
	long magic;
	const char *type;
};

static void probe_mount(struct prober *p, const struct feature *feature, struct finding *ret)
{
	const struct mount_point *mount = feature->subject;
	struct statfs fs;

	if (statfs(mount->path, &fs) < 0)
		finding_absent(ret, errno, "statfs of %s", mount->path);
	else if (fs.f_type != mount->magic)
		finding_absent(ret, 0, "%s is no %s", mount->path, mount->type);
	else
		finding_present(ret, "%s is mounted at %s", mount->type, mount->path);
}

/* The agent takes the first of these controllers that is in version 1. */
static void probe_cgroup_v2(struct prober *p, const struct feature *feature, struct finding *ret)
{
	static const char *const controllers[] = {"memory", "pids", "cpuset"};
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mounts", "re");
	char line[1024], type[32], options[512];
	const char *v1 = NULL;
	bool v2 = false;

	if (!f) {
		finding_unknown(ret, errno, "opening /proc/self/mounts");
		return;
	}
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*s %31s %511s", type, options) != 2)
			continue;
		v2 = v2 || !strcmp(type, "cgroup2");
		for (size_t i = 0; !strcmp(type, "cgroup") && !v1 && i < ARRAY_SIZE(controllers);
		     i++)
			if (strstr(options, controllers[i]))
				v1 = controllers[i];
	}
	if (v1)
		finding_absent(ret, 0, "the controller %s is mounted as version 1", v1);
	else if (v2)
		finding_present(ret, "version 2 is mounted, and no controller as version 1");
	else
		finding_absent(ret, 0, "no cgroup file system is mounted");
}

static void probe_lockdown(struct prober *p, const struct feature *feature, struct finding *ret)
{
	static const char path[] = SECURITYFS "/lockdown";
	char text[64], *begin, *end;
	int r = trial_read_security("lockdown", text, sizeof(text));

	if (r == -ENOENT) {
		finding_present(ret, "the kernel has no lockdown: there is no %s", path);
		return;
	}
	begin = r < 0 ? NULL : strchr(text, '[');
	end = begin ? strchr(begin, ']') : NULL;
	if (!end) {
		finding_unknown(ret, r < 0 ? -r : 0, "reading %s", path);
		return;
	}
	*end = '\0';
	if (!strcmp(begin + 1, "none"))
		finding_present(ret, "%s says none", path);
	else
		finding_absent(ret, 0, "%s says %s", path, begin + 1);
}

static void probe_tracefs(struct prober *p, const struct feature *feature, struct finding *ret)
{
	_cleanup_fclose_ FILE *f = tracefs_open("README");

	if (f)
		finding_present(ret, "README of tracefs can be read");
	else
		trial_failed(p, ret, errno, "opening README of tracefs");
}

/* A file of one number, and what it has to be. */
struct sysctl {
	const char *path, *name;
	int min;
};

static void probe_sysctl(struct prober *p, const struct feature *feature, struct finding *ret)
{
	const struct sysctl *sysctl = feature->subject;
	char text[32];
	int r = trial_read_file(sysctl->path, text, sizeof(text));

	if (r == -ENOENT)
		finding_absent(ret, ENOENT, "opening %s", sysctl->path);
	else if (r < 0)
		finding_unknown(ret, -r, "reading %s", sysctl->path);
	else if (atoi(text) < sysctl->min)
		finding_absent(ret, 0, "%s is %s", sysctl->name, text);
	else
		finding_present(ret, "%s is %s", sysctl->name, text);
}

static void probe_kernel_addresses(struct prober *p, const struct feature *feature,
				   struct finding *ret)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/kallsyms", "re");
	char line[256], restricted[16] = "?";

	if (!f) {
		finding_absent(ret, errno, "opening /proc/kallsyms");
		return;
	}
	trial_read_file("/proc/sys/kernel/kptr_restrict", restricted, sizeof(restricted));
	/* The first ones are 0 where they are relative to each CPU. */
	for (int i = 0; i < SYMBOLS_MAX && fgets(line, sizeof(line), f); i++) {
		if (strtoull(line, NULL, 16) != 0) {
			finding_present(ret,
					"/proc/kallsyms has addresses, kernel.kptr_restrict is %s",
					restricted);
			return;
		}
	}
	trial_failed(p, ret, 0, "/proc/kallsyms has no addresses, kernel.kptr_restrict is %s",
		     restricted);
}

static const struct feature rows[] = {
	{
		.name = "securityfs",
		.group = FEATURE_GROUP_SYSTEM,
		.title = "securityfs is mounted",
		.consequence =
			"It cannot be told which security modules are active, nor whether the "
			"kernel is locked down.",
		.remedy = "mount -t securityfs securityfs " SECURITYFS,
		.probe = probe_mount,
		.subject = &(const struct mount_point){SECURITYFS, SECURITYFS_MAGIC, "securityfs"},
	},
	{
		.name = "tracefs",
		.group = FEATURE_GROUP_SYSTEM,
		.title = "tracefs can be read",
		.consequence =
			"Policies cannot hook the kernel's tracepoints by their formats; from "
			"Linux 7.0 on, some process events are missed under load.",
		.remedy =
			"A kernel with CONFIG_FTRACE; lockdown not at confidentiality. It need not "
			"be mounted.",
		.probe = probe_tracefs,
	},
	{
		.name = "bpffs",
		.group = FEATURE_GROUP_SYSTEM,
		.title = "BPF file system is mounted",
		.consequence = "Nothing can be pinned: what is attached ends with the agent.",
		.remedy = "mount -t bpf bpf /sys/fs/bpf",
		.probe = probe_mount,
		.subject = &(const struct mount_point){"/sys/fs/bpf", BPF_FS_MAGIC, "bpf"},
	},
	{
		.name = "cgroup_v2",
		.group = FEATURE_GROUP_SYSTEM,
		.title = "Cgroups are version 2 only",
		.consequence =
			"Workloads are told apart by the version 1 hierarchy of memory, pids or "
			"cpuset, the first of them that is there.",
		.remedy = "Boot with systemd.unified_cgroup_hierarchy=1.",
		.probe = probe_cgroup_v2,
	},
	{
		.name = "lockdown_none",
		.group = FEATURE_GROUP_SYSTEM,
		.title = "The kernel is not locked down",
		.consequence = "At integrity, policies cannot write to a process's memory. At "
			       "confidentiality, BPF programs cannot read the kernel's memory, and "
			       "there are no events.",
		.remedy = "Boot without lockdown=, and without Secure Boot where that turns it on; "
			  "or with lockdown=integrity, which is enough for all but such policies.",
		.probe = probe_lockdown,
	},
	{
		.name = "unprivileged_bpf_disabled",
		.group = FEATURE_GROUP_SYSTEM,
		.title = "Users without privileges cannot load BPF programs",
		.consequence =
			"Any user can load BPF programs of some kinds, which has been the way "
			"into kernels before.",
		.remedy = "sysctl kernel.unprivileged_bpf_disabled=2",
		.probe = probe_sysctl,
		.subject = &(const struct sysctl){"/proc/sys/kernel/unprivileged_bpf_disabled",
						  "kernel.unprivileged_bpf_disabled", 1},
	},
	{
		.name = "kernel_addresses",
		.group = FEATURE_GROUP_SYSTEM,
		.title = "Addresses of kernel functions are visible",
		.consequence = "Stacks of the kernel are numbers instead of names.",
		.remedy = "sysctl kernel.kptr_restrict=1, and be root.",
		.probe = probe_kernel_addresses,
	},
	{
		.name = "ftrace_enabled",
		.group = FEATURE_GROUP_SYSTEM,
		.title = "Function tracing is on",
		.consequence = "What is put on functions of the kernel and on security hooks "
			       "attaches, but does not run: policies see and deny nothing there.",
		.remedy =
			"sysctl kernel.ftrace_enabled=1, and a kernel with CONFIG_FUNCTION_TRACER.",
		.probe = probe_sysctl,
		.subject = &(const struct sysctl){"/proc/sys/kernel/ftrace_enabled",
						  "kernel.ftrace_enabled", 1},
	},
};

const struct feature_table feature_table_system = {rows, ARRAY_SIZE(rows)};
