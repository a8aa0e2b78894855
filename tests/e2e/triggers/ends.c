// SPDX-License-Identifier: Apache-2.0
/* ends MODE: every way for a process to end. */
#include "trigger.h"

#include <signal.h>
#include <sys/resource.h>

static void codes(char **args)
{
	for (int i = 0; i < 256; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(i);
		reap("child", pid);
	}
}

/* args: the numbers of signals that kill. With core dumps: into the working directory. */
static void signals(char **args)
{
	struct rlimit core = {RLIM_INFINITY, RLIM_INFINITY};

	if (setrlimit(RLIMIT_CORE, &core) < 0)
		die("RLIMIT_CORE");
	for (; *args; args++) {
		int number = atoi(*args);
		pid_t pid = fork();

		if (pid == 0) {
			signal(number, SIG_DFL);
			kill(getpid(), number);
			_exit(EXIT_BROKEN);
		}
		reap("child", pid);
	}
}

int main(int argc, char **argv)
{
	static const struct mode modes[] = {{"codes", codes}, {"signals", signals}};

	return run_mode(modes, ARRAY_SIZE(modes), argc, argv);
}
