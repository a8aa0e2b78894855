// SPDX-License-Identifier: Apache-2.0
/*
 * call NAME ARG... [-- NAME ARG...]...: makes these system calls. An argument is a
 * number, or a string after a colon. Says nothing of what they return.
 */
#include "trigger.h"

#include <sys/syscall.h>

/* Calls that do nobody harm. */
static const struct {
	const char *name;
	long number;
} calls[] = {
	{"exit_group", SYS_exit_group},
	{"faccessat", SYS_faccessat},
	{"fchownat", SYS_fchownat},
	{"getpriority", SYS_getpriority},
	{"mkdirat", SYS_mkdirat},
	{"lseek", SYS_lseek},
	{"ppoll", SYS_ppoll},
	{"prctl", SYS_prctl},
	{"socket", SYS_socket},
	{"symlinkat", SYS_symlinkat},
	{"sched_getattr", SYS_sched_getattr},
};

static long number_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (!strcmp(calls[i].name, name))
			return calls[i].number;
	errno = ENOSYS;
	die(name);
}

static long value_of(const char *arg)
{
	return *arg == ':' ? (long)(arg + 1) : (long)strtoull(arg, NULL, 0);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		long number = number_of(argv[i]), v[6] = {0};

		for (int n = 0; ++i < argc && strcmp(argv[i], "--") != 0 && n < 6; n++)
			v[n] = value_of(argv[i]);
		syscall(number, v[0], v[1], v[2], v[3], v[4], v[5]);
	}
	return 0;
}
