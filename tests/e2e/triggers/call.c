// SPDX-License-Identifier: Apache-2.0
/*
 * call NAME ARG... [-- NAME ARG...]...: makes these system calls. An argument is a
 * number, or a string after a colon; bytes in hexadecimal after "="; "[a,b" is a
 * vector of these strings (struct iovec); "end=" are bytes at the very end of what
 * can be read; "#1000" so many bytes, counting. With -r before the first it says what each
 * returns, or the negative error, a line each; else nothing.
 */
#include "trigger.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

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

static size_t unhex(const char *from, unsigned char *to)
{
	size_t n = 0;

	for (; from[2 * n]; n++)
		if (sscanf(from + 2 * n, "%2hhx", &to[n]) != 1)
			die(from);
	return n;
}

static long bytes_of(const char *hex)
{
	unsigned char *to = malloc(strlen(hex) / 2 + 8);

	if (!to)
		die("malloc");
	unhex(hex, to);
	return (long)to;
}

static long bytes_at_the_end(const char *hex)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = strlen(hex) / 2;
	char *map =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED || munmap(map + page, page) < 0)
		die("mmap");
	unhex(hex, (unsigned char *)map + page - n);
	return (long)(map + page - n);
}

static long vector_of(char *texts)
{
	struct iovec *v = calloc(strlen(texts) + 1, sizeof(*v));
	size_t n = 0;

	if (!v)
		die("calloc");
	for (char *s = texts; s; n++) {
		v[n].iov_base = strsep(&s, ",");
		v[n].iov_len = strlen(v[n].iov_base);
	}
	return (long)v;
}

/* So many bytes, each one more than the one before. */
static long many_bytes(const char *count)
{
	size_t n = strtoull(count, NULL, 0);
	unsigned char *to = malloc(n + 1);

	if (!to)
		die("malloc");
	for (size_t i = 0; i < n; i++)
		to[i] = (unsigned char)i;
	return (long)to;
}

static long value_of(char *arg)
{
	if (*arg == '#')
		return many_bytes(arg + 1);
	if (*arg == '=')
		return bytes_of(arg + 1);
	if (!strncmp(arg, "end=", 4))
		return bytes_at_the_end(arg + 4);
	if (*arg == '[')
		return vector_of(arg + 1);
	return *arg == ':' ? (long)(arg + 1) : (long)strtoull(arg, NULL, 0);
}

int main(int argc, char **argv)
{
	/* What each returns, a line each. */
	bool tells = argc > 1 && !strcmp(argv[1], "-r");

	for (int i = 1 + tells; i < argc; i++) {
		long number = number_of(argv[i]), v[6] = {0};

		for (int n = 0; ++i < argc && strcmp(argv[i], "--") != 0 && n < 6; n++)
			v[n] = value_of(argv[i]);
		number = syscall(number, v[0], v[1], v[2], v[3], v[4], v[5]);
		if (tells)
			printf("%ld\n", number < 0 ? -errno : number);
	}
	return 0;
}
