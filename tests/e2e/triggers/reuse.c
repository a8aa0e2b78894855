// SPDX-License-Identifier: Apache-2.0
/* reuse N: N processes one after the other, all with the same pid. */
#include "trigger.h"

#include <linux/sched.h>
#include <signal.h>

static pid_t fork_as(pid_t pid)
{
	struct clone_args clone = {
		.exit_signal = SIGCHLD,
		.set_tid = pid ? (unsigned long)&pid : 0,
		.set_tid_size = pid != 0,
	};
	pid_t child;

	/* Somebody else may have got the number; it is given back when he ends. */
	do
		child = (pid_t)syscall(SYS_clone3, &clone, sizeof(clone));
	while (child < 0 && errno == EEXIST && usleep(1000) == 0);
	return child;
}

int main(int argc, char **argv)
{
	pid_t pid = 0;
	int status;

	if (is_leaf(argc, argv, &status))
		return status;
	for (int i = 0; i < atoi(argv[1]); i++) {
		pid_t child = fork_as(pid);

		if (child == 0 && i % 2)
			exec_leaf(i % 256);
		if (child == 0)
			_exit(i % 256);
		reap("child", child);
		pid = child;
	}
	return 0;
}
