// SPDX-License-Identifier: Apache-2.0
/*
 * early LOW COUNT: forks, 10,000 a second, up to COUNT children that execute
 * nothing, with pids from LOW on: a walk over all processes that began before has
 * passed them when it comes to their parent. All stay until standard input ends.
 */
#include "trigger.h"

#include <linux/sched.h>
#include <poll.h>
#include <signal.h>

static pid_t fork_as(pid_t pid)
{
	struct clone_args clone = {
		.exit_signal = SIGCHLD,
		.set_tid = (unsigned long)&pid,
		.set_tid_size = 1,
	};

	return (pid_t)syscall(SYS_clone3, &clone, sizeof(clone));
}

static bool input_ended(void)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

int main(int argc, char **argv)
{
	pid_t low = atoi(argv[1]), pid;
	int n = 0;
	char c;

	say("{\"pid\": %d}\n", getpid());
	/* They live until the end, so each needs a number of its own. */
	for (int i = 0; i < atoi(argv[2]) && !input_ended(); low++) {
		pid = fork_as(low);
		if (pid < 0 && errno != EEXIST)
			die("clone3");
		if (pid < 0)
			continue;
		if (pid == 0) {
			while (read(STDIN_FILENO, &c, 1) > 0)
				;
			_exit(3);
		}
		i++;
		n++;
		usleep(100);
	}
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	for (int i = 0; i < n; i++)
		wait(NULL);
	say("{\"forks\": %d}\n", n);
	return 0;
}
