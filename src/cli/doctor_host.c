// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Kernels before 5.11 charge what BPF takes against a limit: enough for the agent. */
#define MEMLOCK_BYTES ((rlim_t)256 << 20)
/* include/linux/proc_ns.h: PROC_PID_INIT_INO */
#define INIT_PID_NAMESPACE 0xEFFFFFFCU

/* Returns 0 with the number in a file, or a negative errno. */
static int read_number(const struct doctor *doctor, const char *name, long *ret)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	char text[32];
	ssize_t n;

	if (asprintf(&path, "%s%s", doctor->root, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	*ret = strtol(text, NULL, 10);
	return 0;
}

/* --- what can be switched off: a number in a file, 0 when it is */

struct setting {
	const char *check, *file;
	enum verdict verdict;
	const char *good, *bad, *remedy;
};

static const struct setting settings[] = {
	{"bpf_jit", "/proc/sys/net/core/bpf_jit_enable", VERDICT_WARNING,
	 "BPF programs run as machine code",
	 "BPF programs are interpreted: each event costs several times as much",
	 "sysctl net.core.bpf_jit_enable=1"},
	{"kprobes", "/sys/kernel/debug/kprobes/enabled", VERDICT_WARNING, "kprobes are switched on",
	 "kprobes are switched off: policies that need them see nothing",
	 "echo 1 > /sys/kernel/debug/kprobes/enabled"},
};

static void check_setting(struct doctor *doctor, const struct setting *s)
{
	long v = 0;

	/* Kernels without the feature have no setting for it: what that means probing tells. */
	if (read_number(doctor, s->file, &v) < 0)
		return;
	if (v == 0)
		doctor_says(doctor, s->check, s->verdict, s->remedy, "%s", s->bad);
	else
		doctor_says(doctor, s->check, VERDICT_OK, NULL, "%s", s->good);
}

/* --- one by one */

static void check_root(struct doctor *doctor)
{
	if (geteuid() == 0)
		doctor_says(doctor, "privileges", VERDICT_OK, NULL, "this is root");
	else
		doctor_says(
			doctor, "privileges", VERDICT_UNKNOWN, "sudo ocelli doctor",
			"this is not root: most of the kernel cannot be looked at, nor the agent "
			"be asked");
}

static void check_memlock(struct doctor *doctor)
{
	unsigned major = 0, minor = 0;
	struct rlimit limit;
	struct utsname uts;

	if (uname(&uts) < 0 || sscanf(uts.release, "%u.%u", &major, &minor) != 2 ||
	    getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return;
	if (major > 5 || (major == 5 && minor >= 11) || limit.rlim_cur >= MEMLOCK_BYTES)
		doctor_says(doctor, "memlock", VERDICT_OK, NULL,
			    "what BPF takes is not limited by RLIMIT_MEMLOCK");
	else
		doctor_says(doctor, "memlock", VERDICT_NOTE, "LimitMEMLOCK=infinity in its unit",
			    "this kernel charges BPF against RLIMIT_MEMLOCK, which is %" PRIu64
			    " KiB: the agent raises it if it may",
			    (uint64_t)limit.rlim_cur / 1024);
}

static void check_clock(struct doctor *doctor)
{
	struct timex timex = {0};
	int state = adjtimex(&timex);

	if (state < 0)
		doctor_says(doctor, "clock", VERDICT_UNKNOWN, NULL,
			    "the state of the clock is not told: %s", strerror(errno));
	else if (state == TIME_ERROR || timex.status & STA_UNSYNC)
		doctor_says(doctor, "clock", VERDICT_WARNING, "run chrony or systemd-timesyncd",
			    "nobody keeps the clock right: times of events may not compare with "
			    "those of other machines");
	else
		doctor_says(doctor, "clock", VERDICT_OK, NULL, "the clock is kept right, to %ld ms",
			    timex.maxerror / 1000);
}

static void check_namespace(struct doctor *doctor)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s/proc/self/ns/pid", doctor->root) < 0)
		path = NULL;
	if (!path || stat(path, &st) < 0)
		return;
	if (st.st_ino == INIT_PID_NAMESPACE)
		doctor_says(doctor, "pid_namespace", VERDICT_OK, NULL,
			    "this is the host, not a container");
	else
		doctor_says(
			doctor, "pid_namespace", VERDICT_NOTE,
			"run the agent with the host's processes: hostPID, docker --pid=host",
			"this is a container with processes of its own: an agent in it would not "
			"find those of the host in /proc");
}

void doctor_host(struct doctor *doctor)
{
	check_root(doctor);
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		check_setting(doctor, &settings[i]);
	check_memlock(doctor);
	check_namespace(doctor);
	check_clock(doctor);
}
