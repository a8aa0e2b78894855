// SPDX-License-Identifier: Apache-2.0
/*
 * call NAME ARG... [-- NAME ARG...]...: makes these system calls, with arguments as
 * word.h has them. With -r before the first it says what each returns, or the
 * negative error, a line each; else nothing.
 */
#include "word.h"

#include <sys/syscall.h>

/* Calls that do nobody harm. */
static const struct {
	const char *name;
	long number;
} calls[] = {
	{"dup", SYS_dup},
	{"exit_group", SYS_exit_group},
	{"faccessat", SYS_faccessat},
	{"fchownat", SYS_fchownat},
	{"getpid", SYS_getpid},
	{"getpriority", SYS_getpriority},
	{"getresuid", SYS_getresuid},
	{"getsockname", SYS_getsockname},
	{"close", SYS_close},
	{"mkdirat", SYS_mkdirat},
	{"mmap", SYS_mmap},
	{"lseek", SYS_lseek},
	{"perf_event_open", SYS_perf_event_open},
	{"ppoll", SYS_ppoll},
	{"prctl", SYS_prctl},
	{"symlinkat", SYS_symlinkat},
	{"read", SYS_read},
	{"readv", SYS_readv},
	{"sched_getattr", SYS_sched_getattr},
	{"sched_setscheduler", SYS_sched_setscheduler},
	/* As long as what they are given is wrong. */
	{"accept4", SYS_accept4},
	{"bind", SYS_bind},
	{"bpf", SYS_bpf},
	{"capset", SYS_capset},
	{"connect", SYS_connect},
	{"fchdir", SYS_fchdir},
	{"linkat", SYS_linkat},
	{"listen", SYS_listen},
	{"mount", SYS_mount},
	{"openat", SYS_openat},
	{"pipe2", SYS_pipe2},
	{"ptrace", SYS_ptrace},
	{"setfsgid", SYS_setfsgid},
	{"setfsuid", SYS_setfsuid},
	{"setgid", SYS_setgid},
	{"setregid", SYS_setregid},
	{"setresgid", SYS_setresgid},
	{"setresuid", SYS_setresuid},
	{"setreuid", SYS_setreuid},
	{"setuid", SYS_setuid},
	{"socket", SYS_socket},
	{"socketpair", SYS_socketpair},
	{"truncate", SYS_truncate},
	{"uname", SYS_uname},
	{"write", SYS_write},
	{"writev", SYS_writev},
};

static long number_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (!strcmp(calls[i].name, name))
			return calls[i].number;
	errno = ENOSYS;
	die(name);
}

int main(int argc, char **argv)
{
	/* What each returns, a line each. */
	bool tells = argc > 1 && !strcmp(argv[1], "-r");

	for (int i = 1 + tells; i < argc; i++) {
		long number = number_of(argv[i]), v[6] = {0};

		for (int n = 0; ++i < argc && strcmp(argv[i], "--") != 0 && n < 6; n++)
			v[n] = word_of(argv[i]);
		number = syscall(number, v[0], v[1], v[2], v[3], v[4], v[5]);
		if (tells)
			printf("%ld\n", number < 0 ? -errno : number);
	}
	return 0;
}
