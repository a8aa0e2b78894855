// SPDX-License-Identifier: Apache-2.0
/*
 * Makes system calls, in bursts, while the kernel measures how long each program takes
 * that is attached (BPF_ENABLE_STATS). lseek, faccessat and connect do nothing: they all
 * end early (EBADF). With -t the kernel does not measure; says how many nanoseconds a
 * call took in the fastest burst.
 *
 * calls -w killed|spared NUMBER: has children make lseek with that number until one of
 * them is killed for it, or none any more. Says when it begins, and when that was, by
 * CLOCK_MONOTONIC.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* No descriptor of this process, and never AT_FDCWD. */
#define NO_FILE 76

static struct sockaddr_in address = {.sin_family = AF_INET};

static void call_lseek(const char *argument)
{
	syscall(SYS_lseek, (long)argument, 0L, SEEK_CUR);
}

static void call_faccessat(const char *argument)
{
	syscall(SYS_faccessat, NO_FILE, argument, F_OK);
}

static void call_connect(const char *argument)
{
	syscall(SYS_connect, NO_FILE, &address, sizeof(address));
}

static void call_open(const char *argument)
{
	int fd = open(argument, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
}

/* By UDP: to connect sends nothing. */
static void call_reach(const char *argument)
{
	static int fd = -1;

	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	connect(fd, (struct sockaddr *)&address, sizeof(address));
}

/* In a process of its own, which ends by it or at once. Returns its status. */
static int call_in_child(const char *argument, void (*call)(const char *argument))
{
	pid_t child = vfork();
	int status = 0;

	if (child == 0) {
		call(argument);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status;
}

static void execute(const char *argument)
{
	execl(argument, argument, NULL);
}

static void call_exec(const char *argument)
{
	call_in_child(argument, execute);
}

static void call_lseek_in_child(const char *argument)
{
	call_in_child(argument, call_lseek);
}

enum argument {
	ARGUMENT_STRING,
	ARGUMENT_NUMBER,
	ARGUMENT_ADDRESS,
	ARGUMENT_PORT,
};

static const struct {
	const char *name;
	void (*call)(const char *argument);
	enum argument argument;
} calls[] = {
	{"lseek", call_lseek, ARGUMENT_NUMBER},
	{"faccessat", call_faccessat, ARGUMENT_STRING},
	{"connect", call_connect, ARGUMENT_ADDRESS},
	{"open", call_open, ARGUMENT_STRING},
	{"reach", call_reach, ARGUMENT_PORT},
	{"exec", call_exec, ARGUMENT_STRING},
	{"lseek-in-child", call_lseek_in_child, ARGUMENT_NUMBER},
};

static void pin(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

/* For as long as this process lives. */
static int measure(void)
{
	union bpf_attr attr = {.enable_stats.type = BPF_STATS_RUN_TIME};

	return (int)syscall(SYS_bpf, BPF_ENABLE_STATS, &attr, sizeof(attr));
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Returns the nanoseconds of a call in the fastest burst. */
static double run(void (*call)(const char *argument), const char *argument, int bursts, long n)
{
	/* Longer than a reader sleeps. */
	const struct timespec pause = {.tv_nsec = 25000000};
	double fastest = 0;

	for (; bursts > 0; bursts--) {
		double began = now_ns(), took;

		for (long j = n; j > 0; j--)
			call(argument);
		took = (now_ns() - began) / (double)n;
		if (fastest == 0 || took < fastest)
			fastest = took;
		nanosleep(&pause, NULL);
	}
	return fastest;
}

static int wait_until(bool killed, const char *number)
{
	const char *argument = (const char *)atol(number);

	puts("begins");
	fflush(stdout);
	while (WIFSIGNALED(call_in_child(argument, call_lseek)) != killed)
		;
	printf("%.0f\n", now_ns());
	return 0;
}

/* What is called with. Returns whether there is such an address. */
static bool argument_of(enum argument kind, const char *text, const char **ret)
{
	*ret = kind == ARGUMENT_NUMBER ? (const char *)atol(text) : text;
	if (kind == ARGUMENT_ADDRESS)
		return inet_pton(AF_INET, text, &address.sin_addr) == 1;
	if (kind == ARGUMENT_PORT) {
		address.sin_port = htons((uint16_t)atoi(text));
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	}
	return true;
}

int main(int argc, char **argv)
{
	bool timed = argc > 1 && strcmp(argv[1], "-t") == 0;

	if (argc == 4 && strcmp(argv[1], "-w") == 0)
		return wait_until(strcmp(argv[2], "killed") == 0, argv[3]);
	argc -= timed;
	argv += timed;
	if (argc != 5) {
		fputs("usage: calls [-t] BURSTS N CALL ARGUMENT\n", stderr);
		return 2;
	}
	pin();
	if (!timed && measure() < 0) {
		perror("calls: cannot have programs measured");
		return 1;
	}
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		const char *argument;
		double ns;

		if (strcmp(argv[3], calls[i].name) != 0)
			continue;
		if (!argument_of(calls[i].argument, argv[4], &argument))
			return 2;
		ns = run(calls[i].call, argument, atoi(argv[1]), atol(argv[2]));
		if (timed)
			printf("%.1f\n", ns);
		return 0;
	}
	return 2;
}
