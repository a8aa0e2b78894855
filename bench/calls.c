// SPDX-License-Identifier: Apache-2.0
/*
 * Makes system calls that do nothing, in bursts, while the kernel measures how long
 * each program takes that is attached (BPF_ENABLE_STATS). They all end early (EBADF).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
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

static const struct {
	const char *name;
	void (*call)(const char *argument);
} calls[] = {{"lseek", call_lseek}, {"faccessat", call_faccessat}, {"connect", call_connect}};

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

int main(int argc, char **argv)
{
	/* Longer than a reader sleeps. */
	const struct timespec pause = {.tv_nsec = 25000000};

	if (argc != 5) {
		fputs("usage: calls BURSTS N lseek|faccessat|connect ARGUMENT\n", stderr);
		return 2;
	}
	pin();
	if (measure() < 0) {
		perror("calls: cannot have programs measured");
		return 1;
	}
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		const char *argument = argv[4];

		if (strcmp(argv[3], calls[i].name) != 0)
			continue;
		if (calls[i].call == call_lseek)
			argument = (const char *)atol(argument);
		if (calls[i].call == call_connect &&
		    inet_pton(AF_INET, argument, &address.sin_addr) != 1)
			return 2;
		for (int n = atoi(argv[1]); n > 0; n--) {
			for (long j = atol(argv[2]); j > 0; j--)
				calls[i].call(argument);
			nanosleep(&pause, NULL);
		}
		return 0;
	}
	return 2;
}
