// SPDX-License-Identifier: Apache-2.0
/*
 * repeat NUMBER [restless]: calls getpriority(NUMBER, 0) some thousand times a
 * second, or as often as can be, until it gets SIGTERM. Says how often that was.
 */
#include "trigger.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>

static atomic_bool stopped;

static void stop(int signal)
{
	stopped = true;
}

int main(int argc, char **argv)
{
	const struct timespec pause = {.tv_nsec = 50000};
	bool restless = argc > 2;
	unsigned long made = 0;

	signal(SIGTERM, stop);
	for (; !stopped; made++) {
		syscall(SYS_getpriority, atoi(argv[1]), 0);
		if (!restless)
			nanosleep(&pause, NULL);
	}
	printf("%lu\n", made);
	return 0;
}
